//! Tenants go in steps: one with many users in a single statement would run into the time that a statement may take, and
//! keep every other writer waiting.

use diesel::prelude::*;
use passkeyd_domain::TenantId;

use super::{Conn, dialect};
use crate::{
    rows::{Read, tenant_id},
    schema::tenants,
    statement::statement,
};

/// What goes at once: without it nobody gets to the rest.
const AT_ONCE: [&str; 3] = [
    "DELETE FROM api_keys WHERE tenant = ?",
    "DELETE FROM ring_keys WHERE tenant = ?",
    "DELETE FROM auth_configs WHERE tenant = ?",
];

/// Where a tenant has many rows. With users goes what is theirs, and with the tenant's own row the little that is left.
const IN_STEPS: [&str; 10] = [
    "DELETE FROM users WHERE key IN (SELECT key FROM users WHERE tenant = ? LIMIT ?)",
    "DELETE FROM groups WHERE id IN (SELECT id FROM groups WHERE tenant = ? LIMIT ?)",
    "DELETE FROM devices WHERE (tenant, id) IN (SELECT tenant, id FROM devices WHERE tenant = ? LIMIT ?)",
    "DELETE FROM transactions WHERE (tenant, id) IN
         (SELECT tenant, id FROM transactions WHERE tenant = ? LIMIT ?)",
    "DELETE FROM magic_links WHERE (tenant, id) IN
         (SELECT tenant, id FROM magic_links WHERE tenant = ? LIMIT ?)",
    "DELETE FROM one_time_codes WHERE (tenant, subject, purpose) IN
         (SELECT tenant, subject, purpose FROM one_time_codes WHERE tenant = ? LIMIT ?)",
    "DELETE FROM attempts WHERE (tenant, key) IN (SELECT tenant, key FROM attempts WHERE tenant = ? LIMIT ?)",
    "DELETE FROM ceremonies WHERE (tenant, id) IN (SELECT tenant, id FROM ceremonies WHERE tenant = ? LIMIT ?)",
    "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE tenant = ? LIMIT ?)",
    "DELETE FROM deliveries WHERE number IN (SELECT number FROM deliveries WHERE tenant = ? LIMIT ?)",
];

pub(crate) fn mark(conn: &mut Conn, id: &TenantId) -> Read<bool> {
    if dialect::locked_tenant(conn, id)?.is_none() {
        return Ok(false);
    }
    statement::<()>(
        "UPDATE tenants SET deleted = ?, settings = '{}', delete_at = NULL WHERE id = ?",
    )
    .bind(true)
    .bind(id.as_str())
    .execute(conn)?;
    for sql in AT_ONCE {
        statement::<()>(sql).bind(id.as_str()).execute(conn)?;
    }
    Ok(true)
}

pub(crate) fn marked(conn: &mut Conn) -> Read<Vec<TenantId>> {
    let ids: Vec<String> = tenants::table
        .filter(tenants::deleted.eq(true))
        .order(tenants::id)
        .select(tenants::id)
        .load(conn)?;
    ids.iter().map(|id| tenant_id(id)).collect()
}

/// Deletes up to so many rows, and the tenant's own when there is no other. True: there is no such tenant any more.
pub(crate) fn clear(conn: &mut Conn, id: &TenantId, rows: u32) -> Read<bool> {
    let is_marked = tenants::table
        .find(id.as_str())
        .filter(tenants::deleted.eq(true));
    let is_marked: bool = diesel::select(diesel::dsl::exists(is_marked)).get_result(conn)?;
    if !is_marked {
        return Ok(true);
    }
    let mut left = i64::from(rows);
    for sql in IN_STEPS {
        let deleted = statement::<()>(sql)
            .bind(id.as_str())
            .bind(left)
            .execute(conn)?;
        left -= i64::try_from(deleted).unwrap_or(i64::MAX);
        if left <= 0 {
            return Ok(false);
        }
    }
    statement::<()>("DELETE FROM tenants WHERE id = ? AND deleted = ?")
        .bind(id.as_str())
        .bind(true)
        .execute(conn)?;
    Ok(true)
}
