use diesel::{Insertable, Queryable, Selectable};
use passkeyd_domain::{
    Event, EventKind, KeyId,
    ports::{Delivery, EventCursor},
};
use uuid::Uuid;

use super::{Read, Reader, millis};
use crate::schema::{deliveries, events};

#[derive(Queryable, Selectable)]
#[diesel(table_name = events)]
pub(crate) struct EventRow {
    id: i64,
    tenant: String,
    performed_at: i64,
    kind: i64,
    message: String,
    performed_by: String,
    subject: String,
    api_key_id: Option<String>,
}

impl EventRow {
    /// The event with its place in lists; none where a newer node wrote a kind that we don't know.
    pub(crate) fn event(self) -> Read<Option<(EventCursor, Event)>> {
        let read = Reader {
            table: "events",
            key: &self.id,
        };
        let Some(kind) = EventKind::from_number(self.kind) else {
            return Ok(None);
        };
        let performed_at = read.time("performed_at", self.performed_at)?;
        let place = EventCursor {
            performed_at,
            number: self.id,
        };
        let event = Event {
            tenant: read.of("tenant", self.tenant.parse())?,
            performed_at,
            kind,
            message: self.message,
            performed_by: self.performed_by,
            subject: self.subject,
            api_key_id: self.api_key_id.map(KeyId),
            notify: Vec::new(),
        };
        Ok(Some((place, event)))
    }
}

#[derive(Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
pub(crate) struct NewEventRow<'a> {
    tenant: &'a str,
    performed_at: i64,
    kind: i64,
    message: &'a str,
    performed_by: &'a str,
    subject: &'a str,
    api_key_id: Option<String>,
}

impl<'a> NewEventRow<'a> {
    pub(crate) fn of(event: &'a Event) -> Self {
        Self {
            tenant: event.tenant.as_str(),
            performed_at: millis(event.performed_at),
            kind: event.kind.number(),
            message: &event.message,
            performed_by: &event.performed_by,
            subject: &event.subject,
            api_key_id: event.api_key_id.as_ref().map(|id| id.0.clone()),
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = deliveries, treat_none_as_default_value = false)]
pub(crate) struct NewDeliveryRow<'a> {
    webhook: &'a [u8],
    due_at: i64,
    attempts: i64,
    tenant: &'a str,
    performed_at: i64,
    kind: i64,
    message: &'a str,
    performed_by: &'a str,
    subject: &'a str,
    api_key_id: Option<String>,
}

impl<'a> NewDeliveryRow<'a> {
    /// A delivery that is due when its event happened: at once.
    pub(crate) fn of(event: &'a Event, webhook: &'a Uuid) -> Self {
        Self {
            webhook: webhook.as_bytes(),
            due_at: millis(event.performed_at),
            attempts: 0,
            tenant: event.tenant.as_str(),
            performed_at: millis(event.performed_at),
            kind: event.kind.number(),
            message: &event.message,
            performed_by: &event.performed_by,
            subject: &event.subject,
            api_key_id: event.api_key_id.as_ref().map(|id| id.0.clone()),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries)]
pub(crate) struct DeliveryRow {
    pub(crate) number: i64,
    webhook: Vec<u8>,
    attempts: i64,
    tenant: String,
    performed_at: i64,
    kind: i64,
    message: String,
    performed_by: String,
    subject: String,
    api_key_id: Option<String>,
}

impl DeliveryRow {
    /// The delivery at one more attempt; none where a newer node wrote a kind that we don't know.
    pub(crate) fn attempt(self) -> Read<Option<Delivery>> {
        let read = Reader {
            table: "deliveries",
            key: &self.number,
        };
        let webhook = read.uuid("webhook", &self.webhook)?;
        let attempts = read.of("attempts", u32::try_from(self.attempts + 1))?;
        let event = EventRow {
            id: self.number,
            tenant: self.tenant,
            performed_at: self.performed_at,
            kind: self.kind,
            message: self.message,
            performed_by: self.performed_by,
            subject: self.subject,
            api_key_id: self.api_key_id,
        };
        Ok(event.event()?.map(|(_, event)| Delivery {
            number: self.number,
            webhook,
            event,
            attempts,
        }))
    }
}
