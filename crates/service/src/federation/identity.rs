//! Who somebody is, by what a provider says.

use data_encoding::BASE64URL_NOPAD;
use openidconnect::{
    ClaimsVerificationError, SignatureVerificationError,
    core::{CoreIdTokenClaims, CoreProviderMetadata},
};
use passkeyd_domain::{
    Email,
    ports::{HttpClient, HttpError, HttpMethod, HttpRequest},
};
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use thiserror::Error;

/// `OpenID` Connect Core 1.0 section 2 has 255 ASCII characters at most.
const LONGEST_SUBJECT: usize = 255;
/// In characters.
const LONGEST_NAME: usize = 255;

/// Why nobody is vouched for. For the log: to a browser all of these are one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The answer says that it comes from somebody else.
    #[error("the answer comes from the issuer '{found}'")]
    Issuer {
        /// Who it says it comes from.
        found: String,
    },
    /// The provider did not give tokens for the code.
    #[error("the code was not exchanged: {0}")]
    Exchange(String),
    /// It gave tokens, and no ID token.
    #[error("there is no ID token")]
    NoIdToken,
    /// The ID token is not good.
    #[error("the ID token is refused")]
    IdToken(#[from] ClaimsVerificationError),
    /// The ID token was made for another client (OpenID Connect Core 1.0, section 3.1.3.7, step 5).
    #[error("the ID token was issued to '{found}'")]
    AuthorizedParty {
        /// Whom it names.
        found: String,
    },
    /// The access token is another one than the ID token was made with.
    #[error("the access token is not the ID token's")]
    AccessToken,
    /// The provider's keys could not be read again.
    #[error("the keys can't be read: {0}")]
    Keys(String),
    /// The subject is empty, too long or can't be stored.
    #[error("the subject is none that can be kept")]
    Subject,
    /// The provider does not tell more of the person, or tells it of another.
    #[error("the claims of the person can't be read: {0}")]
    UserInfo(String),
    /// The provider can't be reached.
    #[error(transparent)]
    Http(#[from] HttpError),
}

impl IdentityError {
    /// The key that signed is not among those that are known.
    pub(super) fn is_unknown_key(&self) -> bool {
        matches!(
            self,
            Self::IdToken(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey
            ))
        )
    }
}

/// Somebody whom a provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// Who it is there.
    pub(super) subject: String,
    /// The address that the provider says is proven to be theirs.
    pub(super) proven_email: Option<Email>,
    /// The person's name.
    pub(super) name: Option<String>,
}

/// What came for a code.
pub(super) struct Granted {
    pub(super) identity: Identity,
    /// The ID token says something of an address, proven or not.
    speaks_of_email: bool,
    access_token: String,
}

impl Granted {
    pub(super) fn new(
        claims: &CoreIdTokenClaims,
        access_token: String,
    ) -> Result<Self, IdentityError> {
        let hash = claims.access_token_hash();
        if hash.is_some_and(|hash| *hash.as_str() != access_token_hash(&access_token)) {
            return Err(IdentityError::AccessToken);
        }
        let email = claims.email().map(|email| email.as_str());
        let name = claims.name().and_then(|name| name.get(None));
        Ok(Self {
            identity: Identity {
                subject: subject(claims.subject().as_str())?,
                proven_email: proven(email, claims.email_verified()),
                name: name.and_then(|name| person(name.as_str())),
            },
            speaks_of_email: email.is_some(),
            access_token,
        })
    }

    /// Asks for what the ID token does not say: providers that keep to section 5.4 of the specification give the claims of
    /// the scopes `email` and `profile` at their userinfo endpoint only.
    pub(super) async fn complete(
        self,
        http: &dyn HttpClient,
        metadata: &CoreProviderMetadata,
    ) -> Result<Identity, IdentityError> {
        let Some(endpoint) = metadata
            .userinfo_endpoint()
            .filter(|_| !self.speaks_of_email)
        else {
            return Ok(self.identity);
        };
        let answer = http
            .send(HttpRequest {
                method: HttpMethod::Get,
                url: endpoint.url().to_string(),
                headers: vec![
                    ("accept".to_owned(), "application/json".to_owned()),
                    (
                        "authorization".to_owned(),
                        format!("Bearer {}", self.access_token),
                    ),
                ],
                body: Vec::new(),
            })
            .await?;
        if answer.status != 200 {
            return Err(IdentityError::UserInfo(format!("status {}", answer.status)));
        }
        let info: UserInfo = serde_json::from_slice(&answer.body)
            .map_err(|error| IdentityError::UserInfo(error.to_string()))?;
        // Section 5.3.2: what is said of somebody else must not be used.
        if info.sub != self.identity.subject {
            return Err(IdentityError::UserInfo("of another subject".to_owned()));
        }
        let verified = info.email_verified.map(bool::from);
        Ok(Identity {
            proven_email: proven(info.email.as_deref(), verified),
            name: info.name.as_deref().and_then(person).or(self.identity.name),
            subject: self.identity.subject,
        })
    }
}

/// Section 3.1.3.6: the left half of the hash that the signature's algorithm has, which is SHA-256 in all that are taken.
fn access_token_hash(access_token: &str) -> String {
    let hash = digest(&SHA256, access_token.as_bytes());
    let half = hash.as_ref().get(..16).unwrap_or_default();
    BASE64URL_NOPAD.encode(half)
}

/// Section 5.1, what is needed of it.
#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    email: Option<String>,
    email_verified: Option<Verified>,
    name: Option<String>,
}

/// Some say it in a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Verified {
    Bool(bool),
    Text(String),
}

impl From<Verified> for bool {
    fn from(said: Verified) -> Self {
        match said {
            Verified::Bool(verified) => verified,
            Verified::Text(text) => text == "true",
        }
    }
}

fn subject(text: &str) -> Result<String, IdentityError> {
    let good = !text.is_empty() && text.len() <= LONGEST_SUBJECT && !text.contains('\0');
    good.then(|| text.to_owned()).ok_or(IdentityError::Subject)
}

fn proven(email: Option<&str>, verified: Option<bool>) -> Option<Email> {
    email
        .filter(|_| verified == Some(true))
        .and_then(|email| email.parse().ok())
}

fn person(name: &str) -> Option<String> {
    let name: String = name.trim().chars().take(LONGEST_NAME).collect();
    (!name.is_empty() && !name.contains('\0')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_verified_address_is_proven() {
        let email = Some("ada@example.com");
        assert!(proven(email, Some(true)).is_some());
        assert_eq!(proven(email, Some(false)), None);
        assert_eq!(proven(email, None), None);
        assert_eq!(proven(Some("no address"), Some(true)), None);
    }

    #[test]
    fn an_access_token_is_hashed_as_the_specification_does() {
        // OpenID Connect Core 1.0, appendix A.3.
        let hash = access_token_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
        assert_eq!(hash, "77QmUPtjPfzWtF2AnpK9RQ");
    }

    #[test]
    fn a_subject_is_kept_as_it_is_or_refused() {
        assert_eq!(subject(" A b").unwrap(), " A b");
        for bad in ["", "a\0b", &"x".repeat(256)] {
            assert!(subject(bad).is_err(), "{bad}");
        }
    }
}
