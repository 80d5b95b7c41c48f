use std::cmp::Reverse;

use async_trait::async_trait;
use passkeyd_domain::{
    Account, Event, Identifier, PasswordHash, Profile, RefreshHash, Session, TenantId, Timestamp,
    User, UserHandle, UserId, UserKey,
    ports::{
        Accounts, AttemptLimit, Attempts, Forgiven, LiveSession, NamedAccount, NewAccount,
        NewSession, Refresh, RefreshOutcome, Sessions, SignUpOutcome, StoreError,
    },
    text::folded,
};
use uuid::Uuid;

use super::{MemoryStore, TenantRows};

/// What only some surfaces know of a user.
#[derive(Debug, Default)]
pub(super) struct ProfileRow {
    pub(super) profile: Profile,
    pub(super) password_hash: Option<PasswordHash>,
    /// How often the person was replaced, and when last.
    pub(super) changes: u64,
    pub(super) changed_at: Option<Timestamp>,
}

#[derive(Debug)]
pub(super) struct IdentifierRow {
    pub(super) user: UserKey,
    pub(super) identifier: Identifier,
    pub(super) is_primary: bool,
}

#[derive(Debug)]
pub(super) struct RefreshRow {
    hash: RefreshHash,
    session: Uuid,
    replaced: bool,
}

#[derive(Debug)]
pub(super) struct AttemptRow {
    count: u32,
    window_ends: Timestamp,
}

impl TenantRows {
    pub(super) fn resolved(&self, name: &str) -> Option<&User> {
        match self.identifiers.get(&folded(name)) {
            Some(row) => self.owner(row.user),
            None => self
                .users
                .values()
                .find(|user| user.user_id.as_str() == name),
        }
    }

    fn named(&self, name: &str) -> Option<NamedAccount> {
        let user = self.resolved(name)?;
        let stored = self.identifiers.get(&folded(name));
        Some(NamedAccount {
            account: self.account(user),
            name: stored.map_or_else(
                || user.user_id.as_str().to_owned(),
                |row| row.identifier.value.clone(),
            ),
        })
    }

    pub(super) fn account(&self, user: &User) -> Account {
        let profile = self.profiles.get(&user.key);
        Account {
            user: user.clone(),
            name: profile.and_then(|row| row.profile.display_name.clone()),
            identifier: self
                .identifiers
                .values()
                .find(|row| row.user == user.key && row.is_primary)
                .map(|row| row.identifier.value.clone()),
            password_hash: profile.and_then(|row| row.password_hash.clone()),
        }
    }

    /// Makes a user with a name for people and a primary identifier.
    pub(super) fn add_account(
        &mut self,
        user: &User,
        name: Option<String>,
        identifier: Option<Identifier>,
    ) {
        let profile = self.profiles.entry(user.key).or_default();
        profile.profile.display_name = name;
        if let Some(identifier) = identifier {
            let row = IdentifierRow {
                user: user.key,
                identifier,
                is_primary: true,
            };
            self.identifiers.insert(row.identifier.folded(), row);
        }
        self.users.insert(user.user_id.clone(), user.clone());
    }

    /// The same, unless the identifier resolves to somebody.
    pub(super) fn make_user(
        &mut self,
        user: &User,
        identifier: Identifier,
        display_name: Option<String>,
    ) -> Option<UserKey> {
        if self.resolved(&identifier.value).is_some() {
            return None;
        }
        self.add_account(user, display_name, Some(identifier));
        Some(user.key)
    }

    fn live(&self, id: Uuid, now: Timestamp) -> Option<LiveSession> {
        let session = self
            .sessions
            .get(&id)
            .filter(|held| held.expires_at > now)?;
        let account = self.account(self.owner(session.user)?);
        Some(LiveSession {
            session: session.clone(),
            account,
        })
    }

    fn open(&mut self, new: NewSession) {
        self.refresh_tokens.push(RefreshRow {
            hash: new.refresh,
            session: new.session.id,
            replaced: false,
        });
        self.sessions.insert(new.session.id, new.session);
        self.forgive(new.forgiven);
    }

