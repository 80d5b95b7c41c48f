//! What the formats with certificates have in common: reading `x5c`, and the rules for the leaf.

use super::StatementContext;
use crate::cbor::Value;
use crate::error::{CertificateFault, Error, Result};
use crate::policy::Policy;
use crate::x509::der::{self, Reader, Tag};
use crate::x509::{Certificate, DerRules, oid};

/// Extensions whose criticality a format judges itself.
const JUDGED_BY_FORMAT: &[&[u8]] = &[
    oid::FIDO_AAGUID,
    oid::FIDO_SERIAL,
    oid::FIDO_FIRMWARE,
    oid::FIDO_TRANSPORTS,
    oid::ANDROID_KEY_DESCRIPTION,
    oid::APPLE_NONCE,
];

/// Certificates of a statement, leaf first; there is always a leaf.
#[derive(Debug)]
pub(super) struct CertificatePath {
    certificates: Vec<Certificate>,
}

impl CertificatePath {
    /// Reads the member `x5c`: a non-empty array of byte strings, each a certificate.
    pub(super) fn read(x5c: &Value<'_>, policy: &Policy) -> Result<Self> {
        let malformed = Error::AttestationStatementMalformed("x5c");
        let items = x5c
            .as_array()
            .filter(|items| !items.is_empty())
            .ok_or(malformed.clone())?;
        let ders = items
            .iter()
            .map(|item| item.as_bytes().ok_or(malformed.clone()));
        Self::parse(ders, items.len(), policy)
    }

    /// Reads certificates that came in another envelope.
    pub(super) fn from_ders(ders: &[Vec<u8>], policy: &Policy) -> Result<Self> {
        Self::parse(
            ders.iter().map(|der| Ok(der.as_slice())),
            ders.len(),
            policy,
        )
    }

    fn parse<'a>(
        ders: impl Iterator<Item = Result<&'a [u8]>>,
        count: usize,
        policy: &Policy,
    ) -> Result<Self> {
        if count > policy.limits.certificates {
            return Err(Error::TooLarge("x5c"));
        }
        let rules = if policy.lenient_der_certificates {
            DerRules::Lenient
        } else {
            DerRules::Strict
        };
        let mut certificates = Vec::with_capacity(count);
        for der in ders {
            let der = der?;
            if der.len() > policy.limits.certificate {
                return Err(Error::TooLarge("certificate"));
            }
            let certificate = Certificate::parse(der, rules)?;
            certificate.check_critical(if certificates.is_empty() {
                JUDGED_BY_FORMAT
            } else {
                &[]
            })?;
            certificates.push(certificate);
        }
        if certificates.is_empty() {
            return Err(Error::AttestationStatementMalformed("x5c"));
        }
        Ok(Self { certificates })
    }

    /// The attestation certificate.
    pub(super) fn leaf(&self) -> Result<&Certificate> {
        self.certificates
            .first()
            .ok_or(Error::AttestationStatementMalformed("x5c"))
    }

    /// The certificates that issued, directly or not, the leaf.
    pub(super) fn issuers(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates.iter().skip(1)
    }

    pub(super) fn len(&self) -> usize {
        self.certificates.len()
    }

    pub(super) fn to_ders(&self) -> Vec<Vec<u8>> {
        self.certificates
            .iter()
            .map(|certificate| certificate.der().to_vec())
            .collect()
    }
}

/// A fault of the attestation certificate.
pub(super) const fn fault(fault: CertificateFault) -> Error {
    Error::AttestationCertificateInvalid(fault)
}

/// X.509 version 3.
pub(super) fn check_version(leaf: &Certificate) -> Result<()> {
    if leaf.version() == 3 {
        Ok(())
    } else {
        Err(fault(CertificateFault::Version))
    }
}

/// Basic constraints are there and say that this is no authority.
pub(super) fn check_not_an_authority(leaf: &Certificate) -> Result<()> {
    match leaf.basic_constraints()? {
        Some(constraints) if !constraints.ca => Ok(()),
        _ => Err(fault(CertificateFault::BasicConstraints)),
    }
}

/// The extension `id-fido-gen-ce-aaguid`, where present, is not critical and holds the AAGUID of the authenticator data
/// ([WebAuthn §8.2.1](https://www.w3.org/TR/webauthn-3/#sctn-packed-attestation-cert-requirements)).
pub(super) fn check_aaguid(leaf: &Certificate, context: &StatementContext<'_>) -> Result<()> {
    let Some(extension) = leaf.extension(oid::FIDO_AAGUID) else {
        return if context.policy.require_aaguid_extension {
            Err(fault(CertificateFault::AaguidExtension))
        } else {
            Ok(())
        };
    };
    if extension.critical {
        return Err(fault(CertificateFault::AaguidExtension));
    }
    let aaguid = leaf.read_extension(oid::FIDO_AAGUID, Reader::octets)?;
    match aaguid {
        Some(bytes) if bytes.len() != 16 => Err(fault(CertificateFault::AaguidExtension)),
        Some(bytes) if bytes != context.credential.aaguid.0 => {
            Err(Error::AttestationAaguidMismatch)
        }
        _ => Ok(()),
    }
}

/// What FIDO's optional extensions in a leaf say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FidoExtensions {
    pub(super) firmware_version: Option<u64>,
    pub(super) enterprise_serial: Option<Vec<u8>>,
    pub(super) transports: Option<u64>,
}

impl FidoExtensions {
    /// Reads them; none may be critical.
    pub(super) fn read(leaf: &Certificate) -> Result<Self> {
        for oid in [oid::FIDO_FIRMWARE, oid::FIDO_SERIAL, oid::FIDO_TRANSPORTS] {
            if leaf
                .extension(oid)
                .is_some_and(|extension| extension.critical)
            {
                return Err(fault(CertificateFault::CriticalExtension));
            }
        }
        Ok(Self {
            firmware_version: leaf.read_extension(oid::FIDO_FIRMWARE, Reader::unsigned)?,
            enterprise_serial: leaf
                .read_extension(oid::FIDO_SERIAL, Reader::octets)?
                .map(<[u8]>::to_vec),
            // Only told to the caller, and some keys wrap it in another type of string: unreadable is unknown.
            transports: leaf
                .read_extension(oid::FIDO_TRANSPORTS, |reader| {
                    der::named_bits(reader.expect(Tag::BIT_STRING)?.value)
                })
                .unwrap_or_default(),
        })
    }
}
