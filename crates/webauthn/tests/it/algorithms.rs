//! Each algorithm, both ceremonies.

use passkeyd_webauthn::Algorithm;
use passkeyd_webauthn::public_key::CoseKey;

use crate::authentication_case::AuthenticationCase;
use crate::keys::TestKey;
use crate::registration_case::RegistrationCase;

fn algorithms() -> impl Iterator<Item = Algorithm> {
    TestKey::all().map(|key| key.algorithm)
}

#[test]
fn every_algorithm_registers_without_and_with_self_attestation() {
    for algorithm in algorithms() {
        let registration = RegistrationCase::none(algorithm).register();
        assert_eq!(
            registration.map(|done| done.credential.algorithm),
            Ok(algorithm.id()),
            "{algorithm}"
        );
        let registration = RegistrationCase::packed_self(algorithm).register();
        assert_eq!(
            registration.map(|done| done.credential.algorithm),
            Ok(algorithm.id()),
            "{algorithm}"
        );
    }
}

#[test]
fn every_algorithm_signs_in() {
    for algorithm in algorithms() {
        let authentication = AuthenticationCase::new(algorithm).authenticate();
        assert_eq!(
            authentication.map(|done| done.sign_count),
            Ok(5),
            "{algorithm}"
        );
    }
}

#[test]
fn a_key_written_as_spki_reads_back_the_same() {
    for key in TestKey::all() {
        let cose = key.cose();
        let parsed = CoseKey::parse(&cose).unwrap();
        let spki = parsed.to_spki();
        let read = passkeyd_webauthn::public_key::PublicKey::from_spki(&spki).unwrap();
        assert_eq!(&read, parsed.key(), "{}", key.algorithm);
    }
}

#[test]
fn any_changed_byte_of_a_signature_is_refused() {
    for algorithm in algorithms() {
        let case = AuthenticationCase::new(algorithm);
        let good = case.response();
        let steps = (good.signature.len() / 24).max(1);
        for position in (0..good.signature.len()).step_by(steps) {
            let mut bad = good.clone();
            bad.signature[position] ^= 1;
            let result = passkeyd_webauthn::authenticate(
                &bad,
                &case.state,
                &case.stored.borrow(),
                &case.policy,
                case.now,
            );
            assert!(result.is_err(), "{algorithm}, byte {position}");
        }
    }
}
