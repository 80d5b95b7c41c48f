//! What the browser sends back, typed; and the strict reader of its JSON form.
//!
//! In the page, `JSON.stringify(credential)` makes that form from what `navigator.credentials.create()` or `get()` gave.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::extensions::ClientExtensionOutputs;
use crate::json::{self, Value};
use crate::record::Transports;

/// How an authenticator is attached ([WebAuthn §5.4.5](https://www.w3.org/TR/webauthn-3/#enum-attachment)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthenticatorAttachment {
    /// Part of the client device.
    Platform,
    /// Roaming: a security key, a phone.
    CrossPlatform,
}

/// The answer to a registration ([`AuthenticatorAttestationResponse`]): unverified, until [`register`](crate::register)
/// accepts it.
///
/// [`AuthenticatorAttestationResponse`]: https://www.w3.org/TR/webauthn-3/#iface-authenticatorattestationresponse
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RegistrationResponse {
    /// `rawId`.
    pub id: Vec<u8>,
    /// `clientDataJSON`, as the client wrote it.
    pub client_data_json: Vec<u8>,
    /// `attestationObject`.
    pub attestation_object: Vec<u8>,
    /// `getTransports()`.
    pub transports: Transports,
    /// `authenticatorAttachment`.
    pub authenticator_attachment: Option<AuthenticatorAttachment>,
    /// `getClientExtensionResults()`: unsigned, the client's word only.
    pub client_extension_results: ClientExtensionOutputs,
    /// What stands beside the attestation object for the convenience of others; compared with it.
    pub copies: ConvenienceCopies,
}

/// Copies of what the attestation object holds, where the client sent them. They are compared and then not used: one that
/// differs is [`Error::ConvenienceCopyMismatch`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ConvenienceCopies {
    /// `getAuthenticatorData()`.
    pub authenticator_data: Option<Vec<u8>>,
    /// `getPublicKey()`: a `SubjectPublicKeyInfo`.
    pub public_key: Option<Vec<u8>>,
    /// `getPublicKeyAlgorithm()`.
    pub public_key_algorithm: Option<i64>,
}

/// The answer to a sign-in ([`AuthenticatorAssertionResponse`]): unverified, until [`authenticate`](crate::authenticate)
/// accepts it.
///
/// [`AuthenticatorAssertionResponse`]: https://www.w3.org/TR/webauthn-3/#iface-authenticatorassertionresponse
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AuthenticationResponse {
    /// `rawId`: the record is looked up by it.
    pub id: Vec<u8>,
    /// `clientDataJSON`, as the client wrote it.
    pub client_data_json: Vec<u8>,
    /// `authenticatorData`.
    pub authenticator_data: Vec<u8>,
    /// `signature`.
    pub signature: Vec<u8>,
    /// `userHandle`: the client's word for whose credential it is, compared with the record. An empty one counts as absent.
    pub user_handle: Option<Vec<u8>>,
    /// `authenticatorAttachment`.
    pub authenticator_attachment: Option<AuthenticatorAttachment>,
    /// `getClientExtensionResults()`: unsigned, the client's word only.
    pub client_extension_results: ClientExtensionOutputs,
}

impl RegistrationResponse {
    /// A response of the three parts that every client sends.
    pub fn new(id: Vec<u8>, client_data_json: Vec<u8>, attestation_object: Vec<u8>) -> Self {
        Self {
            id,
            client_data_json,
            attestation_object,
            transports: Transports::default(),
            authenticator_attachment: None,
            client_extension_results: ClientExtensionOutputs::default(),
            copies: ConvenienceCopies::default(),
        }
    }

    /// Reads [`RegistrationResponseJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-registrationresponsejson), strictly.
    ///
    /// The length of `text` is not limited here: limit the request's body, at 256 KiB if the policy's limits are the default.
    ///
    /// # Errors
    /// [`Error::ResponseMalformed`], [`Error::CredentialTypeUnsupported`], [`Error::Base64UrlInvalid`],
    /// [`Error::CredentialIdInconsistent`], [`Error::CredentialIdLength`], [`Error::ExtensionMalformed`].
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let document = Document::parse(text)?;
        let response = document.response()?;
        if response.get("signature").is_some() {
            return Err(Error::ResponseMalformed("an assertion, not an attestation"));
        }
        let public_key = match response.get("publicKey") {
            None | Some(Value::Null) => None,
            Some(value) => Some(bytes(value, "publicKey")?),
        };
        let public_key_algorithm = match response.get("publicKeyAlgorithm") {
            None => None,
            Some(value) => Some(
                value
                    .as_i64()
                    .ok_or(Error::ResponseMalformed("publicKeyAlgorithm"))?,
            ),
        };
        Ok(Self {
            id: document.id()?,
            client_data_json: response.required("clientDataJSON")?,
            attestation_object: response.required("attestationObject")?,
            transports: transports(response.get("transports"))?,
            authenticator_attachment: document.attachment()?,
            client_extension_results: document.extensions()?,
            copies: ConvenienceCopies {
                authenticator_data: response.optional("authenticatorData")?,
                public_key,
                public_key_algorithm,
            },
        })
    }
}

