use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;
use crate::{CredentialId, TenantId, Timestamp};

/// What is kept of an attestation that a tenant asked for, so that it can be looked at and judged again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialEvidence {
    /// The attestation object as the authenticator made it.
    pub attestation_object: Vec<u8>,
    /// The client data that it vouches for.
    pub client_data: Vec<u8>,
    /// What was made of it: a text of the use case's own.
    pub trust: String,
}

/// A credential with evidence, as far as judging it again needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttestedCredential {
    /// Its tenant.
    pub tenant: TenantId,
    /// The credential's row.
    pub id: Uuid,
    /// The credential's own id.
    pub credential_id: CredentialId,
    /// The make of its authenticator.
    pub aaguid: Uuid,
    /// Its COSE algorithm.
    pub algorithm: i64,
    /// When it was registered.
    pub created_at: Timestamp,
    /// What was made of its attestation last.
    pub trust: String,
}

/// The evidence of attested credentials. It is stored with the credential and goes with it.
#[async_trait]
pub trait Evidence {
    /// The evidence of a credential.
    async fn evidence(
        &self,
        tenant: &TenantId,
        credential_id: &CredentialId,
    ) -> Result<Option<CredentialEvidence>, StoreError>;

    /// Credentials of all tenants that have evidence, by the id of their rows; at most `limit`, behind `after`.
    async fn attested_credentials(
        &self,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<AttestedCredential>, StoreError>;

    /// Replaces what was made of a credential's attestation. False: there is no such credential, or no evidence of it.
    async fn judge_evidence(
        &self,
        tenant: &TenantId,
        id: Uuid,
        trust: String,
    ) -> Result<bool, StoreError>;
}
