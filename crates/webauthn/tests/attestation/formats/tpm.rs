mod certificate;

use passkeyd_webauthn::attestation::tpm::{CertifyInfo, PublicArea, PublicAreaKey};
use passkeyd_webauthn::attestation::{AttestationType, StatementDetails};
use passkeyd_webauthn::policy::TpmVendorPolicy;
use passkeyd_webauthn::{Error, Excerpt, Observation};

use crate::kit::certificate::{AAGUID, ALTERNATIVE_NAME};
use crate::kit::key::{Key, Scheme};
use crate::kit::table::{Row, each_mutation_has_its_error, each_variation_is_accepted};
use crate::kit::tpm::{SHA384, SHA512, name_of};
use crate::kit::world::{World, tpm_name};
use crate::kit::{cbor, der};

fn set_member(world: &mut World, name: &'static str, value: Option<Vec<u8>>) {
    world.members = Some(Box::new(move |members| {
        members.retain(|(key, _)| *key != cbor::text(name));
        members.extend(value.clone().map(|value| (cbor::text(name), value)));
    }));
}

fn names(world: &mut World, value: Vec<u8>) {
    world.leaf.set(ALTERNATIVE_NAME, Some(true), value);
}

const STATEMENT: &[Row] = &[
    (
        "no ver",
        |w| set_member(w, "ver", None),
        Error::AttestationStatementMalformed("ver"),
    ),
    (
        "version 1.2",
        |w| set_member(w, "ver", Some(cbor::text("1.2"))),
        Error::AttestationStatementMalformed("ver"),
    ),
    (
        "ver as a number",
        |w| set_member(w, "ver", Some(cbor::integer(2))),
        Error::AttestationStatementMalformed("ver"),
    ),
    (
        "no alg",
        |w| set_member(w, "alg", None),
        Error::AttestationStatementMalformed("alg"),
    ),
    (
        "no sig",
        |w| set_member(w, "sig", None),
        Error::AttestationStatementMalformed("sig"),
    ),
    (
        "no x5c",
        |w| set_member(w, "x5c", None),
        Error::AttestationStatementMalformed("x5c"),
    ),
    (
        "no certInfo",
        |w| set_member(w, "certInfo", None),
        Error::AttestationStatementMalformed("certInfo"),
    ),
    (
        "no pubArea",
        |w| set_member(w, "pubArea", None),
        Error::AttestationStatementMalformed("pubArea"),
    ),
    (
        "an extra member",
        |w| set_member(w, "x", Some(cbor::integer(1))),
        Error::AttestationStatementMalformed("extra member"),
    ),
    (
        "an unknown alg",
        |w| set_member(w, "alg", Some(cbor::integer(-1))),
        Error::AlgorithmUnsupported(-1),
    ),
    (
        "an alg that does not hash",
        |w| set_member(w, "alg", Some(cbor::integer(-8))),
        Error::AlgorithmUnsupported(-8),
    ),
    (
        "an alg of another key type",
        |w| w.alg = -7,
        Error::AttestationAlgorithmMismatch,
    ),
];

const PUBLIC_AREA: &[Row] = &[
    (
        "empty",
        |w| w.tpm.pub_area = Some(Box::new(Vec::clear)),
        Error::TpmPubAreaInvalid("type"),
    ),
    (
        "a keyed hash",
        |w| w.tpm.kind = Some(0x0008),
        Error::TpmPubAreaInvalid("type"),
    ),
    (
        "cut in the attributes",
        |w| w.tpm.pub_area = Some(Box::new(|area| area.truncate(6))),
        Error::TpmPubAreaInvalid("objectAttributes"),
    ),
    (
        "cut in the policy",
        |w| w.tpm.pub_area = Some(Box::new(|area| area.truncate(20))),
        Error::TpmPubAreaInvalid("authPolicy"),
    ),
    (
        "cut before the curve",
        |w| w.tpm.pub_area = Some(Box::new(|area| area.truncate(46))),
        Error::TpmPubAreaInvalid("curveID"),
    ),
    (
        "cut in the key",
        |w| w.tpm.pub_area = Some(Box::new(|area| area.truncate(area.len() - 1))),
        Error::TpmPubAreaInvalid("unique"),
    ),
    (
        "a byte after",
        |w| w.tpm.pub_area = Some(Box::new(|area| area.push(0))),
        Error::TpmPubAreaInvalid("trailing bytes"),
    ),
    (
        "an unknown curve",
        |w| w.tpm.curve = Some(0x0010),
        Error::TpmPubAreaInvalid("curveID"),
    ),
    (
        "an unknown name algorithm",
        |w| w.tpm.name_alg = 0x0012,
        Error::TpmPubAreaInvalid("nameAlg"),
    ),
    (
        "another curve",
        |w| w.tpm.curve = Some(4),
        Error::AttestationKeyMismatch,
    ),
    (
        "another point",
        |w| w.tpm.unique = Some(Key::p256(9).numbers()),
        Error::AttestationKeyMismatch,
    ),
    (
        "coordinates in the wrong order",
        |w| {
            let (x, y) = w.credential.numbers();
            w.tpm.unique = Some((y, x));
        },
        Error::AttestationKeyMismatch,
    ),
    (
        "a coordinate longer than the field",
        |w| {
            let (x, y) = w.credential.numbers();
            w.tpm.unique = Some(([vec![1], x].concat(), y));
        },
        Error::TpmPubAreaInvalid("unique"),
    ),
    (
        "a key of another type",
        |w| w.tpm.kind = Some(0x0001),
        Error::TpmPubAreaInvalid("unique"),
    ),
    (
        "a key that may not sign",
        |w| w.tpm.attributes = 1 << 17,
        Error::TpmPubAreaInvalid("objectAttributes"),
    ),
    (
        "a key that can leave its TPM",
        |w| {
            w.policy.tpm_hardware_bound = true;
            w.tpm.attributes &= !(1 << 1);
        },
        Error::TpmPubAreaInvalid("objectAttributes"),
    ),
    (
        "a key that can get another parent",
        |w| {
            w.policy.tpm_hardware_bound = true;
            w.tpm.attributes &= !(1 << 4);
        },
        Error::TpmPubAreaInvalid("objectAttributes"),
    ),
    (
        "a key that was imported",
        |w| {
            w.policy.tpm_hardware_bound = true;
            w.tpm.attributes &= !(1 << 5);
        },
        Error::TpmPubAreaInvalid("objectAttributes"),
    ),
];

