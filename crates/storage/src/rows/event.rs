use diesel::{Insertable, Queryable, Selectable};
use passkeyd_domain::{Event, EventKind, KeyId};

use super::{Read, Reader, millis};
use crate::schema::events;

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
    /// The event; none where a newer node wrote a kind that we don't know.
    pub(crate) fn event(self) -> Read<Option<Event>> {
        let read = Reader {
            table: "events",
            key: &self.id,
        };
        let Some(kind) = EventKind::from_number(self.kind) else {
            return Ok(None);
        };
        Ok(Some(Event {
            tenant: read.of("tenant", self.tenant.parse())?,
            performed_at: read.time("performed_at", self.performed_at)?,
            kind,
            message: self.message,
            performed_by: self.performed_by,
            subject: self.subject,
            api_key_id: self.api_key_id.map(KeyId),
        }))
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
