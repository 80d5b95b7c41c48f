//! Compact JSON web signatures with certificates in the header: metadata BLOBs and `SafetyNet` responses.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::der;
use crate::public_key::{PublicKey, SignatureError};
use crate::strict_json;

/// Why a JWS does not parse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JwsError {
    /// Not three parts of base64url, or the header is no JSON object.
    Structure,
    /// The algorithm is missing, `none`, or not one that this library verifies.
    Algorithm,
    /// The certificates are no array of base64.
    Certificates,
}

/// A parsed JWS ([RFC 7515](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)), its signature not yet verified.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Jws<'a> {
    pub(crate) algorithm: Algorithm,
    /// The header's `typ`.
    pub(crate) media_type: Option<String>,
    /// The header's `x5c` in DER.
    pub(crate) certificates: Option<Vec<Vec<u8>>>,
    /// The header's `x5u`.
    pub(crate) certificates_url: Option<String>,
    signed: &'a [u8],
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, JwsError> {
        let mut dots = bytes
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'.')
            .map(|(index, _)| index);
        let (Some(first), Some(second), None) = (dots.next(), dots.next(), dots.next()) else {
            return Err(JwsError::Structure);
        };
        let part = |range: &[u8]| {
            BASE64URL_NOPAD
                .decode(range)
                .map_err(|_| JwsError::Structure)
        };
        let header = part(bytes.get(..first).unwrap_or_default())?;
        let signed = bytes.get(..second).unwrap_or_default();
        let payload = part(
            bytes
                .get(first.saturating_add(1)..second)
                .unwrap_or_default(),
        )?;
        let signature = part(bytes.get(second.saturating_add(1)..).unwrap_or_default())?;
        let Ok(Value::Object(header)) = strict_json::parse(&header) else {
            return Err(JwsError::Structure);
        };
        // Extensions that must be understood are not, since there are none here.
        if header.contains_key("crit") || header.contains_key("b64") {
            return Err(JwsError::Structure);
        }
        Ok(Self {
            algorithm: algorithm(&header).ok_or(JwsError::Algorithm)?,
            media_type: text(&header, "typ"),
            certificates: header.get("x5c").map(certificates).transpose()?,
            certificates_url: text(&header, "x5u"),
            signed,
            payload,
            signature,
        })
    }

    /// Verifies the signature.
    pub(crate) fn verify(&self, key: &PublicKey<'_>) -> Result<(), SignatureError> {
        let Some(curve) = self.algorithm.curve() else {
            return key.verify_cose(self.algorithm, self.signed, &self.signature);
        };
        let (r, s) = self
            .signature
            .split_at_checked(curve.field_length())
            .ok_or(SignatureError::Encoding)?;
        if s.len() != r.len() {
            return Err(SignatureError::Encoding);
        }
        let signature = der::element(der::SEQUENCE, &[&der::unsigned(r), &der::unsigned(s)]);
        key.verify_cose(self.algorithm, self.signed, &signature)
    }

    /// The payload's bytes.
    pub(crate) fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The payload as JSON without repeated members.
    pub(crate) fn json(&self) -> Result<Value, JwsError> {
        strict_json::parse(&self.payload).map_err(|_| JwsError::Structure)
    }
}

fn text(header: &Map<String, Value>, name: &str) -> Option<String> {
    header.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn algorithm(header: &Map<String, Value>) -> Option<Algorithm> {
    Some(match header.get("alg")?.as_str()? {
        "RS256" => Algorithm::Rs256,
        "RS384" => Algorithm::Rs384,
        "RS512" => Algorithm::Rs512,
        "PS256" => Algorithm::Ps256,
        "PS384" => Algorithm::Ps384,
        "PS512" => Algorithm::Ps512,
        "ES256" => Algorithm::Es256,
        "ES384" => Algorithm::Es384,
        "ES512" => Algorithm::Es512,
        "EdDSA" | "Ed25519" => Algorithm::EdDsa,
        _ => return None,
    })
}

fn certificates(x5c: &Value) -> Result<Vec<Vec<u8>>, JwsError> {
    let items = x5c
        .as_array()
        .filter(|items| !items.is_empty())
        .ok_or(JwsError::Certificates)?;
    items
        .iter()
        .map(|item| {
            let text = item.as_str().ok_or(JwsError::Certificates)?;
            BASE64
                .decode(text.as_bytes())
                .map_err(|_| JwsError::Certificates)
        })
        .collect()
}
