use proptest::prelude::*;

use super::*;

const KINDS: [TokenKind; 4] = [
    TokenKind::REGISTER,
    TokenKind::REGISTER_SESSION,
    TokenKind::SIGN_IN_SESSION,
    TokenKind::VERIFY,
];
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn tenant(name: &str) -> TenantId {
    name.parse().unwrap()
}

fn key(number: u8) -> SealingKey {
    SealingKey::generate(
        Uuid::from_u128(u128::from(number)),
        Timestamp::UNIX_EPOCH,
        [number; 32],
    )
}

proptest! {
    #[test]
    fn what_was_sealed_comes_back(payload: Vec<u8>, nonce: [u8; 12], kind in 0..4_usize) {
        let (kind, acme) = (KINDS[kind], tenant("acme"));
        let token = seal(&key(2), kind, &acme, &payload, nonce).unwrap();
        prop_assert!(token.starts_with(kind.prefix));
        prop_assert!(token.bytes().all(|c| ALPHABET.contains(&c)));
        let opened = open(&[key(1), key(2)], kind, &acme, &token).unwrap();
        prop_assert_eq!(&*opened, &payload);
    }

    #[test]
    fn no_character_can_be_changed_added_or_left_out(
        payload in proptest::collection::vec(any::<u8>(), 0..4),
        at: prop::sample::Index,
        other in 0..64_usize,
    ) {
        let (kind, acme) = (TokenKind::VERIFY, tenant("acme"));
        let token = seal(&key(1), kind, &acme, &payload, [3; 12]).unwrap();
        let at = kind.prefix.len() + at.index(token.len() - kind.prefix.len());
        let other = char::from(ALPHABET[other]);

        let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
        if changed != token {
            prop_assert!(open(&[key(1)], kind, &acme, &changed).is_err());
        }
        let left_out = format!("{}{}", &token[..at], &token[at + 1..]);
        prop_assert!(open(&[key(1)], kind, &acme, &left_out).is_err());
        let added = format!("{}{other}{}", &token[..at], &token[at..]);
        prop_assert!(open(&[key(1)], kind, &acme, &added).is_err());
    }

    #[test]
    fn a_flipped_bit_is_refused(bit: prop::sample::Index, payload: [u8; 9]) {
        let (kind, acme) = (TokenKind::REGISTER, tenant("acme"));
        let token = seal(&key(1), kind, &acme, &payload, [3; 12]).unwrap();
        let mut bytes = BASE64URL_NOPAD.decode(&token.as_bytes()[kind.prefix.len()..]).unwrap();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let flipped = format!("{}{}", kind.prefix, BASE64URL_NOPAD.encode(&bytes));
        let expected = match bit / 8 {
            0 => OpenError::Malformed,
            1..=16 => OpenError::UnknownKey,
            _ => OpenError::Forged,
        };
        prop_assert_eq!(open(&[key(1)], kind, &acme, &flipped), Err(expected));
    }

    #[test]
    fn any_text_at_all_is_refused_without_a_panic(text in ".*") {
        for kind in KINDS {
            prop_assert!(open(&[key(1)], kind, &tenant("acme"), &text).is_err());
            let prefixed = format!("{}{text}", kind.prefix);
            prop_assert!(open(&[key(1)], kind, &tenant("acme"), &prefixed).is_err());
        }
    }
}

#[test]
fn a_token_is_nothing_to_another_kind() {
    for sealed in KINDS {
        let token = seal(&key(1), sealed, &tenant("acme"), b"x", [3; 12]).unwrap();
        let body = &token[sealed.prefix.len()..];
        for opened in KINDS.into_iter().filter(|kind| *kind != sealed) {
            let token = format!("{}{body}", opened.prefix);
            assert_eq!(
                open(&[key(1)], opened, &tenant("acme"), &token),
                Err(OpenError::Forged),
                "{sealed:?} as {opened:?}"
            );
        }
    }
}

#[test]
fn a_token_is_nothing_to_another_tenant() {
    let token = seal(&key(1), TokenKind::VERIFY, &tenant("acme"), b"x", [3; 12]).unwrap();
    for other in ["acm", "acme2", "a"] {
        assert_eq!(
            open(&[key(1)], TokenKind::VERIFY, &tenant(other), &token),
            Err(OpenError::Forged)
        );
    }
}

