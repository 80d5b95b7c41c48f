//! Sessions of accounts: what stands behind a refresh token.

use std::fmt;

use jiff::Timestamp;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::{TenantId, UserKey};

/// A log-in on one device. It is alive as long as its row is there and its end lies ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its name, which access tokens carry.
    pub id: Uuid,
    /// Whose session.
    pub tenant: TenantId,
    /// The account.
    pub user: UserKey,
    /// When the person logged in.
    pub created_at: Timestamp,
    /// When it was last refreshed; at first, when it was made.
    pub last_used_at: Timestamp,
    /// When it ends unless it is refreshed before.
    pub expires_at: Timestamp,
    /// The device, for people.
    pub device: String,
}

/// The SHA-256 of a refresh token's text: all that is kept of the token, and what it is found by.
#[derive(Clone, Copy)]
pub struct RefreshHash([u8; 32]);

impl RefreshHash {
    /// Takes the hash.
    pub const fn new(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The bytes to keep.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for RefreshHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for RefreshHash {}

impl fmt::Debug for RefreshHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshHash(…)")
    }
}
