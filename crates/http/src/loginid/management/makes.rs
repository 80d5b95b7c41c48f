//! `GET /mgmt/aaguid/{aaguid}` (47).

use passkeyd_domain::Scope;

use super::MANAGEMENT;
use crate::{
    description::{Operation, guid},
    loginid::{
        exchange::{Exchange, Reply},
        models::{self, ModelReply},
        refusal::Refusal,
        schemes::of_key,
    },
};

pub(in crate::loginid) async fn show(exchange: Exchange) -> Result<Reply, Refusal> {
    exchange.api_key(Some(Scope::PASSKEY_READ)).await?;
    models::model(&exchange)
}

pub(in crate::loginid) fn describe(it: Operation) -> Operation {
    let summary = "Tells the name and the icons of a make of authenticators";
    of_key(it, MANAGEMENT, summary, Some(Scope::PASSKEY_READ))
        .path("aaguid", guid(), "The make.")
        .refuses(400, "It is no UUID.")
        .refuses(404, "Nobody knows the make.")
        .gives::<ModelReply<'static>>(200, "The make.")
}