const CERTIFY_INFO: &[Row] = &[
    (
        "empty",
        |w| w.tpm.cert_info = Some(Box::new(Vec::clear)),
        Error::TpmCertInfoInvalid("magic"),
    ),
    (
        "another magic",
        |w| w.tpm.magic = 0xff54_4348,
        Error::TpmCertInfoInvalid("magic"),
    ),
    (
        "a quote",
        |w| w.tpm.attest_type = 0x8018,
        Error::TpmCertInfoInvalid("type"),
    ),
    (
        "cut in the signer",
        |w| w.tpm.cert_info = Some(Box::new(|info| info.truncate(8))),
        Error::TpmCertInfoInvalid("qualifiedSigner"),
    ),
    (
        "cut in the extra data",
        |w| w.tpm.cert_info = Some(Box::new(|info| info.truncate(20))),
        Error::TpmCertInfoInvalid("extraData"),
    ),
    (
        "cut in the clock",
        |w| w.tpm.cert_info = Some(Box::new(|info| info.truncate(50))),
        Error::TpmCertInfoInvalid("clockInfo"),
    ),
    (
        "cut in the firmware version",
        |w| w.tpm.cert_info = Some(Box::new(|info| info.truncate(66))),
        Error::TpmCertInfoInvalid("firmwareVersion"),
    ),
    (
        "cut in the name",
        |w| w.tpm.cert_info = Some(Box::new(|info| info.truncate(80))),
        Error::TpmCertInfoInvalid("name"),
    ),
    (
        "cut in the qualified name",
        |w| w.tpm.cert_info = Some(Box::new(|info| info.truncate(info.len() - 1))),
        Error::TpmCertInfoInvalid("qualifiedName"),
    ),
    (
        "a byte after",
        |w| w.tpm.cert_info = Some(Box::new(|info| info.push(0))),
        Error::TpmCertInfoInvalid("trailing bytes"),
    ),
    (
        "extra data of another ceremony",
        |w| w.tpm.extra_data = Some(vec![1; 32]),
        Error::TpmCertInfoInvalid("extraData"),
    ),
    (
        "no extra data",
        |w| w.tpm.extra_data = Some(Vec::new()),
        Error::TpmCertInfoInvalid("extraData"),
    ),
    (
        "the name of another key",
        |w| w.tpm.name = Some(vec![1; 34]),
        Error::TpmCertInfoInvalid("name"),
    ),
    (
        "a name by another algorithm",
        |w| w.tpm.name = Some(name_of(SHA384, &w.tpm.pub_area(&w.credential))),
        Error::TpmCertInfoInvalid("name"),
    ),
    (
        "a name without its algorithm",
        |w| w.tpm.name = Some(name_of(0x000b, &w.tpm.pub_area(&w.credential))[2..].to_vec()),
        Error::TpmCertInfoInvalid("name"),
    ),
    (
        "a signature over something else",
        |w| w.signed = Some(b"other".to_vec()),
        Error::AttestationSignatureInvalid,
    ),
    (
        "a cut signature",
        |w| w.signature = Some(Box::new(|sig| sig.truncate(sig.len() - 1))),
        Error::SignatureEncoding,
    ),
    (
        "a TPM's own wrapping around the signature",
        |w| {
            w.signature = Some(Box::new(|sig| {
                *sig = [&[0x00, 0x14, 0x00, 0x0b, 0x01, 0x00], sig.as_slice()].concat()
            }))
        },
        Error::SignatureEncoding,
    ),
];

#[test]
fn a_broken_statement_has_its_error() {
    each_mutation_has_its_error(World::tpm, STATEMENT);
}

#[test]
fn a_broken_public_area_has_its_error() {
    each_mutation_has_its_error(World::tpm, PUBLIC_AREA);
}

