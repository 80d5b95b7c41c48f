use async_trait::async_trait;
use passkeyd_domain::{
    TenantId, Timestamp,
    ports::{Ceremonies, Consumption, StoreError},
};
use uuid::Uuid;

use super::{CeremonyRow, MemoryStore};

#[async_trait]
impl Ceremonies for MemoryStore {
    async fn consume(
        &self,
        tenant: &TenantId,
        consumption: Consumption,
    ) -> Result<bool, StoreError> {
        self.write(tenant, |rows| rows.consume(consumption))
    }

    async fn is_consumed(&self, tenant: &TenantId, id: Uuid) -> Result<bool, StoreError> {
        Ok(self
            .read(tenant, |rows| rows.is_consumed(id))
            .unwrap_or(false))
    }

    async fn consumed_at(
        &self,
        tenant: &TenantId,
        id: Uuid,
    ) -> Result<Option<Timestamp>, StoreError> {
        let row = self.read(tenant, |rows| rows.ceremonies.get(&id)?.consumed_at);
        Ok(row.flatten())
    }

    async fn keep_state(
        &self,
        tenant: &TenantId,
        id: Uuid,
        state: String,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(tenant, |rows| {
            let row = rows.ceremonies.entry(id).or_insert(CeremonyRow {
                state: None,
                expires_at,
                consumed_at: None,
            });
            if row.consumed_at.is_none() {
                row.state = Some(state);
                row.expires_at = expires_at;
            }
        })
    }

    async fn state(&self, tenant: &TenantId, id: Uuid) -> Result<Option<String>, StoreError> {
        Ok(self
            .read(tenant, |rows| {
                let row = rows.ceremonies.get(&id)?;
                row.state.clone().filter(|_| row.consumed_at.is_none())
            })
            .flatten())
    }

    async fn replace_state(
        &self,
        tenant: &TenantId,
        id: Uuid,
        expected: String,
        replacement: String,
    ) -> Result<bool, StoreError> {
        let replaced = self.write(tenant, |rows| {
            let row = rows.ceremonies.get_mut(&id);
            let row = row.filter(|row| row.consumed_at.is_none());
            let Some(row) = row.filter(|row| row.state.as_ref() == Some(&expected)) else {
                return false;
            };
            row.state = Some(replacement);
            true
        });
        Ok(replaced.unwrap_or(false))
    }

    async fn sweep_ceremonies(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut swept = 0;
        for rows in self.rows().tenants.values_mut() {
            rows.ceremonies.retain(|_, row| {
                let kept = row.expires_at >= now || swept >= u64::from(limit);
                swept += u64::from(!kept);
                kept
            });
        }
        Ok(swept)
    }
}
