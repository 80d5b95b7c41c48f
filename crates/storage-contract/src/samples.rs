//! Nouns with every member filled in, to be changed where a test cares.

use std::time::Duration;

use passkeyd_domain::{
    Address, AddressKind, Alias, AliasHash, ApiKey, AuthConfig, ClientType, CodePurpose,
    Credential, CredentialId, Device, DeviceDetails, Event, EventKind, Group, GroupId, Hint, Idea,
    IdeaContent, Identifier, IdentifierKind, KeptCode, KeyId, KeyKind, PasswordHash, Person,
    Profile, Purpose, RefreshHash, RingKey, RingPurpose, Scope, Score, Scores, SecretBytes,
    Session, Tenant, TenantId, TenantSettings, Timestamp, Transaction, User, UserHandle, UserId,
    UserKey, UserVerification,
    ports::{
        Consumption, NewAccount, NewCredential, NewSession, Owner, SentLink, SignInRecord, Store,
    },
    text::folded,
};
use uuid::Uuid;

/// So many milliseconds after a certain day in 2026.
pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_790_000_000_000 + millis).unwrap_or(Timestamp::MAX)
}

/// A UUID of that number.
pub fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// A tenant's name.
///
/// # Panics
/// Where it is none.
#[expect(clippy::expect_used, reason = "samples are made for tests")]
pub fn tenant_id(name: &str) -> TenantId {
    name.parse().expect("a tenant's name")
}

/// A tenant.
pub fn tenant(name: &str) -> Tenant {
    Tenant {
        id: tenant_id(name),
        created_at: at(0),
        delete_at: None,
        settings: TenantSettings {
            name: "Ünïcode \u{1F511} \u{7f}\u{1}".to_owned(),
            ..TenantSettings::default()
        },
    }
}

/// A secret key of a tenant.
pub fn api_key(tenant: &TenantId, key_id: &str) -> ApiKey {
    ApiKey {
        tenant: tenant.clone(),
        key_id: KeyId(key_id.to_owned()),
        kind: KeyKind::Secret,
        name: "a key".to_owned(),
        scopes: [Scope(Scope::TOKEN_VERIFY.to_owned())].into(),
        stored: format!("sha256:{key_id}"),
        lookup: None,
        created_at: at(0),
        locked_at: None,
        last_locked_at: None,
        expires_at: None,
    }
}

/// A sealing key of a tenant.
pub fn ring_key(tenant: &TenantId, number: u128, created_at: Timestamp) -> RingKey {
    RingKey {
        tenant: tenant.clone(),
        id: uuid(number),
        purpose: RingPurpose::Seal,
        material: SecretBytes::new(vec![0, 255, 0x80, 7]),
        wrapped: true,
        created_at,
    }
}

/// A configuration for a purpose.
///
/// # Panics
/// Where the purpose is none.
#[expect(clippy::expect_used, reason = "samples are made for tests")]
pub fn auth_config(purpose: &str) -> AuthConfig {
    AuthConfig {
        purpose: Purpose::new(purpose).expect("a purpose"),
        time_to_live: Duration::from_millis(90_500),
        user_verification: UserVerification::Discouraged,
        hints: vec![Hint::Hybrid, Hint::SecurityKey],
        created_by: "somebody".to_owned(),
        created_on: Some(at(5)),
        edited_by: None,
        edited_on: None,
        last_used_on: None,
    }
}

/// A name that an app gives its user.
///
/// # Panics
/// Where it is none.
#[expect(clippy::expect_used, reason = "samples are made for tests")]
pub fn user_id(name: &str) -> UserId {
    UserId::new(name).expect("a user's name")
}

/// A user, whose row and handle come of its name.
///
/// # Panics
/// Where the name is none, or is too long for a handle.
#[expect(clippy::expect_used, reason = "samples are made for tests")]
pub fn user(tenant: &TenantId, name: &str) -> User {
    let user_id = user_id(name);
    User {
        key: UserKey(row_of(&format!("{tenant}/{name}"))),
        tenant: tenant.clone(),
        handle: UserHandle::of(&user_id).expect("a short name"),
        user_id,
        active: true,
        created_at: at(1),
    }
}

/// A group without members.
pub fn group(tenant: &TenantId, name: &str) -> Group {
    Group {
        id: GroupId(row_of(&format!("{tenant}/group/{name}"))),
        tenant: tenant.clone(),
        display_name: name.to_owned(),
        external_id: Some(format!("X-{name}")),
        version: 1,
        created_at: at(1),
        updated_at: at(2),
    }
}

/// A name without any proof.
pub fn identifier(value: &str) -> Identifier {
    Identifier {
        kind: IdentifierKind::Other,
        value: value.to_owned(),
        source: "a test".to_owned(),
        verified_at: None,
    }
}

