use async_trait::async_trait;
use passkeyd_domain::{
    Event, TenantId, Timestamp,
    ports::{Authenticators, ListedAuthenticator, StoreError},
};
use uuid::Uuid;

use super::MemoryStore;

#[async_trait]
impl Authenticators for MemoryStore {
    async fn listed_authenticators(
        &self,
        tenant: &TenantId,
    ) -> Result<Vec<ListedAuthenticator>, StoreError> {
        let listed = self.read(tenant, |rows| {
            let mut listed: Vec<_> = rows.authenticators.values().copied().collect();
            listed.sort_by_key(|listed| (listed.created_at, listed.aaguid));
            listed
        });
        Ok(listed.unwrap_or_default())
    }

    async fn list_authenticators(
        &self,
        tenant: &TenantId,
        aaguids: Vec<Uuid>,
        allowed: bool,
        now: Timestamp,
        event: Option<Event>,
    ) -> Result<(), StoreError> {
        self.write(tenant, |rows| {
            for aaguid in aaguids {
                rows.authenticators
                    .entry(aaguid)
                    .or_insert(ListedAuthenticator {
                        aaguid,
                        allowed,
                        created_at: now,
                    })
                    .allowed = allowed;
            }
            rows.events.extend(event);
        })
    }

    async fn delist_authenticators(
        &self,
        tenant: &TenantId,
        aaguids: Vec<Uuid>,
        event: Option<Event>,
    ) -> Result<(), StoreError> {
        self.write(tenant, |rows| {
            rows.authenticators
                .retain(|aaguid, _| !aaguids.contains(aaguid));
            rows.events.extend(event);
        })
    }
}
