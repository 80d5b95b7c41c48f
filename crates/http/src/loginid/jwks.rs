//! `GET /.well-known/jwks.json` (62).

use actix_web::http::header::CACHE_CONTROL;

use super::{
    exchange::{Exchange, Reply},
    refusal::Refusal,
};
use crate::{
    description::Operation,
    jwks::{FOR_FIVE_MINUTES, KeySet, key_set},
};

pub(super) async fn list(exchange: Exchange) -> Result<Reply, Refusal> {
    let realm = exchange.realm(None).await?;
    let keys = key_set(exchange.context(), &realm).await?;
    Ok(Reply::ok(&keys)?.with_header(CACHE_CONTROL, FOR_FIVE_MINUTES))
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about(
        "loginid",
        "Lists the keys that an application's tokens are checked with",
    )
    .gives::<KeySet>(200, "A JSON Web Key Set (RFC 7517).")
    .refuses(404, "No application is meant.")
}
