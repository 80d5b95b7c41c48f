//! One-time codes to sign in with: `POST /auth/otp` (29), `/auth/otp/email` (30), `/auth/otp/sms` (31) and
//! `/auth/otp/verify` (32).

use passkeyd_domain::{AddressKind, Scope, Timestamp};
use passkeyd_service::bearer_tokens::{AccessSubject, shown_user_id};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    exchange::{Exchange, Reply},
    names::{self, UserLogin},
    refusal::Refusal,
    schemes::{USER_TOKEN, open},
};
use crate::description::{Object, Operation, object, text};

/// Shows a signed-in user a code for another device.
pub(super) async fn show(exchange: Exchange) -> Result<Reply, Refusal> {
    let bearer = exchange.bearer(Scope::AUTH_WRITE).await?;
    let account = exchange.service().bearer_account(&bearer).await?;
    let shown = exchange
        .service()
        .show_code(bearer.realm(), account.user.key)
        .await?;
    Reply::ok(&ShownCode {
        code: shown.code,
        expires_at: whole_seconds(shown.expires_at),
    })
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdCode")]
struct ShownCode {
    code: String,
    expires_at: String,
}

pub(super) async fn email(exchange: Exchange) -> Result<Reply, Refusal> {
    send(exchange, AddressKind::Email).await
}

pub(super) async fn sms(exchange: Exchange) -> Result<Reply, Refusal> {
    send(exchange, AddressKind::Phone).await
}

/// Says nothing of whether anybody got a code.
async fn send(mut exchange: Exchange, by: AddressKind) -> Result<Reply, Refusal> {
    let body: SendCode = exchange.json().await?;
    let name = body.user.name()?;
    let realm = exchange.realm(None).await?;
    exchange
        .service()
        .send_sign_in_code(&realm, name, by)
        .await?;
    Ok(Reply::no_content())
}

#[derive(Deserialize)]
struct SendCode {
    user: UserLogin,
}

/// Signs in whoever shows the code.
pub(super) async fn verify(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let body: VerifyCode = exchange.json().await?;
    let name = body.user.name()?;
    let realm = exchange.realm(None).await?;
    let service = exchange.service();
    let person = service
        .redeem_sign_in_code(&realm, name, &body.auth_code)
        .await?;
    let issuer = exchange.base_url(&realm).await?;
    let username = person
        .identifier(name)
        .map_or(name, |identifier| identifier.value.as_str());
    let subject = AccessSubject {
        handle: &person.user.handle,
        username,
        passkey: None,
    };
    let jwt_access = service.issue_access_token(&realm, &issuer, subject).await?;
    Reply::ok(&SignedIn {
        jwt_access,
        user_id: shown_user_id(&person.user.handle),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerifyCode {
    auth_code: String,
    user: UserLogin,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdSignedInByCode")]
struct SignedIn {
    jwt_access: String,
    user_id: String,
}

/// As times are shown on this surface.
pub(super) fn whole_seconds(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second())
        .unwrap_or(at)
        .to_string()
}

pub(super) fn describe_show(it: Operation) -> Operation {
    it.about(CODES, "Shows a signed-in user a code for another device")
        .by(&USER_TOKEN)
        .scope(Scope::AUTH_WRITE)
        .refuses(403, "The user is not active.")
        .refuses(404, "There is no such user any more.")
        .gives::<ShownCode>(200, "The code, which takes the place of the one before.")
}

pub(super) fn describe_email(it: Operation) -> Operation {
    describe_send(open(it, CODES, "Mails a user a code to sign in with"))
}

pub(super) fn describe_sms(it: Operation) -> Operation {
    describe_send(open(it, CODES, "Texts a user a code to sign in with"))
}

fn describe_send(it: Operation) -> Operation {
    it.takes(named()).gives_nothing(
        204,
        "A code goes out, if there is where to; that is not told.",
    )
}

pub(super) fn describe_verify(it: Operation) -> Operation {
    open(it, CODES, "Signs in with a code")
        .takes(named().required("authCode", text(), "The code."))
        .refuses(400, "The code is not valid, or nobody has the name.")
        .gives::<SignedIn>(200, "A token of the user.")
}

const CODES: &str = "codes";

fn named() -> Object {
    object().required("user", names::shape(), "Who.")
}
