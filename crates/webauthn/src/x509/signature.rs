//! Which signature scheme a certificate names, and whether its signature verifies.

use super::der::{self, DerError, Reader, Tag};
use super::{AlgorithmIdentifier, Certificate, oid};
use crate::algorithm::SignatureScheme;
use crate::error::{Error, Result};
use crate::public_key::{PublicKey, SignatureError};

/// The bits that an RSA key must have to sign a certificate.
const RSA_MIN_BITS: usize = 2048;

impl Certificate {
    /// The subject's public key.
    ///
    /// # Errors
    /// [`Error::CertificateMalformed`] where it does not parse or is of a type that this library does not know.
    pub fn public_key(&self) -> Result<PublicKey<'_>> {
        PublicKey::from_spki(self.subject_public_key_info())
    }

    /// Verifies the certificate's signature with its issuer's key. A scheme on SHA-1 is refused unless `sha1` is set.
    ///
    /// # Errors
    /// [`Error::ChainAlgorithm`] where the scheme is unknown or too weak for its key; [`Error::ChainSignature`].
    pub fn verify_signed_by(&self, issuer: &PublicKey<'_>, sha1: bool) -> Result<()> {
        verify(
            issuer,
            self.signature_algorithm(),
            self.tbs(),
            self.signature(),
            sha1,
        )
    }
}

/// Verifies the signature over a certificate or a revocation list.
pub(crate) fn verify(
    issuer: &PublicKey<'_>,
    algorithm: &AlgorithmIdentifier,
    message: &[u8],
    signature: &[u8],
    sha1: bool,
) -> Result<()> {
    let scheme = scheme(algorithm).ok_or(Error::ChainAlgorithm)?;
    let weak_key = issuer.rsa_bits().is_some_and(|bits| bits < RSA_MIN_BITS);
    if weak_key || (scheme.is_sha1() && !sha1) {
        return Err(Error::ChainAlgorithm);
    }
    issuer
        .verify(scheme, message, signature)
        .map_err(|error| match error {
            SignatureError::KeyMismatch
            | SignatureError::Unsupported(_)
            | SignatureError::WeakKey => Error::ChainAlgorithm,
            SignatureError::Encoding | SignatureError::Invalid => Error::ChainSignature,
        })
}

/// The scheme that an `AlgorithmIdentifier` names (RFC 5758, 4055, 8410, 9881); `None` for any that is not acceptable.
pub(crate) fn scheme(algorithm: &AlgorithmIdentifier) -> Option<SignatureScheme> {
    let parameters = algorithm.parameters.as_deref();
    let null_or_absent = matches!(parameters, None | Some([0x05, 0x00]));
    match algorithm.oid.as_slice() {
        oid::RSA_SHA1 if null_or_absent => Some(SignatureScheme::RsaPkcs1Sha1),
        oid::RSA_SHA256 if null_or_absent => Some(SignatureScheme::RsaPkcs1Sha256),
        oid::RSA_SHA384 if null_or_absent => Some(SignatureScheme::RsaPkcs1Sha384),
        oid::RSA_SHA512 if null_or_absent => Some(SignatureScheme::RsaPkcs1Sha512),
        oid::RSA_PSS => pss(parameters?).ok()?,
        oid::ECDSA_SHA1 if parameters.is_none() => Some(SignatureScheme::EcdsaSha1),
        oid::ECDSA_SHA256 if parameters.is_none() => Some(SignatureScheme::EcdsaSha256),
        oid::ECDSA_SHA384 if parameters.is_none() => Some(SignatureScheme::EcdsaSha384),
        oid::ECDSA_SHA512 if parameters.is_none() => Some(SignatureScheme::EcdsaSha512),
        oid::ED25519 if parameters.is_none() => Some(SignatureScheme::Ed25519),
        oid::ED448 if parameters.is_none() => Some(SignatureScheme::Ed448),
        oid::ML_DSA_44 | oid::ML_DSA_65 | oid::ML_DSA_87 if parameters.is_none() => {
            Some(SignatureScheme::MlDsa)
        }
        _ => None,
    }
}

/// `RSASSA-PSS-params` (RFC 4055 §3.1): MGF1 with the same hash, a salt as long as the hash.
fn pss(parameters: &[u8]) -> Result<Option<SignatureScheme>, DerError> {
    let mut fields = der::only(parameters, Tag::SEQUENCE)?.children();
    let hash = match fields.optional(Tag::explicit(0))? {
        Some(field) => hash(&mut field.children())?,
        None => return Ok(None),
    };
    let mask_hash = match fields.optional(Tag::explicit(1))? {
        Some(field) => {
            let mut mask = field.children().sequence()?;
            if mask.oid()?.0 != oid::MGF1 {
                return Ok(None);
            }
            self::hash(&mut mask)?
        }
        None => return Ok(None),
    };
    let salt = match fields.optional(Tag::explicit(2))? {
        Some(field) => field.children().unsigned()?,
        None => 20,
    };
    if let Some(trailer) = fields.optional(Tag::explicit(3))?
        && trailer.children().unsigned()? != 1
    {
        return Ok(None);
    }
    fields.finish()?;
    Ok(match (hash.as_slice(), salt) {
        _ if hash != mask_hash => None,
        (oid::SHA256, 32) => Some(SignatureScheme::RsaPssSha256),
        (oid::SHA384, 48) => Some(SignatureScheme::RsaPssSha384),
        (oid::SHA512, 64) => Some(SignatureScheme::RsaPssSha512),
        _ => None,
    })
}

fn hash(reader: &mut Reader<'_>) -> Result<Vec<u8>, DerError> {
    let algorithm = AlgorithmIdentifier::read(reader)?;
    reader.finish()?;
    match algorithm.parameters.as_deref() {
        None | Some([0x05, 0x00]) => Ok(algorithm.oid),
        Some(_) => Err(DerError::Value),
    }
}
