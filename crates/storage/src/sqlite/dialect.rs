//! What SQLite says in its own words.

use std::error::Error;

use diesel::{dsl::sql, prelude::*, sql_types::Bool};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use passkeyd_domain::{
    TenantId,
    ports::{SignInOutcome, SignInRecord},
};

use super::{
    Conn,
    queries::{ceremonies, events, tenants},
};
use crate::{
    rows::{Read, TenantRow, millis},
    schema,
    statement::statement,
};

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// Has this database seen a migration?
pub(crate) fn has_history(conn: &mut Conn) -> QueryResult<bool> {
    diesel::select(sql::<Bool>(
        "EXISTS (SELECT 1 FROM sqlite_master WHERE name = '__diesel_schema_migrations')",
    ))
    .get_result(conn)
}

/// Does this in a transaction that begins as a writer's, so that it waits for others here and not midway.
pub(crate) fn alone<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, Box<dyn Error + Send + Sync>>,
) -> Result<T, Box<dyn Error + Send + Sync>> {
    conn.immediate_transaction(work)
}

/// A tenant's row. There is one writer, so whoever writes holds every lock already.
pub(crate) fn locked_tenant(conn: &mut Conn, id: &TenantId) -> Read<Option<TenantRow>> {
    Ok(schema::tenants::table
        .find(id.as_str())
        .select(TenantRow::as_select())
        .first(conn)
        .optional()?)
}

/// A statement costs next to nothing here, so each says one thing.
pub(crate) fn record_sign_in(
    conn: &mut Conn,
    tenant: &TenantId,
    record: &SignInRecord,
) -> Read<SignInOutcome> {
    if !ceremonies::consume(conn, tenant, &record.consumption)? {
        return Ok(SignInOutcome::AlreadyConsumed);
    }
    let updated = statement::<()>(
        "UPDATE credentials SET sign_count = ?, backed_up = ?, user_verified = user_verified OR ?,
             device = ?, country = ?, last_used_at = ?
         WHERE tenant = ? AND credential_id = ? AND sign_count = ?",
    )
    .bind(i64::from(record.sign_count))
    .bind(record.backed_up)
    .bind(record.user_verified)
    .bind(record.device.as_str())
    .bind(record.country.as_str())
    .bind(millis(record.now))
    .bind(tenant.as_str())
    .bind(record.credential_id.as_bytes())
    .bind(i64::from(record.expected_sign_count))
    .execute(conn)?;
    if updated == 0 {
        return Ok(SignInOutcome::CredentialChanged);
    }
    if let Some(purpose) = &record.used_config {
        tenants::note_use(conn, tenant, purpose, record.now)?;
    }
    events::append(conn, &record.event)?;
    Ok(SignInOutcome::Recorded)
}
