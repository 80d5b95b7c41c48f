//! Browsers that are known again by what they sign.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use passkeyd_authenticator::Device;
use passkeyd_domain::{IdentifierKind, ports::PersonLookup};
use passkeyd_service::{
    ApplicationError, AssertionResponse, AttestationResponse,
    accounts::Realm,
    application_registration::{
        ApplicationClient, BeginApplicationRegistration, CompleteApplicationRegistration,
        CompletedCeremony, NamedUser,
    },
    application_sign_in::{BeginApplicationSignIn, CompleteApplicationSignIn},
    bearer_tokens::BearerKind,
    ceremony_state::ClaimedDevice,
};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};

use crate::world::{ORIGIN, World, creation_options_json, request_options_json};

type Items = BTreeMap<String, String>;

/// The store of keys of a browser.
struct Browser {
    key: EcdsaKeyPair,
    random: SystemRandom,
}

impl Browser {
    #[expect(
        clippy::disallowed_methods,
        reason = "the keys of browsers are not what is tested"
    )]
    fn new() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self {
            key: EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap(),
            random,
        }
    }

    /// What it sends as these items.
    fn items(&self, world: &World, names: &[&str]) -> Items {
        let point = &self.key.public_key().as_ref()[1..];
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let header = json!({ "alg": "ES256", "jwk": { "kty": "EC", "crv": "P-256",
            "x": BASE64URL_NOPAD.encode(&point[..32]), "y": BASE64URL_NOPAD.encode(&point[32..]) } });
        let claims = json!({ "id": "TRUST", "exp": world.service.now().as_second() + 60 });
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = self.key.sign(&self.random, signed.as_bytes()).unwrap();
        let item = format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()));
        names
            .iter()
            .map(|name| ((*name).to_owned(), item.clone()))
            .collect()
    }
}

async fn realm(world: &World) -> Realm {
    let id = "test".parse().unwrap();
    let changed = world.service.change_app(&id, |settings| {
        settings.origins = vec![ORIGIN.to_owned()];
        settings.application.rp_id = Some("localhost".to_owned());
    });
    changed.await.unwrap();
    world.service.realm(&id).await.unwrap().unwrap()
}

fn client() -> ApplicationClient {
    ApplicationClient {
        issuer: "https://auth.example".to_owned(),
        ..ApplicationClient::default()
    }
}

async fn register(
    world: &World,
    device: &mut Device,
    name: &str,
    items: Items,
) -> CompletedCeremony {
    let (service, realm) = (&world.service, realm(world).await);
    let wanted = BeginApplicationRegistration {
        user: Some(NamedUser {
            name: name.to_owned(),
            kind: IdentifierKind::Other,
            display_name: None,
        }),
        device: ClaimedDevice::default(),
        security_key: false,
        conditional: false,
        trust_items: items,
    };
    let begun = service
        .begin_application_registration(&realm, None, wanted)
        .await
        .unwrap();
    let made = device
        .create(&creation_options_json(&begun.options), ORIGIN)
        .unwrap();
    let complete = CompleteApplicationRegistration {
        response: AttestationResponse {
            raw_id: made.credential_id.clone(),
            client_data_json: made.client_data.clone(),
            attestation_object: made.attestation_object.clone(),
            transports: Some(made.transports.clone()),
            discoverable: made.discoverable,
        },
        passkey_name: None,
        client: client(),
    };
    let session = service
        .open_application_session(&begun.session)
        .await
        .unwrap();
    service
        .complete_application_registration(&session, complete)
        .await
        .unwrap()
}

async fn sign_in(
    world: &World,
    device: &mut Device,
    name: &str,
    items: Items,
) -> CompletedCeremony {
    let (service, realm) = (&world.service, realm(world).await);
    let wanted = BeginApplicationSignIn {
        name: Some(name.to_owned()),
        trust_items: items,
        ..BeginApplicationSignIn::default()
    };
    let begun = service
        .begin_application_sign_in(&realm, wanted)
        .await
        .unwrap();
    let signed = device
        .get(&request_options_json(&begun.options), ORIGIN)
        .unwrap();
    let complete = CompleteApplicationSignIn {
        response: AssertionResponse {
            raw_id: signed.credential_id.clone(),
            client_data_json: signed.client_data.clone(),
            authenticator_data: signed.authenticator_data.clone(),
            signature: signed.signature.clone(),
            user_handle: signed.user_handle.clone(),
        },
        client: client(),
    };
    let session = service
        .open_application_session(&begun.session)
        .await
        .unwrap();
    service
        .complete_application_sign_in(&session, complete)
        .await
        .unwrap()
}

/// The name of whom these items stand for.
async fn known(world: &World, items: &Items) -> Option<String> {
    let (service, realm) = (&world.service, realm(world).await);
    let good = service.good_trust_items(items);
    let person = service.trusted_person(&realm, &good).await.unwrap();
    person.map(|person| person.username().to_owned())
}

