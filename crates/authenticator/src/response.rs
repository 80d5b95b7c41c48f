//! What an authenticator answers.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

/// A new credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The name of the credential.
    pub credential_id: Vec<u8>,
    /// `clientDataJSON`, byte for byte.
    pub client_data: Vec<u8>,
    /// The attestation object (WebAuthn §6.5.4).
    pub attestation_object: Vec<u8>,
    /// The authenticator data inside of it.
    pub authenticator_data: Vec<u8>,
    /// The COSE algorithm of the key.
    pub algorithm: i64,
    /// How the authenticator can be reached.
    pub transports: Vec<String>,
    /// `credProps.rk`; none: not said.
    pub discoverable: Option<bool>,
}

/// A signature by a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// The name of the credential.
    pub credential_id: Vec<u8>,
    /// `clientDataJSON`, byte for byte.
    pub client_data: Vec<u8>,
    /// The authenticator data (WebAuthn §6.1).
    pub authenticator_data: Vec<u8>,
    /// Over authenticator data and the hash of the client data.
    pub signature: Vec<u8>,
    /// Of the owner; absent where the credential is not discoverable.
    pub user_handle: Option<Vec<u8>>,
}

impl Registration {
    /// The `RegistrationResponseJSON` (WebAuthn §5.1) that `PublicKeyCredential.toJSON()` makes in a browser.
    pub fn to_json(&self) -> Value {
        json!({
            "id": BASE64URL_NOPAD.encode(&self.credential_id),
            "rawId": BASE64URL_NOPAD.encode(&self.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": self.extension_results(),
            "response": {
                "clientDataJSON": BASE64URL_NOPAD.encode(&self.client_data),
                "attestationObject": BASE64URL_NOPAD.encode(&self.attestation_object),
                "authenticatorData": BASE64URL_NOPAD.encode(&self.authenticator_data),
                "publicKeyAlgorithm": self.algorithm,
                "transports": self.transports,
            },
        })
    }

    pub(crate) fn extension_results(&self) -> Value {
        match self.discoverable {
            Some(discoverable) => json!({ "credProps": { "rk": discoverable } }),
            None => json!({}),
        }
    }
}

impl Assertion {
    /// The `AuthenticationResponseJSON` (WebAuthn §5.1) that `PublicKeyCredential.toJSON()` makes in a browser.
    pub fn to_json(&self) -> Value {
        let mut json = json!({
            "id": BASE64URL_NOPAD.encode(&self.credential_id),
            "rawId": BASE64URL_NOPAD.encode(&self.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": BASE64URL_NOPAD.encode(&self.client_data),
                "authenticatorData": BASE64URL_NOPAD.encode(&self.authenticator_data),
                "signature": BASE64URL_NOPAD.encode(&self.signature),
            },
        });
        if let Some(handle) = &self.user_handle {
            json["response"]["userHandle"] = BASE64URL_NOPAD.encode(handle).into();
        }
        json
    }
}
