//! Sign-in at the `OpenID` Connect providers of a tenant (`OpenID` Connect Core 1.0 section 3.1, with PKCE of RFC 7636).
//!
//! [`Service::begin_federated_sign_in`] sends the browser to the provider, [`Service::complete_federated_sign_in`] takes it
//! back: the state that travels with it is sealed, good once, for ten minutes, and only with the cookie of the browser that
//! began. Who comes back is the user that the provider's subject is linked to, else the one who has proven the mail address
//! that the provider vouches for, else a new one.

mod identity;
mod provider;
mod providers;
mod redirect;

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use passkeyd_domain::{
    Account, Email, EventKind, Identifier, IdentifierKind, OidcProvider, ProviderId, SecretBytes,
    Timestamp,
    ports::{Consumption, NewLink, StoreError},
};
use passkeyd_tokens::{ring_secret, sealed::TokenKind};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use thiserror::Error;
use url::Url;
use uuid::Uuid;

use crate::{ApplicationError, Error, Service, accounts::Realm, bearer_tokens::AccessSubject};

pub(crate) use self::provider::KnownProviders;
use self::{
    identity::Identity,
    provider::{Client, Exchange},
};
pub use self::{
    identity::IdentityError,
    provider::ProviderError,
    providers::{AddProvider, ProviderRefusal},
};

/// How long the browser may be away.
pub const STATE_LIFETIME: Duration = Duration::from_secs(600);

/// Where the identifiers of users that are born here come from.
const SOURCE: &str = "oidc";

const STATE: TokenKind = TokenKind {
    prefix: "",
    label: "oidc state",
};

/// Why a sign-in at a provider does not go on.
#[derive(Debug, Error)]
pub enum FederationError {
    /// The tenant has no such provider.
    #[error("no such provider")]
    NoSuchProvider,
    /// The browser may not be sent there afterwards.
    #[error(
        "redirectUri must be an absolute http or https URL of an accepted origin, without fragment"
    )]
    RedirectUri,
    /// The state is not one that this browser was given for this provider, or it was used, or it is too old.
    #[error("the sign-in is unknown, over, or was begun in another browser")]
    State(StateDefect),
    /// The provider can't be asked how it works.
    #[error("the provider can't be reached")]
    Unreachable(#[source] ProviderError),
    /// What the provider answered shows nothing of who it is.
    #[error("the provider does not vouch for anybody")]
    NotVouchedFor(#[source] IdentityError),
    /// The user signs in nowhere.
    #[error("the user is not active")]
    Inactive,
    /// The tenant is frozen.
    #[error("the application is frozen")]
    Frozen,
    /// What is true of every use case of applications.
    #[error(transparent)]
    Application(#[from] ApplicationError),
}

impl From<Error> for FederationError {
    fn from(error: Error) -> Self {
        Self::Application(error.into())
    }
}

impl From<StoreError> for FederationError {
    fn from(error: StoreError) -> Self {
        Self::Application(error.into())
    }
}

/// What is wrong with a state. To a browser all of these are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateDefect {
    /// None came, or one that was not sealed here.
    Unknown,
    /// Its time is over.
    Expired,
    /// It was used before.
    Used,
    /// It was made for another provider.
    OtherProvider,
    /// The browser that brings it is not the one it was made for.
    OtherBrowser,
}

impl From<StateDefect> for FederationError {
    fn from(defect: StateDefect) -> Self {
        Self::State(defect)
    }
}

/// A sign-in to be begun.
#[derive(Clone, Debug)]
pub struct BeginFederated {
    /// The provider.
    pub provider: ProviderId,
    /// Where the browser goes afterwards.
    pub redirect_uri: String,
    /// The URL under which the provider sends the browser back.
    pub callback: String,
}

/// A sign-in that was begun.
#[derive(Clone, Debug)]
pub struct BegunFederated {
    /// Where the browser goes now.
    pub location: String,
    /// What it must bring back in a cookie.
    pub cookie: String,
}

/// What the provider sends a browser back with.
#[derive(Clone, Debug)]
pub struct CompleteFederated {
    /// The provider, by the path that it was sent to.
    pub provider: ProviderId,
    /// The URL under which it was sent back.
    pub callback: String,
    /// The base URL of the application, which its tokens name as their issuer.
    pub base_url: String,
    /// What was given to it at the beginning.
    pub state: Option<String>,
    /// What its cookie says.
    pub cookie: Option<String>,
    /// The issuer that the answer says it comes from (RFC 9207), where it says so.
    pub issuer: Option<String>,
    /// The answer.
    pub answer: ProviderAnswer,
}

/// What a provider says at the end.
#[derive(Clone, Debug)]
pub enum ProviderAnswer {
    /// The user signed in; this is exchanged for who it is.
    Code(String),
    /// The user did not, for this reason.
    Error(String),
}

/// How a sign-in at a provider ended.
#[derive(Clone, Debug)]
pub struct CompletedFederated {
    /// Where the browser goes: the fragment holds a token, or the reason why there is none.
    pub location: String,
    /// Who signed in, if somebody did.
    pub account: Option<Box<Account>>,
}

/// What travels with the browser, sealed.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    id: Uuid,
    provider: String,
    /// The hash of the cookie, base64url.
    cookie: String,
    expires_at: Timestamp,
}

