//! `GET /version`.

use serde::Serialize;

use super::{
    exchange::{Exchange, Reply},
    refusal::Refusal,
};

pub(super) async fn show(exchange: Exchange) -> Result<Reply, Refusal> {
    Reply::ok(&VersionReply {
        version: &exchange.settings().version,
    })
}

#[derive(Serialize)]
struct VersionReply<'a> {
    version: &'a str,
}
