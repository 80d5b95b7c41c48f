//! `GET /oidc/{providerId}/callback` (2).

use actix_web::http::StatusCode;
use passkeyd_service::federation::{CompleteFederated, ProviderAnswer};
use schemars::JsonSchema;
use serde::Serialize;

use super::{COOKIE, Place, redirect};
use crate::{
    description::{Operation, text},
    loginid::{
        exchange::{Exchange, Reply},
        refusal::Refusal,
    },
};

/// What follows is in the header.
#[derive(JsonSchema, Serialize)]
struct CallbackReply {}

pub(in crate::loginid) async fn complete(exchange: Exchange) -> Result<Reply, Refusal> {
    let place = Place::of(&exchange).await?;
    let answer = match (exchange.query("error"), exchange.query("code")) {
        (Some(error), _) => ProviderAnswer::Error(error),
        (None, Some(code)) => ProviderAnswer::Code(code),
        (None, None) => return Err(Refusal::bad_request("The parameter code is missing.")),
    };
    let cookie = exchange.request().cookie(COOKIE);
    let command = CompleteFederated {
        provider: place.provider.clone(),
        callback: place.callback.clone(),
        base_url: place.base_url.clone(),
        state: exchange.query("state"),
        cookie: cookie.map(|cookie| cookie.value().to_owned()),
        issuer: exchange.query("iss"),
        answer,
    };
    let done = exchange
        .service()
        .complete_federated_sign_in(&place.realm, command)
        .await?;
    let reply = Reply::json(StatusCode::FOUND, &CallbackReply {})?;
    redirect(reply, &done.location, place.cookie("", 0)?)
}

pub(in crate::loginid) fn describe(it: Operation) -> Operation {
    it.about("loginid", "Ends a sign-in at an OpenID Connect provider")
        .details(
            "Providers send browsers here. The page that the sign-in was begun for gets `access_token`, `token_type` and \
             `expires_in`, or `error`, in its fragment.",
        )
        .path("providerId", text(), "The provider.")
        .query("state", text(), "What the sign-in began with.")
        .optional_query("code", text(), "What is exchanged for who it is.")
        .optional_query("error", text(), "Why there is no code.")
        .optional_query("iss", text(), "The issuer that answers (RFC 9207).")
        .gives::<CallbackReply>(302, "The browser is sent to the page.")
        .refuses(400, "The state is not this browser's for this provider, or it is over or used.")
        .refuses(401, "The provider does not vouch for anybody, or the application is frozen.")
        .refuses(403, "The user is not active.")
        .refuses(404, "There is no such application or provider.")
        .refuses(500, "The provider can't be reached.")
}
