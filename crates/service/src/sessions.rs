//! Sessions of accounts: a short-lived access token (a JWT) and a refresh token that outlives it.

use std::{fmt, sync::Arc};

use jiff::SignedDuration;
use passkeyd_domain::{
    Account, EventKind, Session, Timestamp,
    ports::{Forgiven, LiveSession, NewSession, Refresh, RefreshOutcome},
};
use passkeyd_tokens::{
    jwt::{self, CheckError, Expected, SigningPurpose},
    refresh::RefreshToken,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    AccountError, Error, Service,
    accounts::{Realm, public_id},
    tenants::LiveTenant,
};

/// How long an access token lives.
pub const ACCESS_TOKEN_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

const TOKEN_TYPE: &str = "access";

/// What a person's client gets to hold.
#[derive(Clone)]
pub struct Grant {
    /// The access token.
    pub jwt: String,
    /// The refresh token, where there is a new one.
    pub(crate) refresh_token: Option<RefreshToken>,
}

impl fmt::Debug for Grant {
    /// Without the tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant").finish_non_exhaustive()
    }
}

impl Grant {
    /// The text of the new refresh token, where there is one.
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_ref().map(RefreshToken::text)
    }
}

/// The claims of an access token.
#[derive(Debug, Serialize, Deserialize)]
struct AccessClaims {
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
    jti: Uuid,
    /// The session.
    sid: Uuid,
    #[serde(rename = "tokenType")]
    token_type: String,
    /// The account, as all surfaces show it.
    id: String,
    email: String,
    name: String,
}

/// Somebody who showed a good access token.
#[derive(Clone)]
pub struct SignedIn {
    pub(crate) realm: Realm,
    pub(crate) session: Session,
    pub(crate) account: Account,
}

impl SignedIn {
    /// The account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.session
    }
}

impl Service {
    /// Checks an access token, and that its session is still alive.
    ///
    /// # Errors
    /// [`AccountError::Unauthenticated`], whatever is wrong.
    pub async fn authenticate_session(
        &self,
        realm: &Realm,
        access_token: &str,
    ) -> Result<SignedIn, AccountError> {
        if realm.tenant.tenant.settings.frozen {
            return Err(AccountError::Unauthenticated);
        }
        let now = self.now();
        let expected = Expected {
            purpose: SigningPurpose::IDEA_POOL,
            audience: realm.id().as_str(),
            issuer: None,
            token_types: &[TOKEN_TYPE],
            now,
        };
        let checked = match self.check(&realm.tenant, &expected, access_token).await? {
            // Another node may have made a key since the tenant was read.
            Err(CheckError::UnknownKey) => match self.read_tenant(realm.id()).await? {
                Some(tenant) => self.check(&tenant, &expected, access_token).await?,
                None => Err(CheckError::UnknownKey),
            },
            checked => checked,
        };
        let claims = checked.map_err(|_| AccountError::Unauthenticated)?;
        let live = self.store.session(realm.id(), claims.sid, now).await?;
        let LiveSession { session, account } = live
            .filter(|live| {
                live.account.user.active && public_id(&live.account.user.handle) == claims.id
            })
            .ok_or(AccountError::Unauthenticated)?;
        Ok(SignedIn {
            realm: realm.clone(),
            session,
            account,
        })
    }

    async fn check(
        &self,
        tenant: &Arc<LiveTenant>,
        expected: &Expected<'_>,
        access_token: &str,
    ) -> Result<Result<AccessClaims, CheckError>, Error> {
        let keys = self.signing_keys(tenant, expected.purpose).await?;
        Ok(jwt::check(
            keys.iter().map(AsRef::as_ref),
            expected,
            access_token,
        ))
    }

