//! What the people of a tenant have: names and addresses, sessions, devices, groups, and what else hangs on them.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use passkeyd_domain::{
    AddressKind, ClientAuthentication, CodePurpose, DeviceId, GroupId, OidcProvider, ProviderId,
    RingKey, TenantId, TrustIdentifier, TrustKind, User,
    ports::{
        AttemptLimit, BlacklistedModel, CredentialEvidence, GroupOutcome, NewLink, PersonLookup,
        PersonOutcome, SignInRecord, SignUpOutcome, Store,
    },
};
use uuid::Uuid;

use crate::samples::{
    at, credential_id, device, group, idea, identifier, kept_code, new_account, person,
    registration, ring_key, sign_in, transaction, user, uuid,
};

/// A number that is another for every name.
fn number_of(tenant: &TenantId) -> u128 {
    let bytes = tenant.as_str().bytes();
    bytes.fold(1, |number, byte| {
        ((number << 8) | u128::from(byte)) & 0xff_ffff_ffff
    })
}

fn ada(tenant: &TenantId) -> User {
    user(tenant, "ada")
}

fn provider_id() -> ProviderId {
    "P".repeat(24).parse().unwrap()
}

fn device_id() -> DeviceId {
    "ada's phone".parse().unwrap()
}

fn group_id(tenant: &TenantId) -> GroupId {
    group(tenant, "guides").id
}

fn wallet() -> TrustIdentifier {
    TrustIdentifier {
        kind: TrustKind::Wallet,
        id: "w".to_owned(),
        thumbprint: [7; 32],
    }
}

fn session_id(tenant: &TenantId) -> Uuid {
    uuid(number_of(tenant))
}

fn limit() -> AttemptLimit {
    AttemptLimit {
        key: "password".to_owned(),
        limit: 1,
        window_ends: at(90_000),
    }
}

/// Puts a row in every table of people.
pub(super) async fn fill(store: &dyn Store, tenant: &TenantId) {
    let ada = ada(tenant);
    let mut new = registration(&ada, b"ada's", 11);
    new.device = Some(device(tenant, device_id().as_str(), 5));
    new.evidence = Some(CredentialEvidence {
        attestation_object: vec![1],
        client_data: vec![2],
        trust: "trust".to_owned(),
    });
    store.register_credential(new).await.unwrap();
    let confirmed = SignInRecord {
        transaction: Some(transaction(tenant, 6)),
        ..sign_in(b"ada's", 12)
    };
    store.record_sign_in(tenant, confirmed).await.unwrap();
    let bound = store.bind_trust(tenant, ada.key, None, vec![wallet()], at(1));
    assert!(bound.await.unwrap());

    let eve = person(tenant, "eve");
    let created = store.create_person(eve.clone(), None).await.unwrap();
    assert_eq!(created, PersonOutcome::Written);
    let guides = group(tenant, "guides");
    let created = store
        .create_group(guides, vec![eve.user.key])
        .await
        .unwrap();
    assert_eq!(created, GroupOutcome::Written);
    assert!(store.keep_code(kept_code(tenant, 8, "hash")).await.unwrap());

    let mut account = new_account(tenant, "zoe@example.com", number_of(tenant), 9);
    account.session.session.created_at = at(0);
    let zoe = account.user.clone();
    let signed_up = store.sign_up(account).await.unwrap();
    assert_eq!(signed_up, SignUpOutcome::SignedUp);
    assert!(
        store
            .add_idea(idea(&zoe, "idea", [1, 2, 3], at(1)))
            .await
            .unwrap()
    );
    let counted = store.count_attempt(tenant, vec![limit()], at(0)).await;
    assert_eq!(counted.unwrap(), None);

    let provider = OidcProvider {
        tenant: tenant.clone(),
        id: provider_id(),
        name: "Provider".to_owned(),
        issuer: "https://id.example".to_owned(),
        client_id: "we".to_owned(),
        client_authentication: ClientAuthentication::Basic,
        created_at: at(1),
    };
    let secret = RingKey {
        purpose: provider_id().secret_purpose(),
        ..ring_key(tenant, 2, at(0))
    };
    assert!(store.put_provider(provider, secret).await.unwrap());
    let link = NewLink {
        provider: provider_id(),
        subject: "subject".to_owned(),
        address: None,
        name_apart: identifier("provider:subject"),
        user: user(tenant, "linked"),
        display_name: None,
        event: None,
    };
    store.link_subject(link).await.unwrap();

    let unwanted = BlacklistedModel {
        aaguid: uuid(9),
        registration: true,
        sign_in: false,
    };
    store
        .put_blacklist(tenant, vec![unwanted], None)
        .await
        .unwrap();
}

/// Looks in every table of people that a port can look in.
pub(super) async fn nothing_is_left(store: &dyn Store, tenant: &TenantId) {
    let ada = ada(tenant);
    let evidence = store.evidence(tenant, &credential_id(b"ada's")).await;
    assert_eq!(evidence.unwrap(), None);
    let attested = store.attested_credentials(None, 99).await.unwrap();
    assert!(attested.iter().all(|one| one.tenant != *tenant));
    assert_eq!(store.device(tenant, &device_id()).await.unwrap(), None);
    assert_eq!(store.devices_of(tenant, ada.key).await.unwrap(), []);
    assert_eq!(
        store.users_of_device(tenant, &device_id()).await.unwrap(),
        []
    );
    assert_eq!(store.transaction(tenant, uuid(6)).await.unwrap(), None);
    assert_eq!(store.trust_binding(tenant, &wallet()).await.unwrap(), None);

    let eve = user(tenant, "eve").user_id;
    let lookup = PersonLookup::UserId(eve);
    assert_eq!(store.person(tenant, &lookup).await.unwrap(), None);
    let address = "eve@example.com";
    let found = store
        .people_with_address(tenant, AddressKind::Email, address, 9)
        .await;
    assert_eq!(found.unwrap(), []);
    let id = group_id(tenant);
    assert_eq!(store.group(tenant, id).await.unwrap(), None);
    assert_eq!(store.members(tenant, vec![id]).await.unwrap(), []);
    let code = store
        .pending_code(tenant, uuid(8), CodePurpose::SignIn, at(1))
        .await;
    assert_eq!(code.unwrap(), None);

    let zoe = "zoe@example.com";
    assert_eq!(store.account_by_name(tenant, zoe).await.unwrap(), None);
    let session = store.session(tenant, session_id(tenant), at(1)).await;
    assert!(session.unwrap().is_none());
    let owner = new_account(tenant, zoe, 1, 9).user.key;
    assert_eq!(store.ideas(tenant, owner, 0, 9).await.unwrap(), []);
    assert_eq!(store.providers(tenant).await.unwrap(), []);
    let linked = store
        .account_by_subject(tenant, &provider_id(), "subject")
        .await;
    assert_eq!(linked.unwrap(), None);
    assert_eq!(store.blacklist(tenant).await.unwrap(), []);
}

/// The attempts are counted anew, which only a tenant can have done for it.
pub(super) async fn attempts_are_forgotten(store: &dyn Store, tenant: &TenantId) {
    let counted = store.count_attempt(tenant, vec![limit()], at(0)).await;
    assert_eq!(counted.unwrap(), None);
}
