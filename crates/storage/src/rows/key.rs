use std::collections::BTreeSet;

use diesel::{Insertable, Queryable, Selectable};
use passkeyd_domain::{ApiKey, KeyId, RingKey, RingPurpose, Scope, SecretBytes};

use super::{Read, Reader, millis};
use crate::schema::{api_keys, ring_keys};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
pub(crate) struct ApiKeyRow {
    tenant: String,
    key_id: String,
    kind: String,
    name: String,
    pub(crate) scopes: String,
    stored: String,
    lookup: Option<String>,
    created_at: i64,
    locked_at: Option<i64>,
    last_locked_at: Option<i64>,
    expires_at: Option<i64>,
}

impl ApiKeyRow {
    pub(crate) fn of(key: &ApiKey) -> Self {
        let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.0.as_str()).collect();
        Self {
            tenant: key.tenant.to_string(),
            key_id: key.key_id.to_string(),
            kind: key.kind.as_str().to_owned(),
            name: key.name.clone(),
            scopes: serde_json::json!(scopes).to_string(),
            stored: key.stored.clone(),
            lookup: key.lookup.clone(),
            created_at: millis(key.created_at),
            locked_at: key.locked_at.map(millis),
            last_locked_at: key.last_locked_at.map(millis),
            expires_at: key.expires_at.map(millis),
        }
    }

    pub(crate) fn key(self) -> Read<ApiKey> {
        let name = format!("{}/{}", self.tenant, self.key_id);
        let read = Reader {
            table: "api_keys",
            key: &name,
        };
        let scopes: BTreeSet<String> = read.of("scopes", serde_json::from_str(&self.scopes))?;
        Ok(ApiKey {
            tenant: read.of("tenant", self.tenant.parse())?,
            key_id: KeyId(self.key_id),
            kind: read.of("kind", self.kind.parse())?,
            name: self.name,
            scopes: scopes.into_iter().map(Scope).collect(),
            stored: self.stored,
            lookup: self.lookup,
            created_at: read.time("created_at", self.created_at)?,
            locked_at: read.optional_time("locked_at", self.locked_at)?,
            last_locked_at: read.optional_time("last_locked_at", self.last_locked_at)?,
            expires_at: read.optional_time("expires_at", self.expires_at)?,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = ring_keys, treat_none_as_default_value = false)]
pub(crate) struct RingKeyRow {
    tenant: String,
    id: Vec<u8>,
    purpose: String,
    material: Vec<u8>,
    wrapped: bool,
    created_at: i64,
}

impl RingKeyRow {
    pub(crate) fn of(key: &RingKey) -> Self {
        Self {
            tenant: key.tenant.to_string(),
            id: key.id.as_bytes().to_vec(),
            purpose: key.purpose.as_str().to_owned(),
            material: key.material.expose().to_vec(),
            wrapped: key.wrapped,
            created_at: millis(key.created_at),
        }
    }

    pub(crate) fn key(self) -> Read<RingKey> {
        let name = format!("{}/{}", self.tenant, super::hex(&self.id));
        let read = Reader {
            table: "ring_keys",
            key: &name,
        };
        Ok(RingKey {
            id: read.uuid("id", &self.id)?,
            tenant: read.of("tenant", self.tenant.parse())?,
            purpose: RingPurpose::from_stored(&self.purpose),
            material: SecretBytes::new(self.material),
            wrapped: self.wrapped,
            created_at: read.time("created_at", self.created_at)?,
        })
    }
}
