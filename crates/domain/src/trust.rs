//! Trust identifiers: what a browser's store of keys is known by (LoginID contract section 14).

use std::str::FromStr;

use jiff::Timestamp;

use crate::{TextError, UserKey};

/// Whose store a trust identifier comes from. Items of one sort are nothing in the place of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrustKind {
    /// The store of a wallet's origin: the items `wallet` and `auth`.
    Wallet,
    /// The store of a merchant's page: the item `merchant`.
    Merchant,
}

impl TrustKind {
    /// The word under which it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wallet => "wallet",
            Self::Merchant => "merchant",
        }
    }
}

impl FromStr for TrustKind {
    type Err = TextError;

    fn from_str(word: &str) -> Result<Self, TextError> {
        [Self::Wallet, Self::Merchant]
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or(TextError::Form("wallet or merchant"))
    }
}

/// A trust identifier that was proven to be its sender's. The same id with another key is another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrustIdentifier {
    /// Whose store it comes from.
    pub kind: TrustKind,
    /// The name that the store gave itself.
    pub id: String,
    /// The thumbprint of its key (RFC 7638).
    pub thumbprint: [u8; 32],
}

/// Who a trust identifier stands for: the user who last completed a sign-in with a passkey that it was shown at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustBinding {
    /// The user.
    pub user: UserKey,
    /// The device that the sign-in was made on, where one was named.
    pub device: Option<String>,
    /// When it was bound.
    pub bound_at: Timestamp,
}
