use std::collections::BTreeMap;

use diesel::{
    dsl::{count_star, exists, max},
    prelude::*,
    sql_types::Binary,
};
use passkeyd_domain::{
    Alias, AliasHash, Event, Identifier, TenantId, Timestamp, User, UserId,
    ports::{AliasOutcome, UserSummary},
    text::folded,
};

use super::{
    Conn,
    accounts::{insert_identifier, resolve},
    events, groups,
};
use crate::{
    error::Failure,
    rows::{AliasRow, Read, UserRow, millis},
    schema::{aliases, credentials, users},
    statement::statement,
};

pub(crate) fn find(conn: &mut Conn, tenant: &TenantId, user_id: &UserId) -> Read<Option<User>> {
    users::table
        .filter(users::tenant.eq(tenant.as_str()))
        .filter(users::user_id.eq(user_id.as_str()))
        .select(UserRow::as_select())
        .get_result(conn)
        .optional()?
        .map(UserRow::user)
        .transpose()
}

pub(crate) fn count_with_credentials(conn: &mut Conn, tenant: &TenantId) -> Read<u64> {
    let count: i64 = users::table
        .filter(users::tenant.eq(tenant.as_str()))
        .filter(exists(
            credentials::table.filter(credentials::user_key.eq(users::key)),
        ))
        .count()
        .get_result(conn)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

pub(crate) fn list(
    conn: &mut Conn,
    tenant: &TenantId,
    after: Option<&UserId>,
    limit: u32,
) -> Read<Vec<UserSummary>> {
    list_prefixed(conn, tenant, "", after, limit)
}

/// The users whose name begins with the prefix.
pub(crate) fn list_prefixed(
    conn: &mut Conn,
    tenant: &TenantId,
    prefix: &str,
    after: Option<&UserId>,
    limit: u32,
) -> Read<Vec<UserSummary>> {
    // No text sorts before the empty one, which is no name.
    let after = after.map_or("", UserId::as_str);
    let has_credential = exists(credentials::table.filter(credentials::user_key.eq(users::key)));
    let has_alias = exists(aliases::table.filter(aliases::user_key.eq(users::key)));
    let mut page = users::table
        .filter(users::tenant.eq(tenant.as_str()))
        .filter(users::user_id.gt(after))
        .filter(users::user_id.ge(prefix))
        .filter(has_credential.or(has_alias))
        .order(users::user_id)
        .limit(i64::from(limit))
        .select((users::key, users::user_id))
        .into_boxed();
    if let Some(end) = end_of_prefix(prefix) {
        page = page.filter(users::user_id.lt(end));
    }
    let page: Vec<(Vec<u8>, String)> = page.load(conn)?;
    let keys: Vec<&[u8]> = page.iter().map(|(key, _)| key.as_slice()).collect();

    let counts: Vec<(Vec<u8>, i64, Option<i64>)> = credentials::table
        .filter(credentials::user_key.eq_any(&keys))
        .group_by(credentials::user_key)
        .select((
            credentials::user_key,
            count_star(),
            max(credentials::last_used_at),
        ))
        .load(conn)?;
    let counts: BTreeMap<_, _> = counts
        .into_iter()
        .map(|(key, count, last)| (key, (count, last)))
        .collect();
    let texts: Vec<(Vec<u8>, Option<String>)> = aliases::table
        .filter(aliases::user_key.eq_any(&keys))
        .order(aliases::hash)
        .select((aliases::user_key, aliases::plaintext))
        .load(conn)?;
    let mut texts_of: BTreeMap<Vec<u8>, Vec<Option<String>>> = BTreeMap::new();
    for (key, text) in texts {
        texts_of.entry(key).or_default().push(text);
    }

    page.into_iter()
        .map(|(key, user_id)| {
            let (count, last) = counts.get(&key).copied().unwrap_or((0, None));
            Ok(UserSummary {
                aliases: texts_of.remove(&key).unwrap_or_default(),
                credentials_count: u64::try_from(count).unwrap_or(0),
                last_used_at: last
                    .map(Timestamp::from_millisecond)
                    .transpose()
                    .map_err(|error| inconsistent(&user_id, &error))?,
                user_id: UserId::new(user_id.clone())
                    .map_err(|error| inconsistent(&user_id, &error))?,
            })
        })
        .collect()
}

/// The first text after all that begin with the prefix, in the order of code points; none: there is no end.
pub(super) fn end_of_prefix(prefix: &str) -> Option<String> {
    let mut kept = prefix.chars();
    while let Some(last) = kept.next_back() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            return Some(format!("{}{next}", kept.as_str()));
        }
    }
    None
}

fn inconsistent(user_id: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::Inconsistent {
        table: "users",
        what: format!("{user_id}: {error}"),
    }
}

pub(crate) fn delete(
    conn: &mut Conn,
    tenant: &TenantId,
    user_id: &UserId,
    event: Option<&Event>,
) -> Read<bool> {
    let at = event.map(|event| event.performed_at);
    groups::touch_those_of(conn, tenant, user_id, at)?;
    let deleted = delete_row(conn, tenant, user_id)?;
    events::append(conn, event)?;
    Ok(deleted)
}

