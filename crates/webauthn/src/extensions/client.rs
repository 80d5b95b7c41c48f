//! Client extension outputs, as `getClientExtensionResults()` gives them in JSON.

use data_encoding::BASE64URL_NOPAD;

use super::PrfValue;
use super::signed::UserVerificationMethod;
use crate::error::{Error, Excerpt, Result};
use crate::json::{self, Member, Value};

/// What the client says about extensions. Nobody signed it.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ClientExtensionOutputs {
    /// `appid`: was the `AppID` used instead of the RP ID?
    pub app_id: Option<bool>,
    /// `appidExclude`.
    pub app_id_exclude: Option<bool>,
    /// `credProps`.
    pub cred_props: Option<CredentialProperties>,
    /// `prf`.
    pub prf: Option<PrfOutput>,
    /// `largeBlob`.
    pub large_blob: Option<LargeBlobOutput>,
    /// `uvm`.
    pub uvm: Option<Vec<UserVerificationMethod>>,
    /// `payment`.
    pub payment: Option<PaymentOutput>,
    /// All others, raw.
    pub unknown: Vec<UnknownOutput>,
}

/// The output of `credProps`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CredentialProperties {
    /// Is the credential discoverable? Absent: not known.
    pub rk: Option<bool>,
}

/// The output of `prf`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PrfOutput {
    /// Can the credential evaluate? At registration only.
    pub enabled: Option<bool>,
    /// The values, if any were evaluated.
    pub results: Option<PrfResults>,
}

/// The values of a PRF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrfResults {
    /// For the first input.
    pub first: PrfValue,
    /// For the second input.
    pub second: Option<PrfValue>,
}

/// The output of `largeBlob`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LargeBlobOutput {
    /// At registration: can the credential keep one?
    pub supported: Option<bool>,
    /// What was read.
    pub blob: Option<Vec<u8>>,
    /// Was it written?
    pub written: Option<bool>,
}

/// The output of `payment`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PaymentOutput {
    /// The signature of the browser-bound key over the client data.
    pub browser_bound_signature: Option<Vec<u8>>,
}

/// An output that this library does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownOutput {
    /// The extension's id.
    pub id: String,
    /// The output as written: JSON from the client, CBOR from the authenticator.
    pub raw: Vec<u8>,
}

impl ClientExtensionOutputs {
    /// Reads the JSON form; for adapters that take their responses apart themselves.
    ///
    /// # Errors
    /// [`Error::ResponseMalformed`], [`Error::ExtensionMalformed`].
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let malformed = || Error::ResponseMalformed("clientExtensionResults");
        let text = std::str::from_utf8(text).map_err(|_| malformed())?;
        match json::parse(text) {
            Ok(Value::Object(members)) => Self::read(&members),
            _ => Err(malformed()),
        }
    }

    pub(crate) fn read(members: &[Member<'_>]) -> Result<Self> {
        let mut out = Self::default();
        for Member { name, value, raw } in members {
            let malformed = || Error::ExtensionMalformed(Excerpt::new(name));
            match &**name {
                "appid" => out.app_id = Some(value.as_bool().ok_or_else(malformed)?),
                "appidExclude" => {
                    out.app_id_exclude =
                        Some(value.as_bool().filter(|yes| *yes).ok_or_else(malformed)?);
                }
                "credProps" => out.cred_props = Some(cred_props(value).ok_or_else(malformed)?),
                "prf" => out.prf = Some(prf(value).ok_or_else(malformed)?),
                "largeBlob" => out.large_blob = Some(large_blob(value).ok_or_else(malformed)?),
                "uvm" => out.uvm = Some(uvm(value).ok_or_else(malformed)?),
                "payment" => out.payment = Some(payment(value).ok_or_else(malformed)?),
                _ => out.unknown.push(UnknownOutput {
                    id: name.clone().into_owned(),
                    raw: raw.as_bytes().to_vec(),
                }),
            }
        }
        Ok(out)
    }

    /// The ids of the outputs that are there.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        let known = [
            self.app_id.map(|_| "appid"),
            self.app_id_exclude.map(|_| "appidExclude"),
            self.cred_props.map(|_| "credProps"),
            self.prf.as_ref().map(|_| "prf"),
            self.large_blob.as_ref().map(|_| "largeBlob"),
            self.uvm.as_ref().map(|_| "uvm"),
            self.payment.as_ref().map(|_| "payment"),
        ];
        known
            .into_iter()
            .flatten()
            .chain(self.unknown.iter().map(|output| output.id.as_str()))
    }
}

/// An optional member of an object: none at all where it has another type than it must.
#[expect(clippy::option_option, reason = "wrong and absent differ")]
fn optional<'v, 'a, T>(
    value: &'v Value<'a>,
    name: &str,
    read: impl FnOnce(&'v Value<'a>) -> Option<T>,
) -> Option<Option<T>> {
    value.as_object()?;
    match value.member(name) {
        None => Some(None),
        Some(member) => read(member).map(Some),
    }
}

fn bytes(value: &Value<'_>) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(value.as_str()?.as_bytes()).ok()
}

fn cred_props(value: &Value<'_>) -> Option<CredentialProperties> {
    optional(value, "authenticatorDisplayName", |name| {
        name.as_str().map(drop)
    })?;
    Some(CredentialProperties {
        rk: optional(value, "rk", Value::as_bool)?,
    })
}

fn prf(value: &Value<'_>) -> Option<PrfOutput> {
    let secret = |value: &Value<'_>| value.as_str().and_then(PrfValue::decode);
    let results = optional(value, "results", |results| {
        let first = optional(results, "first", secret)?;
        let second = optional(results, "second", secret)?;
        // Some clients send an empty object where they evaluated nothing.
        match (first, second) {
            (Some(first), second) => Some(Some(PrfResults { first, second })),
            (None, None) => Some(None),
            (None, Some(_)) => None,
        }
    })?;
    Some(PrfOutput {
        enabled: optional(value, "enabled", Value::as_bool)?,
        results: results.flatten(),
    })
}

fn large_blob(value: &Value<'_>) -> Option<LargeBlobOutput> {
    Some(LargeBlobOutput {
        supported: optional(value, "supported", Value::as_bool)?,
        blob: optional(value, "blob", bytes)?,
        written: optional(value, "written", Value::as_bool)?,
    })
}

fn uvm(value: &Value<'_>) -> Option<Vec<UserVerificationMethod>> {
    let number = |value: &Value<'_>| value.as_i64().and_then(|number| u32::try_from(number).ok());
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

fn payment(value: &Value<'_>) -> Option<PaymentOutput> {
    let signature = optional(value, "browserBoundSignature", |inner| {
        optional(inner, "signature", bytes)?
    })?;
    Some(PaymentOutput {
        browser_bound_signature: signature,
    })
}
