use diesel::{Insertable, Queryable, Selectable};
use passkeyd_domain::{
    Credential, CredentialDescriptor, CredentialId, DeviceId, UserKey, ports::OwnedCredential,
};

use super::{OwnerRow, Read, Reader, hex, millis};
use crate::schema::credentials;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = credentials, treat_none_as_default_value = false)]
pub(crate) struct CredentialRow {
    id: Vec<u8>,
    tenant: String,
    user_key: Vec<u8>,
    credential_id: Vec<u8>,
    rp_id: String,
    public_key: Vec<u8>,
    algorithm: i64,
    sign_count: i64,
    transports: Option<String>,
    aaguid: Vec<u8>,
    backup_eligible: Option<bool>,
    backed_up: Option<bool>,
    user_verified: bool,
    discoverable: Option<bool>,
    attestation_format: String,
    origin: String,
    device: String,
    country: String,
    nickname: Option<String>,
    created_at: i64,
    last_used_at: i64,
    created_from: Option<String>,
    last_used_from: Option<String>,
}

fn transports_text(transports: &[String]) -> String {
    serde_json::json!(transports).to_string()
}

impl CredentialRow {
    /// The row of a credential that belongs to the user whose key is given.
    pub(crate) fn of(credential: &Credential, user: &[u8]) -> Self {
        Self {
            id: credential.id.as_bytes().to_vec(),
            tenant: credential.tenant.to_string(),
            user_key: user.to_vec(),
            credential_id: credential.credential_id.as_bytes().to_vec(),
            rp_id: credential.rp_id.clone(),
            public_key: credential.public_key.clone(),
            algorithm: credential.algorithm,
            sign_count: i64::from(credential.sign_count),
            transports: credential.transports.as_deref().map(transports_text),
            aaguid: credential.aaguid.as_bytes().to_vec(),
            backup_eligible: credential.backup_eligible,
            backed_up: credential.backed_up,
            user_verified: credential.user_verified,
            discoverable: credential.discoverable,
            attestation_format: credential.attestation_format.clone(),
            origin: credential.origin.clone(),
            device: credential.device.clone(),
            country: credential.country.clone(),
            nickname: credential.nickname.clone(),
            created_at: millis(credential.created_at),
            last_used_at: millis(credential.last_used_at),
            created_from: credential.created_from.clone().map(String::from),
            last_used_from: credential.last_used_from.clone().map(String::from),
        }
    }

    fn credential(self) -> Read<Credential> {
        let key = hex(&self.id);
        let read = Reader {
            table: "credentials",
            key: &key,
        };
        Ok(Credential {
            id: read.uuid("id", &self.id)?,
            tenant: read.of("tenant", self.tenant.parse())?,
            user: UserKey(read.uuid("user_key", &self.user_key)?),
            credential_id: read.of("credential_id", CredentialId::new(self.credential_id))?,
            rp_id: self.rp_id,
            public_key: self.public_key,
            algorithm: self.algorithm,
            sign_count: read.of("sign_count", u32::try_from(self.sign_count))?,
            transports: read_transports(&read, self.transports.as_deref())?,
            aaguid: read.uuid("aaguid", &self.aaguid)?,
            backup_eligible: self.backup_eligible,
            backed_up: self.backed_up,
            user_verified: self.user_verified,
            discoverable: self.discoverable,
            attestation_format: self.attestation_format,
            origin: self.origin,
            device: self.device,
            country: self.country,
            nickname: self.nickname,
            created_at: read.time("created_at", self.created_at)?,
            last_used_at: read.time("last_used_at", self.last_used_at)?,
            created_from: read_device(&read, "created_from", self.created_from)?,
            last_used_from: read_device(&read, "last_used_from", self.last_used_from)?,
        })
    }

    pub(crate) fn owned_by(self, owner: OwnerRow) -> Read<OwnedCredential> {
        let (user_id, handle, active) = owner.owner()?;
        Ok(OwnedCredential {
            credential: self.credential()?,
            user_id,
            handle,
            active,
        })
    }
}

fn read_device(read: &Reader<'_>, column: &str, text: Option<String>) -> Read<Option<DeviceId>> {
    text.map(|text| read.of(column, text.parse())).transpose()
}

fn read_transports(read: &Reader<'_>, text: Option<&str>) -> Read<Option<Vec<String>>> {
    text.map(|text| read.of("transports", serde_json::from_str(text)))
        .transpose()
}

/// What options need of a credential.
#[derive(Queryable, Selectable)]
#[diesel(table_name = credentials)]
pub(crate) struct DescriptorRow {
    credential_id: Vec<u8>,
    transports: Option<String>,
    aaguid: Vec<u8>,
}

impl DescriptorRow {
    pub(crate) fn descriptor(self) -> Read<CredentialDescriptor> {
        let key = hex(&self.credential_id);
        let read = Reader {
            table: "credentials",
            key: &key,
        };
        Ok(CredentialDescriptor {
            transports: read_transports(&read, self.transports.as_deref())?,
            aaguid: read.uuid("aaguid", &self.aaguid)?,
            credential_id: read.of("credential_id", CredentialId::new(self.credential_id))?,
        })
    }
}
