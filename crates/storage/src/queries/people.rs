use std::collections::BTreeMap;

use diesel::prelude::*;
use passkeyd_domain::{
    AddressKind, Event, Identifier, Person, TenantId, User,
    ports::{PersonLookup, PersonOutcome},
    text::folded,
};

use super::{Conn, accounts::resolve, events, tenants};
use crate::{
    error::Failure,
    rows::{AddressRow, IdentifierRow, PersonRow, Read, UserRow, millis},
    schema::{addresses, identifiers, users},
    statement::statement,
};

pub(crate) fn find(
    conn: &mut Conn,
    tenant: &TenantId,
    lookup: &PersonLookup,
) -> Read<Option<Person>> {
    let of_tenant = users::table.filter(users::tenant.eq(tenant.as_str()));
    let key: Option<Vec<u8>> = match lookup {
        PersonLookup::Name(name) => resolve(conn, tenant, name, &folded(name))?.map(|(key, _)| key),
        PersonLookup::UserId(user_id) => of_tenant
            .filter(users::user_id.eq(user_id.as_str()))
            .select(users::key)
            .get_result(conn)
            .optional()?,
        PersonLookup::Handle(handle) => of_tenant
            .filter(users::handle.eq(handle.as_bytes()))
            .select(users::key)
            .get_result(conn)
            .optional()?,
        PersonLookup::Key(key) => of_tenant
            .filter(users::key.eq(key.0.as_bytes().as_slice()))
            .select(users::key)
            .get_result(conn)
            .optional()?,
    };
    // Nobody is looked up as somebody is, so that a clock tells no difference.
    let keys: Vec<_> = key.into_iter().collect();
    Ok(by_keys(conn, &keys)?.pop())
}

pub(crate) fn with_address(
    conn: &mut Conn,
    tenant: &TenantId,
    kind: AddressKind,
    value: &str,
    limit: u32,
) -> Read<Vec<Person>> {
    let keys: Vec<Vec<u8>> = addresses::table
        .filter(addresses::tenant.eq(tenant.as_str()))
        .filter(addresses::kind.eq(kind.as_str()))
        .filter(addresses::folded.eq(folded(value)))
        .order(addresses::user_key)
        .limit(i64::from(limit))
        .select(addresses::user_key)
        .load(conn)?;
    by_keys(conn, &keys)
}

/// The people of these rows, in the order of the rows.
pub(crate) fn by_keys(conn: &mut Conn, keys: &[Vec<u8>]) -> Read<Vec<Person>> {
    let found: Vec<(UserRow, PersonRow)> = users::table
        .filter(users::key.eq_any(keys))
        .order(users::key)
        .select((UserRow::as_select(), PersonRow::as_select()))
        .load(conn)?;
    let mut names: BTreeMap<Vec<u8>, Vec<Identifier>> = BTreeMap::new();
    let of_people: Vec<IdentifierRow> = identifiers::table
        .filter(identifiers::user_key.eq_any(keys))
        .order(identifiers::is_primary.desc())
        .select(IdentifierRow::as_select())
        .load(conn)?;
    for row in of_people {
        let key = row.user_key.clone();
        names.entry(key).or_default().push(row.identifier()?);
    }
    let mut reached = BTreeMap::<Vec<u8>, Vec<_>>::new();
    let of_people: Vec<AddressRow> = addresses::table
        .filter(addresses::user_key.eq_any(keys))
        .select(AddressRow::as_select())
        .load(conn)?;
    for row in of_people {
        let key = row.user_key.clone();
        reached.entry(key).or_default().push(row.address()?);
    }
    found
        .into_iter()
        .map(|(user, row)| {
            let mut person = row.person(user.user()?)?;
            let key = person.user.key.0.as_bytes().as_slice();
            person.identifiers = names.remove(key).unwrap_or_default();
            person.addresses = reached.remove(key).unwrap_or_default();
            person.sort();
            Ok(person)
        })
        .collect()
}

pub(crate) fn create(
    conn: &mut Conn,
    person: &Person,
    event: Option<&Event>,
) -> Read<PersonOutcome> {
    if !tenants::exists(conn, &person.user.tenant)? {
        return Err(Failure::TenantGone);
    }
    let outcome = insert(conn, person)?;
    if outcome == PersonOutcome::Written {
        events::append(conn, event)?;
    }
    Ok(outcome)
}

