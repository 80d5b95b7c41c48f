//! [Extensions](https://www.w3.org/TR/webauthn-3/#sctn-extensions): what is asked for, and what comes back.
//!
//! Ask in [`RegistrationRequest::extensions`](crate::RegistrationRequest::extensions) and
//! [`AuthenticationRequest::extensions`](crate::AuthenticationRequest::extensions). *Client* outputs are the client's word and
//! signed by nobody: read them in the response's `client_extension_results`, after it was verified. *Signed* outputs stand in the
//! authenticator data: read them in the result's `extensions`.
//!
//! Outputs that nobody asked for, that are missing, or that are malformed are for [`Policy`](crate::Policy) and
//! [`Error`](crate::Error); clients that do not know an extension leave its output out.

mod client;
mod inputs;
mod judge;
mod signed;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

pub use client::{
    ClientExtensionOutputs, CredentialProperties, LargeBlobOutput, PaymentOutput, PrfOutput,
    PrfResults, UnknownOutput,
};
pub use inputs::{
    AuthenticationExtensions, CredProtect, LargeBlobRequest, LargeBlobSupport, PaymentRegistration,
    PrfEval, PrfInput, RegistrationExtensions,
};
pub(crate) use judge::{judge_authentication, judge_registration};
pub use signed::{SignedExtensionOutputs, UserVerificationMethod};

/// The [credential protection](https://fidoalliance.org/specs/fido-v2.2-ps-20250714/fido-client-to-authenticator-protocol-v2.2-ps-20250714.html#sctn-credProtect-extension)
/// levels, from weak to strong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CredProtectLevel {
    /// Usable without user verification.
    #[serde(rename = "userVerificationOptional")]
    UserVerificationOptional,
    /// Discoverable with user verification only.
    #[serde(rename = "userVerificationOptionalWithCredentialIDList")]
    UserVerificationOptionalWithCredentialIdList,
    /// Usable with user verification only.
    #[serde(rename = "userVerificationRequired")]
    UserVerificationRequired,
}

impl CredProtectLevel {
    /// The level of a signed output.
    pub const fn from_number(number: u64) -> Option<Self> {
        match number {
            1 => Some(Self::UserVerificationOptional),
            2 => Some(Self::UserVerificationOptionalWithCredentialIdList),
            3 => Some(Self::UserVerificationRequired),
            _ => None,
        }
    }

    /// The name in the client's input.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserVerificationOptional => "userVerificationOptional",
            Self::UserVerificationOptionalWithCredentialIdList => {
                "userVerificationOptionalWithCredentialIDList"
            }
            Self::UserVerificationRequired => "userVerificationRequired",
        }
    }
}

/// A pseudo-random value of an authenticator: a key to something. Wiped from memory, never printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct PrfValue([u8; 32]);

impl PrfValue {
    /// The 32 bytes.
    pub const fn reveal(&self) -> &[u8; 32] {
        &self.0
    }

    fn decode(text: &str) -> Option<Self> {
        let mut bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let value = <[u8; 32]>::try_from(bytes.as_slice()).ok().map(Self);
        bytes.zeroize();
        value
    }
}

impl std::fmt::Debug for PrfValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrfValue(…)")
    }
}

/// The salt that a client gives to the authenticator for a PRF input ([WebAuthn §10.1.4]).
///
/// [WebAuthn §10.1.4]: https://www.w3.org/TR/webauthn-3/#prf-extension
pub fn prf_salt(input: &[u8]) -> [u8; 32] {
    crate::crypto::sha256(&[b"WebAuthn PRF\0", input].concat())
}
