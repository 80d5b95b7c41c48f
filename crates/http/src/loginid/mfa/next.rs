//! What a step answers: what may be done next, or the end (contract section 13.1).

use actix_web::http::StatusCode;
use data_encoding::BASE64URL_NOPAD;
use passkeyd_service::{
    accounts::Realm,
    mfa::{MfaCompleted, MfaNext, MfaOutcome, Offer, OfferOption},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::loginid::{
    exchange::{Exchange, Reply},
    options::{CreationOptionsReply, RequestOptionsReply},
    refusal::Refusal,
};

/// `MfaNext`.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdMfaNext")]
pub(super) struct MfaNextReply {
    flow: &'static str,
    msg: &'static str,
    msg_code: &'static str,
    session: String,
    next: Vec<OfferReply>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "LoginIdMfaOffer")]
struct OfferReply {
    action: ActionReply,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    options: Vec<OptionReply>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "LoginIdMfaAction")]
struct ActionReply {
    name: &'static str,
    label: &'static str,
    desc: &'static str,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "LoginIdMfaOption")]
struct OptionReply {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    value: String,
}

/// `Mfa`.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdMfa")]
pub(super) struct MfaReply {
    flow: &'static str,
    access_token: String,
    id_token: String,
    refresh_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<String>,
    payload: String,
    payload_signature: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    passkey_info: Option<PasskeyInfoReply>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdMfaPasskey")]
struct PasskeyInfoReply {
    passkey_id: String,
    aaguid: String,
    public_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    assertion_result: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creation_result: Option<Value>,
}

/// What an authenticator answered, as it was received.
pub(super) enum Echo {
    Assertion(Value),
    Creation(Value),
}

/// The answer that says what may be done next: 200 at the beginning, 401 after a step.
pub(super) fn next(
    exchange: &Exchange,
    realm: &Realm,
    status: StatusCode,
    next: MfaNext,
) -> Result<Reply, Refusal> {
    let rp_name = exchange.service().relying_party(realm)?.name;
    let offers = next
        .next
        .into_iter()
        .map(|offer| offer_reply(offer, &rp_name));
    let reply = MfaNextReply {
        flow: next.flow.as_str(),
        msg: "One more step is needed.",
        msg_code: "additional_auth_required",
        session: next.session,
        next: offers.collect::<Result<_, _>>()?,
    };
    Reply::json(status, &reply)
}

/// The answer to a step that may be the last one.
pub(super) fn outcome(
    exchange: &Exchange,
    realm: &Realm,
    outcome: MfaOutcome,
) -> Result<Reply, Refusal> {
    match outcome {
        MfaOutcome::Next(after) => next(exchange, realm, StatusCode::UNAUTHORIZED, *after),
        MfaOutcome::Complete(completed) => complete(*completed, None),
    }
}

/// The answer to the last step.
pub(super) fn complete(completed: MfaCompleted, echo: Option<Echo>) -> Result<Reply, Refusal> {
    let (payload, payload_signature) = match completed.payload {
        None => (String::new(), String::new()),
        Some(signed) => (
            BASE64URL_NOPAD.encode(signed.payload.as_bytes()),
            signed.signature,
        ),
    };
    let (assertion_result, creation_result) = match echo {
        Some(Echo::Assertion(result)) => (Some(result), None),
        Some(Echo::Creation(result)) => (None, Some(result)),
        None => (None, None),
    };
    Reply::ok(&MfaReply {
        flow: completed.flow.as_str(),
        access_token: completed.access_token,
        id_token: completed.id_token,
        refresh_token: completed.refresh_token,
        device_id: completed.device_id,
        payload,
        payload_signature,
        passkey_info: completed.passkey.map(|passkey| PasskeyInfoReply {
            passkey_id: passkey.id.to_string(),
            aaguid: passkey.aaguid.to_string(),
            public_key: BASE64URL_NOPAD.encode(&passkey.public_key),
            assertion_result,
            creation_result,
        }),
    })
}

fn offer_reply(offer: Offer, rp_name: &str) -> Result<OfferReply, Refusal> {
    let action = offer.action;
    let options = offer
        .options
        .into_iter()
        .map(|option| option_reply(option, rp_name));
    Ok(OfferReply {
        action: ActionReply {
            name: action.as_str(),
            label: action.label(),
            desc: action.description(),
        },
        options: options.collect::<Result<_, _>>()?,
    })
}

fn option_reply(option: OfferOption, rp_name: &str) -> Result<OptionReply, Refusal> {
    let unlabelled = |name, value| OptionReply {
        name: Some(name),
        label: None,
        value,
    };
    Ok(match option {
        OfferOption::Creation(options) => {
            let options = CreationOptionsReply::new(*options, rp_name.to_owned());
            unlabelled("creationOptions", packed(&options)?)
        }
        OfferOption::Assertion(options) => {
            let options = RequestOptionsReply::from(*options);
            unlabelled("assertionOptions", packed(&options)?)
        }
        OfferOption::MerchantTrust(token) => unlabelled("merchantTrustID", token),
        OfferOption::WalletTrust(token) => unlabelled("walletTrustID", token),
        OfferOption::Address(address) => OptionReply {
            name: address.name,
            label: Some(address.label),
            value: address.value,
        },
    })
}

/// Base64url of JSON, which has no dot.
fn packed(options: &impl Serialize) -> Result<String, Refusal> {
    let json = serde_json::to_vec(options).map_err(|error| Refusal::internal(&error))?;
    Ok(BASE64URL_NOPAD.encode(&json))
}
