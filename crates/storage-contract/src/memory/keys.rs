use std::cmp::Reverse;

use async_trait::async_trait;
use passkeyd_domain::{
    ApiKey, Event, KeyId, RingKey, RingPurpose, TenantId, Timestamp,
    ports::{ApiKeys, KeyRing, NamedKeyOutcome, StoreError},
};

use super::MemoryStore;

#[async_trait]
impl ApiKeys for MemoryStore {
    async fn add_api_key(&self, key: ApiKey, event: Option<Event>) -> Result<bool, StoreError> {
        let mut rows = self.rows();
        let found = key.lookup.is_some()
            && rows
                .tenants
                .values()
                .flat_map(|rows| rows.api_keys.values())
                .any(|other| other.lookup == key.lookup);
        let Some(rows) = rows.tenants.get_mut(&key.tenant) else {
            return Ok(false);
        };
        if found || rows.api_keys.contains_key(&key.key_id) {
            return Ok(false);
        }
        rows.api_keys.insert(key.key_id.clone(), key);
        rows.events.extend(event);
        Ok(true)
    }

    async fn put_named_key(
        &self,
        key: ApiKey,
        is_given: bool,
    ) -> Result<NamedKeyOutcome, StoreError> {
        let mut rows = self.rows();
        if !rows.tenants.contains_key(&key.tenant) {
            return Ok(NamedKeyOutcome::NoTenant);
        }
        let is_of_name = |known: &ApiKey| known.kind == key.kind && known.name == key.name;
        let is_this =
            |known: &ApiKey| is_of_name(known) && (!is_given || known.lookup == key.lookup);
        let mut tenants = rows.tenants.iter();
        let is_looked_up = tenants.any(|(_, rows)| {
            let mut keys = rows.api_keys.values();
            keys.any(|known| key.lookup.is_some() && known.lookup == key.lookup)
        });
        let Some(rows) = rows.tenants.get_mut(&key.tenant) else {
            return Ok(NamedKeyOutcome::NoTenant);
        };
        let is_there = rows.api_keys.values().any(is_this);
        if !is_there && (is_looked_up || rows.api_keys.contains_key(&key.key_id)) {
            return Ok(NamedKeyOutcome::Taken);
        }
        rows.api_keys
            .retain(|_, known| !is_of_name(known) || is_this(known));
        for known in rows.api_keys.values_mut().filter(|known| is_this(known)) {
            known.scopes.clone_from(&key.scopes);
        }
        if is_there {
            return Ok(NamedKeyOutcome::Kept);
        }
        rows.api_keys.insert(key.key_id.clone(), key);
        Ok(NamedKeyOutcome::Made)
    }

    async fn api_keys(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, StoreError> {
        Ok(self
            .read(tenant, |rows| rows.api_keys.values().cloned().collect())
            .unwrap_or_default())
    }

    async fn api_key_by_lookup(&self, lookup: &str) -> Result<Option<ApiKey>, StoreError> {
        Ok(self
            .rows()
            .tenants
            .values()
            .flat_map(|rows| rows.api_keys.values())
            .find(|key| key.lookup.as_deref() == Some(lookup))
            .cloned())
    }

    async fn set_api_key_lock(
        &self,
        tenant: &TenantId,
        key_id: &KeyId,
        locked_at: Option<Timestamp>,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let set = self.write(tenant, |rows| {
            let Some(key) = rows.api_keys.get_mut(key_id) else {
                return false;
            };
            key.locked_at = locked_at;
            key.last_locked_at = locked_at.or(key.last_locked_at);
            rows.events.extend(event);
            true
        });
        Ok(set.unwrap_or(false))
    }

    async fn replace_stored_key(
        &self,
        tenant: &TenantId,
        key_id: &KeyId,
        expected: &str,
        replacement: &str,
    ) -> Result<bool, StoreError> {
        let replaced = self.write(tenant, |rows| {
            let key = rows
                .api_keys
                .get_mut(key_id)
                .filter(|key| key.stored == expected);
            let found = key.is_some();
            if let Some(key) = key {
                replacement.clone_into(&mut key.stored);
            }
            found
        });
        Ok(replaced.unwrap_or(false))
    }

    async fn delete_api_key(
        &self,
        tenant: &TenantId,
        key_id: &KeyId,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let deleted = self.write(tenant, |rows| {
            let deleted = rows.api_keys.remove(key_id).is_some();
            if deleted {
                rows.events.extend(event);
            }
            deleted
        });
        Ok(deleted.unwrap_or(false))
    }
}

pub(super) fn newest_first(ring: &mut [RingKey]) {
    ring.sort_by_key(|key| Reverse((key.created_at, key.id)));
}

fn of_purpose(ring: &[RingKey], purpose: &RingPurpose) -> Vec<RingKey> {
    let mut found: Vec<_> = ring
        .iter()
        .filter(|key| key.purpose == *purpose)
        .cloned()
        .collect();
    newest_first(&mut found);
    found
}

#[async_trait]
impl KeyRing for MemoryStore {
    async fn ring(
        &self,
        tenant: &TenantId,
        purpose: &RingPurpose,
    ) -> Result<Vec<RingKey>, StoreError> {
        Ok(self
            .read(tenant, |rows| of_purpose(&rows.ring, purpose))
            .unwrap_or_default())
    }

    async fn newest_wrapped_key(&self) -> Result<Option<RingKey>, StoreError> {
        let rows = self.rows();
        let keys = rows.tenants.values().flat_map(|rows| &rows.ring);
        Ok(keys
            .filter(|key| key.wrapped)
            .max_by_key(|key| (key.created_at, key.id))
            .cloned())
    }

    async fn install_ring_key(
        &self,
        key: RingKey,
        unless_newer_than: Option<Timestamp>,
        retire_before: Option<Timestamp>,
    ) -> Result<Vec<RingKey>, StoreError> {
        let tenant = key.tenant.clone();
        self.write(&tenant, |rows| {
            let purpose = key.purpose.clone();
            let has_newer = unless_newer_than.is_some_and(|limit| {
                rows.ring
                    .iter()
                    .any(|held| held.purpose == purpose && held.created_at > limit)
            });
            if !has_newer {
                rows.ring.push(key);
            }
            rows.ring.retain(|held| {
                held.purpose != purpose || retire_before.is_none_or(|at| held.created_at >= at)
            });
            of_purpose(&rows.ring, &purpose)
        })
    }
}
