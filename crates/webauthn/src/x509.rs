//! Certificates ([RFC 5280](https://www.rfc-editor.org/rfc/rfc5280)), read strictly, and the values of their extensions, read to
//! the end. For attestation and metadata; of use by itself to look at a stored
//! [`trust_path`](crate::AttestationRecord::trust_path).

mod certificate;
pub mod der;
mod extensions;
pub mod oid;
mod signature;

pub(crate) use certificate::timestamp;
pub use certificate::{AlgorithmIdentifier, Attribute, Certificate, Extension};
pub(crate) use extensions::subject_alternative_name;
pub use extensions::{BasicConstraints, GeneralName, KeyUsage, NameConstraints};
pub(crate) use signature::verify as verify_signature;

use crate::error::{Error, Excerpt};

/// How strictly certificates are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DerRules {
    /// DER and nothing else.
    #[default]
    Strict,
    /// Written-out defaults, and bytes after the value of an extension, are let through: some test authenticators make
    /// such certificates. What is risked is that two readers see two different certificates.
    Lenient,
}

impl From<der::DerError> for Error {
    fn from(_: der::DerError) -> Self {
        Self::CertificateMalformed
    }
}

fn extension_malformed(oid: &[u8]) -> Error {
    Error::CertificateExtensionMalformed(Excerpt::new(&der::Oid(oid).to_string()))
}

fn unknown_critical(oid: &[u8]) -> Error {
    Error::CertificateUnknownCritical(Excerpt::new(&der::Oid(oid).to_string()))
}
