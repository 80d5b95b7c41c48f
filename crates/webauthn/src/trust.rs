//! Who is trusted to vouch for an authenticator: anchors, revocation and metadata, all given by the caller.

use crate::attestation::{AttestationOutcome, AttestationType, Statement, StatementContext, Trust};
use crate::authenticator_data::Aaguid;
use crate::error::{Error, Result};
use crate::observation::Observation;
use crate::policy::AttestationPolicy;

/// What a trust source is asked: one attestation.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct TrustQuery<'a> {
    /// The attestation statement format.
    pub format: &'a str,
    /// The type of the attestation, as far as the format tells it.
    pub attestation_type: AttestationType,
    /// The model.
    pub aaguid: Aaguid,
    /// The statement's certificates in DER, leaf first.
    pub trust_path: &'a [Vec<u8>],
}

/// Gives what is known about an attestation. Implementations are pure: they look up, and never fetch.
pub trait TrustSource {
    /// The anchors that may vouch for this attestation, as DER certificates.
    fn anchors(&self, query: &TrustQuery<'_>) -> Vec<Vec<u8>>;
}

/// Trusts nobody: enough where attestation is not required.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTrust;

impl TrustSource for NoTrust {
    fn anchors(&self, _: &TrustQuery<'_>) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

/// Steps R23 and R24 for a verified statement: its outcome, or why policy refuses it.
pub(crate) fn outcome(
    format: &str,
    statement: Statement,
    context: &StatementContext<'_>,
    source: &dyn TrustSource,
    observations: &mut Vec<Observation>,
) -> Result<AttestationOutcome> {
    let policy = context.policy;
    if !policy.allowed_types.contains(&statement.attestation_type) {
        return Err(Error::AttestationTypeNotAllowed(statement.attestation_type));
    }
    let anchors = source.anchors(&TrustQuery {
        format,
        attestation_type: statement.attestation_type,
        aaguid: context.credential.aaguid,
        trust_path: &statement.trust_path,
    });
    if policy.attestation == AttestationPolicy::RequireTrusted {
        return Err(if anchors.is_empty() {
            Error::NoTrustAnchor
        } else {
            Error::ChainUntrusted
        });
    }
    observations.extend(statement.observations);
    Ok(AttestationOutcome {
        format: format.to_owned(),
        attestation_type: statement.attestation_type,
        trust_path: statement.trust_path,
        details: statement.details,
        trust: Trust::NotAssessed,
        elements: Vec::new(),
    })
}
