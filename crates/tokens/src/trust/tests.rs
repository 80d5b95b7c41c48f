use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::json;

use super::*;

const NOW: i64 = 1_790_000_000;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn signer(number: u8) -> SigningKey {
    SigningKey::from_slice(&[number; 32]).unwrap()
}

fn jwk(key: &SigningKey) -> Value {
    let point = key.verifying_key().to_sec1_point(false);
    let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    json!({
        "kty": "EC", "crv": "P-256", "ext": true, "key_ops": ["verify"],
        "x": text(&point.as_bytes()[1..33]), "y": text(&point.as_bytes()[33..]),
    })
}

fn token(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let text = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", text(header), text(claims));
    let signature: Signature = key.sign(signed.as_bytes());
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature.to_bytes()))
}

fn made(change: impl FnOnce(&mut Value, &mut Value)) -> String {
    let key = signer(1);
    let mut header = json!({ "alg": "ES256", "jwk": jwk(&key) });
    let mut claims = json!({ "id": "ABCDEFGHIJKLMNOPQRSTUVWXY", "exp": NOW + 60 });
    change(&mut header, &mut claims);
    token(&key, &header, &claims)
}

#[test]
fn an_item_is_known_by_its_id_its_key_and_whose_store_it_is_from() {
    let item = made(|_, _| ());
    let known = verify(TrustItem::Wallet, &item, now()).unwrap();
    assert_eq!(known.kind, TrustKind::Wallet);
    assert_eq!(known.id, "ABCDEFGHIJKLMNOPQRSTUVWXY");
    assert_eq!(verify(TrustItem::Auth, &item, now()), Ok(known.clone()));
    let merchants = verify(TrustItem::Merchant, &item, now()).unwrap();
    assert_eq!(
        (merchants.kind, merchants.thumbprint),
        (TrustKind::Merchant, known.thumbprint)
    );

    let other = signer(2);
    let header = json!({ "alg": "ES256", "jwk": jwk(&other) });
    let item = token(&other, &header, &json!({ "id": known.id, "exp": NOW }));
    let others = verify(TrustItem::Wallet, &item, now()).unwrap();
    assert_ne!(others.thumbprint, known.thumbprint);
}

#[test]
fn the_thumbprint_is_that_of_the_standard() {
    // As npm's `jose` 6 calculates it for this key.
    let (_, thumbprint) = key(&serde_json::from_value(jwk(&signer(1))).unwrap()).unwrap();
    let text = BASE64URL_NOPAD.encode(&thumbprint);
    assert_eq!(text, "Nrqg3-M_Xwtx-1tbtc1J7Xul2DyeC0bUSy9u_5NSG6g");
}

#[test]
fn an_item_is_good_until_its_end_and_a_minute_longer() {
    for (ends, good) in [(NOW - 60, true), (NOW - 61, false), (NOW + 9_999_999, true)] {
        let item = made(|_, claims| claims["exp"] = json!(ends));
        let checked = verify(TrustItem::Wallet, &item, now());
        assert_eq!(checked.is_ok(), good, "{ends}: {checked:?}");
    }
    let endless = made(|_, claims| {
        claims.as_object_mut().unwrap().remove("exp");
    });
    assert!(verify(TrustItem::Merchant, &endless, now()).is_ok());
    for item in [TrustItem::Wallet, TrustItem::Auth] {
        assert_eq!(verify(item, &endless, now()), Err(TrustError::Expired));
    }
}

#[test]
fn an_item_that_is_changed_in_one_place_says_nothing() {
    type Change = fn(&mut Value, &mut Value);
    let cases: [(Change, TrustError); 13] = [
        (
            |header, _| header["alg"] = json!("none"),
            TrustError::Algorithm,
        ),
        (
            |header, _| header["alg"] = json!("HS256"),
            TrustError::Algorithm,
        ),
        (|header, _| header["jwk"] = Value::Null, TrustError::Key),
        (
            |header, _| header["jwk"] = jwk(&signer(2)),
            TrustError::Forged,
        ),
        (
            |header, _| header["jwk"]["kty"] = json!("OKP"),
            TrustError::Key,
        ),
        (
            |header, _| header["jwk"]["crv"] = json!("P-384"),
            TrustError::Key,
        ),
        (
            |header, _| header["jwk"]["x"] = json!("AA"),
            TrustError::Key,
        ),
        (
            |header, _| header["jwk"]["x"] = header["jwk"]["y"].clone(),
            TrustError::Forged,
        ),
        (
            |header, _| header["crit"] = json!(["x"]),
            TrustError::Malformed,
        ),
        (|_, claims| claims["id"] = json!(""), TrustError::Id),
        (
            |_, claims| claims["id"] = json!("x".repeat(65)),
            TrustError::Id,
        ),
        (|_, claims| claims["id"] = json!("a\u{0}"), TrustError::Id),
        (|_, claims| claims["id"] = json!(7), TrustError::Malformed),
    ];
    for (change, error) in cases {
        assert_eq!(verify(TrustItem::Wallet, &made(change), now()), Err(error));
    }
}

#[test]
fn any_text_is_taken_and_says_nothing() {
    for text in [
        "",
        ".",
        "..",
        "...",
        "a",
        "a.b.c",
        "opaque-trust-id",
        "é.é.é",
        "e30.e30.",
        "e30.e30.e30",
        &"x".repeat(5000),
    ] {
        assert!(verify(TrustItem::Wallet, text, now()).is_err(), "{text}");
    }
}

#[test]
fn any_letter_that_is_changed_spoils_the_signature() {
    let item = made(|_, _| ());
    for at in (0..item.len()).step_by(7) {
        let mut bytes = item.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        if changed != item {
            assert!(verify(TrustItem::Wallet, &changed, now()).is_err(), "{at}");
        }
    }
}
