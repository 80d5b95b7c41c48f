//! What SQLite says in its own words.

use std::error::Error;

use diesel::{dsl::sql, prelude::*, sql_types::Bool};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use passkeyd_domain::{TenantId, Timestamp};

use super::Conn;
use crate::{
    rows::{DeliveryRow, Read, TenantRow, millis},
    schema,
};

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// The function that finds a text in another.
pub(crate) const POSITION: &str = "instr";

/// What keeps the planner from an index by a column, put in front of it. Without statistics it takes a tenant to be small,
/// and goes through all of one in the wanted order where a better index leads to few rows.
pub(crate) const WEAKLY: &str = "+";

/// Whoever writes holds every lock already.
pub(crate) const LOCKED: &str = "";

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
        .filter(schema::tenants::deleted.eq(false))
        .select(TenantRow::as_select())
        .get_result(conn)
        .optional()?)
}

/// What is due, the longest due first.
pub(crate) fn due_deliveries(
    conn: &mut Conn,
    now: Timestamp,
    limit: u32,
) -> Read<Vec<DeliveryRow>> {
    Ok(schema::deliveries::table
        .filter(schema::deliveries::due_at.le(millis(now)))
        .order((schema::deliveries::due_at, schema::deliveries::number))
        .limit(i64::from(limit))
        .select(DeliveryRow::as_select())
        .load(conn)?)
}
