//! What a ceremony asks of extensions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::CredProtectLevel;
use crate::base64url;
use crate::error::{Error, Result};

/// The extensions of a registration.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RegistrationExtensions {
    /// `appidExclude`: the U2F `AppID` under which the user may have keys.
    pub app_id_exclude: Option<String>,
    /// `credProps`: is the credential discoverable?
    pub cred_props: bool,
    /// `prf`: the credential is to evaluate pseudo-random functions, for keys that the server never sees.
    pub prf: Option<PrfInput>,
    /// `largeBlob`: the credential is to keep some kilobytes.
    pub large_blob: Option<LargeBlobSupport>,
    /// `uvm`, of Level 2.
    pub uvm: bool,
    /// `credentialProtectionPolicy`.
    pub cred_protect: Option<CredProtect>,
    /// `minPinLength`: how short a PIN does the authenticator allow? It tells relying parties that it was set up for only.
    pub min_pin_length: bool,
    /// `credBlob`: at most 32 bytes to keep with the credential.
    #[serde(with = "crate::base64url::option")]
    pub cred_blob: Option<Vec<u8>>,
    /// `payment`: the credential is to confirm payments.
    pub payment: Option<PaymentRegistration>,
    /// Anything else, as the client gets it.
    pub other: BTreeMap<String, Value>,
}

/// The extensions of a sign-in.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AuthenticationExtensions {
    /// `appid`: the U2F `AppID`, an `https` URL, of keys that were registered before WebAuthn. Needs allowed credentials.
    pub app_id: Option<String>,
    /// `prf`.
    pub prf: Option<PrfInput>,
    /// `largeBlob`.
    pub large_blob: Option<LargeBlobRequest>,
    /// `uvm`, of Level 2.
    pub uvm: bool,
    /// `getCredBlob`: give back what `credBlob` stored.
    pub get_cred_blob: bool,
    /// Anything else, as the client gets it.
    pub other: BTreeMap<String, Value>,
}

/// The inputs of `prf`: a first and perhaps a second one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PrfInput {
    /// To evaluate for any credential.
    pub eval: Option<PrfEval>,
    /// To evaluate for a credential, by its id in base64url. Sign-in only.
    pub eval_by_credential: BTreeMap<String, PrfEval>,
}

/// One or two inputs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PrfEval {
    /// The first.
    #[serde(with = "crate::base64url")]
    pub first: Vec<u8>,
    /// The second.
    #[serde(with = "crate::base64url::option")]
    pub second: Option<Vec<u8>>,
}

/// How much a large blob is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LargeBlobSupport {
    /// The registration fails without.
    Required,
    /// It would be nice.
    Preferred,
}

/// What to do with a large blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LargeBlobRequest {
    /// Read it.
    Read,
    /// Write it. Needs exactly one allowed credential.
    Write(#[serde(with = "crate::base64url")] Vec<u8>),
}

/// The wish for credential protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredProtect {
    /// The level.
    pub level: CredProtectLevel,
    /// Rather no credential than a weaker one; checked in the answer.
    pub enforce: bool,
}

/// The `payment` extension of a registration.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PaymentRegistration {
    /// The COSE ids for a browser-bound key; empty: none is asked for.
    pub browser_bound_algorithms: Vec<i64>,
}

impl PrfEval {
    fn to_json(&self) -> Value {
        match &self.second {
            Some(second) => {
                json!({"first": base64url::encode(&self.first), "second": base64url::encode(second)})
            }
            None => json!({"first": base64url::encode(&self.first)}),
        }
    }
}

impl PrfInput {
    fn to_json(&self) -> Value {
        let mut out = serde_json::Map::new();
        if let Some(eval) = &self.eval {
            out.insert("eval".to_owned(), eval.to_json());
        }
        if !self.eval_by_credential.is_empty() {
            let by = self
                .eval_by_credential
                .iter()
                .map(|(id, eval)| (id.clone(), eval.to_json()))
                .collect();
            out.insert("evalByCredential".to_owned(), Value::Object(by));
        }
        Value::Object(out)
    }
}

/// The client inputs by extension id.
pub(crate) type ClientInputs = BTreeMap<String, Value>;

