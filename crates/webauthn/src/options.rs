//! Options for the browser, in the JSON forms that `parseCreationOptionsFromJSON()` and `parseRequestOptionsFromJSON()`
//! read ([WebAuthn §5.1.8](https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON)).
//!
//! A [`RelyingParty`](crate::RelyingParty) makes them from a request; send the text of `to_json` to the page as it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::algorithm::Algorithm;
use crate::error::{Error, Result};
use crate::response::AuthenticatorAttachment;

/// What the relying party wants of attestation
/// ([WebAuthn §5.4.7](https://www.w3.org/TR/webauthn-3/#enum-attestation-convey)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttestationConveyance {
    /// No attestation.
    #[default]
    None,
    /// An attestation that the client may anonymise.
    Indirect,
    /// The authenticator's own attestation. Browsers may ask the user, who may decline.
    Direct,
    /// One that may identify the single device, for organisations that the authenticator or the browser is set up for.
    Enterprise,
}

/// Must the authenticator verify the user, by PIN or biometrics
/// ([WebAuthn §5.8.6](https://www.w3.org/TR/webauthn-3/#enum-userVerificationRequirement))?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserVerification {
    /// It must.
    Required,
    /// If it can.
    #[default]
    Preferred,
    /// Rather not.
    Discouraged,
}

/// Is a discoverable credential wanted: one that signs in without a user name
/// ([WebAuthn §5.4.6](https://www.w3.org/TR/webauthn-3/#enum-residentKeyRequirement))?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResidentKey {
    /// It must be one.
    Required,
    /// If the authenticator can.
    #[default]
    Preferred,
    /// Rather not.
    Discouraged,
}

/// Which kind of authenticator the user is likely to have; they override the attachment
/// ([WebAuthn, hints](https://www.w3.org/TR/webauthn-3/#enum-hints)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hint {
    /// A security key.
    SecurityKey,
    /// The client device itself.
    ClientDevice,
    /// A phone.
    Hybrid,
}

impl Hint {
    /// The attachment that clients without hints need to be told.
    pub const fn attachment(self) -> AuthenticatorAttachment {
        match self {
            Self::SecurityKey | Self::Hybrid => AuthenticatorAttachment::CrossPlatform,
            Self::ClientDevice => AuthenticatorAttachment::Platform,
        }
    }
}

/// `"public-key"`, the only type there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum CredentialType {
    /// A public key credential.
    #[default]
    #[serde(rename = "public-key")]
    PublicKey,
}

/// The relying party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RpEntity {
    /// The RP ID.
    pub id: String,
    /// A name for people; clients show it less and less.
    pub name: String,
}

/// The user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserEntity {
    /// The user handle: 1 to 64 random bytes without personal data, made once with the account, kept with it, and never
    /// changed. A discoverable sign-in gives it back. A second discoverable credential that an authenticator makes for it replaces
    /// the first.
    #[serde(with = "crate::base64url")]
    pub id: Vec<u8>,
    /// The account's name, as the user knows it: what tells accounts apart when the browser lists them.
    pub name: String,
    /// The user's name; may be empty.
    pub display_name: String,
}

impl UserEntity {
    /// A user: handle, account name, name for people.
    pub fn new(id: Vec<u8>, name: &str, display_name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            display_name: display_name.to_owned(),
        }
    }

    /// The same user, each name cut to at most `limit` bytes on a character boundary.
    #[must_use]
    pub fn cut_to(mut self, limit: usize) -> Self {
        for name in [&mut self.name, &mut self.display_name] {
            name.truncate(cut(name, limit).len());
        }
        self
    }
}

/// The longest prefix of at most `limit` bytes that ends at a character.
fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}

/// An algorithm that is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialParameters {
    /// The only type there is.
    #[serde(rename = "type")]
    pub kind: CredentialType,
    /// The COSE algorithm id.
    pub alg: i64,
}

impl From<Algorithm> for CredentialParameters {
    fn from(algorithm: Algorithm) -> Self {
        Self {
            kind: CredentialType::PublicKey,
            alg: algorithm.id(),
        }
    }
}

