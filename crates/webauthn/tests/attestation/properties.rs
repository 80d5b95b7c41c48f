//! Promises for every input: no panic, and nothing that was signed can be changed.

use passkeyd_webauthn::attestation::android_key::KeyDescription;
use passkeyd_webauthn::attestation::tpm::{CertifyInfo, PublicArea};
use passkeyd_webauthn::attestation::{AttestationObject, examine};
use passkeyd_webauthn::metadata::UnverifiedBlob;
use passkeyd_webauthn::trust::RevocationFacts;
use passkeyd_webauthn::x509::{Certificate, DerRules};
use proptest::prelude::*;

use crate::kit::key::sha256;
use crate::kit::world::World;

/// What verification makes of other bytes in the place of the world's attestation object.
fn accepts(world: &World, bytes: &[u8]) -> bool {
    let trust = world.root_as_anchor();
    AttestationObject::parse(bytes).is_ok_and(|object| {
        examine(
            &object,
            &world.client_data_hash,
            world.conveyance,
            &world.policy,
            &trust,
            world.now,
        )
        .is_ok()
    })
}

fn worlds() -> Vec<World> {
    vec![
        World::packed(),
        World::tpm(),
        World::android_key(),
        World::apple(),
        World::fido_u2f(),
        World::safetynet(),
        World::compound(),
    ]
}

#[test]
fn no_single_changed_byte_of_an_attestation_is_accepted() {
    for world in worlds() {
        let bytes = world.attestation_object();
        assert!(accepts(&world, &bytes), "{}", world.format);
        // Every byte of the object is signed, or says how to read what is. The exceptions are SafetyNet's `ver`, and
        // flags, counter and AAGUID of U2F, which knew no such things.
        let find = |part: &[u8]| {
            bytes
                .windows(part.len())
                .position(|window| window == part)
                .unwrap()
        };
        let free = match world.format {
            "android-safetynet" => find(b"14799021")..find(b"14799021") + 8,
            "fido-u2f" => {
                find(&sha256(b"example.org")) + 32..find(&sha256(b"example.org")) + 32 + 1 + 4 + 16
            }
            _ => 0..0,
        };
        for index in (0..bytes.len()).step_by(5) {
            if free.contains(&index) || counts_unused_bits(&bytes, index) {
                continue;
            }
            let mut changed = bytes.clone();
            changed[index] ^= 0x01;
            assert!(!accepts(&world, &changed), "{} at {index}", world.format);
        }
    }
}

/// The octet before the bits of a BIT STRING: of a certificate's signature, it is neither signed nor looked at.
fn counts_unused_bits(bytes: &[u8], index: usize) -> bool {
    let before = &bytes[index.saturating_sub(4)..index];
    bytes[index] == 0
        && matches!(
            before,
            [.., 0x03, _] | [.., 0x03, 0x81, _] | [0x03, 0x82, _, _]
        )
}

#[test]
fn no_cut_or_grown_attestation_is_accepted() {
    for world in worlds() {
        let bytes = world.attestation_object();
        for length in (0..bytes.len()).step_by(31) {
            assert!(
                !accepts(&world, &bytes[..length]),
                "{} cut at {length}",
                world.format
            );
        }
        assert!(
            !accepts(&world, &[bytes, vec![0]].concat()),
            "{} grown",
            world.format
        );
    }
}

#[test]
fn verification_is_deterministic() {
    for world in worlds() {
        let bytes = world.attestation_object();
        let object = AttestationObject::parse(&bytes).unwrap();
        let trust = world.root_as_anchor();
        let once = || {
            examine(
                &object,
                &world.client_data_hash,
                world.conveyance,
                &world.policy,
                &trust,
                world.now,
            )
        };
        assert_eq!(once(), once());
    }
}

fn read_all(bytes: &[u8]) {
    for rules in [DerRules::Strict, DerRules::Lenient] {
        if let Ok(certificate) = Certificate::parse(bytes, rules) {
            let _ = certificate.basic_constraints();
            let _ = certificate.key_usage();
            let _ = certificate.extended_key_usage();
            let _ = certificate.name_constraints();
            let _ = certificate.check_critical(&[]);
            let _ = certificate.public_key();
            let _ = certificate.key_identifier();
        }
    }
    let _ = KeyDescription::parse(bytes);
    let _ = PublicArea::parse(bytes);
    let _ = CertifyInfo::parse(bytes);
    let _ = UnverifiedBlob::parse(bytes);
    let _ = RevocationFacts::new().add_crl(bytes);
    let _ = RevocationFacts::new().add_android_status_list(bytes);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_all(&bytes);
    }

    #[test]
    fn no_changed_certificate_panics(
        index in any::<prop::sample::Index>(),
        value in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        thread_local!(static CERTIFICATES: Vec<Vec<u8>> = worlds().iter().flat_map(World::certificates_of_each).collect());
        CERTIFICATES.with(|certificates| {
            for der in certificates {
                let mut changed = der.clone();
                let at = index.index(changed.len());
                changed[at] = value;
                read_all(&changed);
                changed.truncate(cut.index(changed.len()));
                read_all(&changed);
            }
        });
    }
}
