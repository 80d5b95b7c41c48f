//! What issuers must be, how they sign, and when.

use passkeyd_webauthn::Error;
use passkeyd_webauthn::policy::ValidityPolicy;

use super::{OTHER_PURPOSE, PURPOSE, permit, purposes};
use crate::kit::certificate::{
    BASIC_CONSTRAINTS, COUNTRY, EXTENDED_KEY_USAGE, KEY_ENCIPHERMENT, KEY_USAGE, NAME_CONSTRAINTS,
    UNKNOWN, name, time,
};
use crate::kit::der;
use crate::kit::key::{Key, Scheme, pss_sha256, rsa_spki};
use crate::kit::table::{Row, each_mutation_has_its_error};
use crate::kit::world::World;

const ISSUERS: &[Row] = &[
    (
        "an intermediate that is no authority",
        |w| {
            w.intermediate
                .set(BASIC_CONSTRAINTS, Some(true), der::sequence(&[]))
        },
        Error::ChainIssuerInvalid,
    ),
    (
        "an intermediate without basic constraints",
        |w| w.intermediate.remove(BASIC_CONSTRAINTS),
        Error::ChainIssuerInvalid,
    ),
    (
        "an intermediate of version 1",
        |w| {
            w.intermediate.version = None;
            w.intermediate.extensions.clear();
        },
        Error::ChainIssuerInvalid,
    ),
    (
        "an intermediate that may not sign certificates",
        |w| {
            w.intermediate
                .set(KEY_USAGE, Some(true), KEY_ENCIPHERMENT.to_vec())
        },
        Error::ChainIssuerInvalid,
    ),
    (
        "a root with a path length of nothing",
        |w| {
            w.root.set(
                BASIC_CONSTRAINTS,
                Some(true),
                der::sequence(&[&der::boolean(true), &der::integer(0)]),
            )
        },
        Error::ChainIssuerInvalid,
    ),
    (
        "a root that is no authority",
        |w| {
            w.root
                .set(BASIC_CONSTRAINTS, Some(true), der::sequence(&[]))
        },
        Error::ChainIssuerInvalid,
    ),
    (
        "a path length of something that is no authority",
        |w| {
            w.intermediate.set(
                BASIC_CONSTRAINTS,
                Some(true),
                der::sequence(&[&der::integer(0)]),
            )
        },
        Error::CertificateExtensionMalformed(passkeyd_webauthn::Excerpt::from_static("2.5.29.19")),
    ),
    (
        "a leaf with a purpose that its issuer lacks",
        |w| {
            w.leaf.set(EXTENDED_KEY_USAGE, None, purposes(&[PURPOSE]));
            w.intermediate
                .set(EXTENDED_KEY_USAGE, None, purposes(&[OTHER_PURPOSE]));
        },
        Error::ChainIssuerInvalid,
    ),
    (
        "a leaf with one purpose too many",
        |w| {
            w.leaf.set(
                EXTENDED_KEY_USAGE,
                None,
                purposes(&[PURPOSE, OTHER_PURPOSE]),
            );
            w.intermediate
                .set(EXTENDED_KEY_USAGE, None, purposes(&[PURPOSE]));
        },
        Error::ChainIssuerInvalid,
    ),
    (
        "a key usage with a byte after",
        |w| w.intermediate.extension(KEY_USAGE).value.push(0),
        Error::CertificateExtensionMalformed(passkeyd_webauthn::Excerpt::from_static("2.5.29.15")),
    ),
    (
        "an intermediate with an unknown critical extension",
        |w| w.intermediate.set(UNKNOWN, Some(true), der::null()),
        Error::CertificateUnknownCritical(passkeyd_webauthn::Excerpt::from_static(
            "1.3.6.1.4.1.503.1",
        )),
    ),
    (
        "a root with an unknown critical extension",
        |w| w.root.set(UNKNOWN, Some(true), der::null()),
        Error::CertificateUnknownCritical(passkeyd_webauthn::Excerpt::from_static(
            "1.3.6.1.4.1.503.1",
        )),
    ),
    (
        "a leaf outside of its issuer's permitted names",
        |w| permit(w, 0, &name(&[(COUNTRY, "SE")])),
        Error::ChainIssuerInvalid,
    ),
    (
        "a leaf within its issuer's excluded names",
        |w| permit(w, 1, &name(&[(COUNTRY, "AA")])),
        Error::ChainIssuerInvalid,
    ),
    (
        "empty name constraints",
        |w| {
            w.intermediate
                .set(NAME_CONSTRAINTS, Some(true), der::sequence(&[]))
        },
        Error::CertificateExtensionMalformed(passkeyd_webauthn::Excerpt::from_static("2.5.29.30")),
    ),
];

