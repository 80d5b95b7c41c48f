//! What PostgreSQL says in its own words.

use std::error::Error;

use diesel::{dsl::sql, prelude::*, sql_types::Bool};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use passkeyd_domain::{
    AuthConfig, Purpose, TenantId, Timestamp,
    ports::{SignInOutcome, SignInRecord},
};

use super::{Conn, queries::credentials};
use crate::{
    rows::{DeliveryRow, Read, TenantRow, hints_text, millis, millis_of},
    schema,
    statement::statement,
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

/// A statement costs a round trip, so all of a sign-in is one; each part waits for the one whose rows it looks for.
const RECORD_SIGN_IN: &str = "
WITH consumed AS (
    INSERT INTO ceremonies (tenant, id, state, expires_at, consumed_at) VALUES (?, ?, NULL, ?, ?)
    ON CONFLICT (tenant, id) DO UPDATE SET consumed_at = excluded.consumed_at,
        expires_at = greatest(ceremonies.expires_at, excluded.expires_at)
    WHERE ceremonies.consumed_at IS NULL
    RETURNING 1
), updated AS (
    UPDATE credentials SET sign_count = ?, backed_up = ?, user_verified = user_verified OR ?,
        device = ?, country = ?, last_used_at = ?
    WHERE tenant = ? AND credential_id = ? AND sign_count = ? AND EXISTS (SELECT 1 FROM consumed)
    RETURNING tenant
), used AS (
    UPDATE auth_configs SET last_used_on = ? FROM updated
    WHERE auth_configs.tenant = updated.tenant AND purpose = ? AND (last_used_on IS NULL OR last_used_on <= ?)
), made AS (
    INSERT INTO auth_configs
        (tenant, purpose, time_to_live, user_verification, hints, created_by, last_used_on)
    SELECT tenant, ?, ?, ?, ?, ?, ? FROM updated
    WHERE ? AND NOT EXISTS (SELECT 1 FROM auth_configs WHERE auth_configs.tenant = updated.tenant AND purpose = ?)
    ON CONFLICT DO NOTHING
), told AS (
    INSERT INTO events (tenant, performed_at, kind, message, performed_by, subject, api_key_id)
    SELECT tenant, ?, ?, ?, ?, ?, ? FROM updated WHERE ?
)
SELECT EXISTS (SELECT 1 FROM consumed), EXISTS (SELECT 1 FROM updated)";

pub(crate) fn record_sign_in(
    conn: &mut Conn,
    tenant: &TenantId,
    record: &SignInRecord,
) -> Read<SignInOutcome> {
    let event = record.event.as_ref();
    let further = record.used_device.is_some() || record.transaction.is_some();
    if further || event.is_some_and(|event| !event.notify.is_empty()) {
        return conn.transaction(|conn| credentials::record_sign_in_stepwise(conn, tenant, record));
    }
    let consumption = &record.consumption;
    let now = millis(record.now);
    let purpose = record.used_config.as_ref();
    let built_in = purpose.filter(|purpose| purpose.is_built_in());
    let made = built_in.map(AuthConfig::built_in);
    let hints = made.as_ref().map(|config| hints_text(&config.hints));
    let (consumed, updated): (bool, bool) = statement::<(Bool, Bool)>(RECORD_SIGN_IN)
        .bind(tenant.as_str())
        .bind(consumption.id.as_bytes().as_slice())
        .bind(millis(consumption.expires_at))
        .bind(millis(consumption.at))
        .bind(i64::from(record.sign_count))
        .bind(record.backed_up)
        .bind(record.user_verified)
        .bind(record.device.as_str())
        .bind(record.country.as_str())
        .bind(now)
        .bind(tenant.as_str())
        .bind(record.credential_id.as_bytes())
        .bind(i64::from(record.expected_sign_count))
        .bind(now)
        .bind(purpose.map(Purpose::as_str))
        .bind(now - 1000)
        .bind(built_in.map(Purpose::as_str))
        .bind(made.as_ref().map(|config| millis_of(config.time_to_live)))
        .bind(
            made.as_ref()
                .map(|config| config.user_verification.as_str()),
        )
        .bind(hints.as_deref())
        .bind(made.as_ref().map(|config| config.created_by.as_str()))
        .bind(now)
        .bind(made.is_some())
        .bind(purpose.map(Purpose::as_str))
        .bind(event.map(|event| millis(event.performed_at)))
        .bind(event.map(|event| event.kind.number()))
        .bind(event.map(|event| event.message.as_str()))
        .bind(event.map(|event| event.performed_by.as_str()))
        .bind(event.map(|event| event.subject.as_str()))
        .bind(
            event
                .and_then(|event| event.api_key_id.as_ref())
                .map(|id| id.0.as_str()),
        )
        .bind(event.is_some())
        .get_result(conn)?;
    Ok(match (consumed, updated) {
        (false, _) => SignInOutcome::AlreadyConsumed,
        (true, false) => SignInOutcome::CredentialChanged,
        (true, true) => SignInOutcome::Recorded,
    })
}
