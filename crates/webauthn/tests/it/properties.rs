//! Promises about every input: no panic, canonical forms only, no changed byte accepted.

use passkeyd_webauthn::attestation::AttestationObject;
use passkeyd_webauthn::authenticator_data::AuthenticatorData;
use passkeyd_webauthn::client_data::ClientData;
use passkeyd_webauthn::extensions::ClientExtensionOutputs;
use passkeyd_webauthn::public_key::CoseKey;
use passkeyd_webauthn::{
    Algorithm, AuthenticationResponse, AuthenticationState, CredentialRecord, RegistrationResponse,
    RegistrationState, authenticate, cbor, register,
};
use proptest::prelude::*;

use crate::authentication_case::AuthenticationCase;
use crate::keys::TestKey;
use crate::registration_case::RegistrationCase;

/// Every parser of the crate's own layers, on anything.
fn parse_all(bytes: &[u8]) {
    drop(ClientData::parse(bytes));
    drop(AuthenticatorData::parse(bytes));
    drop(CoseKey::parse(bytes).map(|key| (key.validate(), key.to_spki())));
    drop(cbor::Value::parse(bytes, 8));
    drop(AttestationObject::parse(bytes));
    drop(RegistrationResponse::from_json(bytes));
    drop(AuthenticationResponse::from_json(bytes));
    drop(ClientExtensionOutputs::from_json(bytes));
    drop(RegistrationState::from_bytes(bytes));
    drop(AuthenticationState::from_bytes(bytes));
    drop(CredentialRecord::from_bytes(bytes));
}

/// Canonical CBOR, written from a tree by its own rules.
fn canonical() -> impl Strategy<Value = Vec<u8>> {
    use crate::cbor::{array, bytes, int, sorted_map, text};
    let leaf = prop_oneof![
        any::<i64>().prop_map(int),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(|value| bytes(&value)),
        "[a-z]{0,30}".prop_map(|value| text(&value)),
        Just(crate::cbor::TRUE.to_vec()),
    ];
    leaf.prop_recursive(3, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|items| array(&items)),
            prop::collection::btree_map("[a-z]{0,5}", inner, 0..6).prop_map(|entries| {
                sorted_map(
                    entries
                        .into_iter()
                        .map(|(key, value)| (text(&key), value))
                        .collect(),
                )
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_parser_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        parse_all(&bytes);
    }

    #[test]
    fn no_parser_panics_on_text(text in r#"[{}\[\]",:\\a-z0-9 ]{0,200}"#) {
        parse_all(text.as_bytes());
    }

    #[test]
    fn canonical_cbor_is_read_and_nothing_may_follow(bytes in canonical(), more in any::<u8>()) {
        prop_assert!(cbor::Value::parse(&bytes, 8).is_ok());
        let longer = [bytes.as_slice(), &[more]].concat();
        prop_assert!(cbor::Value::parse(&longer, 8).is_err());
        let cut = &bytes[..bytes.len() - 1];
        prop_assert!(cbor::Value::parse(cut, 8).is_err());
    }

    /// Against a slow reference: what our reader accepts, `ciborium` reads too and writes back to the same bytes, where
    /// it writes in canonical form (it keeps the order of maps, and shortens integers and lengths).
    #[test]
    fn what_is_accepted_is_canonical(mut bytes in canonical(), at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let position = at.index(bytes.len());
        bytes[position] = value;
        if let Ok(read) = cbor::Value::parse(&bytes, 8) && !has_float(&read) {
            let theirs: ciborium::Value = ciborium::from_reader(bytes.as_slice()).unwrap();
            let mut written = Vec::new();
            ciborium::into_writer(&theirs, &mut written).unwrap();
            prop_assert_eq!(written, bytes);
        }
    }
}

fn has_float(value: &cbor::Value<'_>) -> bool {
    match value {
        cbor::Value::Float(_) => true,
        cbor::Value::Array(items) => items.iter().any(has_float),
        cbor::Value::Map(entries) => entries
            .iter()
            .any(|(key, value)| has_float(key) || has_float(value)),
        _ => false,
    }
}

#[test]
fn no_changed_byte_of_a_sign_in_is_accepted() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256] {
        let case = AuthenticationCase::new(algorithm);
        let good = case.response();
        let refused = |bad: &AuthenticationResponse| {
            authenticate(
                bad,
                &case.state,
                &case.stored.borrow(),
                &case.policy,
                case.now,
            )
            .is_err()
        };
        for part in 0..4 {
            let length = [
                &good.id,
                &good.client_data_json,
                &good.authenticator_data,
                &good.signature,
            ][part]
                .len();
            for position in 0..length {
                let mut bad = good.clone();
                let fields = [
                    &mut bad.id,
                    &mut bad.client_data_json,
                    &mut bad.authenticator_data,
                    &mut bad.signature,
                ];
                fields.into_iter().nth(part).unwrap()[position] ^= 0x11;
                assert!(refused(&bad), "{algorithm}: part {part}, byte {position}");
            }
        }
    }
}

#[test]
fn no_changed_byte_of_a_self_attested_registration_is_accepted() {
    let case = RegistrationCase::packed_self(Algorithm::EdDsa);
    let good = case.response();
    for position in 0..good.attestation_object.len() {
        let mut bad = good.clone();
        bad.attestation_object[position] ^= 0x11;
        let result = register(&bad, &case.state, &case.policy, &case.trust, case.now);
        assert!(result.is_err(), "byte {position}");
    }
}

#[test]
fn verification_is_deterministic() {
    for key in TestKey::all() {
        let case = AuthenticationCase::new(key.algorithm);
        let response = case.response();
        let once = || {
            authenticate(
                &response,
                &case.state,
                &case.stored.borrow(),
                &case.policy,
                case.now,
            )
        };
        assert_eq!(once(), once());
    }
}

#[test]
fn nested_and_huge_inputs_are_refused_without_harm() {
    for unit in [
        &b"\x81"[..],
        b"\xa1",
        b"[",
        b"{\"a\":",
        b"\x9f",
        b"\xbf\x61a",
        b"\xc1",
    ] {
        parse_all(&unit.repeat(200_000));
    }
    for head in [&[0x5b][..], &[0x7b], &[0x9b], &[0xbb]] {
        parse_all(&[head, &[0xff; 8]].concat());
        parse_all(&[head, &[0x7f], &[0xff; 7]].concat());
    }
}
