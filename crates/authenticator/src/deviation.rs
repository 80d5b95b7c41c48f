//! What an authenticator or its client may do wrong.

use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

/// What to do otherwise than the specification says; whatever is left at its default is done right. Signatures are made
/// over what was really sent, so that one deviation is one fault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deviations {
    /// `type` of the client data.
    pub client_data_type: Option<String>,
    /// `challenge` of the client data, as text.
    pub challenge: Option<String>,
    /// `origin` of the client data.
    pub origin: Option<String>,
    /// `crossOrigin` of the client data; the default is false.
    pub cross_origin: Option<bool>,
    /// `topOrigin` of the client data, which is absent by default.
    pub top_origin: Option<String>,
    /// The whole of the client data.
    pub client_data: Option<Vec<u8>>,
    /// The RP id whose hash is sent.
    pub rp_id: Option<String>,
    /// The whole flags byte.
    pub flags: Option<u8>,
    /// The counter.
    pub sign_count: Option<u32>,
    /// The AAGUID of a registration.
    pub aaguid: Option<[u8; 16]>,
    /// The name of the credential.
    pub credential_id: Option<Vec<u8>>,
    /// The `COSE_Key` of a registration, as bytes.
    pub public_key: Option<Vec<u8>>,
    /// Extension outputs, as CBOR; sets ED.
    pub extensions: Option<Vec<u8>>,
    /// What follows the authenticator data.
    pub trailing: Vec<u8>,
    /// The format and the statement (as CBOR) of an attestation.
    pub attestation: Option<(String, Vec<u8>)>,
    /// The user handle of an assertion, or that there is none.
    pub user_handle: Option<Option<Vec<u8>>>,
    /// What is wrong with the signature.
    pub signature: SignatureFault,
}

/// What is wrong with a signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignatureFault {
    /// Nothing.
    #[default]
    None,
    /// One bit at its end.
    FlippedBit,
    /// The last byte is missing.
    Truncated,
    /// It is good, for another message.
    OtherMessage,
    /// It has no bytes.
    Empty,
}

impl Deviations {
    /// The client data as a browser writes it (WebAuthn §5.8.1.1), or as is asked for.
    pub(crate) fn client_data(&self, kind: &str, challenge: &[u8], origin: &str) -> Vec<u8> {
        if let Some(whole) = &self.client_data {
            return whole.clone();
        }
        let text = |value: &str| json!(value).to_string();
        let challenge = match &self.challenge {
            Some(challenge) => challenge.clone(),
            None => BASE64URL_NOPAD.encode(challenge),
        };
        let mut written = format!(
            r#"{{"type":{},"challenge":{},"origin":{},"crossOrigin":{}"#,
            text(self.client_data_type.as_deref().unwrap_or(kind)),
            text(&challenge),
            text(self.origin.as_deref().unwrap_or(origin)),
            self.cross_origin.unwrap_or(false),
        );
        if let Some(top) = &self.top_origin {
            written.push_str(r#","topOrigin":"#);
            written.push_str(&text(top));
        }
        written.push('}');
        written.into_bytes()
    }
}
