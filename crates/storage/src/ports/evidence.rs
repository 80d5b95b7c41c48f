use async_trait::async_trait;
use passkeyd_domain::{
    CredentialId, TenantId,
    ports::{AttestedCredential, CredentialEvidence, Evidence, StoreError},
};
use uuid::Uuid;

use super::{read, write_at_once};
use crate::Database;

#[async_trait]
impl Evidence for Database {
    async fn evidence(
        &self,
        tenant: &TenantId,
        credential_id: &CredentialId,
    ) -> Result<Option<CredentialEvidence>, StoreError> {
        let tenant = tenant.clone();
        let credential_id = credential_id.clone();
        read!(self, evidence::find(&tenant, &credential_id))
    }

    async fn attested_credentials(
        &self,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<AttestedCredential>, StoreError> {
        read!(self, evidence::page(after, limit))
    }

    async fn judge_evidence(
        &self,
        tenant: &TenantId,
        id: Uuid,
        trust: String,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        write_at_once!(self, evidence::judge(&tenant, id, &trust))
    }
}
