use std::time::Duration;

use passkeyd_authenticator::{Deviations, Device};
use passkeyd_domain::{TenantId, TenantSettings, UserId};
use passkeyd_service::{Error, registration::CreateRegisterToken};

use crate::world::{ORIGIN, World, creation_json, wanted};

async fn settings(world: &World, change: impl Fn(&mut TenantSettings) + Send) {
    let app: TenantId = "test".parse().unwrap();
    world.service.change_app(&app, change).await.unwrap();
}

#[tokio::test]
async fn a_registered_passkey_is_listed_with_all_that_is_known_of_it() {
    let world = World::new().await;
    let mut device = Device::new(1);
    let token = world.register(&mut device, "u1").await.unwrap();
    assert!(token.starts_with("verify_"));
    let user = UserId::new("u1").unwrap();
    let listed = world
        .service
        .list_credentials(&world.back_end().await, &user)
        .await
        .unwrap();
    let [owned] = listed.as_slice() else {
        panic!("{listed:?}")
    };
    assert_eq!(
        (owned.handle.as_bytes(), owned.user_id.as_str()),
        (&b"u1"[..], "u1")
    );
    let credential = &owned.credential;
    assert_eq!(credential.origin, ORIGIN);
    assert_eq!(credential.nickname.as_deref(), Some("phone"));
    assert_eq!(credential.attestation_format, "none");
    assert_eq!(
        (credential.device.as_str(), credential.country.as_str()),
        ("Chrome, Linux", "SE")
    );
    assert_eq!(credential.created_at, world.service.now());
}

#[tokio::test]
async fn a_session_completes_once_whether_it_fails_or_not() {
    let world = World::new().await;
    let token = world.register_token(wanted("u1")).await.unwrap();
    for good in [true, false] {
        let begun = world.begin_registration(&token).await.unwrap();
        let mut device = Device::new(if good { 1 } else { 2 });
        let deviations = Deviations {
            origin: (!good).then(|| "https://evil.example".to_owned()),
            ..Deviations::default()
        };
        let made = device
            .create_deviating(&creation_json(&begun), ORIGIN, &deviations)
            .unwrap();
        let first = world.complete_registration(&begun.session, &made).await;
        assert_eq!(first.is_ok(), good, "{first:?}");
        if !good {
            assert!(
                matches!(first, Err(Error::RegistrationRefused { .. })),
                "{first:?}"
            );
        }
        let second = world.complete_registration(&begun.session, &made).await;
        assert!(matches!(second, Err(Error::InvalidToken)), "{second:?}");
    }
}

#[tokio::test]
async fn a_session_ends_after_its_lifetime_and_not_before() {
    let world = World::new().await;
    let register = world
        .register_token(CreateRegisterToken {
            expires_at: Some(world.service.now() + Duration::from_secs(3600)),
            ..wanted("u1")
        })
        .await
        .unwrap();
    for (later, good) in [
        (Duration::from_mins(5), true),
        (Duration::from_millis(300_001), false),
    ] {
        let begun = world.begin_registration(&register).await.unwrap();
        let made = Device::new(u64::from(good))
            .create(&creation_json(&begun), ORIGIN)
            .unwrap();
        world.clock.advance(later);
        let outcome = world.complete_registration(&begun.session, &made).await;
        assert_eq!(outcome.is_ok(), good, "{outcome:?}");
        assert!(good || matches!(outcome, Err(Error::ExpiredToken { .. })));
    }
}

#[tokio::test]
async fn a_user_keeps_its_handle_and_excludes_what_it_has() {
    let world = World::new().await;
    world.register(&mut Device::new(1), "u1").await.unwrap();
    let token = world.register_token(wanted("u1")).await.unwrap();
    let begun = world.begin_registration(&token).await.unwrap();
    assert_eq!(begun.options.exclude.len(), 1);
    assert_eq!(begun.options.handle.as_bytes(), b"u1");
}

#[tokio::test]
async fn the_greatest_number_of_users_binds_new_users_only() {
    let world = World::new().await;
    world.register(&mut Device::new(1), "u1").await.unwrap();
    settings(&world, |settings| settings.max_users = Some(1)).await;
    assert!(matches!(
        world.register_token(wanted("u2")).await,
        Err(Error::MaxUsersReached)
    ));
    world.register_token(wanted("u1")).await.unwrap();
}

#[tokio::test]
async fn attestation_words_are_checked_when_the_token_is_made() {
    let world = World::new().await;
    let asked = |word: &str| CreateRegisterToken {
        attestation: Some(word.to_owned()),
        ..wanted("u1")
    };
    for word in ["", "none", "NONE", "direct", "Indirect"] {
        world.register_token(asked(word)).await.unwrap();
    }
    for word in ["enterprise", "any", "nonee"] {
        assert!(
            matches!(
                world.register_token(asked(word)).await,
                Err(Error::InvalidAttestation)
            ),
            "{word}"
        );
    }
    settings(&world, |settings| settings.allow_attestation = false).await;
    assert!(matches!(
        world.register_token(asked("direct")).await,
        Err(Error::AttestationNotAllowed)
    ));
    world.register_token(asked("none")).await.unwrap();
}

#[tokio::test]
async fn other_words_are_checked_when_the_registration_begins() {
    let world = World::new().await;
    for command in [
        CreateRegisterToken {
            authenticator_type: Some("usb".to_owned()),
            ..wanted("u1")
        },
        CreateRegisterToken {
            user_verification: Some("optional".to_owned()),
            ..wanted("u1")
        },
    ] {
        let token = world.register_token(command).await.unwrap();
        let begun = world.begin_registration(&token).await;
        assert!(
            matches!(begun, Err(Error::InvalidArgument { .. })),
            "{begun:?}"
        );
    }
}

#[tokio::test]
async fn aliases_of_a_registration_replace_those_of_the_user() {
    let world = World::new().await;
    let back_end = world.back_end().await;
    let user = UserId::new("u1").unwrap();
    world
        .service
        .set_aliases(&back_end, user.clone(), vec!["old".to_owned()], false)
        .await
        .unwrap();
    let token = world
        .register_token(CreateRegisterToken {
            aliases: vec!["new".to_owned(), "new".to_owned()],
            alias_hashing: false,
            ..wanted("u1")
        })
        .await
        .unwrap();
    let begun = world.begin_registration(&token).await.unwrap();
    let made = Device::new(1)
        .create(&creation_json(&begun), ORIGIN)
        .unwrap();
    world
        .complete_registration(&begun.session, &made)
        .await
        .unwrap();
    let aliases = world.service.list_aliases(&back_end, &user).await.unwrap();
    let texts: Vec<_> = aliases
        .iter()
        .map(|alias| alias.plaintext.as_deref())
        .collect();
    assert_eq!(texts, [Some("new")]);

    let other = CreateRegisterToken {
        aliases: vec!["new".to_owned()],
        ..wanted("u2")
    };
    assert!(matches!(
        world.register_token(other).await,
        Err(Error::AliasConflict)
    ));
}

#[tokio::test]
async fn a_credential_id_is_registered_once_in_a_tenant() {
    let world = World::new().await;
    world.register(&mut Device::new(1), "u1").await.unwrap();
    let again = world.register(&mut Device::new(1), "u2").await;
    assert!(
        matches!(again, Err(Error::RegistrationRefused { .. })),
        "{again:?}"
    );
    assert_eq!(
        world
            .service
            .count_users(&world.back_end().await)
            .await
            .unwrap(),
        1
    );
}
