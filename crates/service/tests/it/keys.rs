use std::collections::BTreeSet;

use passkeyd_domain::{KeyKind, Scope, TenantId, TenantSettings};
use passkeyd_service::{
    KeyRefusal,
    apps::{DEVELOPMENT_PUBLIC_KEY, DEVELOPMENT_SECRET_KEY, NewApp, all_scopes},
};

use crate::world::World;

fn test_app() -> TenantId {
    "test".parse().unwrap()
}

#[tokio::test]
async fn a_key_is_good_for_its_own_kind_only() {
    let world = World::new().await;
    let now = world.service.now();
    for (kind, key, good) in [
        (KeyKind::Public, DEVELOPMENT_PUBLIC_KEY, true),
        (KeyKind::Secret, DEVELOPMENT_SECRET_KEY, true),
        (KeyKind::Public, DEVELOPMENT_SECRET_KEY, false),
        (KeyKind::Secret, DEVELOPMENT_PUBLIC_KEY, false),
        (
            KeyKind::Secret,
            "test:secret:a679563b331846c79c20b114a4f56d03",
            false,
        ),
        (
            KeyKind::Secret,
            "other:secret:a679563b331846c79c20b114a4f56d02",
            false,
        ),
        (KeyKind::Public, "test", false),
    ] {
        let answer = world.service.authenticate(kind, key, now).await.unwrap();
        assert_eq!(answer.is_ok(), good, "{kind:?} {key}");
    }
}

#[tokio::test]
async fn a_locked_key_is_told_apart_from_a_wrong_one_only_by_who_has_it() {
    let world = World::new().await;
    let (app, now) = (test_app(), world.service.now());
    let key = world
        .service
        .create_key(&app, KeyKind::Secret, all_scopes(KeyKind::Secret), "ci")
        .await
        .unwrap();
    world
        .service
        .lock_key(&app, &key.key_id(), true)
        .await
        .unwrap();
    let refusal = async |text: &str| {
        world
            .service
            .authenticate(KeyKind::Secret, text, now)
            .await
            .unwrap()
            .err()
    };
    assert_eq!(refusal(key.text()).await, Some(KeyRefusal::Locked));
    let guess = format!("test:secret:0000000000000000000000000000{}", key.key_id());
    assert_eq!(refusal(&guess).await, Some(KeyRefusal::Unknown));
    world
        .service
        .lock_key(&app, &key.key_id(), false)
        .await
        .unwrap();
    assert_eq!(refusal(key.text()).await, None);
}

#[tokio::test]
async fn refused_keys_leave_events() {
    let world = World::new().await;
    let (app, now) = (test_app(), world.service.now());
    let _ = world
        .service
        .authenticate(KeyKind::Public, "test:public:nonsense", now)
        .await
        .unwrap();
    let keys = world.service.list_keys(&app).await.unwrap();
    let public = keys.iter().find(|key| key.kind == KeyKind::Public).unwrap();
    world
        .service
        .lock_key(&app, &public.key_id, true)
        .await
        .unwrap();
    let _ = world
        .service
        .authenticate(KeyKind::Public, DEVELOPMENT_PUBLIC_KEY, now)
        .await
        .unwrap();
    let events = world
        .service
        .list_events(&world.back_end().await, 1, 10)
        .await
        .unwrap();
    let kinds: Vec<_> = events
        .events
        .iter()
        .map(|event| event.kind.as_str())
        .collect();
    assert_eq!(
        kinds,
        [
            "ApiAuthDisabledPublicKeyUsed",
            "AdminApiKeyLocked",
            "AdminApiKeysEnumerated",
            "ApiAuthInvalidPublicKeyUsed"
        ]
    );
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say() {
    let world = World::new().await;
    let scopes: BTreeSet<Scope> = [Scope(Scope::LOGIN.to_owned())].into();
    let key = world
        .service
        .create_key(&test_app(), KeyKind::Public, scopes, "")
        .await
        .unwrap();
    let now = world.service.now();
    let caller = world
        .service
        .authenticate(KeyKind::Public, key.text(), now)
        .await
        .unwrap()
        .unwrap();
    assert!(caller.allows(Scope::LOGIN) && !caller.allows(Scope::REGISTER));
}

#[tokio::test]
async fn a_new_app_has_four_keys_that_work_and_its_name_is_taken() {
    let world = World::new().await;
    let app = || NewApp {
        id: "acme".parse().unwrap(),
        settings: TenantSettings::default(),
    };
    let keys = world.service.create_app(app()).await.unwrap();
    let now = world.service.now();
    for key in keys.public.iter().chain(&keys.secret) {
        assert!(
            world
                .service
                .authenticate(key.kind(), key.text(), now)
                .await
                .unwrap()
                .is_ok()
        );
    }
    assert!(matches!(
        world.service.create_app(app()).await,
        Err(passkeyd_service::Error::AppExists)
    ));
}
