//! Options for browsers, as this surface writes them (contract sections 9.2 and 9.3).

use data_encoding::BASE64URL_NOPAD;
use passkeyd_domain::CredentialDescriptor;
use passkeyd_service::{registration::CreationOptions, sign_in::RequestOptions};
use schemars::JsonSchema;
use serde::Serialize;

/// Milliseconds that the browser waits for the person.
const TIMEOUT: u32 = 60_000;

/// `PublicKeyCredentialCreationOptions`.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdCreationOptions")]
pub(super) struct CreationOptionsReply {
    rp: RelyingPartyReply,
    user: UserReply,
    challenge: String,
    pub_key_cred_params: Vec<Parameter>,
    timeout: u32,
    attestation: &'static str,
    authenticator_selection: Selection,
    exclude_credentials: Vec<Descriptor>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "LoginIdRelyingParty")]
struct RelyingPartyReply {
    id: String,
    name: String,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdOptionsUser")]
struct UserReply {
    id: String,
    name: String,
    display_name: String,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "LoginIdParameter")]
struct Parameter {
    r#type: &'static str,
    alg: i64,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdSelection")]
struct Selection {
    #[serde(skip_serializing_if = "Option::is_none")]
    authenticator_attachment: Option<&'static str>,
    require_resident_key: bool,
    resident_key: &'static str,
    user_verification: &'static str,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "LoginIdDescriptor")]
struct Descriptor {
    id: String,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    transports: Option<Vec<String>>,
}

const PUBLIC_KEY: &str = "public-key";

fn descriptors(held: Vec<CredentialDescriptor>) -> Vec<Descriptor> {
    let described = held.into_iter().map(|held| Descriptor {
        id: BASE64URL_NOPAD.encode(held.credential_id.as_bytes()),
        r#type: PUBLIC_KEY,
        transports: held.transports,
    });
    described.collect()
}

impl CreationOptionsReply {
    /// The options for a passkey at this relying party.
    pub(super) fn new(options: CreationOptions, rp_name: String) -> Self {
        Self {
            rp: RelyingPartyReply {
                id: options.rp_id,
                name: rp_name,
            },
            user: UserReply {
                id: BASE64URL_NOPAD.encode(options.handle.as_bytes()),
                name: options.username,
                display_name: options.display_name,
            },
            challenge: BASE64URL_NOPAD.encode(&options.challenge),
            pub_key_cred_params: options
                .algorithms
                .into_iter()
                .map(|alg| Parameter {
                    r#type: PUBLIC_KEY,
                    alg,
                })
                .collect(),
            timeout: TIMEOUT,
            attestation: options.attestation.as_str(),
            authenticator_selection: Selection {
                authenticator_attachment: options.attachment,
                require_resident_key: options.discoverable,
                resident_key: if options.discoverable {
                    "required"
                } else {
                    "preferred"
                },
                user_verification: options.user_verification.as_str(),
            },
            exclude_credentials: descriptors(options.exclude),
        }
    }
}

/// `PublicKeyCredentialRequestOptions`.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdRequestOptions")]
pub(super) struct RequestOptionsReply {
    challenge: String,
    rp_id: String,
    timeout: u32,
    user_verification: &'static str,
    allow_credentials: Vec<Descriptor>,
}

impl From<RequestOptions> for RequestOptionsReply {
    fn from(options: RequestOptions) -> Self {
        Self {
            challenge: BASE64URL_NOPAD.encode(&options.challenge),
            rp_id: options.rp_id,
            timeout: TIMEOUT,
            user_verification: options.user_verification.as_str(),
            allow_credentials: descriptors(options.allow),
        }
    }
}
