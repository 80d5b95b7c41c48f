//! Options.

use serde::{Deserialize, Serialize};

/// What the relying party wants of attestation ([WebAuthn §5.4.7](https://www.w3.org/TR/webauthn-3/#enum-attestation-convey)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttestationConveyance {
    /// No attestation.
    #[default]
    None,
    /// An attestation that the client may anonymise.
    Indirect,
    /// The authenticator's own attestation.
    Direct,
    /// One that may identify the single device, for organisations that the authenticator knows.
    Enterprise,
}
