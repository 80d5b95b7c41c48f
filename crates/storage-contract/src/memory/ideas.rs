use std::cmp::Reverse;

use async_trait::async_trait;
use passkeyd_domain::{
    Idea, IdeaContent, IdeaId, Scores, TenantId, UserKey,
    ports::{Ideas, StoreError},
};

use super::MemoryStore;

#[async_trait]
impl Ideas for MemoryStore {
    async fn add_idea(&self, idea: Idea) -> Result<bool, StoreError> {
        let tenant = idea.tenant.clone();
        self.write(&tenant, |rows| {
            let free = rows.owner(idea.owner).is_some()
                && rows.ideas.iter().all(|held| held.id != idea.id);
            if free {
                rows.ideas.push(idea);
            }
            free
        })
    }

    async fn ideas(
        &self,
        tenant: &TenantId,
        owner: UserKey,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<Idea>, StoreError> {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self
            .read(tenant, |rows| {
                let mut found: Vec<_> = rows
                    .ideas
                    .iter()
                    .filter(|idea| idea.owner == owner)
                    .cloned()
                    .collect();
                found.sort_by_key(|idea| {
                    Reverse((idea.scores.sum(), idea.created_at, idea.id.clone()))
                });
                found.into_iter().skip(offset).take(limit).collect()
            })
            .unwrap_or_default())
    }

    async fn replace_idea(
        &self,
        tenant: &TenantId,
        owner: UserKey,
        id: &IdeaId,
        content: IdeaContent,
        scores: Scores,
    ) -> Result<Option<Idea>, StoreError> {
        let replaced = self.write(tenant, |rows| {
            let idea = rows
                .ideas
                .iter_mut()
                .find(|idea| idea.owner == owner && idea.id == *id)?;
            idea.content = content;
            idea.scores = scores;
            Some(idea.clone())
        });
        Ok(replaced.unwrap_or(None))
    }

    async fn delete_idea(
        &self,
        tenant: &TenantId,
        owner: UserKey,
        id: &IdeaId,
    ) -> Result<bool, StoreError> {
        let deleted = self.write(tenant, |rows| {
            let before = rows.ideas.len();
            rows.ideas
                .retain(|idea| idea.owner != owner || idea.id != *id);
            rows.ideas.len() < before
        });
        Ok(deleted.unwrap_or(false))
    }
}
