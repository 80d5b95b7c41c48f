use async_trait::async_trait;

use super::StoreError;
use crate::{Event, TenantId, Timestamp};

/// A page of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPage {
    /// Newest first; of one time, the one written last first.
    pub events: Vec<Event>,
    /// How many the tenant has in all.
    pub total: u64,
}

/// Events, and the leases of the jobs that look after them.
#[async_trait]
pub trait Events {
    /// Writes events.
    async fn append_events(&self, events: Vec<Event>) -> Result<(), StoreError>;

    /// A page, counted from 1.
    async fn events(
        &self,
        tenant: &TenantId,
        page: u32,
        size: u32,
    ) -> Result<EventPage, StoreError>;

    /// Deletes events of a tenant that happened before, at most `limit` of them, the oldest first; tells how many.
    async fn delete_events_before(
        &self,
        tenant: &TenantId,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError>;

    /// Takes or renews the lease of a job until `until`. False: another holder has it at `now`.
    async fn take_lease(
        &self,
        job: &str,
        holder: uuid::Uuid,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError>;
}
