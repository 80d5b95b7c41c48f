//! Passkeys of an account: adding, listing, deleting them, and logging in with one.

use passkeyd_domain::CredentialId;
use passkeyd_service::{
    AccountError, Error,
    account_passkeys::{AddPasskey, Passkey},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    exchange::{Exchange, Reply},
    of_account,
    refusal::{FieldErrors, Refusal},
    shown_to_account,
    users::GrantReply,
};
use crate::{
    body::base64url,
    description::{Operation, object, text},
    passwordless::{options, responses},
    respond::Base64Url,
};

/// The longest name of a passkey, in characters.
const LONGEST_NAME: usize = 64;

#[derive(JsonSchema, Serialize)]
struct BegunReply<'a, T> {
    session: &'a str,
    options: T,
}

#[derive(JsonSchema, Serialize)]
struct PasskeyReply<'a> {
    id: Base64Url<'a>,
    name: Option<&'a str>,
    created_at: i64,
}

impl<'a> PasskeyReply<'a> {
    fn of(passkey: &'a Passkey) -> Self {
        Self {
            id: Base64Url(passkey.id.as_bytes()),
            name: passkey.name.as_deref(),
            created_at: passkey.created_at.as_second(),
        }
    }
}

pub(super) async fn begin_adding(exchange: Exchange) -> Result<Reply, Refusal> {
    let signed_in = exchange.signed_in().await?;
    let service = exchange.service();
    let begun = service
        .begin_adding_passkey(&signed_in, exchange.origin())
        .await?;
    Reply::ok(&BegunReply {
        session: &begun.session,
        options: options::CreationOptionsReply::of(&begun.options),
    })
}

pub(super) async fn add(exchange: Exchange) -> Result<Reply, Refusal> {
    let (context, client) = (exchange.context(), exchange.client());
    let signed_in = exchange.signed_in().await?;
    let origin = exchange.origin().map(str::to_owned);
    let body = exchange.body().await?;
    let body = body.members()?;
    let name = body.owned_text("name")?;
    if name
        .as_ref()
        .is_some_and(|name| name.chars().count() > LONGEST_NAME)
    {
        let sentence = vec![format!("must be at most {LONGEST_NAME} characters long")];
        return Err(Refusal::fields(FieldErrors::from([("name", sentence)])));
    }
    let command = AddPasskey {
        session: body.owned_text("session")?,
        response: responses::attestation_at(&body, "credential")?,
        name: name.filter(|name| !name.trim().is_empty()),
    };
    let service = context.service();
    let passkey = service
        .add_passkey(&signed_in, &client, origin.as_deref(), command)
        .await?;
    Reply::created(&PasskeyReply::of(&passkey))
}

pub(super) async fn list(exchange: Exchange) -> Result<Reply, Refusal> {
    let signed_in = exchange.signed_in().await?;
    let passkeys = exchange.service().list_passkeys(&signed_in).await?;
    let replies: Vec<_> = passkeys.iter().map(PasskeyReply::of).collect();
    Reply::ok(&replies)
}

pub(super) async fn delete(exchange: Exchange) -> Result<Reply, Refusal> {
    let signed_in = exchange.signed_in().await?;
    let id = base64url(exchange.path_segment("id"))
        .and_then(|bytes| CredentialId::new(bytes).ok())
        .ok_or(AccountError::NoSuchPasskey)?;
    exchange.service().delete_passkey(&signed_in, &id).await?;
    Ok(Reply::no_content())
}

pub(super) async fn begin_log_in(exchange: Exchange) -> Result<Reply, Refusal> {
    let realm = exchange.realm()?;
    let service = exchange.service();
    let begun = service
        .begin_passkey_log_in(&realm, exchange.origin())
        .await?;
    Reply::ok(&BegunReply {
        session: &begun.session,
        options: options::RequestOptionsReply::of(&begun.options),
    })
}

/// Whatever is wrong, the answer is one: 401.
pub(super) async fn log_in(exchange: Exchange) -> Result<Reply, Refusal> {
    let (context, realm, client) = (exchange.context(), exchange.realm()?, exchange.client());
    let origin = exchange.origin().map(str::to_owned);
    let body = exchange.body().await?;
    let body = body.members()?;
    let session = body.owned_text("session")?;
    let (_, response) =
        responses::assertion_at(&body, "credential").map_err(|_| AccountError::WrongCredentials)?;
    let grant = context
        .service()
        .log_in_with_passkey(&realm, &client, origin.as_deref(), session, response)
        .await
        .map_err(|error| match error {
            AccountError::WrongCredentials => Refusal::new(
                actix_web::http::StatusCode::UNAUTHORIZED,
                "This passkey does not sign in here.",
            ),
            AccountError::Service(Error::InvalidToken) => Refusal::unauthenticated(),
            other => other.into(),
        })?;
    Reply::created(&GrantReply::of(&grant))
}

pub(super) fn describe_begin_adding(it: Operation) -> Operation {
    of_account(
        it,
        "passkeys",
        "Gives the options with which the browser makes a passkey",
    )
    .gives::<BegunReply<'static, options::CreationOptionsReply<'static>>>(200, "The options.")
    .refuses(400, "Passkeys can't be used from this origin.")
}

pub(super) fn describe_add(it: Operation) -> Operation {
    of_account(it, "passkeys", "Adds a passkey to the account")
        .takes(
            object()
                .required("session", text(), "What the beginning gave.")
                .required(
                    "credential",
                    responses::attestation_shape(),
                    "What `navigator.credentials.create` gave.",
                )
                .optional(
                    "name",
                    text().longest(LONGEST_NAME).or_null(),
                    "The passkey's name for people.",
                ),
        )
        .gives::<PasskeyReply<'static>>(201, "The passkey.")
        .refuses(403, "No further users can have passkeys.")
}

pub(super) fn describe_list(it: Operation) -> Operation {
    shown_to_account(it, "passkeys", "Lists the passkeys of the account")
        .gives::<Vec<PasskeyReply<'static>>>(200, "The passkeys.")
}

pub(super) fn describe_delete(it: Operation) -> Operation {
    of_account(it, "passkeys", "Deletes a passkey of the account")
        .path("id", text(), "The passkey.")
        .gives_nothing(204, "It signs nobody in from now on.")
        .refuses(404, "There is no such passkey.")
}

pub(super) fn describe_begin_log_in(it: Operation) -> Operation {
    it.about(
        "access tokens",
        "Gives the options with which the browser asks for a passkey",
    )
    .gives::<BegunReply<'static, options::RequestOptionsReply<'static>>>(200, "The options.")
    .refuses(400, "Passkeys can't be used from this origin.")
    .refuses(404, "No tenant is meant.")
}

pub(super) fn describe_log_in(it: Operation) -> Operation {
    it.about("access tokens", "Logs in with a passkey")
        .takes(
            object()
                .required("session", text(), "What the beginning gave.")
                .required(
                    "credential",
                    responses::assertion_shape(),
                    "What `navigator.credentials.get` gave.",
                ),
        )
        .gives::<GrantReply<'static>>(201, "The person is signed in.")
        .refuses(401, "This passkey does not sign in here.")
        .refuses(404, "No tenant is meant.")
}
