//! Authenticator data and wishes of a registration, broken one by one.

use passkeyd_webauthn::authenticator_data::Aaguid;
use passkeyd_webauthn::ceremony::Mediation;
use passkeyd_webauthn::options::{ResidentKey, UserVerification};
use passkeyd_webauthn::policy::{AaguidPolicy, Requirement, Strictness};
use passkeyd_webauthn::response::AuthenticatorAttachment;
use passkeyd_webauthn::{Algorithm, Observation};

use crate::cbor;
use crate::mutation::{Row, run};
use crate::registration_case::RegistrationCase;

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
        "ED with an empty map, reported",
        |c| {
            c.policy.empty_extension_map = Strictness::Report;
            c.data.flags |= 0x80;
            c.data.extensions = cbor::map(&[])
        },
        "ok",
    ),
    (
        "ED with an empty map, reported, and a byte after it",
        |c| {
            c.policy.empty_extension_map = Strictness::Report;
            c.data.flags |= 0x80;
            c.data.extensions = cbor::map(&[]);
            c.data.trailing = vec![0]
        },
        "AuthenticatorDataTrailingData",
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

#[test]
fn what_policy_lets_pass_is_observed() {
    let mut case = RegistrationCase::none(Algorithm::Es256);
    case.policy.reserved_flags = Strictness::Report;
    case.policy.unsolicited_extensions = Strictness::Report;
    case.policy.attachment = Strictness::Report;
    case.state.mediation = Mediation::Conditional;
    case.state.resident_key = ResidentKey::Required;
    case.state.authenticator_attachment = Some(AuthenticatorAttachment::Platform);
    case.policy.empty_extension_map = Strictness::Report;
    case.data.flags = 0xe2;
    case.data.extensions = cbor::map(&[]);
    case.after = |response| {
        response.client_extension_results = outputs(r#"{"credProps":{"rk":false}}"#);
        response.authenticator_attachment = Some(AuthenticatorAttachment::CrossPlatform);
    };
    let observations = case.register().unwrap().observations;
    assert_eq!(
        observations,
        [
            Observation::ReservedFlags(0x22),
            Observation::EmptyExtensionMap,
            Observation::UserNotPresent,
            Observation::ExtensionUnsolicited("credProps".into()),
            Observation::AttachmentMismatch,
            Observation::NotDiscoverable,
        ]
    );
}
