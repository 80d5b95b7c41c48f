//! Accounts: people who sign themselves up with a mail address and a password.

use std::{net::IpAddr, sync::Arc, time::Duration};

use data_encoding::BASE64URL_NOPAD;
use jiff::SignedDuration;
use passkeyd_domain::{
    Account, Email, EventKind, Identifier, IdentifierKind, TenantId, Timestamp, User, UserHandle,
    UserId, UserKey,
    ports::{AttemptLimit, Forgiven, NewAccount, SignUpOutcome, StoreError},
    text::folded,
};
use passkeyd_tokens::jwt;
use ring::digest::{SHA256, digest};
use thiserror::Error;

use crate::{
    Error, Service, origin,
    passwords::{Password, PasswordError},
    sessions::Grant,
    tenants::LiveTenant,
};

/// Where the identifiers of this surface come from.
const SOURCE: &str = "idea-pool";

/// Failures count for this long.
const WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// Failures at one account, from wherever.
const FAILURES_OF_AN_ACCOUNT: u32 = 10;
/// Failures from one address, at whichever accounts: a whole office may share one.
const FAILURES_FROM_AN_ADDRESS: u32 = 100;

/// A tenant as the realm of accounts.
#[derive(Clone)]
pub struct Realm {
    pub(crate) tenant: Arc<LiveTenant>,
}

impl Realm {
    /// The tenant's name.
    pub fn id(&self) -> &TenantId {
        &self.tenant.tenant.id
    }
}

/// From where somebody speaks to us.
#[derive(Clone, Debug)]
pub struct Client {
    /// The address, where it is known.
    pub address: Option<IpAddr>,
    /// The device, for people.
    pub device: String,
    /// The URL under which we are reached, which tokens name as their issuer.
    pub issuer: String,
}

/// Who wants an account.
#[derive(Debug)]
pub struct SignUp {
    /// The address that is signed in with.
    pub email: Email,
    /// The person's name.
    pub name: String,
    /// The password.
    pub password: Password,
}

/// Why a use case of accounts did not do what it was asked. Exhaustive on purpose, as [`crate::Error`] is.
#[derive(Debug, Error)]
pub enum AccountError {
    /// Somebody has that address already.
    #[error("the e-mail address is registered already")]
    EmailTaken,
    /// No account has this address and this password.
    #[error("e-mail address or password is wrong")]
    WrongCredentials,
    /// The token is not good, or its session is over.
    #[error("the token is not valid")]
    Unauthenticated,
    /// There were too many failures.
    #[error("too many attempts; try again in {} s", retry_after.as_secs())]
    TooManyAttempts {
        /// When it makes sense to try again.
        retry_after: Duration,
    },
    /// Too many passwords are waiting to be checked.
    #[error("the server is busy")]
    Busy,
    /// The account has no such idea.
    #[error("no such idea")]
    NoSuchIdea,
    /// The account has no such passkey.
    #[error("no such passkey")]
    NoSuchPasskey,
    /// Neither the tenant's settings nor the request tell where passkeys are to be used.
    #[error("passkeys can't be used from here")]
    NoPasskeysHere,
    /// What is true of every use case.
    #[error(transparent)]
    Service(#[from] Error),
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl From<PasswordError> for AccountError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::Busy,
            PasswordError::Failed => Self::Service(Error::Password),
        }
    }
}

