use diesel::prelude::*;
use passkeyd_domain::{
    Account, Identifier, OidcProvider, ProviderId, RingKey, TenantId,
    ports::{LinkOutcome, NewLink},
    text::folded,
};

use super::{Conn, accounts, dialect, events};
use crate::{
    error::Failure,
    rows::{ProviderRow, Read, RingKeyRow, millis},
    schema::{federated, identifiers, oidc_providers, ring_keys},
    statement::statement,
};

pub(crate) fn put(conn: &mut Conn, provider: &OidcProvider, secret: &RingKey) -> Read<bool> {
    // Two who put one provider take turns.
    if dialect::locked_tenant(conn, &provider.tenant)?.is_none() {
        return Err(Failure::TenantGone);
    }
    let known = find(conn, &provider.tenant, &provider.id)?;
    if known.is_some_and(|known| known.issuer != provider.issuer) {
        return Ok(false);
    }
    statement::<()>(
        "INSERT INTO oidc_providers (tenant, id, name, issuer, client_id, client_authentication, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, client_id = excluded.client_id,
             client_authentication = excluded.client_authentication",
    )
    .bind(provider.tenant.as_str())
    .bind(provider.id.as_str())
    .bind(provider.name.as_str())
    .bind(provider.issuer.as_str())
    .bind(provider.client_id.as_str())
    .bind(provider.client_authentication.as_str())
    .bind(millis(provider.created_at))
    .execute(conn)?;
    forget_secret(conn, &provider.tenant, &provider.id)?;
    diesel::insert_into(ring_keys::table)
        .values(RingKeyRow::of(secret))
        .execute(conn)?;
    Ok(true)
}

pub(crate) fn list(conn: &mut Conn, tenant: &TenantId) -> Read<Vec<OidcProvider>> {
    oidc_providers::table
        .filter(oidc_providers::tenant.eq(tenant.as_str()))
        .order((oidc_providers::created_at, oidc_providers::id))
        .select(ProviderRow::as_select())
        .load(conn)?
        .into_iter()
        .map(ProviderRow::provider)
        .collect()
}

pub(crate) fn find(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &ProviderId,
) -> Read<Option<OidcProvider>> {
    oidc_providers::table
        .find((tenant.as_str(), id.as_str()))
        .select(ProviderRow::as_select())
        .get_result(conn)
        .optional()?
        .map(ProviderRow::provider)
        .transpose()
}

pub(crate) fn remove(conn: &mut Conn, tenant: &TenantId, id: &ProviderId) -> Read<bool> {
    let removed = statement::<()>("DELETE FROM oidc_providers WHERE tenant = ? AND id = ?")
        .bind(tenant.as_str())
        .bind(id.as_str())
        .execute(conn)?;
    if removed == 0 {
        return Ok(false);
    }
    forget_secret(conn, tenant, id)?;
    statement::<()>("DELETE FROM federated WHERE tenant = ? AND provider = ?")
        .bind(tenant.as_str())
        .bind(id.as_str())
        .execute(conn)?;
    Ok(true)
}

fn forget_secret(conn: &mut Conn, tenant: &TenantId, id: &ProviderId) -> Read<()> {
    statement::<()>("DELETE FROM ring_keys WHERE tenant = ? AND purpose = ?")
        .bind(tenant.as_str())
        .bind(id.secret_purpose().as_str())
        .execute(conn)?;
    Ok(())
}

pub(crate) fn account_by_subject(
    conn: &mut Conn,
    tenant: &TenantId,
    provider: &ProviderId,
    subject: &str,
) -> Read<Option<Account>> {
    let key: Option<Vec<u8>> = federated::table
        .find((tenant.as_str(), provider.as_str(), subject))
        .select(federated::user_key)
        .get_result(conn)
        .optional()?;
    match key {
        Some(key) => accounts::by_key(conn, &key),
        None => Ok(None),
    }
}

/// Those who link one subject at once, or make one identifier, meet at its key; the second is done again.
pub(crate) fn link(conn: &mut Conn, new: &NewLink) -> Read<LinkOutcome> {
    let tenant = &new.user.tenant;
    if dialect::locked_tenant(conn, tenant)?.is_none() {
        return Err(Failure::TenantGone);
    }
    if let Some(account) = account_by_subject(conn, tenant, &new.provider, &new.subject)? {
        return Ok(LinkOutcome::Known(Box::new(account)));
    }
    if let Some(address) = &new.address
        && let Some(key) = owner_of_proven(conn, tenant, address)?
        && let Some(account) = accounts::by_key(conn, &key)?
    {
        if account.user.active {
            insert(conn, new, &key)?;
        }
        return Ok(LinkOutcome::Linked(Box::new(account)));
    }
    let key = new.user.key.0.as_bytes().as_slice();
    insert_user(conn, new)?;
    for identifier in new.address.iter().chain([&new.name_apart]) {
        let folded = identifier.folded();
        if accounts::resolve(conn, tenant, &identifier.value, &folded)?.is_none() {
            accounts::insert_identifier(conn, &new.user, identifier, true)?;
            break;
        }
    }
    insert(conn, new, key)?;
    events::append(conn, new.event.as_ref())?;
    let made = accounts::by_key(conn, key)?.ok_or_else(|| Failure::Inconsistent {
        table: "users",
        what: format!("{} is not there after it was made", new.user.user_id),
    })?;
    Ok(LinkOutcome::Made(Box::new(made)))
}

/// The user whose mail identifier this is and was proven to be.
fn owner_of_proven(
    conn: &mut Conn,
    tenant: &TenantId,
    address: &Identifier,
) -> Read<Option<Vec<u8>>> {
    Ok(identifiers::table
        .find((tenant.as_str(), address.folded()))
        .filter(identifiers::kind.eq(address.kind.as_str()))
        .filter(identifiers::verified_at.is_not_null())
        .select(identifiers::user_key)
        .get_result(conn)
        .optional()?)
}

fn insert_user(conn: &mut Conn, new: &NewLink) -> Read<()> {
    let user = &new.user;
    let folded_name = new.display_name.as_deref().map(folded);
    statement::<()>(
        "INSERT INTO users (key, tenant, user_id, handle, active, display_name, display_name_folded,
                            version, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)",
    )
    .bind(user.key.0.as_bytes().as_slice())
    .bind(user.tenant.as_str())
    .bind(user.user_id.as_str())
    .bind(user.handle.as_bytes())
    .bind(user.active)
    .bind(new.display_name.as_deref())
    .bind(folded_name.as_deref())
    .bind(millis(user.created_at))
    .bind(millis(user.created_at))
    .execute(conn)?;
    Ok(())
}

fn insert(conn: &mut Conn, new: &NewLink, user: &[u8]) -> Read<()> {
    statement::<()>(
        "INSERT INTO federated (tenant, provider, subject, user_key) VALUES (?, ?, ?, ?)",
    )
    .bind(new.user.tenant.as_str())
    .bind(new.provider.as_str())
    .bind(new.subject.as_str())
    .bind(user)
    .execute(conn)?;
    Ok(())
}
