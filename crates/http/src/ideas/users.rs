//! `POST /users`: a person signs up.

use passkeyd_service::{accounts::SignUp, passwords::Password, sessions::Grant};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    exchange::{Exchange, Reply},
    refusal::Refusal,
};
use crate::description::{Operation, object, text};

/// What whoever signed up or logged in gets.
#[derive(JsonSchema, Serialize)]
pub(super) struct GrantReply<'a> {
    jwt: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

impl<'a> GrantReply<'a> {
    pub(super) fn of(grant: &'a Grant) -> Self {
        Self {
            jwt: &grant.jwt,
            refresh_token: grant.refresh_token(),
        }
    }
}

pub(super) async fn sign_up(exchange: Exchange) -> Result<Reply, Refusal> {
    let (context, realm, client) = (exchange.context(), exchange.realm()?, exchange.client());
    let mut fields = exchange.fields().await?;
    let email = fields.email("email");
    let name = fields.name("name");
    let password = fields.password("password", Password::chosen);
    fields.finish()?;
    let (Some(email), Some(password)) = (email, password) else {
        return Err(Refusal::bad_request("A field is missing."));
    };
    let command = SignUp {
        email,
        name,
        password,
    };
    let grant = context.service().sign_up(&realm, &client, command).await?;
    Reply::created(&GrantReply::of(&grant))
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("accounts", "Signs a person up")
        .takes(
            object()
                .required("email", text().filled(), "The mail address, by which the person logs in.")
                .required("name", text().filled().longest(255), "The person's name.")
                .required("password", text().filled(), "At least eight characters, with a digit, a lower-case and an upper-case letter."),
        )
        .gives::<GrantReply<'static>>(201, "The person is signed in.")
        .refuses(409, "The address is registered already.")
        .refuses(404, "No tenant is meant.")
        .refuses(429, "Too many attempts; see `Retry-After`.")
}
