use diesel::{
    prelude::*,
    sql_types::{BigInt, Binary, Nullable, Text},
    upsert::excluded,
};
use passkeyd_domain::{CodePurpose, KeptCode, TenantId, Timestamp};
use uuid::Uuid;

use super::Conn;
use crate::{
    rows::{CodeRow, Read, millis},
    schema::{one_time_codes, users},
    statement::statement,
};

pub(crate) fn keep(conn: &mut Conn, code: &KeptCode) -> Read<bool> {
    let user = code.user.map(|user| user.0.as_bytes().to_vec());
    if let Some(user) = &user {
        let owner = users::table
            .filter(users::key.eq(user))
            .filter(users::tenant.eq(code.tenant.as_str()));
        let exists: bool = diesel::select(diesel::dsl::exists(owner)).get_result(conn)?;
        if !exists {
            return Ok(false);
        }
    }
    diesel::insert_into(one_time_codes::table)
        .values((
            one_time_codes::tenant.eq(code.tenant.as_str()),
            one_time_codes::subject.eq(code.subject.as_bytes().as_slice()),
            one_time_codes::purpose.eq(code.purpose.as_str()),
            one_time_codes::user_key.eq(user),
            one_time_codes::hash.eq(&code.hash),
            one_time_codes::target.eq(&code.target),
            one_time_codes::guesses.eq(i64::from(code.guesses)),
            one_time_codes::expires_at.eq(millis(code.expires_at)),
        ))
        .on_conflict((
            one_time_codes::tenant,
            one_time_codes::subject,
            one_time_codes::purpose,
        ))
        .do_update()
        .set((
            one_time_codes::user_key.eq(excluded(one_time_codes::user_key)),
            one_time_codes::hash.eq(excluded(one_time_codes::hash)),
            one_time_codes::target.eq(excluded(one_time_codes::target)),
            one_time_codes::guesses.eq(excluded(one_time_codes::guesses)),
            one_time_codes::expires_at.eq(excluded(one_time_codes::expires_at)),
        ))
        .execute(conn)?;
    Ok(true)
}

/// The row is locked by the first who takes a guess, and the next one sees what is left.
pub(crate) fn guess(
    conn: &mut Conn,
    tenant: &TenantId,
    subject: Uuid,
    purpose: CodePurpose,
    now: Timestamp,
) -> Read<Option<KeptCode>> {
    let row: Option<CodeRow> = statement::<Columns>(
        "UPDATE one_time_codes SET guesses = guesses - 1
         WHERE tenant = ? AND subject = ? AND purpose = ? AND guesses > 0 AND expires_at > ?
         RETURNING subject, user_key, hash, target, guesses, expires_at",
    )
    .bind(tenant.as_str())
    .bind(subject.as_bytes().as_slice())
    .bind(purpose.as_str())
    .bind(millis(now))
    .get_result(conn)
    .optional()?;
    row.map(|row| row.code(tenant, purpose)).transpose()
}

type Columns = (Binary, Nullable<Binary>, Text, Text, BigInt, BigInt);

pub(crate) fn pending(
    conn: &mut Conn,
    tenant: &TenantId,
    subject: Uuid,
    purpose: CodePurpose,
    now: Timestamp,
) -> Read<Option<KeptCode>> {
    one_time_codes::table
        .find((
            tenant.as_str(),
            subject.as_bytes().as_slice(),
            purpose.as_str(),
        ))
        .filter(one_time_codes::guesses.gt(0))
        .filter(one_time_codes::expires_at.gt(millis(now)))
        .select(CodeRow::as_select())
        .get_result(conn)
        .optional()?
        .map(|row| row.code(tenant, purpose))
        .transpose()
}

pub(crate) fn take(
    conn: &mut Conn,
    tenant: &TenantId,
    subject: Uuid,
    purpose: CodePurpose,
    hash: &str,
) -> Read<bool> {
    let used = statement::<()>(
        "DELETE FROM one_time_codes WHERE tenant = ? AND subject = ? AND purpose = ? AND hash = ?",
    )
    .bind(tenant.as_str())
    .bind(subject.as_bytes().as_slice())
    .bind(purpose.as_str())
    .bind(hash)
    .execute(conn)?;
    Ok(used > 0)
}

pub(crate) fn void(
    conn: &mut Conn,
    tenant: &TenantId,
    subject: Uuid,
    purpose: CodePurpose,
) -> Read<()> {
    statement::<()>("DELETE FROM one_time_codes WHERE tenant = ? AND subject = ? AND purpose = ?")
        .bind(tenant.as_str())
        .bind(subject.as_bytes().as_slice())
        .bind(purpose.as_str())
        .execute(conn)?;
    Ok(())
}

pub(crate) fn sweep(conn: &mut Conn, now: Timestamp, limit: u32) -> Read<u64> {
    let swept = statement::<()>(
        "DELETE FROM one_time_codes WHERE (tenant, subject, purpose) IN
             (SELECT tenant, subject, purpose FROM one_time_codes WHERE expires_at <= ?
              ORDER BY expires_at LIMIT ?)",
    )
    .bind(millis(now))
    .bind(i64::from(limit))
    .execute(conn)?;
    Ok(u64::try_from(swept).unwrap_or(u64::MAX))
}
