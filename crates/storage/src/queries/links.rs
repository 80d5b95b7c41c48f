use diesel::prelude::*;
use passkeyd_domain::{
    TenantId, Timestamp,
    ports::{LinkQuota, SentLink},
};
use uuid::Uuid;

use super::{Conn, dialect};
use crate::{
    error::Failure,
    rows::{Read, millis},
    schema::magic_links,
    statement::statement,
};

pub(crate) fn reserve(conn: &mut Conn, link: &SentLink, quota: Option<&LinkQuota>) -> Read<bool> {
    if let Some(quota) = quota {
        // Those who count take turns.
        if dialect::locked_tenant(conn, &link.tenant)?.is_none() {
            return Err(Failure::TenantGone);
        }
        if count(conn, &link.tenant, quota.since)? >= quota.limit {
            return Ok(false);
        }
    }
    diesel::insert_into(magic_links::table)
        .values((
            magic_links::tenant.eq(link.tenant.as_str()),
            magic_links::id.eq(link.id.as_bytes().as_slice()),
            magic_links::user_id.eq(link.user_id.as_str()),
            magic_links::address.eq(&link.address),
            magic_links::template.eq(&link.template),
            magic_links::sent_at.eq(millis(link.sent_at)),
        ))
        .execute(conn)?;
    Ok(true)
}

pub(crate) fn forget(conn: &mut Conn, tenant: &TenantId, id: Uuid) -> Read<()> {
    statement::<()>("DELETE FROM magic_links WHERE tenant = ? AND id = ?")
        .bind(tenant.as_str())
        .bind(id.as_bytes().as_slice())
        .execute(conn)?;
    Ok(())
}

pub(crate) fn count(conn: &mut Conn, tenant: &TenantId, since: Timestamp) -> Read<u64> {
    let count: i64 = magic_links::table
        .filter(magic_links::tenant.eq(tenant.as_str()))
        .filter(magic_links::sent_at.ge(millis(since)))
        .count()
        .get_result(conn)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

pub(crate) fn delete_before(conn: &mut Conn, before: Timestamp, limit: u32) -> Read<u64> {
    let deleted = statement::<()>(
        "DELETE FROM magic_links WHERE (tenant, id) IN
             (SELECT tenant, id FROM magic_links WHERE sent_at < ? ORDER BY sent_at LIMIT ?)",
    )
    .bind(millis(before))
    .bind(i64::from(limit))
    .execute(conn)?;
    Ok(u64::try_from(deleted).unwrap_or(u64::MAX))
}
