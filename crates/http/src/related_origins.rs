//! `GET /.well-known/webauthn`: which origins may use the passkeys of this host (WebAuthn §5.11).

use actix_web::{HttpResponse, http::header::HOST};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    context::Call,
    description::Operation,
    edge::not_found,
    problem::Problem,
    respond,
    routes::{Routes, get},
};

pub(crate) fn configure(routes: &mut Routes<'_>) {
    routes.add("/.well-known/webauthn", [get(list).described(describe)]);
}

fn describe(it: Operation) -> Operation {
    it.about(
        "server",
        "Lists the origins that may use the passkeys of this host",
    )
    .gives::<OriginsReply>(200, "Related origins (WebAuthn §5.11).")
    .refuses(404, "No tenant lists any for this host.")
}

async fn list(call: Call) -> Result<HttpResponse, Problem> {
    let host = call.request().headers().get(HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or("");
    let name = host.split(':').next().unwrap_or("");
    let origins = call.service().related_origins(name).await?;
    respond::json(&OriginsReply {
        origins: origins.ok_or_else(not_found)?,
    })
}

#[derive(JsonSchema, Serialize)]
struct OriginsReply {
    origins: Vec<String>,
}
