//! `/Users` (19 to 24).

use serde_json::{Map, Value};

use super::{
    KEY, READ, WRITE,
    exchange::{Exchange, Reply},
    refusal::Refusal,
};
use crate::description::{Operation, anything, text};

const JSON: &str = "application/scim+json";

pub(super) async fn list(exchange: Exchange) -> Result<Reply, Refusal> {
    let (query, view) = (exchange.query()?, exchange.view());
    let list = exchange
        .service()
        .list_scim_users(exchange.realm(), &query, &view)
        .await?;
    Ok(Reply::list(list))
}

pub(super) fn describe_list(it: Operation) -> Operation {
    projected(it.about("scim", "Lists users"))
        .by(&KEY)
        .scope(READ)
        .optional_query(
            "filter",
            text().longest(2048),
            "Which ones (RFC 7644 section 3.4.2.2).",
        )
        .optional_query("startIndex", text(), "The place of the first one, from 1.")
        .optional_query(
            "count",
            text(),
            "How many; 100 where it is not said, 200 at most.",
        )
        .gives_as::<Map<String, Value>>(200, JSON, "A part of the list.")
}

pub(super) async fn create(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let body = exchange.body().await?;
    let view = exchange.view();
    let made = exchange
        .service()
        .create_scim_user(exchange.realm(), &body, &view)
        .await?;
    Ok(Reply::created(made))
}

pub(super) fn describe_create(it: Operation) -> Operation {
    projected(it.about("scim", "Makes a user"))
        .by(&KEY)
        .scope(WRITE)
        .takes(anything())
        .gives_as::<Map<String, Value>>(201, JSON, "The user.")
        .refuses(409, "The user name is taken.")
}

pub(super) async fn show(exchange: Exchange) -> Result<Reply, Refusal> {
    let view = exchange.view();
    let found = exchange
        .service()
        .scim_user(exchange.realm(), &exchange.id(), &view)
        .await?;
    Ok(if exchange.has(&found.tag) {
        Reply::not_modified(found.tag)
    } else {
        Reply::resource(found)
    })
}

pub(super) fn describe_show(it: Operation) -> Operation {
    projected(one(it.about("scim", "Shows a user"), READ))
        .gives_as::<Map<String, Value>>(200, JSON, "The user.")
        .gives_nothing(304, "It is of the version that `If-None-Match` names.")
}

pub(super) async fn replace(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let body = exchange.body().await?;
    let (view, if_match) = (exchange.view(), exchange.if_match());
    let written = exchange
        .service()
        .replace_scim_user(exchange.realm(), &exchange.id(), &body, &if_match, &view)
        .await?;
    Ok(Reply::resource(written))
}

pub(super) fn describe_replace(it: Operation) -> Operation {
    changed(it.about("scim", "Replaces what can be written of a user"))
}

pub(super) async fn patch(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let body = exchange.body().await?;
    let (view, if_match) = (exchange.view(), exchange.if_match());
    let written = exchange
        .service()
        .patch_scim_user(exchange.realm(), &exchange.id(), &body, &if_match, &view)
        .await?;
    Ok(Reply::resource(written))
}

pub(super) fn describe_patch(it: Operation) -> Operation {
    changed(it.about("scim", "Changes a user, all that is asked for or nothing"))
}

pub(super) async fn delete(exchange: Exchange) -> Result<Reply, Refusal> {
    let if_match = exchange.if_match();
    exchange
        .service()
        .delete_scim_user(exchange.caller(), &exchange.id(), &if_match)
        .await?;
    Ok(Reply::no_content())
}

pub(super) fn describe_delete(it: Operation) -> Operation {
    one(it.about("scim", "Deletes a user"), WRITE)
        .gives_nothing(204, "It is gone.")
        .refuses(412, "It has another version than `If-Match` names.")
}

fn one(it: Operation, scope: &'static str) -> Operation {
    it.by(&KEY)
        .scope(scope)
        .path("id", text(), "The id of the user.")
        .refuses(404, "There is no such user.")
}

fn changed(it: Operation) -> Operation {
    projected(one(it, WRITE))
        .takes(anything())
        .gives_as::<Map<String, Value>>(200, JSON, "The user.")
        .refuses(409, "The user name is taken.")
        .refuses(412, "It has another version than `If-Match` names.")
}

fn projected(it: Operation) -> Operation {
    it.optional_query(
        "attributes",
        text(),
        "Only these, and what is always shown.",
    )
    .optional_query("excludedAttributes", text(), "All but these.")
}
