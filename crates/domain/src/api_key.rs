//! API keys and what they may do.

use std::{collections::BTreeSet, fmt, str::FromStr};

use jiff::Timestamp;

use crate::{TenantId, TextError};

/// The name of a key within its tenant: for Passwordless keys the last four characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub String);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What sort of key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyKind {
    /// For browsers and apps; not a secret.
    Public,
    /// For back ends; kept as a hash.
    Secret,
    /// A LoginID key with scopes of its own; kept as a hash.
    Api,
}

impl KeyKind {
    /// The word under which it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Secret => "secret",
            Self::Api => "api",
        }
    }
}

impl FromStr for KeyKind {
    type Err = TextError;

    fn from_str(word: &str) -> Result<Self, TextError> {
        [Self::Public, Self::Secret, Self::Api]
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or(TextError::Form("public, secret or api"))
    }
}

/// A permission of a key, by its wire word (`register`, `token_verify`, `mfa:begin`, …).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(pub String);

impl Scope {
    /// `/register/begin`, `/register/complete`.
    pub const REGISTER: &'static str = "register";
    /// `/signin/begin`, `/signin/complete`.
    pub const LOGIN: &'static str = "login";
    /// `/register/token`.
    pub const TOKEN_REGISTER: &'static str = "token_register";
    /// `/signin/verify`, `/signin/generate-token`.
    pub const TOKEN_VERIFY: &'static str = "token_verify";

    /// List passkeys; read the blacklist and the metadata of makes.
    pub const PASSKEY_READ: &'static str = "passkey:read";
    /// Rename and delete passkeys; change the blacklist.
    pub const PASSKEY_WRITE: &'static str = "passkey:write";
    /// Read users through SCIM.
    pub const PROFILE_READ: &'static str = "profile:read";
    /// Change profiles, and users through SCIM.
    pub const PROFILE_WRITE: &'static str = "profile:write";
    /// Create passkeys, in particular any after a user's first.
    pub const REG_WRITE: &'static str = "reg:write";
    /// Let a signed-in user ask for a code.
    pub const AUTH_WRITE: &'static str = "auth:write";
    /// Look up users and devices.
    pub const USER_READ: &'static str = "user:read";
    /// Delete, activate and deactivate users.
    pub const USER_WRITE: &'static str = "user:write";
    /// Issue external-authentication tokens.
    pub const EXTERNAL_VERIFY: &'static str = "external:verify";

    /// Those of LoginID keys (LoginID contract section 3), all that there are. The first six may stand in a user's token.
    pub const OF_API_KEYS: [&'static str; 9] = [
        Self::PASSKEY_READ,
        Self::PASSKEY_WRITE,
        Self::PROFILE_READ,
        Self::PROFILE_WRITE,
        Self::REG_WRITE,
        Self::AUTH_WRITE,
        Self::USER_READ,
        Self::USER_WRITE,
        Self::EXTERNAL_VERIFY,
    ];

    /// A scope of a LoginID key by its word, `external-verify` for `external:verify` included.
    ///
    /// # Errors
    /// [`TextError::Form`] for a word that is none.
    pub fn of_api_key(word: &str) -> Result<Self, TextError> {
        let word = match word {
            "external-verify" => Self::EXTERNAL_VERIFY,
            word => word,
        };
        Self::OF_API_KEYS
            .contains(&word)
            .then(|| Self(word.to_owned()))
            .ok_or(TextError::Form(
                "a scope of an API key, such as passkey:read",
            ))
    }
}

/// A key of a tenant.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Whose key.
    pub tenant: TenantId,
    /// Its name within the tenant.
    pub key_id: KeyId,
    /// What sort of key.
    pub kind: KeyKind,
    /// A name for people.
    pub name: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// A public key as it is; of a secret its hash as text (`sha256:…`, or the salted hash of an import).
    pub stored: String,
    /// For keys that carry no tenant: the SHA-256 by which they are found, in hex; unique over all tenants.
    pub lookup: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Locked since; none: usable.
    pub locked_at: Option<Timestamp>,
    /// When it was last locked, kept after it is unlocked.
    pub last_locked_at: Option<Timestamp>,
    /// When it ends; none: never.
    pub expires_at: Option<Timestamp>,
}

impl ApiKey {
    /// May it do this?
    pub fn allows(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held.0 == scope)
    }

    /// Is it locked now?
    pub fn is_locked(&self) -> bool {
        self.locked_at.is_some()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey")
            .field("tenant", &self.tenant)
            .field("key_id", &self.key_id)
            .field("kind", &self.kind)
            .field("scopes", &self.scopes)
            .field("locked_at", &self.locked_at)
            .finish_non_exhaustive()
    }
}
