use async_trait::async_trait;
use passkeyd_domain::{
    Account, Event, PasswordHash, RefreshHash, Session, TenantId, Timestamp, UserHandle, UserId,
    UserKey,
    ports::{
        Accounts, AttemptLimit, Attempts, Forgiven, LiveSession, NamedAccount, NewAccount,
        NewSession, Refresh, RefreshOutcome, Sessions, SignUpOutcome, StoreError,
    },
};
use uuid::Uuid;

use super::{read, write, write_at_once};
use crate::Database;

#[async_trait]
impl Accounts for Database {
    async fn sign_up(&self, account: NewAccount) -> Result<SignUpOutcome, StoreError> {
        write!(self, accounts::sign_up(&account))
    }

    async fn account_by_name(
        &self,
        tenant: &TenantId,
        name: &str,
    ) -> Result<Option<Account>, StoreError> {
        let tenant = tenant.clone();
        let name = name.to_owned();
        read!(self, accounts::by_name(&tenant, &name))
    }

    async fn named_account(
        &self,
        tenant: &TenantId,
        name: &str,
    ) -> Result<Option<NamedAccount>, StoreError> {
        let tenant = tenant.clone();
        let name = name.to_owned();
        read!(self, accounts::named(&tenant, &name))
    }

    async fn account_by_handle(
        &self,
        tenant: &TenantId,
        handle: &UserHandle,
    ) -> Result<Option<Account>, StoreError> {
        let tenant = tenant.clone();
        let handle = handle.clone();
        read!(self, accounts::by_handle(&tenant, &handle))
    }

    async fn account(
        &self,
        tenant: &TenantId,
        user_id: &UserId,
    ) -> Result<Option<Account>, StoreError> {
        let tenant = tenant.clone();
        let user_id = user_id.clone();
        read!(self, accounts::by_user_id(&tenant, &user_id))
    }

    async fn replace_password(
        &self,
        tenant: &TenantId,
        user: UserKey,
        expected: Option<PasswordHash>,
        replacement: PasswordHash,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        write_at_once!(
            self,
            accounts::replace_password(&tenant, user, expected.as_ref(), &replacement)
        )
    }
}

#[async_trait]
impl Sessions for Database {
    async fn open_session(
        &self,
        session: NewSession,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        write!(self, sessions::open(&session, event.as_ref()))
    }

    async fn session(
        &self,
        tenant: &TenantId,
        id: Uuid,
        now: Timestamp,
    ) -> Result<Option<LiveSession>, StoreError> {
        let tenant = tenant.clone();
        read!(self, sessions::live(&tenant, id, now))
    }

    async fn refresh_session(
        &self,
        tenant: &TenantId,
        refresh: Refresh,
    ) -> Result<RefreshOutcome, StoreError> {
        let tenant = tenant.clone();
        write!(self, sessions::refresh(&tenant, &refresh))
    }

    async fn sessions_of(
        &self,
        tenant: &TenantId,
        user: UserKey,
        now: Timestamp,
    ) -> Result<Vec<Session>, StoreError> {
        let tenant = tenant.clone();
        read!(self, sessions::of_user(&tenant, user, now))
    }

    async fn end_session(
        &self,
        tenant: &TenantId,
        user: UserKey,
        id: Uuid,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        write_at_once!(self, sessions::end(&tenant, user, id, now))
    }

    async fn end_session_by_token(
        &self,
        tenant: &TenantId,
        user: UserKey,
        token: RefreshHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        write_at_once!(self, sessions::end_by_token(&tenant, user, &token, now))
    }

    async fn sweep_sessions(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        write_at_once!(self, sessions::sweep(now, limit))
    }
}

#[async_trait]
impl Attempts for Database {
    async fn count_attempt(
        &self,
        tenant: &TenantId,
        limits: Vec<AttemptLimit>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let tenant = tenant.clone();
        write!(self, attempts::count(&tenant, limits.clone(), now))
    }

    async fn forgive_attempts(
        &self,
        tenant: &TenantId,
        forgiven: Vec<Forgiven>,
    ) -> Result<(), StoreError> {
        let tenant = tenant.clone();
        write!(self, attempts::forgive(&tenant, &forgiven))
    }

    async fn sweep_attempts(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        write_at_once!(self, attempts::sweep(now, limit))
    }
}
