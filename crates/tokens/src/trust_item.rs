//! Trust identifiers of the LoginID surface: JSON Web Tokens that a browser signs with a key of its own, and carries along
//! (the contract's section 14).

use data_encoding::BASE64URL_NOPAD;
use passkeyd_domain::Timestamp;
use ring::{
    digest::{SHA256, digest},
    signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey},
};
use serde::Deserialize;
use thiserror::Error;

/// How long after its end an item is still good, for clocks that are slow.
const LEEWAY_SECONDS: i64 = 60;

/// A longer item is not looked at.
const LONGEST: usize = 4096;

/// A trust identifier that its own key signed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TrustItem {
    /// The name that the browser gave it, of 1 to 64 characters.
    pub id: String,
    /// The SHA-256 thumbprint of its key (RFC 7638), in base64url.
    pub thumbprint: String,
}

/// Why an item is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TrustItemError {
    /// It is no JSON Web Token with a P-256 key in its header, or its id is none.
    #[error("the trust item is malformed")]
    Malformed,
    /// Its key did not sign it.
    #[error("the signature of the trust item is wrong")]
    Forged,
    /// It is past its end.
    #[error("the trust item is expired")]
    Expired,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    jwk: Jwk,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
}

#[derive(Deserialize)]
struct Payload {
    id: String,
    exp: Option<f64>,
}

/// Checks an item. One that may live `forever` need not say when it ends.
pub fn check(item: &str, forever: bool, now: Timestamp) -> Result<TrustItem, TrustItemError> {
    use TrustItemError::{Expired, Forged, Malformed};
    let (signed, signature) = item
        .rsplit_once('.')
        .filter(|_| item.len() <= LONGEST)
        .ok_or(Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(Malformed)?;
    let decoded = |text: &str| {
        BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(|_| Malformed)
    };
    let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| Malformed)?;
    let Header { alg, jwk } = header;
    if alg != "ES256" || jwk.kty != "EC" || jwk.crv != "P-256" {
        return Err(Malformed);
    }
    let (x, y) = (decoded(&jwk.x)?, decoded(&jwk.y)?);
    if x.len() != 32 || y.len() != 32 {
        return Err(Malformed);
    }
    let point = [&[4], x.as_slice(), &y].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify(signed.as_bytes(), &decoded(signature)?)
        .map_err(|_| Forged)?;
    let payload: Payload = serde_json::from_slice(&decoded(payload)?).map_err(|_| Malformed)?;
    let length = payload.id.chars().count();
    if !(1..=64).contains(&length) || payload.id.contains('\0') {
        return Err(Malformed);
    }
    let ended = |ends: f64| !(ends + seconds(LEEWAY_SECONDS) >= seconds(now.as_second()));
    match payload.exp {
        Some(ends) if ended(ends) => return Err(Expired),
        None if !forever => return Err(Malformed),
        _ => {}
    }
    // The members that RFC 7638 wants, in its order; base64url needs no escapes.
    let canonical = format!(
        r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
        BASE64URL_NOPAD.encode(&x),
        BASE64URL_NOPAD.encode(&y)
    );
    Ok(TrustItem {
        id: payload.id,
        thumbprint: BASE64URL_NOPAD.encode(digest(&SHA256, canonical.as_bytes()).as_ref()),
    })
}

/// Seconds as JSON numbers have them.
fn seconds(whole: i64) -> f64 {
    // Times of this age are exact.
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit 53 bits")]
    let seconds = whole as f64;
    seconds
}

#[cfg(test)]
mod tests {
    use ring::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
    };
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn key() -> EcdsaKeyPair {
        #[expect(
            clippy::disallowed_methods,
            reason = "a test may use the system's randomness"
        )]
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap()
    }

    fn jwk(key: &EcdsaKeyPair) -> Value {
        let point = &key.public_key().as_ref()[1..];
        json!({"kty": "EC", "crv": "P-256", "ext": true, "key_ops": ["verify"],
            "x": BASE64URL_NOPAD.encode(&point[..32]), "y": BASE64URL_NOPAD.encode(&point[32..])})
    }

    fn signed(key: &EcdsaKeyPair, header: &Value, payload: &Value) -> String {
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(header), part(payload));
        #[expect(
            clippy::disallowed_methods,
            reason = "a test may use the system's randomness"
        )]
        let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    }

    fn now() -> Timestamp {
        Timestamp::from_second(NOW).unwrap()
    }

    #[test]
    fn an_item_is_good_for_a_minute_after_its_end() {
        let key = key();
        let header = json!({"alg": "ES256", "jwk": jwk(&key)});
        for (ends, expected) in [(60, true), (-60, true), (-61, false)] {
            let payload = json!({"id": "ABCDE12345ABCDE12345ABCDE", "exp": NOW + ends});
            let checked = check(&signed(&key, &header, &payload), false, now());
            assert_eq!(checked.is_ok(), expected, "{ends}: {checked:?}");
        }
        let endless = signed(&key, &header, &json!({"id": "A"}));
        assert_eq!(
            check(&endless, false, now()),
            Err(TrustItemError::Malformed)
        );
        assert_eq!(check(&endless, true, now()).unwrap().id, "A");
    }

    #[test]
    fn an_item_is_its_id_and_its_key() {
        let (one, other) = (key(), key());
        let payload = json!({"id": "A", "exp": NOW});
        let item = |key: &EcdsaKeyPair| {
            let header = json!({"alg": "ES256", "jwk": jwk(key)});
            check(&signed(key, &header, &payload), false, now()).unwrap()
        };
        assert_eq!(item(&one), item(&one));
        assert_ne!(item(&one), item(&other));
        let header = json!({"alg": "ES256", "jwk": jwk(&other)});
        let forged = check(&signed(&one, &header, &payload), false, now());
        assert_eq!(forged, Err(TrustItemError::Forged));
    }

    #[test]
    fn whatever_else_comes_is_malformed() {
        let key = key();
        let good = json!({"id": "A", "exp": NOW});
        let header = json!({"alg": "ES256", "jwk": jwk(&key)});
        for (header, payload) in [
            (json!({"alg": "none", "jwk": jwk(&key)}), good.clone()),
            (json!({"alg": "ES256"}), good.clone()),
            (header.clone(), json!({"id": "", "exp": NOW})),
            (header.clone(), json!({"id": "x".repeat(65), "exp": NOW})),
            (header, json!({"exp": NOW})),
        ] {
            let checked = check(&signed(&key, &header, &payload), false, now());
            assert_eq!(
                checked,
                Err(TrustItemError::Malformed),
                "{header} {payload}"
            );
        }
        for text in ["", ".", "..", "opaque", "a.b.c"] {
            assert_eq!(
                check(text, true, now()),
                Err(TrustItemError::Malformed),
                "{text}"
            );
        }
    }
}
