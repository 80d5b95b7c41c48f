//! What authenticators answer, as this surface's clients send it, and the answer to it (contract section 6).

use passkeyd_service::{
    AssertionResponse, AttestationResponse, application_registration::CompletedCeremony,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{credentials::decode_base64, refusal::Refusal};
use crate::description::{Object, Scheme, base64url, list_of, object, text};

/// The session of a ceremony.
pub(super) static SESSION: Scheme = Scheme {
    name: "LoginIdSession",
    header: Some("Authorization"),
    description: "Front end: the session of a ceremony under way, bare or after `Bearer`.",
};

/// `CreationResult`: what a browser made. Other members are copies that nobody needs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreationResult {
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    attestation_object: String,
    credential_id: String,
    transports: Option<Vec<String>>,
}

impl CreationResult {
    pub(super) fn response(self) -> Result<AttestationResponse, Refusal> {
        Ok(AttestationResponse {
            raw_id: binary("credentialId", &self.credential_id)?,
            client_data_json: binary("clientDataJSON", &self.client_data_json)?,
            attestation_object: binary("attestationObject", &self.attestation_object)?,
            transports: self.transports.map(|transports| {
                let words = transports.into_iter().take(MOST_TRANSPORTS);
                words
                    .map(|word| word.chars().take(LONGEST_TRANSPORT).collect())
                    .collect()
            }),
            discoverable: None,
        })
    }

    pub(super) fn shape() -> Object {
        object()
            .required("clientDataJSON", base64url(), "The client data.")
            .required("attestationObject", base64url(), "The attestation object.")
            .required("credentialId", base64url(), "The credential's id.")
            .optional(
                "transports",
                list_of(text()),
                "How to reach the authenticator.",
            )
    }
}

const MOST_TRANSPORTS: usize = 16;
const LONGEST_TRANSPORT: usize = 32;

/// `AssertionResult`: what a browser signed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssertionResult {
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    authenticator_data: String,
    credential_id: String,
    signature: String,
    user_handle: Option<String>,
}

impl AssertionResult {
    pub(super) fn response(self) -> Result<AssertionResponse, Refusal> {
        let handle = self.user_handle.filter(|handle| !handle.is_empty());
        Ok(AssertionResponse {
            raw_id: binary("credentialId", &self.credential_id)?,
            client_data_json: binary("clientDataJSON", &self.client_data_json)?,
            authenticator_data: binary("authenticatorData", &self.authenticator_data)?,
            signature: binary("signature", &self.signature)?,
            user_handle: handle
                .map(|handle| binary("userHandle", &handle))
                .transpose()?,
        })
    }

    pub(super) fn shape() -> Object {
        object()
            .required("clientDataJSON", base64url(), "The client data.")
            .required("authenticatorData", base64url(), "The authenticator data.")
            .required("credentialId", base64url(), "The credential's id.")
            .required("signature", base64url(), "The signature.")
            .optional("userHandle", base64url().or_null(), "The user handle.")
    }
}

/// A binary member: base64 or base64url, with or without padding, and not empty.
pub(super) fn binary(member: &str, text: &str) -> Result<Vec<u8>, Refusal> {
    decode_base64(text)
        .filter(|bytes| !bytes.is_empty())
        .ok_or_else(|| Refusal::bad_request(format!("{member} must be base64url and not empty.")))
}

/// The JWT response: a user signed in.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdSignedIn")]
pub(super) struct SignedInReply {
    jwt_access: String,
    user_id: String,
    passkey_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<String>,
}

impl From<CompletedCeremony> for SignedInReply {
    fn from(completed: CompletedCeremony) -> Self {
        Self {
            jwt_access: completed.token,
            user_id: completed.user_id,
            passkey_id: completed.passkey.to_string(),
            device_id: completed.device_id,
        }
    }
}
