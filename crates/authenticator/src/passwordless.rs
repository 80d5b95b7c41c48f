//! The bodies that the JavaScript client of the Passwordless API posts, with its spelling.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::{Assertion, Registration};

/// The page in which the client runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The relying party that the client names.
    pub rp_id: String,
    /// The origin of the page, without a path.
    pub origin: String,
}

/// For whom a sign-in begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInAs<'a> {
    /// The user of that id.
    UserId(&'a str),
    /// The owner of the alias.
    Alias(&'a str),
    /// Whoever owns the discoverable credential that is chosen.
    Discoverable,
}

impl Page {
    /// The page at `origin`, its host being the relying party.
    pub fn new(rp_id: impl Into<String>, origin: impl Into<String>) -> Self {
        Self {
            rp_id: rp_id.into(),
            origin: origin.into(),
        }
    }

    /// `POST /register/begin`.
    pub fn register_begin(&self, token: &str) -> Value {
        json!({ "token": token, "RPID": self.rp_id, "Origin": self.origin })
    }

    /// `POST /register/complete`.
    pub fn register_complete(
        &self,
        session: &str,
        made: &Registration,
        nickname: Option<&str>,
    ) -> Value {
        let mut body = json!({
            "session": session,
            "response": {
                "id": BASE64URL_NOPAD.encode(&made.credential_id),
                "rawId": BASE64URL_NOPAD.encode(&made.credential_id),
                "type": "public-key",
                "clientExtensionResults": made.extension_results(),
                "response": {
                    "AttestationObject": BASE64URL_NOPAD.encode(&made.attestation_object),
                    "clientDataJson": BASE64URL_NOPAD.encode(&made.client_data),
                    "transports": made.transports,
                },
            },
            "RPID": self.rp_id,
            "Origin": self.origin,
        });
        if let Some(nickname) = nickname {
            body["nickname"] = nickname.into();
        }
        body
    }

    /// `POST /signin/begin`.
    pub fn sign_in_begin(&self, user: &SignInAs<'_>) -> Value {
        let mut body = json!({ "RPID": self.rp_id, "Origin": self.origin });
        match user {
            SignInAs::UserId(id) => body["userId"] = (*id).into(),
            SignInAs::Alias(alias) => body["alias"] = (*alias).into(),
            SignInAs::Discoverable => {}
        }
        body
    }

    /// `POST /signin/complete`. Like the client it sends no user handle.
    pub fn sign_in_complete(&self, session: &str, signed: &Assertion) -> Value {
        json!({
            "session": session,
            "response": {
                "id": BASE64URL_NOPAD.encode(&signed.credential_id),
                "rawId": BASE64URL_NOPAD.encode(&signed.credential_id),
                "type": "public-key",
                "clientExtensionResults": {},
                "response": {
                    "authenticatorData": BASE64URL_NOPAD.encode(&signed.authenticator_data),
                    "clientDataJson": BASE64URL_NOPAD.encode(&signed.client_data),
                    "signature": BASE64URL_NOPAD.encode(&signed.signature),
                },
            },
            "RPID": self.rp_id,
            "Origin": self.origin,
        })
    }
}
