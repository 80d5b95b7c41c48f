use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use passkeyd_domain::TenantId;
use ring::hmac;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{MasterKey, RingKeyError};

const EDDSA: SigningPurpose = SigningPurpose {
    algorithm: Algorithm::EdDsa,
    surface: "test",
};
const PURPOSES: [SigningPurpose; 3] = [SigningPurpose::LOGINID, EDDSA, SigningPurpose::IDEA_POOL];

fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

fn key(purpose: SigningPurpose, number: u8) -> SigningKey {
    let id = Uuid::from_u128(u128::from(number));
    SigningKey::generate(purpose, id, now(), [number; 32]).unwrap()
}

fn claims() -> Value {
    json!({
        "iss": "https://id.example", "aud": "acme", "sub": "u-1", "tokenType": "jwtAccess",
        "iat": 1_700_000_000, "exp": 1_700_000_600,
    })
}

fn expected(purpose: SigningPurpose) -> Expected<'static> {
    Expected {
        purpose,
        audience: "acme",
        issuer: Some("https://id.example"),
        token_types: &["jwtAccess"],
        now: now(),
    }
}

fn checked(ring: &[SigningKey], token: &str) -> Result<Value, CheckError> {
    check(ring, &expected(ring[0].purpose()), token)
}

/// The same claims and signature under another header.
fn with_header(token: &str, header: &Value) -> String {
    let (_, rest) = token.split_once('.').unwrap();
    format!(
        "{}.{rest}",
        BASE64URL_NOPAD.encode(header.to_string().as_bytes())
    )
}

#[test]
fn what_was_issued_is_good_under_every_algorithm() {
    for purpose in PURPOSES {
        let ring = [key(purpose, 1), key(purpose, 2)];
        let token = issue(&ring[1], &claims()).unwrap();
        assert_eq!(checked(&ring, &token), Ok(claims()), "{purpose:?}");
        let header = jsonwebtoken::decode_header(&token).unwrap();
        assert_eq!(header.typ.as_deref(), Some("JWT"));
        assert_eq!(header.kid, Some(ring[1].kid()));
    }
}

#[test]
fn the_claimed_audience_is_read_without_a_check() {
    let token = issue(&key(EDDSA, 1), &claims()).unwrap();
    assert_eq!(claimed_audience(&token).as_deref(), Some("acme"));
    for text in ["", "a.b", "a.!.c", "a.e30.c", &token[..token.len() / 2]] {
        assert_eq!(claimed_audience(text), None, "{text}");
    }
}

#[test]
fn no_character_can_be_changed() {
    for purpose in PURPOSES {
        let ring = [key(purpose, 1)];
        let token = issue(&ring[0], &claims()).unwrap();
        for at in 0..token.len() {
            let other = if token.as_bytes()[at] == b'A' {
                "B"
            } else {
                "A"
            };
            let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            assert!(checked(&ring, &changed).is_err(), "{purpose:?} at {at}");
        }
        for cut in [0, 1, token.len() / 2, token.len() - 1] {
            assert!(checked(&ring, &token[..cut]).is_err());
        }
        assert_eq!(
            checked(&ring, &format!("{token}{}", "A".repeat(LONGEST))),
            Err(CheckError::Malformed)
        );
    }
}

#[test]
fn changed_claims_are_a_forgery() {
    let ring = [key(SigningPurpose::IDEA_POOL, 1)];
    let token = issue(&ring[0], &claims()).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let mut other = claims();
    other["sub"] = json!("u-2");
    let payload = BASE64URL_NOPAD.encode(other.to_string().as_bytes());
    let changed = [parts[0], &payload, parts[2]].join(".");
    assert_eq!(checked(&ring, &changed), Err(CheckError::Forged));
}

#[test]
fn alg_none_is_refused() {
    let ring = [key(SigningPurpose::LOGINID, 1)];
    let token = issue(&ring[0], &claims()).unwrap();
    let header = json!({"alg": "none", "typ": "JWT", "kid": ring[0].kid()});
    let unsigned = with_header(&token, &header);
    let (unsigned, _) = unsigned.rsplit_once('.').unwrap();
    for token in [format!("{unsigned}."), unsigned.to_owned()] {
        assert_eq!(checked(&ring, &token), Err(CheckError::Malformed));
    }
}

