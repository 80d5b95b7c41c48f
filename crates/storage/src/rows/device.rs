use diesel::{Insertable, Queryable, Selectable};
use passkeyd_domain::{Device, Transaction, ports::BlacklistedModel};

use super::{Read, Reader, hex, millis};
use crate::schema::{blacklist, devices, transactions};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = devices)]
pub(crate) struct DeviceRow {
    tenant: String,
    id: String,
    name: String,
    details: String,
    created_at: i64,
    last_used_at: i64,
}

impl DeviceRow {
    pub(crate) fn device(self) -> Read<Device> {
        let key = format!("{}/{}", self.tenant, self.id);
        let read = Reader {
            table: "devices",
            key: &key,
        };
        Ok(Device {
            tenant: read.of("tenant", self.tenant.parse())?,
            id: read.of("id", self.id.parse())?,
            name: self.name,
            details: read.of("details", serde_json::from_str(&self.details))?,
            created_at: read.time("created_at", self.created_at)?,
            last_used_at: read.time("last_used_at", self.last_used_at)?,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = transactions)]
pub(crate) struct TransactionRow {
    tenant: String,
    id: Vec<u8>,
    user_id: String,
    credential: Vec<u8>,
    kind: String,
    payload_hash: Vec<u8>,
    nonce: String,
    server_nonce: String,
    hash: Vec<u8>,
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
    confirmed_at: i64,
}

impl TransactionRow {
    pub(crate) fn of(transaction: &Transaction) -> Self {
        Self {
            tenant: transaction.tenant.to_string(),
            id: transaction.id.as_bytes().to_vec(),
            user_id: transaction.user_id.clone(),
            credential: transaction.credential.as_bytes().to_vec(),
            kind: transaction.kind.clone(),
            payload_hash: transaction.payload_hash.clone(),
            nonce: transaction.nonce.clone(),
            server_nonce: transaction.server_nonce.clone(),
            hash: transaction.hash.clone(),
            client_data: transaction.client_data.clone(),
            authenticator_data: transaction.authenticator_data.clone(),
            signature: transaction.signature.clone(),
            confirmed_at: millis(transaction.confirmed_at),
        }
    }

    pub(crate) fn transaction(self) -> Read<Transaction> {
        let key = hex(&self.id);
        let read = Reader {
            table: "transactions",
            key: &key,
        };
        Ok(Transaction {
            tenant: read.of("tenant", self.tenant.parse())?,
            id: read.uuid("id", &self.id)?,
            user_id: self.user_id,
            credential: read.uuid("credential", &self.credential)?,
            kind: self.kind,
            payload_hash: self.payload_hash,
            nonce: self.nonce,
            server_nonce: self.server_nonce,
            hash: self.hash,
            client_data: self.client_data,
            authenticator_data: self.authenticator_data,
            signature: self.signature,
            confirmed_at: read.time("confirmed_at", self.confirmed_at)?,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = blacklist)]
pub(crate) struct BlacklistRow {
    tenant: String,
    aaguid: Vec<u8>,
    registration: bool,
    sign_in: bool,
}

impl BlacklistRow {
    pub(crate) fn model(self) -> Read<BlacklistedModel> {
        let read = Reader {
            table: "blacklist",
            key: &self.tenant,
        };
        Ok(BlacklistedModel {
            aaguid: read.uuid("aaguid", &self.aaguid)?,
            registration: self.registration,
            sign_in: self.sign_in,
        })
    }
}
