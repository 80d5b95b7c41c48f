use async_trait::async_trait;
use passkeyd_domain::{
    Device, DeviceId, Event, TenantId, Timestamp, Transaction, UserKey,
    ports::{Blacklist, BlacklistedModel, Devices, StoreError, Transactions},
};
use uuid::Uuid;

use super::{read, write, write_at_once};
use crate::Database;

#[async_trait]
impl Devices for Database {
    async fn device(&self, tenant: &TenantId, id: &DeviceId) -> Result<Option<Device>, StoreError> {
        let tenant = tenant.clone();
        let id = id.clone();
        read!(self, devices::find(&tenant, &id))
    }

    async fn devices_of(
        &self,
        tenant: &TenantId,
        user: UserKey,
    ) -> Result<Vec<Device>, StoreError> {
        let tenant = tenant.clone();
        read!(self, devices::of_user(&tenant, user))
    }

    async fn users_of_device(
        &self,
        tenant: &TenantId,
        id: &DeviceId,
    ) -> Result<Vec<UserKey>, StoreError> {
        let tenant = tenant.clone();
        let id = id.clone();
        read!(self, devices::users(&tenant, &id))
    }

    async fn record_device(&self, device: Device, user: UserKey) -> Result<bool, StoreError> {
        write!(self, devices::record_alone(&device, user))
    }
}

#[async_trait]
impl Transactions for Database {
    async fn transaction(
        &self,
        tenant: &TenantId,
        id: Uuid,
    ) -> Result<Option<Transaction>, StoreError> {
        let tenant = tenant.clone();
        read!(self, devices::transaction(&tenant, id))
    }

    async fn delete_transactions_before(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        write_at_once!(self, devices::delete_transactions_before(before, limit))
    }
}

#[async_trait]
impl Blacklist for Database {
    async fn blacklist(&self, tenant: &TenantId) -> Result<Vec<BlacklistedModel>, StoreError> {
        let tenant = tenant.clone();
        read!(self, blacklist::all(&tenant))
    }

    async fn put_blacklist(
        &self,
        tenant: &TenantId,
        entries: Vec<BlacklistedModel>,
        event: Option<Event>,
    ) -> Result<(), StoreError> {
        let tenant = tenant.clone();
        write!(self, blacklist::put(&tenant, &entries, event.as_ref()))
    }

    async fn remove_from_blacklist(
        &self,
        tenant: &TenantId,
        aaguids: Vec<Uuid>,
        event: Option<Event>,
    ) -> Result<(), StoreError> {
        let tenant = tenant.clone();
        write!(self, blacklist::remove(&tenant, &aaguids, event.as_ref()))
    }
}
