use std::time::Duration;

use passkeyd_authenticator::Device;
use passkeyd_domain::{RingPurpose, TenantId, UserId};
use passkeyd_service::{Error, Settings, verification::GenerateToken};

use crate::world::{World, wanted};

fn generated(user_id: &str) -> GenerateToken {
    GenerateToken {
        user_id: UserId::new(user_id).unwrap(),
        time_to_live: Duration::from_secs(120),
        purpose: "sign-in".to_owned(),
        rp_id: None,
        origin: None,
    }
}

#[tokio::test]
async fn a_token_is_good_to_the_last_instant() {
    let world = World::new().await;
    let back_end = world.back_end().await;
    let token = world
        .service
        .generate_token(&back_end, generated("u1"))
        .await
        .unwrap();
    world.clock.advance(Duration::from_secs(120));
    world
        .service
        .verify_token(&back_end, Some(&token))
        .await
        .unwrap();
    world.clock.advance(Duration::from_secs(10));
    match world.service.verify_token(&back_end, Some(&token)).await {
        Err(Error::ExpiredToken { ago }) => assert_eq!(ago, Duration::from_secs(10)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_token_of_one_use_is_nothing_in_another() {
    let world = World::new().await;
    let back_end = world.back_end().await;
    let register = world.register_token(wanted("u1")).await.unwrap();
    let disguised = register.replacen("register_", "verify_", 1);
    for (token, expected) in [
        (None, "MissingToken"),
        (Some(""), "WrongToken"),
        (Some("abc"), "WrongToken"),
        (Some(register.as_str()), "WrongToken"),
        (Some("verify_%%%"), "MalformedToken"),
        (Some(disguised.as_str()), "InvalidToken"),
    ] {
        let error = world
            .service
            .verify_token(&back_end, token)
            .await
            .unwrap_err();
        assert!(
            format!("{error:?}").starts_with(expected),
            "{token:?}: {error:?}"
        );
    }
}

#[tokio::test]
async fn verify_tokens_are_good_once_where_the_setting_says_so() {
    for single_use_verify in [false, true] {
        let world = World::with(Settings {
            single_use_verify,
            ..Settings::default()
        })
        .await;
        let back_end = world.back_end().await;
        let token = world
            .service
            .generate_token(&back_end, generated("u1"))
            .await
            .unwrap();
        world
            .service
            .verify_token(&back_end, Some(&token))
            .await
            .unwrap();
        let second = world.service.verify_token(&back_end, Some(&token)).await;
        assert_eq!(
            matches!(second, Err(Error::InvalidToken)),
            single_use_verify,
            "{second:?}"
        );
    }
}

#[tokio::test]
async fn keys_are_made_anew_after_seven_days_and_retired_after_thirty() {
    let world = World::new().await;
    let tenant: TenantId = "test".parse().unwrap();
    world.register(&mut Device::new(1), "u1").await.unwrap();
    let long = GenerateToken {
        time_to_live: Duration::from_secs(604_800),
        ..generated("u1")
    };
    let token = world
        .service
        .generate_token(&world.back_end().await, long)
        .await
        .unwrap();
    let ring = async || {
        world
            .service
            .store()
            .ring(&tenant, &RingPurpose::Seal)
            .await
            .unwrap()
    };
    assert_eq!(ring().await.len(), 1);
    world.clock.advance(Duration::from_secs(7 * 86_400));
    world.register_token(wanted("u1")).await.unwrap();
    assert_eq!(ring().await.len(), 2);
    world
        .service
        .verify_token(&world.back_end().await, Some(&token))
        .await
        .unwrap();
    world.clock.advance(Duration::from_secs(31 * 86_400));
    world.register_token(wanted("u1")).await.unwrap();
    let oldest = world.service.now() - jiff::SignedDuration::from_hours(30 * 24);
    assert!(ring().await.iter().all(|key| key.created_at >= oldest));
    let late = world
        .service
        .verify_token(&world.back_end().await, Some(&token))
        .await;
    assert!(matches!(late, Err(Error::InvalidToken)), "{late:?}");
}

#[tokio::test]
async fn generated_tokens_can_be_switched_off() {
    let world = World::new().await;
    let tenant: TenantId = "test".parse().unwrap();
    let off = |settings: &mut passkeyd_domain::TenantSettings| {
        settings.is_generate_sign_in_token_endpoint_enabled = false;
    };
    world.service.change_app(&tenant, off).await.unwrap();
    let refused = world
        .service
        .generate_token(&world.back_end().await, generated("u1"))
        .await;
    assert!(
        matches!(refused, Err(Error::GeneratedTokensDisabled)),
        "{refused:?}"
    );
}
