use async_trait::async_trait;
use passkeyd_domain::{
    Event, TenantId, Timestamp,
    ports::{EventPage, Events, StoreError},
};
use uuid::Uuid;

use super::{read, write, write_at_once};
use crate::Database;

#[async_trait]
impl Events for Database {
    async fn append_events(&self, events: Vec<Event>) -> Result<(), StoreError> {
        // One that nobody is told of is one statement.
        if let [event] = events.as_slice()
            && event.notify.is_empty()
        {
            return write_at_once!(self, events::append(&events));
        }
        write!(self, events::append(&events))
    }

    async fn events(
        &self,
        tenant: &TenantId,
        page: u32,
        size: u32,
    ) -> Result<EventPage, StoreError> {
        let tenant = tenant.clone();
        read!(self, events::page(&tenant, page, size))
    }

    async fn delete_events_before(
        &self,
        tenant: &TenantId,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let tenant = tenant.clone();
        write_at_once!(self, events::delete_before(&tenant, before, limit))
    }

    async fn take_lease(
        &self,
        job: &str,
        holder: Uuid,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let job = job.to_owned();
        write_at_once!(self, events::take_lease(&job, holder, now, until))
    }
}
