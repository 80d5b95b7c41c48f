use async_trait::async_trait;
use passkeyd_domain::{
    Event, TenantId, UserId,
    ports::{
        CredentialCursor, CredentialFilter, EventCursor, EventFilter, Listings, OwnedCredential,
        StoreError, UserSummary,
    },
};

use super::read;
use crate::Database;

#[async_trait]
impl Listings for Database {
    async fn find_events(
        &self,
        tenant: &TenantId,
        filter: EventFilter,
        after: Option<EventCursor>,
        limit: u32,
    ) -> Result<Vec<(EventCursor, Event)>, StoreError> {
        let tenant = tenant.clone();
        read!(
            self,
            listings::events(&tenant, &filter, after.as_ref(), limit)
        )
    }

    async fn find_credentials(
        &self,
        tenant: &TenantId,
        filter: CredentialFilter,
        after: Option<CredentialCursor>,
        limit: u32,
    ) -> Result<Vec<OwnedCredential>, StoreError> {
        let tenant = tenant.clone();
        read!(
            self,
            listings::credentials(&tenant, &filter, after.as_ref(), limit)
        )
    }

    async fn find_users(
        &self,
        tenant: &TenantId,
        prefix: String,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserSummary>, StoreError> {
        let tenant = tenant.clone();
        read!(
            self,
            listings::users(&tenant, &prefix, after.as_ref(), limit)
        )
    }
}
