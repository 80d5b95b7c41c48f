use passkeyd_webauthn::attestation::android_key::{KeyDescription, SecurityLevel};
use passkeyd_webauthn::attestation::{AttestationType, StatementDetails};
use passkeyd_webauthn::policy::ValidityPolicy;
use passkeyd_webauthn::trust::RevocationFacts;
use passkeyd_webauthn::{CertificateFault, Error, Excerpt};

use crate::kit::android::{Description, purposes, root_of_trust};
use crate::kit::certificate::{Template, UNKNOWN, time};
use crate::kit::key::Key;
use crate::kit::table::{Row, each_mutation_has_its_error, each_variation_is_accepted};
use crate::kit::world::World;
use crate::kit::{cbor, der};

const DESCRIPTION: &[u8] = b"\x2b\x06\x01\x04\x01\xd6\x79\x02\x01\x11";

fn malformed() -> Error {
    Error::CertificateExtensionMalformed(Excerpt::from_static("1.3.6.1.4.1.11129.2.1.17"))
}

fn drop_member(world: &mut World, name: &'static str) {
    world.members = Some(Box::new(move |members| {
        members.retain(|(key, _)| *key != cbor::text(name))
    }));
}

/// Moves what the hardware enforces to the software's list.
fn to_software(world: &mut World, number: u32) {
    let moved: Vec<_> = world
        .android
        .hardware
        .iter()
        .filter(|(known, _)| *known == number)
        .cloned()
        .collect();
    world.android.unset(number);
    world.android.software.extend(moved);
}

fn status_list(world: &mut World, json: &'static str) {
    world.trust = Some(Box::new(move |w| {
        let mut facts = RevocationFacts::new();
        facts.add_android_status_list(json.as_bytes()).unwrap();
        Box::new(w.root_as_anchor().with_revocation(facts))
    }));
}

const STATEMENT: &[Row] = &[
    (
        "no alg",
        |w| drop_member(w, "alg"),
        Error::AttestationStatementMalformed("alg"),
    ),
    (
        "no sig",
        |w| drop_member(w, "sig"),
        Error::AttestationStatementMalformed("sig"),
    ),
    (
        "no x5c",
        |w| drop_member(w, "x5c"),
        Error::AttestationStatementMalformed("x5c"),
    ),
    (
        "an extra member",
        |w| {
            w.members = Some(Box::new(|members| {
                members.push((cbor::text("ver"), cbor::text("1")))
            }))
        },
        Error::AttestationStatementMalformed("extra member"),
    ),
    (
        "an unknown alg",
        |w| w.alg = -3,
        Error::AlgorithmUnsupported(-3),
    ),
    (
        "alg of another curve",
        |w| w.alg = -35,
        Error::AttestationAlgorithmMismatch,
    ),
    (
        "other data signed",
        |w| w.signed = Some(Vec::new()),
        Error::AttestationSignatureInvalid,
    ),
    (
        "a cut signature",
        |w| w.signature = Some(Box::new(|sig| sig.truncate(sig.len() - 1))),
        Error::SignatureEncoding,
    ),
    (
        "another key in the certificate",
        |w| {
            w.leaf_key = Key::p256(9);
            w.leaf.spki = w.leaf_key.spki();
        },
        Error::AttestationKeyMismatch,
    ),
    (
        "a certificate of version 1",
        |w| {
            w.x5c = Some(Box::new(|x5c| {
                let key = Key::p256(0x11);
                let mut leaf = Template::new(&der::sequence(&[]), &der::sequence(&[]), &key);
                leaf.version = None;
                x5c[0] = leaf.sign(&key);
            }));
        },
        Error::AttestationCertificateInvalid(CertificateFault::Version),
    ),
    (
        "no description",
        |w| {
            w.x5c = Some(Box::new(|x5c| {
                let key = Key::p256(0x11);
                let mut leaf = Template::new(&der::sequence(&[]), &der::sequence(&[]), &key);
                leaf.set(UNKNOWN, None, der::null());
                x5c[0] = leaf.sign(&key);
            }));
        },
        Error::AttestationCertificateInvalid(CertificateFault::ExtensionMissing),
    ),
    (
        "a description in the issuer",
        |w| {
            w.intermediate
                .set(DESCRIPTION, None, w.android.encode(&w.client_data_hash))
        },
        Error::AndroidKeyExtensionInIssuer,
    ),
];

