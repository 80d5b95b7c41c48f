//! Talking to a provider: how it works, where people go, and what their codes are worth. The protocol is openidconnect's;
//! the way out is the server's own, which guards where requests go.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jiff::SignedDuration;
use moka::sync::Cache;
use openidconnect::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest as OidcRequest, HttpResponse as OidcResponse,
    IdTokenVerifier, IssuerUrl, JsonWebKeySet, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreJsonWebKey, CoreJwsSigningAlgorithm,
        CoreProviderMetadata,
    },
};
use passkeyd_domain::{
    ClientAuthentication, OidcProvider, ProviderId, SecretBytes, TenantId, Timestamp,
    ports::{HttpClient, HttpError, HttpMethod, HttpRequest},
};
use thiserror::Error;
use url::{Host, Url};

use super::identity::{Granted, IdentityError};
use crate::Service;

/// How long what a provider says of itself is believed.
const FRESH: SignedDuration = SignedDuration::from_mins(10);
/// How long a provider that could not be reached is left alone.
const LEFT_ALONE: SignedDuration = SignedDuration::from_secs(5);
/// How far a provider's clock may be ahead of ours.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// Why a provider can't be spoken with.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderError {
    /// The server has no way out.
    #[error("no outgoing requests are made")]
    NoWayOut,
    /// It does not say how it works.
    #[error("the provider can't be discovered: {0}")]
    Discovery(String),
    /// An address of its is one that nothing secret may be sent to.
    #[error("'{0}' is neither https nor on this machine")]
    Plain(String),
    /// It gives no tokens.
    #[error("the provider has no token endpoint")]
    NoTokenEndpoint,
    /// Our own address, or what we are to the provider, is malformed.
    #[error("our own settings for it are malformed: {0}")]
    Settings(String),
}

/// What was learnt of providers, for a while.
pub(crate) struct KnownProviders(Cache<(TenantId, ProviderId, String), Known>);

/// When it was learnt, and what: none where the provider did not answer.
type Known = (Timestamp, Result<Arc<CoreProviderMetadata>, ProviderError>);

impl KnownProviders {
    pub(crate) fn new() -> Self {
        Self(Cache::new(256))
    }

    fn fresh(&self, provider: &OidcProvider, now: Timestamp) -> Option<Known> {
        let known = self.0.get(&Self::key(provider))?;
        let age = now.duration_since(known.0);
        let lifetime = if known.1.is_ok() { FRESH } else { LEFT_ALONE };
        (age < lifetime).then_some(known)
    }

    fn learn(&self, provider: &OidcProvider, known: Known) {
        self.0.insert(Self::key(provider), known);
    }

    fn key(provider: &OidcProvider) -> (TenantId, ProviderId, String) {
        let OidcProvider {
            tenant, id, issuer, ..
        } = provider;
        (tenant.clone(), id.clone(), issuer.clone())
    }
}

impl Service {
    pub(super) fn http_client(&self) -> Result<Arc<dyn HttpClient>, ProviderError> {
        let outgoing = self.outgoing.as_ref().ok_or(ProviderError::NoWayOut)?;
        Ok(Arc::clone(&outgoing.http))
    }

    /// What the provider says of itself (`OpenID` Connect Discovery 1.0 section 4), with its keys.
    pub(super) async fn provider_metadata(
        &self,
        provider: &OidcProvider,
    ) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let now = self.now();
        if let Some((_, known)) = self.known_providers.fresh(provider, now) {
            return known;
        }
        let http = self.http_client()?;
        let found = discover(http.as_ref(), provider).await.map(Arc::new);
        self.known_providers.learn(provider, (now, found.clone()));
        found
    }
}

async fn discover(
    http: &dyn HttpClient,
    provider: &OidcProvider,
) -> Result<CoreProviderMetadata, ProviderError> {
    let discovery = |error: &dyn std::error::Error| ProviderError::Discovery(chain(error));
    let issuer = IssuerUrl::new(provider.issuer.clone()).map_err(|error| discovery(&error))?;
    guarded(issuer.url())?;
    let client = |request| ask(http, request);
    // The keys are asked for in the same step, so where they lie is looked at there.
    let metadata = CoreProviderMetadata::discover_async(issuer, &client)
        .await
        .map_err(|error| discovery(&error))?;
    let token_endpoint = metadata
        .token_endpoint()
        .ok_or(ProviderError::NoTokenEndpoint)?;
    guarded(metadata.authorization_endpoint().url())?;
    guarded(token_endpoint.url())?;
    guarded(metadata.jwks_uri().url())?;
    if let Some(endpoint) = metadata.userinfo_endpoint() {
        guarded(endpoint.url())?;
    }
    Ok(metadata)
}

/// Refuses addresses that what is secret must not be sent to and what is trusted must not come from.
pub(super) fn guarded(url: &Url) -> Result<(), ProviderError> {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if here => Ok(()),
        _ => Err(ProviderError::Plain(url.to_string())),
    }
}

/// Sends what openidconnect wants to ask the server's own way.
async fn ask(http: &dyn HttpClient, request: OidcRequest) -> Result<OidcResponse, HttpError> {
    let (parts, body) = request.into_parts();
    let method = if parts.method == http::Method::POST {
        HttpMethod::Post
    } else {
        HttpMethod::Get
    };
    let malformed = |what: &str| HttpError::Url(format!("{what} is malformed"));
    let mut headers = Vec::new();
    for (name, value) in &parts.headers {
        let value = value.to_str().map_err(|_| malformed("a header"))?;
        headers.push((name.as_str().to_owned(), value.to_owned()));
    }
    let answer = http
        .send(HttpRequest {
            method,
            url: parts.uri.to_string(),
            headers,
            body,
        })
        .await?;
    let mut response = http::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response
        .body(answer.body)
        .map_err(|_| malformed("the answer"))
}

