use std::sync::Arc;

use async_trait::async_trait;
use passkeyd_domain::{
    ApiKey, AuthConfig, Event, Purpose, Tenant, TenantId, TenantSettings, Timestamp,
    ports::{StoreError, TenantSnapshot, Tenants},
};

use super::{MemoryStore, TenantRows};

#[async_trait]
impl Tenants for MemoryStore {
    async fn create_tenant(
        &self,
        tenant: Tenant,
        api_keys: Vec<ApiKey>,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let mut rows = self.rows();
        if rows.tenants.contains_key(&tenant.id) {
            return Ok(false);
        }
        let id = tenant.id.clone();
        let mut made = TenantRows::new(tenant, Arc::clone(&rows.numbers));
        for key in api_keys {
            made.api_keys.insert(key.key_id.clone(), key);
        }
        made.events.extend(event);
        rows.tenants.insert(id, made);
        Ok(true)
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
        Ok(self.read(id, |rows| rows.tenant.clone()))
    }

    async fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        let rows = self.rows();
        Ok(rows
            .tenants
            .values()
            .map(|rows| rows.tenant.clone())
            .collect())
    }

    async fn tenant_snapshot(&self, id: &TenantId) -> Result<Option<TenantSnapshot>, StoreError> {
        Ok(self.read(id, |rows| {
            let mut ring = rows.ring.clone();
            super::keys::newest_first(&mut ring);
            TenantSnapshot {
                tenant: rows.tenant.clone(),
                api_keys: rows.api_keys.values().cloned().collect(),
                ring,
                auth_configs: rows.auth_configs.values().cloned().collect(),
                blacklist: rows.blacklist.values().copied().collect(),
            }
        }))
    }

    async fn replace_settings(
        &self,
        id: &TenantId,
        expected: TenantSettings,
        replacement: TenantSettings,
        events: Vec<Event>,
    ) -> Result<bool, StoreError> {
        let replaced = self.write(id, |rows| {
            let as_expected = rows.tenant.settings == expected;
            if as_expected {
                rows.tenant.settings = replacement;
                rows.events.extend(events);
            }
            as_expected
        });
        Ok(replaced.unwrap_or(false))
    }

    async fn freeze_tenant(
        &self,
        id: &TenantId,
        now: Timestamp,
        delete_at: Option<Timestamp>,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let frozen = self.write(id, |rows| {
            for key in rows.api_keys.values_mut() {
                if key.locked_at.is_none() {
                    key.locked_at = Some(now);
                    key.last_locked_at = Some(now);
                }
            }
            rows.tenant.settings.frozen = true;
            rows.tenant.delete_at = delete_at.or(rows.tenant.delete_at);
            rows.events.extend(event);
        });
        Ok(frozen.is_ok())
    }

    async fn unfreeze_tenant(
        &self,
        id: &TenantId,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let unfrozen = self.write(id, |rows| {
            for key in rows.api_keys.values_mut() {
                key.locked_at = None;
            }
            rows.tenant.settings.frozen = false;
            rows.tenant.delete_at = None;
            rows.events.extend(event);
        });
        Ok(unfrozen.is_ok())
    }

    async fn delete_tenant(&self, id: &TenantId) -> Result<bool, StoreError> {
        Ok(self.rows().tenants.remove(id).is_some())
    }

    async fn deleted_tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        Ok(Vec::new())
    }

    async fn clear_deleted_tenant(&self, _: &TenantId, _: u32) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn add_auth_config(
        &self,
        tenant: &TenantId,
        config: AuthConfig,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        self.write(tenant, |rows| {
            if rows.auth_configs.contains_key(&config.purpose) {
                return false;
            }
            rows.auth_configs.insert(config.purpose.clone(), config);
            rows.events.extend(event);
            true
        })
    }

    async fn edit_auth_config(
        &self,
        tenant: &TenantId,
        config: AuthConfig,
        or_insert: bool,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let edited = self.write(tenant, |rows| {
            match rows.auth_configs.get_mut(&config.purpose) {
                Some(stored) => {
                    stored.time_to_live = config.time_to_live;
                    stored.user_verification = config.user_verification;
                    stored.hints = config.hints;
                    stored.edited_by = config.edited_by;
                    stored.edited_on = config.edited_on;
                }
                None if or_insert => {
                    rows.auth_configs.insert(config.purpose.clone(), config);
                }
                None => return false,
            }
            rows.events.extend(event);
            true
        });
        match edited {
            Err(StoreError::TenantGone) if !or_insert => Ok(false),
            edited => edited,
        }
    }

    async fn delete_auth_config(
        &self,
        tenant: &TenantId,
        purpose: &Purpose,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let deleted = self.write(tenant, |rows| {
            let deleted = rows.auth_configs.remove(purpose).is_some();
            if deleted {
                rows.events.extend(event);
            }
            deleted
        });
        Ok(deleted.unwrap_or(false))
    }
}
