use std::cmp::Reverse;

use async_trait::async_trait;
use passkeyd_domain::{
    Device, DeviceId, TenantId, Timestamp, Transaction, UserKey,
    ports::{Devices, StoreError, Transactions},
};
use uuid::Uuid;

use super::{MemoryStore, TenantRows};

impl TenantRows {
    pub(super) fn record_device(&mut self, mut device: Device, user: UserKey) {
        if let Some(known) = self.devices.get(&device.id) {
            device.created_at = known.created_at;
        }
        self.device_users
            .insert((user, device.id.clone()), device.last_used_at);
        self.devices.insert(device.id.clone(), device);
    }
}

#[async_trait]
impl Devices for MemoryStore {
    async fn device(&self, tenant: &TenantId, id: &DeviceId) -> Result<Option<Device>, StoreError> {
        Ok(self
            .read(tenant, |rows| rows.devices.get(id).cloned())
            .flatten())
    }

    async fn devices_of(
        &self,
        tenant: &TenantId,
        user: UserKey,
    ) -> Result<Vec<Device>, StoreError> {
        let found = self.read(tenant, |rows| {
            let mut by_time: Vec<_> = rows
                .device_users
                .iter()
                .filter(|((owner, _), _)| *owner == user)
                .map(|((_, id), used_at)| (Reverse(*used_at), id))
                .collect();
            by_time.sort();
            let found = by_time.iter().filter_map(|(_, id)| rows.devices.get(*id));
            found.cloned().collect()
        });
        Ok(found.unwrap_or_default())
    }

    async fn record_device(&self, device: Device, user: UserKey) -> Result<bool, StoreError> {
        let tenant = device.tenant.clone();
        let recorded = self.write(&tenant, |rows| {
            let exists = rows.users.values().any(|known| known.key == user);
            if exists {
                rows.record_device(device, user);
            }
            exists
        });
        Ok(recorded.unwrap_or(false))
    }

    async fn users_of_device(
        &self,
        tenant: &TenantId,
        id: &DeviceId,
    ) -> Result<Vec<UserKey>, StoreError> {
        let found = self.read(tenant, |rows| {
            let links = rows.device_users.keys();
            links
                .filter(|(_, device)| device == id)
                .map(|(user, _)| *user)
                .collect()
        });
        Ok(found.unwrap_or_default())
    }
}

#[async_trait]
impl Transactions for MemoryStore {
    async fn transaction(
        &self,
        tenant: &TenantId,
        id: Uuid,
    ) -> Result<Option<Transaction>, StoreError> {
        let found = self.read(tenant, |rows| rows.transactions.get(&id).cloned());
        Ok(found.flatten())
    }

    async fn delete_transactions_before(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let mut rows = self.rows();
        let mut old: Vec<_> = rows
            .tenants
            .iter()
            .flat_map(|(tenant, rows)| {
                let kept = rows.transactions.values();
                kept.map(move |kept| (kept.confirmed_at, tenant.clone(), kept.id))
            })
            .filter(|(confirmed_at, _, _)| *confirmed_at < before)
            .collect();
        old.sort();
        old.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        for (_, tenant, id) in &old {
            if let Some(rows) = rows.tenants.get_mut(tenant) {
                rows.transactions.remove(id);
            }
        }
        Ok(u64::try_from(old.len()).unwrap_or(u64::MAX))
    }
}
