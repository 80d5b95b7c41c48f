use diesel::prelude::*;
use passkeyd_domain::{
    CredentialId, TenantId,
    ports::{AttestedCredential, CredentialEvidence},
};
use uuid::Uuid;

use super::Conn;
use crate::{
    rows::{AttestedRow, EvidenceRow, Read},
    schema::{credential_evidence as evidence_rows, credentials as credential_rows},
    statement::statement,
};

pub(crate) fn insert(
    conn: &mut Conn,
    tenant: &TenantId,
    credential: Uuid,
    evidence: &CredentialEvidence,
) -> Read<()> {
    diesel::insert_into(evidence_rows::table)
        .values(EvidenceRow::of(tenant, credential, evidence))
        .execute(conn)?;
    Ok(())
}

pub(crate) fn find(
    conn: &mut Conn,
    tenant: &TenantId,
    credential_id: &CredentialId,
) -> Read<Option<CredentialEvidence>> {
    let row: Option<EvidenceRow> = evidence_rows::table
        .inner_join(credential_rows::table)
        .filter(credential_rows::tenant.eq(tenant.as_str()))
        .filter(credential_rows::credential_id.eq(credential_id.as_bytes()))
        .select(EvidenceRow::as_select())
        .get_result(conn)
        .optional()?;
    Ok(row.map(EvidenceRow::evidence))
}

pub(crate) fn page(
    conn: &mut Conn,
    after: Option<Uuid>,
    limit: u32,
) -> Read<Vec<AttestedCredential>> {
    let query = evidence_rows::table.inner_join(credential_rows::table);
    let rows: Vec<AttestedRow> = match after {
        Some(after) => query
            .filter(evidence_rows::id.gt(after.as_bytes().as_slice()))
            .order(evidence_rows::id)
            .limit(limit.into())
            .select(AttestedRow::as_select())
            .load(conn)?,
        None => query
            .order(evidence_rows::id)
            .limit(limit.into())
            .select(AttestedRow::as_select())
            .load(conn)?,
    };
    rows.into_iter().map(AttestedRow::attested).collect()
}

pub(crate) fn judge(conn: &mut Conn, tenant: &TenantId, id: Uuid, trust: &str) -> Read<bool> {
    let judged =
        statement::<()>("UPDATE credential_evidence SET trust = ? WHERE id = ? AND tenant = ?")
            .bind(trust)
            .bind(id.as_bytes().as_slice())
            .bind(tenant.as_str())
            .execute(conn)?;
    Ok(judged > 0)
}