/// An error and its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// What we are to a provider.
pub(super) struct Client(
    CoreClient<
        EndpointSet,
        EndpointNotSet,
        EndpointNotSet,
        EndpointNotSet,
        EndpointMaybeSet,
        EndpointMaybeSet,
    >,
);

impl Client {
    pub(super) fn new(
        provider: &OidcProvider,
        secret: &SecretBytes,
        metadata: &CoreProviderMetadata,
        callback: &str,
    ) -> Result<Self, ProviderError> {
        let settings = |what: String| ProviderError::Settings(what);
        let callback =
            RedirectUrl::new(callback.to_owned()).map_err(|error| settings(error.to_string()))?;
        let method = match provider.client_authentication {
            ClientAuthentication::Post => AuthType::RequestBody,
            _ => AuthType::BasicAuth,
        };
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(provider.client_id.clone()),
            Some(client_secret(secret)?),
        )
        .set_redirect_uri(callback)
        .set_auth_type(method);
        Ok(Self(client))
    }

    /// Where a browser signs in.
    pub(super) fn authorization_url(
        &self,
        state: String,
        nonce: &str,
        code_verifier: &str,
    ) -> String {
        let verifier = PkceCodeVerifier::new(code_verifier.to_owned());
        let nonce = Nonce::new(nonce.to_owned());
        let (url, _, _) = self
            .0
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || nonce,
            )
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        url.into()
    }
}

fn client_secret(secret: &SecretBytes) -> Result<ClientSecret, ProviderError> {
    std::str::from_utf8(secret.expose())
        .map(|text| ClientSecret::new(text.to_owned()))
        .map_err(|error| ProviderError::Settings(error.to_string()))
}

/// A code that is to be exchanged.
pub(super) struct Exchange<'a> {
    pub(super) provider: &'a OidcProvider,
    pub(super) secret: &'a SecretBytes,
    pub(super) metadata: &'a CoreProviderMetadata,
    pub(super) callback: &'a str,
    pub(super) code: String,
    pub(super) nonce: String,
    pub(super) code_verifier: String,
}

impl Exchange<'_> {
    /// Exchanges the code and checks the ID token. Where a key that is not known signed it, the keys are read again, once.
    pub(super) async fn run(
        &self,
        http: &dyn HttpClient,
        known: &KnownProviders,
        now: Timestamp,
    ) -> Result<Granted, IdentityError> {
        let exchange = |error: &dyn std::error::Error| IdentityError::Exchange(chain(error));
        let client = Client::new(self.provider, self.secret, self.metadata, self.callback)
            .map_err(|error| exchange(&error))?;
        let answer = client
            .0
            .exchange_code(AuthorizationCode::new(self.code.clone()))
            .map_err(|error| exchange(&error))?
            .set_pkce_verifier(PkceCodeVerifier::new(self.code_verifier.clone()))
            .request_async(&|request| ask(http, request))
            .await
            .map_err(|error| exchange(&error))?;
        let id_token = answer.id_token().ok_or(IdentityError::NoIdToken)?;
        let access_token = answer.access_token().secret().clone();
        match self.check(id_token, self.metadata.jwks(), access_token.clone(), now) {
            Err(error) if error.is_unknown_key() => {
                let keys = JsonWebKeySet::fetch_async(self.metadata.jwks_uri(), &|request| {
                    ask(http, request)
                })
                .await
                .map_err(|error| IdentityError::Keys(chain(&error)))?;
                let granted = self.check(id_token, &keys, access_token, now)?;
                let metadata = Arc::new(self.metadata.clone().set_jwks(keys));
                known.learn(self.provider, (now, Ok(metadata)));
                Ok(granted)
            }
            checked => checked,
        }
    }

    /// Section 3.1.3.7.
    fn check(
        &self,
        id_token: &CoreIdToken,
        keys: &JsonWebKeySet<CoreJsonWebKey>,
        access_token: String,
        now: Timestamp,
    ) -> Result<Granted, IdentityError> {
        let verifier = IdTokenVerifier::new_public_client(
            ClientId::new(self.provider.client_id.clone()),
            self.metadata.issuer().clone(),
            keys.clone(),
        )
        .set_allowed_algs([
            CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        ])
        .set_time_fn(move || instant(now))
        .set_issue_time_verifier_fn(move |issued| {
            if issued <= instant(now + LEEWAY) {
                Ok(())
            } else {
                Err(format!("it is issued at {issued}, which is to come"))
            }
        });
        let nonce = Nonce::new(self.nonce.clone());
        let claims = id_token.claims(&verifier, &nonce)?;
        match claims.authorized_party() {
            Some(party) if **party != self.provider.client_id => {
                Err(IdentityError::AuthorizedParty {
                    found: party.to_string(),
                })
            }
            _ => Granted::new(claims, access_token),
        }
    }
}

fn instant(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.as_millisecond()).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_over_https_or_stay_on_the_machine() {
        for good in [
            "https://id.example",
            "http://localhost:3000/x",
            "http://a.localhost",
            "http://127.0.0.1:3000",
            "http://[::1]/",
        ] {
            assert_eq!(guarded(&good.parse().unwrap()), Ok(()), "{good}");
        }
        for bad in [
            "http://id.example",
            "http://localhost.example",
            "http://10.0.0.1",
            "javascript:alert(1)",
            "ftp://localhost",
        ] {
            let url: Url = bad.parse().unwrap();
            assert!(
                matches!(guarded(&url), Err(ProviderError::Plain(_))),
                "{bad}"
            );
        }
    }
}
