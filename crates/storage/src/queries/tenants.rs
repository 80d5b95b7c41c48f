use diesel::prelude::*;
use passkeyd_domain::{
    ApiKey, AuthConfig, Event, Purpose, Tenant, TenantId, TenantSettings, Timestamp,
    ports::TenantSnapshot,
};

use super::{Conn, blacklist, dialect, events, keys};
use crate::{
    rows::{ApiKeyRow, AuthConfigRow, Read, TenantRow, hints_text, millis, millis_of},
    schema::{api_keys, auth_configs, tenants},
    statement::statement,
};

pub(crate) fn create(
    conn: &mut Conn,
    tenant: &Tenant,
    api_keys: &[ApiKey],
    event: Option<&Event>,
) -> Read<bool> {
    if is_taken(conn, &tenant.id)? {
        return Ok(false);
    }
    insert(conn, tenant, api_keys)?;
    events::append(conn, event)?;
    Ok(true)
}

/// Fails where there is a tenant of that name.
pub(crate) fn insert(conn: &mut Conn, tenant: &Tenant, api_keys: &[ApiKey]) -> Read<()> {
    diesel::insert_into(tenants::table)
        .values(TenantRow::of(tenant)?)
        .execute(conn)?;
    clear_unreferenced(conn, &tenant.id)?;
    for key in api_keys {
        diesel::insert_into(api_keys::table)
            .values(ApiKeyRow::of(key))
            .execute(conn)?;
    }
    Ok(())
}

pub(crate) fn find(conn: &mut Conn, id: &TenantId) -> Read<Option<Tenant>> {
    row(conn, id)?.map(TenantRow::tenant).transpose()
}

/// Whether a tenant has this name, or one that was deleted and is not all gone.
pub(crate) fn is_taken(conn: &mut Conn, id: &TenantId) -> Read<bool> {
    let named = tenants::table.find(id.as_str());
    Ok(diesel::select(diesel::dsl::exists(named)).get_result(conn)?)
}

/// Whether something can be written for a tenant.
pub(crate) fn exists(conn: &mut Conn, id: &TenantId) -> Read<bool> {
    let live = tenants::table
        .find(id.as_str())
        .filter(tenants::deleted.eq(false));
    Ok(diesel::select(diesel::dsl::exists(live)).get_result(conn)?)
}

fn row(conn: &mut Conn, id: &TenantId) -> Read<Option<TenantRow>> {
    Ok(tenants::table
        .find(id.as_str())
        .filter(tenants::deleted.eq(false))
        .select(TenantRow::as_select())
        .get_result(conn)
        .optional()?)
}

pub(crate) fn list(conn: &mut Conn) -> Read<Vec<Tenant>> {
    tenants::table
        .filter(tenants::deleted.eq(false))
        .order(tenants::id)
        .select(TenantRow::as_select())
        .load(conn)?
        .into_iter()
        .map(TenantRow::tenant)
        .collect()
}

pub(crate) fn snapshot(conn: &mut Conn, id: &TenantId) -> Read<Option<TenantSnapshot>> {
    let Some(tenant) = find(conn, id)? else {
        return Ok(None);
    };
    let auth_configs = auth_configs::table
        .filter(auth_configs::tenant.eq(id.as_str()))
        .order(auth_configs::purpose)
        .select(AuthConfigRow::as_select())
        .load(conn)?
        .into_iter()
        .map(AuthConfigRow::config)
        .collect::<Result<_, _>>()?;
    Ok(Some(TenantSnapshot {
        tenant,
        api_keys: keys::list(conn, id)?,
        ring: keys::whole_ring(conn, id)?,
        auth_configs,
        blacklist: blacklist::all(conn, id)?,
    }))
}

pub(crate) fn replace_settings(
    conn: &mut Conn,
    id: &TenantId,
    expected: &TenantSettings,
    replacement: &TenantSettings,
    events: &[Event],
) -> Read<bool> {
    let Some(row) = dialect::locked_tenant(conn, id)? else {
        return Ok(false);
    };
    if row.settings()? != *expected {
        return Ok(false);
    }
    store_settings(conn, id, &row.settings_with(replacement)?, row.delete_at)?;
    events::append(conn, events)?;
    Ok(true)
}

fn store_settings(
    conn: &mut Conn,
    id: &TenantId,
    settings: &str,
    delete_at: Option<i64>,
) -> Read<()> {
    statement::<()>("UPDATE tenants SET settings = ?, delete_at = ? WHERE id = ?")
        .bind(settings)
        .bind(delete_at)
        .bind(id.as_str())
        .execute(conn)?;
    Ok(())
}

