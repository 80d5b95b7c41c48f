//! Whatever comes as a JSON Web Token, and whatever claims a good signature covers, is refused or read.
#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use passkeyd_tokens::jwt::{Expected, SigningKey, SigningPurpose, check, claimed_audience, issue};
use serde_json::{Map, Value};
use uuid::Uuid;

const PURPOSE: SigningPurpose = SigningPurpose::LOGINID;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    SigningKey::generate(PURPOSE, Uuid::from_u128(1), Timestamp::UNIX_EPOCH, [7; 32]).unwrap()
});

fn checked(token: &str) -> Option<Map<String, Value>> {
    let expected = Expected {
        purpose: PURPOSE,
        audience: "test",
        issuer: None,
        token_types: &["jwtAccess"],
        now: Timestamp::UNIX_EPOCH,
    };
    let _ = claimed_audience(token);
    check([&*KEY], &expected, token).ok()
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        checked(text);
    }
    let Ok(claims) = serde_json::from_slice::<Map<String, Value>>(data) else {
        return;
    };
    if let Some(read) = checked(&issue(&KEY, &claims).unwrap()) {
        assert_eq!(read.get("tokenType"), Some(&Value::from("jwtAccess")));
        assert!(read.get("exp").and_then(Value::as_i64).is_some_and(|exp| exp > 0));
    }
});
