//! The set of public keys that others check our tokens with.

use serde::Serialize;

use super::SigningKey;

/// A set of keys (RFC 7517 section 5), as it is served.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Jwks {
    /// The keys.
    pub keys: Vec<Jwk>,
}

impl<'a> FromIterator<&'a SigningKey> for Jwks {
    fn from_iter<I: IntoIterator<Item = &'a SigningKey>>(keys: I) -> Self {
        Self {
            keys: keys.into_iter().map(|key| key.jwk().clone()).collect(),
        }
    }
}

/// A public key for checking signatures (RFC 7517 section 4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Jwk {
    /// The name that tokens carry.
    pub kid: String,
    /// `ES256`, `EdDSA` or `RS256`.
    pub alg: &'static str,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub public_key_use: &'static str,
    /// Always `verify` alone.
    pub key_ops: [&'static str; 1],
    /// The key itself.
    #[serde(flatten)]
    pub parameters: JwkParameters,
}

/// What differs from one type of key to the next (RFC 7518 section 6, RFC 8037 section 2). Texts are base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kty")]
pub enum JwkParameters {
    /// A point on a curve.
    #[serde(rename = "EC")]
    Ec {
        /// The curve.
        crv: &'static str,
        /// One coordinate.
        x: String,
        /// The other.
        y: String,
    },
    /// An Edwards key.
    #[serde(rename = "OKP")]
    Okp {
        /// The curve.
        crv: &'static str,
        /// The key.
        x: String,
    },
    /// An RSA key.
    #[serde(rename = "RSA")]
    Rsa {
        /// The modulus.
        n: String,
        /// The exponent.
        e: String,
    },
}
