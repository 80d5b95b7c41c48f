use async_trait::async_trait;

use super::StoreError;
use crate::{Idea, IdeaContent, IdeaId, Scores, TenantId, UserKey};

/// Ideas of accounts. One that belongs to another account is as good as absent.
#[async_trait]
pub trait Ideas {
    /// Adds an idea. False: the tenant has one of that id, or no such account.
    async fn add_idea(&self, idea: Idea) -> Result<bool, StoreError>;

    /// The ideas of an account from `offset` on, at most `limit`: by the sum of the scores, the greatest first, then
    /// newest first, then by id, the greatest first.
    async fn ideas(
        &self,
        tenant: &TenantId,
        owner: UserKey,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<Idea>, StoreError>;

    /// Replaces content and scores, and returns the whole. None: the account has no idea of that id.
    async fn replace_idea(
        &self,
        tenant: &TenantId,
        owner: UserKey,
        id: &IdeaId,
        content: IdeaContent,
        scores: Scores,
    ) -> Result<Option<Idea>, StoreError>;

    /// Deletes an idea. False: the account has no idea of that id.
    async fn delete_idea(
        &self,
        tenant: &TenantId,
        owner: UserKey,
        id: &IdeaId,
    ) -> Result<bool, StoreError>;
}
