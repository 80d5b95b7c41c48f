use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;
use crate::{TenantId, Timestamp, UserId};

/// A magic link that went out, kept for the quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentLink {
    /// Its own name.
    pub id: Uuid,
    /// Whose user.
    pub tenant: TenantId,
    /// Who is to sign in.
    pub user_id: UserId,
    /// The address that it went to.
    pub address: String,
    /// The template that it was made from.
    pub template: String,
    /// When.
    pub sent_at: Timestamp,
}

/// How many magic links may go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkQuota {
    /// Those that were sent at this instant or later count.
    pub since: Timestamp,
    /// So many may.
    pub limit: u64,
}

/// Magic links that were sent.
#[async_trait]
pub trait MagicLinks {
    /// Records a link that is about to go out. False: the quota is used up, and nothing is recorded. Of any number at once
    /// no more than the quota allows get true.
    async fn reserve_link(
        &self,
        link: SentLink,
        quota: Option<LinkQuota>,
    ) -> Result<bool, StoreError>;

    /// Takes the record of a link back that did not go out after all.
    async fn forget_link(&self, tenant: &TenantId, id: Uuid) -> Result<(), StoreError>;

    /// How many links a tenant sent at this instant or later.
    async fn count_links(&self, tenant: &TenantId, since: Timestamp) -> Result<u64, StoreError>;

    /// Deletes the records of all tenants from before, at most `limit`; tells how many.
    async fn delete_links_before(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}
