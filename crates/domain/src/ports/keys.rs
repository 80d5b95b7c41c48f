use async_trait::async_trait;

use super::StoreError;
use crate::{ApiKey, Event, KeyId, RingKey, RingPurpose, TenantId, Timestamp};

/// What became of a key that a configuration names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedKeyOutcome {
    /// It is new.
    Made,
    /// It was there; it has the scopes that were given.
    Kept,
    /// Another tenant, or another key of this one, is looked up by the same text; nothing changed.
    Taken,
    /// There is no such tenant.
    NoTenant,
}

/// API keys. Where an event is given it is written in the same transaction, and only if the answer is true.
#[async_trait]
pub trait ApiKeys {
    /// Adds a key. False: its key id or its look-up hash is taken, or there is no such tenant.
    async fn add_api_key(&self, key: ApiKey, event: Option<Event>) -> Result<bool, StoreError>;

    /// Sees to it that the tenant has a key of this kind and name with these scopes, and by `is_given` that it is this very
    /// one: others of that kind and name are deleted then. Where the text was not given, one that is there is kept. Of
    /// any number at once one makes it.
    async fn put_named_key(
        &self,
        key: ApiKey,
        is_given: bool,
    ) -> Result<NamedKeyOutcome, StoreError>;

    /// The keys of a tenant, by key id.
    async fn api_keys(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, StoreError>;

    /// A key that carries no tenant, by the SHA-256 of its text in hex.
    async fn api_key_by_lookup(&self, lookup: &str) -> Result<Option<ApiKey>, StoreError>;

    /// Locks a key since the time given (a locked one gets the new time), or unlocks it. False: no such key.
    async fn set_api_key_lock(
        &self,
        tenant: &TenantId,
        key_id: &KeyId,
        locked_at: Option<Timestamp>,
        event: Option<Event>,
    ) -> Result<bool, StoreError>;

    /// Replaces what is stored of a key if it is still what is expected: a hash that is made anew. False: it is not.
    async fn replace_stored_key(
        &self,
        tenant: &TenantId,
        key_id: &KeyId,
        expected: &str,
        replacement: &str,
    ) -> Result<bool, StoreError>;

    /// Deletes a key. False: no such key.
    async fn delete_api_key(
        &self,
        tenant: &TenantId,
        key_id: &KeyId,
        event: Option<Event>,
    ) -> Result<bool, StoreError>;
}

/// The key rings.
#[async_trait]
pub trait KeyRing {
    /// The keys of a tenant for a purpose, newest first.
    async fn ring(
        &self,
        tenant: &TenantId,
        purpose: &RingPurpose,
    ) -> Result<Vec<RingKey>, StoreError>;

    /// The newest key of all rings that is wrapped: it tells which master key the database wants.
    async fn newest_wrapped_key(&self) -> Result<Option<RingKey>, StoreError>;

    /// Puts a key in the ring unless its purpose has one that was made after `unless_newer_than` (none: in any case),
    /// deletes those of its purpose that were made before `retire_before`, and returns the ring of the purpose, newest
    /// first. Callers at once that name the same `unless_newer_than` get the same ring.
    async fn install_ring_key(
        &self,
        key: RingKey,
        unless_newer_than: Option<Timestamp>,
        retire_before: Option<Timestamp>,
    ) -> Result<Vec<RingKey>, StoreError>;
}
