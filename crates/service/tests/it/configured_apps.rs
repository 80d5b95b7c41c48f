use passkeyd_domain::{SecretBytes, TenantId};
use passkeyd_service::configured_apps::{ConfigureError, ConfiguredKey, MadeKey, api_scopes};

use crate::world::World;

const GIVEN: &str = "a-key-of-at-least-24-characters";

fn key(name: &str, given: Option<&str>) -> ConfiguredKey {
    ConfiguredKey {
        name: name.to_owned(),
        scopes: api_scopes(["profile:write", "external-verify"]).unwrap(),
        given: given.map(|text| SecretBytes::new(text.into())),
    }
}

impl World {
    async fn configure(
        &self,
        app: &str,
        keys: Vec<ConfiguredKey>,
    ) -> Result<Vec<MadeKey>, ConfigureError> {
        let id: TenantId = app.parse().unwrap();
        let change = |settings: &mut passkeyd_domain::TenantSettings| {
            settings.website_url = Some("https://example.com".to_owned());
        };
        self.service.configure_app(&id, change, keys).await
    }
}

#[tokio::test]
async fn a_configured_tenant_is_made_once_and_its_keys_work() {
    let world = World::new().await;
    let keys = || vec![key("given", Some(GIVEN)), key("made", None)];
    let made = world.configure("acme", keys()).await.unwrap();
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].name, "made");
    for _ in 0..2 {
        assert!(world.configure("acme", keys()).await.unwrap().is_empty());
    }
    for text in [GIVEN, made[0].key.text()] {
        let caller = world
            .service
            .authenticate_api_key(text)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(caller.realm().id().as_str(), "acme");
        assert!(caller.allows("external:verify") && !caller.allows("user:write"));
    }
    let store = world.service.store();
    let stored = store.api_keys(&"acme".parse().unwrap()).await.unwrap();
    assert_eq!(stored.len(), 2);
    assert!(stored.iter().all(|key| !key.stored.contains(GIVEN)));
}

#[tokio::test]
async fn a_key_is_one_tenants() {
    let world = World::new().await;
    world
        .configure("acme", vec![key("k", Some(GIVEN))])
        .await
        .unwrap();
    let taken = world.configure("other", vec![key("k", Some(GIVEN))]).await;
    assert!(matches!(taken, Err(ConfigureError::KeyTaken { .. })));
    let unfit = world.configure("acme", vec![key("k", Some("short"))]).await;
    assert!(matches!(unfit, Err(ConfigureError::UnfitKey { .. })));
}

#[tokio::test]
async fn a_key_that_is_given_anew_takes_the_place_of_the_old_one() {
    let world = World::new().await;
    world
        .configure("acme", vec![key("k", Some(GIVEN))])
        .await
        .unwrap();
    let new = "another-key-of-24-characters";
    world
        .configure("acme", vec![key("k", Some(new))])
        .await
        .unwrap();
    let old = world.service.authenticate_api_key(GIVEN).await.unwrap();
    assert!(old.is_none());
    assert!(
        world
            .service
            .authenticate_api_key(new)
            .await
            .unwrap()
            .is_some()
    );
}