#[test]
fn a_key_of_the_same_name_with_another_secret_opens_nothing() {
    let token = seal(&key(1), TokenKind::VERIFY, &tenant("acme"), b"x", [3; 12]).unwrap();
    let impostor = SealingKey::generate(key(1).id(), Timestamp::UNIX_EPOCH, [9; 32]);
    assert_eq!(
        open(&[impostor], TokenKind::VERIFY, &tenant("acme"), &token),
        Err(OpenError::Forged)
    );
}

#[test]
fn a_retired_key_is_told_from_a_forgery() {
    let token = seal(&key(1), TokenKind::VERIFY, &tenant("acme"), b"x", [3; 12]).unwrap();
    assert_eq!(
        open(&[key(2)], TokenKind::VERIFY, &tenant("acme"), &token),
        Err(OpenError::UnknownKey)
    );
}

#[test]
fn the_prefix_is_read_in_any_case_and_only_the_prefix() {
    let token = seal(&key(1), TokenKind::VERIFY, &tenant("acme"), b"x", [3; 12]).unwrap();
    let shouted = format!("VERIFY_{}", &token["verify_".len()..]);
    assert!(open(&[key(1)], TokenKind::VERIFY, &tenant("acme"), &shouted).is_ok());
    assert!(
        open(
            &[key(1)],
            TokenKind::VERIFY,
            &tenant("acme"),
            &token.to_uppercase()
        )
        .is_err()
    );
}

#[test]
fn wrong_prefix_and_garbage_are_told_apart() {
    let acme = tenant("acme");
    for (text, expected) in [
        ("", OpenError::WrongPrefix),
        ("abc", OpenError::WrongPrefix),
        ("register_AAAA", OpenError::WrongPrefix),
        ("verifyé", OpenError::WrongPrefix),
        ("verify_", OpenError::Malformed),
        ("verify_AAAA", OpenError::Malformed),
        ("verify_****", OpenError::Malformed),
    ] {
        assert_eq!(
            open(&[key(1)], TokenKind::VERIFY, &acme, text),
            Err(expected),
            "{text}"
        );
    }
}

#[test]
fn unused_trailing_bits_are_refused() {
    let acme = tenant("acme");
    // 1 + 16 + 12 + 16 bytes are whole groups of three; one more byte leaves four unused bits in the last character.
    let token = seal(&key(1), TokenKind::VERIFY, &acme, b"x", [3; 12]).unwrap();
    let (rest, last) = token.split_at(token.len() - 1);
    let position = ALPHABET
        .iter()
        .position(|c| *c == last.as_bytes()[0])
        .unwrap();
    assert_eq!(position % 16, 0);
    for unused in 1..16 {
        let changed = format!("{rest}{}", char::from(ALPHABET[position + unused]));
        assert_eq!(
            open(&[key(1)], TokenKind::VERIFY, &acme, &changed),
            Err(OpenError::Malformed)
        );
    }
}

#[test]
fn a_key_survives_its_row_and_its_debug_tells_nothing() {
    let acme = tenant("acme");
    let master = MasterKey::from_base64(&data_encoding::BASE64.encode(&[5; 32])).unwrap();
    let token = seal(&key(1), TokenKind::VERIFY, &acme, b"x", [3; 12]).unwrap();
    for master in [None, Some(&master)] {
        let row = key(1).to_ring_key(&acme, master, [8; 12]).unwrap();
        let back = SealingKey::from_ring_key(&row, master).unwrap();
        assert_eq!((back.id(), back.created_at()), (row.id, row.created_at));
        assert!(open(&[back], TokenKind::VERIFY, &acme, &token).is_ok());
    }
    assert!(!format!("{:?}", key(1)).contains("secret"));
}

#[test]
fn a_row_of_another_purpose_or_length_is_no_sealing_key() {
    let row = key(1).to_ring_key(&tenant("acme"), None, [0; 12]).unwrap();
    let signing = RingKey {
        purpose: RingPurpose::Sign("jwt:es256:loginid".into()),
        ..row.clone()
    };
    assert_eq!(
        SealingKey::from_ring_key(&signing, None).unwrap_err(),
        RingKeyError::Purpose
    );
    let short = RingKey {
        material: passkeyd_domain::SecretBytes::new(vec![1; 31]),
        ..row
    };
    assert_eq!(
        SealingKey::from_ring_key(&short, None).unwrap_err(),
        RingKeyError::Length { found: 31 }
    );
}
