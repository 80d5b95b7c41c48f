mod certificate;

use passkeyd_webauthn::Error;
use passkeyd_webauthn::attestation::{AttestationType, StatementDetails, Trust};
use passkeyd_webauthn::options::AttestationConveyance;

use crate::kit::certificate::{
    AAGUID, BASIC_CONSTRAINTS, FIRMWARE, SERIAL, TRANSPORTS, UNKNOWN, time,
};
use crate::kit::key::Key;
use crate::kit::table::{Row, each_mutation_has_its_error, each_variation_is_accepted};
use crate::kit::world::World;
use crate::kit::{cbor, der};

fn drop_member(world: &mut World, name: &'static str) {
    world.members = Some(Box::new(move |members| {
        members.retain(|(key, _)| *key != cbor::text(name))
    }));
}

fn set_member(world: &mut World, name: &'static str, value: Vec<u8>) {
    world.members = Some(Box::new(move |members| {
        members.retain(|(key, _)| *key != cbor::text(name));
        members.push((cbor::text(name), value.clone()));
    }));
}

const STATEMENT: &[Row] = &[
    (
        "no alg",
        |w| drop_member(w, "alg"),
        Error::AttestationStatementMalformed("alg"),
    ),
    (
        "alg as text",
        |w| set_member(w, "alg", cbor::text("ES256")),
        Error::AttestationStatementMalformed("alg"),
    ),
    (
        "no sig",
        |w| drop_member(w, "sig"),
        Error::AttestationStatementMalformed("sig"),
    ),
    (
        "sig as text",
        |w| set_member(w, "sig", cbor::text("x")),
        Error::AttestationStatementMalformed("sig"),
    ),
    (
        "an extra member",
        |w| set_member(w, "extra", cbor::integer(1)),
        Error::AttestationStatementMalformed("extra member"),
    ),
    (
        "ecdaaKeyId",
        |w| set_member(w, "ecdaaKeyId", cbor::bytes(&[1])),
        Error::AttestationStatementMalformed("extra member"),
    ),
    (
        "x5c empty",
        |w| set_member(w, "x5c", cbor::array(&[])),
        Error::AttestationStatementMalformed("x5c"),
    ),
    (
        "x5c as bytes",
        |w| set_member(w, "x5c", cbor::bytes(&[1])),
        Error::AttestationStatementMalformed("x5c"),
    ),
    (
        "x5c of texts",
        |w| set_member(w, "x5c", cbor::array(&[cbor::text("a")])),
        Error::AttestationStatementMalformed("x5c"),
    ),
    (
        "a member that is no text",
        |w| {
            w.members = Some(Box::new(|members| {
                members.push((cbor::integer(1), cbor::integer(1)))
            }))
        },
        Error::AttestationStatementMalformed("attStmt"),
    ),
    (
        "eleven certificates",
        |w| {
            w.x5c = Some(Box::new(|x5c| {
                let last = x5c[1].clone();
                x5c.resize(11, last);
            }));
        },
        Error::TooLarge("x5c"),
    ),
    (
        "a certificate beyond the limit",
        |w| w.leaf.set(UNKNOWN, None, der::octets(&[0; 17_000])),
        Error::TooLarge("certificate"),
    ),
    (
        "a signature beyond the limit",
        |w| w.signature = Some(Box::new(|sig| sig.resize(9000, 0))),
        Error::TooLarge("signature"),
    ),
    (
        "an unknown alg",
        |w| set_member(w, "alg", cbor::integer(-999)),
        Error::AlgorithmUnsupported(-999),
    ),
    (
        "alg of another key type",
        |w| w.alg = -257,
        Error::AttestationAlgorithmMismatch,
    ),
    (
        "alg of another curve",
        |w| w.alg = -35,
        Error::AttestationAlgorithmMismatch,
    ),
];

const SIGNATURE: &[Row] = &[
    (
        "other data signed",
        |w| w.signed = Some(b"other".to_vec()),
        Error::AttestationSignatureInvalid,
    ),
    (
        "client data hash left out",
        |w| w.signed = Some(w.authenticator_data()),
        Error::AttestationSignatureInvalid,
    ),
    (
        "a byte after the signature",
        |w| w.signature = Some(Box::new(|sig| sig.push(0))),
        Error::SignatureEncoding,
    ),
    (
        "a number with a zero in front",
        |w| {
            w.signature = Some(Box::new(|sig| {
                let r = sig[3] as usize;
                let (first, second) = (sig[4..4 + r].to_vec(), sig[6 + r..].to_vec());
                let padded = [vec![0, 0], first].concat();
                *sig = der::sequence(&[&der::tlv(2, &[&padded]), &der::tlv(2, &[&second])]);
            }));
        },
        Error::SignatureEncoding,
    ),
    (
        "a negative number",
        |w| {
            w.signature = Some(Box::new(|sig| {
                *sig = der::sequence(&[&der::tlv(2, &[&[0x80]]), &der::integer(1)])
            }))
        },
        Error::SignatureEncoding,
    ),
    (
        "zero",
        |w| {
            w.signature = Some(Box::new(|sig| {
                *sig = der::sequence(&[&der::integer(0), &der::integer(1)])
            }))
        },
        Error::SignatureEncoding,
    ),
    (
        "a length in its long form",
        |w| w.signature = Some(Box::new(|sig| *sig = [&[0x30, 0x81], &sig[1..]].concat())),
        Error::SignatureEncoding,
    ),
    (
        "plain numbers instead of DER",
        |w| w.signature = Some(Box::new(|sig| *sig = vec![1; 64])),
        Error::SignatureEncoding,
    ),
    (
        "an empty signature",
        |w| w.signature = Some(Box::new(Vec::clear)),
        Error::SignatureEncoding,
    ),
];

