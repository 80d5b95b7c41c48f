use diesel::prelude::*;
use jiff::{SignedDuration, civil::Date};
use passkeyd_domain::{TenantId, Timestamp, ports::DailyReport};

use super::Conn;
use crate::{
    rows::{Read, ReportRow, millis},
    schema::reports,
    statement::statement,
};

pub(crate) fn write(conn: &mut Conn, tenant: &TenantId, date: Date, now: Timestamp) -> Read<()> {
    let day = SignedDuration::from_hours(24).as_millis();
    let day = i64::try_from(day).unwrap_or(i64::MAX);
    statement::<()>(
        "INSERT INTO reports (tenant, date, users, credentials, daily_active_users, weekly_active_users)
         SELECT id, ?,
             (SELECT count(DISTINCT user_key) FROM credentials WHERE tenant = tenants.id),
             (SELECT count(*) FROM credentials WHERE tenant = tenants.id),
             (SELECT count(DISTINCT user_key) FROM credentials WHERE tenant = tenants.id AND last_used_at >= ?),
             (SELECT count(DISTINCT user_key) FROM credentials WHERE tenant = tenants.id AND last_used_at >= ?)
         FROM tenants WHERE id = ?
         ON CONFLICT (tenant, date) DO UPDATE SET users = excluded.users, credentials = excluded.credentials,
             daily_active_users = excluded.daily_active_users, weekly_active_users = excluded.weekly_active_users",
    )
    .bind(date.to_string().as_str())
    .bind(millis(now) - day)
    .bind(millis(now) - 7 * day)
    .bind(tenant.as_str())
    .execute(conn)?;
    Ok(())
}

pub(crate) fn list(
    conn: &mut Conn,
    tenant: &TenantId,
    from: Option<Date>,
    to: Option<Date>,
) -> Read<Vec<DailyReport>> {
    let mut query = reports::table
        .filter(reports::tenant.eq(tenant.as_str()))
        .order(reports::date)
        .select(ReportRow::as_select())
        .into_boxed();
    if let Some(from) = from {
        query = query.filter(reports::date.ge(from.to_string()));
    }
    if let Some(to) = to {
        query = query.filter(reports::date.le(to.to_string()));
    }
    query
        .load(conn)?
        .into_iter()
        .map(ReportRow::report)
        .collect()
}
