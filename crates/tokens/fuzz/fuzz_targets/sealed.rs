//! A token that somebody changed never opens, and none makes the opening panic.
#![no_main]

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use passkeyd_domain::TenantId;
use passkeyd_tokens::sealed::{SealingKey, TokenKind, open, seal};
use uuid::Uuid;

const KIND: TokenKind = TokenKind::VERIFY;
const PAYLOAD: &[u8] = br#"{"userId":"42"}"#;

static TENANT: LazyLock<TenantId> = LazyLock::new(|| "test".parse().unwrap());
static RING: LazyLock<[SealingKey; 1]> =
    LazyLock::new(|| [SealingKey::generate(Uuid::from_u128(1), Timestamp::UNIX_EPOCH, [7; 32])]);
static TOKEN: LazyLock<String> =
    LazyLock::new(|| seal(&RING[0], KIND, &TENANT, PAYLOAD, [9; 12]).unwrap());

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data)
        && open(&*RING, KIND, &TENANT, text).is_ok()
    {
        let sealed = text.get(KIND.prefix.len()..);
        assert_eq!(sealed, TOKEN.get(KIND.prefix.len()..));
    }
    // The bytes of a good token, with these laid over them.
    let mut bytes = BASE64URL_NOPAD
        .decode(TOKEN[KIND.prefix.len()..].as_bytes())
        .unwrap();
    for (byte, change) in bytes.iter_mut().zip(data) {
        *byte ^= change;
    }
    let changed = data.iter().take(bytes.len()).any(|change| *change != 0);
    let token = format!("{}{}", KIND.prefix, BASE64URL_NOPAD.encode(&bytes));
    assert_eq!(open(&*RING, KIND, &TENANT, &token).is_ok(), !changed);
});
