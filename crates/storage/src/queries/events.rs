use diesel::prelude::*;
use passkeyd_domain::{Event, TenantId, Timestamp, ports::EventPage};
use uuid::Uuid;

use super::Conn;
use crate::{
    rows::{EventRow, NewDeliveryRow, NewEventRow, Read, millis},
    schema::{deliveries, events},
    statement::statement,
};

pub(crate) fn append<'a>(conn: &mut Conn, events: impl IntoIterator<Item = &'a Event>) -> Read<()> {
    for event in events {
        diesel::insert_into(events::table)
            .values(NewEventRow::of(event))
            .execute(conn)?;
        for webhook in &event.notify {
            diesel::insert_into(deliveries::table)
                .values(NewDeliveryRow::of(event, webhook))
                .execute(conn)?;
        }
    }
    Ok(())
}

pub(crate) fn page(conn: &mut Conn, tenant: &TenantId, page: u32, size: u32) -> Read<EventPage> {
    let before = i64::from(page.saturating_sub(1)) * i64::from(size);
    let rows = events::table
        .filter(events::tenant.eq(tenant.as_str()))
        .order((events::performed_at.desc(), events::id.desc()))
        .offset(before)
        .limit(i64::from(size))
        .select(EventRow::as_select())
        .load(conn)?;
    let total: i64 = events::table
        .filter(events::tenant.eq(tenant.as_str()))
        .count()
        .get_result(conn)?;
    let events = rows
        .into_iter()
        .filter_map(|row| row.event().transpose())
        .map(|event| event.map(|(_, event)| event))
        .collect::<Result<_, _>>()?;
    Ok(EventPage {
        events,
        total: u64::try_from(total).unwrap_or(0),
    })
}

pub(crate) fn delete_before(
    conn: &mut Conn,
    tenant: &TenantId,
    before: Timestamp,
    limit: u32,
) -> Read<u64> {
    let deleted = statement::<()>(
        "DELETE FROM events WHERE id IN
             (SELECT id FROM events WHERE tenant = ? AND performed_at < ? ORDER BY performed_at, id LIMIT ?)",
    )
    .bind(tenant.as_str())
    .bind(millis(before))
    .bind(i64::from(limit))
    .execute(conn)?;
    Ok(u64::try_from(deleted).unwrap_or(u64::MAX))
}

pub(crate) fn take_lease(
    conn: &mut Conn,
    job: &str,
    holder: Uuid,
    now: Timestamp,
    until: Timestamp,
) -> Read<bool> {
    let taken = statement::<()>(
        "INSERT INTO leases (job, holder, until) VALUES (?, ?, ?)
         ON CONFLICT (job) DO UPDATE SET holder = excluded.holder, until = excluded.until
         WHERE leases.holder = excluded.holder OR leases.until <= ?",
    )
    .bind(job)
    .bind(holder.as_bytes().as_slice())
    .bind(millis(until))
    .bind(millis(now))
    .execute(conn)?;
    Ok(taken > 0)
}
