use diesel::prelude::*;
use passkeyd_domain::{TenantId, Timestamp, TrustBinding, TrustIdentifier, UserKey};

use super::Conn;
use crate::{
    rows::{Read, TrustRow, millis},
    schema::{credentials, trust_bindings, users},
    statement::statement,
};

pub(crate) fn bind(
    conn: &mut Conn,
    tenant: &TenantId,
    user: UserKey,
    device: Option<&str>,
    identifiers: &[TrustIdentifier],
    now: Timestamp,
) -> Read<bool> {
    let key = user.0.as_bytes().as_slice();
    lock_user(conn, key)?;
    let with_passkey = credentials::table
        .inner_join(users::table)
        .filter(users::tenant.eq(tenant.as_str()))
        .filter(users::key.eq(key));
    let exists: bool = diesel::select(diesel::dsl::exists(with_passkey)).get_result(conn)?;
    if !exists {
        return Ok(false);
    }
    // In one order for everybody, so that two calls at once wait for each other and don't deadlock.
    let mut identifiers = identifiers.to_vec();
    identifiers.sort_unstable();
    for identifier in &identifiers {
        statement::<()>(
            "INSERT INTO trust_bindings (tenant, kind, id, thumbprint, user_key, device, bound_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (tenant, kind, id, thumbprint) DO UPDATE SET user_key = excluded.user_key,
                 device = excluded.device, bound_at = excluded.bound_at",
        )
        .bind(tenant.as_str())
        .bind(identifier.kind.as_str())
        .bind(identifier.id.as_str())
        .bind(identifier.thumbprint.as_slice())
        .bind(key)
        .bind(device)
        .bind(millis(now))
        .execute(conn)?;
    }
    Ok(true)
}

pub(crate) fn find(
    conn: &mut Conn,
    tenant: &TenantId,
    identifier: &TrustIdentifier,
) -> Read<Option<TrustBinding>> {
    let name = (
        tenant.as_str(),
        identifier.kind.as_str(),
        identifier.id.as_str(),
        identifier.thumbprint.as_slice(),
    );
    trust_bindings::table
        .find(name)
        .select(TrustRow::as_select())
        .get_result(conn)
        .optional()?
        .map(TrustRow::binding)
        .transpose()
}

/// Ends the bindings of users whose last passkey is gone.
pub(crate) fn end_without_passkey(conn: &mut Conn, user: &[u8]) -> Read<()> {
    lock_user(conn, user)?;
    statement::<()>(
        "DELETE FROM trust_bindings WHERE user_key = ?
         AND NOT EXISTS (SELECT 1 FROM credentials WHERE credentials.user_key = trust_bindings.user_key)",
    )
    .bind(user)
    .execute(conn)?;
    Ok(())
}

/// Those who delete the last two passkeys at once, or bind meanwhile, take turns: each sees what the one before it did.
fn lock_user(conn: &mut Conn, user: &[u8]) -> Read<()> {
    statement::<()>("UPDATE users SET version = version WHERE key = ?")
        .bind(user)
        .execute(conn)?;
    Ok(())
}
