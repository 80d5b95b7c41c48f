//! Signatures and stored keys of a sign-in, broken one by one.

use passkeyd_webauthn::Algorithm;

use crate::authentication_case::AuthenticationCase;
use crate::mutation::{Row, run};

/// DER of two integers from their value bytes.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |n: &[u8]| [&[2, n.len() as u8], n].concat();
    let body = [integer(r), integer(s)].concat();
    [&[0x30, body.len() as u8], body.as_slice()].concat()
}

const ECDSA_SIGNATURE: &[Row<AuthenticationCase>] = &[
    ("empty", |c| c.sign = |_, _| Vec::new(), "SignatureEncoding"),
    (
        "raw r and s",
        |c| c.sign = |_, _| vec![1; 64],
        "SignatureEncoding",
    ),
    (
        "a byte after",
        |c| c.after = |r| r.signature.push(0),
        "SignatureEncoding",
    ),
    (
        "cut short",
        |c| {
            c.after = |r| {
                r.signature.pop();
            }
        },
        "SignatureEncoding",
    ),
    (
        "a long length",
        |c| {
            c.after = |r| {
                r.signature.insert(1, 0x81);
            }
        },
        "SignatureEncoding",
    ),
    (
        "an indefinite length",
        |c| {
            c.after = |r| {
                r.signature[1] = 0x80;
            }
        },
        "SignatureEncoding",
    ),
    (
        "r zero",
        |c| c.sign = |_, _| der(&[0], &[1]),
        "SignatureEncoding",
    ),
    (
        "s zero",
        |c| c.sign = |_, _| der(&[1], &[0]),
        "SignatureEncoding",
    ),
    (
        "r negative",
        |c| c.sign = |_, _| der(&[0x80], &[1]),
        "SignatureEncoding",
    ),
    (
        "r padded",
        |c| c.sign = |_, _| der(&[0, 1], &[1]),
        "SignatureEncoding",
    ),
    (
        "r empty",
        |c| c.sign = |_, _| der(&[], &[1]),
        "SignatureEncoding",
    ),
    (
        "r as large as the order",
        |c| c.sign = |_, _| der(&[&[0], P256_ORDER.as_slice()].concat(), &[1]),
        "SignatureEncoding",
    ),
    (
        "r above the order",
        |c| c.sign = |_, _| der(&[&[0], [0xff; 32].as_slice()].concat(), &[1]),
        "SignatureEncoding",
    ),
    (
        "r and s of one",
        |c| c.sign = |_, _| der(&[1], &[1]),
        "SignatureInvalid",
    ),
    (
        "over other data",
        |c| c.sign = |k, _| k.sign(b"other"),
        "SignatureInvalid",
    ),
    (
        "by another key",
        |c| c.sign = |_, m| crate::keys::TestKey::numbered(Algorithm::Es256, 2).sign(m),
        "SignatureInvalid",
    ),
    (
        "9 KiB",
        |c| c.after = |r| r.signature.resize(9 * 1024, 0),
        "TooLarge(\"signature\")",
    ),
];

const P256_ORDER: [u8; 32] = *b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";

#[test]
fn a_broken_ecdsa_signature_is_refused_by_name() {
    run(
        || AuthenticationCase::new(Algorithm::Es256),
        ECDSA_SIGNATURE,
    );
}

const FIXED_LENGTH_SIGNATURE: &[Row<AuthenticationCase>] = &[
    ("empty", |c| c.sign = |_, _| Vec::new(), "SignatureEncoding"),
    (
        "a byte after",
        |c| c.after = |r| r.signature.push(0),
        "SignatureEncoding",
    ),
    (
        "cut short",
        |c| {
            c.after = |r| {
                r.signature.pop();
            }
        },
        "SignatureEncoding",
    ),
    (
        "over other data",
        |c| c.sign = |k, _| k.sign(b"other"),
        "SignatureInvalid",
    ),
];

#[test]
fn a_signature_of_another_length_is_refused_by_name() {
    let fixed = Algorithm::ALL
        .into_iter()
        .filter(|a| a.curve().is_none() && a.is_allowed_for_credentials());
    for algorithm in fixed {
        run(
            || AuthenticationCase::new(algorithm),
            FIXED_LENGTH_SIGNATURE,
        );
    }
}

const STORED: &[Row<AuthenticationCase>] = &[
    (
        "a stored key off its curve",
        |c| {
            let n = c.stored.public_key.len();
            c.stored.public_key[n - 1] ^= 1
        },
        "CosePointInvalid",
    ),
    (
        "a stored key with a byte after",
        |c| c.stored.public_key.push(0),
        "CborTrailingData",
    ),
    (
        "no stored key",
        |c| c.stored.public_key.clear(),
        "CborTruncated",
    ),
    (
        "a stored raw point",
        |c| c.stored.public_key = [&[4], [1; 64].as_slice()].concat(),
        "CoseKeyMalformed",
    ),
    (
        "a stored key of another algorithm",
        |c| c.stored.public_key = crate::keys::TestKey::new(Algorithm::Es384).cose(),
        "SignatureInvalid",
    ),
];

#[test]
fn a_broken_stored_key_is_refused_by_name() {
    run(|| AuthenticationCase::new(Algorithm::Es256), STORED);
    run(
        || AuthenticationCase::new(Algorithm::EdDsa),
        &[(
            "a stored key of small order",
            |c: &mut AuthenticationCase| {
                let n = c.stored.public_key.len();
                c.stored.public_key[n - 32..].fill(0)
            },
            "CosePointInvalid",
        )],
    );
    run(
        || AuthenticationCase::new(Algorithm::Rs256),
        &[
            (
                "a stored key with exponent 3",
                |c: &mut AuthenticationCase| {
                    let n = c.stored.public_key.len();
                    c.stored.public_key.splice(n - 4.., [0x41, 3]);
                },
                "RsaExponent",
            ),
            (
                "a stored key of fewer bits than policy",
                |c: &mut AuthenticationCase| c.policy.rsa_min_bits = 3072,
                "RsaModulusSize",
            ),
        ],
    );
}

#[test]
fn a_high_s_is_accepted() {
    // n − s, for a signature (r, s) on P-256.
    let flip = |signature: &[u8]| {
        let signature = p256::ecdsa::Signature::from_der(signature).unwrap();
        let s = -*signature.s();
        p256::ecdsa::Signature::from_scalars(signature.r(), s)
            .unwrap()
            .to_der()
            .as_bytes()
            .to_vec()
    };
    let case = AuthenticationCase::new(Algorithm::Es256);
    let mut response = case.response();
    response.signature = flip(&response.signature);
    let result = passkeyd_webauthn::authenticate(
        &response,
        &case.state,
        &case.stored.borrow(),
        &case.policy,
        case.now,
    );
    assert!(result.is_ok(), "{result:?}");
}
