//! The options of the browser's calls, as its dictionaries name them (contract sections 5.1 and 5.2). What is absent is left
//! out, never null: the clients hand all of it on unread.

use passkeyd_domain::{CredentialDescriptor, CredentialId};
use passkeyd_service::{registration::CreationOptions, sign_in::RequestOptions};
use schemars::JsonSchema;
use serde::Serialize;

use crate::respond::Base64Url;

const TIMEOUT_MS: u32 = 60_000;
const PUBLIC_KEY: &str = "public-key";

/// The reply of both beginnings.
#[derive(JsonSchema, Serialize)]
pub(crate) struct Reply<'a, T> {
    pub(crate) data: T,
    pub(crate) session: &'a str,
}

/// `PublicKeyCredentialCreationOptionsJSON` (WebAuthn §5.1.9).
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreationOptionsReply<'a> {
    rp: RelyingParty<'a>,
    user: User<'a>,
    challenge: Base64Url<'a>,
    pub_key_cred_params: Vec<Parameter>,
    timeout: u32,
    attestation: &'static str,
    attestation_formats: [&'static str; 0],
    authenticator_selection: Selection,
    hints: Vec<&'static str>,
    exclude_credentials: Vec<DescriptorReply<'a>>,
    extensions: Extensions,
}

#[derive(JsonSchema, Serialize)]
struct RelyingParty<'a> {
    id: &'a str,
    name: &'a str,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct User<'a> {
    name: &'a str,
    id: Base64Url<'a>,
    display_name: &'a str,
}

#[derive(JsonSchema, Serialize)]
struct Parameter {
    r#type: &'static str,
    alg: i64,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct Selection {
    #[serde(skip_serializing_if = "Option::is_none")]
    authenticator_attachment: Option<&'static str>,
    resident_key: &'static str,
    require_resident_key: bool,
    user_verification: &'static str,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    cred_props: bool,
}

impl<'a> CreationOptionsReply<'a> {
    pub(crate) fn of(options: &'a CreationOptions) -> Self {
        Self {
            rp: RelyingParty {
                id: &options.rp_id,
                name: &options.rp_id,
            },
            user: User {
                name: &options.username,
                id: Base64Url(options.handle.as_bytes()),
                display_name: &options.display_name,
            },
            challenge: Base64Url(&options.challenge),
            pub_key_cred_params: options.algorithms.iter().copied().map(parameter).collect(),
            timeout: TIMEOUT_MS,
            attestation: options.attestation.as_str(),
            attestation_formats: [],
            authenticator_selection: Selection {
                authenticator_attachment: options.attachment,
                resident_key: if options.discoverable {
                    "required"
                } else {
                    "discouraged"
                },
                require_resident_key: options.discoverable,
                user_verification: options.user_verification.as_str(),
            },
            hints: options.hints.iter().map(|hint| hint.as_str()).collect(),
            exclude_credentials: options.exclude.iter().map(Into::into).collect(),
            extensions: Extensions { cred_props: true },
        }
    }
}

const fn parameter(alg: i64) -> Parameter {
    Parameter {
        r#type: PUBLIC_KEY,
        alg,
    }
}

/// `PublicKeyCredentialRequestOptionsJSON` (WebAuthn §5.1.10).
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestOptionsReply<'a> {
    challenge: Base64Url<'a>,
    timeout: u32,
    rp_id: &'a str,
    allow_credentials: Vec<DescriptorReply<'a>>,
    user_verification: &'static str,
    hints: Vec<&'static str>,
}

impl<'a> RequestOptionsReply<'a> {
    pub(crate) fn of(options: &'a RequestOptions) -> Self {
        Self {
            challenge: Base64Url(&options.challenge),
            timeout: TIMEOUT_MS,
            rp_id: &options.rp_id,
            allow_credentials: options.allow.iter().map(Into::into).collect(),
            user_verification: options.user_verification.as_str(),
            hints: options.hints.iter().map(|hint| hint.as_str()).collect(),
        }
    }
}

/// `PublicKeyCredentialDescriptorJSON` (WebAuthn §5.1.9).
#[derive(JsonSchema, Serialize)]
pub(crate) struct DescriptorReply<'a> {
    r#type: &'static str,
    id: Base64Url<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transports: Option<&'a [String]>,
}

impl<'a> DescriptorReply<'a> {
    pub(crate) fn new(id: &'a CredentialId, transports: Option<&'a [String]>) -> Self {
        Self {
            r#type: PUBLIC_KEY,
            id: Base64Url(id.as_bytes()),
            transports,
        }
    }
}

impl<'a> From<&'a CredentialDescriptor> for DescriptorReply<'a> {
    fn from(descriptor: &'a CredentialDescriptor) -> Self {
        Self::new(&descriptor.credential_id, descriptor.transports.as_deref())
    }
}
