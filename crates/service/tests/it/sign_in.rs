use std::time::Duration;

use passkeyd_authenticator::{Behaviour, Deviations, Device, SignatureFault};
use passkeyd_domain::{CredentialId, Purpose, TenantId, UserId, UserVerification};
use passkeyd_service::{Error, auth_configs::AuthConfigChange, verification::VerifyKind};

use crate::world::{ORIGIN, World, request_json, wanted};

#[tokio::test]
async fn a_passkey_signs_in_by_name_and_by_itself() {
    let world = World::new().await;
    let mut device = Device::new(1);
    world.register(&mut device, "u1").await.unwrap();
    for named in [Some("u1"), None, Some("nobody")] {
        let token = world.sign_in(&mut device, named).await.unwrap();
        let back_end = world.back_end().await;
        let verified = world
            .service
            .verify_token(&back_end, Some(&token))
            .await
            .unwrap();
        assert_eq!(verified.user_id, "u1");
        assert_eq!(verified.kind, VerifyKind::PasskeySignin);
        assert_eq!(verified.purpose.as_deref(), Some("sign-in"));
        assert_eq!(
            verified.expires_at,
            world.service.now() + Duration::from_secs(120)
        );
    }
}

#[tokio::test]
async fn a_passkey_of_somebody_else_does_not_sign_the_named_user_in() {
    let world = World::new().await;
    let (mut ada, mut eve) = (Device::new(1), Device::new(2));
    world.register(&mut ada, "ada").await.unwrap();
    world.register(&mut eve, "eve").await.unwrap();
    let named = world.begin_sign_in(Some("ada")).await.unwrap();
    let mut options = request_json(&named);
    options["allowCredentials"] = serde_json::json!([]);
    let signed = eve.get(&options, ORIGIN).unwrap();
    let outcome = world.complete_sign_in(&named.session, &signed).await;
    assert!(
        matches!(outcome, Err(Error::SignInRefused { .. })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn every_defect_is_refused_and_uses_the_session_up() {
    let world = World::new().await;
    let mut device = Device::new(1);
    world.register(&mut device, "u1").await.unwrap();
    let text = |text: &str| Some(text.to_owned());
    for deviations in [
        Deviations {
            client_data_type: text("webauthn.create"),
            ..Deviations::default()
        },
        Deviations {
            challenge: text("AAAA"),
            ..Deviations::default()
        },
        Deviations {
            origin: text("http://localhost:8081"),
            ..Deviations::default()
        },
        Deviations {
            rp_id: text("example.com"),
            ..Deviations::default()
        },
        Deviations {
            flags: Some(0x04),
            ..Deviations::default()
        },
        Deviations {
            flags: Some(0x11),
            ..Deviations::default()
        },
        Deviations {
            signature: SignatureFault::FlippedBit,
            ..Deviations::default()
        },
        Deviations {
            trailing: vec![0],
            ..Deviations::default()
        },
        Deviations {
            user_handle: Some(Some(b"u2".to_vec())),
            ..Deviations::default()
        },
    ] {
        let begun = world.begin_sign_in(Some("u1")).await.unwrap();
        let signed = device
            .get_deviating(&request_json(&begun), ORIGIN, &deviations)
            .unwrap();
        let first = world.complete_sign_in(&begun.session, &signed).await;
        assert!(
            matches!(first, Err(Error::SignInRefused { .. })),
            "{deviations:?}: {first:?}"
        );
        let second = world.complete_sign_in(&begun.session, &signed).await;
        assert!(
            matches!(second, Err(Error::InvalidToken)),
            "{deviations:?}: {second:?}"
        );
    }
    world.sign_in(&mut device, Some("u1")).await.unwrap();
}

#[tokio::test]
async fn the_handle_may_be_the_base64url_text_of_the_stored_one() {
    let world = World::new().await;
    let mut device = Device::new(1);
    world.register(&mut device, "u1").await.unwrap();
    let begun = world.begin_sign_in(None).await.unwrap();
    let deviations = Deviations {
        user_handle: Some(Some(b"dTE".to_vec())),
        ..Deviations::default()
    };
    let signed = device
        .get_deviating(&request_json(&begun), ORIGIN, &deviations)
        .unwrap();
    world
        .complete_sign_in(&begun.session, &signed)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_counter_never_goes_down_and_a_zero_is_accepted() {
    let world = World::new().await;
    let mut device = Device::new(1);
    world.register(&mut device, "u1").await.unwrap();
    for (sign_count, good, stored) in [
        (10, true, 10),
        (10, false, 10),
        (9, false, 10),
        (0, true, 10),
        (5, false, 10),
        (11, true, 11),
    ] {
        let begun = world.begin_sign_in(Some("u1")).await.unwrap();
        let deviations = Deviations {
            sign_count: Some(sign_count),
            ..Deviations::default()
        };
        let signed = device
            .get_deviating(&request_json(&begun), ORIGIN, &deviations)
            .unwrap();
        let outcome = world.complete_sign_in(&begun.session, &signed).await;
        assert_eq!(outcome.is_ok(), good, "{sign_count}: {outcome:?}");
        let user = UserId::new("u1").unwrap();
        let listed = world
            .service
            .list_credentials(&world.back_end().await, &user)
            .await
            .unwrap();
        assert_eq!(listed[0].credential.sign_count, stored, "{sign_count}");
    }
}

#[tokio::test]
async fn a_deleted_credential_is_unknown_and_its_session_is_not_used_up() {
    let world = World::new().await;
    let mut device = Device::new(1);
    world.register(&mut device, "u1").await.unwrap();
    let begun = world.begin_sign_in(None).await.unwrap();
    let signed = device.get(&request_json(&begun), ORIGIN).unwrap();
    let id = CredentialId::new(signed.credential_id.clone()).unwrap();
    let back_end = world.back_end().await;
    world
        .service
        .delete_credential(&back_end, &id)
        .await
        .unwrap();
    for _ in 0..2 {
        let outcome = world.complete_sign_in(&begun.session, &signed).await;
        assert!(
            matches!(outcome, Err(Error::UnknownCredential)),
            "{outcome:?}"
        );
    }
    assert!(matches!(
        world.service.delete_credential(&back_end, &id).await,
        Err(Error::UnknownCredential)
    ));
}

#[tokio::test]
async fn step_up_asks_for_user_verification_and_gets_it() {
    let world = World::new().await;
    let mut key = Device::with(
        3,
        Behaviour {
            user_verified: false,
            ..Behaviour::default()
        },
    );
    world.register(&mut key, "u1").await.unwrap();
    world.sign_in(&mut key, Some("u1")).await.unwrap();
    let begun = world
        .begin_sign_in_for(Some("u1"), Some("step-up"))
        .await
        .unwrap();
    assert_eq!(begun.options.user_verification, UserVerification::Required);
    let signed = key.get(&request_json(&begun), ORIGIN).unwrap();
    let outcome = world.complete_sign_in(&begun.session, &signed).await;
    assert!(
        matches!(outcome, Err(Error::SignInRefused { .. })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_purpose_of_its_own_shapes_the_token_and_an_unknown_one_is_a_sign_in() {
    let world = World::new().await;
    let mut device = Device::new(1);
    world.register(&mut device, "u1").await.unwrap();
    let back_end = world.back_end().await;
    let change = AuthConfigChange {
        purpose: Purpose::new("pay").unwrap(),
        time_to_live: Duration::from_secs(30),
        user_verification: UserVerification::Required,
        hints: Vec::new(),
        performed_by: "ops".to_owned(),
    };
    world
        .service
        .add_auth_config(&back_end, change)
        .await
        .unwrap();
    for (purpose, said, seconds) in [("pay", "pay", 30), ("other", "sign-in", 120)] {
        let begun = world
            .begin_sign_in_for(Some("u1"), Some(purpose))
            .await
            .unwrap();
        let signed = device.get(&request_json(&begun), ORIGIN).unwrap();
        let token = world
            .complete_sign_in(&begun.session, &signed)
            .await
            .unwrap();
        let verified = world
            .service
            .verify_token(&back_end, Some(&token))
            .await
            .unwrap();
        assert_eq!(verified.purpose.as_deref(), Some(said));
        assert_eq!(
            verified.expires_at,
            world.service.now() + Duration::from_secs(seconds)
        );
    }
}

/// Lets the tenant take these origins and RP ids, and no others.
async fn listing(world: &World, origins: &[&str], rp_ids: &[&str]) {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let (origins, rp_ids): (Vec<String>, Vec<String>) = (owned(origins), owned(rp_ids));
    let app: TenantId = "test".parse().unwrap();
    world
        .service
        .change_app(&app, move |settings| {
            settings.origins.clone_from(&origins);
            settings.rp_ids.clone_from(&rp_ids);
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn origins_and_rp_ids_are_closed_lists_once_they_are_set() {
    let world = World::new().await;
    let mut device = Device::new(1);
    world.register(&mut device, "u1").await.unwrap();
    let begun = world.begin_sign_in(Some("u1")).await.unwrap();
    let signed = device.get(&request_json(&begun), ORIGIN).unwrap();
    for (origins, rp_ids) in [
        (&["https://example.com"][..], &[][..]),
        (&[][..], &["example.com"][..]),
        (&["https://example.com"][..], &["localhost"][..]),
    ] {
        listing(&world, origins, rp_ids).await;
        let begun = world.begin_sign_in(Some("u1")).await;
        assert!(
            matches!(begun, Err(Error::SignInRefused { .. })),
            "{begun:?}"
        );
        let token = world.register_token(wanted("u2")).await.unwrap();
        let begun = world.begin_registration(&token).await;
        assert!(
            matches!(begun, Err(Error::RegistrationRefused { .. })),
            "{begun:?}"
        );
    }
    let late = world.complete_sign_in(&begun.session, &signed).await;
    assert!(matches!(late, Err(Error::SignInRefused { .. })), "{late:?}");
    let as_in_an_address_bar = format!("{ORIGIN}/");
    for (origins, rp_ids) in [
        (&[ORIGIN][..], &[][..]),
        (&[as_in_an_address_bar.as_str()][..], &[][..]),
        (&[][..], &["localhost"][..]),
        (&[ORIGIN][..], &["localhost"][..]),
    ] {
        listing(&world, origins, rp_ids).await;
        world.sign_in(&mut device, Some("u1")).await.unwrap();
    }
}
