//! The key ring: secrets that the server makes for itself, one ring a tenant.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{SecretBytes, TenantId};

/// What a key of the ring is for. A key serves one purpose only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RingPurpose {
    /// Sealing tokens.
    Seal,
    /// Signing JSON Web Tokens; the word names algorithm and surface, such as `jwt:es256:loginid`.
    Sign(String),
    /// A secret shared with somebody else; the word names with whom, such as `oidc:` and a provider.
    Secret(String),
}

impl RingPurpose {
    /// The text under which it is stored.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Seal => "seal",
            Self::Sign(word) | Self::Secret(word) => word,
        }
    }

    /// Reads the stored text.
    pub fn from_stored(text: &str) -> Self {
        match text {
            "seal" => Self::Seal,
            _ if text.starts_with("jwt:") => Self::Sign(text.to_owned()),
            _ => Self::Secret(text.to_owned()),
        }
    }
}

/// A key as it rests in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RingKey {
    /// Whose key.
    pub tenant: TenantId,
    /// Its name, which tokens carry.
    pub id: Uuid,
    /// What it is for.
    pub purpose: RingPurpose,
    /// The key, wrapped under the master key where one is configured.
    pub material: SecretBytes,
    /// Whether `material` is wrapped.
    pub wrapped: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_read_as_it_was_stored() {
        for purpose in [
            RingPurpose::Seal,
            RingPurpose::Sign("jwt:es256:loginid".to_owned()),
            RingPurpose::Secret("oidc:ABC".to_owned()),
            RingPurpose::Secret("webhook:1".to_owned()),
        ] {
            assert_eq!(RingPurpose::from_stored(purpose.as_str()), purpose);
        }
    }
}
