use async_trait::async_trait;
use passkeyd_domain::{
    Event, TenantId,
    ports::{Blacklist, BlacklistedModel, StoreError},
};
use uuid::Uuid;

use super::MemoryStore;

#[async_trait]
impl Blacklist for MemoryStore {
    async fn blacklist(&self, tenant: &TenantId) -> Result<Vec<BlacklistedModel>, StoreError> {
        let listed = self.read(tenant, |rows| rows.blacklist.values().copied().collect());
        Ok(listed.unwrap_or_default())
    }

    async fn put_blacklist(
        &self,
        tenant: &TenantId,
        entries: Vec<BlacklistedModel>,
        event: Option<Event>,
    ) -> Result<(), StoreError> {
        self.write(tenant, |rows| {
            for entry in entries {
                rows.blacklist.insert(entry.aaguid, entry);
            }
            rows.events.extend(event);
        })
    }

    async fn remove_from_blacklist(
        &self,
        tenant: &TenantId,
        aaguids: Vec<Uuid>,
        event: Option<Event>,
    ) -> Result<(), StoreError> {
        self.write(tenant, |rows| {
            rows.blacklist.retain(|aaguid, _| !aaguids.contains(aaguid));
            rows.events.extend(event);
        })
    }
}
