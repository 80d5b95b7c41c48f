use async_trait::async_trait;
use passkeyd_domain::{
    CredentialId, TenantId,
    ports::{AttestedCredential, CredentialEvidence, Evidence, StoreError},
};
use uuid::Uuid;

use super::MemoryStore;

#[async_trait]
impl Evidence for MemoryStore {
    async fn evidence(
        &self,
        tenant: &TenantId,
        credential_id: &CredentialId,
    ) -> Result<Option<CredentialEvidence>, StoreError> {
        let found = self.read(tenant, |rows| {
            let held = rows.credential(credential_id)?;
            rows.evidence.get(&held.id).cloned()
        });
        Ok(found.flatten())
    }

    async fn attested_credentials(
        &self,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<AttestedCredential>, StoreError> {
        let rows = self.rows();
        let mut attested: Vec<_> = rows
            .tenants
            .values()
            .flat_map(|rows| {
                rows.credentials.iter().filter_map(|held| {
                    let evidence = rows.evidence.get(&held.id)?;
                    Some(AttestedCredential {
                        tenant: held.tenant.clone(),
                        id: held.id,
                        credential_id: held.credential_id.clone(),
                        aaguid: held.aaguid,
                        algorithm: held.algorithm,
                        created_at: held.created_at,
                        trust: evidence.trust.clone(),
                    })
                })
            })
            .filter(|attested| after.is_none_or(|after| attested.id > after))
            .collect();
        attested.sort_by_key(|attested| attested.id);
        attested.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(attested)
    }

    async fn judge_evidence(
        &self,
        tenant: &TenantId,
        id: Uuid,
        trust: String,
    ) -> Result<bool, StoreError> {
        let judged = self.write(tenant, |rows| {
            let held = rows.credentials.iter().any(|held| held.id == id);
            match rows.evidence.get_mut(&id) {
                Some(evidence) if held => {
                    evidence.trust = trust;
                    true
                }
                _ => false,
            }
        });
        Ok(judged.unwrap_or(false))
    }
}
