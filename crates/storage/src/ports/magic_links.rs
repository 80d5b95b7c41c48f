use async_trait::async_trait;
use passkeyd_domain::{
    TenantId, Timestamp,
    ports::{LinkQuota, MagicLinks, SentLink, StoreError},
};
use uuid::Uuid;

use super::{read, write, write_at_once};
use crate::Database;

#[async_trait]
impl MagicLinks for Database {
    async fn reserve_link(
        &self,
        link: SentLink,
        quota: Option<LinkQuota>,
    ) -> Result<bool, StoreError> {
        write!(self, links::reserve(&link, quota.as_ref()))
    }

    async fn forget_link(&self, tenant: &TenantId, id: Uuid) -> Result<(), StoreError> {
        let tenant = tenant.clone();
        write_at_once!(self, links::forget(&tenant, id))
    }

    async fn count_links(&self, tenant: &TenantId, since: Timestamp) -> Result<u64, StoreError> {
        let tenant = tenant.clone();
        read!(self, links::count(&tenant, since))
    }

    async fn delete_links_before(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        write_at_once!(self, links::delete_before(before, limit))
    }
}
