use async_trait::async_trait;

use super::{ListedAuthenticator, StoreError};
use crate::{Alias, ApiKey, AuthConfig, Credential, Tenant, TenantId, User, UserKey};

/// A tenant with everything of it, read from another server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedTenant {
    /// The tenant.
    pub tenant: Tenant,
    /// Its keys.
    pub api_keys: Vec<ApiKey>,
    /// Its users.
    pub users: Vec<User>,
    /// Their credentials, by the users' rows.
    pub credentials: Vec<Credential>,
    /// Their aliases, by the users' rows.
    pub aliases: Vec<(UserKey, Alias)>,
    /// Its stored authentication configurations.
    pub auth_configs: Vec<AuthConfig>,
    /// Its lists of authenticators.
    pub authenticators: Vec<ListedAuthenticator>,
}

/// What became of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportOutcome {
    /// All is written.
    Imported,
    /// There is a tenant of that name; nothing is written.
    Taken(TenantId),
}

/// Takes over what another server held.
#[async_trait]
pub trait Imports {
    /// Writes all of it in one transaction, or nothing.
    async fn import_tenants(
        &self,
        tenants: Vec<ImportedTenant>,
    ) -> Result<ImportOutcome, StoreError>;
}
