use std::sync::Arc;

use async_trait::async_trait;
use passkeyd_domain::ports::{ImportOutcome, ImportedTenant, Imports, StoreError};

use super::{MemoryStore, TenantRows};

#[async_trait]
impl Imports for MemoryStore {
    async fn import_tenants(
        &self,
        tenants: Vec<ImportedTenant>,
    ) -> Result<ImportOutcome, StoreError> {
        let mut rows = self.rows();
        let taken = tenants
            .iter()
            .map(|imported| &imported.tenant.id)
            .find(|id| rows.tenants.contains_key(id));
        if let Some(id) = taken {
            return Ok(ImportOutcome::Taken(id.clone()));
        }
        for imported in tenants {
            let id = imported.tenant.id.clone();
            let mut made = TenantRows::new(imported.tenant, Arc::clone(&rows.numbers));
            let keys = imported.api_keys.into_iter();
            made.api_keys = keys.map(|key| (key.key_id.clone(), key)).collect();
            let users = imported.users.into_iter();
            made.users = users.map(|user| (user.user_id.clone(), user)).collect();
            made.credentials = imported.credentials;
            let aliases = imported.aliases.into_iter();
            made.aliases = aliases
                .map(|(user, alias)| (alias.hash, (user, alias.plaintext)))
                .collect();
            let configs = imported.auth_configs.into_iter();
            made.auth_configs = configs
                .map(|config| (config.purpose.clone(), config))
                .collect();
            let listed = imported.authenticators.into_iter();
            made.authenticators = listed.map(|listed| (listed.aaguid, listed)).collect();
            rows.tenants.insert(id, made);
        }
        Ok(ImportOutcome::Imported)
    }
}
