use data_encoding::BASE64URL_NOPAD;
use ring::{digest, signature};
use serde_json::{Value, json};

use crate::{
    Algorithm, Attestation, Behaviour, Client, ClientSetup, Deviations, Device, Error,
    SignatureFault,
};

const ORIGIN: &str = "http://localhost:8080";

fn creation(algorithms: &[i64]) -> Value {
    let parameters: Vec<Value> = algorithms
        .iter()
        .map(|alg| json!({ "type": "public-key", "alg": alg }))
        .collect();
    json!({
        "rp": { "id": "localhost", "name": "localhost" },
        "user": { "id": "dS0x", "name": "ada", "displayName": "Ada" },
        "challenge": "AAECAwQFBgcICQoLDA0ODw",
        "pubKeyCredParams": parameters,
        "timeout": 60000,
        "attestation": "none",
        "attestationFormats": [],
        "authenticatorSelection": {
            "residentKey": "required", "requireResidentKey": true, "userVerification": "preferred",
        },
        "hints": [],
        "excludeCredentials": [],
        "extensions": { "credProps": true },
    })
}

fn request(allowed: &[&[u8]]) -> Value {
    let allowed: Vec<Value> = allowed
        .iter()
        .map(|id| json!({ "type": "public-key", "id": BASE64URL_NOPAD.encode(id) }))
        .collect();
    json!({
        "challenge": "AAECAwQFBgcICQoLDA0ODw", "timeout": 60000, "rpId": "localhost",
        "allowCredentials": allowed, "userVerification": "preferred", "hints": [],
    })
}

/// The message that an assertion signs.
fn signed_bytes(authenticator_data: &[u8], client_data: &[u8]) -> Vec<u8> {
    let hash = digest::digest(&digest::SHA256, client_data);
    [authenticator_data, hash.as_ref()].concat()
}

/// The two coordinates at the end of an EC2 `COSE_Key`, as an uncompressed point.
fn point(registration: &crate::Registration) -> Vec<u8> {
    let key = &registration.authenticator_data[registration.authenticator_data.len() - 67..];
    [&[4], &key[..32], &key[35..]].concat()
}

#[test]
fn every_algorithm_makes_a_key_and_signs() {
    for algorithm in Algorithm::ALL {
        let mut device = Device::new(1);
        let made = device
            .create(&creation(&[algorithm.number()]), ORIGIN)
            .unwrap();
        assert_eq!(made.algorithm, algorithm.number());
        let signed = device
            .get(&request(&[&made.credential_id]), ORIGIN)
            .unwrap();
        assert!(!signed.signature.is_empty());
    }
}

#[test]
fn a_signature_verifies_and_a_faulty_one_does_not() {
    let mut device = Device::new(1);
    let made = device.create(&creation(&[-7]), ORIGIN).unwrap();
    let key = signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_ASN1, point(&made));
    for (fault, good) in [
        (SignatureFault::None, true),
        (SignatureFault::FlippedBit, false),
        (SignatureFault::Truncated, false),
        (SignatureFault::OtherMessage, false),
        (SignatureFault::Empty, false),
    ] {
        let deviations = Deviations {
            signature: fault,
            ..Deviations::default()
        };
        let signed = device
            .get_deviating(&request(&[]), ORIGIN, &deviations)
            .unwrap();
        let message = signed_bytes(&signed.authenticator_data, &signed.client_data);
        assert_eq!(
            key.verify(&message, &signed.signature).is_ok(),
            good,
            "{fault:?}"
        );
    }
}

#[test]
fn the_same_seed_makes_the_same_credentials() {
    let make = |seed| {
        let mut device = Device::new(seed);
        let first = device.create(&creation(&[-7]), ORIGIN).unwrap();
        let second = device.create(&creation(&[-7]), ORIGIN).unwrap();
        (first, second)
    };
    assert_eq!(make(1), make(1));
    assert_ne!(make(1).0, make(2).0);
    assert_ne!(make(1).0.credential_id, make(1).1.credential_id);
}