/// A person of that name, with everything filled in.
pub fn person(tenant: &TenantId, name: &str) -> Person {
    let email = {
        let (first, rest) = name.split_at(name.chars().next().map_or(0, char::len_utf8));
        format!("{}{rest}@example.com", first.to_uppercase())
    };
    let address = |kind, value: &str, label: Option<&str>, verified: Option<i64>| Address {
        kind,
        value: value.to_owned(),
        label: label.map(str::to_owned),
        is_primary: label.is_some(),
        verified_at: verified.map(at),
        consent: kind == AddressKind::Phone,
    };
    Person {
        updated_at: at(3),
        profile: Profile {
            display_name: Some("Jörg \u{1F511}".to_owned()),
            given_name: Some("Jörg".to_owned()),
            family_name: Some("\u{1F511}".to_owned()),
            formatted_name: Some("Dr. Jörg \u{1F511}".to_owned()),
            external_id: Some(format!("X-{name}")),
        },
        identifiers: vec![
            Identifier {
                kind: IdentifierKind::Email,
                value: email.clone(),
                source: Identifier::SCIM.to_owned(),
                verified_at: Some(at(2)),
            },
            identifier(&format!("Zoe {name}")),
            identifier(&format!("ada {name}")),
        ],
        addresses: vec![
            address(AddressKind::Email, &format!("pending-{email}"), None, None),
            address(AddressKind::Email, &email, Some("work"), Some(2)),
            address(AddressKind::Email, &format!("2-{email}"), None, Some(3)),
            address(AddressKind::Phone, "+46700000001", None, Some(4)),
        ],
        ..Person::new(user(tenant, name))
    }
}

/// A code of that subject, which is good until 1000 and has five guesses.
pub fn kept_code(tenant: &TenantId, subject: u128, hash: &str) -> KeptCode {
    KeptCode {
        tenant: tenant.clone(),
        subject: uuid(subject),
        user: None,
        purpose: CodePurpose::SignIn,
        hash: hash.to_owned(),
        target: "Bob@example.com".to_owned(),
        guesses: 5,
        expires_at: at(1000),
    }
}

/// A credential id.
///
/// # Panics
/// Where it is empty or too long.
#[expect(clippy::expect_used, reason = "samples are made for tests")]
pub fn credential_id(bytes: &[u8]) -> CredentialId {
    CredentialId::new(bytes).expect("a credential id")
}

/// A credential of a user.
pub fn credential(owner: &User, id: &[u8]) -> Credential {
    Credential {
        id: row_of(&format!("{}/{id:?}", owner.tenant)),
        tenant: owner.tenant.clone(),
        user: owner.key,
        credential_id: credential_id(id),
        rp_id: "example.com".to_owned(),
        public_key: vec![0xa5, 0, 1, 0xff],
        algorithm: -7,
        sign_count: 0,
        transports: Some(vec!["internal".to_owned(), "hybrid".to_owned()]),
        aaguid: uuid(0xaa_6d),
        backup_eligible: Some(true),
        backed_up: Some(false),
        user_verified: false,
        discoverable: None,
        attestation_format: "none".to_owned(),
        origin: "https://example.com".to_owned(),
        device: "Firefox, Linux".to_owned(),
        country: String::new(),
        nickname: Some("Schlüssel \u{1F5DD}".to_owned()),
        created_at: at(10),
        last_used_at: at(10),
        created_from: None,
        last_used_from: None,
    }
}

/// An account of that mail address with a session of that number, and the refresh token of that byte.
pub fn new_account(tenant: &TenantId, email: &str, number: u128, token: u8) -> NewAccount {
    let user = user(tenant, &format!("user of {}", folded(email)));
    NewAccount {
        name: "Jörg \u{1F511}".to_owned(),
        identifier: Identifier {
            kind: IdentifierKind::Email,
            value: email.to_owned(),
            source: "a test".to_owned(),
            verified_at: None,
        },
        password_hash: PasswordHash::new("$argon2id$"),
        session: new_session(&user, number, token),
        user,
        event: None,
    }
}

/// A session of that number, which ends at 1000, and the refresh token of that byte.
pub fn new_session(owner: &User, number: u128, token: u8) -> NewSession {
    NewSession {
        session: Session {
            id: uuid(number),
            tenant: owner.tenant.clone(),
            user: owner.key,
            created_at: at(i64::try_from(number).unwrap_or(0)),
            last_used_at: at(0),
            expires_at: at(1000),
            device: "Firefox, Linux".to_owned(),
        },
        refresh: RefreshHash::new([token; 32]),
        forgiven: Vec::new(),
    }
}

/// An idea with these scores.
///
/// # Panics
/// Where the id or a score is none.
#[expect(clippy::expect_used, reason = "samples are made for tests")]
pub fn idea(owner: &User, id: &str, scores: [i64; 3], created_at: Timestamp) -> Idea {
    let [impact, ease, confidence] = scores.map(|number| Score::new(number).expect("a score"));
    Idea {
        id: id.parse().expect("an idea's id"),
        tenant: owner.tenant.clone(),
        owner: owner.key,
        content: IdeaContent::new(format!("{id} \u{1F4A1}\n")).expect("a text"),
        scores: Scores {
            impact,
            ease,
            confidence,
        },
        created_at,
    }
}

