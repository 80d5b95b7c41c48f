use diesel::{prelude::*, sql_types::BigInt};
use passkeyd_domain::{
    Event, Group, GroupId, Member, TenantId, Timestamp, UserId, UserKey,
    ports::{DeleteOutcome, GroupOutcome},
    text::folded,
};

use super::{Conn, dialect, events, users};
use crate::{
    rows::{GroupRow, MemberRow, Read, millis},
    schema::{group_members, groups, identifiers, users as user_rows},
    statement::{Value, composed, statement},
};

pub(crate) fn find(conn: &mut Conn, tenant: &TenantId, id: GroupId) -> Read<Option<Group>> {
    groups::table
        .filter(groups::tenant.eq(tenant.as_str()))
        .filter(groups::id.eq(id.0.as_bytes().as_slice()))
        .select(GroupRow::as_select())
        .get_result(conn)
        .optional()?
        .map(GroupRow::group)
        .transpose()
}

/// The groups of these rows, in no order.
pub(super) fn by_ids(conn: &mut Conn, ids: &[Vec<u8>]) -> Read<Vec<Group>> {
    groups::table
        .filter(groups::id.eq_any(ids))
        .select(GroupRow::as_select())
        .load(conn)?
        .into_iter()
        .map(GroupRow::group)
        .collect()
}

pub(crate) fn members(conn: &mut Conn, tenant: &TenantId, ids: &[GroupId]) -> Read<Vec<Member>> {
    let ids: Vec<&[u8]> = ids.iter().map(|id| id.0.as_bytes().as_slice()).collect();
    let primary = identifiers::user_key
        .eq(group_members::user_key)
        .and(identifiers::is_primary.eq(true));
    group_members::table
        .inner_join(user_rows::table)
        .left_join(identifiers::table.on(primary))
        .filter(user_rows::tenant.eq(tenant.as_str()))
        .filter(group_members::group_id.eq_any(ids))
        .order((group_members::group_id, group_members::user_key))
        .select((
            group_members::group_id,
            group_members::user_key,
            user_rows::handle,
            user_rows::display_name,
            identifiers::value.nullable(),
            user_rows::user_id,
        ))
        .load::<MemberRow>(conn)?
        .into_iter()
        .map(MemberRow::member)
        .collect()
}

pub(crate) fn create(conn: &mut Conn, group: &Group, members: &[UserKey]) -> Read<GroupOutcome> {
    if !all_exist(conn, &group.tenant, members)? {
        return Ok(GroupOutcome::UnknownMember);
    }
    diesel::insert_into(groups::table)
        .values(GroupRow::of(group))
        .execute(conn)?;
    add(conn, group.id, members)?;
    Ok(GroupOutcome::Written)
}

pub(crate) fn replace(
    conn: &mut Conn,
    group: &Group,
    added: &[UserKey],
    removed: &[UserKey],
) -> Read<GroupOutcome> {
    if !all_exist(conn, &group.tenant, added)? {
        return Ok(match find(conn, &group.tenant, group.id)? {
            Some(_) => GroupOutcome::UnknownMember,
            None => GroupOutcome::Gone,
        });
    }
    // From here on the row is locked.
    let updated = statement::<()>(
        "UPDATE groups SET display_name = ?, display_name_folded = ?, external_id = ?, version = version + 1, updated_at = ?
         WHERE tenant = ? AND id = ? AND version = ?",
    )
    .bind(group.display_name.as_str())
    .bind(folded(&group.display_name).as_str())
    .bind(group.external_id.as_deref())
    .bind(millis(group.updated_at))
    .bind(group.tenant.as_str())
    .bind(group.id.0.as_bytes().as_slice())
    .bind(number(group.version))
    .execute(conn)?;
    if updated == 0 {
        return Ok(match find(conn, &group.tenant, group.id)? {
            Some(_) => GroupOutcome::Changed,
            None => GroupOutcome::Gone,
        });
    }
    for removed in removed.chunks(AT_ONCE) {
        let keys: Vec<&[u8]> = removed
            .iter()
            .map(|key| key.0.as_bytes().as_slice())
            .collect();
        diesel::delete(
            group_members::table
                .filter(group_members::group_id.eq(group.id.0.as_bytes().as_slice()))
                .filter(group_members::user_key.eq_any(keys)),
        )
        .execute(conn)?;
    }
    add(conn, group.id, added)?;
    Ok(GroupOutcome::Written)
}