impl RegistrationExtensions {
    /// Checks the inputs, and writes them for the client.
    pub(crate) fn client_inputs(&self) -> Result<ClientInputs> {
        let mut out = self.other.clone();
        let mut set = |id: &str, value: Value| out.insert(id.to_owned(), value);
        if let Some(app_id) = &self.app_id_exclude {
            check_app_id(app_id, "appidExclude")?;
            set("appidExclude", json!(app_id));
        }
        if self.cred_props {
            set("credProps", json!(true));
        }
        if let Some(prf) = &self.prf {
            if !prf.eval_by_credential.is_empty() {
                return Err(Error::OptionInvalid("prf"));
            }
            set("prf", prf.to_json());
        }
        if let Some(support) = self.large_blob {
            set("largeBlob", json!({"support": support}));
        }
        if self.uvm {
            set("uvm", json!(true));
        }
        if let Some(protect) = self.cred_protect {
            set("credentialProtectionPolicy", json!(protect.level));
            set("enforceCredentialProtectionPolicy", json!(protect.enforce));
        }
        if self.min_pin_length {
            set("minPinLength", json!(true));
        }
        if let Some(blob) = &self.cred_blob {
            if blob.len() > 32 {
                return Err(Error::OptionInvalid("credBlob"));
            }
            set("credBlob", json!(base64url::encode(blob)));
        }
        if let Some(payment) = &self.payment {
            let mut input = json!({"isPayment": true});
            if let (Value::Object(input), false) =
                (&mut input, payment.browser_bound_algorithms.is_empty())
            {
                let list = payment.browser_bound_algorithms.iter();
                let list: Vec<Value> = list
                    .map(|alg| json!({"type": "public-key", "alg": alg}))
                    .collect();
                input.insert(
                    "browserBoundPubKeyCredParams".to_owned(),
                    Value::Array(list),
                );
            }
            set("payment", input);
        }
        Ok(out)
    }

    /// Was the output of this id asked for?
    pub(super) fn asked_for(&self, id: &str) -> bool {
        match id {
            "appidExclude" => self.app_id_exclude.is_some(),
            "credProps" => self.cred_props,
            "prf" | "hmac-secret" | "hmac-secret-mc" => self.prf.is_some(),
            "largeBlob" => self.large_blob.is_some(),
            "uvm" => self.uvm,
            "credProtect" => self.cred_protect.is_some(),
            "minPinLength" => self.min_pin_length,
            "credBlob" => self.cred_blob.is_some(),
            "payment" | "thirdPartyPayment" => self.payment.is_some(),
            _ => self.other.contains_key(id),
        }
    }
}

impl AuthenticationExtensions {
    /// Checks the inputs against the allowed credentials, and writes them for the client.
    pub(crate) fn client_inputs(&self, allowed: &[Vec<u8>]) -> Result<ClientInputs> {
        let mut out = self.other.clone();
        let mut set = |id: &str, value: Value| out.insert(id.to_owned(), value);
        if let Some(app_id) = &self.app_id {
            check_app_id(app_id, "appid")?;
            if allowed.is_empty() {
                return Err(Error::OptionInvalid("appid"));
            }
            set("appid", json!(app_id));
        }
        if let Some(prf) = &self.prf {
            let known = |id: &String| {
                allowed
                    .iter()
                    .any(|allowed| base64url::encode(allowed) == *id)
            };
            if !prf.eval_by_credential.keys().all(known) {
                return Err(Error::OptionInvalid("prf"));
            }
            set("prf", prf.to_json());
        }
        match &self.large_blob {
            Some(LargeBlobRequest::Read) => {
                set("largeBlob", json!({"read": true}));
            }
            Some(LargeBlobRequest::Write(blob)) => {
                if allowed.len() != 1 {
                    return Err(Error::OptionInvalid("largeBlob"));
                }
                set("largeBlob", json!({"write": base64url::encode(blob)}));
            }
            None => {}
        }
        if self.uvm {
            set("uvm", json!(true));
        }
        if self.get_cred_blob {
            set("getCredBlob", json!(true));
        }
        Ok(out)
    }

    /// Was the output of this id asked for?
    pub(super) fn asked_for(&self, id: &str) -> bool {
        match id {
            "appid" => self.app_id.is_some(),
            "prf" | "hmac-secret" => self.prf.is_some(),
            "largeBlob" => self.large_blob.is_some(),
            "uvm" => self.uvm,
            "credBlob" | "getCredBlob" => self.get_cred_blob,
            _ => self.other.contains_key(id),
        }
    }
}

fn check_app_id(app_id: &str, option: &'static str) -> Result<()> {
    let host = app_id
        .strip_prefix("https://")
        .and_then(|rest| rest.split('/').next());
    if host.is_some_and(|host| !host.is_empty()) {
        Ok(())
    } else {
        Err(Error::OptionInvalid(option))
    }
}
