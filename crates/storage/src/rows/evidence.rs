use diesel::{Insertable, Queryable, Selectable};
use passkeyd_domain::{
    CredentialId, TenantId,
    ports::{AttestedCredential, CredentialEvidence},
};
use uuid::Uuid;

use super::{Read, Reader, hex};
use crate::schema::{credential_evidence, credentials};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = credential_evidence)]
pub(crate) struct EvidenceRow {
    id: Vec<u8>,
    tenant: String,
    attestation_object: Vec<u8>,
    client_data: Vec<u8>,
    trust: String,
}

impl EvidenceRow {
    pub(crate) fn of(tenant: &TenantId, credential: Uuid, evidence: &CredentialEvidence) -> Self {
        Self {
            id: credential.as_bytes().to_vec(),
            tenant: tenant.to_string(),
            attestation_object: evidence.attestation_object.clone(),
            client_data: evidence.client_data.clone(),
            trust: evidence.trust.clone(),
        }
    }

    pub(crate) fn evidence(self) -> CredentialEvidence {
        CredentialEvidence {
            attestation_object: self.attestation_object,
            client_data: self.client_data,
            trust: self.trust,
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = credentials)]
pub(crate) struct AttestedRow {
    id: Vec<u8>,
    tenant: String,
    credential_id: Vec<u8>,
    aaguid: Vec<u8>,
    algorithm: i64,
    created_at: i64,
    #[diesel(select_expression = credential_evidence::trust)]
    trust: String,
}

impl AttestedRow {
    pub(crate) fn attested(self) -> Read<AttestedCredential> {
        let key = hex(&self.credential_id);
        let read = Reader {
            table: "credentials",
            key: &key,
        };
        Ok(AttestedCredential {
            tenant: read.of("tenant", self.tenant.parse())?,
            id: read.uuid("id", &self.id)?,
            credential_id: read.of("credential_id", CredentialId::new(self.credential_id))?,
            aaguid: read.uuid("aaguid", &self.aaguid)?,
            algorithm: self.algorithm,
            created_at: read.time("created_at", self.created_at)?,
            trust: self.trust,
        })
    }
}
