use async_trait::async_trait;
use passkeyd_domain::{
    Idea, IdeaContent, IdeaId, Scores, TenantId, UserKey,
    ports::{Ideas, StoreError},
};

use super::{read, write, write_at_once};
use crate::Database;

#[async_trait]
impl Ideas for Database {
    async fn add_idea(&self, idea: Idea) -> Result<bool, StoreError> {
        write!(self, ideas::add(&idea))
    }

    async fn ideas(
        &self,
        tenant: &TenantId,
        owner: UserKey,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<Idea>, StoreError> {
        let tenant = tenant.clone();
        read!(self, ideas::list(&tenant, owner, offset, limit))
    }

    async fn replace_idea(
        &self,
        tenant: &TenantId,
        owner: UserKey,
        id: &IdeaId,
        content: IdeaContent,
        scores: Scores,
    ) -> Result<Option<Idea>, StoreError> {
        let tenant = tenant.clone();
        let id = id.clone();
        write!(self, ideas::replace(&tenant, owner, &id, &content, scores))
    }

    async fn delete_idea(
        &self,
        tenant: &TenantId,
        owner: UserKey,
        id: &IdeaId,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        let id = id.clone();
        write_at_once!(self, ideas::delete(&tenant, owner, &id))
    }
}
