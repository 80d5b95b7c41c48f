//! Attested credentials judged again when the metadata changed.

use passkeyd_domain::ports::AttestedCredential;
use passkeyd_webauthn::{
    Aaguid, Algorithm, AttestationRecord, Error as VerifierError,
    metadata::{RegisteredAttestation, reevaluate},
};
use serde::{Deserialize, Serialize};

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

impl Service {
    /// Judges every credential whose evidence is kept by the present metadata, as a registration would be judged now, and
    /// records and logs each change. A credential that is not good any more still signs in: what becomes of it is the
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
                let verdict = match self.judge(&credential, &kept.attestation, blob) {
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
                    credential = %data_encoding::BASE64URL_NOPAD.encode(credential.credential_id.as_bytes()),
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
        reevaluate(&registered, blob, self.verifier.policy(), self.now()).map(|_| ())
    }
}
