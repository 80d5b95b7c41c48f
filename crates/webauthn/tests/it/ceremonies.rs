//! Options, states and records: made, written, read, and refused.

use jiff::SignedDuration;
use passkeyd_webauthn::extensions::{
    CredProtect, CredProtectLevel, LargeBlobRequest, LargeBlobSupport, PaymentRegistration,
    PrfEval, PrfInput, prf_salt,
};
use passkeyd_webauthn::options::{
    CredentialDescriptor, Hint, PublicKeyCredentialCreationOptions,
    PublicKeyCredentialRequestOptions, ResidentKey, UserEntity,
};
use passkeyd_webauthn::payment::{Amount, ExpectedPayment, Instrument};
use passkeyd_webauthn::response::AuthenticatorAttachment;
use passkeyd_webauthn::{
    Algorithm, AuthenticationRequest, AuthenticationState, CredentialRecord, Error,
    RegistrationRequest, RegistrationState, RelyingParty, plausible_credentials,
};
use serde_json::json;

use crate::authentication_case::AuthenticationCase;
use crate::registration_case::{RegistrationCase, now};

fn rp() -> RelyingParty {
    RelyingParty::new("example.com", "Example", ["https://example.com"]).unwrap()
}

fn request() -> RegistrationRequest {
    RegistrationRequest::new(UserEntity::new(vec![1; 16], "ann", "Ann"))
}

fn start(
    request: RegistrationRequest,
) -> Result<(PublicKeyCredentialCreationOptions, RegistrationState), Error> {
    rp().start_registration(request, vec![7; 32], now())
}

#[test]
fn creation_options_have_the_members_that_browsers_read() {
    let mut request = request();
    request.exclude_credentials = vec![CredentialDescriptor::new(vec![2], &["usb".to_owned()])];
    let (options, _) = start(request).unwrap();
    let json: serde_json::Value = serde_json::from_str(&options.to_json().unwrap()).unwrap();
    assert_eq!(
        json,
        json!({
            "rp": {"id": "example.com", "name": "Example"},
            "user": {"id": "AQEBAQEBAQEBAQEBAQEBAQ", "name": "ann", "displayName": "Ann"},
            "challenge": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
            "pubKeyCredParams": [
                {"type": "public-key", "alg": -8},
                {"type": "public-key", "alg": -7},
                {"type": "public-key", "alg": -257},
            ],
            "timeout": 300_000,
            "excludeCredentials": [{"type": "public-key", "id": "Ag", "transports": ["usb"]}],
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": true,
                "userVerification": "preferred",
            },
            "attestation": "none",
            "extensions": {"credProps": true},
        })
    );
}

#[test]
fn options_survive_their_json_form() {
    let mut request = request();
    request.hints = vec![Hint::SecurityKey, Hint::Hybrid];
    request.attestation_formats = vec!["packed".to_owned()];
    request.extensions.prf = Some(PrfInput::default());
    request.extensions.large_blob = Some(LargeBlobSupport::Preferred);
    request.extensions.cred_protect = Some(CredProtect {
        level: CredProtectLevel::UserVerificationRequired,
        enforce: true,
    });
    request.extensions.payment = Some(PaymentRegistration {
        browser_bound_algorithms: vec![-7],
    });
    request.extensions.cred_blob = Some(vec![1; 32]);
    let (options, state) = start(request).unwrap();
    assert_eq!(
        options.authenticator_selection.authenticator_attachment,
        Some(AuthenticatorAttachment::CrossPlatform)
    );
    assert_eq!(
        options.extensions["credentialProtectionPolicy"],
        json!("userVerificationRequired")
    );
    assert_eq!(
        options.extensions["payment"],
        json!({"isPayment": true, "browserBoundPubKeyCredParams": [{"type": "public-key", "alg": -7}]})
    );
    let read = PublicKeyCredentialCreationOptions::from_json(&options.to_json().unwrap());
    assert_eq!(read, Ok(options));
    assert_eq!(
        RegistrationState::from_bytes(&state.to_bytes().unwrap()),
        Ok(state)
    );

    let mut request =
        AuthenticationRequest::for_user(vec![1], vec![CredentialDescriptor::new(vec![2], &[])]);
    request.extensions.large_blob = Some(LargeBlobRequest::Write(vec![3]));
    request.extensions.app_id = Some("https://example.com".to_owned());
    let (options, state) = rp()
        .start_authentication(request, vec![7; 32], now())
        .unwrap();
    assert_eq!(options.extensions["largeBlob"], json!({"write": "Aw"}));
    let read = PublicKeyCredentialRequestOptions::from_json(&options.to_json().unwrap());
    assert_eq!(read, Ok(options));
    assert_eq!(
        AuthenticationState::from_bytes(&state.to_bytes().unwrap()),
        Ok(state)
    );
}

