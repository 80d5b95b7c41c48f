//! One-time codes: what is kept of them.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{TenantId, UserKey};

/// What a code is good for. A subject has one live code for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CodePurpose {
    /// Signs in.
    SignIn,
    /// Proves a mail address.
    EmailVerification,
    /// Proves a telephone number.
    PhoneVerification,
    /// A step of one sign-in with several.
    Mfa,
}

impl CodePurpose {
    /// The word of the wire, and of the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "auth",
            Self::EmailVerification => "email-verify",
            Self::PhoneVerification => "phone-verify",
            Self::Mfa => "mfa",
        }
    }
}

/// What is kept of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptCode {
    /// Whose tenant.
    pub tenant: TenantId,
    /// Whose code: the key of a user, or whatever else the code belongs to.
    pub subject: Uuid,
    /// The user that takes the code along when it is deleted, where there is one.
    pub user: Option<UserKey>,
    /// What it is good for.
    pub purpose: CodePurpose,
    /// A salted hash of it.
    pub hash: String,
    /// The address that it went to, as it was given; empty where it was shown.
    pub target: String,
    /// So many guesses are left.
    pub guesses: u32,
    /// It is good before this instant.
    pub expires_at: Timestamp,
}
