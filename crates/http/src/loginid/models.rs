//! `GET /passkeys/aaguid/{aaguid}` (46): the name and the icons of a make of authenticators.

use passkeyd_domain::Scope;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::{Uuid, fmt::Hyphenated};

use super::{
    exchange::{Exchange, Reply},
    refusal::Refusal,
    schemes::USER_TOKEN,
};
use crate::description::{Operation, guid};

pub(super) async fn show(exchange: Exchange) -> Result<Reply, Refusal> {
    exchange.bearer(Scope::PASSKEY_READ).await?;
    model(&exchange)
}

/// The make that the path names.
pub(super) fn model(exchange: &Exchange) -> Result<Reply, Refusal> {
    let aaguid = aaguid(exchange.path_segment("aaguid"))?;
    let card = exchange.service().model_card(aaguid);
    let card = card.ok_or_else(|| Refusal::not_found("There is no such AAGUID."))?;
    Reply::ok(&ModelReply {
        id: card.aaguid.to_string(),
        name: &card.name,
        icon_light: &card.icon_light,
        icon_dark: &card.icon_dark,
    })
}

/// An AAGUID in the one form that a UUID has between people, in either case.
pub(super) fn aaguid(text: &str) -> Result<Uuid, Refusal> {
    Some(text)
        .filter(|text| text.len() == Hyphenated::LENGTH)
        .and_then(|text| Uuid::parse_str(text).ok())
        .ok_or_else(|| Refusal::bad_request("An AAGUID is a UUID."))
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdModel")]
pub(super) struct ModelReply<'a> {
    id: String,
    name: &'a str,
    icon_light: &'a str,
    icon_dark: &'a str,
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about(
        "loginid",
        "Tells the name and the icons of a make of authenticators",
    )
    .by(&USER_TOKEN)
    .scope(Scope::PASSKEY_READ)
    .path("aaguid", guid(), "The make.")
    .refuses(404, "Nobody knows the make.")
    .gives::<ModelReply<'static>>(200, "The make.")
}
