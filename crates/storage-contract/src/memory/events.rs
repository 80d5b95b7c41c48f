use async_trait::async_trait;
use passkeyd_domain::{
    Event, TenantId, Timestamp,
    ports::{EventPage, Events, StoreError},
};
use uuid::Uuid;

use super::{Lease, MemoryStore};

#[async_trait]
impl Events for MemoryStore {
    async fn append_events(&self, events: Vec<Event>) -> Result<(), StoreError> {
        let mut rows = self.rows();
        for event in events {
            if let Some(rows) = rows.tenants.get_mut(&event.tenant) {
                rows.events.extend(Some(event));
            }
        }
        Ok(())
    }

    async fn events(
        &self,
        tenant: &TenantId,
        page: u32,
        size: u32,
    ) -> Result<EventPage, StoreError> {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let before = usize::try_from(page.saturating_sub(1))
            .unwrap_or(usize::MAX)
            .saturating_mul(size);
        let found = self.read(tenant, |rows| EventPage {
            events: rows
                .events
                .newest_first()
                .into_iter()
                .skip(before)
                .take(size)
                .map(|(_, event)| event.clone())
                .collect(),
            total: u64::try_from(rows.events.len()).unwrap_or(u64::MAX),
        });
        Ok(found.unwrap_or(EventPage {
            events: Vec::new(),
            total: 0,
        }))
    }

    async fn delete_events_before(
        &self,
        tenant: &TenantId,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let deleted = self.write(tenant, |rows| {
            let held = rows.events.len();
            rows.events.delete_before(before, limit);
            u64::try_from(held - rows.events.len()).unwrap_or(u64::MAX)
        });
        Ok(deleted.unwrap_or(0))
    }

    async fn take_lease(
        &self,
        job: &str,
        holder: Uuid,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut rows = self.rows();
        let free = rows
            .leases
            .get(job)
            .is_none_or(|lease| lease.holder == holder || lease.until <= now);
        if free {
            rows.leases.insert(job.to_owned(), Lease { holder, until });
        }
        Ok(free)
    }
}
