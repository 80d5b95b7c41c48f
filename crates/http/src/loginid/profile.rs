//! Profiles: `DELETE /profile/{id}` (4), `DELETE` and `POST /profile/{id}/email` (5, 6), `DELETE` and
//! `POST /profile/{id}/phone` (6a, 7), `POST /profile/email/verify` (8) and `/profile/phone/verify` (9).

use passkeyd_domain::{AddressKind, Email, Phone, Scope, UserHandle};
use passkeyd_service::{api_keys::ApiKeyCaller, bearer_tokens::user_handle, profiles::NewPhone};
use serde::Deserialize;

use super::{
    exchange::{Exchange, Reply},
    names,
    refusal::Refusal,
    schemes::{of_key, open},
};
use crate::description::{Operation, flag, object, text};

pub(super) async fn delete(exchange: Exchange) -> Result<Reply, Refusal> {
    let (caller, user) = user(&exchange).await?;
    exchange.service().delete_person(&caller, &user).await?;
    Ok(Reply::no_content())
}

pub(super) async fn add_email(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let (caller, user) = user(&exchange).await?;
    let body: AddEmail = exchange.json().await?;
    let email = address::<Email>(&body.email, "email")?;
    exchange
        .service()
        .add_email(&caller, &user, &email, body.request_verification)
        .await?;
    Ok(Reply::no_content())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddEmail {
    email: String,
    #[serde(default = "yes")]
    request_verification: bool,
}

pub(super) async fn remove_email(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let (caller, user) = user(&exchange).await?;
    let body: RemoveEmail = exchange.json().await?;
    let email = address::<Email>(&body.email, "email")?;
    exchange
        .service()
        .remove_email(&caller, &user, email.as_str())
        .await?;
    Ok(Reply::no_content())
}

#[derive(Deserialize)]
struct RemoveEmail {
    email: String,
}

pub(super) async fn add_phone(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let (caller, user) = user(&exchange).await?;
    let body: AddPhone = exchange.json().await?;
    let phone = NewPhone {
        number: address::<Phone>(&body.phone_number, "phoneNumber")?,
        consent: body.messaging_consent,
        verify: body.request_verification,
    };
    exchange.service().add_phone(&caller, &user, phone).await?;
    Ok(Reply::no_content())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddPhone {
    phone_number: String,
    #[serde(default)]
    messaging_consent: bool,
    #[serde(default = "yes")]
    request_verification: bool,
}

pub(super) async fn remove_phone(exchange: Exchange) -> Result<Reply, Refusal> {
    let (caller, user) = user(&exchange).await?;
    exchange.service().remove_phone(&caller, &user).await?;
    Ok(Reply::no_content())
}

pub(super) async fn verify_email(exchange: Exchange) -> Result<Reply, Refusal> {
    verify(exchange, AddressKind::Email).await
}

pub(super) async fn verify_phone(exchange: Exchange) -> Result<Reply, Refusal> {
    verify(exchange, AddressKind::Phone).await
}

async fn verify(mut exchange: Exchange, kind: AddressKind) -> Result<Reply, Refusal> {
    let body: VerifyAddress = exchange.json().await?;
    let name = names::name(&body.username, "username")?;
    let realm = exchange.realm(None).await?;
    exchange
        .service()
        .verify_address(&realm, kind, name, &body.auth_code)
        .await?;
    Ok(Reply::no_content())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerifyAddress {
    auth_code: String,
    username: String,
}

/// Who asks, and about whom. An id of another form is nobody's.
async fn user(exchange: &Exchange) -> Result<(ApiKeyCaller, UserHandle), Refusal> {
    let caller = exchange.api_key(Some(Scope::PROFILE_WRITE)).await?;
    let user = user_handle(exchange.path_segment("id"))
        .ok_or_else(|| Refusal::not_found("There is no such user."))?;
    Ok((caller, user))
}

fn address<T: std::str::FromStr>(text: &str, member: &str) -> Result<T, Refusal>
where
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|error| Refusal::bad_request(format!("{member} {error}.")))
}

const fn yes() -> bool {
    true
}

const PROFILES: &str = "profiles";

fn of_user(it: Operation, summary: &'static str) -> Operation {
    of_key(it, PROFILES, summary, Some(Scope::PROFILE_WRITE))
        .path("id", text(), "The user.")
        .refuses(404, "There is no such user.")
}

pub(super) fn describe_delete(it: Operation) -> Operation {
    of_user(it, "Deletes a user and everything of it").gives_nothing(204, "The user is gone.")
}

pub(super) fn describe_add_email(it: Operation) -> Operation {
    let verification = flag().or(true);
    let body = object()
        .required("email", text(), "The mail address.")
        .optional(
            "requestVerification",
            verification,
            "It counts once a code came back.",
        );
    of_user(it, "Adds a mail address to a user")
        .takes(body)
        .refuses(400, "It is no address, or another user's.")
        .gives_nothing(204, "It is there, or pending.")
}

pub(super) fn describe_remove_email(it: Operation) -> Operation {
    of_user(it, "Takes a mail address off a user")
        .takes(object().required("email", text(), "The mail address."))
        .refuses(400, "It is the last name of the user.")
        .refuses(404, "The user has no such address.")
        .gives_nothing(204, "It is gone.")
}

pub(super) fn describe_add_phone(it: Operation) -> Operation {
    let body = object()
        .required(
            "phoneNumber",
            text(),
            "The number, with its country: E.164.",
        )
        .optional(
            "messagingConsent",
            flag().or(false),
            "Messages may be sent to it.",
        )
        .optional(
            "requestVerification",
            flag().or(true),
            "It counts once a code came back.",
        );
    of_user(it, "Gives a user a telephone number")
        .takes(body)
        .refuses(
            400,
            "It is no number, another user's, or to be verified without consent.",
        )
        .gives_nothing(204, "It is there, or pending.")
}

pub(super) fn describe_remove_phone(it: Operation) -> Operation {
    of_user(it, "Takes the telephone number off a user")
        .refuses(400, "It is the last name of the user.")
        .refuses(404, "The user has no number.")
        .gives_nothing(204, "It is gone.")
}

pub(super) fn describe_verify_email(it: Operation) -> Operation {
    describe_verify(open(it, PROFILES, "Proves a mail address by a code"))
}

pub(super) fn describe_verify_phone(it: Operation) -> Operation {
    describe_verify(open(it, PROFILES, "Proves a telephone number by a code"))
}

fn describe_verify(it: Operation) -> Operation {
    let body = object().required("authCode", text(), "The code.").required(
        "username",
        text(),
        "A name of the user, or the address.",
    );
    it.takes(body)
        .refuses(400, "The code is not valid.")
        .refuses(404, "Nobody of this name waits for a proof.")
        .gives_nothing(204, "It is proven.")
}
