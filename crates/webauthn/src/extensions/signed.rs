//! Signed extension outputs, from the authenticator data.

use super::{CredProtectLevel, UnknownOutput};
use crate::authenticator_data::ExtensionOutput;
use crate::cbor::Value;
use crate::error::{Error, Excerpt, Result};

/// What the authenticator signed about extensions.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct SignedExtensionOutputs {
    /// `credProtect`.
    pub cred_protect: Option<CredProtectLevel>,
    /// `minPinLength`.
    pub min_pin_length: Option<u64>,
    /// `credBlob` at registration: was it stored?
    pub cred_blob_stored: Option<bool>,
    /// `credBlob` at sign-in: what was stored.
    pub cred_blob: Option<Vec<u8>>,
    /// `hmac-secret` at registration: can the credential evaluate?
    pub hmac_secret: Option<bool>,
    /// `hmac-secret` at sign-in, or `hmac-secret-mc`: encrypted for the client.
    pub hmac_secret_output: Option<Vec<u8>>,
    /// `uvm`.
    pub uvm: Option<Vec<UserVerificationMethod>>,
    /// `thirdPartyPayment`.
    pub third_party_payment: Option<bool>,
    /// All others, raw.
    pub unknown: Vec<UnknownOutput>,
}

/// How a user was verified: numbers of the
/// [FIDO registry](https://fidoalliance.org/specs/common-specs/fido-registry-v2.2-ps-20220523.html).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserVerificationMethod {
    /// The method.
    pub method: u32,
    /// How the key is protected.
    pub key_protection: u32,
    /// How the matcher is protected.
    pub matcher_protection: u32,
}

impl SignedExtensionOutputs {
    pub(super) fn read(outputs: &[ExtensionOutput<'_>], registration: bool) -> Result<Self> {
        let mut out = Self::default();
        for ExtensionOutput { id, value, raw } in outputs {
            let malformed = || Error::ExtensionMalformed(Excerpt::new(id));
            match *id {
                "credProtect" if registration => {
                    let level = unsigned(value).and_then(CredProtectLevel::from_number);
                    out.cred_protect = Some(level.ok_or_else(malformed)?);
                }
                "minPinLength" if registration => {
                    let length = unsigned(value).filter(|length| (4..=63).contains(length));
                    out.min_pin_length = Some(length.ok_or_else(malformed)?);
                }
                "credBlob" if registration => {
                    out.cred_blob_stored = Some(value.as_bool().ok_or_else(malformed)?);
                }
                "credBlob" => {
                    let blob = value.as_bytes().filter(|blob| blob.len() <= 32);
                    out.cred_blob = Some(blob.ok_or_else(malformed)?.to_vec());
                }
                "hmac-secret" if registration => {
                    out.hmac_secret = Some(value.as_bool().ok_or_else(malformed)?);
                }
                "hmac-secret" | "hmac-secret-mc" => {
                    let secret = value
                        .as_bytes()
                        .filter(|bytes| matches!(bytes.len(), 32 | 48 | 64 | 80));
                    out.hmac_secret_output = Some(secret.ok_or_else(malformed)?.to_vec());
                }
                "uvm" => out.uvm = Some(uvm(value).ok_or_else(malformed)?),
                "thirdPartyPayment" => {
                    out.third_party_payment = Some(value.as_bool().ok_or_else(malformed)?);
                }
                _ => out.unknown.push(UnknownOutput {
                    id: (*id).to_owned(),
                    raw: raw.to_vec(),
                }),
            }
        }
        Ok(out)
    }
}

const fn unsigned(value: &Value<'_>) -> Option<u64> {
    if let Value::Unsigned(number) = value {
        Some(*number)
    } else {
        None
    }
}

fn uvm(value: &Value<'_>) -> Option<Vec<UserVerificationMethod>> {
    let number = |value: &Value<'_>| unsigned(value).and_then(|number| u32::try_from(number).ok());
    let entries = value
        .as_array()
        .filter(|entries| (1..=3).contains(&entries.len()))?;
    let triple = |entry: &Value<'_>| match entry.as_array()? {
        [method, key, matcher] => Some(UserVerificationMethod {
            method: number(method)?,
            key_protection: number(key)?,
            matcher_protection: number(matcher)?,
        }),
        _ => None,
    };
    entries.iter().map(triple).collect()
}
