use diesel::{dsl::exists, prelude::*, sql_types::Binary};
use passkeyd_domain::{
    CredentialId, Event, TenantId, UserId,
    ports::{
        NewCredential, OwnedCredential, Owner, RegistrationOutcome, SignInFacts, SignInOutcome,
        SignInRecord, UserCredentials, UserLookup,
    },
};
use uuid::Uuid;

use super::{Conn, ceremonies, devices, events, evidence, tenants, trust, users};
use crate::{
    rows::{CredentialRow, DescriptorRow, OwnerRow, Read, millis},
    schema::{
        aliases, ceremonies as ceremony_rows, credentials as credential_rows, users as user_rows,
    },
    statement::statement,
};

pub(crate) fn of_looked_up(
    conn: &mut Conn,
    tenant: &TenantId,
    lookup: &UserLookup,
) -> Read<Option<UserCredentials>> {
    let rows: Vec<(OwnerRow, Option<DescriptorRow>)> = match lookup {
        UserLookup::UserId(user_id) => user_rows::table
            .left_join(credential_rows::table)
            .filter(user_rows::tenant.eq(tenant.as_str()))
            .filter(user_rows::user_id.eq(user_id.as_str()))
            .order((credential_rows::created_at, credential_rows::id))
            .select((OwnerRow::as_select(), Option::<DescriptorRow>::as_select()))
            .load(conn)?,
        UserLookup::Alias(hash) => aliases::table
            .inner_join(user_rows::table.left_join(credential_rows::table))
            .filter(aliases::tenant.eq(tenant.as_str()))
            .filter(aliases::hash.eq(hash.as_str()))
            .order((credential_rows::created_at, credential_rows::id))
            .select((OwnerRow::as_select(), Option::<DescriptorRow>::as_select()))
            .load(conn)?,
    };
    let mut found: Option<UserCredentials> = None;
    for (owner, descriptor) in rows {
        let found = match &mut found {
            Some(found) => found,
            none => {
                let (user_id, handle, active) = owner.owner()?;
                none.insert(UserCredentials {
                    user_id,
                    handle,
                    active,
                    credentials: Vec::new(),
                })
            }
        };
        if let Some(descriptor) = descriptor {
            found.credentials.push(descriptor.descriptor()?);
        }
    }
    Ok(found)
}

pub(crate) fn of_user(
    conn: &mut Conn,
    tenant: &TenantId,
    user_id: &UserId,
) -> Read<Vec<OwnedCredential>> {
    let rows: Vec<(CredentialRow, OwnerRow)> = credential_rows::table
        .inner_join(user_rows::table)
        .filter(user_rows::tenant.eq(tenant.as_str()))
        .filter(user_rows::user_id.eq(user_id.as_str()))
        .order((credential_rows::created_at, credential_rows::id))
        .select((CredentialRow::as_select(), OwnerRow::as_select()))
        .load(conn)?;
    rows.into_iter()
        .map(|(credential, owner)| credential.owned_by(owner))
        .collect()
}

pub(crate) fn find(
    conn: &mut Conn,
    tenant: &TenantId,
    credential_id: &CredentialId,
) -> Read<Option<OwnedCredential>> {
    let row: Option<(CredentialRow, OwnerRow)> = credential_rows::table
        .inner_join(user_rows::table)
        .filter(credential_rows::tenant.eq(tenant.as_str()))
        .filter(credential_rows::credential_id.eq(credential_id.as_bytes()))
        .select((CredentialRow::as_select(), OwnerRow::as_select()))
        .get_result(conn)
        .optional()?;
    row.map(|(credential, owner)| credential.owned_by(owner))
        .transpose()
}

pub(crate) fn find_row(
    conn: &mut Conn,
    tenant: &TenantId,
    id: Uuid,
) -> Read<Option<OwnedCredential>> {
    let row: Option<(CredentialRow, OwnerRow)> = credential_rows::table
        .inner_join(user_rows::table)
        .filter(credential_rows::tenant.eq(tenant.as_str()))
        .filter(credential_rows::id.eq(id.as_bytes().as_slice()))
        .select((CredentialRow::as_select(), OwnerRow::as_select()))
        .get_result(conn)
        .optional()?;
    row.map(|(credential, owner)| credential.owned_by(owner))
        .transpose()
}

pub(crate) fn sign_in_facts(
    conn: &mut Conn,
    tenant: &TenantId,
    ceremony: Uuid,
    credential_id: &CredentialId,
) -> Read<SignInFacts> {
    let consumed = exists(
        ceremony_rows::table
            .filter(ceremony_rows::tenant.eq(tenant.as_str()))
            .filter(ceremony_rows::id.eq(ceremony.as_bytes().as_slice()))
            .filter(ceremony_rows::consumed_at.is_not_null()),
    );
    let row: Option<(CredentialRow, OwnerRow, bool)> = credential_rows::table
        .inner_join(user_rows::table)
        .filter(credential_rows::tenant.eq(tenant.as_str()))
        .filter(credential_rows::credential_id.eq(credential_id.as_bytes()))
        .select((CredentialRow::as_select(), OwnerRow::as_select(), consumed))
        .get_result(conn)
        .optional()?;
    match row {
        Some((credential, owner, consumed)) => Ok(SignInFacts {
            consumed,
            credential: Some(credential.owned_by(owner)?),
        }),
        None => Ok(SignInFacts {
            consumed: ceremonies::is_consumed(conn, tenant, ceremony)?,
            credential: None,
        }),
    }
}

