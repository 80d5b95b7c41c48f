//! Compact signed JSON.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Value, json};

use super::key::Key;

/// A JWS whose header has `alg` and certificates.
pub(crate) fn sign(key: &Key, alg: &str, x5c: &[Vec<u8>], payload: &str) -> String {
    let certificates: Vec<String> = x5c.iter().map(|der| BASE64.encode(der)).collect();
    sign_with_header(
        key,
        &json!({"alg": alg, "typ": "JWT", "x5c": certificates}),
        payload,
    )
}

pub(crate) fn sign_with_header(key: &Key, header: &Value, payload: &str) -> String {
    let signed = format!(
        "{}.{}",
        BASE64URL_NOPAD.encode(header.to_string().as_bytes()),
        BASE64URL_NOPAD.encode(payload.as_bytes())
    );
    let signature = BASE64URL_NOPAD.encode(&key.sign_jws(signed.as_bytes()));
    format!("{signed}.{signature}")
}
