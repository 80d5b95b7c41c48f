use diesel::prelude::*;
use passkeyd_domain::{
    ApiKey, Event, KeyId, RingKey, RingPurpose, TenantId, Timestamp, ports::NamedKeyOutcome,
};

use super::{Conn, dialect, events, tenants};
use crate::{
    error::Failure,
    rows::{ApiKeyRow, Read, RingKeyRow, millis},
    schema::{api_keys, ring_keys},
    statement::statement,
};

pub(crate) fn add(conn: &mut Conn, key: &ApiKey, event: Option<&Event>) -> Read<bool> {
    if !tenants::exists(conn, &key.tenant)? {
        return Ok(false);
    }
    let added = diesel::insert_into(api_keys::table)
        .values(ApiKeyRow::of(key))
        .on_conflict_do_nothing()
        .execute(conn)?;
    if added > 0 {
        events::append(conn, event)?;
    }
    Ok(added > 0)
}

pub(crate) fn put_named(conn: &mut Conn, key: &ApiKey, is_given: bool) -> Read<NamedKeyOutcome> {
    // Those who configure a tenant at once take turns.
    if dialect::locked_tenant(conn, &key.tenant)?.is_none() {
        return Ok(NamedKeyOutcome::NoTenant);
    }
    let of_name: Vec<ApiKey> = list(conn, &key.tenant)?
        .into_iter()
        .filter(|known| known.kind == key.kind && known.name == key.name)
        .collect();
    let is_this = |known: &ApiKey| !is_given || known.lookup == key.lookup;
    let is_there = of_name.iter().any(is_this);
    let is_taken = match &key.lookup {
        Some(lookup) if !is_there => by_lookup(conn, lookup)?.is_some(),
        _ => false,
    };
    if is_taken {
        return Ok(NamedKeyOutcome::Taken);
    }
    for known in &of_name {
        if is_this(known) {
            set_scopes(conn, known, &ApiKeyRow::of(key))?;
        } else {
            delete(conn, &key.tenant, &known.key_id, None)?;
        }
    }
    if is_there {
        return Ok(NamedKeyOutcome::Kept);
    }
    if add(conn, key, None)? {
        Ok(NamedKeyOutcome::Made)
    } else {
        Ok(NamedKeyOutcome::Taken)
    }
}

fn set_scopes(conn: &mut Conn, known: &ApiKey, wanted: &ApiKeyRow) -> Read<()> {
    statement::<()>("UPDATE api_keys SET scopes = ? WHERE tenant = ? AND key_id = ?")
        .bind(wanted.scopes.as_str())
        .bind(known.tenant.as_str())
        .bind(known.key_id.0.as_str())
        .execute(conn)?;
    Ok(())
}

pub(crate) fn list(conn: &mut Conn, tenant: &TenantId) -> Read<Vec<ApiKey>> {
    api_keys::table
        .filter(api_keys::tenant.eq(tenant.as_str()))
        .order(api_keys::key_id)
        .select(ApiKeyRow::as_select())
        .load(conn)?
        .into_iter()
        .map(ApiKeyRow::key)
        .collect()
}

pub(crate) fn by_lookup(conn: &mut Conn, lookup: &str) -> Read<Option<ApiKey>> {
    api_keys::table
        .filter(api_keys::lookup.eq(lookup))
        .select(ApiKeyRow::as_select())
        .get_result(conn)
        .optional()?
        .map(ApiKeyRow::key)
        .transpose()
}

pub(crate) fn set_lock(
    conn: &mut Conn,
    tenant: &TenantId,
    key_id: &KeyId,
    locked_at: Option<Timestamp>,
    event: Option<&Event>,
) -> Read<bool> {
    let set = statement::<()>(
        "UPDATE api_keys SET locked_at = ?, last_locked_at = COALESCE(?, last_locked_at)
         WHERE tenant = ? AND key_id = ?",
    )
    .bind(locked_at.map(millis))
    .bind(locked_at.map(millis))
    .bind(tenant.as_str())
    .bind(key_id.0.as_str())
    .execute(conn)?;
    if set > 0 {
        events::append(conn, event)?;
    }
    Ok(set > 0)
}

