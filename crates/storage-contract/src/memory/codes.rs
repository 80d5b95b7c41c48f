use async_trait::async_trait;
use passkeyd_domain::{
    CodePurpose, KeptCode, TenantId, Timestamp,
    ports::{OneTimeCodes, StoreError},
};
use uuid::Uuid;

use super::{MemoryStore, TenantRows};

impl TenantRows {
    fn good_code(
        &mut self,
        subject: Uuid,
        purpose: CodePurpose,
        now: Timestamp,
    ) -> Option<&mut KeptCode> {
        self.codes
            .get_mut(&(subject, purpose))
            .filter(|code| code.guesses > 0 && code.expires_at > now)
    }
}

#[async_trait]
impl OneTimeCodes for MemoryStore {
    async fn keep_code(&self, code: KeptCode) -> Result<bool, StoreError> {
        let tenant = code.tenant.clone();
        self.write(&tenant, |rows| {
            if code.user.is_some_and(|user| rows.owner(user).is_none()) {
                return false;
            }
            rows.codes.insert((code.subject, code.purpose), code);
            true
        })
    }

    async fn guess_code(
        &self,
        tenant: &TenantId,
        subject: Uuid,
        purpose: CodePurpose,
        now: Timestamp,
    ) -> Result<Option<KeptCode>, StoreError> {
        let guessed = self.write(tenant, |rows| {
            let code = rows.good_code(subject, purpose, now)?;
            code.guesses -= 1;
            Some(code.clone())
        });
        Ok(guessed.unwrap_or(None))
    }

    async fn use_code(
        &self,
        tenant: &TenantId,
        subject: Uuid,
        purpose: CodePurpose,
        hash: &str,
    ) -> Result<bool, StoreError> {
        let used = self.write(tenant, |rows| {
            let same = rows
                .codes
                .get(&(subject, purpose))
                .is_some_and(|code| code.hash == hash);
            same && rows.codes.remove(&(subject, purpose)).is_some()
        });
        Ok(used.unwrap_or(false))
    }

    async fn pending_code(
        &self,
        tenant: &TenantId,
        subject: Uuid,
        purpose: CodePurpose,
        now: Timestamp,
    ) -> Result<Option<KeptCode>, StoreError> {
        let found = self.write(tenant, |rows| {
            rows.good_code(subject, purpose, now).cloned()
        });
        Ok(found.unwrap_or(None))
    }

    async fn void_code(
        &self,
        tenant: &TenantId,
        subject: Uuid,
        purpose: CodePurpose,
    ) -> Result<(), StoreError> {
        // A tenant that is gone took its codes along.
        let _ = self.write(tenant, |rows| rows.codes.remove(&(subject, purpose)));
        Ok(())
    }

    async fn sweep_codes(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut swept = 0;
        for rows in self.rows().tenants.values_mut() {
            rows.codes.retain(|_, code| {
                let kept = code.expires_at > now || swept >= u64::from(limit);
                swept += u64::from(!kept);
                kept
            });
        }
        Ok(swept)
    }
}
