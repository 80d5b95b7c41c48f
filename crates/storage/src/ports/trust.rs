use async_trait::async_trait;
use passkeyd_domain::{
    TenantId, Timestamp, TrustBinding, TrustIdentifier, UserKey,
    ports::{StoreError, TrustBindings},
};

use super::{read, write};
use crate::Database;

#[async_trait]
impl TrustBindings for Database {
    async fn bind_trust(
        &self,
        tenant: &TenantId,
        user: UserKey,
        device: Option<String>,
        identifiers: Vec<TrustIdentifier>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        write!(
            self,
            trust::bind(&tenant, user, device.as_deref(), &identifiers, now)
        )
    }

    async fn trust_binding(
        &self,
        tenant: &TenantId,
        identifier: &TrustIdentifier,
    ) -> Result<Option<TrustBinding>, StoreError> {
        let (tenant, identifier) = (tenant.clone(), identifier.clone());
        read!(self, trust::find(&tenant, &identifier))
    }
}
