//! Facts about revocation that the caller has gathered: lists of authorities, and Android's status list.

use std::collections::HashMap;

use jiff::Timestamp;
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::CertificateRevocationList;

use super::chain::ChainRules;
use crate::error::{Error, Result};
use crate::public_key::PublicKey;
use crate::strict_json;
use crate::x509::der::{self, Reader, Tag};
use crate::x509::{self, AlgorithmIdentifier, Certificate};

/// What is known about a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationStatus {
    /// A current list that covers it does not name it.
    Good,
    /// A list names it.
    Revoked,
    /// No list covers it.
    Unknown,
}

impl RevocationStatus {
    /// Joins the knowledge of two sources: a revocation wins, then any knowledge.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Revoked, _) | (_, Self::Revoked) => Self::Revoked,
            (Self::Good, _) | (_, Self::Good) => Self::Good,
            (Self::Unknown, Self::Unknown) => Self::Unknown,
        }
    }
}

/// Revocation facts from any number of sources. Nothing is fetched: the caller gathers them, and brings new ones before the old
/// end. Give them to a trust source with [`StaticTrust::with_revocation`](super::StaticTrust::with_revocation).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevocationFacts {
    lists: Vec<RevocationList>,
    android: Option<AndroidStatusList>,
}

impl RevocationFacts {
    /// No facts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a certificate revocation list (DER). Its signature is checked when the issuer's key is at hand.
    ///
    /// # Errors
    /// [`Error::CertificateMalformed`].
    pub fn add_crl(&mut self, der: &[u8]) -> Result<()> {
        self.lists.push(RevocationList::parse(der)?);
        Ok(())
    }

    /// Adds the status list that Google publishes for Android's attestation keys
    /// (`https://android.googleapis.com/attestation/status`, JSON), in place of an earlier one. It counts for statements of
    /// the format `android-key` only, and there it covers every certificate.
    ///
    /// # Errors
    /// [`Error::MetadataMalformed`].
    pub fn add_android_status_list(&mut self, json: &[u8]) -> Result<()> {
        self.android = Some(AndroidStatusList::parse(json)?);
        Ok(())
    }

    pub(super) fn status(
        &self,
        certificate: &Certificate,
        issuer: Option<&Certificate>,
        issuer_key: Option<&PublicKey<'_>>,
        rules: &ChainRules,
    ) -> RevocationStatus {
        let android = match &self.android {
            Some(list) if rules.android_key => list.status(certificate),
            _ => RevocationStatus::Unknown,
        };
        self.lists
            .iter()
            .map(|list| list.status(certificate, issuer, issuer_key, rules))
            .fold(android, RevocationStatus::with)
    }
}

/// One list of an authority (RFC 5280 §5).
#[derive(Debug, Clone, PartialEq, Eq)]
struct RevocationList {
    tbs: Vec<u8>,
    algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
    issuer: Vec<u8>,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    revoked: Vec<Vec<u8>>,
    partial: bool,
}

/// The extensions of a list that narrow what it covers: `deltaCRLIndicator` and `issuingDistributionPoint`.
const NARROWING: [&[u8]; 2] = [&[0x55, 0x1d, 0x1b], &[0x55, 0x1d, 0x1c]];

impl RevocationList {
    fn parse(der: &[u8]) -> Result<Self> {
        der::check(der)?;
        let (rest, list) =
            CertificateRevocationList::from_der(der).map_err(|_| Error::CertificateMalformed)?;
        if !rest.is_empty() || list.signature_value.unused_bits != 0 {
            return Err(Error::CertificateMalformed);
        }
        let mut fields = der::only(der, Tag::SEQUENCE)?.children();
        let tbs = fields.expect(Tag::SEQUENCE)?;
        let algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let known = |oid: &[u8]| {
            oid == [0x55, 0x1d, 0x14] || oid == [0x55, 0x1d, 0x23] || NARROWING.contains(&oid)
        };
        let unknown = list
            .extensions()
            .iter()
            .any(|extension| extension.critical && !known(extension.oid.as_bytes()));
        if unknown || inner_algorithm(tbs.children())? != algorithm {
            return Err(Error::CertificateMalformed);
        }
        Ok(Self {
            tbs: tbs.raw.to_vec(),
            algorithm,
            signature: list.signature_value.data.to_vec(),
            issuer: list.tbs_cert_list.issuer.as_raw().to_vec(),
            this_update: x509::timestamp(list.last_update().timestamp()),
            next_update: list
                .next_update()
                .map(|time| x509::timestamp(time.timestamp())),
            revoked: list
                .iter_revoked_certificates()
                .map(|entry| entry.raw_serial().to_vec())
                .collect(),
            partial: list
                .extensions()
                .iter()
                .any(|extension| NARROWING.contains(&extension.oid.as_bytes())),
        })
    }

    fn status(
        &self,
        certificate: &Certificate,
        issuer: Option<&Certificate>,
        issuer_key: Option<&PublicKey<'_>>,
        rules: &ChainRules,
    ) -> RevocationStatus {
        if certificate.issuer() != self.issuer {
            return RevocationStatus::Unknown;
        }
        let may_sign = match issuer.map(Certificate::key_usage) {
            Some(Ok(Some(usage))) => usage.crl_sign(),
            Some(Err(_)) => false,
            Some(Ok(None)) | None => true,
        };
        let signed = issuer_key.is_some_and(|key| {
            x509::verify_signature(key, &self.algorithm, &self.tbs, &self.signature, rules.sha1)
                .is_ok()
        });
        if !may_sign || !signed {
            return RevocationStatus::Unknown;
        }
        if self
            .revoked
            .iter()
            .any(|serial| serial == certificate.serial())
        {
            return RevocationStatus::Revoked;
        }
        let current =
            self.this_update <= rules.now && self.next_update.is_some_and(|next| rules.now <= next);
        if current && !self.partial {
            RevocationStatus::Good
        } else {
            RevocationStatus::Unknown
        }
    }
}

fn inner_algorithm(mut fields: Reader<'_>) -> Result<AlgorithmIdentifier> {
    fields.optional(Tag::INTEGER)?;
    Ok(AlgorithmIdentifier::read(&mut fields)?)
}

/// Google's list of attestation certificates that are revoked or suspended, by serial number.
#[derive(Debug, Clone, PartialEq, Eq)]
struct AndroidStatusList {
    entries: HashMap<String, String>,
}

impl AndroidStatusList {
    fn parse(json: &[u8]) -> Result<Self> {
        let malformed = || Error::MetadataMalformed("Android status list");
        let document = strict_json::parse(json).map_err(|_| malformed())?;
        let listed = document
            .get("entries")
            .and_then(|entries| entries.as_object())
            .ok_or_else(malformed)?;
        let mut entries = HashMap::with_capacity(listed.len());
        for (serial, entry) in listed {
            let status = entry
                .get("status")
                .and_then(|status| status.as_str())
                .ok_or_else(malformed)?;
            let digits = serial.trim_start_matches('0').to_ascii_lowercase();
            entries.insert(
                if digits.is_empty() {
                    "0".to_owned()
                } else {
                    digits
                },
                status.to_owned(),
            );
        }
        Ok(Self { entries })
    }

    /// Any entry counts: `REVOKED`, `SUSPENDED`, and whatever may be added.
    fn status(&self, certificate: &Certificate) -> RevocationStatus {
        if self.entries.contains_key(&certificate.serial_hex()) {
            RevocationStatus::Revoked
        } else {
            RevocationStatus::Good
        }
    }
}
