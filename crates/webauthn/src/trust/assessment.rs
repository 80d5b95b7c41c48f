//! Steps R23 and R24: anchors are asked for, and policy judges what was found.

use super::chain::{self, ChainRules};
use super::{RevocationStatus, TrustMaterial, TrustQuery, TrustSource};
use crate::attestation::{
    AttestationOutcome, AttestationType, Statement, StatementContext, StatementDetails, Trust,
    compound_satisfied,
};
use crate::error::{Error, Result};
use crate::metadata::{self, Ceremony, Entry, MetadataSummary};
use crate::observation::Observation;
use crate::policy::{AaguidPolicy, AttestationPolicy, Policy};
use crate::x509::{Certificate, DerRules};

/// Steps R23 and R24 for a verified statement: its outcome, or why policy refuses it.
pub(crate) fn outcome(
    format: &str,
    statement: Statement,
    context: &StatementContext<'_>,
    source: &dyn TrustSource,
    observations: &mut Vec<Observation>,
) -> Result<AttestationOutcome> {
    if format == "compound" {
        return compound(format, statement, context, source, observations);
    }
    let policy = context.policy;
    let rules = if policy.lenient_der_certificates {
        DerRules::Lenient
    } else {
        DerRules::Strict
    };
    let path = statement
        .trust_path
        .iter()
        .map(|der| Certificate::parse(der, rules))
        .collect::<Result<Vec<_>>>()?;
    let mut attestation = Attestation {
        format,
        statement,
        path,
        context,
    };
    let material = if policy.attestation == AttestationPolicy::Ignore {
        TrustMaterial::none()
    } else {
        source.material(&attestation.query())
    };
    if let Some(entry) = material.metadata {
        attestation.refine_type(entry);
    }
    if !policy
        .allowed_types
        .contains(&attestation.statement.attestation_type)
    {
        return Err(Error::AttestationTypeNotAllowed(
            attestation.statement.attestation_type,
        ));
    }
    attestation.check_aaguid(material.metadata)?;
    let mut found = std::mem::take(&mut attestation.statement.observations);
    let trust = match attestation.assess(&material, &mut found) {
        Ok(trust) => trust,
        Err(error) => attestation.untrusted(error, material.metadata.is_some(), &mut found)?,
    };
    observations.extend(found);
    Ok(AttestationOutcome {
        format: format.to_owned(),
        attestation_type: attestation.statement.attestation_type,
        trust_path: attestation.statement.trust_path,
        details: attestation.statement.details,
        trust,
        metadata: material
            .metadata
            .map(|entry| Box::new(MetadataSummary::of(entry, context.now))),
        elements: Vec::new(),
    })
}

struct Attestation<'a> {
    format: &'a str,
    statement: Statement,
    path: Vec<Certificate>,
    context: &'a StatementContext<'a>,
}