pub(crate) fn freeze(
    conn: &mut Conn,
    id: &TenantId,
    now: Timestamp,
    delete_at: Option<Timestamp>,
    event: Option<&Event>,
) -> Read<bool> {
    let Some(row) = dialect::locked_tenant(conn, id)? else {
        return Ok(false);
    };
    statement::<()>(
        "UPDATE api_keys SET locked_at = ?, last_locked_at = ? WHERE tenant = ? AND locked_at IS NULL",
    )
    .bind(millis(now))
    .bind(millis(now))
    .bind(id.as_str())
    .execute(conn)?;
    let settings = TenantSettings {
        frozen: true,
        ..row.settings()?
    };
    let delete_at = delete_at.map(millis).or(row.delete_at);
    store_settings(conn, id, &row.settings_with(&settings)?, delete_at)?;
    events::append(conn, event)?;
    Ok(true)
}

pub(crate) fn unfreeze(conn: &mut Conn, id: &TenantId, event: Option<&Event>) -> Read<bool> {
    let Some(row) = dialect::locked_tenant(conn, id)? else {
        return Ok(false);
    };
    statement::<()>("UPDATE api_keys SET locked_at = NULL WHERE tenant = ?")
        .bind(id.as_str())
        .execute(conn)?;
    let settings = TenantSettings {
        frozen: false,
        ..row.settings()?
    };
    store_settings(conn, id, &row.settings_with(&settings)?, None)?;
    events::append(conn, event)?;
    Ok(true)
}

/// Deletes the rows that no reference ties to the tenant (the migration says why).
fn clear_unreferenced(conn: &mut Conn, id: &TenantId) -> Read<()> {
    for table in [
        "DELETE FROM ceremonies WHERE tenant = ?",
        "DELETE FROM events WHERE tenant = ?",
        "DELETE FROM deliveries WHERE tenant = ?",
    ] {
        statement::<()>(table).bind(id.as_str()).execute(conn)?;
    }
    Ok(())
}

pub(crate) fn add_config(
    conn: &mut Conn,
    tenant: &TenantId,
    config: &AuthConfig,
    event: Option<&Event>,
) -> Read<bool> {
    let added = diesel::insert_into(auth_configs::table)
        .values(AuthConfigRow::of(tenant, config))
        .on_conflict_do_nothing()
        .execute(conn)?;
    if added == 0 {
        return Ok(false);
    }
    events::append(conn, event)?;
    Ok(true)
}

pub(crate) fn edit_config(
    conn: &mut Conn,
    tenant: &TenantId,
    config: &AuthConfig,
    or_insert: bool,
    event: Option<&Event>,
) -> Read<bool> {
    let edited = statement::<()>(
        "UPDATE auth_configs SET time_to_live = ?, user_verification = ?, hints = ?, edited_by = ?, edited_on = ?
         WHERE tenant = ? AND purpose = ?",
    )
    .bind(millis_of(config.time_to_live))
    .bind(config.user_verification.as_str())
    .bind(hints_text(&config.hints).as_str())
    .bind(config.edited_by.as_deref())
    .bind(config.edited_on.map(millis))
    .bind(tenant.as_str())
    .bind(config.purpose.as_str())
    .execute(conn)?;
    if edited == 0 {
        if !or_insert {
            return Ok(false);
        }
        // Where another call inserts it meanwhile, this fails and the whole is done again.
        diesel::insert_into(auth_configs::table)
            .values(AuthConfigRow::of(tenant, config))
            .execute(conn)?;
    }
    events::append(conn, event)?;
    Ok(true)
}

pub(crate) fn delete_config(
    conn: &mut Conn,
    tenant: &TenantId,
    purpose: &Purpose,
    event: Option<&Event>,
) -> Read<bool> {
    let deleted = statement::<()>("DELETE FROM auth_configs WHERE tenant = ? AND purpose = ?")
        .bind(tenant.as_str())
        .bind(purpose.as_str())
        .execute(conn)?;
    if deleted > 0 {
        events::append(conn, event)?;
    }
    Ok(deleted > 0)
}

/// Notes that a configuration was used; a built-in one gets its row.
pub(crate) fn note_use(
    conn: &mut Conn,
    tenant: &TenantId,
    purpose: &Purpose,
    now: Timestamp,
) -> Read<()> {
    let noted = statement::<()>(
        "UPDATE auth_configs SET last_used_on = ?
         WHERE tenant = ? AND purpose = ? AND (last_used_on IS NULL OR last_used_on <= ?)",
    )
    .bind(millis(now))
    .bind(tenant.as_str())
    .bind(purpose.as_str())
    .bind(millis(now) - 1000)
    .execute(conn)?;
    if noted == 0 && purpose.is_built_in() {
        let used = AuthConfig {
            last_used_on: Some(now),
            ..AuthConfig::built_in(purpose)
        };
        diesel::insert_into(auth_configs::table)
            .values(AuthConfigRow::of(tenant, &used))
            .on_conflict_do_nothing()
            .execute(conn)?;
    }
    Ok(())
}
