//! What PostgreSQL says in its own words.

use std::error::Error;

use diesel::{dsl::sql, prelude::*, sql_types::Bool};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use passkeyd_domain::{TenantId, Timestamp};

use super::Conn;
use crate::{
    rows::{DeliveryRow, Read, TenantRow, millis},
    schema,
};

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// The function that finds a text in another.
pub(crate) const POSITION: &str = "strpos";

/// The planner has statistics, and decides for itself.
pub(crate) const WEAKLY: &str = "";

/// Rows that nobody deletes until the transaction ends.
pub(crate) const LOCKED: &str = " FOR KEY SHARE";

/// Has this database seen a migration?
pub(crate) fn has_history(conn: &mut Conn) -> QueryResult<bool> {
    diesel::select(sql::<Bool>(
        "to_regclass('__diesel_schema_migrations') IS NOT NULL",
    ))
    .get_result(conn)
}

/// Does this in a transaction, while other nodes that want to do it wait.
pub(crate) fn alone<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, Box<dyn Error + Send + Sync>>,
) -> Result<T, Box<dyn Error + Send + Sync>> {
    conn.transaction(|conn| {
        diesel::sql_query("SELECT pg_advisory_xact_lock(7020616573736)").execute(conn)?;
        diesel::sql_query("SET LOCAL statement_timeout = 0").execute(conn)?;
        work(conn)
    })
}

/// A tenant's row, which nobody else changes until the transaction ends.
pub(crate) fn locked_tenant(conn: &mut Conn, id: &TenantId) -> Read<Option<TenantRow>> {
    Ok(schema::tenants::table
        .find(id.as_str())
        .filter(schema::tenants::deleted.eq(false))
        .select(TenantRow::as_select())
        .for_no_key_update()
        .get_result(conn)
        .optional()?)
}

/// What is due, the longest due first, without what another node is taking.
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
        .for_update()
        .skip_locked()
        .load(conn)?)
}
