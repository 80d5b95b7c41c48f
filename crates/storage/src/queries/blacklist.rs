use diesel::prelude::*;
use passkeyd_domain::{Event, TenantId, ports::BlacklistedModel};
use uuid::Uuid;

use super::{Conn, events};
use crate::{
    rows::{BlacklistRow, Read},
    schema::blacklist,
    statement::statement,
};

pub(crate) fn all(conn: &mut Conn, tenant: &TenantId) -> Read<Vec<BlacklistedModel>> {
    blacklist::table
        .filter(blacklist::tenant.eq(tenant.as_str()))
        .order(blacklist::aaguid)
        .select(BlacklistRow::as_select())
        .load(conn)?
        .into_iter()
        .map(BlacklistRow::model)
        .collect()
}

pub(crate) fn put(
    conn: &mut Conn,
    tenant: &TenantId,
    entries: &[BlacklistedModel],
    event: Option<&Event>,
) -> Read<()> {
    // In one order for everybody, so that two calls at once wait for each other and don't deadlock.
    let mut entries = entries.to_vec();
    entries.sort_by_key(|entry| entry.aaguid);
    for entry in &entries {
        statement::<()>(
            "INSERT INTO blacklist (tenant, aaguid, registration, sign_in) VALUES (?, ?, ?, ?)
             ON CONFLICT (tenant, aaguid) DO UPDATE SET registration = excluded.registration,
                 sign_in = excluded.sign_in",
        )
        .bind(tenant.as_str())
        .bind(entry.aaguid.as_bytes().as_slice())
        .bind(entry.registration)
        .bind(entry.sign_in)
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
        blacklist::table
            .filter(blacklist::tenant.eq(tenant.as_str()))
            .filter(blacklist::aaguid.eq_any(aaguids)),
    )
    .execute(conn)?;
    events::append(conn, event)
}
