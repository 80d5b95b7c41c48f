//! Trust items: tokens that a browser signs itself with a key that it never shows (LoginID contract section 14).
//!
//! An item proves nothing but that its sender has the key that it names. So what it is known by is that key's thumbprint
//! and the id that it calls itself, and only a sign-in with a passkey makes it stand for somebody.

use data_encoding::BASE64URL_NOPAD;
use jiff::SignedDuration;
use passkeyd_domain::{
    Timestamp,
    trust::{TrustIdentifier, TrustKind},
};
use ring::{
    digest::{SHA256, digest},
    signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey},
};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// No item is longer; a longer one is not looked at.
const LONGEST: usize = 4096;
/// In characters.
const LONGEST_ID: usize = 64;
/// How far the browser's clock may be behind ours.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// What an item is called in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrustItem {
    /// From the store of a wallet's origin, or one for an app and a name.
    Auth,
    /// From the store of a wallet's origin.
    Wallet,
    /// From a merchant's page, handed on by the wallet.
    Merchant,
}

impl TrustItem {
    /// The item of that name. None: it is one that we don't know, which is to be ignored.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "auth" => Some(Self::Auth),
            "wallet" => Some(Self::Wallet),
            "merchant" => Some(Self::Merchant),
            _ => None,
        }
    }

    /// Whose store it comes from.
    pub const fn kind(self) -> TrustKind {
        match self {
            Self::Auth | Self::Wallet => TrustKind::Wallet,
            Self::Merchant => TrustKind::Merchant,
        }
    }
}

/// Why an item says nothing.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustError {
    /// It is no JSON Web Token of the form that browsers make.
    #[error("the trust item is malformed")]
    Malformed,
    /// It is signed in another way than ES256.
    #[error("the trust item is not signed with ES256")]
    Algorithm,
    /// It names no key of P-256.
    #[error("the trust item names no P-256 key")]
    Key,
    /// It was not signed with the key that it names.
    #[error("the signature of the trust item is wrong")]
    Forged,
    /// It is past its end, or has none where one is needed.
    #[error("the trust item is expired")]
    Expired,
    /// Its id is empty, too long or can't be kept.
    #[error("the id of the trust item has 1 to 64 characters")]
    Id,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    jwk: Option<PublicKey>,
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct PublicKey {
    kty: String,
    crv: String,
    x: String,
    y: String,
}

#[derive(Deserialize)]
struct Claims {
    id: String,
    exp: Option<f64>,
}

/// Checks an item and tells what it is known by. Only a `merchant` item may be without an end, since older SDKs make it so.
pub fn verify(item: TrustItem, token: &str, now: Timestamp) -> Result<TrustIdentifier, TrustError> {
    if token.len() > LONGEST {
        return Err(TrustError::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(TrustError::Malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(TrustError::Malformed)?;
    let header: Header = part(header)?;
    if header.alg != "ES256" {
        return Err(TrustError::Algorithm);
    }
    // An extension that is marked critical and not understood must be refused (RFC 7515 section 4.1.11).
    if header.crit.is_some() {
        return Err(TrustError::Malformed);
    }
    let (point, thumbprint) = key(&header.jwk.ok_or(TrustError::Key)?)?;
    let signature = decoded(signature)?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify(signed.as_bytes(), &signature)
        .map_err(|_| TrustError::Forged)?;

    let claims: Claims = part(claims)?;
    let over = match claims.exp {
        Some(ends) => ends + LEEWAY.as_secs_f64() < now.as_duration().as_secs_f64(),
        None => item != TrustItem::Merchant,
    };
    if over {
        return Err(TrustError::Expired);
    }
    let characters = claims.id.chars().count();
    if !(1..=LONGEST_ID).contains(&characters) || claims.id.contains('\0') {
        return Err(TrustError::Id);
    }
    Ok(TrustIdentifier {
        kind: item.kind(),
        id: claims.id,
        thumbprint,
    })
}

/// The point of a key, uncompressed, and its thumbprint (RFC 7638 section 3.2).
fn key(jwk: &PublicKey) -> Result<(Vec<u8>, [u8; 32]), TrustError> {
    if jwk.kty != "EC" || jwk.crv != "P-256" {
        return Err(TrustError::Key);
    }
    let coordinate = |text: &str| {
        BASE64URL_NOPAD
            .decode(text.as_bytes())
            .ok()
            .filter(|bytes| bytes.len() == 32)
            .ok_or(TrustError::Key)
    };
    let (x, y) = (coordinate(&jwk.x)?, coordinate(&jwk.y)?);
    // Decoding is strict, so that a key has one text, and one thumbprint.
    let canonical = format!(
        r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
        jwk.x, jwk.y
    );
    let hash = digest(&SHA256, canonical.as_bytes());
    let thumbprint = hash.as_ref().try_into().map_err(|_| TrustError::Key)?;
    Ok(([&[4][..], &x, &y].concat(), thumbprint))
}

fn part<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, TrustError> {
    serde_json::from_slice(&decoded(text)?).map_err(|_| TrustError::Malformed)
}

fn decoded(text: &str) -> Result<Vec<u8>, TrustError> {
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| TrustError::Malformed)
}

#[cfg(test)]
mod tests;
