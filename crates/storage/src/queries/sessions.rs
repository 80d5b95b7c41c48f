use diesel::prelude::*;
use passkeyd_domain::{
    Event, RefreshHash, Session, TenantId, Timestamp, UserId, UserKey,
    ports::{LiveSession, NewSession, Refresh, RefreshOutcome},
};
use uuid::Uuid;

use super::{Conn, attempts, events};
use crate::{
    rows::{ProfileRow, Read, SessionRow, UserRow, account, millis},
    schema::{identifiers, refresh_tokens, sessions, users},
    statement::statement,
};

pub(crate) fn open(conn: &mut Conn, new: &NewSession, event: Option<&Event>) -> Read<bool> {
    let owner = users::table
        .filter(users::key.eq(new.session.user.0.as_bytes().as_slice()))
        .filter(users::tenant.eq(new.session.tenant.as_str()));
    let exists: bool = diesel::select(diesel::dsl::exists(owner)).get_result(conn)?;
    if !exists {
        return Ok(false);
    }
    insert(conn, new)?;
    events::append(conn, event)?;
    Ok(true)
}

/// Puts in a session with its token, and takes back the attempts that led to it.
pub(crate) fn insert(conn: &mut Conn, new: &NewSession) -> Read<()> {
    let session = &new.session;
    diesel::insert_into(sessions::table)
        .values(SessionRow::of(session))
        .execute(conn)?;
    insert_token(conn, &session.tenant, session.id.as_bytes(), &new.refresh)?;
    attempts::forgive(conn, &session.tenant, &new.forgiven)
}

fn insert_token(
    conn: &mut Conn,
    tenant: &TenantId,
    session: &[u8],
    hash: &RefreshHash,
) -> Read<()> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::tenant.eq(tenant.as_str()),
            refresh_tokens::hash.eq(hash.as_bytes().as_slice()),
            refresh_tokens::session.eq(session),
        ))
        .execute(conn)?;
    Ok(())
}

pub(crate) fn live(
    conn: &mut Conn,
    tenant: &TenantId,
    id: Uuid,
    now: Timestamp,
) -> Read<Option<LiveSession>> {
    let primary = identifiers::user_key
        .eq(users::key)
        .and(identifiers::is_primary.eq(true));
    let found: Option<(SessionRow, UserRow, ProfileRow, Option<String>)> = sessions::table
        .inner_join(users::table)
        .left_join(identifiers::table.on(primary))
        .filter(sessions::id.eq(id.as_bytes().as_slice()))
        .filter(sessions::tenant.eq(tenant.as_str()))
        .filter(sessions::expires_at.gt(millis(now)))
        .select((
            SessionRow::as_select(),
            UserRow::as_select(),
            ProfileRow::as_select(),
            identifiers::value.nullable(),
        ))
        .get_result(conn)
        .optional()?;
    found
        .map(|(session, user, profile, identifier)| {
            Ok(LiveSession {
                session: session.session()?,
                account: account((user, profile, identifier))?,
            })
        })
        .transpose()
}

