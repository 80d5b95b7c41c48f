//! `GET /.well-known/webauthn`: which origins may use the passkeys of this host (WebAuthn §5.11).

use actix_web::{HttpResponse, http::header::HOST, web::ServiceConfig};
use serde::Serialize;

use crate::{
    app::{endpoint, get},
    context::Call,
    edge::not_found,
    problem::Problem,
    respond,
};

pub(crate) fn configure(app: &mut ServiceConfig) {
    app.service(endpoint("/.well-known/webauthn", [get(list)]));
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

#[derive(Serialize)]
struct OriginsReply {
    origins: Vec<String>,
}