pub(crate) fn record_sign_in(
    conn: &mut Conn,
    tenant: &TenantId,
    record: &SignInRecord,
) -> Read<SignInOutcome> {
    if !ceremonies::consume(conn, tenant, &record.consumption)? {
        return Ok(SignInOutcome::AlreadyConsumed);
    }
    let used_device = record.used_device.as_ref();
    let updated = statement::<()>(
        "UPDATE credentials SET sign_count = ?, backed_up = ?, user_verified = user_verified OR ?,
             device = ?, country = ?, last_used_at = ?, last_used_from = COALESCE(?, last_used_from)
         WHERE tenant = ? AND credential_id = ? AND sign_count = ?",
    )
    .bind(i64::from(record.sign_count))
    .bind(record.backed_up)
    .bind(record.user_verified)
    .bind(record.device.as_str())
    .bind(record.country.as_str())
    .bind(millis(record.now))
    .bind(used_device.map(|device| device.id.as_str()))
    .bind(tenant.as_str())
    .bind(record.credential_id.as_bytes())
    .bind(i64::from(record.expected_sign_count))
    .execute(conn)?;
    if updated == 0 {
        return Ok(SignInOutcome::CredentialChanged);
    }
    if let Some(device) = used_device {
        let owner: Vec<u8> = credential_rows::table
            .filter(credential_rows::tenant.eq(tenant.as_str()))
            .filter(credential_rows::credential_id.eq(record.credential_id.as_bytes()))
            .select(credential_rows::user_key)
            .get_result(conn)?;
        devices::record(conn, device, &owner)?;
    }
    if let Some(transaction) = &record.transaction {
        devices::record_transaction(conn, transaction)?;
    }
    if let Some(purpose) = &record.used_config {
        tenants::note_use(conn, tenant, purpose, record.now)?;
    }
    events::append(conn, &record.event)?;
    Ok(SignInOutcome::Recorded)
}

pub(crate) fn register(conn: &mut Conn, registration: &NewCredential) -> Read<RegistrationOutcome> {
    let NewCredential {
        consumption,
        user,
        owner,
        credential,
        evidence,
        aliases,
        device,
        event,
    } = registration;
    let tenant = &user.tenant;
    if !ceremonies::consume(conn, tenant, consumption)? {
        return Ok(RegistrationOutcome::AlreadyConsumed);
    }
    let taken = exists(
        credential_rows::table
            .filter(credential_rows::tenant.eq(tenant.as_str()))
            .filter(credential_rows::credential_id.eq(credential.credential_id.as_bytes())),
    );
    if diesel::select(taken).get_result(conn)? {
        return Ok(RegistrationOutcome::CredentialTaken);
    }
    if let Some(aliases) = aliases {
        let hashes = aliases.iter().map(|alias| alias.hash.as_str()).collect();
        if users::taken_by_others(conn, tenant, &user.user_id, hashes)? {
            return Ok(RegistrationOutcome::AliasConflict);
        }
    }
    // Whoever takes the credential id or an alias from here on makes this fail, and then the whole is done again.
    let key = match owner {
        Owner::Ensured => users::ensure(conn, user)?,
        Owner::New {
            identifier,
            display_name,
        } => match users::make(conn, user, identifier, display_name.as_deref())? {
            Some(key) => key,
            None => return Ok(RegistrationOutcome::NameTaken),
        },
        Owner::Existing => match users::hold_active(conn, user)? {
            Some(key) => key,
            None => return Ok(RegistrationOutcome::OwnerGone),
        },
    };
    diesel::insert_into(credential_rows::table)
        .values(CredentialRow::of(credential, &key))
        .execute(conn)?;
    if let Some(evidence) = evidence {
        evidence::insert(conn, tenant, credential.id, evidence)?;
    }
    if let Some(aliases) = aliases {
        users::set_aliases(conn, tenant, &key, aliases)?;
    }
    if let Some(device) = device {
        devices::record(conn, device, &key)?;
    }
    events::append(conn, event)?;
    Ok(RegistrationOutcome::Registered)
}

pub(crate) fn delete(
    conn: &mut Conn,
    tenant: &TenantId,
    credential_id: &CredentialId,
    event: Option<&Event>,
) -> Read<bool> {
    let owner: Option<Vec<u8>> = statement::<Binary>(
        "DELETE FROM credentials WHERE tenant = ? AND credential_id = ? RETURNING user_key",
    )
    .bind(tenant.as_str())
    .bind(credential_id.as_bytes())
    .get_result(conn)
    .optional()?;
    let Some(owner) = owner else {
        return Ok(false);
    };
    trust::end_without_passkey(conn, &owner)?;
    events::append(conn, event)?;
    Ok(true)
}

pub(crate) fn rename(
    conn: &mut Conn,
    tenant: &TenantId,
    credential_id: &CredentialId,
    nickname: Option<&str>,
) -> Read<bool> {
    let renamed = statement::<()>(
        "UPDATE credentials SET nickname = ? WHERE tenant = ? AND credential_id = ?",
    )
    .bind(nickname)
    .bind(tenant.as_str())
    .bind(credential_id.as_bytes())
    .execute(conn)?;
    Ok(renamed > 0)
}
