use async_trait::async_trait;
use passkeyd_domain::{
    Event, TenantId, Timestamp,
    ports::{Authenticators, ListedAuthenticator, StoreError},
};
use uuid::Uuid;

use super::{read, write};
use crate::Database;

#[async_trait]
impl Authenticators for Database {
    async fn listed_authenticators(
        &self,
        tenant: &TenantId,
    ) -> Result<Vec<ListedAuthenticator>, StoreError> {
        let tenant = tenant.clone();
        read!(self, authenticators::all(&tenant))
    }

    async fn list_authenticators(
        &self,
        tenant: &TenantId,
        aaguids: Vec<Uuid>,
        allowed: bool,
        now: Timestamp,
        event: Option<Event>,
    ) -> Result<(), StoreError> {
        let tenant = tenant.clone();
        write!(
            self,
            authenticators::put(&tenant, &aaguids, allowed, now, event.as_ref())
        )
    }

    async fn delist_authenticators(
        &self,
        tenant: &TenantId,
        aaguids: Vec<Uuid>,
        event: Option<Event>,
    ) -> Result<(), StoreError> {
        let tenant = tenant.clone();
        write!(
            self,
            authenticators::remove(&tenant, &aaguids, event.as_ref())
        )
    }
}
