use passkeyd_webauthn::attestation::AttestationType;
use passkeyd_webauthn::{CertificateFault, Error, Excerpt};

use crate::kit::certificate::{BASIC_CONSTRAINTS, UNKNOWN};
use crate::kit::key::{Key, Scheme};
use crate::kit::table::{Row, each_mutation_has_its_error, each_variation_is_accepted};
use crate::kit::world::World;
use crate::kit::{cbor, der};

const ROWS: &[Row] = &[
    (
        "no sig",
        |w| {
            w.members = Some(Box::new(|members| {
                members.retain(|(key, _)| *key != cbor::text("sig"))
            }))
        },
        Error::AttestationStatementMalformed("sig"),
    ),
    (
        "no x5c",
        |w| {
            w.members = Some(Box::new(|members| {
                members.retain(|(key, _)| *key != cbor::text("x5c"))
            }))
        },
        Error::AttestationStatementMalformed("x5c"),
    ),
    (
        "an alg",
        |w| {
            w.members = Some(Box::new(|members| {
                members.push((cbor::text("alg"), cbor::integer(-7)))
            }))
        },
        Error::AttestationStatementMalformed("extra member"),
    ),
    (
        "two certificates",
        |w| w.x5c = Some(Box::new(|x5c| x5c.push(x5c[0].clone()))),
        Error::AttestationCertificateInvalid(CertificateFault::Count),
    ),
    (
        "a certificate of version 1",
        |w| {
            w.leaf.version = None;
            w.leaf.extensions.clear();
        },
        Error::AttestationCertificateInvalid(CertificateFault::Version),
    ),
    (
        "a certificate on another curve",
        |w| w.leaf.spki = Key::p384(1).spki(),
        Error::AttestationCertificateInvalid(CertificateFault::PublicKey),
    ),
    (
        "a certificate with an RSA key",
        |w| w.leaf.spki = Key::rsa(true).spki(),
        Error::AttestationCertificateInvalid(CertificateFault::PublicKey),
    ),
    (
        "a credential on another curve",
        |w| w.credential = Key::p384(0x11),
        Error::AttestationAlgorithmMismatch,
    ),
    (
        "what packed would sign",
        |w| w.signed = Some(w.verification_data()),
        Error::AttestationSignatureInvalid,
    ),
    (
        "an empty message",
        |w| w.signed = Some(Vec::new()),
        Error::AttestationSignatureInvalid,
    ),
    (
        "a byte after the signature",
        |w| w.signature = Some(Box::new(|sig| sig.push(0))),
        Error::SignatureEncoding,
    ),
    (
        "an AAGUID where policy demands zero",
        |w| {
            w.aaguid = [1; 16];
            w.policy.u2f_zero_aaguid = true;
        },
        Error::AttestationAaguidMismatch,
    ),
    (
        "an unknown critical extension",
        |w| w.leaf.set(UNKNOWN, Some(true), der::null()),
        Error::CertificateUnknownCritical(Excerpt::from_static("1.3.6.1.4.1.503.1")),
    ),
    (
        "an authority's certificate",
        |w| {
            w.leaf.set(
                BASIC_CONSTRAINTS,
                Some(true),
                der::sequence(&[&der::boolean(true)]),
            )
        },
        Error::AttestationCertificateInvalid(CertificateFault::BasicConstraints),
    ),
    (
        "a certificate signed with SHA-1",
        |w| w.leaf.scheme = Scheme::Sha1,
        Error::ChainAlgorithm,
    ),
];

#[test]
fn each_break_has_its_error() {
    each_mutation_has_its_error(World::fido_u2f, ROWS);
}

#[test]
fn old_devices_and_the_specifications_own_vector_are_accepted() {
    each_variation_is_accepted(
        World::fido_u2f,
        &[
            ("an AAGUID", |w| w.aaguid = [1; 16]),
            ("zero where it is demanded", |w| {
                w.policy.u2f_zero_aaguid = true
            }),
            ("SHA-1 where policy allows it", |w| {
                w.leaf.scheme = Scheme::Sha1;
                w.policy.sha1_certificates = true;
            }),
        ],
    );
    let (outcome, _) = World::fido_u2f().examine().unwrap();
    assert_eq!(outcome.attestation_type, AttestationType::Basic);
}