async fn discovered(world: &World, items: &Items) -> Result<bool, ApplicationError> {
    let realm = realm(world).await;
    world.service.discover_trust(&realm, items).await
}

#[tokio::test]
async fn a_browser_is_known_after_a_passkey_was_made_in_it_and_passes_to_who_signs_in_next() {
    let world = World::new().await;
    let (mut one, mut two) = (Device::new(7), Device::new(8));
    let browser = Browser::new();
    let wallet = browser.items(&world, &["wallet"]);
    assert_eq!(known(&world, &wallet).await, None);
    assert!(!discovered(&world, &wallet).await.unwrap());

    register(&world, &mut one, "ada", browser.items(&world, &["auth"])).await;
    assert_eq!(known(&world, &wallet).await.as_deref(), Some("ada"));
    assert!(discovered(&world, &wallet).await.unwrap());

    register(&world, &mut two, "bob", Items::new()).await;
    assert_eq!(known(&world, &wallet).await.as_deref(), Some("ada"));
    sign_in(&world, &mut two, "bob", browser.items(&world, &["auth"])).await;
    assert_eq!(known(&world, &wallet).await.as_deref(), Some("bob"));
    sign_in(
        &world,
        &mut one,
        "ada",
        Browser::new().items(&world, &["auth"]),
    )
    .await;
    assert_eq!(known(&world, &wallet).await.as_deref(), Some("bob"));
}

#[tokio::test]
async fn an_auth_item_tells_nobody_and_a_merchants_is_another_than_a_wallets() {
    let world = World::new().await;
    let browser = Browser::new();
    register(
        &world,
        &mut Device::new(9),
        "ada",
        browser.items(&world, &["auth", "merchant"]),
    )
    .await;
    assert_eq!(known(&world, &browser.items(&world, &["auth"])).await, None);
    for name in ["wallet", "merchant"] {
        let items = browser.items(&world, &[name]);
        assert_eq!(
            known(&world, &items).await.as_deref(),
            Some("ada"),
            "{name}"
        );
    }
    let shop = Browser::new();
    register(
        &world,
        &mut Device::new(10),
        "bob",
        shop.items(&world, &["merchant"]),
    )
    .await;
    assert_eq!(known(&world, &shop.items(&world, &["wallet"])).await, None);

    // Where the two stand for different people, the wallet's owner it is.
    let mut both = browser.items(&world, &["wallet"]);
    both.extend(shop.items(&world, &["merchant"]));
    assert_eq!(known(&world, &both).await.as_deref(), Some("ada"));
}

#[tokio::test]
async fn what_is_no_good_item_is_ignored_but_where_a_browser_is_looked_for() {
    let world = World::new().await;
    let mut items = Browser::new().items(&world, &["other"]);
    items.insert("wallet".to_owned(), "an opaque text".to_owned());
    register(&world, &mut Device::new(11), "ada", items.clone()).await;
    assert_eq!(known(&world, &items).await, None);
    for bad in [Items::new(), items] {
        let refused = discovered(&world, &bad).await;
        assert!(
            matches!(refused, Err(ApplicationError::Invalid(_))),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_browser_of_somebody_inactive_is_not_discovered() {
    let world = World::new().await;
    let browser = Browser::new();
    register(
        &world,
        &mut Device::new(12),
        "ada",
        browser.items(&world, &["wallet"]),
    )
    .await;
    let store = world.service.store();
    let (tenant, lookup) = (
        "test".parse().unwrap(),
        PersonLookup::Name("ada".to_owned()),
    );
    let mut person = store.person(&tenant, &lookup).await.unwrap().unwrap();
    person.user.active = false;
    store.replace_person(person, None).await.unwrap();
    assert!(
        !discovered(&world, &browser.items(&world, &["wallet"]))
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_trust_token_says_which_browser_and_not_who() {
    let world = World::new().await;
    let (service, realm) = (&world.service, realm(&world).await);
    let items = Browser::new().items(&world, &["auth", "merchant", "wallet"]);
    let good = service.good_trust_items(&items);
    let tokens = service
        .trust_tokens(&realm, "https://auth.example", &good)
        .await
        .unwrap();
    for (token, kind) in [
        (tokens.merchant, BearerKind::MerchantTrust),
        (tokens.wallet, BearerKind::WalletTrust),
    ] {
        let checked = service.check_token(&realm, &[kind], &token.unwrap()).await;
        let checked = checked.unwrap().unwrap();
        assert_eq!(checked.claim("trustId"), Some("TRUST"));
        assert_eq!((checked.subject(), checked.username()), (None, None));
    }
    let none = service
        .trust_tokens(&realm, "https://auth.example", &[])
        .await
        .unwrap();
    assert_eq!((none.merchant, none.wallet), (None, None));
}
