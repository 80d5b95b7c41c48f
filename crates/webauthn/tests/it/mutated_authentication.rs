//! Sign-ins, broken one by one: ownership, flags, counter, extensions.

use passkeyd_webauthn::extensions::{ClientExtensionOutputs, LargeBlobRequest, PrfInput};
use passkeyd_webauthn::options::UserVerification;
use passkeyd_webauthn::policy::{CounterPolicy, Requirement, Strictness, UserHandlePolicy};
use passkeyd_webauthn::{Algorithm, Observation};

use crate::authentication_case::{AuthenticationCase, ID};
use crate::cbor;
use crate::mutation::{Row, run};
use crate::registration_case::AttestedCase;

const OWNERSHIP: &[Row<AuthenticationCase>] = &[
    (
        "not one of those listed",
        |c| c.state.allow_credentials = vec![vec![9; 16]],
        "CredentialNotAllowed",
    ),
    (
        "one of those listed",
        |c| c.state.allow_credentials = vec![vec![9; 16], ID.to_vec()],
        "ok",
    ),
    (
        "another record",
        |c| c.stored.id[0] ^= 1,
        "CredentialNotFound",
    ),
    (
        "no user handle",
        |c| c.after = |r| r.user_handle = None,
        "UserHandleMissing",
    ),
    (
        "an empty user handle",
        |c| c.after = |r| r.user_handle = Some(Vec::new()),
        "UserHandleMissing",
    ),
    (
        "no user handle, optional",
        |c| {
            c.policy.user_handle = UserHandlePolicy::Optional;
            c.after = |r| r.user_handle = None
        },
        "ok",
    ),
    (
        "another user's handle",
        |c| c.after = |r| r.user_handle = Some(b"user-2".to_vec()),
        "UserHandleMismatch",
    ),
    (
        "another user's handle, optional",
        |c| {
            c.policy.user_handle = UserHandlePolicy::Optional;
            c.after = |r| r.user_handle = Some(b"user-2".to_vec())
        },
        "UserHandleMismatch",
    ),
    (
        "a handle of 65 bytes",
        |c| c.after = |r| r.user_handle = Some(vec![1; 65]),
        "UserHandleLength",
    ),
    (
        "somebody else's credential for a known user",
        |c| c.state.user_handle = Some(b"user-2".to_vec()),
        "UserHandleMismatch",
    ),
    (
        "a known user without handle",
        |c| {
            c.state.user_handle = Some(b"user-1".to_vec());
            c.after = |r| r.user_handle = None
        },
        "ok",
    ),
    (
        "a known user with another's handle",
        |c| {
            c.state.user_handle = Some(b"user-1".to_vec());
            c.after = |r| r.user_handle = Some(b"user-2".to_vec())
        },
        "UserHandleMismatch",
    ),
    (
        "the record of another relying party",
        |c| c.stored.rp_id = "example.org".into(),
        "CredentialOfAnotherRp",
    ),
];

#[test]
fn a_sign_in_of_the_wrong_owner_is_refused_by_name() {
    run(|| AuthenticationCase::new(Algorithm::Es256), OWNERSHIP);
}

fn attested(case: &mut AuthenticationCase) {
    case.data.flags |= 0x40;
    case.data.attested = Some(AttestedCase {
        aaguid: [0; 16],
        id: ID.to_vec(),
        length: None,
        cose: case.key.cose(),
    });
}

const DATA: &[Row<AuthenticationCase>] = &[
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
        "a byte after",
        |c| c.data.trailing = vec![0],
        "AuthenticatorDataTrailingData",
    ),
    (
        "33 KiB",
        |c| c.data.trailing = vec![0; 33 * 1024],
        "TooLarge(\"authenticatorData\")",
    ),
    (
        "AT",
        |c| c.data.flags |= 0x40,
        "AttestedCredentialDataUnexpected",
    ),
    (
        "attested data",
        attested,
        "AttestedCredentialDataUnexpected",
    ),
    (
        "attested data, reported",
        |c| {
            c.policy.attested_data_in_assertion = Strictness::Report;
            attested(c)
        },
        "ok",
    ),
    (
        "attested data without AT",
        |c| {
            attested(c);
            c.data.flags = 0x05
        },
        "AuthenticatorDataTrailingData",
    ),
    (
        "ED without extensions",
        |c| c.data.flags |= 0x80,
        "ExtensionDataMissing",
    ),
    (
        "extensions without ED",
        |c| c.data.extensions = cbor::map(&[(cbor::text("a"), cbor::int(1))]),
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
    ("UP clear", |c| c.data.flags = 0x04, "UserNotPresent"),
    ("UV clear", |c| c.data.flags = 0x01, "ok"),
    (
        "UV clear where required",
        |c| {
            c.state.ceremony.user_verification = UserVerification::Required;
            c.data.flags = 0x01
        },
        "UserNotVerified",
    ),
    (
        "UV clear where policy requires it",
        |c| {
            c.policy.require_user_verification = true;
            c.data.flags = 0x01
        },
        "UserNotVerified",
    ),
    (
        "UV clear where pinned",
        |c| {
            c.policy.pin_user_verification = true;
            c.stored.uv_initialized = true;
            c.data.flags = 0x01
        },
        "UserNotVerified",
    ),
    (
        "UV clear where it never was set",
        |c| {
            c.policy.pin_user_verification = true;
            c.data.flags = 0x01
        },
        "ok",
    ),
    (
        "BS without BE",
        |c| c.data.flags |= 0x10,
        "BackupFlagsInconsistent",
    ),
    (
        "BE has come",
        |c| c.data.flags |= 0x08,
        "BackupEligibilityChanged",
    ),
    (
        "BE has gone",
        |c| c.stored.backup_eligible = true,
        "BackupEligibilityChanged",
    ),
    (
        "BE and BS",
        |c| {
            c.stored.backup_eligible = true;
            c.data.flags |= 0x18
        },
        "ok",
    ),
    (
        "BS where forbidden",
        |c| {
            c.policy.backup_state = Requirement::Forbid;
            c.stored.backup_eligible = true;
            c.data.flags |= 0x18
        },
        "BackupStateNotAllowed",
    ),
    (
        "no BS where required",
        |c| c.policy.backup_state = Requirement::Require,
        "BackupStateNotAllowed",
    ),
];

