//! Credentials: what a passkey leaves with us.

use std::{fmt, str::FromStr};

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{DeviceId, TenantId, TextError, UserKey};

/// A credential id of 1 to 1023 bytes (WebAuthn §4), unique within a tenant.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CredentialId(Vec<u8>);

impl CredentialId {
    /// Takes 1 to 1023 bytes.
    ///
    /// # Errors
    /// [`TextError::Empty`] and [`TextError::TooLong`].
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, TextError> {
        let bytes = bytes.into();
        match bytes.len() {
            0 => Err(TextError::Empty),
            1..=1023 => Ok(Self(bytes)),
            _ => Err(TextError::TooLong {
                limit: 1023,
                unit: "bytes",
            }),
        }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialId({})", BASE64URL_NOPAD.encode(&self.0))
    }
}

/// A credential record (WebAuthn §4, *credential record*) with what the surfaces show of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The row, by which API calls of some surfaces name it.
    pub id: Uuid,
    /// Whose credential.
    pub tenant: TenantId,
    /// Its owner.
    pub user: UserKey,
    /// The authenticator's name for it.
    pub credential_id: CredentialId,
    /// The RP id that it is scoped to.
    pub rp_id: String,
    /// The COSE key, byte for byte as the authenticator sent it.
    pub public_key: Vec<u8>,
    /// The COSE algorithm of the key.
    pub algorithm: i64,
    /// Never goes down.
    pub sign_count: u32,
    /// As the client reported them; none: it did not say.
    pub transports: Option<Vec<String>>,
    /// The make of the authenticator; nil where unknown.
    pub aaguid: Uuid,
    /// Fixed at registration; none: made before it was recorded.
    pub backup_eligible: Option<bool>,
    /// As of the last ceremony.
    pub backed_up: Option<bool>,
    /// The user was verified at least once with it.
    pub user_verified: bool,
    /// `credProps.rk`; none: the client did not say.
    pub discoverable: Option<bool>,
    /// The attestation statement format.
    pub attestation_format: String,
    /// The origin of the registration.
    pub origin: String,
    /// The device it was made or last used on, for people.
    pub device: String,
    /// The country it was made or last used in; empty where unknown.
    pub country: String,
    /// The user's name for it.
    pub nickname: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used; at first, when it was made.
    pub last_used_at: Timestamp,
    /// The device that it was made on; none: nobody said.
    pub created_from: Option<DeviceId>,
    /// The device that it was last used on; none: nobody said.
    pub last_used_from: Option<DeviceId>,
}

/// What options need of a credential (`PublicKeyCredentialDescriptor`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialDescriptor {
    /// The authenticator's name for it.
    pub credential_id: CredentialId,
    /// How the client may reach the authenticator.
    pub transports: Option<Vec<String>>,
    /// The make of the authenticator; nil where unknown.
    pub aaguid: Uuid,
}

/// What a relying party asks for (WebAuthn §5.4.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttestationConveyance {
    /// No statement is asked for.
    #[default]
    None,
    /// A statement, which the client may anonymise.
    Indirect,
    /// The authenticator's own statement.
    Direct,
    /// A statement that may identify the single device.
    Enterprise,
}

impl AttestationConveyance {
    /// The word of the specification.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Indirect => "indirect",
            Self::Direct => "direct",
            Self::Enterprise => "enterprise",
        }
    }
}

impl FromStr for AttestationConveyance {
    type Err = TextError;

    fn from_str(word: &str) -> Result<Self, TextError> {
        [Self::None, Self::Indirect, Self::Direct, Self::Enterprise]
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(word))
            .ok_or(TextError::Form("none, indirect, direct or enterprise"))
    }
}