    pub(super) fn end(&mut self, id: Uuid) {
        self.sessions.remove(&id);
        self.refresh_tokens.retain(|row| row.session != id);
    }

    fn forgive(&mut self, forgiven: Vec<Forgiven>) {
        for forgiven in forgiven {
            match forgiven {
                Forgiven::All(key) => {
                    self.attempts.remove(&key);
                }
                Forgiven::One(key) => {
                    if let Some(row) = self.attempts.get_mut(&key) {
                        row.count = row.count.saturating_sub(1);
                    }
                }
            }
        }
    }
}

#[async_trait]
impl Accounts for MemoryStore {
    async fn sign_up(&self, new: NewAccount) -> Result<SignUpOutcome, StoreError> {
        let tenant = new.user.tenant.clone();
        self.write(&tenant, |rows| {
            if rows.resolved(&new.identifier.value).is_some() {
                return SignUpOutcome::NameTaken;
            }
            let user = new.user.key;
            rows.profiles.insert(
                user,
                ProfileRow {
                    profile: Profile {
                        display_name: Some(new.name),
                        ..Profile::default()
                    },
                    password_hash: Some(new.password_hash),
                    ..ProfileRow::default()
                },
            );
            rows.identifiers.insert(
                new.identifier.folded(),
                IdentifierRow {
                    user,
                    identifier: new.identifier,
                    is_primary: true,
                },
            );
            rows.users.insert(new.user.user_id.clone(), new.user);
            rows.open(new.session);
            rows.events.extend(new.event);
            SignUpOutcome::SignedUp
        })
    }

    async fn account_by_name(
        &self,
        tenant: &TenantId,
        name: &str,
    ) -> Result<Option<Account>, StoreError> {
        Ok(self
            .read(tenant, |rows| {
                rows.resolved(name).map(|user| rows.account(user))
            })
            .flatten())
    }

    async fn named_account(
        &self,
        tenant: &TenantId,
        name: &str,
    ) -> Result<Option<NamedAccount>, StoreError> {
        Ok(self.read(tenant, |rows| rows.named(name)).flatten())
    }

    async fn account_by_handle(
        &self,
        tenant: &TenantId,
        handle: &UserHandle,
    ) -> Result<Option<Account>, StoreError> {
        let found = self.read(tenant, |rows| {
            let user = rows.users.values().find(|user| user.handle == *handle)?;
            Some(rows.account(user))
        });
        Ok(found.flatten())
    }

    async fn account(
        &self,
        tenant: &TenantId,
        user_id: &UserId,
    ) -> Result<Option<Account>, StoreError> {
        Ok(self
            .read(tenant, |rows| {
                rows.users.get(user_id).map(|user| rows.account(user))
            })
            .flatten())
    }

    async fn replace_password(
        &self,
        tenant: &TenantId,
        user: UserKey,
        expected: Option<PasswordHash>,
        replacement: PasswordHash,
    ) -> Result<bool, StoreError> {
        let replaced = self.write(tenant, |rows| {
            if rows.owner(user).is_none() {
                return false;
            }
            let profile = rows.profiles.entry(user).or_default();
            let found = profile.password_hash == expected;
            if found {
                profile.password_hash = Some(replacement);
            }
            found
        });
        Ok(replaced.unwrap_or(false))
    }
}

#[async_trait]
impl Sessions for MemoryStore {
    async fn open_session(
        &self,
        new: NewSession,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let tenant = new.session.tenant.clone();
        let opened = self.write(&tenant, |rows| {
            if rows.owner(new.session.user).is_none() {
                return false;
            }
            rows.open(new);
            rows.events.extend(event);
            true
        });
        Ok(opened.unwrap_or(false))
    }

    async fn session(
        &self,
        tenant: &TenantId,
        id: Uuid,
        now: Timestamp,
    ) -> Result<Option<LiveSession>, StoreError> {
        Ok(self.read(tenant, |rows| rows.live(id, now)).flatten())
    }

