use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;
use crate::{Event, TenantId};

/// A make of authenticators that a tenant does not want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlacklistedModel {
    /// The make.
    pub aaguid: Uuid,
    /// It can't register.
    pub registration: bool,
    /// It can't sign in.
    pub sign_in: bool,
}

/// The blacklist of models. Where an event is given it is written in the same transaction.
#[async_trait]
pub trait Blacklist {
    /// The entries of a tenant, by AAGUID.
    async fn blacklist(&self, tenant: &TenantId) -> Result<Vec<BlacklistedModel>, StoreError>;

    /// Puts entries on the list; what it says of a make already is replaced.
    async fn put_blacklist(
        &self,
        tenant: &TenantId,
        entries: Vec<BlacklistedModel>,
        event: Option<Event>,
    ) -> Result<(), StoreError>;

    /// Takes makes off the list; those that are not on it are ignored.
    async fn remove_from_blacklist(
        &self,
        tenant: &TenantId,
        aaguids: Vec<Uuid>,
        event: Option<Event>,
    ) -> Result<(), StoreError>;
}
