use async_trait::async_trait;

use super::StoreError;
use crate::{Device, DeviceId, TenantId, UserKey};

/// Devices. They are recorded with the ceremonies that are completed on them, or on their own.
#[async_trait]
pub trait Devices {
    /// A device.
    async fn device(&self, tenant: &TenantId, id: &DeviceId) -> Result<Option<Device>, StoreError>;

    /// The devices that a user completed a ceremony on, the one that the user used last first.
    async fn devices_of(&self, tenant: &TenantId, user: UserKey)
    -> Result<Vec<Device>, StoreError>;

    /// The users that completed a ceremony on a device, by row.
    async fn users_of_device(
        &self,
        tenant: &TenantId,
        id: &DeviceId,
    ) -> Result<Vec<UserKey>, StoreError>;

    /// Records that a user used a device; one that is known keeps the time at which it was made. False: the tenant has no
    /// such user.
    async fn record_device(&self, device: Device, user: UserKey) -> Result<bool, StoreError>;
}
