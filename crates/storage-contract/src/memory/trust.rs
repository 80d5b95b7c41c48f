use async_trait::async_trait;
use passkeyd_domain::{
    TenantId, Timestamp, TrustBinding, TrustIdentifier, UserKey,
    ports::{StoreError, TrustBindings},
};

use super::{MemoryStore, TenantRows};

impl TenantRows {
    /// Ends the bindings of a user whose last passkey is gone.
    pub(super) fn end_trust_without_passkey(&mut self, user: UserKey) {
        if self.credentials.iter().all(|held| held.user != user) {
            self.trust.retain(|_, binding| binding.user != user);
        }
    }
}

#[async_trait]
impl TrustBindings for MemoryStore {
    async fn bind_trust(
        &self,
        tenant: &TenantId,
        user: UserKey,
        device: Option<String>,
        identifiers: Vec<TrustIdentifier>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let bound = self.write(tenant, |rows| {
            let has_passkey = rows.credentials.iter().any(|held| held.user == user);
            if !has_passkey {
                return false;
            }
            for identifier in identifiers {
                let binding = TrustBinding {
                    user,
                    device: device.clone(),
                    bound_at: now,
                };
                rows.trust.insert(identifier, binding);
            }
            true
        });
        Ok(bound.unwrap_or(false))
    }

    async fn trust_binding(
        &self,
        tenant: &TenantId,
        identifier: &TrustIdentifier,
    ) -> Result<Option<TrustBinding>, StoreError> {
        let binding = self.read(tenant, |rows| rows.trust.get(identifier).cloned());
        Ok(binding.flatten())
    }
}