#[test]
fn options_that_no_browser_takes_are_refused() {
    type Change = fn(&mut RegistrationRequest);
    type Ask = fn(&mut AuthenticationRequest);
    let rows: &[(Change, &str)] = &[
        (|r| r.user.id.clear(), "user.id"),
        (|r| r.user.id = vec![1; 65], "user.id"),
        (|r| r.algorithms.clear(), "pubKeyCredParams"),
        (
            |r| r.algorithms = vec![Algorithm::Es256, Algorithm::Es256],
            "pubKeyCredParams",
        ),
        (|r| r.algorithms = vec![Algorithm::Rs1], "pubKeyCredParams"),
        (|r| r.timeout = SignedDuration::ZERO, "timeout"),
        (|r| r.timeout = SignedDuration::from_secs(-1), "timeout"),
        (|r| r.timeout = SignedDuration::MAX, "timeout"),
        (
            |r| r.extensions.app_id_exclude = Some("http://example.com".into()),
            "appidExclude",
        ),
        (|r| r.extensions.cred_blob = Some(vec![1; 33]), "credBlob"),
        (
            |r| {
                let mut prf = PrfInput::default();
                prf.eval_by_credential = [("AA".to_owned(), PrfEval::default())].into();
                r.extensions.prf = Some(prf);
            },
            "prf",
        ),
    ];
    for (change, option) in rows {
        let mut request = request();
        change(&mut request);
        assert_eq!(
            start(request).map(drop).unwrap_err(),
            Error::OptionInvalid(option)
        );
    }
    let short = rp().start_registration(request(), vec![7; 15], now());
    assert_eq!(short.map(drop), Err(Error::OptionInvalid("challenge")));

    let rows: &[(Ask, &str)] = &[
        (
            |r| r.extensions.app_id = Some("https://example.com".into()),
            "appid",
        ),
        (
            |r| r.extensions.large_blob = Some(LargeBlobRequest::Write(vec![1])),
            "largeBlob",
        ),
        (
            |r| {
                let mut prf = PrfInput::default();
                prf.eval_by_credential = [("AA".to_owned(), PrfEval::default())].into();
                r.extensions.prf = Some(prf);
            },
            "prf",
        ),
    ];
    for (change, option) in rows {
        let mut request = AuthenticationRequest::discoverable();
        change(&mut request);
        let result = rp().start_authentication(request, vec![7; 32], now());
        assert_eq!(result.map(drop), Err(Error::OptionInvalid(option)));
    }
}

#[test]
fn options_with_a_member_twice_are_refused() {
    let (options, _) = start(request()).unwrap();
    let twice = options
        .to_json()
        .unwrap()
        .replacen('{', "{\"x\":1,\"x\":2,", 1);
    assert!(PublicKeyCredentialCreationOptions::from_json(&twice).is_err());
}

#[test]
fn hints_and_names_go_out_as_the_request_wants_them() {
    let mut request = RegistrationRequest::new(UserEntity::new(vec![1; 16], &"é".repeat(40), ""));
    request.hints = vec![Hint::ClientDevice];
    let (options, state) = start(request.clone()).unwrap();
    let asked = options.authenticator_selection.authenticator_attachment;
    assert_eq!(asked, Some(AuthenticatorAttachment::Platform));
    assert_eq!(state.authenticator_attachment, asked);
    assert_eq!(options.user.name, "é".repeat(32));

    request.attachment_from_hints = false;
    request.name_limit = None;
    let (options, state) = start(request).unwrap();
    let asked = options.authenticator_selection.authenticator_attachment;
    assert_eq!((asked, state.authenticator_attachment), (None, None));
    assert_eq!(options.hints, [Hint::ClientDevice]);
    assert_eq!(options.user.name, "é".repeat(40));
}

#[test]
fn contradicting_hints_leave_the_attachment_open() {
    let mut request = request();
    request.hints = vec![Hint::ClientDevice, Hint::SecurityKey];
    let (options, state) = start(request).unwrap();
    assert_eq!(
        options.authenticator_selection.authenticator_attachment,
        Some(AuthenticatorAttachment::Platform)
    );
    assert_eq!(state.authenticator_attachment, None);
}

#[test]
fn only_a_required_resident_key_is_required_of_level_1_clients() {
    let mut request = request();
    request.resident_key = ResidentKey::Preferred;
    assert!(
        !start(request)
            .unwrap()
            .0
            .authenticator_selection
            .require_resident_key
    );
}

