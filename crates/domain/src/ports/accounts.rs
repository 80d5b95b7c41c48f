use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;
use crate::{
    Account, Event, Identifier, PasswordHash, RefreshHash, Session, TenantId, Timestamp, User,
    UserHandle, UserId, UserKey,
};

/// An account to be made by the person itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// The user; its key, name and handle are new.
    pub user: User,
    /// The person's name.
    pub name: String,
    /// The name that the person signs in under; it becomes the primary one.
    pub identifier: Identifier,
    /// What is kept of the password.
    pub password_hash: PasswordHash,
    /// The first session.
    pub session: NewSession,
    /// Written with it.
    pub event: Option<Event>,
}

/// What became of a sign-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUpOutcome {
    /// All is recorded.
    SignedUp,
    /// The name resolves to a user already; nothing changed.
    NameTaken,
}

/// A session to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// The session.
    pub session: Session,
    /// What is kept of its refresh token.
    pub refresh: RefreshHash,
    /// Attempts that turned out well and no longer count, see [`Attempts`].
    pub forgiven: Vec<Forgiven>,
}

/// A session that is alive, with its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSession {
    /// The session.
    pub session: Session,
    /// Its account.
    pub account: Account,
}

/// The use of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// What is kept of the token that was presented.
    pub presented: RefreshHash,
    /// What is kept of the token that takes its place; none: it stays.
    pub replacement: Option<RefreshHash>,
    /// When.
    pub now: Timestamp,
    /// When the session ends from now on.
    pub expires_at: Timestamp,
}

/// What became of a refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshOutcome {
    /// The session is as it is now.
    Refreshed(Box<LiveSession>),
    /// The token was replaced before, so somebody has a copy of it: the session, whose owner this is, is ended.
    Reused(UserId),
    /// No session that is alive has this token.
    Unknown,
}

/// What a name resolves to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAccount {
    /// The account.
    pub account: Account,
    /// The name as it is stored: the identifier that was used, else the app's name for the user.
    pub name: String,
}

/// Accounts.
#[async_trait]
pub trait Accounts {
    /// Makes a user with identifier, password and a first session, unless the identifier resolves to a user: as an
    /// identifier without regard to case, or as the app's name of a user exactly.
    async fn sign_up(&self, account: NewAccount) -> Result<SignUpOutcome, StoreError>;

    /// The account that a name resolves to: identifiers first, without regard to case, else the app's name of a user,
    /// exactly.
    async fn account_by_name(
        &self,
        tenant: &TenantId,
        name: &str,
    ) -> Result<Option<Account>, StoreError>;

    /// What a name resolves to, by the same rule, with the stored form of the name.
    async fn named_account(
        &self,
        tenant: &TenantId,
        name: &str,
    ) -> Result<Option<NamedAccount>, StoreError>;

    /// The account of the user that authenticators know by this handle.
    async fn account_by_handle(
        &self,
        tenant: &TenantId,
        handle: &UserHandle,
    ) -> Result<Option<Account>, StoreError>;

    /// The account of a user.
    async fn account(
        &self,
        tenant: &TenantId,
        user_id: &UserId,
    ) -> Result<Option<Account>, StoreError>;

    /// Replaces what is kept of a password if it is still what is expected. False: it is not.
    async fn replace_password(
        &self,
        tenant: &TenantId,
        user: UserKey,
        expected: Option<PasswordHash>,
        replacement: PasswordHash,
    ) -> Result<bool, StoreError>;
}

/// Sessions and their refresh tokens. A session is alive before its end, and not at it.
#[async_trait]
pub trait Sessions {
    /// Opens a session of an account. False: there is no such user.
    async fn open_session(
        &self,
        session: NewSession,
        event: Option<Event>,
    ) -> Result<bool, StoreError>;

    /// A session that is alive, with its account.
    async fn session(
        &self,
        tenant: &TenantId,
        id: Uuid,
        now: Timestamp,
    ) -> Result<Option<LiveSession>, StoreError>;

    /// Uses a refresh token: the session lives longer, and the token is replaced where that is asked for. Of two that
    /// replace one token at once, the second one reuses it.
    async fn refresh_session(
        &self,
        tenant: &TenantId,
        refresh: Refresh,
    ) -> Result<RefreshOutcome, StoreError>;

    /// The sessions of a user that are alive, newest first.
    async fn sessions_of(
        &self,
        tenant: &TenantId,
        user: UserKey,
        now: Timestamp,
    ) -> Result<Vec<Session>, StoreError>;

    /// Ends a session of a user. False: the user has none of that id that is alive.
    async fn end_session(
        &self,
        tenant: &TenantId,
        user: UserKey,
        id: Uuid,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Ends the session of a user that has this refresh token, also where the token was replaced. False: no session of
    /// the user that is alive has it.
    async fn end_session_by_token(
        &self,
        tenant: &TenantId,
        user: UserKey,
        token: RefreshHash,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Forgets sessions that ended before `now`, at most `limit`; tells how many.
    async fn sweep_sessions(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// How many attempts at a secret are allowed from a source or at a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptLimit {
    /// What is counted: an account, an address.
    pub key: String,
    /// So many…
    pub limit: u32,
    /// …in a window that begins with the first and ends here, if it begins now.
    pub window_ends: Timestamp,
}

/// Attempts that turned out well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forgiven {
    /// All that were counted under this key.
    All(String),
    /// The last one that was counted under this key.
    One(String),
}

/// Attempts at secrets, counted for all nodes together.
#[async_trait]
pub trait Attempts {
    /// Counts an attempt under each key, unless one of them has reached its limit in its window: then nothing is
    /// counted, and the end of the longest such window is returned.
    async fn count_attempt(
        &self,
        tenant: &TenantId,
        limits: Vec<AttemptLimit>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError>;

    /// Takes attempts back.
    async fn forgive_attempts(
        &self,
        tenant: &TenantId,
        forgiven: Vec<Forgiven>,
    ) -> Result<(), StoreError>;

    /// Forgets windows that ended by `now`, at most `limit`; tells how many.
    async fn sweep_attempts(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError>;
}