impl AuthenticationResponse {
    /// A response of the four parts that every client sends.
    pub fn new(
        id: Vec<u8>,
        client_data_json: Vec<u8>,
        authenticator_data: Vec<u8>,
        signature: Vec<u8>,
    ) -> Self {
        Self {
            id,
            client_data_json,
            authenticator_data,
            signature,
            user_handle: None,
            authenticator_attachment: None,
            client_extension_results: ClientExtensionOutputs::default(),
        }
    }

    /// Reads [`AuthenticationResponseJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-authenticationresponsejson),
    /// strictly.
    ///
    /// The length of `text` is not limited here: limit the request's body, at 256 KiB if the policy's limits are the default.
    ///
    /// # Errors
    /// As [`RegistrationResponse::from_json`], and [`Error::UserHandleLength`].
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let document = Document::parse(text)?;
        let response = document.response()?;
        if response.get("attestationObject").is_some() {
            return Err(Error::ResponseMalformed("an attestation, not an assertion"));
        }
        let user_handle = match response.get("userHandle") {
            None | Some(Value::Null) => None,
            Some(value) => Some(bytes(value, "userHandle")?).filter(|handle| !handle.is_empty()),
        };
        if user_handle.as_ref().is_some_and(|handle| handle.len() > 64) {
            return Err(Error::UserHandleLength);
        }
        Ok(Self {
            id: document.id()?,
            client_data_json: response.required("clientDataJSON")?,
            authenticator_data: response.required("authenticatorData")?,
            signature: response.required("signature")?,
            user_handle,
            authenticator_attachment: document.attachment()?,
            client_extension_results: document.extensions()?,
        })
    }
}

/// The outer object of either response.
struct Document<'a>(Value<'a>);

/// Its `response` member.
struct Inner<'v, 'a>(&'v Value<'a>);

impl<'a> Document<'a> {
    fn parse(text: &'a [u8]) -> Result<Self> {
        let text = std::str::from_utf8(text).map_err(|_| Error::ResponseMalformed("not UTF-8"))?;
        let value = json::parse(text).map_err(|error| {
            Error::ResponseMalformed(match error {
                json::JsonError::Malformed => "not JSON",
                json::JsonError::DuplicateMember => "duplicate member",
                json::JsonError::TooDeep => "nesting",
            })
        })?;
        if value.as_object().is_none() {
            return Err(Error::ResponseMalformed("not an object"));
        }
        let document = Self(value);
        match document.0.member("type") {
            Some(Value::String(kind)) if kind == "public-key" => Ok(document),
            Some(Value::String(_)) => Err(Error::CredentialTypeUnsupported),
            _ => Err(Error::ResponseMalformed("type")),
        }
    }

    fn response(&self) -> Result<Inner<'_, 'a>> {
        match self.0.member("response") {
            Some(value @ Value::Object(_)) => Ok(Inner(value)),
            _ => Err(Error::ResponseMalformed("response")),
        }
    }

    fn id(&self) -> Result<Vec<u8>> {
        let id = self.0.member("id").ok_or(Error::ResponseMalformed("id"))?;
        let raw_id = self
            .0
            .member("rawId")
            .ok_or(Error::ResponseMalformed("rawId"))?;
        let (id, raw_id) = (bytes(id, "id")?, bytes(raw_id, "rawId")?);
        if id != raw_id {
            return Err(Error::CredentialIdInconsistent);
        }
        if (1..=1023).contains(&raw_id.len()) {
            Ok(raw_id)
        } else {
            Err(Error::CredentialIdLength)
        }
    }

    fn attachment(&self) -> Result<Option<AuthenticatorAttachment>> {
        match self.0.member("authenticatorAttachment") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(AuthenticatorAttachment::from_wire(text)),
            Some(_) => Err(Error::ResponseMalformed("authenticatorAttachment")),
        }
    }

    fn extensions(&self) -> Result<ClientExtensionOutputs> {
        match self.0.member("clientExtensionResults") {
            None => Ok(ClientExtensionOutputs::default()),
            Some(Value::Object(members)) => ClientExtensionOutputs::read(members),
            Some(_) => Err(Error::ResponseMalformed("clientExtensionResults")),
        }
    }
}

impl Inner<'_, '_> {
    fn get(&self, name: &str) -> Option<&Value<'_>> {
        self.0.member(name)
    }

    fn required(&self, name: &'static str) -> Result<Vec<u8>> {
        bytes(self.get(name).ok_or(Error::ResponseMalformed(name))?, name)
    }

    fn optional(&self, name: &'static str) -> Result<Option<Vec<u8>>> {
        self.get(name).map(|value| bytes(value, name)).transpose()
    }
}

impl AuthenticatorAttachment {
    /// The attachment of this name; unknown names are none, for clients of a later specification.
    pub fn from_wire(name: &str) -> Option<Self> {
        match name {
            "platform" => Some(Self::Platform),
            "cross-platform" => Some(Self::CrossPlatform),
            _ => None,
        }
    }
}

/// Base64url without padding, in its canonical form.
fn bytes(value: &Value<'_>, member: &'static str) -> Result<Vec<u8>> {
    let text = value.as_str().ok_or(Error::ResponseMalformed(member))?;
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| Error::Base64UrlInvalid(member))
}

fn transports(value: Option<&Value<'_>>) -> Result<Transports> {
    let malformed = Error::ResponseMalformed("transports");
    let Some(value) = value else {
        return Ok(Transports::default());
    };
    let items = value.as_array().ok_or(malformed.clone())?;
    let names: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
    Transports::new(names.ok_or(malformed)?)
}