pub(crate) fn replace_stored(
    conn: &mut Conn,
    tenant: &TenantId,
    key_id: &KeyId,
    expected: &str,
    replacement: &str,
) -> Read<bool> {
    let replaced = statement::<()>(
        "UPDATE api_keys SET stored = ? WHERE tenant = ? AND key_id = ? AND stored = ?",
    )
    .bind(replacement)
    .bind(tenant.as_str())
    .bind(key_id.0.as_str())
    .bind(expected)
    .execute(conn)?;
    Ok(replaced > 0)
}

pub(crate) fn delete(
    conn: &mut Conn,
    tenant: &TenantId,
    key_id: &KeyId,
    event: Option<&Event>,
) -> Read<bool> {
    let deleted = statement::<()>("DELETE FROM api_keys WHERE tenant = ? AND key_id = ?")
        .bind(tenant.as_str())
        .bind(key_id.0.as_str())
        .execute(conn)?;
    if deleted > 0 {
        events::append(conn, event)?;
    }
    Ok(deleted > 0)
}

pub(crate) fn whole_ring(conn: &mut Conn, tenant: &TenantId) -> Read<Vec<RingKey>> {
    ring_keys::table
        .filter(ring_keys::tenant.eq(tenant.as_str()))
        .order((ring_keys::created_at.desc(), ring_keys::id.desc()))
        .select(RingKeyRow::as_select())
        .load(conn)?
        .into_iter()
        .map(RingKeyRow::key)
        .collect()
}

pub(crate) fn ring(
    conn: &mut Conn,
    tenant: &TenantId,
    purpose: &RingPurpose,
) -> Read<Vec<RingKey>> {
    ring_keys::table
        .filter(ring_keys::tenant.eq(tenant.as_str()))
        .filter(ring_keys::purpose.eq(purpose.as_str()))
        .order((ring_keys::created_at.desc(), ring_keys::id.desc()))
        .select(RingKeyRow::as_select())
        .load(conn)?
        .into_iter()
        .map(RingKeyRow::key)
        .collect()
}

pub(crate) fn newest_wrapped(conn: &mut Conn) -> Read<Option<RingKey>> {
    ring_keys::table
        .filter(ring_keys::wrapped.eq(true))
        .order((ring_keys::created_at.desc(), ring_keys::id.desc()))
        .select(RingKeyRow::as_select())
        .get_result(conn)
        .optional()?
        .map(RingKeyRow::key)
        .transpose()
}

pub(crate) fn install(
    conn: &mut Conn,
    key: &RingKey,
    unless_newer_than: Option<Timestamp>,
    retire_before: Option<Timestamp>,
) -> Read<Vec<RingKey>> {
    // Two installations take turns, so that the second sees what the first put in.
    if dialect::locked_tenant(conn, &key.tenant)?.is_none() {
        return Err(Failure::TenantGone);
    }
    let has_newer = match unless_newer_than {
        None => false,
        Some(limit) => {
            let newer = ring_keys::table
                .filter(ring_keys::tenant.eq(key.tenant.as_str()))
                .filter(ring_keys::purpose.eq(key.purpose.as_str()))
                .filter(ring_keys::created_at.gt(millis(limit)));
            diesel::select(diesel::dsl::exists(newer)).get_result(conn)?
        }
    };
    if !has_newer {
        diesel::insert_into(ring_keys::table)
            .values(RingKeyRow::of(key))
            .execute(conn)?;
    }
    if let Some(limit) = retire_before {
        statement::<()>(
            "DELETE FROM ring_keys WHERE tenant = ? AND purpose = ? AND created_at < ?",
        )
        .bind(key.tenant.as_str())
        .bind(key.purpose.as_str())
        .bind(millis(limit))
        .execute(conn)?;
    }
    ring(conn, &key.tenant, &key.purpose)
}
