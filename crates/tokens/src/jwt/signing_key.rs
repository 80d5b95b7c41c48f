//! Keys that sign JSON Web Tokens.

use std::fmt;

use chacha20::{ChaCha20Rng, rand_core::SeedableRng as _};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use p256::elliptic_curve::{Generate as _, sec1::ToSec1Point as _};
use passkeyd_domain::{RingKey, RingPurpose, TenantId, Timestamp};
use ring::{
    rsa::PublicKeyComponents,
    signature::{Ed25519KeyPair, KeyPair as _, RsaKeyPair},
};
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use thiserror::Error;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    jwks::{Jwk, JwkParameters},
    provider,
};
use crate::master_key::{self, MasterKey, RingKeyError, Row};

const RSA_BITS: usize = 2048;

/// The algorithms that we sign with (RFC 7518 section 3.1, RFC 8037 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA with P-256 and SHA-256: what we use where nothing else is asked for.
    Es256,
    /// Ed25519.
    EdDsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256: slow to sign, and known to every client.
    Rs256,
}

impl Algorithm {
    /// The name in headers and key sets.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
        }
    }
}

impl From<Algorithm> for jsonwebtoken::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Es256 => Self::ES256,
            Algorithm::EdDsa => Self::EdDSA,
            Algorithm::Rs256 => Self::RS256,
        }
    }
}

/// What a signing key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SigningPurpose {
    /// How it signs.
    pub algorithm: Algorithm,
    /// Whose tokens it signs.
    pub surface: &'static str,
}

impl SigningPurpose {
    /// The tokens of the LoginID surface.
    pub const LOGINID: Self = Self {
        algorithm: Algorithm::Es256,
        surface: "loginid",
    };
    /// The access tokens of the Idea Pool.
    pub const IDEA_POOL: Self = Self {
        algorithm: Algorithm::Rs256,
        surface: "idea-pool",
    };

    /// The purpose under which its keys are stored, such as `jwt:es256:loginid`.
    pub fn ring_purpose(self) -> RingPurpose {
        let algorithm = self.algorithm.name().to_ascii_lowercase();
        RingPurpose::Sign(format!("jwt:{algorithm}:{}", self.surface))
    }
}

/// A key of the ring that signs JSON Web Tokens. Wiped when dropped.
pub struct SigningKey {
    id: Uuid,
    purpose: SigningPurpose,
    created_at: Timestamp,
    encoding: EncodingKey,
    decoding: DecodingKey,
    jwk: Jwk,
}

impl SigningKey {
    /// Makes a key from a random seed. An RSA key takes tens of milliseconds, in bad luck ten times that.
    pub fn generate(
        purpose: SigningPurpose,
        id: Uuid,
        now: Timestamp,
        seed: [u8; 32],
    ) -> Result<Self, GenerateError> {
        let seed = Zeroizing::new(seed);
        let der = match purpose.algorithm {
            Algorithm::Es256 => p256_pkcs8(&seed),
            Algorithm::EdDsa => Zeroizing::new([ED25519_PKCS8, &seed[..]].concat()),
            Algorithm::Rs256 => rsa_pkcs1(&seed)?,
        };
        Self::from_der(purpose, id, now, &der).ok_or(GenerateError)
    }

    /// Its name in headers and key sets.
    pub fn kid(&self) -> String {
        self.id.to_string()
    }

    /// What it is for.
    pub fn purpose(&self) -> SigningPurpose {
        self.purpose
    }

    /// When it was made.
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Its public half.
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// The form in which it is stored; the nonce, which is used where there is a master key, must be random.
    pub fn to_ring_key(
        &self,
        tenant: &TenantId,
        master: Option<&MasterKey>,
        nonce: [u8; 12],
    ) -> Result<RingKey, RingKeyError> {
        let row = Row {
            tenant,
            id: self.id,
            purpose: &self.purpose.ring_purpose(),
        };
        let der = self.encoding.as_bytes();
        master_key::to_ring_key(&row, der, self.created_at, master, nonce)
    }