/// So many rows are written with one statement.
const AT_ONCE: usize = 500;

fn add(conn: &mut Conn, group: GroupId, members: &[UserKey]) -> Read<()> {
    for members in members.chunks(AT_ONCE) {
        let rows = vec!["(?, ?)"; members.len()].join(", ");
        let sql = format!(
            "INSERT INTO group_members (group_id, user_key) VALUES {rows} ON CONFLICT DO NOTHING"
        );
        let mut values: Vec<Value<'_>> = Vec::new();
        for member in members {
            values.push(group.0.as_bytes().as_slice().into());
            values.push(member.0.as_bytes().as_slice().into());
        }
        composed::<()>(sql, values).execute(conn)?;
    }
    Ok(())
}

/// Whether all of these are users of the tenant; they are until the transaction ends.
fn all_exist(conn: &mut Conn, tenant: &TenantId, users: &[UserKey]) -> Read<bool> {
    let mut users = users.to_vec();
    users.sort_unstable();
    users.dedup();
    for users in users.chunks(AT_ONCE) {
        let marks = vec!["?"; users.len()].join(", ");
        let lock = dialect::LOCKED;
        let sql = format!("SELECT version FROM users WHERE tenant = ? AND key IN ({marks}){lock}");
        let mut values: Vec<Value<'_>> = vec![tenant.as_str().into()];
        values.extend(users.iter().map(|user| Value::Binary(user.0.as_bytes())));
        let found: Vec<i64> = composed::<BigInt>(sql, values).load(conn)?;
        if found.len() < users.len() {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(crate) fn delete(
    conn: &mut Conn,
    tenant: &TenantId,
    id: GroupId,
    version: Option<u64>,
) -> Read<DeleteOutcome> {
    let deleted =
        statement::<()>("DELETE FROM groups WHERE tenant = ? AND id = ? AND (version = ? OR ?)")
            .bind(tenant.as_str())
            .bind(id.0.as_bytes().as_slice())
            .bind(number(version.unwrap_or(0)))
            .bind(version.is_none())
            .execute(conn)?;
    Ok(if deleted > 0 {
        DeleteOutcome::Deleted
    } else if find(conn, tenant, id)?.is_some() {
        DeleteOutcome::Changed
    } else {
        DeleteOutcome::Unknown
    })
}

pub(crate) fn delete_person(
    conn: &mut Conn,
    tenant: &TenantId,
    user_id: &UserId,
    version: Option<u64>,
    now: Timestamp,
    event: Option<&Event>,
) -> Read<DeleteOutcome> {
    // Locks the row, so that the version stays what it is.
    let locked = statement::<BigInt>(
        "UPDATE users SET version = version WHERE tenant = ? AND user_id = ? RETURNING version",
    )
    .bind(tenant.as_str())
    .bind(user_id.as_str())
    .get_result::<i64>(conn)
    .optional()?;
    let Some(found) = locked else {
        return Ok(DeleteOutcome::Unknown);
    };
    if version.is_some_and(|version| number(version) != found) {
        return Ok(DeleteOutcome::Changed);
    }
    touch_those_of(conn, tenant, user_id, Some(now))?;
    users::delete_row(conn, tenant, user_id)?;
    events::append(conn, event)?;
    Ok(DeleteOutcome::Deleted)
}

/// The groups of a user that is about to be deleted lose a member.
pub(super) fn touch_those_of(
    conn: &mut Conn,
    tenant: &TenantId,
    user_id: &UserId,
    now: Option<Timestamp>,
) -> Read<()> {
    let now = now.map_or(0, millis);
    statement::<()>(
        "UPDATE groups SET version = version + 1, updated_at = CASE WHEN updated_at < ? THEN ? ELSE updated_at END
         WHERE tenant = ? AND id IN (SELECT m.group_id FROM group_members m JOIN users u ON u.key = m.user_key
                                     WHERE u.tenant = ? AND u.user_id = ?)",
    )
    .bind(now)
    .bind(now)
    .bind(tenant.as_str())
    .bind(tenant.as_str())
    .bind(user_id.as_str())
    .execute(conn)?;
    Ok(())
}

fn number(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}