#[test]
fn hs256_with_the_public_key_is_refused() {
    for purpose in PURPOSES {
        let ring = [key(purpose, 1)];
        let public = serde_json::to_vec(ring[0].jwk()).unwrap();
        let header = json!({"alg": "HS256", "typ": "JWT", "kid": ring[0].kid()});
        let message = [header.to_string(), claims().to_string()]
            .map(|part| BASE64URL_NOPAD.encode(part.as_bytes()))
            .join(".");
        let mac = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, &public),
            message.as_bytes(),
        );
        let token = format!("{message}.{}", BASE64URL_NOPAD.encode(mac.as_ref()));
        assert_eq!(checked(&ring, &token), Err(CheckError::Algorithm));
    }
}

#[test]
fn a_kid_that_names_no_key_or_none_is_refused() {
    let ring = [key(EDDSA, 1)];
    let stranger = issue(&key(EDDSA, 2), &claims()).unwrap();
    assert_eq!(checked(&ring, &stranger), Err(CheckError::UnknownKey));
    let header = json!({"alg": "EdDSA", "typ": "JWT"});
    let nameless = with_header(&issue(&ring[0], &claims()).unwrap(), &header);
    assert_eq!(checked(&ring, &nameless), Err(CheckError::UnknownKey));
}

#[test]
fn another_key_of_the_same_name_is_refused() {
    let ring = [key(EDDSA, 1)];
    let impostor = SigningKey::generate(EDDSA, Uuid::from_u128(1), now(), [9; 32]).unwrap();
    let token = issue(&impostor, &claims()).unwrap();
    assert_eq!(checked(&ring, &token), Err(CheckError::Forged));
}

#[test]
fn a_key_of_one_purpose_signs_nothing_for_another() {
    let other = SigningPurpose {
        algorithm: Algorithm::Es256,
        surface: "other",
    };
    let ring = [key(SigningPurpose::LOGINID, 1), key(other, 2)];
    let token = issue(&ring[1], &claims()).unwrap();
    assert_eq!(checked(&ring, &token), Err(CheckError::UnknownKey));
    assert!(check::<Value>(&ring, &expected(other), &token).is_ok());
}

#[test]
fn a_critical_extension_is_refused() {
    let ring = [key(EDDSA, 1)];
    let token = issue(&ring[0], &claims()).unwrap();
    let header = json!({"alg": "EdDSA", "kid": ring[0].kid(), "crit": ["b64"], "b64": true});
    assert_eq!(
        checked(&ring, &with_header(&token, &header)),
        Err(CheckError::Malformed)
    );
}

#[test]
fn a_token_ends_at_the_second_that_it_names() {
    let ring = [key(EDDSA, 1)];
    let token = issue(&ring[0], &claims()).unwrap();
    let at = |millisecond| Expected {
        now: Timestamp::from_millisecond(millisecond).unwrap(),
        ..expected(EDDSA)
    };
    assert!(check::<Value>(&ring, &at(1_700_000_599_999), &token).is_ok());
    assert_eq!(
        check::<Value>(&ring, &at(1_700_000_600_000), &token),
        Err(CheckError::Expired)
    );
}

#[test]
fn each_claim_that_is_asked_for_is_looked_at() {
    let ring = [key(EDDSA, 1)];
    for (name, value, error) in [
        ("aud", json!("other"), CheckError::Audience),
        ("aud", Value::Null, CheckError::Claims),
        ("iss", json!("https://evil.example"), CheckError::Issuer),
        ("iss", Value::Null, CheckError::Claims),
        ("tokenType", json!("idToken"), CheckError::TokenType),
        ("tokenType", Value::Null, CheckError::TokenType),
        ("exp", json!("1700000600"), CheckError::Claims),
        ("exp", json!(-1), CheckError::Claims),
        ("exp", json!(u64::MAX), CheckError::Claims),
        ("exp", Value::Null, CheckError::Claims),
    ] {
        let mut claims = claims();
        claims[name] = value.clone();
        let token = issue(&ring[0], &claims).unwrap();
        assert_eq!(checked(&ring, &token), Err(error), "{name} {value}");
    }
}

