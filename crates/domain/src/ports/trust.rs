use async_trait::async_trait;

use super::StoreError;
use crate::{TenantId, Timestamp, TrustBinding, TrustIdentifier, UserKey};

/// Which users trust identifiers stand for.
#[async_trait]
pub trait TrustBindings {
    /// Binds identifiers to a user and the device that it signed in on; what they were bound to before is replaced. False:
    /// there is no such user, or it has no passkey, and nothing changed.
    async fn bind_trust(
        &self,
        tenant: &TenantId,
        user: UserKey,
        device: Option<String>,
        identifiers: Vec<TrustIdentifier>,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// What an identifier is bound to. Bindings end with their user, and with the last passkey of their user.
    async fn trust_binding(
        &self,
        tenant: &TenantId,
        identifier: &TrustIdentifier,
    ) -> Result<Option<TrustBinding>, StoreError>;
}
