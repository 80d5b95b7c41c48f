//! `GET /.well-known/jwks.json` (62).

use actix_web::http::header::CACHE_CONTROL;

use super::{
    exchange::{Exchange, Reply},
    refusal::Refusal,
};
use crate::jwks::{FOR_FIVE_MINUTES, key_set};

pub(super) async fn list(exchange: Exchange) -> Result<Reply, Refusal> {
    let realm = exchange.realm(None).await?;
    let keys = key_set(exchange.context(), &realm).await?;
    Ok(Reply::ok(&keys)?.with_header(CACHE_CONTROL, FOR_FIVE_MINUTES))
}