pub(crate) fn refresh(
    conn: &mut Conn,
    tenant: &TenantId,
    refresh: &Refresh,
) -> Read<RefreshOutcome> {
    let hash = refresh.presented.as_bytes().as_slice();
    let found: Option<(Vec<u8>, Option<i64>)> = refresh_tokens::table
        .find((tenant.as_str(), hash))
        .select((refresh_tokens::session, refresh_tokens::replaced_at))
        .get_result(conn)
        .optional()?;
    let Some((session, replaced_at)) = found else {
        return Ok(RefreshOutcome::Unknown);
    };
    // From here on the session's row is locked, and what else is done to it waits.
    let used = statement::<()>(
        "UPDATE sessions SET last_used_at = ?, expires_at = ? WHERE id = ? AND expires_at > ?",
    )
    .bind(millis(refresh.now))
    .bind(millis(refresh.expires_at))
    .bind(session.as_slice())
    .bind(millis(refresh.now))
    .execute(conn)?;
    if used == 0 {
        return Ok(RefreshOutcome::Unknown);
    }
    let mut reused = replaced_at.is_some();
    if let Some(replacement) = &refresh.replacement
        && !reused
    {
        let replaced = statement::<()>(
            "UPDATE refresh_tokens SET replaced_at = ? WHERE tenant = ? AND hash = ? AND replaced_at IS NULL",
        )
        .bind(millis(refresh.now))
        .bind(tenant.as_str())
        .bind(hash)
        .execute(conn)?;
        reused = replaced == 0;
        if !reused {
            insert_token(conn, tenant, &session, replacement)?;
        }
    }
    if reused {
        let owner: String = sessions::table
            .inner_join(users::table)
            .filter(sessions::id.eq(&session))
            .select(users::user_id)
            .get_result(conn)?;
        delete(conn, &session)?;
        let owner = UserId::new(owner).map_err(|error| crate::error::Failure::Inconsistent {
            table: "users",
            what: error.to_string(),
        })?;
        return Ok(RefreshOutcome::Reused(owner));
    }
    let id = Uuid::from_slice(&session).unwrap_or_default();
    Ok(match live(conn, tenant, id, refresh.now)? {
        Some(live) => RefreshOutcome::Refreshed(Box::new(live)),
        None => RefreshOutcome::Unknown,
    })
}

pub(crate) fn of_user(
    conn: &mut Conn,
    tenant: &TenantId,
    user: UserKey,
    now: Timestamp,
) -> Read<Vec<Session>> {
    sessions::table
        .filter(sessions::user_key.eq(user.0.as_bytes().as_slice()))
        .filter(sessions::tenant.eq(tenant.as_str()))
        .filter(sessions::expires_at.gt(millis(now)))
        .order((sessions::created_at.desc(), sessions::id.desc()))
        .select(SessionRow::as_select())
        .load(conn)?
        .into_iter()
        .map(SessionRow::session)
        .collect()
}

pub(crate) fn end(
    conn: &mut Conn,
    tenant: &TenantId,
    user: UserKey,
    id: Uuid,
    now: Timestamp,
) -> Read<bool> {
    let ended = statement::<()>(
        "DELETE FROM sessions WHERE id = ? AND tenant = ? AND user_key = ? AND expires_at > ?",
    )
    .bind(id.as_bytes().as_slice())
    .bind(tenant.as_str())
    .bind(user.0.as_bytes().as_slice())
    .bind(millis(now))
    .execute(conn)?;
    Ok(ended > 0)
}

pub(crate) fn end_by_token(
    conn: &mut Conn,
    tenant: &TenantId,
    user: UserKey,
    token: &RefreshHash,
    now: Timestamp,
) -> Read<bool> {
    let ended = statement::<()>(
        "DELETE FROM sessions WHERE user_key = ? AND expires_at > ?
             AND id = (SELECT session FROM refresh_tokens WHERE tenant = ? AND hash = ?)",
    )
    .bind(user.0.as_bytes().as_slice())
    .bind(millis(now))
    .bind(tenant.as_str())
    .bind(token.as_bytes().as_slice())
    .execute(conn)?;
    Ok(ended > 0)
}

fn delete(conn: &mut Conn, session: &[u8]) -> Read<()> {
    statement::<()>("DELETE FROM sessions WHERE id = ?")
        .bind(session)
        .execute(conn)?;
    Ok(())
}

pub(crate) fn sweep(conn: &mut Conn, now: Timestamp, limit: u32) -> Read<u64> {
    let swept = statement::<()>(
        "DELETE FROM sessions WHERE id IN
             (SELECT id FROM sessions WHERE expires_at < ? ORDER BY expires_at LIMIT ?)",
    )
    .bind(millis(now))
    .bind(i64::from(limit))
    .execute(conn)?;
    Ok(u64::try_from(swept).unwrap_or(u64::MAX))
}
