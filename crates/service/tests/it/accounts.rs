//! Sessions that rotate, keys that rotate, and tenants that are frozen.

use std::time::Duration;

use passkeyd_domain::{EventKind, PasswordHash, TenantId, UserKey};
use passkeyd_service::jobs::Job;
use passkeyd_service::{
    AccountError, AccountSettings, Settings,
    accounts::{Client, Realm, SignUp},
    passwords::{Password, PasswordCost},
    sessions::Grant,
    signing::IDEA_POOL,
};

use crate::world::World;

const PASSWORD: &str = "the-Secret-123";

fn settings(rotate_refresh_tokens: bool) -> Settings {
    Settings {
        accounts: AccountSettings {
            rotate_refresh_tokens,
            password_cost: PasswordCost {
                memory: 64,
                passes: 1,
                at_once: 1,
            },
            ..AccountSettings::default()
        },
        ..Settings::default()
    }
}

fn client() -> Client {
    Client {
        address: Some([192, 0, 2, 1].into()),
        device: "Firefox, Linux".to_owned(),
        issuer: "https://id.example".to_owned(),
    }
}

fn tenant() -> TenantId {
    "test".parse().unwrap()
}

async fn realm(world: &World) -> Realm {
    world.service.realm(&tenant()).await.unwrap().unwrap()
}

async fn sign_up(world: &World, email: &str) -> Result<Grant, AccountError> {
    let command = SignUp {
        email: email.parse().unwrap(),
        name: "Jack".to_owned(),
        password: Password::chosen(PASSWORD.to_owned()).unwrap(),
    };
    let realm = realm(world).await;
    world.service.sign_up(&realm, &client(), command).await
}

async fn refresh(world: &World, token: &str) -> Result<Grant, AccountError> {
    let realm = realm(world).await;
    let issuer = client().issuer;
    world.service.refresh(&realm, &issuer, token).await
}

async fn is_signed_in(world: &World, jwt: &str) -> bool {
    let realm = realm(world).await;
    world
        .service
        .authenticate_session(&realm, jwt)
        .await
        .is_ok()
}

async fn stored_keys(world: &World) -> usize {
    let purpose = IDEA_POOL.ring_purpose();
    let ring = world.service.store().ring(&tenant(), &purpose).await;
    ring.unwrap().len()
}

fn is_unauthenticated<T>(outcome: &Result<T, AccountError>) -> bool {
    matches!(outcome, Err(AccountError::Unauthenticated))
}

#[tokio::test]
async fn a_rotated_refresh_token_that_is_used_again_ends_the_session() {
    let world = World::with(settings(true)).await;
    let first = sign_up(&world, "jack@example.com").await.unwrap();
    let second = refresh(&world, first.refresh_token().unwrap())
        .await
        .unwrap();
    let third = refresh(&world, second.refresh_token().unwrap())
        .await
        .unwrap();
    assert!(is_signed_in(&world, &third.jwt).await);

    assert!(is_unauthenticated(
        &refresh(&world, first.refresh_token().unwrap()).await
    ));
    for grant in [&first, &second, &third] {
        assert!(!is_signed_in(&world, &grant.jwt).await);
        let outcome = refresh(&world, grant.refresh_token().unwrap()).await;
        assert!(is_unauthenticated(&outcome));
    }
    let events = world
        .service
        .store()
        .events(&tenant(), 1, 10)
        .await
        .unwrap();
    let kinds = events.events.iter().map(|event| event.kind);
    assert_eq!(
        kinds
            .filter(|kind| *kind == EventKind::AccountRefreshTokenReused)
            .count(),
        1
    );
}

#[tokio::test]
async fn of_two_sessions_only_the_one_that_was_stolen_from_ends() {
    let world = World::with(settings(true)).await;
    let one = sign_up(&world, "jack@example.com").await.unwrap();
    let realm = realm(&world).await;
    let password = Password::presented(PASSWORD.to_owned()).unwrap();
    let client = client();
    let log_in = world
        .service
        .log_in(&realm, &client, "jack@example.com", password);
    let other = log_in.await.unwrap();
    refresh(&world, one.refresh_token().unwrap()).await.unwrap();
    assert!(is_unauthenticated(
        &refresh(&world, one.refresh_token().unwrap()).await
    ));
    assert!(is_signed_in(&world, &other.jwt).await);
}

#[tokio::test]
async fn a_rotated_key_is_listed_until_its_last_token_ended() {
    let world = World::with(settings(false)).await;
    let listed = async || {
        let realm = realm(&world).await;
        world.service.jwks(&realm, &[IDEA_POOL]).await.unwrap().keys
    };
    let old = sign_up(&world, "jack@example.com").await.unwrap();
    let first = listed().await;
    assert_eq!(first.len(), 1);

    world.clock.advance(Duration::from_secs(1));
    world.service.rotate_signing_keys(&tenant()).await.unwrap();
    let both = listed().await;
    assert_eq!((both.len(), &both[1]), (2, &first[0]));
    assert!(is_signed_in(&world, &old.jwt).await);
    let new = refresh(&world, old.refresh_token().unwrap()).await.unwrap();
    assert!(is_signed_in(&world, &new.jwt).await);

    world.clock.advance(Duration::from_mins(10));
    assert_eq!(listed().await.len(), 2);
    assert!(!is_signed_in(&world, &old.jwt).await);
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(listed().await, both[..1]);

    // The next rotation also forgets it.
    world.service.rotate_signing_keys(&tenant()).await.unwrap();
    assert_eq!(stored_keys(&world).await, 2);
}