/// What stays here.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    redirect_uri: Url,
    nonce: String,
    code_verifier: String,
}

impl Service {
    /// Begins a sign-in at a provider.
    ///
    /// # Errors
    /// [`FederationError::Frozen`], [`FederationError::NoSuchProvider`], [`FederationError::RedirectUri`],
    /// [`FederationError::Unreachable`].
    pub async fn begin_federated_sign_in(
        &self,
        realm: &Realm,
        command: BeginFederated,
    ) -> Result<BegunFederated, FederationError> {
        let (provider, secret) = self.provider_of(realm, &command.provider).await?;
        let redirect_uri = redirect::target(&command.redirect_uri)
            .filter(|target| {
                let origin = target.origin().ascii_serialization();
                self.application_serves(realm, &origin)
            })
            .ok_or(FederationError::RedirectUri)?;
        let metadata = self
            .provider_metadata(&provider)
            .await
            .map_err(FederationError::Unreachable)?;
        let client = Client::new(&provider, &secret, &metadata, &command.callback)
            .map_err(FederationError::Unreachable)?;

        let expires_at = self.now() + STATE_LIFETIME;
        let random = || BASE64URL_NOPAD.encode(&self.entropy.bytes::<32>());
        let (cookie, nonce, code_verifier) = (random(), random(), random());
        let state = State {
            id: self.entropy.uuid(),
            provider: provider.id.as_str().to_owned(),
            cookie: hash(&cookie),
            expires_at,
        };
        let kept = Kept {
            redirect_uri,
            nonce,
            code_verifier,
        };
        let sealed = self.seal(&realm.tenant, STATE, &state).await?;
        let location = client.authorization_url(sealed, &kept.nonce, &kept.code_verifier);
        let kept =
            serde_json::to_string(&kept).map_err(|error| Error::KeyRing(error.to_string()))?;
        self.store
            .keep_state(realm.id(), state.id, kept, expires_at)
            .await?;
        Ok(BegunFederated { location, cookie })
    }

    /// Takes a browser back from a provider. The state is used up as soon as it is found to be this browser's.
    ///
    /// # Errors
    /// In this order: [`FederationError::Frozen`], [`FederationError::NoSuchProvider`], [`FederationError::State`],
    /// [`FederationError::Unreachable`], [`FederationError::NotVouchedFor`], [`FederationError::Inactive`].
    pub async fn complete_federated_sign_in(
        &self,
        realm: &Realm,
        command: CompleteFederated,
    ) -> Result<CompletedFederated, FederationError> {
        let (provider, secret) = self.provider_of(realm, &command.provider).await?;
        let kept = self.use_state(realm, &command).await?;
        let code = match command.answer {
            ProviderAnswer::Code(code) => code,
            ProviderAnswer::Error(error) => {
                return Ok(CompletedFederated {
                    location: redirect::with_error(kept.redirect_uri, &error),
                    account: None,
                });
            }
        };
        if let Some(found) = command.issuer.filter(|found| *found != provider.issuer) {
            let error = IdentityError::Issuer { found };
            return Err(FederationError::NotVouchedFor(error));
        }
        let metadata = self
            .provider_metadata(&provider)
            .await
            .map_err(FederationError::Unreachable)?;
        let exchange = Exchange {
            provider: &provider,
            secret: &secret,
            metadata: &metadata,
            callback: &command.callback,
            code,
            nonce: kept.nonce,
            code_verifier: kept.code_verifier,
        };
        let account = self.account_of(realm, exchange).await?;
        if !account.user.active {
            return Err(FederationError::Inactive);
        }
        let user_id = &account.user.user_id;
        let message = format!("User {user_id} signed in at {}.", provider.name);
        let who = (user_id.as_str(), realm.id().as_str());
        let event = realm
            .tenant
            .event(EventKind::FederatedSignIn, self.now(), who, message, None);
        self.note(event).await;
        let subject = AccessSubject {
            handle: &account.user.handle,
            username: account.login(),
            passkey: None,
        };
        let token = self
            .issue_access_token(realm, &command.base_url, subject)
            .await?;
        let lifetime = realm.settings().application.token_ttl.access;
        let members = [
            ("access_token", token.as_str()),
            ("token_type", "Bearer"),
            ("expires_in", &lifetime.to_string()),
        ];
        Ok(CompletedFederated {
            location: redirect::with_fragment(kept.redirect_uri, &members),
            account: Some(Box::new(account)),
        })
    }

