//! A TPM's certificate.

use std::collections::BTreeSet;

use passkeyd_webauthn::policy::TpmVendorPolicy;
use passkeyd_webauthn::{CertificateFault, Error, Excerpt};

use super::names;
use crate::kit::certificate::{
    AAGUID, ALTERNATIVE_NAME, BASIC_CONSTRAINTS, COMMON_NAME, EXTENDED_KEY_USAGE, UNKNOWN, hosts,
    name,
};
use crate::kit::der;
use crate::kit::key::Scheme;
use crate::kit::table::{Row, each_mutation_has_its_error};
use crate::kit::tpm::SHA1;
use crate::kit::world::{World, tpm_name};

const NAME_FAULT: Error =
    Error::AttestationCertificateInvalid(CertificateFault::SubjectAlternativeName);

const LEAF: &[Row] = &[
    (
        "version 1",
        |w| {
            w.leaf.version = None;
            w.leaf.extensions.clear();
        },
        Error::AttestationCertificateInvalid(CertificateFault::Version),
    ),
    (
        "a subject",
        |w| w.leaf.subject = name(&[(COMMON_NAME, "TPM")]),
        Error::AttestationCertificateInvalid(CertificateFault::Subject),
    ),
    (
        "no alternative name",
        |w| w.leaf.remove(ALTERNATIVE_NAME),
        NAME_FAULT,
    ),
    (
        "an alternative name that is not critical",
        |w| w.leaf.extension(ALTERNATIVE_NAME).critical = None,
        NAME_FAULT,
    ),
    (
        "a host name only",
        |w| names(w, hosts(&["tpm.example"])),
        NAME_FAULT,
    ),
    (
        "no manufacturer",
        |w| names(w, tpm_name("", "Model", "id:1", false)),
        NAME_FAULT,
    ),
    (
        "no model",
        |w| names(w, tpm_name("id:414D4400", "", "id:1", false)),
        NAME_FAULT,
    ),
    (
        "no version",
        |w| names(w, tpm_name("id:414D4400", "Model", "", false)),
        NAME_FAULT,
    ),
    (
        "a manufacturer's name",
        |w| names(w, tpm_name("AMD", "Model", "id:1", false)),
        NAME_FAULT,
    ),
    (
        "a manufacturer of seven digits",
        |w| names(w, tpm_name("id:414D440", "Model", "id:1", false)),
        NAME_FAULT,
    ),
    (
        "a manufacturer that is no number",
        |w| names(w, tpm_name("id:414D440G", "Model", "id:1", false)),
        NAME_FAULT,
    ),
    (
        "an alternative name with bytes after",
        |w| w.leaf.extension(ALTERNATIVE_NAME).value.push(0),
        Error::CertificateExtensionMalformed(Excerpt::from_static("2.5.29.17")),
    ),
    (
        "no names in the alternative name",
        |w| names(w, der::sequence(&[])),
        Error::CertificateExtensionMalformed(Excerpt::from_static("2.5.29.17")),
    ),
    (
        "no purpose",
        |w| w.leaf.remove(EXTENDED_KEY_USAGE),
        Error::AttestationCertificateInvalid(CertificateFault::ExtendedKeyUsage),
    ),
    (
        "another purpose",
        |w| {
            w.leaf.set(
                EXTENDED_KEY_USAGE,
                None,
                der::sequence(&[&der::oid(b"\x67\x81\x05\x08\x01")]),
            )
        },
        Error::AttestationCertificateInvalid(CertificateFault::ExtendedKeyUsage),
    ),
    (
        "an authority",
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
        "no basic constraints",
        |w| w.leaf.remove(BASIC_CONSTRAINTS),
        Error::AttestationCertificateInvalid(CertificateFault::BasicConstraints),
    ),
    (
        "the AAGUID of another model",
        |w| w.leaf.set(AAGUID, None, der::octets(&[9; 16])),
        Error::AttestationAaguidMismatch,
    ),
    (
        "a critical AAGUID",
        |w| w.leaf.set(AAGUID, Some(true), der::octets(&[9; 16])),
        Error::AttestationCertificateInvalid(CertificateFault::AaguidExtension),
    ),
    (
        "an unknown critical extension",
        |w| w.leaf.set(UNKNOWN, Some(true), der::null()),
        Error::CertificateUnknownCritical(Excerpt::from_static("1.3.6.1.4.1.503.1")),
    ),
    (
        "a vendor that nobody registered",
        |w| {
            w.policy.tpm_vendors = TpmVendorPolicy::Registered(BTreeSet::new());
            names(w, tpm_name("id:FFFFF1D0", "Model", "id:1", false));
        },
        Error::TpmVendorUnknown(Excerpt::from_static("id:FFFFF1D0")),
    ),
    (
        "SHA-1 in the name where policy forbids it",
        |w| {
            w.policy.tpm_sha1 = false;
            w.tpm.name_alg = SHA1;
        },
        Error::Sha1NotAllowed,
    ),
    (
        "RS1 where policy forbids it",
        |w| {
            w.policy.tpm_sha1 = false;
            w.alg = -65535;
            w.scheme = Scheme::Sha1;
        },
        Error::Sha1NotAllowed,
    ),
];

#[test]
fn a_leaf_outside_of_the_requirements_has_its_error() {
    each_mutation_has_its_error(World::tpm, LEAF);
}
