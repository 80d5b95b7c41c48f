//! `GET /version`.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    exchange::{Exchange, Reply},
    refusal::Refusal,
};
use crate::description::Operation;

pub(super) async fn show(exchange: Exchange) -> Result<Reply, Refusal> {
    Reply::ok(&VersionReply {
        version: &exchange.settings().version,
    })
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("loginid", "Tells the version of the server")
        .gives::<VersionReply<'static>>(200, "The version.")
}

#[derive(JsonSchema, Serialize)]
struct VersionReply<'a> {
    version: &'a str,
}
