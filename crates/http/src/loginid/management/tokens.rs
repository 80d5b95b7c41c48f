//! `POST /mgmt/token/verify` (57).

use serde::Deserialize;

use super::MANAGEMENT;
use crate::{
    description::{Operation, object, text},
    loginid::{
        exchange::{Exchange, Reply},
        refusal::Refusal,
        schemes::of_key,
    },
};

pub(in crate::loginid) async fn verify(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let caller = exchange.api_key(None).await?;
    let body: VerifyToken = exchange.json().await?;
    exchange
        .service()
        .verify_bearer(caller.realm(), &body.jwt_access)
        .await?;
    Ok(Reply::no_content())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerifyToken {
    jwt_access: String,
}

pub(in crate::loginid) fn describe_verify(it: Operation) -> Operation {
    of_key(it, MANAGEMENT, "Verifies a token of the application", None)
        .takes(object().required("jwtAccess", text(), "The token."))
        .refuses(400, "It is no token.")
        .refuses(401, "The token is not good.")
        .gives_nothing(204, "The token is good.")
}
