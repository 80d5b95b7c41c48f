use async_trait::async_trait;
use passkeyd_domain::{
    TenantId, Timestamp,
    ports::{Ceremonies, Consumption, StoreError},
};
use uuid::Uuid;

use super::{read, write_at_once};
use crate::Database;

#[async_trait]
impl Ceremonies for Database {
    async fn consume(
        &self,
        tenant: &TenantId,
        consumption: Consumption,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        write_at_once!(self, ceremonies::consume(&tenant, &consumption))
    }

    async fn is_consumed(&self, tenant: &TenantId, id: Uuid) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        read!(self, ceremonies::is_consumed(&tenant, id))
    }

    async fn consumed_at(
        &self,
        tenant: &TenantId,
        id: Uuid,
    ) -> Result<Option<Timestamp>, StoreError> {
        let tenant = tenant.clone();
        read!(self, ceremonies::consumed_at(&tenant, id))
    }

    async fn keep_state(
        &self,
        tenant: &TenantId,
        id: Uuid,
        state: String,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let tenant = tenant.clone();
        write_at_once!(
            self,
            ceremonies::keep_state(&tenant, id, &state, expires_at)
        )
    }

    async fn state(&self, tenant: &TenantId, id: Uuid) -> Result<Option<String>, StoreError> {
        let tenant = tenant.clone();
        read!(self, ceremonies::state(&tenant, id))
    }

    async fn replace_state(
        &self,
        tenant: &TenantId,
        id: Uuid,
        expected: String,
        replacement: String,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        write_at_once!(
            self,
            ceremonies::replace_state(&tenant, id, &expected, &replacement)
        )
    }

    async fn sweep_ceremonies(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        write_at_once!(self, ceremonies::sweep(now, limit))
    }
}