#[test]
fn a_broken_statement_has_its_error() {
    each_mutation_has_its_error(World::packed, STATEMENT);
}

#[test]
fn a_broken_signature_has_its_error() {
    each_mutation_has_its_error(World::packed, SIGNATURE);
}

#[test]
fn a_broken_self_attestation_has_its_error() {
    each_mutation_has_its_error(
        || World::packed_self(Key::p256(0x11)),
        &[
            (
                "alg of another key",
                |w| w.alg = -257,
                Error::AttestationAlgorithmMismatch,
            ),
            (
                "alg of the same meaning",
                |w| w.alg = -9,
                Error::AttestationAlgorithmMismatch,
            ),
            (
                "other data signed",
                |w| w.signed = Some(b"other".to_vec()),
                Error::AttestationSignatureInvalid,
            ),
            (
                "a cut signature",
                |w| w.signature = Some(Box::new(|sig| sig.truncate(sig.len() - 1))),
                Error::SignatureEncoding,
            ),
            (
                "self attestation where trust is required",
                |w| {
                    w.policy.attestation =
                        passkeyd_webauthn::policy::AttestationPolicy::RequireTrusted
                },
                Error::AttestationTypeNotAllowed(AttestationType::SelfAttestation),
            ),
            (
                "self attestation where the type is not allowed",
                |w| {
                    w.policy
                        .allowed_types
                        .remove(&AttestationType::SelfAttestation);
                },
                Error::AttestationTypeNotAllowed(AttestationType::SelfAttestation),
            ),
        ],
    );
}

#[test]
fn every_algorithm_attests_with_certificates_and_by_itself() {
    let keys: &[fn() -> Key] = &[
        || Key::p256(0x31),
        || Key::p384(0x31),
        || Key::p521(0x31),
        || Key::ed25519(0x31),
        || Key::rsa(true),
        #[cfg(feature = "es256k")]
        || Key::k256(0x31),
        #[cfg(feature = "ed448")]
        || Key::ed448(0x31),
        #[cfg(feature = "ml-dsa")]
        || Key::ml_dsa_65(0x31),
    ];
    for key in keys {
        let world = World::packed_with(key(), key());
        let (outcome, _) = world
            .examine()
            .unwrap_or_else(|error| panic!("{}: {error:?}", world.alg));
        assert_eq!(outcome.attestation_type, AttestationType::Basic);
        assert!(matches!(&outcome.trust, Trust::Trusted { path, .. } if path.len() == 3));

        let world = World::packed_self(key());
        let (outcome, _) = world
            .examine()
            .unwrap_or_else(|error| panic!("self {}: {error:?}", world.alg));
        assert_eq!(outcome.attestation_type, AttestationType::SelfAttestation);
        assert_eq!(outcome.trust, Trust::NotAssessed);
        assert!(outcome.trust_path.is_empty());
    }
}

#[test]
fn what_devices_are_seen_to_do_is_accepted() {
    each_variation_is_accepted(
        World::packed,
        &[
            ("no AAGUID extension", |w| w.leaf.remove(AAGUID)),
            ("basic constraints that are not critical", |w| {
                w.leaf.extension(BASIC_CONSTRAINTS).critical = None
            }),
            ("an unknown extension that is not critical", |w| {
                w.leaf.set(UNKNOWN, None, der::null())
            }),
            ("a UTCTime", |w| {
                w.leaf.not_before = der::tlv(0x17, &[b"200101000000Z"])
            }),
            ("transports in another type of string", |w| {
                w.leaf.set(TRANSPORTS, None, der::octets(&[0x05, 0x20]))
            }),
            ("no end of validity", |w| {
                w.leaf.not_after = time("99991231235959Z")
            }),
            ("a serial number of 20 bytes", |w| {
                w.leaf.serial = vec![0x7f; 20]
            }),
            ("no intermediate in the statement", |w| {
                w.x5c = Some(Box::new(|x5c| x5c.truncate(1)));
                w.trust = Some(Box::new(|w| {
                    let der = w.intermediate.sign(&w.root_key);
                    Box::new(w.root_as_anchor().with_intermediate_der(&der).unwrap())
                }));
            }),
        ],
    );
}

#[test]
fn optional_extensions_are_reported() {
    let mut world = World::packed();
    world.conveyance = AttestationConveyance::Enterprise;
    world.leaf.set(SERIAL, None, der::octets(b"0042"));
    world.leaf.set(FIRMWARE, None, der::integer(0x0005_0400));
    world
        .leaf
        .set(TRANSPORTS, None, vec![0x03, 0x02, 0x04, 0x30]);
    let (outcome, _) = world.examine().unwrap();
    assert_eq!(
        outcome.details,
        StatementDetails::Packed {
            firmware_version: Some(0x0005_0400),
            enterprise_serial: Some(b"0042".to_vec()),
            u2f_transports: Some(0b1100),
        }
    );
}