fn payment() -> ExpectedPayment {
    let total = Amount {
        currency: "EUR".to_owned(),
        value: "10.00".to_owned(),
    };
    let instrument = Instrument {
        display_name: "Card".to_owned(),
        icon: "https://bank.example/card.png".to_owned(),
        details: None,
        icon_must_be_shown: None,
    };
    ExpectedPayment::new(
        "https://shop.example".to_owned(),
        Some("Shop".to_owned()),
        total,
        instrument,
    )
}

#[test]
fn a_state_is_read_as_its_own_kind_only() {
    let registration = start(request()).unwrap().1.to_bytes().unwrap();
    let mut sign_in = AuthenticationCase::new(Algorithm::Es256).state;
    let authentication = sign_in.to_bytes().unwrap();
    sign_in.payment = Some(payment());
    let paying = sign_in.to_bytes().unwrap();
    let mismatch = Err(Error::CeremonyKindMismatch);
    assert_eq!(
        RegistrationState::from_bytes(&authentication).map(drop),
        mismatch
    );
    assert_eq!(RegistrationState::from_bytes(&paying).map(drop), mismatch);
    assert_eq!(
        AuthenticationState::from_bytes(&registration).map(drop),
        mismatch
    );
    assert_eq!(AuthenticationState::from_bytes(&paying).map(drop), mismatch);
    assert_eq!(
        AuthenticationState::payment_from_bytes(&authentication).map(drop),
        mismatch
    );
    assert_eq!(
        AuthenticationState::payment_from_bytes(&paying),
        Ok(sign_in)
    );
    let relabelled = [&[1, b'a'], &paying[2..]].concat();
    assert_eq!(
        AuthenticationState::from_bytes(&relabelled).map(drop),
        mismatch
    );
}

#[test]
fn a_state_that_is_broken_or_of_another_version_is_refused() {
    let mut bytes = start(request()).unwrap().1.to_bytes().unwrap();
    assert_eq!(
        RegistrationState::from_bytes(&[]).map(drop),
        Err(Error::CeremonyStateMalformed)
    );
    let cut = &bytes[..bytes.len() - 1];
    assert_eq!(
        RegistrationState::from_bytes(cut).map(drop),
        Err(Error::CeremonyStateMalformed)
    );
    bytes[0] = 9;
    assert_eq!(
        RegistrationState::from_bytes(&bytes).map(drop),
        Err(Error::VersionUnsupported(9))
    );
}

#[test]
fn a_record_is_written_and_read() {
    let record = RegistrationCase::packed_self(Algorithm::Es256)
        .register()
        .unwrap()
        .credential;
    let mut bytes = record.to_bytes().unwrap();
    assert_eq!(CredentialRecord::from_bytes(&bytes), Ok(record));
    bytes[0] = 2;
    assert_eq!(
        CredentialRecord::from_bytes(&bytes),
        Err(Error::VersionUnsupported(2))
    );
    assert_eq!(
        CredentialRecord::from_bytes(&bytes[..0]),
        Err(Error::CredentialRecordMalformed)
    );
}

#[test]
fn a_record_keeps_the_ceremony_where_policy_says_so() {
    let mut case = RegistrationCase::none(Algorithm::Es256);
    assert_eq!(case.register().unwrap().credential.attestation_object, None);
    case.policy.keep_attestation_object = true;
    let (response, record) = (case.response(), case.register().unwrap().credential);
    assert_eq!(record.attestation_object, Some(response.attestation_object));
    assert_eq!(record.client_data_json, Some(response.client_data_json));
}

#[test]
fn an_unknown_user_has_the_same_made_up_credentials_at_each_try() {
    let secret = [9; 32];
    let first = plausible_credentials(&secret, "nobody");
    assert_eq!(first, plausible_credentials(&secret, "nobody"));
    assert_ne!(first, plausible_credentials(&secret, "somebody"));
    assert_ne!(first, plausible_credentials(&[8; 32], "nobody"));
    assert!(first.iter().all(|credential| credential.id.len() == 32));
}

#[test]
fn a_ceremony_is_named_by_its_challenge() {
    let (_, one) = start(request()).unwrap();
    let (_, other) = rp()
        .start_registration(request(), vec![8; 32], now())
        .unwrap();
    assert_eq!(one.ceremony.id(), one.ceremony.id());
    assert_ne!(one.ceremony.id(), other.ceremony.id());
}

#[test]
fn a_prf_input_is_salted_for_the_authenticator() {
    let expected = ring::digest::digest(&ring::digest::SHA256, b"WebAuthn PRF\x00input");
    assert_eq!(prf_salt(b"input").as_slice(), expected.as_ref());
}