#[test]
fn broken_certify_info_has_its_error() {
    each_mutation_has_its_error(World::tpm, CERTIFY_INFO);
}

#[test]
fn an_rsa_key_is_compared_by_its_numbers() {
    each_mutation_has_its_error(
        || World::tpm_with(Key::rsa(false), Key::rsa(true)),
        &[
            (
                "another exponent",
                |w| w.tpm.exponent = 3,
                Error::AttestationKeyMismatch,
            ),
            (
                "another modulus",
                |w| w.tpm.unique = Some((vec![0xc3; 256], Vec::new())),
                Error::AttestationKeyMismatch,
            ),
            (
                "cut in the exponent",
                |w| w.tpm.pub_area = Some(Box::new(|area| area.truncate(50))),
                Error::TpmPubAreaInvalid("exponent"),
            ),
            (
                "cut in the modulus",
                |w| w.tpm.pub_area = Some(Box::new(|area| area.truncate(90))),
                Error::TpmPubAreaInvalid("unique"),
            ),
        ],
    );
}

#[test]
fn every_key_and_hash_that_a_tpm_has_is_accepted() {
    let credentials: &[fn() -> Key] = &[
        || Key::p256(0x31),
        || Key::p384(0x31),
        || Key::p521(0x31),
        || Key::rsa(false),
    ];
    let leaves: &[fn() -> Key] = &[
        || Key::p256(0x32),
        || Key::p384(0x32),
        || Key::p521(0x32),
        || Key::rsa(true),
    ];
    for credential in credentials {
        for leaf in leaves {
            let (outcome, _) = World::tpm_with(credential(), leaf()).examine().unwrap();
            assert_eq!(outcome.attestation_type, AttestationType::AttCa);
        }
    }
}

#[test]
fn what_tpms_are_seen_to_do_is_accepted() {
    each_variation_is_accepted(
        World::tpm,
        &[
            ("names in one relative name", |w| {
                names(w, tpm_name("id:4E544300", "Model", "id:1", true))
            }),
            ("a safe octet that is no boolean", |w| w.tpm.safe = 0x33),
            ("only the attribute to sign", |w| w.tpm.attributes = 1 << 18),
            ("a symmetric algorithm", |w| {
                w.tpm.symmetric = vec![0x00, 0x06, 0x00, 0x80, 0x00, 0x43]
            }),
            ("a signature scheme", |w| {
                w.tpm.scheme = vec![0x00, 0x18, 0x00, 0x0b]
            }),
            ("a scheme with a counter", |w| {
                w.tpm.scheme = vec![0x00, 0x1a, 0x00, 0x0b, 0x00, 0x01]
            }),
            ("a key derivation", |w| {
                w.tpm.kdf = vec![0x00, 0x20, 0x00, 0x0b]
            }),
            ("a name by SHA-384", |w| w.tpm.name_alg = SHA384),
            ("a name by SHA-512", |w| w.tpm.name_alg = SHA512),
            ("hardware-bound, as Windows does it", |w| {
                w.policy.tpm_hardware_bound = true
            }),
            ("PSS", |w| {
                w.alg = -37;
                w.scheme = Scheme::Pss;
            }),
            ("a vendor that policy adds", |w| {
                w.policy.tpm_vendors =
                    TpmVendorPolicy::Registered(["id:FFFFF1D0".to_owned()].into());
                names(w, tpm_name("id:FFFFF1D0", "Model", "id:1", false));
            }),
            ("the AAGUID of the model", |w| {
                w.leaf.set(AAGUID, None, der::octets(&w.aaguid.clone()))
            }),
        ],
    );
}

#[test]
fn sha1_and_unknown_vendors_are_reported() {
    let mut world = World::tpm();
    world.alg = -65535;
    world.scheme = Scheme::Sha1;
    names(&mut world, tpm_name("id:00000000", "Model", "id:1", false));
    let (outcome, observations) = world.examine().unwrap();
    assert_eq!(
        observations,
        [
            Observation::TpmVendorUnknown(Excerpt::from_static("id:00000000")),
            Observation::Sha1InStatement
        ]
    );
    let StatementDetails::Tpm {
        manufacturer,
        clock,
        clock_is_safe,
        firmware_version,
        ..
    } = outcome.details
    else {
        panic!("{:?}", outcome.details);
    };
    assert_eq!(
        (manufacturer.as_str(), clock, clock_is_safe),
        ("id:00000000", 77, true)
    );
    assert_eq!(firmware_version, 0x0007_0002_0003_0000);
}

#[test]
fn the_structures_can_be_read_alone() {
    let world = World::tpm_with(Key::rsa(false), Key::p256(0x12));
    let bytes = world.tpm.pub_area(&world.credential);
    let area = PublicArea::parse(&bytes).unwrap();
    assert!(matches!(
        area.key,
        PublicAreaKey::Rsa {
            key_bits: 2048,
            exponent: 65537,
            ..
        }
    ));
    let info = world.tpm.cert_info(&bytes, b"data", -7);
    assert_eq!(CertifyInfo::parse(&info).unwrap().reset_count, 3);
}