#[test]
fn a_sign_in_with_broken_authenticator_data_is_refused_by_name() {
    run(|| AuthenticationCase::new(Algorithm::Es256), DATA);
}

const COUNTER: &[Row<AuthenticationCase>] = &[
    (
        "the same",
        |c| c.data.sign_count = 4,
        "SignatureCounterNotIncreased",
    ),
    (
        "less",
        |c| c.data.sign_count = 3,
        "SignatureCounterNotIncreased",
    ),
    (
        "zero after more",
        |c| c.data.sign_count = 0,
        "SignatureCounterNotIncreased",
    ),
    (
        "zero after zero",
        |c| {
            c.stored.sign_count = 0;
            c.data.sign_count = 0
        },
        "ok",
    ),
    (
        "one after zero",
        |c| {
            c.stored.sign_count = 0;
            c.data.sign_count = 1
        },
        "ok",
    ),
    ("the greatest", |c| c.data.sign_count = u32::MAX, "ok"),
    (
        "after the greatest",
        |c| {
            c.stored.sign_count = u32::MAX;
            c.data.sign_count = u32::MAX
        },
        "SignatureCounterNotIncreased",
    ),
    (
        "zero, which may pass",
        |c| {
            c.policy.counter = CounterPolicy::RefuseUnlessZero;
            c.data.sign_count = 0
        },
        "ok",
    ),
    (
        "less, where zero may pass",
        |c| {
            c.policy.counter = CounterPolicy::RefuseUnlessZero;
            c.data.sign_count = 3
        },
        "SignatureCounterNotIncreased",
    ),
    (
        "less, reported",
        |c| {
            c.policy.counter = CounterPolicy::ReportTakeReceived;
            c.data.sign_count = 3
        },
        "ok",
    ),
];

#[test]
fn a_counter_that_does_not_rise_is_refused_by_name() {
    run(|| AuthenticationCase::new(Algorithm::Es256), COUNTER);
}

#[test]
fn the_counter_to_store_follows_the_policy() {
    for (policy, received, stored) in [
        (CounterPolicy::Refuse, 9, 9),
        (CounterPolicy::RefuseUnlessZero, 0, 0),
        (CounterPolicy::ReportKeepGreater, 3, 4),
        (CounterPolicy::ReportTakeReceived, 3, 3),
        (CounterPolicy::Ignore, 3, 3),
    ] {
        let mut case = AuthenticationCase::new(Algorithm::Es256);
        case.policy.counter = policy;
        case.data.sign_count = received;
        assert_eq!(
            case.authenticate().unwrap().sign_count,
            stored,
            "{policy:?}"
        );
    }
}

#[test]
fn the_result_says_what_has_changed() {
    let mut case = AuthenticationCase::new(Algorithm::Es256);
    case.stored.backup_eligible = true;
    case.data.flags = 0x1d;
    let result = case.authenticate().unwrap();
    assert!(result.backed_up && result.user_verified && result.uv_may_rise);
    assert_eq!(result.observations, [Observation::BackupStateRose]);
    case.stored.backed_up = true;
    case.stored.uv_initialized = true;
    case.data.flags = 0x0d;
    let result = case.authenticate().unwrap();
    assert!(!result.backed_up && !result.uv_may_rise);
    assert_eq!(result.observations, [Observation::BackupStateFell]);
}

fn outputs(json: &str) -> ClientExtensionOutputs {
    ClientExtensionOutputs::from_json(json.as_bytes()).unwrap()
}

fn extension(case: &mut AuthenticationCase, id: &str, value: Vec<u8>) {
    case.data.flags |= 0x80;
    case.data.extensions = cbor::map(&[(cbor::text(id), value)]);
}

const APP_ID: &str = "https://example.com/u2f.json";