/// Puts a new person in, unless one of its names is taken.
pub(crate) fn insert(conn: &mut Conn, person: &Person) -> Read<PersonOutcome> {
    if let Some(taken) = taken(conn, person)? {
        return Ok(taken);
    }
    let user = &person.user;
    statement::<()>(
        "INSERT INTO users (key, tenant, user_id, handle, active, display_name, display_name_folded, given_name,
                            given_name_folded, family_name, family_name_folded, formatted_name,
                            formatted_name_folded, external_id,
                            version, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)",
    )
    .bind(user.key.0.as_bytes().as_slice())
    .bind(user.tenant.as_str())
    .bind(user.user_id.as_str())
    .bind(user.handle.as_bytes())
    .bind(user.active)
    .bind(person.profile.display_name.as_deref())
    .bind(fold(person.profile.display_name.as_deref()).as_deref())
    .bind(person.profile.given_name.as_deref())
    .bind(fold(person.profile.given_name.as_deref()).as_deref())
    .bind(person.profile.family_name.as_deref())
    .bind(fold(person.profile.family_name.as_deref()).as_deref())
    .bind(person.profile.formatted_name.as_deref())
    .bind(fold(person.profile.formatted_name.as_deref()).as_deref())
    .bind(person.profile.external_id.as_deref())
    .bind(millis(user.created_at))
    .bind(millis(person.updated_at))
    .execute(conn)?;
    insert_identifiers(conn, person)?;
    insert_addresses(conn, person)?;
    Ok(PersonOutcome::Written)
}

pub(crate) fn replace(
    conn: &mut Conn,
    person: &Person,
    event: Option<&Event>,
) -> Read<PersonOutcome> {
    let user = &person.user;
    let key = user.key.0.as_bytes().as_slice();
    let Some(before) = by_keys(conn, &[key.to_vec()])?
        .pop()
        .filter(|before| before.user.tenant == user.tenant)
    else {
        return Ok(PersonOutcome::Gone);
    };
    if before.version != person.version {
        return Ok(PersonOutcome::Changed);
    }
    if let Some(taken) = taken(conn, person)? {
        return Ok(taken);
    }
    // Of two that read one version the second finds another here.
    let updated = statement::<()>(
        "UPDATE users SET active = ?, display_name = ?, display_name_folded = ?, given_name = ?, given_name_folded = ?,
                          family_name = ?, family_name_folded = ?, formatted_name = ?, formatted_name_folded = ?,
                          external_id = ?,
                          version = version + 1, updated_at = ?
         WHERE tenant = ? AND key = ? AND version = ?",
    )
    .bind(user.active)
    .bind(person.profile.display_name.as_deref())
    .bind(fold(person.profile.display_name.as_deref()).as_deref())
    .bind(person.profile.given_name.as_deref())
    .bind(fold(person.profile.given_name.as_deref()).as_deref())
    .bind(person.profile.family_name.as_deref())
    .bind(fold(person.profile.family_name.as_deref()).as_deref())
    .bind(person.profile.formatted_name.as_deref())
    .bind(fold(person.profile.formatted_name.as_deref()).as_deref())
    .bind(person.profile.external_id.as_deref())
    .bind(millis(person.updated_at))
    .bind(user.tenant.as_str())
    .bind(key)
    .bind(i64::try_from(person.version).unwrap_or(i64::MAX))
    .execute(conn)?;
    if updated == 0 {
        return Ok(PersonOutcome::Changed);
    }
    if before.identifiers != person.identifiers {
        clear(conn, user, "DELETE FROM identifiers WHERE user_key = ?")?;
        insert_identifiers(conn, person)?;
    }
    if before.addresses != person.addresses {
        clear(conn, user, "DELETE FROM addresses WHERE user_key = ?")?;
        insert_addresses(conn, person)?;
    }
    events::append(conn, event)?;
    Ok(PersonOutcome::Written)
}

/// Does a name of the person lead to another user? Two who want one meet at its unique key; the second is done
/// again and finds it taken.
fn taken(conn: &mut Conn, person: &Person) -> Read<Option<PersonOutcome>> {
    let tenant = &person.user.tenant;
    let own = person.user.key.0.as_bytes().as_slice();
    for identifier in &person.identifiers {
        let owner = resolve(conn, tenant, &identifier.value, &identifier.folded())?;
        if owner.is_some_and(|(owner, _)| owner != own) {
            return Ok(Some(PersonOutcome::NameTaken));
        }
    }
    Ok(None)
}

fn fold(text: Option<&str>) -> Option<String> {
    text.map(folded)
}

fn clear(conn: &mut Conn, user: &User, sql: &'static str) -> Read<()> {
    statement::<()>(sql)
        .bind(user.key.0.as_bytes().as_slice())
        .execute(conn)?;
    Ok(())
}

fn insert_identifiers(conn: &mut Conn, person: &Person) -> Read<()> {
    for (place, identifier) in person.identifiers.iter().enumerate() {
        diesel::insert_into(identifiers::table)
            .values(IdentifierRow::of(&person.user, identifier, place == 0))
            .execute(conn)?;
    }
    Ok(())
}

fn insert_addresses(conn: &mut Conn, person: &Person) -> Read<()> {
    for address in &person.addresses {
        diesel::insert_into(addresses::table)
            .values(AddressRow::of(&person.user, address))
            .execute(conn)?;
    }
    Ok(())
}