/// A row's key that depends on the text.
fn row_of(text: &str) -> Uuid {
    let mut state: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in text.bytes() {
        state = (state ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
    }
    Uuid::from_u128(state)
}

/// The use of a session of that number.
pub fn consumption(number: u128) -> Consumption {
    Consumption {
        id: uuid(number),
        at: at(20),
        expires_at: at(300_000),
    }
}

/// An alias, its text kept.
pub fn alias(tenant: &TenantId, text: &str) -> Alias {
    Alias {
        hash: AliasHash::of(tenant, text),
        plaintext: Some(text.to_owned()),
    }
}

/// An event of a tenant that is told by its message.
pub fn event(tenant: &TenantId, message: &str) -> Event {
    Event {
        tenant: tenant.clone(),
        performed_at: at(30),
        kind: EventKind::ApiUserSetAliases,
        message: message.to_owned(),
        performed_by: "somebody".to_owned(),
        subject: "something".to_owned(),
        api_key_id: Some(KeyId("ab12".to_owned())),
        notify: Vec::new(),
    }
}

/// A registration that completes the session of that number.
pub fn registration(owner: &User, id: &[u8], session: u128) -> NewCredential {
    NewCredential {
        consumption: consumption(session),
        user: owner.clone(),
        owner: Owner::Ensured,
        credential: credential(owner, id),
        evidence: None,
        aliases: None,
        device: None,
        event: None,
    }
}

/// A sign-in that completes the session of that number and finds the counter at 0.
pub fn sign_in(id: &[u8], session: u128) -> SignInRecord {
    SignInRecord {
        consumption: consumption(session),
        credential_id: credential_id(id),
        expected_sign_count: 0,
        sign_count: 1,
        backed_up: true,
        user_verified: true,
        device: "Safari, iOS 17".to_owned(),
        country: "SE".to_owned(),
        now: at(5000),
        used_config: None,
        used_device: None,
        transaction: None,
        event: None,
    }
}

/// A device of that name, used at that time.
///
/// # Panics
/// Where the name is none.
#[expect(clippy::expect_used, reason = "samples are made for tests")]
pub fn device(tenant: &TenantId, id: &str, used: i64) -> Device {
    Device {
        tenant: tenant.clone(),
        id: id.parse().expect("a device's name"),
        name: "iOS 18.1.1 (arm64)".to_owned(),
        details: DeviceDetails {
            client_name: "Sáfari".to_owned(),
            client_type: ClientType::Browser,
            screen_height: 1334,
            webauthn_capabilities: Some("{\"hybridTransport\":true}".to_owned()),
            ..DeviceDetails::default()
        },
        created_at: at(used),
        last_used_at: at(used),
    }
}

/// A transaction of that number.
pub fn transaction(tenant: &TenantId, number: u128) -> Transaction {
    Transaction {
        tenant: tenant.clone(),
        id: uuid(number),
        user_id: "bob".to_owned(),
        credential: uuid(1),
        kind: "raw".to_owned(),
        payload_hash: vec![0, 255],
        nonce: "\u{1F511}".to_owned(),
        server_nonce: "s".to_owned(),
        hash: vec![1; 32],
        client_data: b"{}".to_vec(),
        authenticator_data: vec![0; 37],
        signature: vec![0x30, 0],
        confirmed_at: at(5000),
    }
}

/// Makes a tenant of that name without keys and gives the name.
///
/// # Panics
/// Where the store fails or the name is taken.
#[expect(clippy::expect_used, reason = "samples are made for tests")]
pub async fn make_tenant(store: &dyn Store, name: &str) -> TenantId {
    let made = store.create_tenant(tenant(name), Vec::new(), None).await;
    assert!(made.expect("the tenant is made"), "{name} is taken");
    tenant_id(name)
}

/// Deletes a tenant and clears it to the end.
///
/// # Panics
/// Where the store fails or there is no such tenant.
#[expect(clippy::expect_used, reason = "samples are made for tests")]
pub async fn delete_wholly(store: &dyn Store, id: &TenantId) {
    let deleted = store.delete_tenant(id).await;
    assert!(deleted.expect("the tenant is deleted"), "{id} is unknown");
    while !store.clear_deleted_tenant(id, 100).await.expect("a step") {}
}

/// A magic link that goes out at that time.
pub fn sent_link(tenant: &TenantId, number: u128, sent_at: Timestamp) -> SentLink {
    SentLink {
        id: uuid(number),
        tenant: tenant.clone(),
        user_id: user_id("bob"),
        address: "bob@example.com".to_owned(),
        template: "https://example.com/?t=$TOKEN".to_owned(),
        sent_at,
    }
}
