use async_trait::async_trait;
use passkeyd_domain::{
    ApiKey, Event, KeyId, RingKey, RingPurpose, TenantId, Timestamp,
    ports::{ApiKeys, KeyRing, NamedKeyOutcome, StoreError},
};

use super::{read, write, write_at_once};
use crate::Database;

#[async_trait]
impl ApiKeys for Database {
    async fn add_api_key(&self, key: ApiKey, event: Option<Event>) -> Result<bool, StoreError> {
        write!(self, keys::add(&key, event.as_ref()))
    }

    async fn put_named_key(
        &self,
        key: ApiKey,
        is_given: bool,
    ) -> Result<NamedKeyOutcome, StoreError> {
        write!(self, keys::put_named(&key, is_given))
    }

    async fn api_keys(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, StoreError> {
        let tenant = tenant.clone();
        read!(self, keys::list(&tenant))
    }

    async fn api_key_by_lookup(&self, lookup: &str) -> Result<Option<ApiKey>, StoreError> {
        let lookup = lookup.to_owned();
        read!(self, keys::by_lookup(&lookup))
    }

    async fn set_api_key_lock(
        &self,
        tenant: &TenantId,
        key_id: &KeyId,
        locked_at: Option<Timestamp>,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        let key_id = key_id.clone();
        write!(
            self,
            keys::set_lock(&tenant, &key_id, locked_at, event.as_ref())
        )
    }

    async fn replace_stored_key(
        &self,
        tenant: &TenantId,
        key_id: &KeyId,
        expected: &str,
        replacement: &str,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        let key_id = key_id.clone();
        let expected = expected.to_owned();
        let replacement = replacement.to_owned();
        write_at_once!(
            self,
            keys::replace_stored(&tenant, &key_id, &expected, &replacement)
        )
    }

    async fn delete_api_key(
        &self,
        tenant: &TenantId,
        key_id: &KeyId,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        let key_id = key_id.clone();
        write!(self, keys::delete(&tenant, &key_id, event.as_ref()))
    }
}

#[async_trait]
impl KeyRing for Database {
    async fn ring(
        &self,
        tenant: &TenantId,
        purpose: &RingPurpose,
    ) -> Result<Vec<RingKey>, StoreError> {
        let tenant = tenant.clone();
        let purpose = purpose.clone();
        read!(self, keys::ring(&tenant, &purpose))
    }

    async fn newest_wrapped_key(&self) -> Result<Option<RingKey>, StoreError> {
        read!(self, keys::newest_wrapped())
    }

    async fn install_ring_key(
        &self,
        key: RingKey,
        unless_newer_than: Option<Timestamp>,
        retire_before: Option<Timestamp>,
    ) -> Result<Vec<RingKey>, StoreError> {
        write!(self, keys::install(&key, unless_newer_than, retire_before))
    }
}
