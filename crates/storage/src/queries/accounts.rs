use diesel::prelude::*;
use passkeyd_domain::{
    Account, Identifier, PasswordHash, TenantId, User, UserHandle, UserId, UserKey,
    ports::{NamedAccount, NewAccount, SignUpOutcome},
    text::folded,
};

use super::{Conn, events, sessions, tenants};
use crate::{
    error::Failure,
    rows::{AccountColumns, ProfileRow, Read, UserRow, account, millis},
    schema::{identifiers, users},
    statement::statement,
};

pub(crate) fn sign_up(conn: &mut Conn, new: &NewAccount) -> Read<SignUpOutcome> {
    let user = &new.user;
    if !tenants::exists(conn, &user.tenant)? {
        return Err(Failure::TenantGone);
    }
    // Two who want one name meet at its unique key; the second is done again and finds it taken.
    let (value, folded_value) = (&new.identifier.value, new.identifier.folded());
    if resolve(conn, &user.tenant, value, &folded_value)?.is_some() {
        return Ok(SignUpOutcome::NameTaken);
    }
    statement::<()>(
        "INSERT INTO users (key, tenant, user_id, handle, active, display_name, display_name_folded, password_hash,
                            version, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)",
    )
    .bind(user.key.0.as_bytes().as_slice())
    .bind(user.tenant.as_str())
    .bind(user.user_id.as_str())
    .bind(user.handle.as_bytes())
    .bind(user.active)
    .bind(new.name.as_str())
    .bind(folded(&new.name).as_str())
    .bind(new.password_hash.expose())
    .bind(millis(user.created_at))
    .bind(millis(user.created_at))
    .execute(conn)?;
    insert_identifier(conn, user, &new.identifier, true)?;
    sessions::insert(conn, &new.session)?;
    events::append(conn, new.event.as_ref())?;
    Ok(SignUpOutcome::SignedUp)
}

/// Gives a user a name that resolves to nobody.
pub(crate) fn insert_identifier(
    conn: &mut Conn,
    user: &User,
    identifier: &Identifier,
    is_primary: bool,
) -> Read<()> {
    statement::<()>(
        "INSERT INTO identifiers (tenant, folded, value, kind, user_key, is_primary, source, verified_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(user.tenant.as_str())
    .bind(identifier.folded().as_str())
    .bind(identifier.value.as_str())
    .bind(identifier.kind.as_str())
    .bind(user.key.0.as_bytes().as_slice())
    .bind(is_primary)
    .bind(identifier.source.as_str())
    .bind(identifier.verified_at.map(millis))
    .execute(conn)?;
    Ok(())
}

/// The key of the user that a name resolves to, with the stored form of the name.
pub(crate) fn resolve(
    conn: &mut Conn,
    tenant: &TenantId,
    name: &str,
    folded_name: &str,
) -> Read<Option<(Vec<u8>, String)>> {
    let by_identifier = identifiers::table
        .find((tenant.as_str(), folded_name))
        .select((identifiers::user_key, identifiers::value))
        .get_result(conn)
        .optional()?;
    if by_identifier.is_some() {
        return Ok(by_identifier);
    }
    Ok(users::table
        .filter(users::tenant.eq(tenant.as_str()))
        .filter(users::user_id.eq(name))
        .select((users::key, users::user_id))
        .get_result(conn)
        .optional()?)
}

pub(crate) fn by_name(conn: &mut Conn, tenant: &TenantId, name: &str) -> Read<Option<Account>> {
    Ok(named(conn, tenant, name)?.map(|named| named.account))
}

pub(crate) fn named(conn: &mut Conn, tenant: &TenantId, name: &str) -> Read<Option<NamedAccount>> {
    let Some((key, name)) = resolve(conn, tenant, name, &folded(name))? else {
        return Ok(None);
    };
    let account = by_key(conn, &key)?;
    Ok(account.map(|account| NamedAccount { account, name }))
}

pub(crate) fn by_handle(
    conn: &mut Conn,
    tenant: &TenantId,
    handle: &UserHandle,
) -> Read<Option<Account>> {
    let key: Option<Vec<u8>> = users::table
        .filter(users::tenant.eq(tenant.as_str()))
        .filter(users::handle.eq(handle.as_bytes()))
        .select(users::key)
        .get_result(conn)
        .optional()?;
    match key {
        Some(key) => by_key(conn, &key),
        None => Ok(None),
    }
}

pub(crate) fn by_user_id(
    conn: &mut Conn,
    tenant: &TenantId,
    user_id: &UserId,
) -> Read<Option<Account>> {
    let key: Option<Vec<u8>> = users::table
        .filter(users::tenant.eq(tenant.as_str()))
        .filter(users::user_id.eq(user_id.as_str()))
        .select(users::key)
        .get_result(conn)
        .optional()?;
    match key {
        Some(key) => by_key(conn, &key),
        None => Ok(None),
    }
}

pub(crate) fn by_key(conn: &mut Conn, key: &[u8]) -> Read<Option<Account>> {
    let primary = identifiers::user_key
        .eq(users::key)
        .and(identifiers::is_primary.eq(true));
    let found: Option<AccountColumns> = users::table
        .left_join(identifiers::table.on(primary))
        .filter(users::key.eq(key))
        .select((
            UserRow::as_select(),
            ProfileRow::as_select(),
            identifiers::value.nullable(),
        ))
        .get_result(conn)
        .optional()?;
    found.map(account).transpose()
}

pub(crate) fn replace_password(
    conn: &mut Conn,
    tenant: &TenantId,
    user: UserKey,
    expected: Option<&PasswordHash>,
    replacement: &PasswordHash,
) -> Read<bool> {
    let replaced = statement::<()>(
        "UPDATE users SET password_hash = ? WHERE tenant = ? AND key = ? AND COALESCE(password_hash, '') = ?",
    )
    .bind(replacement.expose())
    .bind(tenant.as_str())
    .bind(user.0.as_bytes().as_slice())
    .bind(expected.map_or("", PasswordHash::expose))
    .execute(conn)?;
    Ok(replaced > 0)
}
