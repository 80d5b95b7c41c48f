//! Authentication configurations: what a sign-in for a purpose asks for.

use std::{fmt, str::FromStr, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::TextError;

/// What a sign-in is for: `sign-in`, `step-up`, or a word of the app's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Purpose(String);

impl Purpose {
    /// The built-in purpose of ordinary sign-ins.
    pub const SIGN_IN: &'static str = "sign-in";
    /// The built-in purpose of step-up.
    pub const STEP_UP: &'static str = "step-up";

    /// Takes 1 to 255 of `A-Z`, `a-z`, `0-9`, `-` and `_`.
    ///
    /// # Errors
    /// [`TextError`] names the rule.
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        if text.trim().is_empty() {
            return Err(TextError::Empty);
        }
        if text.chars().count() > 255 {
            return Err(TextError::TooLong {
                limit: 255,
                unit: "characters",
            });
        }
        if !text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        {
            return Err(TextError::Form("letters, digits, - and _"));
        }
        Ok(Self(text))
    }

    /// The built-in `sign-in`.
    pub fn sign_in() -> Self {
        Self(Self::SIGN_IN.to_owned())
    }

    /// The built-in `step-up`.
    pub fn step_up() -> Self {
        Self(Self::STEP_UP.to_owned())
    }

    /// One of the two that always exist.
    pub fn is_built_in(&self) -> bool {
        self.0 == Self::SIGN_IN || self.0 == Self::STEP_UP
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `UserVerificationRequirement` (WebAuthn §5.8.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserVerification {
    /// The ceremony fails without.
    Required,
    /// Wished for.
    #[default]
    Preferred,
    /// Not wished for.
    Discouraged,
}

impl UserVerification {
    /// The word of the specification.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Preferred => "preferred",
            Self::Discouraged => "discouraged",
        }
    }
}

impl FromStr for UserVerification {
    type Err = TextError;

    fn from_str(word: &str) -> Result<Self, TextError> {
        [Self::Required, Self::Preferred, Self::Discouraged]
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(word))
            .ok_or(TextError::Form("preferred, required or discouraged"))
    }
}

/// `PublicKeyCredentialHint` (WebAuthn §5.8.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hint {
    /// A roaming authenticator.
    SecurityKey,
    /// The device itself.
    ClientDevice,
    /// Another device, such as a phone.
    Hybrid,
}

impl Hint {
    /// The three, in the order of the numbers that stand for them on the Passwordless surface.
    pub const ALL: [Self; 3] = [Self::SecurityKey, Self::ClientDevice, Self::Hybrid];

    /// The word of the specification.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SecurityKey => "security-key",
            Self::ClientDevice => "client-device",
            Self::Hybrid => "hybrid",
        }
    }

    /// The name in the `PascalCase` of the Passwordless surface.
    pub const fn as_pascal_case(self) -> &'static str {
        match self {
            Self::SecurityKey => "SecurityKey",
            Self::ClientDevice => "ClientDevice",
            Self::Hybrid => "Hybrid",
        }
    }
}

/// A configuration: for one purpose of one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthConfig {
    /// What it is for.
    pub purpose: Purpose,
    /// How long a verify token lives.
    pub time_to_live: Duration,
    /// What the sign-in asks for.
    pub user_verification: UserVerification,
    /// Passed on to the browser.
    pub hints: Vec<Hint>,
    /// Who made it.
    pub created_by: String,
    /// When; none for a built-in one.
    pub created_on: Option<Timestamp>,
    /// Who changed it last.
    pub edited_by: Option<String>,
    /// When it was changed last.
    pub edited_on: Option<Timestamp>,
    /// When a sign-in used it last.
    pub last_used_on: Option<Timestamp>,
}

impl AuthConfig {
    /// The configuration that a built-in purpose has until it is edited; for any other word that of `sign-in`.
    pub fn built_in(purpose: &Purpose) -> Self {
        let step_up = purpose.as_str() == Purpose::STEP_UP;
        Self {
            purpose: if step_up {
                Purpose::step_up()
            } else {
                Purpose::sign_in()
            },
            time_to_live: Duration::from_secs(if step_up { 180 } else { 120 }),
            user_verification: if step_up {
                UserVerification::Required
            } else {
                UserVerification::Preferred
            },
            hints: Vec::new(),
            created_by: "System".to_owned(),
            created_on: None,
            edited_by: None,
            edited_on: None,
            last_used_on: None,
        }
    }
}
