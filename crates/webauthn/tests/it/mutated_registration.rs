//! Attestation objects, authenticator data, keys and policies of a registration, broken one by one.

use passkeyd_webauthn::attestation::AttestationType;
use passkeyd_webauthn::authenticator_data::Aaguid;
use passkeyd_webauthn::ceremony::Mediation;
use passkeyd_webauthn::extensions::{CredProtect, CredProtectLevel};
use passkeyd_webauthn::options::{AttestationConveyance, ResidentKey, UserVerification};
use passkeyd_webauthn::policy::{
    AaguidPolicy, AttestationPolicy, Requirement, Strictness, UnknownFormatPolicy,
};
use passkeyd_webauthn::response::AuthenticatorAttachment;
use passkeyd_webauthn::{Algorithm, Observation};

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

const DATA: &[Row<RegistrationCase>] = &[
    (
        "an empty one",
        |c| c.data.cut = Some(0),
        "AuthenticatorDataTooShort",
    ),
    (
        "36 bytes",
        |c| c.data.cut = Some(36),
        "AuthenticatorDataTooShort",
    ),
    (
        "37 bytes with AT",
        |c| c.data.cut = Some(37),
        "AttestedCredentialDataMissing",
    ),
    (
        "37 bytes without AT",
        |c| {
            c.data.flags = 0x05;
            c.data.cut = Some(37)
        },
        "AttestedCredentialDataMissing",
    ),
    (
        "AT clear, data there",
        |c| c.data.flags = 0x05,
        "AttestedCredentialDataMissing",
    ),
    (
        "an AAGUID cut short",
        |c| c.data.cut = Some(45),
        "AttestedCredentialDataMalformed",
    ),
    (
        "a length cut short",
        |c| c.data.cut = Some(54),
        "AttestedCredentialDataMalformed",
    ),
    (
        "an id cut short",
        |c| c.data.cut = Some(60),
        "AttestedCredentialDataMalformed",
    ),
    (
        "an id longer than its data",
        |c| c.attested().length = Some(1000),
        "AttestedCredentialDataMalformed",
    ),
    (
        "an empty id",
        |c| {
            c.attested().id.clear();
            c.after = |r| r.id = vec![1]
        },
        "CredentialIdLength",
    ),
    (
        "an id of 1023 bytes",
        |c| c.attested().id = vec![1; 1023],
        "ok",
    ),
    (
        "an id of 1024 bytes",
        |c| {
            c.attested().id = vec![1; 1024];
            c.after = |r| r.id = vec![1; 1023]
        },
        "CredentialIdLength",
    ),
    ("no key", |c| c.attested().cose.clear(), "CborTruncated"),
    (
        "a byte after",
        |c| c.data.trailing = vec![0],
        "AuthenticatorDataTrailingData",
    ),
    (
        "ED without extensions",
        |c| c.data.flags |= 0x80,
        "ExtensionDataMissing",
    ),
    (
        "extensions without ED",
        |c| c.data.extensions = cbor::map(&[(cbor::text("credProtect"), cbor::int(1))]),
        "AuthenticatorDataTrailingData",
    ),
    (
        "ED with an empty map",
        |c| {
            c.data.flags |= 0x80;
            c.data.extensions = cbor::map(&[])
        },
        "ExtensionDataMalformed",
    ),
    (
        "ED with an array",
        |c| {
            c.data.flags |= 0x80;
            c.data.extensions = cbor::array(&[])
        },
        "ExtensionDataMalformed",
    ),
    (
        "ED with a tag",
        |c| {
            c.data.flags |= 0x80;
            c.data.extensions = vec![0xc1, 0xa0]
        },
        "CborTag",
    ),
    (
        "an extension named by a number",
        |c| {
            c.data.flags |= 0x80;
            c.data.extensions = cbor::map(&[(cbor::int(1), cbor::int(1))])
        },
        "ExtensionDataMalformed",
    ),
    (
        "an extension named with a quote",
        |c| {
            c.data.flags |= 0x80;
            c.data.extensions = cbor::map(&[(cbor::text("a\"b"), cbor::int(1))])
        },
        "ExtensionDataMalformed",
    ),
    (
        "an extension's name too long",
        |c| {
            c.data.flags |= 0x80;
            c.data.extensions = cbor::map(&[(cbor::text(&"a".repeat(33)), cbor::int(1))])
        },
        "ExtensionDataMalformed",
    ),
    (
        "extensions unsorted",
        |c| {
            c.data.flags |= 0x80;
            c.data.extensions = cbor::map(&[
                (cbor::text("bb"), cbor::int(1)),
                (cbor::text("a"), cbor::int(1)),
            ])
        },
        "CborNotCanonical",
    ),
    (
        "extensions unsorted, under the envelope's knob",
        |c| {
            c.policy.noncanonical_envelope = true;
            c.data.flags |= 0x80;
            c.data.extensions = cbor::map(&[
                (cbor::text("bb"), cbor::int(1)),
                (cbor::text("a"), cbor::int(1)),
            ])
        },
        "CborNotCanonical",
    ),
    (
        "an extension twice",
        |c| {
            c.data.flags |= 0x80;
            c.data.extensions = cbor::map(&[
                (cbor::text("a"), cbor::int(1)),
                (cbor::text("a"), cbor::int(1)),
            ])
        },
        "CborDuplicateKey",
    ),
    (
        "an extension nested too deeply",
        |c| {
            c.data.flags |= 0x80;
            c.data.extensions = cbor::map(&[(cbor::text("a"), vec![0x81, 0x81, 0x81, 0x81, 1])])
        },
        "CborTooDeep",
    ),
    (
        "an unknown extension with a float",
        |c| {
            c.data.flags |= 0x80;
            c.data.extensions = cbor::map(&[(cbor::text("a"), vec![0xf9, 0x3c, 0])])
        },
        "ok",
    ),
    (
        "a byte after the extensions",
        |c| {
            c.data.flags |= 0x80;
            c.data.extensions = cbor::map(&[(cbor::text("a"), cbor::int(1))]);
            c.data.trailing = vec![0]
        },
        "AuthenticatorDataTrailingData",
    ),
    (
        "the reserved bit 1",
        |c| c.data.flags |= 0x02,
        "AuthenticatorDataReservedFlags",
    ),
    (
        "the reserved bit 5",
        |c| c.data.flags |= 0x20,
        "AuthenticatorDataReservedFlags",
    ),
    (
        "a reserved bit, reported",
        |c| {
            c.policy.reserved_flags = Strictness::Report;
            c.data.flags |= 0x20
        },
        "ok",
    ),
    (
        "another RP ID",
        |c| c.data.rp_id = "example.org".into(),
        "RpIdHashMismatch",
    ),
    (
        "the origin as RP ID",
        |c| c.data.rp_id = "https://example.com".into(),
        "RpIdHashMismatch",
    ),
    ("UP clear", |c| c.data.flags = 0x44, "UserNotPresent"),
    (
        "UP clear in a conditional creation",
        |c| {
            c.state.mediation = Mediation::Conditional;
            c.data.flags = 0x40
        },
        "ok",
    ),
    ("UV clear", |c| c.data.flags = 0x41, "ok"),
    (
        "UV clear where required",
        |c| {
            c.state.ceremony.user_verification = UserVerification::Required;
            c.data.flags = 0x41
        },
        "UserNotVerified",
    ),
    (
        "UV clear where policy requires it",
        |c| {
            c.policy.require_user_verification = true;
            c.data.flags = 0x41
        },
        "UserNotVerified",
    ),
    (
        "BS without BE",
        |c| c.data.flags |= 0x10,
        "BackupFlagsInconsistent",
    ),
    ("BE and BS", |c| c.data.flags |= 0x18, "ok"),
    (
        "BE where forbidden",
        |c| {
            c.policy.backup_eligible = Requirement::Forbid;
            c.data.flags |= 0x08
        },
        "BackupEligibilityNotAllowed",
    ),
    (
        "no BE where required",
        |c| c.policy.backup_eligible = Requirement::Require,
        "BackupEligibilityNotAllowed",
    ),
    (
        "BS where forbidden",
        |c| {
            c.policy.backup_state = Requirement::Forbid;
            c.data.flags |= 0x18
        },
        "BackupStateNotAllowed",
    ),
    (
        "no BS where required",
        |c| {
            c.policy.backup_state = Requirement::Require;
            c.data.flags |= 0x08
        },
        "BackupStateNotAllowed",
    ),
    (
        "an algorithm that was not offered",
        |c| c.state.algorithms = vec![Algorithm::EdDsa, Algorithm::Rs256],
        "AlgorithmNotRequested(-7)",
    ),
    (
        "33 KiB of authenticator data",
        |c| {
            c.policy.limits.authenticator_data = 100;
            c.data.flags = 0x45
        },
        "TooLarge(\"authenticatorData\")",
    ),
    (
        "a model that is not on the list",
        |c| c.policy.aaguids = AaguidPolicy::Allow([Aaguid([1; 16])].into()),
        "AaguidNotAllowed",
    ),
    (
        "a model on the list",
        |c| c.policy.aaguids = AaguidPolicy::Allow([Aaguid([0xaa; 16])].into()),
        "ok",
    ),
    (
        "the zero model against a list",
        |c| {
            c.attested().aaguid = [0; 16];
            c.policy.aaguids = AaguidPolicy::Allow([Aaguid([0; 16])].into())
        },
        "AaguidNotAllowed",
    ),
    (
        "a model that is denied",
        |c| c.policy.aaguids = AaguidPolicy::Deny([Aaguid([0xaa; 16])].into()),
        "AaguidNotAllowed",
    ),
    (
        "a model without metadata",
        |c| c.policy.aaguids = AaguidPolicy::InMetadata,
        "AaguidNotAllowed",
    ),
    (
        "another copy of the authenticator data",
        |c| c.after = |r| r.copies.authenticator_data = Some(vec![1]),
        "ConvenienceCopyMismatch(\"authenticatorData\")",
    ),
    (
        "another copy of the algorithm",
        |c| c.after = |r| r.copies.public_key_algorithm = Some(-8),
        "ConvenienceCopyMismatch(\"publicKeyAlgorithm\")",
    ),
    (
        "another copy of the key",
        |c| c.after = |r| r.copies.public_key = Some(vec![0x30, 0]),
        "ConvenienceCopyMismatch(\"publicKey\")",
    ),
    (
        "another attachment",
        |c| {
            c.state.authenticator_attachment = Some(AuthenticatorAttachment::Platform);
            c.after = |r| r.authenticator_attachment = Some(AuthenticatorAttachment::CrossPlatform)
        },
        "AttachmentMismatch",
    ),
    (
        "no attachment",
        |c| c.state.authenticator_attachment = Some(AuthenticatorAttachment::Platform),
        "ok",
    ),
    (
        "not discoverable",
        |c| {
            c.state.resident_key = ResidentKey::Required;
            c.after = |r| r.client_extension_results = outputs(r#"{"credProps":{"rk":false}}"#)
        },
        "ok",
    ),
    (
        "the same, refused",
        |c| {
            c.policy.discoverable = Strictness::Refuse;
            c.state.resident_key = ResidentKey::Required;
            c.after = |r| r.client_extension_results = outputs(r#"{"credProps":{"rk":false}}"#)
        },
        "NotDiscoverable",
    ),
    (
        "discoverable or not, nobody knows",
        |c| {
            c.policy.discoverable = Strictness::Refuse;
            c.state.resident_key = ResidentKey::Required;
            c.after = |r| r.client_extension_results = outputs(r#"{"credProps":{}}"#)
        },
        "ok",
    ),
];

fn outputs(json: &str) -> passkeyd_webauthn::extensions::ClientExtensionOutputs {
    passkeyd_webauthn::extensions::ClientExtensionOutputs::from_json(json.as_bytes()).unwrap()
}

#[test]
fn broken_authenticator_data_is_refused_by_name() {
    run(|| RegistrationCase::none(Algorithm::Es256), DATA);
}

fn extension(case: &mut RegistrationCase, id: &str, value: Vec<u8>) {
    case.data.flags |= 0x80;
    case.data.extensions = cbor::map(&[(cbor::text(id), value)]);
}

fn protect(case: &mut RegistrationCase, enforce: bool) {
    case.state.extensions.cred_protect = Some(CredProtect {
        level: CredProtectLevel::UserVerificationRequired,
        enforce,
    });
}

const EXTENSIONS: &[Row<RegistrationCase>] = &[
    (
        "credProtect 0",
        |c| extension(c, "credProtect", cbor::int(0)),
        "ExtensionMalformed(\"credProtect\")",
    ),
    (
        "credProtect 4",
        |c| extension(c, "credProtect", cbor::int(4)),
        "ExtensionMalformed(\"credProtect\")",
    ),
    (
        "credProtect as text",
        |c| extension(c, "credProtect", cbor::text("3")),
        "ExtensionMalformed(\"credProtect\")",
    ),
    (
        "credProtect missing though enforced",
        |c| protect(c, true),
        "CredProtectNotEnforced",
    ),
    (
        "credProtect weaker than enforced",
        |c| {
            protect(c, true);
            extension(c, "credProtect", cbor::int(2))
        },
        "CredProtectNotEnforced",
    ),
    (
        "credProtect as enforced",
        |c| {
            protect(c, true);
            extension(c, "credProtect", cbor::int(3))
        },
        "ok",
    ),
    (
        "credProtect weaker, not enforced",
        |c| {
            protect(c, false);
            extension(c, "credProtect", cbor::int(1))
        },
        "ok",
    ),
    (
        "minPinLength 3",
        |c| extension(c, "minPinLength", cbor::int(3)),
        "ExtensionMalformed(\"minPinLength\")",
    ),
    (
        "minPinLength 64",
        |c| extension(c, "minPinLength", cbor::int(64)),
        "ExtensionMalformed(\"minPinLength\")",
    ),
    (
        "minPinLength below policy",
        |c| {
            c.policy.min_pin_length = Some(6);
            extension(c, "minPinLength", cbor::int(4))
        },
        "MinPinLengthTooShort",
    ),
    (
        "minPinLength as policy",
        |c| {
            c.policy.min_pin_length = Some(6);
            extension(c, "minPinLength", cbor::int(6))
        },
        "ok",
    ),
    (
        "credBlob as bytes",
        |c| extension(c, "credBlob", cbor::bytes(&[1])),
        "ExtensionMalformed(\"credBlob\")",
    ),
    (
        "hmac-secret as bytes",
        |c| extension(c, "hmac-secret", cbor::bytes(&[1])),
        "ExtensionMalformed(\"hmac-secret\")",
    ),
    (
        "hmac-secret-mc too short",
        |c| extension(c, "hmac-secret-mc", cbor::bytes(&[1])),
        "ExtensionMalformed(\"hmac-secret-mc\")",
    ),
    (
        "hmac-secret-mc",
        |c| extension(c, "hmac-secret-mc", cbor::bytes(&[1; 48])),
        "ok",
    ),
    (
        "uvm empty",
        |c| extension(c, "uvm", cbor::array(&[])),
        "ExtensionMalformed(\"uvm\")",
    ),
    (
        "uvm of pairs",
        |c| {
            extension(
                c,
                "uvm",
                cbor::array(&[cbor::array(&[cbor::int(1), cbor::int(1)])]),
            )
        },
        "ExtensionMalformed(\"uvm\")",
    ),
    (
        "uvm",
        |c| {
            extension(
                c,
                "uvm",
                cbor::array(&[cbor::array(&[cbor::int(2), cbor::int(4), cbor::int(2)])]),
            )
        },
        "ok",
    ),
    (
        "thirdPartyPayment as number",
        |c| extension(c, "thirdPartyPayment", cbor::int(1)),
        "ExtensionMalformed(\"thirdPartyPayment\")",
    ),
    (
        "a signed output unasked",
        |c| {
            c.policy.unsolicited_extensions = Strictness::Refuse;
            extension(c, "credProtect", cbor::int(1))
        },
        "ExtensionUnsolicited(\"credProtect\")",
    ),
    (
        "an unknown signed output unasked",
        |c| {
            c.policy.unsolicited_extensions = Strictness::Refuse;
            extension(c, "devicePubKey", cbor::int(1))
        },
        "ExtensionUnsolicited(\"devicePubKey\")",
    ),
    (
        "a client output unasked",
        |c| {
            c.policy.unsolicited_extensions = Strictness::Refuse;
            c.after = |r| r.client_extension_results = outputs(r#"{"credProps":{"rk":true}}"#)
        },
        "ExtensionUnsolicited(\"credProps\")",
    ),
    (
        "an unknown client output unasked",
        |c| {
            c.policy.unsolicited_extensions = Strictness::Refuse;
            c.after = |r| r.client_extension_results = outputs(r#"{"x":1}"#)
        },
        "ExtensionUnsolicited(\"x\")",
    ),
    (
        "a client output unasked, ignored",
        |c| {
            c.after = |r| r.client_extension_results = outputs(r#"{"credProps":{"rk":true},"x":1}"#)
        },
        "ok",
    ),
    (
        "a required output missing",
        |c| c.policy.required_extensions = ["credProps".to_owned()].into(),
        "ExtensionMissing(\"credProps\")",
    ),
    (
        "a required output there",
        |c| {
            c.policy.required_extensions = ["credProps".to_owned()].into();
            c.after = |r| r.client_extension_results = outputs(r#"{"credProps":{"rk":true}}"#)
        },
        "ok",
    ),
    (
        "PRF results where unwelcome",
        |c| {
            c.policy.refuse_prf_results = true;
            c.after = |r| {
                r.client_extension_results = outputs(
                    r#"{"prf":{"enabled":true,"results":{"first":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}}"#,
                )
            }
        },
        "PrfResultsPresent",
    ),
    (
        "PRF enabled",
        |c| {
            c.policy.refuse_prf_results = true;
            c.after = |r| r.client_extension_results = outputs(r#"{"prf":{"enabled":true}}"#)
        },
        "ok",
    ),
    (
        "a blob at registration",
        |c| c.after = |r| r.client_extension_results = outputs(r#"{"largeBlob":{"blob":"AA"}}"#),
        "ExtensionMalformed(\"largeBlob\")",
    ),
    (
        "a browser-bound signature without its key",
        |c| {
            c.after = |r| {
                r.client_extension_results =
                    outputs(r#"{"payment":{"browserBoundSignature":{"signature":"AA"}}}"#)
            }
        },
        "BrowserBoundSignatureInvalid",
    ),
    (
        "a browser-bound key without its signature",
        |c| {
            c.client_data
                .add("payment", "{\"browserBoundPublicKey\":\"AA\"}")
        },
        "BrowserBoundSignatureInvalid",
    ),
    (
        "a broken browser-bound key",
        |c| {
            c.client_data
                .add("payment", "{\"browserBoundPublicKey\":\"AA\"}");
            c.after = |r| {
                r.client_extension_results =
                    outputs(r#"{"payment":{"browserBoundSignature":{"signature":"AA"}}}"#)
            }
        },
        "BrowserBoundSignatureInvalid",
    ),
    (
        "a payment member that is no object",
        |c| c.client_data.add("payment", "1"),
        "ClientDataMalformed(\"payment\")",
    ),
];

#[test]
fn a_broken_extension_output_is_refused_by_name() {
    run(|| RegistrationCase::none(Algorithm::Es256), EXTENSIONS);
}

#[test]
fn what_policy_lets_pass_is_observed() {
    let mut case = RegistrationCase::none(Algorithm::Es256);
    case.policy.reserved_flags = Strictness::Report;
    case.policy.unsolicited_extensions = Strictness::Report;
    case.policy.attachment = Strictness::Report;
    case.state.mediation = Mediation::Conditional;
    case.state.resident_key = ResidentKey::Required;
    case.state.authenticator_attachment = Some(AuthenticatorAttachment::Platform);
    case.data.flags = 0x62;
    case.after = |response| {
        response.client_extension_results = outputs(r#"{"credProps":{"rk":false}}"#);
        response.authenticator_attachment = Some(AuthenticatorAttachment::CrossPlatform);
    };
    let observations = case.register().unwrap().observations;
    assert_eq!(
        observations,
        [
            Observation::ReservedFlags(0x22),
            Observation::UserNotPresent,
            Observation::ExtensionUnsolicited("credProps".into()),
            Observation::AttachmentMismatch,
            Observation::NotDiscoverable,
        ]
    );
}
