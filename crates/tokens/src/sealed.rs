//! Sealed tokens: what the server tells itself through a client, which can neither read nor change it.
//!
//! A token is a prefix that names its kind to people, and base64url without padding of
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | version, 1 |
//! | 16 | id of the ring's key |
//! | 12 | nonce |
//! | n + 16 | payload under AES-256-GCM, and the tag |
//!
//! The AES key is derived (HKDF-SHA-256, RFC 5869) from the ring's key for one tenant and one kind, and both, with all that
//! stands before the ciphertext, are the associated data as well: a token is nothing to another tenant or endpoint. Nonces
//! are random, which AES-GCM allows for 2^32 tokens under one key: at the weekly rotation, 7,000 tokens a second of each
//! kind and tenant.

use data_encoding::BASE64URL_NOPAD;
use passkeyd_domain::{RingKey, RingPurpose, TenantId, Timestamp};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
};
use thiserror::Error;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::master_key::{self, MasterKey, RingKeyError, Row};

const VERSION: u8 = 1;
const ID_LEN: usize = 16;
const HEADER_LEN: usize = 1 + ID_LEN + NONCE_LEN;

/// A kind of token. Two kinds may share a prefix; the label is what parts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenKind {
    /// What the text starts with; may be empty.
    pub prefix: &'static str,
    /// The name that keys are derived for; unique among all kinds, and without U+0000.
    pub label: &'static str,
}

impl TokenKind {
    /// A registration that a back end asked for.
    pub const REGISTER: Self = Self {
        prefix: "register_",
        label: "register",
    };
    /// A registration ceremony under way.
    pub const REGISTER_SESSION: Self = Self {
        prefix: "session_",
        label: "register session",
    };
    /// A sign-in ceremony under way.
    pub const SIGN_IN_SESSION: Self = Self {
        prefix: "session_",
        label: "sign-in session",
    };
    /// A ceremony of the LoginID surface under way.
    pub const APPLICATION_SESSION: Self = Self {
        prefix: "",
        label: "application session",
    };
    /// What a back end asks the server to verify.
    pub const VERIFY: Self = Self {
        prefix: "verify_",
        label: "verify",
    };
}

/// A key of the ring that seals tokens. Wiped when dropped.
#[derive(Clone)]
pub struct SealingKey {
    id: Uuid,
    created_at: Timestamp,
    secret: Zeroizing<[u8; 32]>,
}

impl SealingKey {
    /// Makes a key of 32 random bytes.
    pub fn generate(id: Uuid, now: Timestamp, random: [u8; 32]) -> Self {
        Self {
            id,
            created_at: now,
            secret: Zeroizing::new(random),
        }
    }

    /// Its name, which tokens carry.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// When it was made.
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// The form in which it is stored; the nonce, which is used where there is a master key, must be random.
    pub fn to_ring_key(
        &self,
        tenant: &TenantId,
        master: Option<&MasterKey>,
        nonce: [u8; NONCE_LEN],
    ) -> Result<RingKey, RingKeyError> {
        let row = Row {
            tenant,
            id: self.id,
            purpose: &RingPurpose::Seal,
        };
        master_key::to_ring_key(&row, &*self.secret, self.created_at, master, nonce)
    }

    /// Reads the form in which it is stored.
    pub fn from_ring_key(
        stored: &RingKey,
        master: Option<&MasterKey>,
    ) -> Result<Self, RingKeyError> {
        if stored.purpose != RingPurpose::Seal {
            return Err(RingKeyError::Purpose);
        }
        let plain = master_key::from_ring_key(stored, master)?;
        let secret: &[u8; 32] = plain
            .as_slice()
            .try_into()
            .map_err(|_| RingKeyError::Length { found: plain.len() })?;
        Ok(Self {
            id: stored.id,
            created_at: stored.created_at,
            secret: Zeroizing::new(*secret),
        })
    }

