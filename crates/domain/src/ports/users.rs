use async_trait::async_trait;

use super::StoreError;
use crate::{Alias, AliasHash, Event, TenantId, Timestamp, User, UserId};

/// What became of a replacement of aliases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AliasOutcome {
    /// The user has these aliases now and no others.
    Replaced,
    /// At least one belongs to another user; nothing changed.
    Conflict,
}

/// A user in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSummary {
    /// The app's name for the user.
    pub user_id: UserId,
    /// One an alias: its text, or none where only its hash is kept.
    pub aliases: Vec<Option<String>>,
    /// How many credentials it has.
    pub credentials_count: u64,
    /// The newest use of its credentials.
    pub last_used_at: Option<Timestamp>,
}

/// Users and their aliases.
#[async_trait]
pub trait Users {
    /// A user by the app's name for it.
    async fn user(&self, tenant: &TenantId, user_id: &UserId) -> Result<Option<User>, StoreError>;

    /// How many users have a credential.
    async fn count_users_with_credentials(&self, tenant: &TenantId) -> Result<u64, StoreError>;

    /// The users that have a credential or an alias, by name, after the one given, at most `limit`.
    async fn list_users(
        &self,
        tenant: &TenantId,
        after: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<UserSummary>, StoreError>;

    /// Deletes a user with its credentials and aliases and whatever else is the user's, and writes the event. False:
    /// no such user (the event is written all the same).
    async fn delete_user(
        &self,
        tenant: &TenantId,
        user_id: &UserId,
        event: Option<Event>,
    ) -> Result<bool, StoreError>;

    /// Makes these the aliases of the user, which is made if there is none, and writes the event.
    async fn replace_aliases(
        &self,
        user: User,
        aliases: Vec<Alias>,
        event: Option<Event>,
    ) -> Result<AliasOutcome, StoreError>;

    /// The aliases of a user, by hash.
    async fn aliases(&self, tenant: &TenantId, user_id: &UserId) -> Result<Vec<Alias>, StoreError>;

    /// Whether any of these belongs to a user other than this one.
    async fn aliases_taken_by_others(
        &self,
        tenant: &TenantId,
        user_id: &UserId,
        aliases: &[AliasHash],
    ) -> Result<bool, StoreError>;
}
