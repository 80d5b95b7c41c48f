use std::collections::BTreeSet;

use passkeyd_authenticator::Device;
use passkeyd_domain::TenantId;
use passkeyd_service::{
    Error,
    metadata::{Catalogue, Model, ModelFilter},
};
use uuid::Uuid;

use crate::world::World;

fn one(aaguid: Uuid) -> BTreeSet<Uuid> {
    BTreeSet::from([aaguid])
}

fn model(number: u128, name: &str, status: &str, attestation: &str) -> Model {
    Model {
        aaguid: Uuid::from_u128(number),
        name: name.to_owned(),
        icon: None,
        certification_statuses: vec![status.to_owned()],
        attestation_types: vec![attestation.to_owned()],
    }
}

impl World {
    async fn on_list(&self, allowed: bool) -> Vec<Uuid> {
        let back_end = self.back_end().await;
        let listed = self.service.authenticators(&back_end, allowed).await;
        listed.unwrap().iter().map(|listed| listed.aaguid).collect()
    }

    async fn put(&self, aaguid: Uuid, allowed: bool) -> Result<(), Error> {
        let back_end = self.back_end().await;
        self.service
            .add_authenticators(&back_end, one(aaguid), allowed)
            .await
    }

    async fn allow_attestation(&self, allowed: bool) {
        let tenant: TenantId = "test".parse().unwrap();
        self.service
            .change_app(&tenant, |settings| settings.allow_attestation = allowed)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_make_is_on_one_list_at_most() {
    let world = World::new().await;
    let make = Uuid::from_u128(7);
    world.put(make, true).await.unwrap();
    assert_eq!(world.on_list(true).await, [make]);
    world.put(make, false).await.unwrap();
    assert!(world.on_list(true).await.is_empty());
    assert_eq!(world.on_list(false).await, [make]);
    let back_end = world.back_end().await;
    let both = BTreeSet::from([make, Uuid::from_u128(8)]);
    world
        .service
        .remove_authenticators(&back_end, both)
        .await
        .unwrap();
    assert!(world.on_list(false).await.is_empty());
}

#[tokio::test]
async fn a_make_that_the_metadata_does_not_know_goes_on_no_list() {
    let world = World::new().await;
    let known = model(1, "Key", "FIDO_CERTIFIED", "basic_full");
    world
        .service
        .set_catalogue(Catalogue::new(vec![known.clone()]));
    world.put(known.aaguid, true).await.unwrap();
    let refused = world.put(Uuid::from_u128(2), true).await;
    assert!(matches!(refused, Err(Error::UnknownAuthenticators)));
}

#[tokio::test]
async fn lists_need_the_feature() {
    let world = World::new().await;
    world.allow_attestation(false).await;
    let refused = world.put(Uuid::from_u128(1), true).await;
    assert!(matches!(refused, Err(Error::AuthenticatorListsNotAllowed)));
}

#[tokio::test]
async fn a_registration_keeps_the_lists_and_uses_its_session_up() {
    let world = World::new().await;
    let mut device = Device::new(7);
    world.register(&mut device, "before").await.unwrap();
    let make = Uuid::nil();

    world.put(make, false).await.unwrap();
    let refused = world.register(&mut device, "blocked").await;
    assert!(matches!(refused, Err(Error::AuthenticatorNotAllowed)));

    world.put(make, true).await.unwrap();
    world.register(&mut device, "allowed").await.unwrap();

    let back_end = world.back_end().await;
    world
        .service
        .remove_authenticators(&back_end, one(make))
        .await
        .unwrap();
    world.put(Uuid::from_u128(1), true).await.unwrap();
    // Attestation is `none`, so that nothing proves which make it is.
    let refused = world.register(&mut device, "unlisted").await;
    assert!(matches!(refused, Err(Error::AttestationRequired)));

    world.allow_attestation(false).await;
    world.register(&mut device, "unlisted").await.unwrap();
}

#[test]
fn models_are_listed_by_name_and_by_either_filter() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let world = runtime.block_on(World::new());
    let service = &world.service;
    assert!(service.models(&ModelFilter::default()).is_empty());
    service.set_catalogue(Catalogue::new(vec![
        model(1, "Zebra", "REVOKED", "basic_full"),
        model(2, "Apple", "FIDO_CERTIFIED_L1", "anonca"),
        model(3, "Mango", "FIDO_CERTIFIED_L1", "basic_full"),
    ]));
    let names = |attestation: &[&str], status: &[&str]| -> Vec<String> {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let filter = ModelFilter {
            attestation_types: words(attestation),
            certification_statuses: words(status),
        };
        let models = service.models(&filter).into_iter();
        models.map(|model| model.name).collect()
    };
    assert_eq!(names(&[], &[]), ["Apple", "Mango", "Zebra"]);
    assert_eq!(names(&["basic_full"], &[]), ["Mango", "Zebra"]);
    assert_eq!(
        names(&["basic_full", "anonca"], &["FIDO_CERTIFIED_L1"]),
        ["Apple", "Mango"]
    );
    assert_eq!(names(&["attca"], &[]), Vec::<String>::new());
    assert_eq!(service.attestation_types(), ["anonca", "basic_full"]);
    assert_eq!(
        service.certification_statuses(),
        ["FIDO_CERTIFIED_L1", "REVOKED"]
    );
}