    /// The AES key for one kind of one tenant.
    fn derive(&self, kind: TokenKind, tenant: &TenantId) -> Result<LessSafeKey, SealError> {
        let prk = Salt::new(HKDF_SHA256, b"passkeyd sealed token 1").extract(&*self.secret);
        let info = [kind.label.as_bytes(), b"\0", tenant.as_str().as_bytes()];
        let okm = prk.expand(&info, &AES_256_GCM).map_err(|_| SealError)?;
        Ok(LessSafeKey::new(UnboundKey::from(okm)))
    }
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealingKey")
            .field("id", &self.id)
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

/// Seals a payload into a token of a kind for a tenant. The nonce must be random.
pub fn seal(
    key: &SealingKey,
    kind: TokenKind,
    tenant: &TenantId,
    payload: &[u8],
    nonce: [u8; NONCE_LEN],
) -> Result<String, SealError> {
    let mut bytes = Vec::with_capacity(HEADER_LEN + payload.len() + AES_256_GCM.tag_len());
    bytes.push(VERSION);
    bytes.extend_from_slice(key.id.as_bytes());
    bytes.extend_from_slice(&nonce);
    let associated_data = associated_data(&bytes, kind, tenant);
    bytes.extend_from_slice(payload);
    let (_, in_out) = bytes.split_at_mut_checked(HEADER_LEN).ok_or(SealError)?;
    let tag = key
        .derive(kind, tenant)?
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(associated_data),
            in_out,
        )
        .map_err(|_| SealError)?;
    bytes.extend_from_slice(tag.as_ref());

    let mut token =
        String::with_capacity(kind.prefix.len() + BASE64URL_NOPAD.encode_len(bytes.len()));
    token.push_str(kind.prefix);
    BASE64URL_NOPAD.encode_append(&bytes, &mut token);
    Ok(token)
}

/// Opens a token of a kind for a tenant with the key of the ring that it names. The prefix is compared without regard to
/// case; in all that follows it no character can be changed, added or left out.
pub fn open(
    ring: &[SealingKey],
    kind: TokenKind,
    tenant: &TenantId,
    token: &str,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let text = token
        .split_at_checked(kind.prefix.len())
        .filter(|(prefix, _)| prefix.eq_ignore_ascii_case(kind.prefix))
        .map(|(_, text)| text)
        .ok_or(OpenError::WrongPrefix)?;
    let bytes = BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| OpenError::Malformed)?;
    let (header, sealed) = bytes
        .split_at_checked(HEADER_LEN)
        .filter(|(_, sealed)| sealed.len() >= AES_256_GCM.tag_len())
        .ok_or(OpenError::Malformed)?;
    let (id, nonce) = match header.split_first() {
        Some((&VERSION, rest)) => rest.split_first_chunk::<ID_LEN>(),
        _ => None,
    }
    .ok_or(OpenError::Malformed)?;
    let key = ring
        .iter()
        .find(|key| key.id.as_bytes() == id)
        .ok_or(OpenError::UnknownKey)?;

    let mut plain = Zeroizing::new(sealed.to_vec());
    let length = key
        .derive(kind, tenant)
        .map_err(|SealError| OpenError::Forged)?
        .open_in_place(
            Nonce::try_assume_unique_for_key(nonce).map_err(|_| OpenError::Malformed)?,
            Aad::from(associated_data(header, kind, tenant)),
            &mut plain,
        )
        .map_err(|_| OpenError::Forged)?
        .len();
    plain.truncate(length);
    Ok(plain)
}

/// Header, label, U+0000, tenant: the first has a fixed length and the label no U+0000, so no two triples share a text.
fn associated_data(header: &[u8], kind: TokenKind, tenant: &TenantId) -> Vec<u8> {
    [
        header,
        kind.label.as_bytes(),
        b"\0",
        tenant.as_str().as_bytes(),
    ]
    .concat()
}

/// The payload is too long for AES-GCM (64 GiB).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the payload is too long to be sealed")]
pub struct SealError;

/// Why a token does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It does not start as tokens of its kind do.
    #[error("the token has not the prefix of its kind")]
    WrongPrefix,
    /// After the prefix comes no base64url, too little, or a version that is not known here.
    #[error("the token is malformed")]
    Malformed,
    /// It names a key that is not in the ring: retired, or another tenant's.
    #[error("the token was sealed under a key that is not in the ring")]
    UnknownKey,
    /// It was not sealed under the key it names, for this tenant and as this kind.
    #[error("the token was not sealed here for this use")]
    Forged,
}

#[cfg(test)]
mod tests;