    async fn refresh_session(
        &self,
        tenant: &TenantId,
        refresh: Refresh,
    ) -> Result<RefreshOutcome, StoreError> {
        let outcome = self.write(tenant, |rows| {
            let Some(row) = rows
                .refresh_tokens
                .iter_mut()
                .find(|row| row.hash == refresh.presented)
            else {
                return RefreshOutcome::Unknown;
            };
            let (id, replaced) = (row.session, row.replaced);
            row.replaced |= refresh.replacement.is_some();
            let Some(mut live) = rows.live(id, refresh.now) else {
                return RefreshOutcome::Unknown;
            };
            if replaced {
                rows.end(id);
                return RefreshOutcome::Reused(live.account.user.user_id);
            }
            rows.refresh_tokens
                .extend(refresh.replacement.map(|hash| RefreshRow {
                    hash,
                    session: id,
                    replaced: false,
                }));
            live.session.last_used_at = refresh.now;
            live.session.expires_at = refresh.expires_at;
            rows.sessions.insert(id, live.session.clone());
            RefreshOutcome::Refreshed(Box::new(live))
        });
        Ok(outcome.unwrap_or(RefreshOutcome::Unknown))
    }

    async fn sessions_of(
        &self,
        tenant: &TenantId,
        user: UserKey,
        now: Timestamp,
    ) -> Result<Vec<Session>, StoreError> {
        Ok(self
            .read(tenant, |rows| {
                let mut found: Vec<_> = rows
                    .sessions
                    .values()
                    .filter(|held| held.user == user && held.expires_at > now)
                    .cloned()
                    .collect();
                found.sort_by_key(|held| Reverse((held.created_at, held.id)));
                found
            })
            .unwrap_or_default())
    }

    async fn end_session(
        &self,
        tenant: &TenantId,
        user: UserKey,
        id: Uuid,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let ended = self.write(tenant, |rows| {
            let found = rows
                .sessions
                .get(&id)
                .is_some_and(|held| held.user == user && held.expires_at > now);
            if found {
                rows.end(id);
            }
            found
        });
        Ok(ended.unwrap_or(false))
    }

    async fn end_session_by_token(
        &self,
        tenant: &TenantId,
        user: UserKey,
        token: RefreshHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let id = self
            .read(tenant, |rows| {
                let row = rows.refresh_tokens.iter().find(|row| row.hash == token);
                row.map(|row| row.session)
            })
            .flatten();
        match id {
            Some(id) => self.end_session(tenant, user, id, now).await,
            None => Ok(false),
        }
    }

    async fn sweep_sessions(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut swept = 0;
        for rows in self.rows().tenants.values_mut() {
            let ended: Vec<_> = rows
                .sessions
                .values()
                .filter(|held| held.expires_at < now)
                .map(|held| held.id)
                .collect();
            for id in ended {
                if swept < u64::from(limit) {
                    rows.end(id);
                    swept += 1;
                }
            }
        }
        Ok(swept)
    }
}

#[async_trait]
impl Attempts for MemoryStore {
    async fn count_attempt(
        &self,
        tenant: &TenantId,
        limits: Vec<AttemptLimit>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.write(tenant, |rows| {
            rows.attempts.retain(|_, row| row.window_ends > now);
            let refused_until = limits
                .iter()
                .filter_map(|limit| {
                    let row = rows.attempts.get(&limit.key)?;
                    (row.count >= limit.limit).then_some(row.window_ends)
                })
                .max();
            if refused_until.is_none() {
                for limit in limits {
                    let row = rows.attempts.entry(limit.key).or_insert(AttemptRow {
                        count: 0,
                        window_ends: limit.window_ends,
                    });
                    row.count = row.count.saturating_add(1);
                }
            }
            refused_until
        })
    }

    async fn forgive_attempts(
        &self,
        tenant: &TenantId,
        forgiven: Vec<Forgiven>,
    ) -> Result<(), StoreError> {
        self.write(tenant, |rows| rows.forgive(forgiven))
    }

    async fn sweep_attempts(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut swept = 0;
        for rows in self.rows().tenants.values_mut() {
            rows.attempts.retain(|_, row| {
                let kept = row.window_ends > now || swept >= u64::from(limit);
                swept += u64::from(!kept);
                kept
            });
        }
        Ok(swept)
    }
}