#[test]
fn claims_of_another_shape_are_refused() {
    let ring = [key(EDDSA, 1)];
    let token = issue(&ring[0], &claims()).unwrap();
    assert_eq!(
        check::<Vec<u8>>(&ring, &expected(EDDSA), &token),
        Err(CheckError::Claims)
    );
    let list = issue(&ring[0], &json!([1])).unwrap();
    assert_eq!(checked(&ring, &list), Err(CheckError::Malformed));
}

#[test]
fn a_key_survives_its_row() {
    let tenant: TenantId = "acme".parse().unwrap();
    let master = MasterKey::from_base64(&data_encoding::BASE64.encode(&[5; 32])).unwrap();
    for purpose in PURPOSES {
        let original = key(purpose, 1);
        let token = issue(&original, &claims()).unwrap();
        let row = original
            .to_ring_key(&tenant, Some(&master), [8; 12])
            .unwrap();
        let back = SigningKey::from_ring_key(&row, purpose, Some(&master)).unwrap();
        assert_eq!(back.jwk(), original.jwk());
        assert!(checked(&[back], &token).is_ok());
    }
}

#[test]
fn a_row_of_another_purpose_is_no_key_of_this_one() {
    let tenant: TenantId = "acme".parse().unwrap();
    let row = key(EDDSA, 1).to_ring_key(&tenant, None, [8; 12]).unwrap();
    assert_eq!(
        SigningKey::from_ring_key(&row, SigningPurpose::LOGINID, None).unwrap_err(),
        RingKeyError::Purpose
    );
    let mislabelled = passkeyd_domain::RingKey {
        purpose: SigningPurpose::LOGINID.ring_purpose(),
        ..row
    };
    assert_eq!(
        SigningKey::from_ring_key(&mislabelled, SigningPurpose::LOGINID, None).unwrap_err(),
        RingKeyError::Algorithm
    );
}

#[test]
fn the_key_set_shows_public_halves_only() {
    let ring = PURPOSES.map(|purpose| key(purpose, 1));
    let set = serde_json::to_value(ring.iter().collect::<Jwks>()).unwrap();
    let keys = set["keys"].as_array().unwrap();
    let members = |index: usize| -> BTreeSet<&str> {
        let members = keys[index].as_object().unwrap().keys();
        members.map(String::as_str).collect()
    };
    // The order of members depends on who else uses `serde_json`.
    assert_eq!(
        members(0),
        BTreeSet::from(["alg", "crv", "key_ops", "kid", "kty", "use", "x", "y"])
    );
    assert_eq!(
        members(1),
        BTreeSet::from(["alg", "crv", "key_ops", "kid", "kty", "use", "x"])
    );
    assert_eq!(
        members(2),
        BTreeSet::from(["alg", "e", "key_ops", "kid", "kty", "n", "use"])
    );
    assert_eq!(keys[2]["e"], "AQAB");
    let modulus = BASE64URL_NOPAD
        .decode(keys[2]["n"].as_str().unwrap().as_bytes())
        .unwrap();
    assert_eq!((modulus.len(), modulus[0] & 0x80), (256, 0x80));
    assert_eq!(
        (&keys[0]["kty"], &keys[1]["kty"], &keys[2]["kty"]),
        (&json!("EC"), &json!("OKP"), &json!("RSA"))
    );
}

/// RFC 8037 appendix A: a private key, its public half and a signature.
#[test]
fn ed25519_signs_as_rfc_8037_shows() {
    let seed: [u8; 32] = BASE64URL_NOPAD
        .decode(b"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
        .unwrap()
        .try_into()
        .unwrap();
    let key = SigningKey::generate(EDDSA, Uuid::nil(), now(), seed).unwrap();
    let jwk = serde_json::to_value(key.jwk()).unwrap();
    assert_eq!(jwk["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    let signature = jsonwebtoken::crypto::sign(
        b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
        key.encoding(),
        jsonwebtoken::Algorithm::EdDSA,
    )
    .unwrap();
    assert_eq!(
        signature,
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    );
}

#[test]
fn a_seed_gives_the_same_key_again() {
    for purpose in PURPOSES {
        assert_eq!(key(purpose, 1).jwk(), key(purpose, 1).jwk());
        assert_ne!(key(purpose, 1).jwk(), key(purpose, 2).jwk());
        assert!(!format!("{:?}", key(purpose, 1)).contains("encoding"));
    }
}
