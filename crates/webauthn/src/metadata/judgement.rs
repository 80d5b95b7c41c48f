//! A ceremony compared with the model's metadata.

use jiff::Timestamp;

use super::entry::Entry;
use super::statement::{AttestationTypeName, MetadataStatement};
use super::status::{Certification, Status, StatusScope};
use crate::algorithm::Algorithm;
use crate::attestation::AttestationType;
use crate::error::{Error, Result};
use crate::observation::Observation;
use crate::policy::Policy;
use crate::x509::Certificate;

/// What the model's metadata said at the time of a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MetadataSummary {
    /// The model's name.
    pub description: Option<String>,
    /// The statuses in effect.
    pub statuses: Vec<Status>,
    /// The highest certification in effect.
    pub certification: Option<Certification>,
}

impl MetadataSummary {
    pub(crate) fn of(entry: &Entry, now: Timestamp) -> Self {
        Self {
            description: entry.description().map(str::to_owned),
            statuses: entry
                .reports_in_effect(now)
                .map(|report| report.status.clone())
                .collect(),
            certification: entry.certification(now),
        }
    }
}

/// The attestation that is compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ceremony<'a> {
    pub(crate) attestation_type: AttestationType,
    pub(crate) algorithm: Algorithm,
    pub(crate) path: &'a [Certificate],
    pub(crate) firmware_version: Option<u64>,
    pub(crate) now: Timestamp,
}

/// Compares type, algorithm, statuses and the demands of policy with the entry.
///
/// # Errors
/// The `Metadata…` variants.
pub(crate) fn judge(
    entry: &Entry,
    ceremony: &Ceremony<'_>,
    policy: &Policy,
) -> Result<Vec<Observation>> {
    check_type(entry, ceremony.attestation_type)?;
    if entry
        .statement()
        .and_then(|statement| statement.lists_algorithm(ceremony.algorithm))
        == Some(false)
    {
        return Err(Error::MetadataAlgorithmMismatch);
    }
    let get_info = entry
        .statement()
        .and_then(|statement| statement.authenticator_get_info.as_ref());
    let scope = StatusScope {
        path: ceremony.path,
        firmware_version: ceremony
            .firmware_version
            .or(get_info.and_then(|info| info.firmware_version)),
    };
    let observations = entry.check_status(ceremony.now, &scope, &policy.undesired_statuses)?;
    check_demands(entry, ceremony.now, policy)?;
    Ok(observations)
}

/// A model that is listed with a batch key only must not get by with self attestation, nor the other way round. No
/// attestation at all is judged by the policy on types, since clients withhold it.
fn check_type(entry: &Entry, attestation_type: AttestationType) -> Result<()> {
    let listed = entry.attestation_types();
    let name = match attestation_type {
        AttestationType::None => return Ok(()),
        AttestationType::SelfAttestation => AttestationTypeName::BasicSurrogate,
        AttestationType::Basic => AttestationTypeName::BasicFull,
        AttestationType::AttCa => AttestationTypeName::AttCa,
        AttestationType::AnonCa => AttestationTypeName::AnonCa,
    };
    if listed.is_empty() || listed.contains(&name) {
        Ok(())
    } else {
        Err(Error::MetadataTypeMismatch)
    }
}

fn check_demands(entry: &Entry, now: Timestamp, policy: &Policy) -> Result<()> {
    if let Some(least) = &policy.min_certification {
        // An unknown level can be demanded by mistake only, and then nothing satisfies it.
        let least = Certification::of(&Status::from(least.clone()));
        if least.is_none() || entry.certification(now) < least {
            return Err(Error::MetadataCertificationMissing);
        }
    }
    if policy.require_fips && !entry.is_fips_certified(now) {
        return Err(Error::MetadataCertificationMissing);
    }
    let statement = entry.statement();
    if !policy.key_protection.is_empty() {
        let listed = statement
            .map(|statement| statement.key_protection.as_slice())
            .unwrap_or_default();
        if !listed
            .iter()
            .any(|protection| policy.key_protection.contains(protection))
        {
            return Err(Error::MetadataPropertyMissing("keyProtection"));
        }
    }
    if !policy.user_verification_methods.is_empty() {
        let methods = statement
            .into_iter()
            .flat_map(MetadataStatement::user_verification_methods);
        if !methods
            .into_iter()
            .any(|method| policy.user_verification_methods.contains(method))
        {
            return Err(Error::MetadataPropertyMissing("userVerificationDetails"));
        }
    }
    Ok(())
}
