use diesel::prelude::*;
use passkeyd_domain::{Event, TenantId, Timestamp, ports::ListedAuthenticator};
use uuid::Uuid;

use super::{Conn, events};
use crate::{
    rows::{ListedRow, Read, millis},
    schema::authenticators,
    statement::statement,
};

pub(crate) fn all(conn: &mut Conn, tenant: &TenantId) -> Read<Vec<ListedAuthenticator>> {
    authenticators::table
        .filter(authenticators::tenant.eq(tenant.as_str()))
        .order((authenticators::created_at, authenticators::aaguid))
        .select(ListedRow::as_select())
        .load(conn)?
        .into_iter()
        .map(ListedRow::listed)
        .collect()
}

pub(crate) fn put(
    conn: &mut Conn,
    tenant: &TenantId,
    aaguids: &[Uuid],
    allowed: bool,
    now: Timestamp,
    event: Option<&Event>,
) -> Read<()> {
    // In one order for everybody, so that two calls at once wait for each other and don't deadlock.
    let mut aaguids = aaguids.to_vec();
    aaguids.sort_unstable();
    for aaguid in &aaguids {
        statement::<()>(
            "INSERT INTO authenticators (tenant, aaguid, allowed, created_at) VALUES (?, ?, ?, ?)
             ON CONFLICT (tenant, aaguid) DO UPDATE SET allowed = excluded.allowed",
        )
        .bind(tenant.as_str())
        .bind(aaguid.as_bytes().as_slice())
        .bind(allowed)
        .bind(millis(now))
        .execute(conn)?;
    }
    events::append(conn, event)
}

pub(crate) fn remove(
    conn: &mut Conn,
    tenant: &TenantId,
    aaguids: &[Uuid],
    event: Option<&Event>,
) -> Read<()> {
    let aaguids = aaguids.iter().map(|aaguid| aaguid.as_bytes().as_slice());
    diesel::delete(
        authenticators::table
            .filter(authenticators::tenant.eq(tenant.as_str()))
            .filter(authenticators::aaguid.eq_any(aaguids)),
    )
    .execute(conn)?;
    events::append(conn, event)
}