const EXTENSIONS: &[Row<AuthenticationCase>] = &[
    (
        "the AppID's hash unasked",
        |c| c.data.rp_id = APP_ID.into(),
        "RpIdHashMismatch",
    ),
    (
        "appid true unasked",
        |c| {
            c.data.rp_id = APP_ID.into();
            c.after = |r| r.client_extension_results = outputs(r#"{"appid":true}"#)
        },
        "ExtensionUnsolicited(\"appid\")",
    ),
    (
        "appid asked for and used",
        |c| {
            c.state.extensions.app_id = Some(APP_ID.into());
            c.data.rp_id = APP_ID.into();
            c.after = |r| r.client_extension_results = outputs(r#"{"appid":true}"#)
        },
        "ok",
    ),
    (
        "appid used, RP ID's hash",
        |c| {
            c.state.extensions.app_id = Some(APP_ID.into());
            c.after = |r| r.client_extension_results = outputs(r#"{"appid":true}"#)
        },
        "RpIdHashMismatch",
    ),
    (
        "appid not used, its hash",
        |c| {
            c.state.extensions.app_id = Some(APP_ID.into());
            c.data.rp_id = APP_ID.into();
            c.after = |r| r.client_extension_results = outputs(r#"{"appid":false}"#)
        },
        "RpIdHashMismatch",
    ),
    (
        "appid without output, its hash",
        |c| {
            c.state.extensions.app_id = Some(APP_ID.into());
            c.data.rp_id = APP_ID.into()
        },
        "RpIdHashMismatch",
    ),
    (
        "appid not used, RP ID's hash",
        |c| {
            c.state.extensions.app_id = Some(APP_ID.into());
            c.after = |r| r.client_extension_results = outputs(r#"{"appid":false}"#)
        },
        "ok",
    ),
    (
        "prf.enabled at sign-in",
        |c| {
            c.state.extensions.prf = Some(PrfInput::default());
            c.after = |r| r.client_extension_results = outputs(r#"{"prf":{"enabled":true}}"#)
        },
        "ExtensionMalformed(\"prf\")",
    ),
    (
        "PRF results where unwelcome",
        |c| {
            c.policy.refuse_prf_results = true;
            c.after = |r| {
                r.client_extension_results = outputs(
                    r#"{"prf":{"results":{"first":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}}"#,
                )
            }
        },
        "PrfResultsPresent",
    ),
    (
        "largeBlob.supported at sign-in",
        |c| {
            c.state.extensions.large_blob = Some(LargeBlobRequest::Read);
            c.after =
                |r| r.client_extension_results = outputs(r#"{"largeBlob":{"supported":true}}"#)
        },
        "ExtensionMalformed(\"largeBlob\")",
    ),
    (
        "a blob where one was to be written",
        |c| {
            c.state.extensions.large_blob = Some(LargeBlobRequest::Write(vec![1]));
            c.after = |r| r.client_extension_results = outputs(r#"{"largeBlob":{"blob":"AA"}}"#)
        },
        "ExtensionMalformed(\"largeBlob\")",
    ),
    (
        "written where one was to be read",
        |c| {
            c.state.extensions.large_blob = Some(LargeBlobRequest::Read);
            c.after = |r| r.client_extension_results = outputs(r#"{"largeBlob":{"written":true}}"#)
        },
        "ExtensionMalformed(\"largeBlob\")",
    ),
    (
        "a blob that was read",
        |c| {
            c.state.extensions.large_blob = Some(LargeBlobRequest::Read);
            c.after = |r| r.client_extension_results = outputs(r#"{"largeBlob":{"blob":"AA"}}"#)
        },
        "ok",
    ),
    (
        "credBlob of 33 bytes",
        |c| extension(c, "credBlob", cbor::bytes(&[1; 33])),
        "ExtensionMalformed(\"credBlob\")",
    ),
    (
        "credBlob true",
        |c| extension(c, "credBlob", cbor::TRUE.to_vec()),
        "ExtensionMalformed(\"credBlob\")",
    ),
    (
        "credBlob",
        |c| extension(c, "credBlob", cbor::bytes(&[1; 32])),
        "ok",
    ),
    (
        "hmac-secret of 33 bytes",
        |c| extension(c, "hmac-secret", cbor::bytes(&[1; 33])),
        "ExtensionMalformed(\"hmac-secret\")",
    ),
    (
        "hmac-secret",
        |c| extension(c, "hmac-secret", cbor::bytes(&[1; 80])),
        "ok",
    ),
    (
        "a signed output unasked",
        |c| {
            c.policy.unsolicited_extensions = Strictness::Refuse;
            extension(c, "credBlob", cbor::bytes(&[1]))
        },
        "ExtensionUnsolicited(\"credBlob\")",
    ),
    (
        "a signed output asked for",
        |c| {
            c.policy.unsolicited_extensions = Strictness::Refuse;
            c.state.extensions.get_cred_blob = true;
            extension(c, "credBlob", cbor::bytes(&[1]))
        },
        "ok",
    ),
    (
        "a required output missing",
        |c| c.policy.required_extensions = ["credBlob".to_owned()].into(),
        "ExtensionMissing(\"credBlob\")",
    ),
];

#[test]
fn a_sign_in_with_a_broken_extension_output_is_refused_by_name() {
    run(|| AuthenticationCase::new(Algorithm::Es256), EXTENSIONS);
}
