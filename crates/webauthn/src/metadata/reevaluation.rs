//! Looking again at a registered credential with a newer BLOB.

use jiff::Timestamp;

use super::{Blob, Ceremony, judge};
use crate::algorithm::Algorithm;
use crate::attestation::AttestationType;
use crate::authenticator_data::Aaguid;
use crate::error::{Error, Result};
use crate::observation::Observation;
use crate::policy::{AaguidPolicy, AttestationPolicy, Policy, ValidityPolicy};
use crate::record::CredentialRecord;
use crate::trust::chain::{self, ChainRules};
use crate::trust::{RevocationFacts, TrustQuery, TrustSource};
use crate::x509::der::Reader;
use crate::x509::{Certificate, DerRules, oid};

/// What is kept of a registration to judge it again.
#[derive(Debug, Clone, Copy)]
pub struct RegisteredAttestation<'a> {
    /// The attestation statement format.
    pub format: &'a str,
    /// The attestation type.
    pub attestation_type: AttestationType,
    /// The model.
    pub aaguid: Aaguid,
    /// The credential's algorithm.
    pub algorithm: Algorithm,
    /// The statement's certificates in DER, leaf first.
    pub trust_path: &'a [Vec<u8>],
    /// When the credential was registered: its chain is judged by the dates of then, all else by `now`.
    pub registered_at: Timestamp,
}

impl<'a> RegisteredAttestation<'a> {
    /// From a stored record.
    ///
    /// # Errors
    /// [`Error::AlgorithmUnsupported`] where this build does not know the credential's algorithm.
    pub fn of(record: &'a CredentialRecord) -> Result<Self> {
        Ok(Self {
            format: &record.attestation.format,
            attestation_type: record.attestation.attestation_type,
            aaguid: record.aaguid,
            algorithm: Algorithm::from_id(record.algorithm)
                .ok_or(Error::AlgorithmUnsupported(record.algorithm))?,
            trust_path: &record.attestation.trust_path,
            registered_at: record.created_at,
        })
    }
}

/// Says whether a credential that was registered earlier is still good by `blob` and by what is known of revoked
/// certificates, so that operators can sweep: run it over all records when a newer BLOB is there.
///
/// What metadata has against the model is an error here however far [`Policy::attestation`] goes, since somebody asked. The
/// chain is judged where that is `RequireTrusted` or `RequireTrustedIfKnown`, with the BLOB's anchors only. A model without an
/// entry is good unless policy demands one by `aaguids` or `full_metadata_check`.
///
/// Out: observations, such as statuses that this library does not know. What becomes of a credential that is not good is up to
/// the caller: lock it, or ask its owner for another.
///
/// # Errors
/// The `Metadata…`, `Chain…` and `Certificate…` variants, [`Error::RevocationUnknown`], [`Error::AaguidNotAllowed`],
/// [`Error::NoTrustAnchor`].
pub fn reevaluate(
    record: &RegisteredAttestation<'_>,
    blob: &Blob,
    revocation: &RevocationFacts,
    policy: &Policy,
    now: Timestamp,
) -> Result<Vec<Observation>> {
    let rules = if policy.lenient_der_certificates {
        DerRules::Lenient
    } else {
        DerRules::Strict
    };
    let path = record
        .trust_path
        .iter()
        .map(|der| Certificate::parse(der, rules))
        .collect::<Result<Vec<_>>>()?;
    let Some(entry) = blob.entry_for(record.format, record.aaguid, &path) else {
        return if policy.aaguids == AaguidPolicy::InMetadata || policy.full_metadata_check {
            Err(Error::AaguidNotAllowed)
        } else {
            Ok(Vec::new())
        };
    };
    let ceremony = Ceremony {
        attestation_type: record.attestation_type,
        algorithm: record.algorithm,
        path: &path,
        firmware_version: firmware_version(&path)?,
        now,
    };
    let observations = judge(entry, &ceremony, policy)?;
    let judges_chains = matches!(
        policy.attestation,
        AttestationPolicy::RequireTrusted | AttestationPolicy::RequireTrustedIfKnown
    );
    if judges_chains && !path.is_empty() {
        let query = TrustQuery {
            format: record.format,
            attestation_type: record.attestation_type,
            aaguid: record.aaguid,
            path: &path,
        };
        let mut material = blob.material(&query);
        material.revocation.push(revocation);
        if material.anchors.is_empty() {
            return Err(Error::NoTrustAnchor);
        }
        let rules = ChainRules {
            now,
            validity: ValidityPolicy::AtTime(record.registered_at),
            revocation: policy.revocation,
            sha1: policy.sha1_certificates,
            android_key: record.format == "android-key",
        };
        chain::validate(
            &path,
            &material.anchors,
            &material.intermediates,
            &material.revocation,
            &rules,
        )?;
    }
    Ok(observations)
}

fn firmware_version(path: &[Certificate]) -> Result<Option<u64>> {
    let Some(leaf) = path.first() else {
        return Ok(None);
    };
    leaf.read_extension(oid::FIDO_FIRMWARE, Reader::unsigned)
}