const AUTHORIZATIONS: &[Row] = &[
    (
        "another challenge",
        |w| w.android.challenge = Some(vec![1; 32]),
        Error::AndroidKeyChallengeMismatch,
    ),
    (
        "no challenge",
        |w| w.android.challenge = Some(Vec::new()),
        Error::AndroidKeyChallengeMismatch,
    ),
    (
        "all applications, in hardware",
        |w| w.android.set(600, der::null()),
        Error::AndroidKeyUnscoped,
    ),
    (
        "all applications, in software",
        |w| w.android.software.push((600, der::null())),
        Error::AndroidKeyUnscoped,
    ),
    (
        "no origin",
        |w| w.android.unset(702),
        Error::AndroidKeyAuthorization("origin"),
    ),
    (
        "a derived key",
        |w| w.android.set(702, der::integer(1)),
        Error::AndroidKeyAuthorization("origin"),
    ),
    (
        "an imported key",
        |w| w.android.set(702, der::integer(2)),
        Error::AndroidKeyAuthorization("origin"),
    ),
    (
        "two origins that differ",
        |w| w.android.software.push((702, der::integer(2))),
        Error::AndroidKeyAuthorization("origin"),
    ),
    (
        "no purpose",
        |w| w.android.unset(1),
        Error::AndroidKeyAuthorization("purpose"),
    ),
    (
        "an empty purpose",
        |w| w.android.set(1, purposes(&[])),
        Error::AndroidKeyAuthorization("purpose"),
    ),
    (
        "to encrypt",
        |w| w.android.set(1, purposes(&[0])),
        Error::AndroidKeyAuthorization("purpose"),
    ),
    (
        "to sign and verify",
        |w| w.android.set(1, purposes(&[2, 3])),
        Error::AndroidKeyAuthorization("purpose"),
    ),
    (
        "to sign twice",
        |w| w.android.set(1, purposes(&[2, 2])),
        Error::AndroidKeyAuthorization("purpose"),
    ),
    (
        "two purposes that differ",
        |w| w.android.software.push((1, purposes(&[3]))),
        Error::AndroidKeyAuthorization("purpose"),
    ),
    (
        "both lists empty",
        |w| {
            w.android.software.clear();
            w.android.hardware.clear();
        },
        Error::AndroidKeyAuthorization("origin"),
    ),
    (
        "origin from software where hardware is demanded",
        |w| {
            w.policy.android_tee_only = true;
            to_software(w, 702);
        },
        Error::AndroidKeyAuthorization("origin"),
    ),
    (
        "purpose from software where hardware is demanded",
        |w| {
            w.policy.android_tee_only = true;
            to_software(w, 1);
        },
        Error::AndroidKeyAuthorization("purpose"),
    ),
    (
        "a software attestation where hardware is demanded",
        |w| {
            w.policy.android_tee_only = true;
            w.android.attestation_level = 0;
        },
        Error::AndroidKeySecurityLevel,
    ),
    (
        "a software keymaster where hardware is demanded",
        |w| {
            w.policy.android_tee_only = true;
            w.android.keymaster_level = 0;
        },
        Error::AndroidKeySecurityLevel,
    ),
    (
        "an unlocked device",
        |w| {
            w.policy.android_locked_and_verified = true;
            w.android.set(704, root_of_trust(false, 0));
        },
        Error::AndroidKeyRootOfTrust("unlocked"),
    ),
    (
        "an unverified device",
        |w| {
            w.policy.android_locked_and_verified = true;
            w.android.set(704, root_of_trust(true, 2));
        },
        Error::AndroidKeyRootOfTrust("not verified"),
    ),
    (
        "no root of trust",
        |w| {
            w.policy.android_locked_and_verified = true;
            w.android.unset(704);
        },
        Error::AndroidKeyRootOfTrust("missing"),
    ),
    (
        "two roots of trust that differ",
        |w| w.android.software.push((704, root_of_trust(false, 0))),
        Error::AndroidKeyAuthorization("rootOfTrust"),
    ),
    (
        "an old device",
        |w| w.policy.android_min_patch_level = Some(202_608),
        Error::AndroidKeyPatchLevel,
    ),
    (
        "no patch level",
        |w| {
            w.policy.android_min_patch_level = Some(201_901);
            w.android.unset(706);
        },
        Error::AndroidKeyPatchLevel,
    ),
    (
        "a revoked intermediate",
        |w| {
            w.intermediate.serial = vec![0x00, 0xc0, 0xff, 0xee];
            status_list(
                w,
                r#"{"entries":{"c0ffee":{"status":"REVOKED","reason":"KEY_COMPROMISE"}}}"#,
            );
        },
        Error::CertificateRevoked,
    ),
    (
        "a suspended leaf",
        |w| {
            w.leaf.serial = vec![0x0b, 0xad];
            status_list(w, r#"{"entries":{"BAD":{"status":"SUSPENDED"}}}"#);
        },
        Error::CertificateRevoked,
    ),
    (
        "an intermediate that has expired",
        |w| w.intermediate.not_after = time("20260101000000Z"),
        Error::CertificateExpired,
    ),
];

#[test]
fn a_broken_statement_has_its_error() {
    each_mutation_has_its_error(World::android_key, STATEMENT);
}

#[test]
fn an_authorization_that_is_not_good_has_its_error() {
    each_mutation_has_its_error(World::android_key, AUTHORIZATIONS);
}

#[test]
fn a_malformed_description_has_its_error() {
    let level = |bad: u64| {
        let mut description = Description {
            attestation_level: bad,
            ..Description::default()
        };
        description.challenge = Some(vec![1; 32]);
        description.encode(&[])
    };
    let property = |number: u32, value: Vec<u8>| {
        let mut description = Description::default();
        description.set(number, value);
        description.encode(&[1; 32])
    };
    let good = Description::default().encode(&[1; 32]);
    let twice = {
        let mut description = Description::default();
        description.software.push((702, der::integer(0)));
        description.software.push((702, der::integer(0)));
        description.encode(&[1; 32])
    };
    assert!(KeyDescription::parse(&good).is_ok());
    for (name, bad) in [
        ("an unknown level", level(3)),
        ("bytes after", [good.clone(), vec![0]].concat()),
        ("cut", good[..good.len() - 1].to_vec()),
        ("empty", Vec::new()),
        ("a purpose that is no set", property(1, der::integer(2))),
        (
            "a purpose of texts",
            property(1, der::set(&[&der::utf8("2")])),
        ),
        (
            "all applications with a value",
            property(600, der::integer(0)),
        ),
        (
            "an origin with a value after",
            property(702, [der::integer(0), der::integer(0)].concat()),
        ),
        ("a negative origin", property(702, vec![0x02, 0x01, 0xff])),
        (
            "an origin with a zero in front",
            property(702, vec![0x02, 0x02, 0x00, 0x00]),
        ),
        ("an empty origin", property(702, Vec::new())),
        (
            "a root of trust cut short",
            property(704, der::sequence(&[&der::octets(&[1])])),
        ),
        (
            "a root of trust with another boolean",
            property(
                704,
                der::sequence(&[&der::octets(&[1]), &[1, 1, 1], &der::enumerated(0)]),
            ),
        ),
        ("a patch level as text", property(706, der::utf8("202607"))),
        ("a property twice", twice),
    ] {
        assert_eq!(
            KeyDescription::parse(&bad).unwrap_err(),
            malformed(),
            "{name}"
        );
    }
}

#[test]
fn what_devices_are_seen_to_do_is_accepted() {
    each_variation_is_accepted(
        World::android_key,
        &[
            ("a StrongBox", |w| {
                w.android.attestation_level = 2;
                w.android.keymaster_level = 2;
                w.policy.android_tee_only = true;
            }),
            ("origin and purpose from software", |w| {
                to_software(w, 1);
                to_software(w, 702);
            }),
            ("the same in both lists", |w| {
                w.android.software.push((702, der::integer(0)))
            }),
            ("an unknown property before known ones", |w| {
                w.android
                    .hardware
                    .insert(0, (723, der::sequence(&[&der::octets(b"new")])));
            }),
            ("a locked and verified device of this year", |w| {
                w.policy.android_locked_and_verified = true;
                w.policy.android_min_patch_level = Some(202_601);
            }),
            ("a root of trust without a hash", |w| {
                w.android.set(
                    704,
                    der::sequence(&[&der::octets(&[1]), &der::boolean(true), &der::enumerated(0)]),
                );
            }),
            (
                "an intermediate that has expired, where policy bears it",
                |w| {
                    w.policy.validity = ValidityPolicy::IgnoreExpiredIssuers;
                    w.intermediate.not_after = time("20260101000000Z");
                },
            ),
            ("a status list of others", |w| {
                status_list(w, r#"{"entries":{"c0ffee":{"status":"REVOKED"}}}"#);
            }),
        ],
    );
}

#[test]
fn every_algorithm_is_accepted() {
    let keys: &[fn() -> Key] = &[
        || Key::p256(0x31),
        || Key::p384(0x31),
        || Key::p521(0x31),
        || Key::rsa(true),
        || Key::ed25519(0x31),
    ];
    for key in keys {
        let (outcome, _) = World::android_key_with(*key).examine().unwrap();
        assert_eq!(outcome.attestation_type, AttestationType::Basic);
    }
}

#[test]
fn the_device_is_reported() {
    let (outcome, _) = World::android_key().examine().unwrap();
    assert_eq!(
        outcome.details,
        StatementDetails::AndroidKey {
            attestation_version: 300,
            attestation_security_level: SecurityLevel::TrustedEnvironment,
            keymaster_security_level: SecurityLevel::TrustedEnvironment,
            device_locked: Some(true),
            verified_boot_state: Some(0),
            os_patch_level: Some(202_607),
            vendor_patch_level: Some(20_260_705),
            boot_patch_level: Some(20_260_701),
        }
    );
}
