use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;
use crate::{Event, TenantId, Timestamp};

/// A make of authenticator on one of a tenant's two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedAuthenticator {
    /// The make.
    pub aaguid: Uuid,
    /// On the allow list, else on the block list.
    pub allowed: bool,
    /// When it was put on a list first.
    pub created_at: Timestamp,
}

/// Which makes of authenticators a tenant allows and blocks.
#[async_trait]
pub trait Authenticators {
    /// Both lists, oldest entry first; of one time by AAGUID, its text compared.
    async fn listed_authenticators(
        &self,
        tenant: &TenantId,
    ) -> Result<Vec<ListedAuthenticator>, StoreError>;

    /// Puts these on the allow list or the block list; what is on the other list moves and keeps its time. Writes the
    /// event.
    async fn list_authenticators(
        &self,
        tenant: &TenantId,
        aaguids: Vec<Uuid>,
        allowed: bool,
        now: Timestamp,
        event: Option<Event>,
    ) -> Result<(), StoreError>;

    /// Takes these off either list and writes the event.
    async fn delist_authenticators(
        &self,
        tenant: &TenantId,
        aaguids: Vec<Uuid>,
        event: Option<Event>,
    ) -> Result<(), StoreError>;
}
