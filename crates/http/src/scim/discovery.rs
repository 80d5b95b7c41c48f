//! `/ServiceProviderConfig`, `/ResourceTypes` and `/Schemas` (16 to 18).

use passkeyd_service::scim::discovery;
use serde_json::{Map, Value};

use super::{
    KEY, READ,
    exchange::{Exchange, Reply},
    refusal::Refusal,
};
use crate::description::{Operation, text};

pub(super) async fn config(exchange: Exchange) -> Result<Reply, Refusal> {
    unfiltered(&exchange)?;
    Ok(Reply::ok(discovery::service_provider_config(
        &exchange.base,
    )))
}

pub(super) async fn resource_types(exchange: Exchange) -> Result<Reply, Refusal> {
    all(&exchange, discovery::resource_types(&exchange.base))
}

pub(super) async fn resource_type(exchange: Exchange) -> Result<Reply, Refusal> {
    named(&exchange, discovery::resource_types(&exchange.base))
}

pub(super) async fn schemas(exchange: Exchange) -> Result<Reply, Refusal> {
    all(&exchange, discovery::schemas(&exchange.base))
}

pub(super) async fn schema(exchange: Exchange) -> Result<Reply, Refusal> {
    named(&exchange, discovery::schemas(&exchange.base))
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("scim", "Tells what the server can do")
        .by(&KEY)
        .scope(READ)
        .refuses(403, "A filter was sent.")
        .gives_as::<Map<String, Value>>(200, "application/scim+json", "What was asked for.")
}

pub(super) fn describe_one(it: Operation) -> Operation {
    describe(it)
        .path("id", text(), "The id of what is asked for.")
        .refuses(404, "There is none of this id.")
}

/// These are no lists that are searched (RFC 7644 section 4).
fn unfiltered(exchange: &Exchange) -> Result<(), Refusal> {
    match exchange.parameter("filter") {
        Some(_) => Err(Refusal::forbidden("This can't be filtered.")),
        None => Ok(()),
    }
}

fn all(exchange: &Exchange, all: Vec<Value>) -> Result<Reply, Refusal> {
    unfiltered(exchange)?;
    let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
    Ok(Reply::list_of(total, 1, all))
}

fn named(exchange: &Exchange, all: Vec<Value>) -> Result<Reply, Refusal> {
    unfiltered(exchange)?;
    let id = exchange.id();
    let one = all.into_iter().find(|one| {
        let known = one.get("id").and_then(Value::as_str);
        known.is_some_and(|known| known.eq_ignore_ascii_case(&id))
    });
    match one {
        Some(one) => Ok(Reply::ok(one)),
        None => Err(Refusal::not_found("There is none of this id.")),
    }
}
