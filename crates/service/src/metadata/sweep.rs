//! Attested credentials judged again when the metadata changed.

use data_encoding::BASE64URL_NOPAD;
use passkeyd_domain::{TenantId, Timestamp, ports::AttestedCredential};
use passkeyd_webauthn::{
    Aaguid, Algorithm, AttestationRecord, Error as VerifierError,
    metadata::{RegisteredAttestation, reevaluate},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Revocations;
use crate::{Error, Service};

/// Credentials that are read at once.
const STEP: u32 = 200;
const GOOD: &str = "good";

/// What is kept of an attestation's trust.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptTrust {
    #[serde(flatten)]
    attestation: AttestationRecord,
    /// `good`, or the code of the verifier's error.
    verdict: String,
}

impl KeptTrust {
    pub(crate) fn text(attestation: AttestationRecord) -> String {
        let kept = Self {
            attestation,
            verdict: GOOD.to_owned(),
        };
        serde_json::to_string(&kept).unwrap_or_default()
    }
}

/// What became of a sweep over attested credentials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// So many were judged.
    pub judged: u64,
    /// So many of them are not good any more, now or since an earlier sweep.
    pub bad: u64,
    /// Of so many something else is said than before.
    pub changed: u64,
}

/// An attested credential, and what was made of it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedCredential {
    /// Its tenant.
    pub tenant: TenantId,
    /// Its id, in base64url.
    pub credential_id: String,
    /// The make of its authenticator.
    pub aaguid: Uuid,
    /// The attestation statement format.
    pub format: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// The code of the verifier's error; none: it is good.
    pub fault: Option<String>,
}

impl Service {
    /// The credentials whose evidence is kept, with what the last sweep made of them: those that are not good any more,
    /// or all. Of one tenant, or of every one.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn judged_credentials(
        &self,
        tenant: Option<&TenantId>,
        all: bool,
    ) -> Result<Vec<JudgedCredential>, Error> {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = self.store.attested_credentials(after, STEP).await?;
            let Some(last) = page.last() else {
                return Ok(found);
            };
            after = Some(last.id);
            let wanted = page
                .into_iter()
                .filter(|credential| tenant.is_none_or(|tenant| credential.tenant == *tenant))
                .filter_map(judged)
                .filter(|credential| all || credential.fault.is_some());
            found.extend(wanted);
        }
    }

    /// Judges every credential whose evidence is kept by the present metadata and the present lists of revoked certificates, as a
    /// registration would be judged now, and records and logs each change. A credential that is not good any more still signs in: what becomes of it is the
    /// operator's decision.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn judge_credentials_again(&self) -> Result<Sweep, Error> {
        let mut sweep = Sweep::default();
        let Some(catalogue) = self.catalogue() else {
            return Ok(sweep);
        };
        let Some(blob) = catalogue.blob() else {
            return Ok(sweep);
        };
        let revocations = self.revocations();
        let mut after = None;
        loop {
            let page = self.store.attested_credentials(after, STEP).await?;
            let Some(last) = page.last() else {
                return Ok(sweep);
            };
            after = Some(last.id);
            for credential in page {
                let Ok(mut kept) = serde_json::from_str::<KeptTrust>(&credential.trust) else {
                    continue;
                };
                let verdict = match self.judge(&credential, &kept.attestation, blob, &revocations) {
                    Ok(()) => GOOD,
                    Err(error) => error.code(),
                };
                sweep.judged += 1;
                sweep.bad += u64::from(verdict != GOOD);
                if verdict == kept.verdict {
                    continue;
                }
                sweep.changed += 1;
                tracing::warn!(
                    tenant = %credential.tenant,
                    credential = %BASE64URL_NOPAD.encode(credential.credential_id.as_bytes()),
                    aaguid = %credential.aaguid,
                    before = kept.verdict,
                    now = verdict,
                    "newer metadata judges an attested credential otherwise"
                );
                verdict.clone_into(&mut kept.verdict);
                let text = serde_json::to_string(&kept).unwrap_or_default();
                self.store
                    .judge_evidence(&credential.tenant, credential.id, text)
                    .await?;
            }
        }
    }

    fn judge(
        &self,
        credential: &AttestedCredential,
        attestation: &AttestationRecord,
        blob: &passkeyd_webauthn::metadata::Blob,
        revocations: &Revocations,
    ) -> Result<(), VerifierError> {
        let registered = RegisteredAttestation {
            format: &attestation.format,
            attestation_type: attestation.attestation_type,
            aaguid: Aaguid(credential.aaguid.into_bytes()),
            algorithm: Algorithm::from_id(credential.algorithm)
                .ok_or(VerifierError::AlgorithmUnsupported(credential.algorithm))?,
            trust_path: &attestation.trust_path,
            registered_at: credential.created_at,
        };
        let policy = self.verifier.policy();
        reevaluate(&registered, blob, revocations.facts(), policy, self.now()).map(|_| ())
    }
}

fn judged(credential: AttestedCredential) -> Option<JudgedCredential> {
    let kept: KeptTrust = serde_json::from_str(&credential.trust).ok()?;
    Some(JudgedCredential {
        tenant: credential.tenant,
        credential_id: BASE64URL_NOPAD.encode(credential.credential_id.as_bytes()),
        aaguid: credential.aaguid,
        format: kept.attestation.format,
        created_at: credential.created_at,
        fault: (kept.verdict != GOOD).then_some(kept.verdict),
    })
}
