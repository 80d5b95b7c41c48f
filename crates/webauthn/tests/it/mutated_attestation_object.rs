//! Attestation objects, broken one by one.

use passkeyd_webauthn::Algorithm;
use passkeyd_webauthn::attestation::AttestationType;
use passkeyd_webauthn::options::AttestationConveyance;
use passkeyd_webauthn::policy::{AttestationPolicy, UnknownFormatPolicy};

use crate::cbor;
use crate::mutation::{Row, run};
use crate::registration_case::{RegistrationCase, object};

const OBJECT: &[Row<RegistrationCase>] = &[
    (
        "an empty id beside",
        |c| c.after = |r| r.id.clear(),
        "CredentialIdLength",
    ),
    (
        "an id of 1024 bytes beside",
        |c| c.after = |r| r.id = vec![1; 1024],
        "CredentialIdLength",
    ),
    (
        "another id beside",
        |c| c.after = |r| r.id[0] ^= 1,
        "CredentialIdMismatch",
    ),
    (
        "an empty object",
        |c| c.after = |r| r.attestation_object.clear(),
        "CborTruncated",
    ),
    (
        "65 KiB",
        |c| c.after = |r| r.attestation_object.resize(65 * 1024, 0),
        "TooLarge(\"attestationObject\")",
    ),
    (
        "a byte after the object",
        |c| c.after = |r| r.attestation_object.push(0),
        "CborTrailingData",
    ),
    (
        "the object cut short",
        |c| {
            c.after = |r| {
                r.attestation_object.pop();
            }
        },
        "CborTruncated",
    ),
    (
        "a tag around the object",
        |c| c.after = |r| r.attestation_object.insert(0, 0xc0),
        "CborTag",
    ),
    (
        "an array as object",
        |c| c.object = |_, s, d| cbor::array(&[s.to_vec(), cbor::bytes(d)]),
        "AttestationObjectMalformed",
    ),
    (
        "fmt missing",
        |c| {
            c.object = |_, s, d| {
                cbor::map(&[
                    (cbor::text("attStmt"), s.to_vec()),
                    (cbor::text("authData"), cbor::bytes(d)),
                ])
            }
        },
        "AttestationObjectMalformed",
    ),
    (
        "attStmt missing",
        |c| {
            c.object = |f, _, d| {
                cbor::map(&[
                    (cbor::text("fmt"), cbor::text(f)),
                    (cbor::text("authData"), cbor::bytes(d)),
                ])
            }
        },
        "AttestationObjectMalformed",
    ),
    (
        "authData missing",
        |c| {
            c.object = |f, s, _| {
                cbor::map(&[
                    (cbor::text("fmt"), cbor::text(f)),
                    (cbor::text("attStmt"), s.to_vec()),
                ])
            }
        },
        "AttestationObjectMalformed",
    ),
    (
        "an extra member",
        |c| {
            c.object = |f, s, d| {
                cbor::map(&[
                    (cbor::text("fmt"), cbor::text(f)),
                    (cbor::text("attStmt"), s.to_vec()),
                    (cbor::text("authData"), cbor::bytes(d)),
                    (cbor::text("zzzzzzzzz"), cbor::int(1)),
                ])
            }
        },
        "AttestationObjectMalformed",
    ),
    (
        "a number as key",
        |c| {
            c.object = |f, s, d| {
                cbor::map(&[
                    (cbor::int(1), cbor::text(f)),
                    (cbor::text("attStmt"), s.to_vec()),
                    (cbor::text("authData"), cbor::bytes(d)),
                ])
            }
        },
        "AttestationObjectMalformed",
    ),
    (
        "bytes as fmt",
        |c| {
            c.object = |f, s, d| {
                cbor::map(&[
                    (cbor::text("fmt"), cbor::bytes(f.as_bytes())),
                    (cbor::text("attStmt"), s.to_vec()),
                    (cbor::text("authData"), cbor::bytes(d)),
                ])
            }
        },
        "AttestationObjectMalformed",
    ),
    (
        "text as authData",
        |c| {
            c.object = |f, s, _| {
                cbor::map(&[
                    (cbor::text("fmt"), cbor::text(f)),
                    (cbor::text("attStmt"), s.to_vec()),
                    (cbor::text("authData"), cbor::text("x")),
                ])
            }
        },
        "AttestationObjectMalformed",
    ),
    (
        "a number as attStmt",
        |c| {
            c.object = |f, _, d| {
                cbor::map(&[
                    (cbor::text("fmt"), cbor::text(f)),
                    (cbor::text("attStmt"), cbor::int(0)),
                    (cbor::text("authData"), cbor::bytes(d)),
                ])
            }
        },
        "AttestationObjectMalformed",
    ),
    (
        "members unsorted",
        |c| {
            c.object = |f, s, d| {
                cbor::map(&[
                    (cbor::text("fmt"), cbor::text(f)),
                    (cbor::text("authData"), cbor::bytes(d)),
                    (cbor::text("attStmt"), s.to_vec()),
                ])
            }
        },
        "CborNotCanonical",
    ),
    (
        "the same under the knob",
        |c| {
            c.policy.noncanonical_envelope = true;
            c.object = |f, s, d| {
                cbor::map(&[
                    (cbor::text("fmt"), cbor::text(f)),
                    (cbor::text("authData"), cbor::bytes(d)),
                    (cbor::text("attStmt"), s.to_vec()),
                ])
            }
        },
        "ok",
    ),
    (
        "fmt twice",
        |c| {
            c.object = |f, s, d| {
                cbor::map(&[
                    (cbor::text("fmt"), cbor::text(f)),
                    (cbor::text("fmt"), cbor::text(f)),
                    (cbor::text("attStmt"), s.to_vec()),
                    (cbor::text("authData"), cbor::bytes(d)),
                ])
            }
        },
        "CborDuplicateKey",
    ),
    (
        "fmt twice under the knob",
        |c| {
            c.policy.noncanonical_envelope = true;
            c.object = |f, s, d| {
                cbor::map(&[
                    (cbor::text("fmt"), cbor::text(f)),
                    (cbor::text("fmt"), cbor::text(f)),
                    (cbor::text("attStmt"), s.to_vec()),
                    (cbor::text("authData"), cbor::bytes(d)),
                ])
            }
        },
        "CborDuplicateKey",
    ),
    (
        "an indefinite map",
        |c| {
            c.object = |f, s, d| {
                let mut o = object(f, s, d);
                o[0] = 0xbf;
                o.push(0xff);
                o
            }
        },
        "CborNotCanonical",
    ),
    (
        "the same under the knob",
        |c| {
            c.policy.noncanonical_envelope = true;
            c.object = |f, s, d| {
                let mut o = object(f, s, d);
                o[0] = 0xbf;
                o.push(0xff);
                o
            }
        },
        "ok",
    ),
    (
        "a map longer than needed",
        |c| {
            c.object = |f, s, d| {
                let mut o = object(f, s, d);
                o[0] = 0xb8;
                o.insert(1, 3);
                o
            }
        },
        "CborNotCanonical",
    ),
    (
        "the same under the knob",
        |c| {
            c.policy.noncanonical_envelope = true;
            c.object = |f, s, d| {
                let mut o = object(f, s, d);
                o[0] = 0xb8;
                o.insert(1, 3);
                o
            }
        },
        "ok",
    ),
    (
        "fmt of broken UTF-8",
        |c| {
            c.object = |_, s, d| {
                let mut o = object("none", s, d);
                o[6] = 0xff;
                o
            }
        },
        "CborMalformed",
    ),
    (
        "reserved additional information",
        |c| c.after = |r| r.attestation_object[0] = 0xbc,
        "CborMalformed",
    ),
    (
        "a length beyond the end",
        |c| c.object = |_, _, _| vec![0xa1, 0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        "CborTruncated",
    ),
    (
        "a map of billions",
        |c| c.object = |_, _, _| vec![0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        "CborTruncated",
    ),
    (
        "six containers in each other",
        |c| c.statement = Box::new(|_| vec![0x81, 0x81, 0x81, 0x81, 0x81, 0x01]),
        "CborTooDeep",
    ),
    (
        "an unknown format",
        |c| c.format = "unheard-of".into(),
        "AttestationFormatUnsupported(\"unheard-of\")",
    ),
    (
        "a format in capitals",
        |c| c.format = "None".into(),
        "AttestationFormatUnsupported",
    ),
    (
        "an unknown format, recorded",
        |c| {
            c.policy.unknown_format = UnknownFormatPolicy::RecordUnverified;
            c.format = "unheard-of".into()
        },
        "ok",
    ),
    (
        "the same where attestation was asked for",
        |c| {
            c.state.attestation = AttestationConveyance::Direct;
            c.policy.unknown_format = UnknownFormatPolicy::RecordUnverified;
            c.format = "unheard-of".into()
        },
        "AttestationFormatUnsupported",
    ),
    (
        "the same where it is recorded whatever was asked for",
        |c| {
            c.state.attestation = AttestationConveyance::Direct;
            c.policy.unknown_format = UnknownFormatPolicy::RecordAlways;
            c.format = "unheard-of".into()
        },
        "ok",
    ),
    (
        "a format that policy leaves out",
        |c| c.policy.allowed_formats = Some(["packed".to_owned()].into()),
        "AttestationFormatUnsupported(\"none\")",
    ),
    (
        "SafetyNet, which is off",
        |c| c.format = "android-safetynet".into(),
        "AttestationFormatUnsupported",
    ),
    (
        "none with a statement",
        |c| c.statement = Box::new(|_| cbor::map(&[(cbor::text("alg"), cbor::int(-7))])),
        "AttestationStatementMalformed",
    ),
    (
        "none with an array",
        |c| c.statement = Box::new(|_| cbor::array(&[])),
        "AttestationStatementMalformed",
    ),
    (
        "none where policy wants trust",
        |c| {
            c.policy.attestation = AttestationPolicy::RequireTrusted;
            c.policy.allowed_types = [AttestationType::Basic].into()
        },
        "AttestationTypeNotAllowed(None)",
    ),
];

#[test]
fn a_broken_attestation_object_is_refused_by_name() {
    run(|| RegistrationCase::none(Algorithm::Es256), OBJECT);
}