impl Service {
    /// The realm of a name. None: there is no such tenant.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn realm(&self, id: &TenantId) -> Result<Option<Realm>, Error> {
        let tenant = self.live_tenant(id).await?;
        Ok(tenant.map(|tenant| Realm { tenant }))
    }

    /// The realm of the only tenant. None: there is none, or more than one.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn only_realm(&self) -> Result<Option<Realm>, Error> {
        let id = if let Some(known) = self.only_tenant.get(&()) {
            known
        } else {
            let only = match self.store.tenants().await?.as_slice() {
                [only] => Some(only.id.clone()),
                _ => None,
            };
            if !self.settings.tenant_cache.is_zero() {
                self.only_tenant.insert((), only.clone());
            }
            only
        };
        match id {
            Some(id) => self.realm(&id).await,
            None => Ok(None),
        }
    }

    /// The realm that an access token names, unchecked.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn realm_of_token(&self, access_token: &str) -> Result<Option<Realm>, Error> {
        let named = jwt::claimed_audience(access_token);
        match named.and_then(|named| named.parse().ok()) {
            Some(id) => self.realm(&id).await,
            None => Ok(None),
        }
    }

    /// May pages of this origin speak to the realm? Those that the tenant lists may; in development, where it lists none,
    /// all may.
    pub fn serves(&self, realm: &Realm, page_origin: &str) -> bool {
        let listed = &realm.tenant.tenant.settings.origins;
        if listed.is_empty() {
            return self.settings.accounts.any_origin;
        }
        origin::normalised(page_origin).is_some_and(|named| origin::lists(listed, &named))
    }

    /// Makes an account and its first session.
    ///
    /// # Errors
    /// [`AccountError::EmailTaken`], [`AccountError::TooManyAttempts`], [`AccountError::Busy`], and for a frozen tenant
    /// [`AccountError::Unauthenticated`].
    pub async fn sign_up(
        &self,
        realm: &Realm,
        client: &Client,
        command: SignUp,
    ) -> Result<Grant, AccountError> {
        // A sign-up tells whether an address is registered, so failures of it count as well.
        let attempt = self.attempt(realm, client, None).await?;
        let password_hash = self
            .passwords
            .hash(command.password, self.entropy.bytes())
            .await?;
        let now = self.now();
        let account = Account {
            user: self.new_user(realm, now)?,
            name: Some(command.name.clone()),
            identifier: Some(command.email.as_str().to_owned()),
            password_hash: Some(password_hash.clone()),
        };
        let (session, refresh_token) =
            self.new_session(&account, client.device.clone(), now, attempt.forgiven());
        let jwt = self
            .access_token(realm, &client.issuer, &session.session, &account)
            .await?;
        let user_id = account.user.user_id.clone();
        let message = format!("User {user_id} signed up.");
        let who = (user_id.as_str(), realm.id().as_str());
        let kind = EventKind::AccountSignedUp;
        let new = NewAccount {
            user: account.user,
            name: command.name,
            identifier: Identifier {
                kind: IdentifierKind::Email,
                value: command.email.as_str().to_owned(),
                source: SOURCE.to_owned(),
                verified_at: None,
            },
            password_hash,
            session,
            event: realm.tenant.event(kind, now, who, message, None),
        };
        match self.store.sign_up(new).await? {
            SignUpOutcome::SignedUp => Ok(Grant {
                jwt,
                refresh_token: Some(refresh_token),
            }),
            SignUpOutcome::NameTaken => Err(AccountError::EmailTaken),
        }
    }

    /// Opens a session for whoever knows the password. An unknown name costs as much as a wrong password.
    ///
    /// # Errors
    /// [`AccountError::WrongCredentials`], [`AccountError::TooManyAttempts`], [`AccountError::Busy`], and for a frozen
    /// tenant [`AccountError::Unauthenticated`].
    pub async fn log_in(
        &self,
        realm: &Realm,
        client: &Client,
        name: &str,
        password: Password,
    ) -> Result<Grant, AccountError> {
        let attempt = self.attempt(realm, client, Some(name)).await?;
        let account = self
            .store
            .account_by_name(realm.id(), name)
            .await?
            .filter(|account| account.user.active);
        let kept = account
            .as_ref()
            .and_then(|account| account.password_hash.clone());
        let fit = self
            .passwords
            .verify(kept.clone(), password, self.entropy.bytes())
            .await?;
        let Some(account) = account.filter(|_| fit.ok) else {
            return Err(AccountError::WrongCredentials);
        };
        if let Some(rehashed) = fit.rehashed {
            // Where it was changed meanwhile, that stays.
            self.store
                .replace_password(realm.id(), account.user.key, kept, rehashed)
                .await?;
        }
        self.open_session(realm, client, &account, attempt.forgiven())
            .await
    }

    /// Opens a session of an account whose owner has just been recognised.
    pub(crate) async fn open_session(
        &self,
        realm: &Realm,
        client: &Client,
        account: &Account,
        forgiven: Vec<Forgiven>,
    ) -> Result<Grant, AccountError> {
        let now = self.now();
        let (session, refresh_token) =
            self.new_session(account, client.device.clone(), now, forgiven);
        let jwt = self
            .access_token(realm, &client.issuer, &session.session, account)
            .await?;
        let user_id = &account.user.user_id;
        let message = format!("User {user_id} logged in.");
        let who = (user_id.as_str(), realm.id().as_str());
        let event = realm
            .tenant
            .event(EventKind::AccountLoggedIn, now, who, message, None);
        if self.store.open_session(session, event).await? {
            Ok(Grant {
                jwt,
                refresh_token: Some(refresh_token),
            })
        } else {
            Err(AccountError::WrongCredentials)
        }
    }

    /// Counts an attempt as a failure until it turns out well.
    async fn attempt(
        &self,
        realm: &Realm,
        client: &Client,
        name: Option<&str>,
    ) -> Result<Attempt, AccountError> {
        if realm.tenant.tenant.settings.frozen {
            return Err(AccountError::Unauthenticated);
        }
        let now = self.now();
        let attempt = Attempt {
            account: name.map(|name| {
                let hash = digest(&SHA256, folded(name).as_bytes());
                format!("account:{}", BASE64URL_NOPAD.encode(hash.as_ref()))
            }),
            address: client
                .address
                .map(|address| format!("address:{}", network(address))),
        };
        let limit = |key: &Option<String>, limit| {
            key.clone().map(|key| AttemptLimit {
                key,
                limit,
                window_ends: now + WINDOW,
            })
        };
        let limits = [
            limit(&attempt.account, FAILURES_OF_AN_ACCOUNT),
            limit(&attempt.address, FAILURES_FROM_AN_ADDRESS),
        ];
        let limits = limits.into_iter().flatten().collect();
        match self.store.count_attempt(realm.id(), limits, now).await? {
            None => Ok(attempt),
            Some(until) => Err(AccountError::TooManyAttempts {
                retry_after: until.duration_since(now).unsigned_abs(),
            }),
        }
    }

    /// A user born here: its handle is what its name decodes to, so that all surfaces show one id.
    pub(crate) fn new_user(&self, realm: &Realm, now: Timestamp) -> Result<User, Error> {
        let name = self.entropy.uuid().to_string();
        let handle = BASE64URL_NOPAD.decode(name.as_bytes()).unwrap_or_default();
        let unfit = |error: passkeyd_domain::TextError| Error::KeyRing(error.to_string());
        Ok(User {
            key: UserKey(self.entropy.uuid_at(now)),
            tenant: realm.id().clone(),
            user_id: UserId::new(name).map_err(unfit)?,
            handle: UserHandle::new(handle).map_err(unfit)?,
            active: true,
            created_at: now,
        })
    }
}

/// The id under which tokens show a user.
pub(crate) fn public_id(handle: &UserHandle) -> String {
    BASE64URL_NOPAD.encode(handle.as_bytes())
}

/// The keys under which an attempt was counted.
struct Attempt {
    account: Option<String>,
    address: Option<String>,
}

impl Attempt {
    fn forgiven(self) -> Vec<Forgiven> {
        let account = self.account.map(Forgiven::All);
        let address = self.address.map(Forgiven::One);
        account.into_iter().chain(address).collect()
    }
}

/// An address as one source of attempts: of IPv6 the first 64 bits, since who has one has them all.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let bits = u128::from(address) & !u128::from(u64::MAX);
            format!("{}/64", std::net::Ipv6Addr::from(bits))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_one_source() {
        for (address, source) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ] {
            assert_eq!(network(address.parse().unwrap()), source);
        }
    }
}
