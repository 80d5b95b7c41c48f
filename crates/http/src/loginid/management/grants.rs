//! `POST /mgmt/grant` (53) and `/mgmt/grant/external-auth` (54).

use passkeyd_domain::Scope;
use passkeyd_service::management::GRANTABLE;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MANAGEMENT;
use crate::{
    description::{Operation, list_of, object, text, words},
    loginid::{
        exchange::{Exchange, Reply},
        names,
        refusal::Refusal,
        schemes::of_key,
    },
};

pub(in crate::loginid) async fn create(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let caller = exchange.api_key(None).await?;
    let body: Grant = exchange.json().await?;
    let username = match &body.username {
        Some(text) => Some(names::name(text, "username")?),
        None => None,
    };
    let issuer = exchange.base_url(caller.realm()).await?;
    let token = exchange
        .service()
        .grant(&caller, &issuer, body.grants, username)
        .await?;
    Reply::ok(&Granted { token })
}

#[derive(Deserialize)]
struct Grant {
    grants: Vec<String>,
    #[serde(default)]
    username: Option<String>,
}

pub(in crate::loginid) async fn external_auth(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let caller = exchange.api_key(Some(Scope::EXTERNAL_VERIFY)).await?;
    let body: ExternalAuth = exchange.json().await?;
    let username = names::name(&body.username, "username")?;
    let issuer = exchange.base_url(caller.realm()).await?;
    let token = exchange
        .service()
        .grant_external_auth(&caller, &issuer, username)
        .await?;
    Reply::ok(&Granted { token })
}

#[derive(Deserialize)]
struct ExternalAuth {
    username: String,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "LoginIdGranted")]
struct Granted {
    token: String,
}

pub(in crate::loginid) fn describe_create(it: Operation) -> Operation {
    let body = object()
        .required(
            "grants",
            list_of(words(&GRANTABLE)).at_least(1),
            "What its bearer may do.",
        )
        .optional(
            "username",
            text().or_null(),
            "The user, who need not exist.",
        );
    of_key(
        it,
        MANAGEMENT,
        "Makes an authorization token for a user",
        None,
    )
    .takes(body)
    .refuses(403, "The key does not have what it grants.")
    .gives::<Granted>(200, "The token.")
}

pub(in crate::loginid) fn describe_external_auth(it: Operation) -> Operation {
    let scope = Some(Scope::EXTERNAL_VERIFY);
    of_key(
        it,
        MANAGEMENT,
        "Vouches for a user who signed in elsewhere",
        scope,
    )
    .takes(object().required("username", text(), "The user, who need not exist."))
    .gives::<Granted>(200, "The token.")
}
