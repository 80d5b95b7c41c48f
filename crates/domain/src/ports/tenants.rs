use async_trait::async_trait;

use super::{BlacklistedModel, StoreError};
use crate::{
    ApiKey, AuthConfig, Event, Purpose, RingKey, Tenant, TenantId, TenantSettings, Timestamp,
};

/// What nearly every request reads of a tenant, in one read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantSnapshot {
    /// The tenant.
    pub tenant: Tenant,
    /// All its keys, by key id.
    pub api_keys: Vec<ApiKey>,
    /// Its key ring, newest first.
    pub ring: Vec<RingKey>,
    /// Its stored authentication configurations, by purpose.
    pub auth_configs: Vec<AuthConfig>,
    /// The models of authenticators that it does not want, by AAGUID.
    pub blacklist: Vec<BlacklistedModel>,
}

/// Tenants, their settings and their configurations.
///
/// Where events are given they are written in the same transaction, and only if the answer is true.
#[async_trait]
pub trait Tenants {
    /// Makes a tenant with its first keys. False: the name is taken.
    async fn create_tenant(
        &self,
        tenant: Tenant,
        api_keys: Vec<ApiKey>,
        event: Option<Event>,
    ) -> Result<bool, StoreError>;

    /// A tenant by name.
    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError>;

    /// All tenants, by name.
    async fn tenants(&self) -> Result<Vec<Tenant>, StoreError>;

    /// A tenant with all that nearly every request needs.
    async fn tenant_snapshot(&self, id: &TenantId) -> Result<Option<TenantSnapshot>, StoreError>;

    /// Replaces the settings if they are still the ones expected; what a newer node put in them beside ours stays. False: they changed meanwhile, or there is no such
    /// tenant; read again and decide again.
    async fn replace_settings(
        &self,
        id: &TenantId,
        expected: TenantSettings,
        replacement: TenantSettings,
        events: Vec<Event>,
    ) -> Result<bool, StoreError>;

    /// Locks every key and marks the settings frozen, with the time of deletion if it is to be deleted; a key that is
    /// locked already keeps its time. False: no such tenant.
    async fn freeze_tenant(
        &self,
        id: &TenantId,
        now: Timestamp,
        delete_at: Option<Timestamp>,
        event: Option<Event>,
    ) -> Result<bool, StoreError>;

    /// Unlocks every key, marks the settings not frozen and forgets a planned deletion. False: no such tenant.
    async fn unfreeze_tenant(
        &self,
        id: &TenantId,
        event: Option<Event>,
    ) -> Result<bool, StoreError>;

    /// Deletes a tenant: from here on nobody finds it, its keys or its configurations. The rest of it may be there until
    /// [`Tenants::clear_deleted_tenant`] is done, and until then its name stays taken. False: no such tenant.
    async fn delete_tenant(&self, id: &TenantId) -> Result<bool, StoreError>;

    /// The tenants that were deleted and of which something is left, by name.
    async fn deleted_tenants(&self) -> Result<Vec<TenantId>, StoreError>;

    /// Deletes about so many rows of a tenant that was deleted, in one transaction. True: nothing is left, or no tenant of
    /// that name was deleted.
    async fn clear_deleted_tenant(&self, id: &TenantId, rows: u32) -> Result<bool, StoreError>;

    /// Adds a configuration. False: the purpose has one.
    async fn add_auth_config(
        &self,
        tenant: &TenantId,
        config: AuthConfig,
        event: Option<Event>,
    ) -> Result<bool, StoreError>;

    /// Replaces time to live, user verification, hints, `edited_by` and `edited_on` of the purpose's configuration;
    /// where there is none yet, the whole is stored if `or_insert`. False: there is none.
    async fn edit_auth_config(
        &self,
        tenant: &TenantId,
        config: AuthConfig,
        or_insert: bool,
        event: Option<Event>,
    ) -> Result<bool, StoreError>;

    /// Deletes a configuration. False: there is none.
    async fn delete_auth_config(
        &self,
        tenant: &TenantId,
        purpose: &Purpose,
        event: Option<Event>,
    ) -> Result<bool, StoreError>;
}
