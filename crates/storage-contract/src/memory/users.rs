use async_trait::async_trait;
use passkeyd_domain::{
    Alias, AliasHash, Event, TenantId, User, UserId,
    ports::{AliasOutcome, StoreError, UserSummary, Users},
};

use super::{MemoryStore, TenantRows};

impl TenantRows {
    pub(super) fn summary(&self, user: &User) -> UserSummary {
        let credentials = self.credentials_of(user.key);
        UserSummary {
            user_id: user.user_id.clone(),
            aliases: self
                .aliases
                .values()
                .filter(|(owner, _)| *owner == user.key)
                .map(|(_, plaintext)| plaintext.clone())
                .collect(),
            credentials_count: u64::try_from(credentials.len()).unwrap_or(u64::MAX),
            last_used_at: credentials
                .iter()
                .map(|credential| credential.last_used_at)
                .max(),
        }
    }
}

impl TenantRows {
    /// Deletes a user with everything of it, its places in groups apart.
    pub(super) fn delete_user(&mut self, user_id: &UserId) -> bool {
        let Some(user) = self.users.remove(user_id) else {
            return false;
        };
        self.credentials.retain(|held| held.user != user.key);
        self.aliases.retain(|_, (owner, _)| *owner != user.key);
        self.profiles.remove(&user.key);
        self.identifiers.retain(|_, row| row.user != user.key);
        self.addresses.retain(|(owner, _)| *owner != user.key);
        self.codes.retain(|_, code| code.user != Some(user.key));
        self.ideas.retain(|idea| idea.owner != user.key);
        self.device_users.retain(|(owner, _), _| *owner != user.key);
        self.federated.retain(|_, owner| *owner != user.key);
        self.trust.retain(|_, binding| binding.user != user.key);
        let sessions = self.sessions.values();
        let ended: Vec<_> = sessions
            .filter(|held| held.user == user.key)
            .map(|held| held.id)
            .collect();
        for id in ended {
            self.end(id);
        }
        true
    }
}

#[async_trait]
impl Users for MemoryStore {
    async fn user(&self, tenant: &TenantId, user_id: &UserId) -> Result<Option<User>, StoreError> {
        Ok(self
            .read(tenant, |rows| rows.users.get(user_id).cloned())
            .flatten())
    }

    async fn count_users_with_credentials(&self, tenant: &TenantId) -> Result<u64, StoreError> {
        Ok(self
            .read(tenant, |rows| {
                let with_credentials = rows
                    .users
                    .values()
                    .filter(|user| rows.credentials.iter().any(|held| held.user == user.key));
                u64::try_from(with_credentials.count()).unwrap_or(u64::MAX)
            })
            .unwrap_or(0))
    }

    async fn list_users(
        &self,
        tenant: &TenantId,
        after: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<UserSummary>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self
            .read(tenant, |rows| {
                rows.users
                    .iter()
                    .filter(|(user_id, _)| after.is_none_or(|after| *user_id > after))
                    .map(|(_, user)| rows.summary(user))
                    .filter(|summary| summary.credentials_count > 0 || !summary.aliases.is_empty())
                    .take(limit)
                    .collect()
            })
            .unwrap_or_default())
    }

    async fn delete_user(
        &self,
        tenant: &TenantId,
        user_id: &UserId,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let deleted = self.write(tenant, |rows| {
            let at = event.as_ref().map(|event| event.performed_at);
            rows.events.extend(event);
            if let Some(user) = rows.users.get(user_id).map(|user| user.key) {
                rows.leave_groups(user, at);
            }
            rows.delete_user(user_id)
        });
        Ok(deleted.unwrap_or(false))
    }

    async fn replace_aliases(
        &self,
        user: User,
        aliases: Vec<Alias>,
        event: Option<Event>,
    ) -> Result<AliasOutcome, StoreError> {
        let tenant = user.tenant.clone();
        self.write(&tenant, |rows| {
            let existing = rows.users.get(&user.user_id).map(|found| found.key);
            if rows.taken_by_others(existing, aliases.iter().map(|alias| &alias.hash)) {
                return AliasOutcome::Conflict;
            }
            let key = rows
                .users
                .entry(user.user_id.clone())
                .or_insert_with(|| user.clone())
                .key;
            rows.set_aliases(key, aliases);
            rows.events.extend(event);
            AliasOutcome::Replaced
        })
    }

    async fn aliases(&self, tenant: &TenantId, user_id: &UserId) -> Result<Vec<Alias>, StoreError> {
        Ok(self
            .read(tenant, |rows| {
                let key = rows.users.get(user_id).map(|user| user.key);
                rows.aliases
                    .iter()
                    .filter(|(_, (owner, _))| Some(*owner) == key)
                    .map(|(hash, (_, plaintext))| Alias {
                        hash: hash.clone(),
                        plaintext: plaintext.clone(),
                    })
                    .collect()
            })
            .unwrap_or_default())
    }

    async fn aliases_taken_by_others(
        &self,
        tenant: &TenantId,
        user_id: &UserId,
        aliases: &[AliasHash],
    ) -> Result<bool, StoreError> {
        Ok(self
            .read(tenant, |rows| {
                let key = rows.users.get(user_id).map(|user| user.key);
                rows.taken_by_others(key, aliases)
            })
            .unwrap_or(false))
    }
}