    /// Reads the form in which it is stored.
    pub fn from_ring_key(
        stored: &RingKey,
        purpose: SigningPurpose,
        master: Option<&MasterKey>,
    ) -> Result<Self, RingKeyError> {
        if stored.purpose != purpose.ring_purpose() {
            return Err(RingKeyError::Purpose);
        }
        let der = master_key::from_ring_key(stored, master)?;
        Self::from_der(purpose, stored.id, stored.created_at, &der).ok_or(RingKeyError::Algorithm)
    }

    pub(super) fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }

    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    /// From PKCS #8 (elliptic curves) or PKCS #1 (RSA), the forms that `jsonwebtoken` knows.
    fn from_der(
        purpose: SigningPurpose,
        id: Uuid,
        created_at: Timestamp,
        der: &[u8],
    ) -> Option<Self> {
        provider::install();
        let base64url = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let (encoding, decoding, parameters) = match purpose.algorithm {
            Algorithm::Es256 => {
                let pair = provider::p256_key_pair(der).ok()?;
                let point = pair.public_key().as_ref();
                let (x, y) = point.strip_prefix(&[4])?.split_at_checked(32)?;
                let parameters = JwkParameters::Ec {
                    crv: "P-256",
                    x: base64url(x),
                    y: base64url(y),
                };
                (
                    EncodingKey::from_ec_der(der),
                    DecodingKey::from_ec_der(point),
                    parameters,
                )
            }
            Algorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok()?;
                let public = pair.public_key().as_ref();
                let parameters = JwkParameters::Okp {
                    crv: "Ed25519",
                    x: base64url(public),
                };
                (
                    EncodingKey::from_ed_der(der),
                    DecodingKey::from_ed_der(public),
                    parameters,
                )
            }
            Algorithm::Rs256 => {
                let pair = RsaKeyPair::from_der(der).ok()?;
                let PublicKeyComponents { n, e } =
                    PublicKeyComponents::<Vec<u8>>::from(pair.public());
                let parameters = JwkParameters::Rsa {
                    n: base64url(&n),
                    e: base64url(&e),
                };
                (
                    EncodingKey::from_rsa_der(der),
                    DecodingKey::from_rsa_raw_components(&n, &e),
                    parameters,
                )
            }
        };
        Some(Self {
            id,
            purpose,
            created_at,
            encoding,
            decoding,
            jwk: Jwk {
                kid: id.to_string(),
                alg: purpose.algorithm.name(),
                public_key_use: "sig",
                key_ops: ["verify"],
                parameters,
            },
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .field("purpose", &self.purpose)
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

/// What stands before the 32 bytes of a seed in a private Ed25519 key (RFC 8410 section 7).
const ED25519_PKCS8: &[u8] = &[
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// What stands before the 32 bytes of the scalar in a private P-256 key (RFC 5958 section 2, RFC 5915 section 3), and
/// between it and the 65 bytes of the point.
const P256_PKCS8: (&[u8], &[u8]) = (
    &[
        0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
        0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d, 0x30,
        0x6b, 0x02, 0x01, 0x01, 0x04, 0x20,
    ],
    &[0xa1, 0x44, 0x03, 0x42, 0x00],
);

fn p256_pkcs8(seed: &[u8; 32]) -> Zeroizing<Vec<u8>> {
    let secret = p256::SecretKey::generate_from_rng(&mut ChaCha20Rng::from_seed(*seed));
    let point = secret.public_key().to_sec1_point(false);
    let scalar = Zeroizing::new(secret.to_bytes());
    let (before, between) = P256_PKCS8;
    Zeroizing::new([before, &scalar[..], between, point.as_bytes()].concat())
}

fn rsa_pkcs1(seed: &[u8; 32]) -> Result<Zeroizing<Vec<u8>>, GenerateError> {
    let key = rsa::RsaPrivateKey::new(&mut ChaCha20Rng::from_seed(*seed), RSA_BITS)
        .map_err(|_| GenerateError)?;
    let der = key.to_pkcs1_der().map_err(|_| GenerateError)?;
    Ok(Zeroizing::new(der.as_bytes().to_vec()))
}

/// The seed gives no usable key: draw another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the seed gives no usable key")]
pub struct GenerateError;