#[test]
fn behaviour_sets_flags_and_counter() {
    let mut device = Device::with(
        1,
        Behaviour {
            user_verified: false,
            attestation: Attestation::PackedSelf,
            ..Behaviour::security_key()
        },
    );
    let made = device.create(&creation(&[-7]), ORIGIN).unwrap();
    assert_eq!(made.authenticator_data[32], 0b0100_0001);
    let packed = made.attestation_object.windows(6).any(|w| w == b"packed");
    assert!(packed);
    for count in 1..=2 {
        let signed = device.get(&request(&[]), ORIGIN).unwrap();
        assert_eq!(signed.authenticator_data[32], 0b0000_0001);
        assert_eq!(signed.authenticator_data[33..], [0, 0, 0, count]);
    }
}

#[test]
fn a_deviation_changes_what_it_names() {
    let mut device = Device::new(1);
    let deviations = Deviations {
        client_data_type: Some("webauthn.get".to_owned()),
        origin: Some("https://evil.example".to_owned()),
        flags: Some(0),
        ..Deviations::default()
    };
    let made = device
        .create_deviating(&creation(&[-8]), ORIGIN, &deviations)
        .unwrap();
    let client_data: Value = serde_json::from_slice(&made.client_data).unwrap();
    assert_eq!(
        client_data,
        json!({
            "type": "webauthn.get", "challenge": "AAECAwQFBgcICQoLDA0ODw",
            "origin": "https://evil.example", "crossOrigin": false,
        })
    );
    assert_eq!(made.authenticator_data[32], 0);
}

#[test]
fn what_is_excluded_or_unknown_is_refused() {
    let mut device = Device::new(1);
    assert!(matches!(
        device.create(&creation(&[-999]), ORIGIN),
        Err(Error::NoAlgorithm)
    ));
    assert!(matches!(
        device.get(&request(&[]), ORIGIN),
        Err(Error::NoCredential)
    ));
    let made = device.create(&creation(&[-7]), ORIGIN).unwrap();
    let mut again = creation(&[-7]);
    again["excludeCredentials"] =
        json!([{ "type": "public-key", "id": BASE64URL_NOPAD.encode(&made.credential_id) }]);
    assert!(matches!(
        device.create(&again, ORIGIN),
        Err(Error::Excluded)
    ));
}

#[tokio::test]
async fn the_passkey_client_registers_and_signs_in() {
    for (algorithm, offered) in [(None, vec![-8, -7]), (Some(-7), vec![-8, -7, -257])] {
        let mut client = Client::new(ClientSetup {
            algorithm,
            counts: true,
            ..ClientSetup::default()
        })
        .unwrap();
        let made = client.create(&creation(&offered), ORIGIN).await.unwrap();
        assert_eq!(made.algorithm, algorithm.unwrap_or(-8));
        assert_eq!(made.discoverable, Some(true));
        assert_eq!(made.transports, ["internal", "hybrid"]);
        let named = client
            .get(&request(&[&made.credential_id]), ORIGIN)
            .await
            .unwrap();
        let unnamed = client.get(&request(&[]), ORIGIN).await.unwrap();
        assert_eq!(named.credential_id, unnamed.credential_id);
        assert_eq!(unnamed.user_handle.as_deref(), Some(&b"u-1"[..]));
        assert_eq!(unnamed.authenticator_data[33..], [0, 0, 0, 2]);
    }
}

#[tokio::test]
async fn the_passkey_client_refuses_a_foreign_rp_id() {
    let mut client = Client::new(ClientSetup::default()).unwrap();
    let mut options = creation(&[-7]);
    options["rp"]["id"] = "mine.example".into();
    client
        .create(&options, "https://login.mine.example")
        .await
        .unwrap();
    let refused = client.create(&options, "https://other.example").await;
    assert!(matches!(refused, Err(Error::Client(_))));
}
