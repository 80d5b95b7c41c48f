//! `POST /mfa/otp/request` (35) and `/mfa/otp/verify` (36).

use passkeyd_domain::AddressKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    MFA,
    next::{self, MfaNextReply, MfaReply},
};
use crate::{
    description::{Operation, object, text, words},
    loginid::{
        exchange::{Exchange, Reply},
        refusal::Refusal,
        responses::SESSION,
    },
};

pub(super) async fn request(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let session = exchange.session().await?;
    let body: MfaOtpRequest = exchange.json().await?;
    let by = match body.method.as_str() {
        "email" => AddressKind::Email,
        "sms" => AddressKind::Phone,
        _ => return Err(Refusal::bad_request("method must be email or sms.")),
    };
    exchange
        .service()
        .request_mfa_code(&session, by, body.option.as_deref())
        .await?;
    Reply::ok(&MfaSessionReply {
        session: session.text(),
    })
}

#[derive(Deserialize)]
struct MfaOtpRequest {
    method: String,
    option: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "LoginIdMfaSession")]
struct MfaSessionReply<'a> {
    session: &'a str,
}

pub(super) async fn verify(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let session = exchange.session().await?;
    let body: MfaOtpVerify = exchange.json().await?;
    let issuer = exchange.base_url(session.realm()).await?;
    let outcome = exchange
        .service()
        .verify_mfa_code(&session, &body.otp, &issuer)
        .await?;
    next::outcome(&exchange, session.realm(), outcome)
}

#[derive(Deserialize)]
struct MfaOtpVerify {
    otp: String,
}

pub(super) fn describe_request(it: Operation) -> Operation {
    it.about(MFA, "Sends a code to an address that is offered")
        .by(&SESSION)
        .takes(
            object()
                .required("method", words(&["email", "sms"]), "How it is sent.")
                .optional(
                    "option",
                    text().or_null(),
                    "Label or value of the option, or the address; else the primary one.",
                ),
        )
        .refuses(403, "The user is not active.")
        .refuses(404, "The user is gone.")
        .gives::<MfaSessionReply<'static>>(200, "The session to go on with.")
}

pub(super) fn describe_verify(it: Operation) -> Operation {
    it.about(MFA, "Takes a code back")
        .by(&SESSION)
        .takes(object().required("otp", text(), "The code."))
        .refuses(403, "The user is not active.")
        .refuses(404, "The user is gone.")
        .gives::<MfaNextReply>(401, "What may be done next.")
        .gives::<MfaReply>(200, "The user is signed in.")
}
