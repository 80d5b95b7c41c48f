//! `POST /signin/verify`: a back end learns who signed in (contract section 2.6).

use actix_web::HttpResponse;
use passkeyd_domain::Scope;
use passkeyd_service::verification::Verified;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    context::Call,
    description::{Operation, object, text},
    keys::SECRET_KEY,
    problem::Problem,
    respond::{self, Base64, Utc},
};

pub(crate) async fn verify(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(Some(Scope::TOKEN_VERIFY)).await?;
    let context = call.context();
    let body = call.body("SignInVerify").await?;
    let token = body.members()?.text("token")?;
    let verified = context
        .service()
        .verify_token(&caller, token.as_deref())
        .await?;
    respond::json(&VerifyReply::of(&verified))
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("sign-in", "Tells a back end who signed in")
        .by(&SECRET_KEY)
        .scope(Scope::TOKEN_VERIFY)
        .takes(object().required(
            "token",
            text(),
            "The `verify_` token of a sign-in, a registration or a magic link.",
        ))
        .gives::<VerifyReply<'static>>(200, "Who signed in, how, and when.")
        .refuses(
            400,
            "`missing_token`, `invalid_token`, `invalid_token_format`.",
        )
        .refuses(403, "`expired_token`.")
}

/// What a verify token says. The SDKs disagree on `rpId` and `rpid`, so both are there; and where a token knows neither
/// origin nor device, country nor credential, one of them wants empty texts.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VerifyReply<'a> {
    user_id: &'a str,
    timestamp: Utc,
    rp_id: Option<&'a str>,
    #[serde(rename = "rpid", skip_serializing_if = "Option::is_none")]
    rpid: Option<&'a str>,
    origin: &'a str,
    success: bool,
    device: &'a str,
    country: &'a str,
    nickname: Option<&'a str>,
    credential_id: Base64<'a>,
    purpose: Option<&'a str>,
    expires_at: Utc,
    token_id: Uuid,
    r#type: &'static str,
}

impl<'a> VerifyReply<'a> {
    pub(crate) fn of(verified: &'a Verified) -> Self {
        Self {
            user_id: &verified.user_id,
            timestamp: Utc(verified.timestamp),
            rp_id: verified.rp_id.as_deref(),
            rpid: verified.rp_id.as_deref(),
            origin: verified.origin.as_deref().unwrap_or(""),
            success: true,
            device: verified.device.as_deref().unwrap_or(""),
            country: verified.country.as_deref().unwrap_or(""),
            nickname: verified.nickname.as_deref(),
            credential_id: Base64(&verified.credential_id),
            purpose: verified.purpose.as_deref(),
            expires_at: Utc(verified.expires_at),
            token_id: verified.token_id,
            r#type: verified.kind.as_str(),
        }
    }
}