    /// Gives a new access token for a refresh token, and where the settings say so a new refresh token, too.
    ///
    /// # Errors
    /// [`AccountError::Unauthenticated`], whatever is wrong. A token that was replaced before also ends its session.
    pub async fn refresh(
        &self,
        realm: &Realm,
        issuer: &str,
        refresh_token: &str,
    ) -> Result<Grant, AccountError> {
        let presented = RefreshToken::presented(refresh_token)
            .filter(|_| !realm.tenant.tenant.settings.frozen)
            .ok_or(AccountError::Unauthenticated)?;
        let now = self.now();
        let replacement = self
            .settings
            .accounts
            .rotate_refresh_tokens
            .then(|| RefreshToken::generate(self.entropy.bytes()));
        let refresh = Refresh {
            presented: presented.hash(),
            replacement: replacement.as_ref().map(RefreshToken::hash),
            now,
            expires_at: now + self.settings.accounts.session_lifetime,
        };
        match self.store.refresh_session(realm.id(), refresh).await? {
            RefreshOutcome::Refreshed(live) if live.account.user.active => Ok(Grant {
                jwt: self
                    .access_token(realm, issuer, &live.session, &live.account)
                    .await?,
                refresh_token: replacement,
            }),
            RefreshOutcome::Reused(user_id) => {
                let message = format!("A replaced refresh token of user {user_id} was used.");
                let who = (user_id.as_str(), realm.id().as_str());
                let kind = EventKind::AccountRefreshTokenReused;
                self.note(realm.tenant.event(kind, now, who, message, None))
                    .await;
                Err(AccountError::Unauthenticated)
            }
            RefreshOutcome::Refreshed(_) | RefreshOutcome::Unknown => {
                Err(AccountError::Unauthenticated)
            }
        }
    }

    /// Ends the session that a refresh token belongs to.
    ///
    /// # Errors
    /// [`AccountError::Unauthenticated`] where it is no session of this account, and then nothing is ended.
    pub async fn log_out(
        &self,
        signed_in: &SignedIn,
        refresh_token: &str,
    ) -> Result<(), AccountError> {
        let token = RefreshToken::presented(refresh_token).ok_or(AccountError::Unauthenticated)?;
        let (tenant, user) = (signed_in.realm.id(), signed_in.account.user.key);
        let ended = self
            .store
            .end_session_by_token(tenant, user, token.hash(), self.now())
            .await?;
        if ended {
            Ok(())
        } else {
            Err(AccountError::Unauthenticated)
        }
    }

    /// The sessions of the account that are alive, newest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list_sessions(&self, signed_in: &SignedIn) -> Result<Vec<Session>, AccountError> {
        let (tenant, user) = (signed_in.realm.id(), signed_in.account.user.key);
        Ok(self.store.sessions_of(tenant, user, self.now()).await?)
    }

    /// Ends a session of the account. False: it has none of that id.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn revoke_session(
        &self,
        signed_in: &SignedIn,
        id: Uuid,
    ) -> Result<bool, AccountError> {
        let (tenant, user) = (signed_in.realm.id(), signed_in.account.user.key);
        Ok(self.store.end_session(tenant, user, id, self.now()).await?)
    }

    /// A session of an account that is about to be opened, and the refresh token for its client.
    pub(crate) fn new_session(
        &self,
        account: &Account,
        device: String,
        now: Timestamp,
        forgiven: Vec<Forgiven>,
    ) -> (NewSession, RefreshToken) {
        let token = RefreshToken::generate(self.entropy.bytes());
        let session = Session {
            id: self.entropy.uuid_at(now),
            tenant: account.user.tenant.clone(),
            user: account.user.key,
            created_at: now,
            last_used_at: now,
            expires_at: now + self.settings.accounts.session_lifetime,
            device,
        };
        let new = NewSession {
            session,
            refresh: token.hash(),
            forgiven,
        };
        (new, token)
    }

    pub(crate) async fn access_token(
        &self,
        realm: &Realm,
        issuer: &str,
        session: &Session,
        account: &Account,
    ) -> Result<String, Error> {
        let now = self.now();
        let claims = AccessClaims {
            iss: issuer.to_owned(),
            aud: realm.id().as_str().to_owned(),
            iat: now.as_second(),
            exp: (now + ACCESS_TOKEN_LIFETIME).as_second(),
            jti: self.entropy.uuid(),
            sid: session.id,
            token_type: TOKEN_TYPE.to_owned(),
            id: public_id(&account.user.handle),
            email: account.login().to_owned(),
            name: account.display_name().to_owned(),
        };
        let keys = self
            .signing_keys(&realm.tenant, SigningPurpose::IDEA_POOL)
            .await?;
        let key: &Arc<_> = keys
            .first()
            .ok_or_else(|| Error::KeyRing("it is empty".to_owned()))?;
        jwt::issue(key, &claims).map_err(|error| Error::KeyRing(error.to_string()))
    }
}
