use passkeyd_webauthn::attestation::AttestationType;
use passkeyd_webauthn::policy::ValidityPolicy;
use passkeyd_webauthn::{CertificateFault, Error, Excerpt};

use crate::kit::certificate::{UNKNOWN, time};
use crate::kit::key::{Key, sha256};
use crate::kit::table::{Row, each_mutation_has_its_error, each_variation_is_accepted};
use crate::kit::world::World;
use crate::kit::{cbor, der};

const NONCE: &str = "1.2.840.113635.100.8.2";

fn nonce(world: &World) -> Vec<u8> {
    der::octets(&sha256(&world.verification_data()))
}

const ROWS: &[Row] = &[
    (
        "no x5c",
        |w| w.members = Some(Box::new(Vec::clear)),
        Error::AttestationStatementMalformed("x5c"),
    ),
    (
        "an extra member",
        |w| {
            w.members = Some(Box::new(|members| {
                members.push((cbor::text("sig"), cbor::bytes(&[1])))
            }))
        },
        Error::AttestationStatementMalformed("extra member"),
    ),
    (
        "an alg that is no number",
        |w| {
            w.members = Some(Box::new(|members| {
                members.push((cbor::text("alg"), cbor::text("ES256")))
            }))
        },
        Error::AttestationStatementMalformed("extra member"),
    ),
    (
        "no nonce",
        // An unknown extension keeps the certificate at version 3 and stands where the nonce should.
        |w| {
            w.leaf
                .set(b"\x2a\x86\x48\x86\xf7\x63\x64\x08\x02", None, der::null());
        },
        Error::CertificateExtensionMalformed(Excerpt::from_static(NONCE)),
    ),
    (
        "the nonce of another ceremony",
        |w| w.apple_nonce = Some(der::sequence(&[&der::explicit(1, &der::octets(&[7; 32]))])),
        Error::AppleNonceMismatch,
    ),
    (
        "a short nonce",
        |w| w.apple_nonce = Some(der::sequence(&[&der::explicit(1, &der::octets(&[7; 31]))])),
        Error::AppleNonceMismatch,
    ),
    (
        "the nonce without its tag",
        |w| w.apple_nonce = Some(der::sequence(&[&nonce(w)])),
        Error::CertificateExtensionMalformed(Excerpt::from_static(NONCE)),
    ),
    (
        "the nonce under another tag",
        |w| w.apple_nonce = Some(der::sequence(&[&der::explicit(2, &nonce(w))])),
        Error::CertificateExtensionMalformed(Excerpt::from_static(NONCE)),
    ),
    (
        "something after the nonce",
        |w| {
            w.apple_nonce = Some(der::sequence(&[&der::explicit(
                1,
                &[nonce(w), der::null()].concat(),
            )]))
        },
        Error::CertificateExtensionMalformed(Excerpt::from_static(NONCE)),
    ),
    (
        "something after the tagged nonce",
        |w| w.apple_nonce = Some(der::sequence(&[&der::explicit(1, &nonce(w)), &der::null()])),
        Error::CertificateExtensionMalformed(Excerpt::from_static(NONCE)),
    ),
    (
        "something after the sequence",
        |w| {
            w.apple_nonce =
                Some([der::sequence(&[&der::explicit(1, &nonce(w))]), der::null()].concat())
        },
        Error::CertificateExtensionMalformed(Excerpt::from_static(NONCE)),
    ),
    (
        "another key in the certificate",
        |w| w.leaf.spki = Key::p256(9).spki(),
        Error::AttestationKeyMismatch,
    ),
    (
        "a key of another type",
        |w| w.leaf.spki = Key::rsa(true).spki(),
        Error::AttestationKeyMismatch,
    ),
    (
        "a certificate of version 1",
        |w| {
            w.format = "apple";
            w.x5c = Some(Box::new(|x5c| {
                let key = Key::p256(0x11);
                let mut leaf = crate::kit::certificate::Template::new(
                    &der::sequence(&[]),
                    &der::sequence(&[]),
                    &key,
                );
                leaf.version = None;
                x5c[0] = leaf.sign(&key);
            }));
        },
        Error::AttestationCertificateInvalid(CertificateFault::Version),
    ),
    (
        "a certificate without the extension",
        |w| {
            w.x5c = Some(Box::new(|x5c| {
                let key = Key::p256(0x11);
                let mut leaf = crate::kit::certificate::Template::new(
                    &der::sequence(&[]),
                    &der::sequence(&[]),
                    &key,
                );
                leaf.set(UNKNOWN, None, der::null());
                x5c[0] = leaf.sign(&key);
            }));
        },
        Error::AttestationCertificateInvalid(CertificateFault::ExtensionMissing),
    ),
    (
        "a leaf of last week",
        |w| w.leaf.not_after = time("20260725000000Z"),
        Error::CertificateExpired,
    ),
];

#[test]
fn each_break_has_its_error() {
    each_mutation_has_its_error(World::apple, ROWS);
}

#[test]
fn keys_of_every_kind_and_an_alg_are_accepted() {
    let keys: &[fn() -> Key] = &[
        || Key::p256(0x31),
        || Key::p384(0x31),
        || Key::rsa(true),
        || Key::ed25519(0x31),
    ];
    for key in keys {
        let (outcome, _) = World::apple_with(*key).examine().unwrap();
        assert_eq!(outcome.attestation_type, AttestationType::AnonCa);
    }
    each_variation_is_accepted(
        World::apple,
        &[
            ("an alg", |w| {
                w.members = Some(Box::new(|members| {
                    members.push((cbor::text("alg"), cbor::integer(-7)))
                }));
            }),
            ("a critical nonce", |w| {
                let value = der::sequence(&[&der::explicit(1, &nonce(w))]);
                w.leaf
                    .set(b"\x2a\x86\x48\x86\xf7\x63\x64\x08\x02", Some(true), value);
            }),
            ("a leaf of last week, judged then", |w| {
                w.leaf.not_after = time("20260725000000Z");
                w.policy.validity = ValidityPolicy::AtTime("2026-07-24T00:00:00Z".parse().unwrap());
            }),
        ],
    );
}