/// A credential by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialDescriptor {
    /// The only type there is.
    #[serde(rename = "type")]
    pub kind: CredentialType,
    /// The credential id.
    #[serde(with = "crate::base64url")]
    pub id: Vec<u8>,
    /// How clients can reach its authenticator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transports: Vec<String>,
}

impl CredentialDescriptor {
    /// A credential and its stored transports ([`Transports::names`](crate::Transports::names)).
    pub fn new(id: Vec<u8>, transports: &[String]) -> Self {
        Self {
            kind: CredentialType::PublicKey,
            id,
            transports: transports.to_vec(),
        }
    }
}

/// Which authenticators may answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticatorSelection {
    /// Part of the device, or roaming.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authenticator_attachment: Option<AuthenticatorAttachment>,
    /// Discoverable or not.
    #[serde(default)]
    pub resident_key: ResidentKey,
    /// The same for clients of Level 1: true exactly when required.
    #[serde(default)]
    pub require_resident_key: bool,
    /// User verification.
    #[serde(default)]
    pub user_verification: UserVerification,
}

/// [`PublicKeyCredentialCreationOptionsJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialcreationoptionsjson).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicKeyCredentialCreationOptions {
    /// The relying party.
    pub rp: RpEntity,
    /// The user.
    pub user: UserEntity,
    /// The challenge.
    #[serde(with = "crate::base64url")]
    pub challenge: Vec<u8>,
    /// The algorithms, best first.
    pub pub_key_cred_params: Vec<CredentialParameters>,
    /// Milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// What the user has already.
    #[serde(default)]
    pub exclude_credentials: Vec<CredentialDescriptor>,
    /// Which authenticators may answer.
    #[serde(default)]
    pub authenticator_selection: AuthenticatorSelection,
    /// Likely kinds of authenticator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<Hint>,
    /// The attestation that is wanted.
    #[serde(default)]
    pub attestation: AttestationConveyance,
    /// Formats, best first: a wish.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attestation_formats: Vec<String>,
    /// Inputs by extension id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extensions: BTreeMap<String, serde_json::Value>,
}

/// [`PublicKeyCredentialRequestOptionsJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialrequestoptionsjson).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicKeyCredentialRequestOptions {
    /// The challenge.
    #[serde(with = "crate::base64url")]
    pub challenge: Vec<u8>,
    /// Milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// The RP ID.
    pub rp_id: String,
    /// The credentials that may answer; empty: any discoverable one.
    #[serde(default)]
    pub allow_credentials: Vec<CredentialDescriptor>,
    /// User verification.
    #[serde(default)]
    pub user_verification: UserVerification,
    /// Likely kinds of authenticator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<Hint>,
    /// Inputs by extension id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extensions: BTreeMap<String, serde_json::Value>,
}

macro_rules! json_form {
    ($($options:ty),+) => {$(
        impl $options {
            /// The JSON form.
            ///
            /// # Errors
            /// [`Error::OptionsMalformed`], if it cannot be written.
            pub fn to_json(&self) -> Result<String> {
                serde_json::to_string(self).map_err(|_| Error::OptionsMalformed("cannot be written"))
            }

            /// Reads the JSON form.
            ///
            /// # Errors
            /// [`Error::OptionsMalformed`].
            pub fn from_json(text: &str) -> Result<Self> {
                // The strict reader goes first, since serde lets repeated members of unknown names pass.
                crate::json::parse(text).map_err(|_| Error::OptionsMalformed("not strict JSON"))?;
                serde_json::from_str(text).map_err(|_| Error::OptionsMalformed("a member is missing or has another type"))
            }
        }
    )+};
}

json_form!(
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialRequestOptions
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_between_characters() {
        let user = UserEntity::new(vec![1], &"é".repeat(40), &"ab".repeat(40));
        assert_eq!(user.name.chars().count(), 40);
        let user = user.cut_to(64);
        assert_eq!(user.name, "é".repeat(32));
        assert_eq!(user.display_name.len(), 64);
        assert_eq!(cut("aé", 2), "a");
    }
}