const ALGORITHMS: &[Row] = &[
    (
        "SHA-1 under the intermediate",
        |w| w.intermediate.scheme = Scheme::Sha1,
        Error::ChainAlgorithm,
    ),
    (
        "an RSA issuer of 1024 bits",
        |w| {
            w.intermediate.spki = rsa_spki(&[0xc5; 128]);
            let leaf = w.leaf.sign(&Key::rsa(true));
            w.x5c = Some(Box::new(move |x5c| x5c[0] = leaf.clone()));
        },
        Error::ChainAlgorithm,
    ),
    (
        "an unknown signature algorithm",
        |w| {
            let odd = der::sequence(&[&der::oid(b"\x2a\x03\x04")]);
            reseal(w, odd);
        },
        Error::ChainAlgorithm,
    ),
    (
        "ECDSA with parameters",
        |w| {
            let odd =
                der::sequence(&[&der::oid(b"\x2a\x86\x48\xce\x3d\x04\x03\x03"), &der::null()]);
            reseal(w, odd);
        },
        Error::ChainAlgorithm,
    ),
    (
        "an RSA algorithm under an EC key",
        |w| reseal(w, Key::rsa(true).signature_algorithm(Scheme::Natural)),
        Error::ChainAlgorithm,
    ),
    (
        "PSS with another salt",
        |w| reseal(w, pss_sha256(20)),
        Error::ChainAlgorithm,
    ),
];

/// Signs the leaf by the intermediate's key under another algorithm's name.
fn reseal(world: &mut World, algorithm: Vec<u8>) {
    world.x5c = Some(Box::new(move |x5c| {
        let natural = Key::p384(0x21).signature_algorithm(Scheme::Natural);
        let old = x5c[0].clone();
        let header = if old[1] == 0x82 { 4 } else { 3 };
        let body = &old[header..];
        let tbs_length = 4 + (usize::from(body[2]) << 8 | usize::from(body[3]));
        let tbs = &body[4..tbs_length];
        let at = tbs
            .windows(natural.len())
            .position(|window| window == natural)
            .unwrap();
        let tbs = der::sequence(&[&tbs[..at], &algorithm, &tbs[at + natural.len()..]]);
        let signature = Key::p384(0x21).sign(&tbs);
        x5c[0] = der::sequence(&[&tbs, &algorithm, &der::bits(&signature)]);
    }));
}

const DATES: &[Row] = &[
    (
        "a leaf that has expired",
        |w| w.leaf.not_after = time("20260731235959Z"),
        Error::CertificateExpired,
    ),
    (
        "a leaf of tomorrow",
        |w| w.leaf.not_before = time("20260801000001Z"),
        Error::CertificateNotYetValid,
    ),
    (
        "an intermediate that has expired",
        |w| w.intermediate.not_after = time("20260101000000Z"),
        Error::CertificateExpired,
    ),
    (
        "an intermediate of tomorrow",
        |w| w.intermediate.not_before = time("20260802000000Z"),
        Error::CertificateNotYetValid,
    ),
    (
        "a root that has expired",
        |w| w.root.not_after = time("20260101000000Z"),
        Error::CertificateExpired,
    ),
    (
        "a root of tomorrow",
        |w| w.root.not_before = time("20260802000000Z"),
        Error::CertificateNotYetValid,
    ),
    (
        "a leaf that has expired, where issuers may",
        |w| {
            w.policy.validity = ValidityPolicy::IgnoreExpiredIssuers;
            w.leaf.not_after = time("20260101000000Z");
        },
        Error::CertificateExpired,
    ),
    (
        "an issuer of tomorrow, where issuers may have expired",
        |w| {
            w.policy.validity = ValidityPolicy::IgnoreExpiredIssuers;
            w.intermediate.not_before = time("20270101000000Z");
        },
        Error::CertificateNotYetValid,
    ),
    (
        "the time before the certificates were made",
        |w| w.policy.validity = ValidityPolicy::AtTime("2019-01-01T00:00:00Z".parse().unwrap()),
        Error::CertificateNotYetValid,
    ),
];

#[test]
fn an_issuer_that_may_not_issue_has_its_error() {
    each_mutation_has_its_error(World::packed, ISSUERS);
}

#[test]
fn a_weak_signature_on_a_certificate_has_its_error() {
    each_mutation_has_its_error(World::packed, ALGORITHMS);
}

#[test]
fn dates_have_their_errors() {
    each_mutation_has_its_error(World::packed, DATES);
}
