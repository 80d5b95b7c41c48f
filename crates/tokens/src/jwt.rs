//! JSON Web Tokens: issuing, checking, and the set of keys that others check with.
//!
//! A key serves one purpose, which is a surface and an algorithm, and a check names the purpose that it wants: the `kid` is
//! looked for among the keys of that purpose only, and the algorithm is the purpose's, whatever the header says. So `none`,
//! an `HS256` made with a public key, and a token of another surface are all nothing.
//!
//! ```
//! use passkeyd_domain::Timestamp;
//! use passkeyd_tokens::jwt::{Expected, SigningKey, SigningPurpose, check, issue};
//! use serde_json::{Value, json};
//!
//! let now = Timestamp::from_second(1_700_000_000)?;
//! // Randomness is fixed here only because this is an example.
//! let key = SigningKey::generate(SigningPurpose::LOGINID, uuid::Uuid::nil(), now, [7; 32])?;
//! let claims = json!({"sub": "u-1", "aud": "acme", "tokenType": "jwtAccess", "exp": 1_700_000_600});
//!
//! let token = issue(&key, &claims)?;
//! let expected = Expected {
//!     purpose: SigningPurpose::LOGINID,
//!     audience: "acme",
//!     issuer: None,
//!     token_types: &["jwtAccess"],
//!     now,
//! };
//! let checked: Value = check(&[key], &expected, &token)?;
//! assert_eq!(checked, claims);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod jwks;
mod provider;
mod signing_key;

use jsonwebtoken::{Header, Validation, errors::ErrorKind};
use passkeyd_domain::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use thiserror::Error;

pub use jwks::{Jwk, JwkParameters, Jwks};
pub use signing_key::{Algorithm, GenerateError, SigningKey, SigningPurpose};

/// No token of ours is longer; a longer one is not looked at.
const LONGEST: usize = 8 * 1024;

/// Signs claims. Whoever checks them wants at least `aud`, `exp` and `tokenType`.
pub fn issue(key: &SigningKey, claims: &impl Serialize) -> Result<String, IssueError> {
    let mut header = Header::new(key.purpose().algorithm.into());
    header.kid = Some(key.kid());
    jsonwebtoken::encode(&header, claims, key.encoding()).map_err(|_| IssueError)
}

/// What a token must say to be good at some place.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The purpose of the key that signed it.
    pub purpose: SigningPurpose,
    /// `aud`, one text.
    pub audience: &'a str,
    /// `iss`; none: any.
    pub issuer: Option<&'a str>,
    /// `tokenType`: one of these.
    pub token_types: &'a [&'a str],
    /// The instant of the check; `exp` must lie after it.
    pub now: Timestamp,
}

/// Checks a token against the keys of its tenant, and reads its claims.
pub fn check<'a, C: DeserializeOwned>(
    ring: impl IntoIterator<Item = &'a SigningKey>,
    expected: &Expected<'_>,
    token: &str,
) -> Result<C, CheckError> {
    if token.len() > LONGEST {
        return Err(CheckError::Malformed);
    }
    let header = jsonwebtoken::decode_header(token).map_err(refusal)?;
    let algorithm = jsonwebtoken::Algorithm::from(expected.purpose.algorithm);
    if header.alg != algorithm {
        return Err(CheckError::Algorithm);
    }
    // An extension that is marked critical and not understood must be refused (RFC 7515 section 4.1.11).
    if header.crit.is_some() {
        return Err(CheckError::Malformed);
    }
    let kid = header.kid.ok_or(CheckError::UnknownKey)?;
    let key = ring
        .into_iter()
        .filter(|key| key.purpose() == expected.purpose)
        .find(|key| key.kid() == kid)
        .ok_or(CheckError::UnknownKey)?;

    let mut validation = Validation::new(algorithm);
    validation.set_required_spec_claims(&["exp", "aud"]);
    validation.set_audience(&[expected.audience]);
    if let Some(issuer) = expected.issuer {
        validation.set_required_spec_claims(&["exp", "aud", "iss"]);
        validation.set_issuer(&[issuer]);
    }
    // The library would ask the system's clock.
    validation.validate_exp = false;
    let claims = jsonwebtoken::decode::<Map<String, Value>>(token, key.decoding(), &validation)
        .map_err(refusal)?
        .claims;

    let ends = claims
        .get("exp")
        .and_then(Value::as_i64)
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or(CheckError::Claims)?;
    if ends <= expected.now {
        return Err(CheckError::Expired);
    }
    let token_type = claims.get("tokenType").and_then(Value::as_str);
    if !token_type.is_some_and(|found| expected.token_types.contains(&found)) {
        return Err(CheckError::TokenType);
    }
    serde_json::from_value(Value::Object(claims)).map_err(|_| CheckError::Claims)
}

/// Whom a token says it is for, unchecked: it tells whose keys to check it with, and nothing more.
pub fn claimed_audience(token: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Claims {
        aud: String,
    }
    let payload = token.split('.').nth(1).filter(|_| token.len() <= LONGEST)?;
    let payload = data_encoding::BASE64URL_NOPAD
        .decode(payload.as_bytes())
        .ok()?;
    serde_json::from_slice::<Claims>(&payload)
        .ok()
        .map(|claims| claims.aud)
}

fn refusal(error: jsonwebtoken::errors::Error) -> CheckError {
    match error.into_kind() {
        ErrorKind::InvalidSignature => CheckError::Forged,
        ErrorKind::InvalidAlgorithm => CheckError::Algorithm,
        ErrorKind::InvalidAudience => CheckError::Audience,
        ErrorKind::InvalidIssuer => CheckError::Issuer,
        ErrorKind::MissingRequiredClaim(_) => CheckError::Claims,
        _ => CheckError::Malformed,
    }
}

/// The claims are no JSON object, or the key can't sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the claims could not be signed")]
pub struct IssueError;

/// Why a token is refused. To a client all of these are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CheckError {
    /// It is no JSON Web Token, or one of a form that we never make.
    #[error("the token is not a JSON Web Token")]
    Malformed,
    /// Its header names another algorithm than its purpose has.
    #[error("the token names another algorithm")]
    Algorithm,
    /// Its header names no key, or none that serves this purpose.
    #[error("the token names a key that is not in the ring for this purpose")]
    UnknownKey,
    /// It was not signed with the key that it names.
    #[error("the signature of the token is wrong")]
    Forged,
    /// It is past its end.
    #[error("the token is expired")]
    Expired,
    /// It is for somebody else.
    #[error("the token is for another audience")]
    Audience,
    /// It is from somebody else.
    #[error("the token is from another issuer")]
    Issuer,
    /// It is good elsewhere, not here.
    #[error("the token is of another type")]
    TokenType,
    /// A claim is missing or has another form.
    #[error("the token lacks a claim")]
    Claims,
}

#[cfg(test)]
mod tests;
