use async_trait::async_trait;
use passkeyd_domain::{
    TenantId, Timestamp,
    ports::{LinkQuota, MagicLinks, SentLink, StoreError},
};
use uuid::Uuid;

use super::{MemoryStore, TenantRows};

impl TenantRows {
    fn links_since(&self, since: Timestamp) -> u64 {
        let sent = self.links.iter().filter(|link| link.sent_at >= since);
        u64::try_from(sent.count()).unwrap_or(u64::MAX)
    }
}

#[async_trait]
impl MagicLinks for MemoryStore {
    async fn reserve_link(
        &self,
        link: SentLink,
        quota: Option<LinkQuota>,
    ) -> Result<bool, StoreError> {
        let tenant = link.tenant.clone();
        self.write(&tenant, |rows| {
            let free = quota.is_none_or(|quota| rows.links_since(quota.since) < quota.limit);
            if free {
                rows.links.push(link);
            }
            free
        })
    }

    async fn forget_link(&self, tenant: &TenantId, id: Uuid) -> Result<(), StoreError> {
        // A tenant that is gone took the record along.
        let _ = self.write(tenant, |rows| rows.links.retain(|link| link.id != id));
        Ok(())
    }

    async fn count_links(&self, tenant: &TenantId, since: Timestamp) -> Result<u64, StoreError> {
        Ok(self
            .read(tenant, |rows| rows.links_since(since))
            .unwrap_or(0))
    }

    async fn delete_links_before(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut deleted = 0;
        for rows in self.rows().tenants.values_mut() {
            rows.links.retain(|link| {
                let goes = link.sent_at < before && deleted < u64::from(limit);
                deleted += u64::from(goes);
                !goes
            });
        }
        Ok(deleted)
    }
}
