//! Revocation, and policy on what was found.

use passkeyd_webauthn::attestation::{AttestationType, Trust};
use passkeyd_webauthn::policy::{AaguidPolicy, AttestationPolicy, RevocationPolicy};
use passkeyd_webauthn::trust::{NoTrust, RevocationStatus};
use passkeyd_webauthn::{Aaguid, CertificateFault, Error, Observation};

use super::{clean_lists, lists};
use crate::kit::certificate::{BASIC_CONSTRAINTS, revocation_list, time};
use crate::kit::der;
use crate::kit::key::Key;
use crate::kit::table::{Row, each_mutation_has_its_error};
use crate::kit::world::{INTERMEDIATE_NAME, MODEL, ROOT_NAME, World, authority_name};

const REVOCATION: &[Row] = &[
    (
        "a revoked leaf",
        |w| {
            lists(w, |w| {
                vec![revocation_list(
                    &authority_name(INTERMEDIATE_NAME),
                    &w.intermediate_key,
                    "20300101000000Z",
                    &[&w.leaf.serial],
                )]
            })
        },
        Error::CertificateRevoked,
    ),
    (
        "a revoked intermediate",
        |w| {
            lists(w, |w| {
                vec![revocation_list(
                    &authority_name(ROOT_NAME),
                    &w.root_key,
                    "20300101000000Z",
                    &[&w.intermediate.serial],
                )]
            })
        },
        Error::CertificateRevoked,
    ),
    (
        "a revoked leaf, by an old list",
        |w| {
            lists(w, |w| {
                vec![revocation_list(
                    &authority_name(INTERMEDIATE_NAME),
                    &w.intermediate_key,
                    "20250201000000Z",
                    &[&w.leaf.serial],
                )]
            })
        },
        Error::CertificateRevoked,
    ),
    (
        "no list where one is demanded",
        |w| w.policy.revocation = RevocationPolicy::RequireKnownGood,
        Error::RevocationUnknown,
    ),
    (
        "a list for the leaf only where all are demanded",
        |w| {
            w.policy.revocation = RevocationPolicy::RequireKnownGood;
            lists(w, |w| clean_lists(w)[1..].to_vec());
        },
        Error::RevocationUnknown,
    ),
    (
        "an old list where a current one is demanded",
        |w| {
            w.policy.revocation = RevocationPolicy::RequireKnownGood;
            lists(w, |w| {
                let old = revocation_list(
                    &authority_name(ROOT_NAME),
                    &w.root_key,
                    "20260101000000Z",
                    &[],
                );
                vec![old, clean_lists(w)[1].clone()]
            });
        },
        Error::RevocationUnknown,
    ),
    (
        "a list that somebody else signed where one is demanded",
        |w| {
            w.policy.revocation = RevocationPolicy::RequireKnownGood;
            lists(w, |w| {
                let forged = revocation_list(
                    &authority_name(ROOT_NAME),
                    &Key::p256(9),
                    "20300101000000Z",
                    &[],
                );
                vec![forged, clean_lists(w)[1].clone()]
            });
        },
        Error::RevocationUnknown,
    ),
];

const POLICY: &[Row] = &[
    (
        "a revoked leaf, where what is not trusted counts as self attestation",
        |w| {
            w.policy.treat_untrusted_as_self = true;
            lists(w, |w| {
                let list = revocation_list(
                    &authority_name(INTERMEDIATE_NAME),
                    &w.intermediate_key,
                    "20300101000000Z",
                    &[&w.leaf.serial],
                );
                vec![list]
            });
        },
        Error::CertificateRevoked,
    ),
    (
        "an unknown root, where self attestation would do but is not allowed",
        |w| {
            w.policy.treat_untrusted_as_self = true;
            w.policy
                .allowed_types
                .remove(&AttestationType::SelfAttestation);
            w.trust = Some(Box::new(|_| Box::new(NoTrust)));
        },
        Error::NoTrustAnchor,
    ),
    (
        "a type that is not allowed",
        |w| {
            w.policy.allowed_types.remove(&AttestationType::Basic);
        },
        Error::AttestationTypeNotAllowed(AttestationType::Basic),
    ),
    (
        "a format that is not allowed",
        |w| w.policy.allowed_formats = Some(["tpm".to_owned()].into()),
        Error::AttestationFormatUnsupported(passkeyd_webauthn::Excerpt::from_static("packed")),
    ),
    (
        "a model that is not on the list",
        |w| w.policy.aaguids = AaguidPolicy::Allow([Aaguid([9; 16])].into()),
        Error::AaguidNotAllowed,
    ),
    (
        "a model that is turned away",
        |w| w.policy.aaguids = AaguidPolicy::Deny([Aaguid(MODEL)].into()),
        Error::AaguidNotAllowed,
    ),
    (
        "a model without metadata",
        |w| w.policy.aaguids = AaguidPolicy::InMetadata,
        Error::AaguidNotAllowed,
    ),
    (
        "metadata that is demanded and missing",
        |w| w.policy.full_metadata_check = true,
        Error::AaguidNotAllowed,
    ),
    (
        "a certification that nobody knows of",
        |w| w.policy.min_certification = Some("FIDO_CERTIFIED_L1".to_owned()),
        Error::AaguidNotAllowed,
    ),
    (
        "the zero AAGUID on a list",
        |w| {
            w.aaguid = [0; 16];
            w.leaf.remove(crate::kit::certificate::AAGUID);
            w.policy.aaguids = AaguidPolicy::Allow([Aaguid([0; 16])].into());
        },
        Error::AaguidNotAllowed,
    ),
    (
        "an authority as the leaf",
        |w| {
            w.format = "fido-u2f";
            w.leaf.issuer = authority_name(ROOT_NAME);
            w.leaf.set(
                BASIC_CONSTRAINTS,
                Some(true),
                der::sequence(&[&der::boolean(true)]),
            );
        },
        Error::AttestationCertificateInvalid(CertificateFault::BasicConstraints),
    ),
];

#[test]
fn revocation_has_its_errors() {
    each_mutation_has_its_error(World::packed, REVOCATION);
}

#[test]
fn policy_on_the_outcome_has_its_errors() {
    each_mutation_has_its_error(World::packed, POLICY);
}

#[test]
fn an_attestation_that_is_not_trusted_is_reported_unless_trust_is_required() {
    let mut world = World::packed();
    world.policy.attestation = AttestationPolicy::Verify;
    world.intermediate.not_after = time("20260101000000Z");
    let (outcome, _) = world.examine().unwrap();
    assert_eq!(outcome.trust, Trust::Untrusted(Error::CertificateExpired));
    assert_eq!(outcome.attestation_type, AttestationType::Basic);

    world.policy.treat_untrusted_as_self = true;
    let (outcome, observations) = world.examine().unwrap();
    assert_eq!(outcome.attestation_type, AttestationType::SelfAttestation);
    assert_eq!(observations, [Observation::UntrustedTakenAsSelf]);

    world.policy.attestation = AttestationPolicy::Ignore;
    let (outcome, _) = world.examine().unwrap();
    assert_eq!(outcome.trust, Trust::NotAssessed);
}

#[test]
fn the_whole_path_is_reported() {
    let mut world = World::packed();
    lists(&mut world, clean_lists);
    let (outcome, _) = world.examine().unwrap();
    let expected = [world.certificates(), vec![world.root_der()]].concat();
    assert_eq!(
        outcome.trust,
        Trust::Trusted {
            path: expected,
            revocation: RevocationStatus::Good
        }
    );
}
