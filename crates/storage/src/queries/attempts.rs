use diesel::{RunQueryDsl, sql_types::BigInt};
use passkeyd_domain::{
    TenantId, Timestamp,
    ports::{AttemptLimit, Forgiven},
};

use super::Conn;
use crate::{
    error::Failure,
    rows::{Read, millis},
    statement::statement,
};

/// The keys are taken in their order, so that two who count the same ones don't wait for each other.
pub(crate) fn count(
    conn: &mut Conn,
    tenant: &TenantId,
    mut limits: Vec<AttemptLimit>,
    now: Timestamp,
) -> Read<Option<Timestamp>> {
    limits.sort_by(|a, b| a.key.cmp(&b.key));
    let mut refused_until = None;
    for limit in &limits {
        let (count, window_ends): (i64, i64) = statement::<(BigInt, BigInt)>(
            "INSERT INTO attempts (tenant, key, count, window_ends) VALUES (?, ?, 1, ?)
             ON CONFLICT (tenant, key) DO UPDATE SET
                 count = CASE WHEN attempts.window_ends > ? THEN attempts.count + 1 ELSE 1 END,
                 window_ends = CASE WHEN attempts.window_ends > ? THEN attempts.window_ends
                                    ELSE excluded.window_ends END
             RETURNING count, window_ends",
        )
        .bind(tenant.as_str())
        .bind(limit.key.as_str())
        .bind(millis(limit.window_ends))
        .bind(millis(now))
        .bind(millis(now))
        .get_result(conn)?;
        if count > i64::from(limit.limit) {
            refused_until = refused_until.max(Some(window_ends));
        }
    }
    if refused_until.is_some() {
        for limit in &limits {
            take_back(conn, tenant, &limit.key)?;
        }
    }
    refused_until
        .map(Timestamp::from_millisecond)
        .transpose()
        .map_err(|error| Failure::Inconsistent {
            table: "attempts",
            what: error.to_string(),
        })
}

pub(crate) fn forgive(conn: &mut Conn, tenant: &TenantId, forgiven: &[Forgiven]) -> Read<()> {
    let mut forgiven: Vec<_> = forgiven.iter().collect();
    forgiven.sort_by_key(|forgiven| match forgiven {
        Forgiven::All(key) | Forgiven::One(key) => key,
    });
    for forgiven in forgiven {
        match forgiven {
            Forgiven::All(key) => {
                statement::<()>("DELETE FROM attempts WHERE tenant = ? AND key = ?")
                    .bind(tenant.as_str())
                    .bind(key.as_str())
                    .execute(conn)?;
            }
            Forgiven::One(key) => take_back(conn, tenant, key)?,
        }
    }
    Ok(())
}

fn take_back(conn: &mut Conn, tenant: &TenantId, key: &str) -> Read<()> {
    statement::<()>(
        "UPDATE attempts SET count = count - 1 WHERE tenant = ? AND key = ? AND count > 0",
    )
    .bind(tenant.as_str())
    .bind(key)
    .execute(conn)?;
    Ok(())
}

pub(crate) fn sweep(conn: &mut Conn, now: Timestamp, limit: u32) -> Read<u64> {
    let swept = statement::<()>(
        "DELETE FROM attempts WHERE (tenant, key) IN
             (SELECT tenant, key FROM attempts WHERE window_ends <= ? ORDER BY window_ends LIMIT ?)",
    )
    .bind(millis(now))
    .bind(i64::from(limit))
    .execute(conn)?;
    Ok(u64::try_from(swept).unwrap_or(u64::MAX))
}