/// Deletes the row, and with it all that refers to it.
pub(super) fn delete_row(conn: &mut Conn, tenant: &TenantId, user_id: &UserId) -> Read<bool> {
    let deleted = statement::<()>("DELETE FROM users WHERE tenant = ? AND user_id = ?")
        .bind(tenant.as_str())
        .bind(user_id.as_str())
        .execute(conn)?;
    Ok(deleted > 0)
}

/// The key of the user of that name, which is made if there is none. Its row is locked until the transaction ends.
pub(crate) fn ensure(conn: &mut Conn, user: &User) -> Read<Vec<u8>> {
    Ok(statement::<Binary>(
        "INSERT INTO users (key, tenant, user_id, handle, active, version, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, 1, ?, ?)
         ON CONFLICT (tenant, user_id) DO UPDATE SET user_id = excluded.user_id
         RETURNING key",
    )
    .bind(user.key.0.as_bytes().as_slice())
    .bind(user.tenant.as_str())
    .bind(user.user_id.as_str())
    .bind(user.handle.as_bytes())
    .bind(user.active)
    .bind(millis(user.created_at))
    .bind(millis(user.created_at))
    .get_result(conn)?)
}

/// Makes a user with its primary identifier. None: the identifier resolves to somebody.
pub(crate) fn make(
    conn: &mut Conn,
    user: &User,
    identifier: &Identifier,
    display_name: Option<&str>,
) -> Read<Option<Vec<u8>>> {
    let (value, folded_value) = (&identifier.value, identifier.folded());
    // Two who want one name meet at its unique key; the second is done again and finds it taken.
    if resolve(conn, &user.tenant, value, &folded_value)?.is_some() {
        return Ok(None);
    }
    let key = user.key.0.as_bytes().to_vec();
    statement::<()>(
        "INSERT INTO users (key, tenant, user_id, handle, active, display_name, display_name_folded,
                            version, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)",
    )
    .bind(key.as_slice())
    .bind(user.tenant.as_str())
    .bind(user.user_id.as_str())
    .bind(user.handle.as_bytes())
    .bind(user.active)
    .bind(display_name)
    .bind(display_name.map(folded).as_deref())
    .bind(millis(user.created_at))
    .bind(millis(user.created_at))
    .execute(conn)?;
    insert_identifier(conn, user, identifier, true)?;
    Ok(Some(key))
}

/// The key of the active user of that name. Its row is locked until the transaction ends.
pub(crate) fn hold_active(conn: &mut Conn, user: &User) -> Read<Option<Vec<u8>>> {
    Ok(statement::<Binary>(
        "UPDATE users SET user_id = user_id WHERE tenant = ? AND user_id = ? AND active RETURNING key",
    )
    .bind(user.tenant.as_str())
    .bind(user.user_id.as_str())
    .get_result(conn)
    .optional()?)
}

pub(crate) fn replace_aliases(
    conn: &mut Conn,
    user: &User,
    aliases: &[Alias],
    event: Option<&Event>,
) -> Read<AliasOutcome> {
    let hashes = aliases.iter().map(|alias| alias.hash.as_str()).collect();
    if taken_by_others(conn, &user.tenant, &user.user_id, hashes)? {
        return Ok(AliasOutcome::Conflict);
    }
    let key = ensure(conn, user)?;
    set_aliases(conn, &user.tenant, &key, aliases)?;
    events::append(conn, event)?;
    Ok(AliasOutcome::Replaced)
}

/// Replaces the aliases of the user whose row is locked. Where another takes one meanwhile, this fails and the whole is
/// done again.
pub(crate) fn set_aliases(
    conn: &mut Conn,
    tenant: &TenantId,
    user: &[u8],
    aliases: &[Alias],
) -> Read<()> {
    statement::<()>("DELETE FROM aliases WHERE user_key = ?")
        .bind(user)
        .execute(conn)?;
    for alias in aliases {
        diesel::insert_into(aliases::table)
            .values(AliasRow::of(tenant, user, alias))
            .execute(conn)?;
    }
    Ok(())
}

pub(crate) fn aliases(conn: &mut Conn, tenant: &TenantId, user_id: &UserId) -> Read<Vec<Alias>> {
    let rows = aliases::table
        .inner_join(users::table)
        .filter(users::tenant.eq(tenant.as_str()))
        .filter(users::user_id.eq(user_id.as_str()))
        .order(aliases::hash)
        .select(AliasRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(AliasRow::alias).collect())
}

pub(crate) fn taken_by_others(
    conn: &mut Conn,
    tenant: &TenantId,
    user_id: &UserId,
    hashes: Vec<&str>,
) -> Read<bool> {
    if hashes.is_empty() {
        return Ok(false);
    }
    let others = aliases::table
        .inner_join(users::table)
        .filter(aliases::tenant.eq(tenant.as_str()))
        .filter(aliases::hash.eq_any(hashes))
        .filter(users::user_id.ne(user_id.as_str()));
    Ok(diesel::select(exists(others)).get_result(conn)?)
}

pub(crate) fn any_taken_by_others(
    conn: &mut Conn,
    tenant: &TenantId,
    user_id: &UserId,
    hashes: &[AliasHash],
) -> Read<bool> {
    let hashes = hashes.iter().map(AliasHash::as_str).collect();
    taken_by_others(conn, tenant, user_id, hashes)
}
