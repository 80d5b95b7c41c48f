//! Sessions of the LoginID surface: what holds the steps of a ceremony together (its contract's section 8).
//!
//! A session is the tenant's name, a dot, and a sealed token that holds what is small. What is large lies in the store
//! under the session's id. Consumption is the store's business too.

use std::time::Duration;

use jiff::Timestamp;
use passkeyd_domain::{TenantId, UserHandle, ports::Consumption};
use passkeyd_tokens::sealed::TokenKind;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{ApplicationError, Error, Service, accounts::Realm, session::base64url};

/// A session that was consumed still tells who speaks for so long.
const AFTERLIFE: Duration = Duration::from_secs(60);

/// No session is longer.
const LONGEST: usize = 2048;

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// A registration.
    Registration,
    /// A sign-in.
    SignIn,
    /// Either of both, once.
    Either,
    /// A transaction.
    Transaction,
    /// A sign-in of several factors.
    Mfa,
}

#[derive(Debug, Serialize, Deserialize)]
struct Sealed {
    id: Uuid,
    kind: SessionKind,
    trace: String,
    /// Whose ceremony it is; none: anybody's.
    #[serde(default, with = "base64url")]
    user: Vec<u8>,
    #[serde(default, with = "base64url")]
    challenge: Vec<u8>,
    expires_at: Timestamp,
}

/// A session to be made.
#[derive(Clone, Debug)]
pub struct NewApplicationSession {
    /// What it is for.
    pub kind: SessionKind,
    /// By what its events are found.
    pub trace_id: String,
    /// Whose ceremony it is; none: anybody's.
    pub user: Option<UserHandle>,
    /// Of the ceremony.
    pub challenge: Vec<u8>,
    /// How long it lives.
    pub lifetime: Duration,
}

/// A session that this server made and that has not ended. It may have been consumed.
#[derive(Clone)]
pub struct ApplicationSession {
    realm: Realm,
    text: String,
    id: Uuid,
    kind: SessionKind,
    trace_id: String,
    user: Option<UserHandle>,
    challenge: Vec<u8>,
    expires_at: Timestamp,
}

impl ApplicationSession {
    /// The tenant that it belongs to.
    pub fn realm(&self) -> &Realm {
        &self.realm
    }

    /// As the client holds it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its name in the store.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// What it is for.
    pub fn kind(&self) -> SessionKind {
        self.kind
    }

    /// By what its events are found.
    pub fn trace_id(&self) -> &str {
        &self.trace_id
    }

    /// Whose ceremony it is; none: anybody's.
    pub fn user(&self) -> Option<&UserHandle> {
        self.user.as_ref()
    }

    /// Of the ceremony.
    pub fn challenge(&self) -> &[u8] {
        &self.challenge
    }

    /// When it ends.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Its one use, at this time.
    pub fn consumption(&self, now: Timestamp) -> Consumption {
        Consumption {
            id: self.id,
            at: now,
            // It speaks for a while after it was consumed, and until then the record must stand.
            expires_at: self.expires_at.max(now + AFTERLIFE),
        }
    }
}

impl Service {
    /// Makes a session and keeps its state.
    ///
    /// # Errors
    /// Those of the store and the key ring.
    pub async fn begin_application_session(
        &self,
        realm: &Realm,
        new: NewApplicationSession,
        state: &impl Serialize,
    ) -> Result<ApplicationSession, Error> {
        let now = self.now();
        let sealed = Sealed {
            id: self.entropy.uuid_at(now),
            kind: new.kind,
            trace: new.trace_id,
            user: new
                .user
                .as_ref()
                .map(|user| user.as_bytes().to_vec())
                .unwrap_or_default(),
            challenge: new.challenge,
            expires_at: now + new.lifetime,
        };
        self.keep_session_state(realm, sealed.id, sealed.expires_at, state)
            .await?;
        let token = self
            .seal(&realm.tenant, TokenKind::APPLICATION_SESSION, &sealed)
            .await?;
        Ok(ApplicationSession {
            text: format!("{}.{token}", realm.id()),
            realm: realm.clone(),
            id: sealed.id,
            kind: sealed.kind,
            trace_id: sealed.trace,
            user: new.user,
            challenge: sealed.challenge,
            expires_at: sealed.expires_at,
        })
    }

    /// Replaces the state of a session, unless it was consumed.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn keep_session_state(
        &self,
        realm: &Realm,
        id: Uuid,
        expires_at: Timestamp,
        state: &impl Serialize,
    ) -> Result<(), Error> {
        let state =
            serde_json::to_string(state).map_err(|error| Error::KeyRing(error.to_string()))?;
        self.store
            .keep_state(realm.id(), id, state, expires_at)
            .await?;
        Ok(())
    }

    /// The state of a session. None: it was consumed.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn session_state<T: DeserializeOwned>(
        &self,
        session: &ApplicationSession,
    ) -> Result<Option<T>, Error> {
        let state = self.store.state(session.realm.id(), session.id).await?;
        Ok(state.and_then(|state| serde_json::from_str(&state).ok()))
    }

    /// Opens a session that a client sent. Whether it was consumed is not asked.
    ///
    /// # Errors
    /// [`ApplicationError::BadSession`], and for a frozen tenant [`ApplicationError::Unauthenticated`].
    pub async fn open_application_session(
        &self,
        text: &str,
    ) -> Result<ApplicationSession, ApplicationError> {
        let (tenant, token) = text
            .split_once('.')
            .filter(|_| text.len() <= LONGEST)
            .ok_or(ApplicationError::BadSession)?;
        let tenant: TenantId = tenant.parse().map_err(|_| ApplicationError::BadSession)?;
        let realm = self.realm(&tenant).await?;
        let realm = realm.ok_or(ApplicationError::BadSession)?;
        let opened = self
            .open(&realm.tenant, TokenKind::APPLICATION_SESSION, Some(token))
            .await;
        let sealed: Sealed = match opened {
            Ok(sealed) => sealed,
            Err(error @ (Error::Store(_) | Error::KeyRing(_))) => return Err(error.into()),
            Err(_) => return Err(ApplicationError::BadSession),
        };
        if sealed.expires_at < self.now() {
            return Err(ApplicationError::BadSession);
        }
        if realm.is_frozen() {
            return Err(ApplicationError::Unauthenticated);
        }
        Ok(ApplicationSession {
            realm,
            text: text.to_owned(),
            id: sealed.id,
            kind: sealed.kind,
            trace_id: sealed.trace,
            user: UserHandle::new(sealed.user).ok(),
            challenge: sealed.challenge,
            expires_at: sealed.expires_at,
        })
    }

    /// Who speaks with this session: it is alive, or was consumed a moment ago.
    ///
    /// # Errors
    /// [`ApplicationError::Unauthenticated`].
    pub async fn authenticate_application_session(
        &self,
        text: &str,
    ) -> Result<ApplicationSession, ApplicationError> {
        let session = match self.open_application_session(text).await {
            Err(ApplicationError::BadSession) => return Err(ApplicationError::Unauthenticated),
            opened => opened?,
        };
        let consumed_at = self
            .store
            .consumed_at(session.realm.id(), session.id)
            .await?;
        if consumed_at.is_some_and(|at| at + AFTERLIFE < self.now()) {
            return Err(ApplicationError::Unauthenticated);
        }
        Ok(session)
    }
}
