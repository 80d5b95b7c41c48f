use async_trait::async_trait;
use passkeyd_domain::{
    ApiKey, AuthConfig, Event, Purpose, Tenant, TenantId, TenantSettings, Timestamp,
    ports::{StoreError, TenantSnapshot, Tenants},
};

use super::{read, write};
use crate::Database;

#[async_trait]
impl Tenants for Database {
    async fn create_tenant(
        &self,
        tenant: Tenant,
        api_keys: Vec<ApiKey>,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        write!(self, tenants::create(&tenant, &api_keys, event.as_ref()))
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
        let id = id.clone();
        read!(self, tenants::find(&id))
    }

    async fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        read!(self, tenants::list())
    }

    async fn tenant_snapshot(&self, id: &TenantId) -> Result<Option<TenantSnapshot>, StoreError> {
        let id = id.clone();
        read!(self, tenants::snapshot(&id))
    }

    async fn replace_settings(
        &self,
        id: &TenantId,
        expected: TenantSettings,
        replacement: TenantSettings,
        events: Vec<Event>,
    ) -> Result<bool, StoreError> {
        let id = id.clone();
        write!(
            self,
            tenants::replace_settings(&id, &expected, &replacement, &events)
        )
    }

    async fn freeze_tenant(
        &self,
        id: &TenantId,
        now: Timestamp,
        delete_at: Option<Timestamp>,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let id = id.clone();
        write!(self, tenants::freeze(&id, now, delete_at, event.as_ref()))
    }

    async fn unfreeze_tenant(
        &self,
        id: &TenantId,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let id = id.clone();
        write!(self, tenants::unfreeze(&id, event.as_ref()))
    }

    async fn delete_tenant(&self, id: &TenantId) -> Result<bool, StoreError> {
        let id = id.clone();
        write!(self, deletions::mark(&id))
    }

    async fn deleted_tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        read!(self, deletions::marked())
    }

    async fn clear_deleted_tenant(&self, id: &TenantId, rows: u32) -> Result<bool, StoreError> {
        let id = id.clone();
        write!(self, deletions::clear(&id, rows))
    }

    async fn add_auth_config(
        &self,
        tenant: &TenantId,
        config: AuthConfig,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        write!(self, tenants::add_config(&tenant, &config, event.as_ref()))
    }

    async fn edit_auth_config(
        &self,
        tenant: &TenantId,
        config: AuthConfig,
        or_insert: bool,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        write!(
            self,
            tenants::edit_config(&tenant, &config, or_insert, event.as_ref())
        )
    }

    async fn delete_auth_config(
        &self,
        tenant: &TenantId,
        purpose: &Purpose,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        let purpose = purpose.clone();
        write!(
            self,
            tenants::delete_config(&tenant, &purpose, event.as_ref())
        )
    }
}
