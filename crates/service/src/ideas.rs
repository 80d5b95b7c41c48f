//! The ideas of an account.

use passkeyd_domain::{Idea, IdeaContent, IdeaId, Scores};

use crate::{AccountError, Service, sessions::SignedIn};

/// Ideas of one page.
const PAGE: u32 = 10;

impl Service {
    /// Keeps a new idea.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn add_idea(
        &self,
        signed_in: &SignedIn,
        content: IdeaContent,
        scores: Scores,
    ) -> Result<Idea, AccountError> {
        let now = self.now();
        // An id is drawn anew where it is taken; what never works is an account that is gone.
        for _ in 0..8 {
            let idea = Idea {
                id: IdeaId::generate(now, self.entropy.bytes()),
                tenant: signed_in.realm.id().clone(),
                owner: signed_in.account.user.key,
                content: content.clone(),
                scores,
                created_at: now,
            };
            if self.store.add_idea(idea.clone()).await? {
                return Ok(idea);
            }
        }
        Err(AccountError::Unauthenticated)
    }

    /// A page of ideas, counted from 1: the best first, and of equals the newest.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list_ideas(
        &self,
        signed_in: &SignedIn,
        page: u64,
    ) -> Result<Vec<Idea>, AccountError> {
        let (tenant, owner) = (signed_in.realm.id(), signed_in.account.user.key);
        let offset = page.saturating_sub(1).saturating_mul(PAGE.into());
        Ok(self.store.ideas(tenant, owner, offset, PAGE).await?)
    }

    /// Replaces content and scores of an idea.
    ///
    /// # Errors
    /// [`AccountError::NoSuchIdea`], also where it is somebody else's.
    pub async fn replace_idea(
        &self,
        signed_in: &SignedIn,
        id: &IdeaId,
        content: IdeaContent,
        scores: Scores,
    ) -> Result<Idea, AccountError> {
        let (tenant, owner) = (signed_in.realm.id(), signed_in.account.user.key);
        let replaced = self.store.replace_idea(tenant, owner, id, content, scores);
        replaced.await?.ok_or(AccountError::NoSuchIdea)
    }

    /// Deletes an idea.
    ///
    /// # Errors
    /// [`AccountError::NoSuchIdea`], also where it is somebody else's.
    pub async fn delete_idea(&self, signed_in: &SignedIn, id: &IdeaId) -> Result<(), AccountError> {
        let (tenant, owner) = (signed_in.realm.id(), signed_in.account.user.key);
        if self.store.delete_idea(tenant, owner, id).await? {
            Ok(())
        } else {
            Err(AccountError::NoSuchIdea)
        }
    }
}
