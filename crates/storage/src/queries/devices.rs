use diesel::prelude::*;
use passkeyd_domain::{Device, DeviceId, TenantId, Timestamp, Transaction, UserKey};
use uuid::Uuid;

use super::Conn;
use crate::{
    error::Failure,
    rows::{DeviceRow, Read, TransactionRow, millis},
    schema::{device_users, devices, transactions},
    statement::statement,
};

pub(crate) fn find(conn: &mut Conn, tenant: &TenantId, id: &DeviceId) -> Read<Option<Device>> {
    let row: Option<DeviceRow> = devices::table
        .find((tenant.as_str(), id.as_str()))
        .select(DeviceRow::as_select())
        .get_result(conn)
        .optional()?;
    row.map(DeviceRow::device).transpose()
}

pub(crate) fn of_user(conn: &mut Conn, tenant: &TenantId, user: UserKey) -> Read<Vec<Device>> {
    let of_tenant = devices::tenant
        .eq(device_users::tenant)
        .and(devices::id.eq(device_users::device));
    device_users::table
        .inner_join(devices::table.on(of_tenant))
        .filter(device_users::tenant.eq(tenant.as_str()))
        .filter(device_users::user_key.eq(user.0.as_bytes().as_slice()))
        .order((device_users::last_used_at.desc(), devices::id))
        .select(DeviceRow::as_select())
        .load(conn)?
        .into_iter()
        .map(DeviceRow::device)
        .collect()
}

pub(crate) fn users(conn: &mut Conn, tenant: &TenantId, id: &DeviceId) -> Read<Vec<UserKey>> {
    let keys: Vec<Vec<u8>> = device_users::table
        .filter(device_users::tenant.eq(tenant.as_str()))
        .filter(device_users::device.eq(id.as_str()))
        .order(device_users::user_key)
        .select(device_users::user_key)
        .load(conn)?;
    keys.into_iter()
        .map(|key| {
            let key = Uuid::from_slice(&key).map_err(|error| Failure::Inconsistent {
                table: "device_users",
                what: format!("user_key of {tenant}/{id}: {error}"),
            })?;
            Ok(UserKey(key))
        })
        .collect()
}

/// Records that a user whose row is locked used a device.
pub(crate) fn record(conn: &mut Conn, device: &Device, user: &[u8]) -> Read<()> {
    let details =
        serde_json::to_string(&device.details).map_err(|error| Failure::Inconsistent {
            table: "devices",
            what: format!("details of {}/{}: {error}", device.tenant, device.id),
        })?;
    statement::<()>(
        "INSERT INTO devices (tenant, id, name, details, created_at, last_used_at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, details = excluded.details,
             last_used_at = excluded.last_used_at",
    )
    .bind(device.tenant.as_str())
    .bind(device.id.as_str())
    .bind(device.name.as_str())
    .bind(details.as_str())
    .bind(millis(device.created_at))
    .bind(millis(device.last_used_at))
    .execute(conn)?;
    statement::<()>(
        "INSERT INTO device_users (tenant, device, user_key, last_used_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (user_key, device) DO UPDATE SET last_used_at = excluded.last_used_at",
    )
    .bind(device.tenant.as_str())
    .bind(device.id.as_str())
    .bind(user)
    .bind(millis(device.last_used_at))
    .execute(conn)?;
    Ok(())
}

/// Records that a user used a device, apart from any ceremony.
pub(crate) fn record_alone(conn: &mut Conn, device: &Device, user: UserKey) -> Read<bool> {
    let key = user.0.as_bytes();
    let locked = statement::<()>("UPDATE users SET version = version WHERE tenant = ? AND key = ?")
        .bind(device.tenant.as_str())
        .bind(key.as_slice())
        .execute(conn)?;
    if locked == 0 {
        return Ok(false);
    }
    record(conn, device, key)?;
    Ok(true)
}

pub(crate) fn record_transaction(conn: &mut Conn, transaction: &Transaction) -> Read<()> {
    diesel::insert_into(transactions::table)
        .values(TransactionRow::of(transaction))
        .execute(conn)?;
    Ok(())
}

pub(crate) fn transaction(
    conn: &mut Conn,
    tenant: &TenantId,
    id: Uuid,
) -> Read<Option<Transaction>> {
    let row: Option<TransactionRow> = transactions::table
        .find((tenant.as_str(), id.as_bytes().as_slice()))
        .select(TransactionRow::as_select())
        .get_result(conn)
        .optional()?;
    row.map(TransactionRow::transaction).transpose()
}

pub(crate) fn delete_transactions_before(
    conn: &mut Conn,
    before: Timestamp,
    limit: u32,
) -> Read<u64> {
    let deleted = statement::<()>(
        "DELETE FROM transactions WHERE (tenant, id) IN
             (SELECT tenant, id FROM transactions WHERE confirmed_at < ? ORDER BY confirmed_at LIMIT ?)",
    )
    .bind(millis(before))
    .bind(i64::from(limit))
    .execute(conn)?;
    Ok(u64::try_from(deleted).unwrap_or(u64::MAX))
}