#[tokio::test]
async fn a_key_is_replaced_at_the_age_that_the_operator_set() {
    let world = World::with(Settings {
        signing_key_lifetime: Some(Duration::from_hours(24)),
        ..settings(false)
    })
    .await;
    let rotate = async || {
        world
            .service
            .run_job(Job::SigningKeyRotation)
            .await
            .unwrap();
    };
    rotate().await;
    assert_eq!(stored_keys(&world).await, 0);

    sign_up(&world, "jack@example.com").await.unwrap();
    world
        .clock
        .advance(Duration::from_hours(24) - Duration::from_secs(1));
    rotate().await;
    assert_eq!(stored_keys(&world).await, 1);

    let old = sign_up(&world, "jill@example.com").await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    rotate().await;
    rotate().await;
    assert_eq!(stored_keys(&world).await, 2);
    assert!(is_signed_in(&world, &old.jwt).await);
}

#[tokio::test]
async fn a_key_of_any_age_stays_where_the_operator_set_none() {
    let world = World::with(settings(false)).await;
    sign_up(&world, "jack@example.com").await.unwrap();
    world.clock.advance(Duration::from_hours(24 * 400));
    world
        .service
        .run_job(Job::SigningKeyRotation)
        .await
        .unwrap();
    assert_eq!(stored_keys(&world).await, 1);
}

#[tokio::test]
async fn a_rotation_makes_no_key_where_there_was_none() {
    let world = World::with(settings(false)).await;
    world.service.rotate_signing_keys(&tenant()).await.unwrap();
    assert_eq!(stored_keys(&world).await, 0);
}

#[tokio::test]
async fn a_frozen_tenant_lets_nobody_in() {
    let world = World::with(settings(false)).await;
    let grant = sign_up(&world, "jack@example.com").await.unwrap();
    world.service.freeze_app(&tenant()).await.unwrap();
    assert!(!is_signed_in(&world, &grant.jwt).await);
    assert!(is_unauthenticated(
        &refresh(&world, grant.refresh_token().unwrap()).await
    ));
    assert!(is_unauthenticated(
        &sign_up(&world, "jill@example.com").await
    ));
}

#[tokio::test]
async fn an_address_that_fails_at_many_accounts_is_bounded() {
    let world = World::with(settings(false)).await;
    let realm = realm(&world).await;
    let guess = async |number: usize, address: [u8; 4]| {
        let client = Client {
            address: Some(address.into()),
            ..client()
        };
        let password = Password::presented(PASSWORD.to_owned()).unwrap();
        let name = format!("user-{number}@example.com");
        world.service.log_in(&realm, &client, &name, password).await
    };
    for number in 0..100 {
        let outcome = guess(number, [192, 0, 2, 1]).await;
        assert!(
            matches!(outcome, Err(AccountError::WrongCredentials)),
            "{number}"
        );
    }
    let bounded = guess(100, [192, 0, 2, 1]).await;
    assert!(matches!(bounded, Err(AccountError::TooManyAttempts { .. })));
    let elsewhere = guess(100, [192, 0, 2, 2]).await;
    assert!(matches!(elsewhere, Err(AccountError::WrongCredentials)));
}

#[tokio::test]
async fn what_ended_is_swept() {
    let world = World::with(settings(false)).await;
    let grant = sign_up(&world, "jack@example.com").await.unwrap();
    world.clock.advance(Duration::from_hours(24 * 30 + 1));
    world.service.run_job(Job::CeremonySweep).await.unwrap();
    let now = world.service.now();
    assert_eq!(
        world.service.store().sweep_sessions(now, 10).await.unwrap(),
        0
    );
    assert!(is_unauthenticated(
        &refresh(&world, grant.refresh_token().unwrap()).await
    ));
}

async fn kept_password(world: &World) -> (UserKey, PasswordHash) {
    let store = world.service.store();
    let account = store.account_by_name(&tenant(), "jack@example.com").await;
    let account = account.unwrap().unwrap();
    (account.user.key, account.password_hash.unwrap())
}

#[tokio::test]
async fn a_password_that_was_hashed_at_another_cost_is_hashed_anew_by_the_log_in() {
    let mut dearer = settings(false);
    dearer.accounts.password_cost.memory = 128;
    let elsewhere = World::with(dearer).await;
    sign_up(&elsewhere, "jack@example.com").await.unwrap();
    let (_, dear) = kept_password(&elsewhere).await;

    let world = World::with(settings(false)).await;
    sign_up(&world, "jack@example.com").await.unwrap();
    let (user, cheap) = kept_password(&world).await;
    let store = world.service.store();
    let replaced = store
        .replace_password(&tenant(), user, Some(cheap), dear)
        .await;
    assert!(replaced.unwrap());
    for (password, cost) in [
        ("the-Wrong-123", "m=128,"),
        (PASSWORD, "m=64,"),
        (PASSWORD, "m=64,"),
    ] {
        let presented = Password::presented(password.to_owned()).unwrap();
        let realm = realm(&world).await;
        let outcome = world
            .service
            .log_in(&realm, &client(), "jack@example.com", presented)
            .await;
        assert_eq!(outcome.is_ok(), password == PASSWORD);
        let (_, kept) = kept_password(&world).await;
        assert!(kept.expose().contains(cost), "{password}");
    }
}
