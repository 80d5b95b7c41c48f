use async_trait::async_trait;
use passkeyd_domain::ports::{ImportOutcome, ImportedTenant, Imports, StoreError};

use super::write;
use crate::Database;

#[async_trait]
impl Imports for Database {
    async fn import_tenants(
        &self,
        tenants: Vec<ImportedTenant>,
    ) -> Result<ImportOutcome, StoreError> {
        write!(self, imports::import(&tenants))
    }
}