    /// A provider and its client secret.
    async fn provider_of(
        &self,
        realm: &Realm,
        id: &ProviderId,
    ) -> Result<(OidcProvider, SecretBytes), FederationError> {
        if realm.is_frozen() {
            return Err(FederationError::Frozen);
        }
        let provider = self.store.provider(realm.id(), id).await?;
        let provider = provider.ok_or(FederationError::NoSuchProvider)?;
        let ring = self.store.ring(realm.id(), &id.secret_purpose()).await?;
        // Removed between the two questions.
        let stored = ring.first().ok_or(FederationError::NoSuchProvider)?;
        let secret = ring_secret::from_ring_key(stored, self.master_key.as_ref())
            .map_err(|error| Error::KeyRing(error.to_string()))?;
        Ok((provider, secret))
    }

    /// Uses the state up and gives what was kept under it.
    async fn use_state(
        &self,
        realm: &Realm,
        command: &CompleteFederated,
    ) -> Result<Kept, FederationError> {
        let opened = self
            .open::<State>(&realm.tenant, STATE, command.state.as_deref())
            .await;
        let state = match opened {
            Ok(state) => state,
            Err(error @ (Error::Store(_) | Error::KeyRing(_))) => return Err(error.into()),
            Err(_) => return Err(StateDefect::Unknown.into()),
        };
        let now = self.now();
        if now >= state.expires_at {
            return Err(StateDefect::Expired.into());
        }
        let kept = self.store.state(realm.id(), state.id).await?;
        let kept = kept.ok_or(StateDefect::Used)?;
        if state.provider != command.provider.as_str() {
            return Err(StateDefect::OtherProvider.into());
        }
        let presented = hash(command.cookie.as_deref().unwrap_or_default());
        if !bool::from(presented.as_bytes().ct_eq(state.cookie.as_bytes())) {
            return Err(StateDefect::OtherBrowser.into());
        }
        let consumption = Consumption {
            id: state.id,
            at: now,
            expires_at: state.expires_at,
        };
        if !self.store.consume(realm.id(), consumption).await? {
            return Err(StateDefect::Used.into());
        }
        serde_json::from_str(&kept).map_err(|_| StateDefect::Unknown.into())
    }

    /// The user whom the provider vouches for.
    async fn account_of(
        &self,
        realm: &Realm,
        exchange: Exchange<'_>,
    ) -> Result<Account, FederationError> {
        let provider = exchange.provider;
        let http = self.http_client().map_err(FederationError::Unreachable)?;
        let granted = exchange
            .run(http.as_ref(), &self.known_providers, self.now())
            .await
            .map_err(FederationError::NotVouchedFor)?;
        let subject = granted.identity.subject.clone();
        let known = self
            .store
            .account_by_subject(realm.id(), &provider.id, &subject)
            .await?;
        if let Some(account) = known {
            return Ok(account);
        }
        // The rest of what is known of a person is asked for once, when it decides who that is here.
        let identity = granted
            .complete(http.as_ref(), exchange.metadata)
            .await
            .map_err(FederationError::NotVouchedFor)?;
        let link = self.new_link(realm, provider, identity)?;
        Ok(self.store.link_subject(link).await?.account())
    }

    fn new_link(
        &self,
        realm: &Realm,
        provider: &OidcProvider,
        identity: Identity,
    ) -> Result<NewLink, Error> {
        let now = self.now();
        let user = self.new_user(realm, now)?;
        let identifier = |kind, value: String, verified_at| Identifier {
            kind,
            value,
            source: SOURCE.to_owned(),
            verified_at,
        };
        let proven = |email: Email| {
            let value = email.as_str().to_owned();
            identifier(IdentifierKind::Email, value, Some(now))
        };
        let name_apart = format!("{}:{}", provider.id, identity.subject);
        let user_id = &user.user_id;
        let message = format!("User {user_id} was made by a sign-in at {}.", provider.name);
        let who = (user_id.as_str(), realm.id().as_str());
        let event = realm
            .tenant
            .event(EventKind::FederatedUserMade, now, who, message, None);
        Ok(NewLink {
            provider: provider.id.clone(),
            subject: identity.subject,
            address: identity.proven_email.map(proven),
            name_apart: identifier(IdentifierKind::Other, name_apart, None),
            user,
            display_name: identity.name,
            event,
        })
    }
}

/// What a state keeps of a cookie.
fn hash(cookie: &str) -> String {
    BASE64URL_NOPAD.encode(digest(&SHA256, cookie.as_bytes()).as_ref())
}
