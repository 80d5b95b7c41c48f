use diesel::prelude::*;
use passkeyd_domain::{TenantId, Timestamp, ports::Consumption};
use uuid::Uuid;

use super::Conn;
use crate::{
    error::Failure,
    rows::{Read, millis},
    schema::ceremonies,
    statement::statement,
};

pub(crate) fn consume(conn: &mut Conn, tenant: &TenantId, consumption: &Consumption) -> Read<bool> {
    let consumed = statement::<()>(
        "INSERT INTO ceremonies (tenant, id, state, expires_at, consumed_at) VALUES (?, ?, NULL, ?, ?)
         ON CONFLICT (tenant, id) DO UPDATE SET consumed_at = excluded.consumed_at,
             expires_at = CASE WHEN ceremonies.expires_at > excluded.expires_at
                 THEN ceremonies.expires_at ELSE excluded.expires_at END
         WHERE ceremonies.consumed_at IS NULL",
    )
    .bind(tenant.as_str())
    .bind(consumption.id.as_bytes().as_slice())
    .bind(millis(consumption.expires_at))
    .bind(millis(consumption.at))
    .execute(conn)?;
    Ok(consumed > 0)
}

pub(crate) fn is_consumed(conn: &mut Conn, tenant: &TenantId, id: Uuid) -> Read<bool> {
    Ok(consumed_at(conn, tenant, id)?.is_some())
}

pub(crate) fn consumed_at(conn: &mut Conn, tenant: &TenantId, id: Uuid) -> Read<Option<Timestamp>> {
    let consumed_at: Option<Option<i64>> = ceremonies::table
        .find((tenant.as_str(), id.as_bytes().as_slice()))
        .select(ceremonies::consumed_at)
        .get_result(conn)
        .optional()?;
    let at = consumed_at.flatten().map(Timestamp::from_millisecond);
    at.transpose().map_err(|error| Failure::Inconsistent {
        table: "ceremonies",
        what: format!("consumed_at of {id}: {error}"),
    })
}

pub(crate) fn keep_state(
    conn: &mut Conn,
    tenant: &TenantId,
    id: Uuid,
    state: &str,
    expires_at: Timestamp,
) -> Read<()> {
    statement::<()>(
        "INSERT INTO ceremonies (tenant, id, state, expires_at, consumed_at) VALUES (?, ?, ?, ?, NULL)
         ON CONFLICT (tenant, id) DO UPDATE SET state = excluded.state, expires_at = excluded.expires_at
         WHERE ceremonies.consumed_at IS NULL",
    )
    .bind(tenant.as_str())
    .bind(id.as_bytes().as_slice())
    .bind(state)
    .bind(millis(expires_at))
    .execute(conn)?;
    Ok(())
}

pub(crate) fn state(conn: &mut Conn, tenant: &TenantId, id: Uuid) -> Read<Option<String>> {
    let state: Option<Option<String>> = ceremonies::table
        .find((tenant.as_str(), id.as_bytes().as_slice()))
        .filter(ceremonies::consumed_at.is_null())
        .select(ceremonies::state)
        .get_result(conn)
        .optional()?;
    Ok(state.flatten())
}

pub(crate) fn replace_state(
    conn: &mut Conn,
    tenant: &TenantId,
    id: Uuid,
    expected: &str,
    replacement: &str,
) -> Read<bool> {
    let replaced = statement::<()>(
        "UPDATE ceremonies SET state = ? WHERE tenant = ? AND id = ? AND state = ? AND consumed_at IS NULL",
    )
    .bind(replacement)
    .bind(tenant.as_str())
    .bind(id.as_bytes().as_slice())
    .bind(expected)
    .execute(conn)?;
    Ok(replaced > 0)
}

pub(crate) fn sweep(conn: &mut Conn, now: Timestamp, limit: u32) -> Read<u64> {
    let swept = statement::<()>(
        "DELETE FROM ceremonies WHERE (tenant, id) IN
             (SELECT tenant, id FROM ceremonies WHERE expires_at < ? ORDER BY expires_at LIMIT ?)",
    )
    .bind(millis(now))
    .bind(i64::from(limit))
    .execute(conn)?;
    Ok(u64::try_from(swept).unwrap_or(u64::MAX))
}
