//! `/Groups` (10 to 15).

use super::{
    exchange::{Exchange, Reply},
    operations::{changing, deleting, listing, making, showing},
    refusal::Refusal,
};
use crate::description::Operation;

const NOUN: &str = "group";

pub(super) async fn list(exchange: Exchange) -> Result<Reply, Refusal> {
    let (query, view) = (exchange.query()?, exchange.view());
    let list = exchange
        .service()
        .list_scim_groups(exchange.realm(), &query, &view)
        .await?;
    Ok(Reply::list(list))
}

pub(super) fn describe_list(it: Operation) -> Operation {
    listing(it.about("scim", "Lists groups"))
}

pub(super) async fn create(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let body = exchange.body().await?;
    let view = exchange.view();
    let made = exchange
        .service()
        .create_scim_group(exchange.realm(), &body, &view)
        .await?;
    Ok(Reply::created(made))
}

pub(super) fn describe_create(it: Operation) -> Operation {
    making(it.about("scim", "Makes a group"), NOUN)
}

pub(super) async fn show(exchange: Exchange) -> Result<Reply, Refusal> {
    let view = exchange.view();
    let found = exchange
        .service()
        .scim_group(exchange.realm(), &exchange.id(), &view)
        .await?;
    Ok(exchange.shown(found))
}

pub(super) fn describe_show(it: Operation) -> Operation {
    showing(it.about("scim", "Shows a group"), NOUN)
}

pub(super) async fn replace(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let body = exchange.body().await?;
    let (view, if_match) = (exchange.view(), exchange.if_match());
    let written = exchange
        .service()
        .replace_scim_group(exchange.realm(), &exchange.id(), &body, &if_match, &view)
        .await?;
    Ok(Reply::resource(written))
}

pub(super) fn describe_replace(it: Operation) -> Operation {
    changing(
        it.about("scim", "Replaces what can be written of a group"),
        NOUN,
    )
}

pub(super) async fn patch(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let body = exchange.body().await?;
    let (view, if_match) = (exchange.view(), exchange.if_match());
    let written = exchange
        .service()
        .patch_scim_group(exchange.realm(), &exchange.id(), &body, &if_match, &view)
        .await?;
    Ok(Reply::resource(written))
}

pub(super) fn describe_patch(it: Operation) -> Operation {
    changing(
        it.about("scim", "Changes a group, all that is asked for or nothing"),
        NOUN,
    )
}

pub(super) async fn delete(exchange: Exchange) -> Result<Reply, Refusal> {
    let if_match = exchange.if_match();
    exchange
        .service()
        .delete_scim_group(exchange.realm(), &exchange.id(), &if_match)
        .await?;
    Ok(Reply::no_content())
}

pub(super) fn describe_delete(it: Operation) -> Operation {
    deleting(it.about("scim", "Deletes a group"), NOUN)
}
