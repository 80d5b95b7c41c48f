//! What a server asks for, read from the JSON that it sends.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::Error;

/// `PublicKeyCredentialCreationOptionsJSON` (WebAuthn §5.1.8), as far as an authenticator cares.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreationOptions {
    #[serde(deserialize_with = "base64url")]
    pub(crate) challenge: Vec<u8>,
    pub(crate) rp: RelyingParty,
    pub(crate) user: UserEntity,
    pub(crate) pub_key_cred_params: Vec<Parameter>,
    #[serde(default)]
    pub(crate) exclude_credentials: Vec<Descriptor>,
    #[serde(default)]
    pub(crate) authenticator_selection: Selection,
}

/// `PublicKeyCredentialRequestOptionsJSON` (WebAuthn §5.1.9), as far as an authenticator cares.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestOptions {
    #[serde(deserialize_with = "base64url")]
    pub(crate) challenge: Vec<u8>,
    pub(crate) rp_id: String,
    #[serde(default)]
    pub(crate) allow_credentials: Vec<Descriptor>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RelyingParty {
    pub(crate) id: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct UserEntity {
    #[serde(deserialize_with = "base64url")]
    pub(crate) id: Vec<u8>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Parameter {
    pub(crate) alg: i64,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Descriptor {
    #[serde(deserialize_with = "base64url")]
    pub(crate) id: Vec<u8>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Selection {
    #[serde(default)]
    pub(crate) resident_key: Option<String>,
    #[serde(default)]
    pub(crate) require_resident_key: bool,
}

impl Selection {
    /// Whether the server wants a discoverable credential (WebAuthn §5.4.4).
    pub(crate) fn wants_discoverable(&self) -> bool {
        match self.resident_key.as_deref() {
            Some(word) => word != "discouraged",
            None => self.require_resident_key,
        }
    }
}

/// Reads options, bare or inside `publicKey`.
pub(crate) fn read<'a, T: Deserialize<'a>>(options: &'a Value) -> Result<T, Error> {
    T::deserialize(options.get("publicKey").unwrap_or(options)).map_err(Error::Options)
}

fn base64url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = <&str>::deserialize(deserializer)?;
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(serde::de::Error::custom)
}