impl Attestation<'_> {
    fn policy(&self) -> &Policy {
        self.context.policy
    }

    fn query(&self) -> TrustQuery<'_> {
        TrustQuery {
            format: self.format,
            attestation_type: self.statement.attestation_type,
            aaguid: self.context.credential.aaguid,
            path: &self.path,
        }
    }

    /// `packed` cannot tell a batch key from an attestation CA's; metadata can.
    fn refine_type(&mut self, entry: &Entry) {
        use metadata::AttestationTypeName::{AttCa, BasicFull};
        let listed = entry.attestation_types();
        if self.statement.attestation_type == AttestationType::Basic
            && listed.contains(&AttCa)
            && !listed.contains(&BasicFull)
        {
            self.statement.attestation_type = AttestationType::AttCa;
        }
    }

    /// The policy on models. U2F has no AAGUID, so the key that metadata knows it by stands in.
    fn check_aaguid(&self, entry: Option<&Entry>) -> Result<()> {
        let aaguid = self.context.credential.aaguid;
        let allowed = match &self.policy().aaguids {
            AaguidPolicy::Any => true,
            AaguidPolicy::Allow(models) => !aaguid.is_zero() && models.contains(&aaguid),
            AaguidPolicy::Deny(models) => aaguid.is_zero() || !models.contains(&aaguid),
            AaguidPolicy::InMetadata => entry.is_some(),
        };
        if allowed {
            Ok(())
        } else {
            Err(Error::AaguidNotAllowed)
        }
    }

    /// Whether somebody vouches for the attestation, and what metadata has against it.
    fn assess(
        &self,
        material: &TrustMaterial<'_>,
        observations: &mut Vec<Observation>,
    ) -> Result<Trust> {
        let policy = self.policy();
        if policy.attestation == AttestationPolicy::Ignore {
            return Ok(Trust::NotAssessed);
        }
        if let Some(entry) = material.metadata {
            if material.metadata_is_stale {
                observations.push(Observation::MetadataStale);
            }
            let ceremony = Ceremony {
                attestation_type: self.statement.attestation_type,
                algorithm: self.context.credential_key().algorithm(),
                path: &self.path,
                firmware_version: match &self.statement.details {
                    StatementDetails::Packed {
                        firmware_version, ..
                    } => *firmware_version,
                    _ => None,
                },
                now: self.context.now,
            };
            observations.extend(metadata::judge(entry, &ceremony, policy)?);
        } else if policy.full_metadata_check || demands_metadata(policy) {
            return Err(Error::AaguidNotAllowed);
        }
        let trust = match self.statement.attestation_type {
            AttestationType::None => Trust::NotAssessed,
            AttestationType::SelfAttestation => Self::assess_self(material.metadata),
            _ => self.assess_chain(material)?,
        };
        if policy.attestation == AttestationPolicy::RequireTrusted && trust == Trust::NotAssessed {
            return Err(Error::AttestationTypeNotAllowed(
                self.statement.attestation_type,
            ));
        }
        Ok(trust)
    }

    /// A model that can attest only itself is vouched for by its entry.
    fn assess_self(entry: Option<&Entry>) -> Trust {
        use metadata::AttestationTypeName::BasicSurrogate;
        if entry.is_some_and(|entry| entry.attestation_types().contains(&BasicSurrogate)) {
            Trust::Trusted {
                path: Vec::new(),
                revocation: RevocationStatus::Unknown,
            }
        } else {
            Trust::NotAssessed
        }
    }

    fn assess_chain(&self, material: &TrustMaterial<'_>) -> Result<Trust> {
        let query = self.query();
        let anchors: Vec<_> = material
            .anchors
            .iter()
            .copied()
            .filter(|anchor| anchor.vouches_for(&query))
            .collect();
        if anchors.is_empty() {
            return Err(Error::NoTrustAnchor);
        }
        let policy = self.policy();
        let rules = ChainRules {
            now: self.context.now,
            validity: policy.validity,
            revocation: policy.revocation,
            sha1: policy.sha1_certificates,
            android_key: self.format == "android-key",
        };
        let found = chain::validate(
            &self.path,
            &anchors,
            &material.intermediates,
            &material.revocation,
            &rules,
        )?;
        let mut path: Vec<Vec<u8>> = found
            .certificates
            .iter()
            .map(|certificate| certificate.der().to_vec())
            .collect();
        if let Some(anchor) = found.anchor.certificate()
            && path.last().is_none_or(|last| last != anchor.der())
        {
            path.push(anchor.der().to_vec());
        }
        Ok(Trust::Trusted {
            path,
            revocation: found.revocation,
        })
    }

    /// What becomes of an attestation that nobody vouches for.
    fn untrusted(
        &mut self,
        error: Error,
        is_known: bool,
        observations: &mut Vec<Observation>,
    ) -> Result<Trust> {
        let policy = self.policy();
        let known_is_judged = policy.attestation == AttestationPolicy::RequireTrustedIfKnown
            && is_known
            && (self.statement.attestation_type != AttestationType::None
                || matches!(error, Error::MetadataStatusUndesired(_)));
        if is_demand(&error) || known_is_judged {
            return Err(error);
        }
        if policy.treat_untrusted_as_self
            && is_lack_of_trust(&error)
            && policy
                .allowed_types
                .contains(&AttestationType::SelfAttestation)
        {
            self.statement.attestation_type = AttestationType::SelfAttestation;
            observations.push(Observation::UntrustedTakenAsSelf);
            return Ok(Trust::Untrusted(error));
        }
        if policy.attestation == AttestationPolicy::RequireTrusted {
            return Err(error);
        }
        Ok(Trust::Untrusted(error))
    }
}

/// The chain leads to nobody, which is no more than self attestation has. A revocation, or what metadata has against the
/// model, is worse than that.
const fn is_lack_of_trust(error: &Error) -> bool {
    matches!(
        error,
        Error::NoTrustAnchor
            | Error::ChainUntrusted
            | Error::ChainIncomplete
            | Error::ChainOrder
            | Error::ChainSignature
            | Error::ChainIssuerInvalid
            | Error::ChainAlgorithm
            | Error::CertificateExpired
            | Error::CertificateNotYetValid
            | Error::RevocationUnknown
    )
}

/// Whether policy asks for something that only metadata can show.
fn demands_metadata(policy: &Policy) -> bool {
    policy.min_certification.is_some()
        || policy.require_fips
        || !policy.key_protection.is_empty()
        || !policy.user_verification_methods.is_empty()
}

/// What policy demanded by name is refused however far attestation goes; all else is reported.
const fn is_demand(error: &Error) -> bool {
    matches!(
        error,
        Error::AaguidNotAllowed
            | Error::MetadataCertificationMissing
            | Error::MetadataPropertyMissing(_)
    )
}

/// A compound statement: every element is assessed by itself, and enough of them must be good.
fn compound(
    format: &str,
    statement: Statement,
    context: &StatementContext<'_>,
    source: &dyn TrustSource,
    observations: &mut Vec<Observation>,
) -> Result<AttestationOutcome> {
    let mut elements = Vec::with_capacity(statement.elements.len());
    for (element_format, element) in statement.elements {
        let mut found = Vec::new();
        let assessed = element
            .and_then(|element| outcome(&element_format, element, context, source, &mut found));
        if assessed.is_ok() {
            observations.extend(found);
        }
        elements.push((element_format, assessed));
    }
    compound_satisfied(&context.policy.compound, &elements)?;
    let good = || {
        elements
            .iter()
            .filter_map(|(_, outcome)| outcome.as_ref().ok())
    };
    let rank = |outcome: &&AttestationOutcome| {
        (
            matches!(outcome.trust, Trust::Trusted { .. }),
            outcome.attestation_type,
        )
    };
    let best = good().max_by_key(rank).ok_or(Error::CompoundNotSatisfied)?;
    Ok(AttestationOutcome {
        format: format.to_owned(),
        attestation_type: best.attestation_type,
        trust_path: best.trust_path.clone(),
        details: StatementDetails::None,
        trust: best.trust.clone(),
        metadata: best.metadata.clone(),
        elements,
    })
}
