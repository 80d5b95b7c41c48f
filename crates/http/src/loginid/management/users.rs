//! `DELETE /mgmt/users/{userId}` (58), `PUT …/activate` (59), `PUT …/deactivate` (60).

use passkeyd_domain::{Scope, UserHandle};
use passkeyd_service::{api_keys::ApiKeyCaller, bearer_tokens::user_handle};

use super::MANAGEMENT;
use crate::{
    description::{Operation, text},
    loginid::{
        exchange::{Exchange, Reply},
        refusal::Refusal,
        schemes::of_key,
    },
};

pub(in crate::loginid) async fn delete(exchange: Exchange) -> Result<Reply, Refusal> {
    let (caller, user) = user(&exchange).await?;
    exchange.service().delete_person(&caller, &user).await?;
    Ok(Reply::no_content())
}

pub(in crate::loginid) async fn activate(exchange: Exchange) -> Result<Reply, Refusal> {
    set_active(exchange, true).await
}

pub(in crate::loginid) async fn deactivate(exchange: Exchange) -> Result<Reply, Refusal> {
    set_active(exchange, false).await
}

async fn set_active(exchange: Exchange, active: bool) -> Result<Reply, Refusal> {
    let (caller, user) = user(&exchange).await?;
    exchange
        .service()
        .set_active(&caller, &user, active)
        .await?;
    Ok(Reply::no_content())
}

async fn user(exchange: &Exchange) -> Result<(ApiKeyCaller, UserHandle), Refusal> {
    let caller = exchange.api_key(Some(Scope::USER_WRITE)).await?;
    let user = user_handle(exchange.path_segment("userId"))
        .ok_or_else(|| Refusal::not_found("There is no such user."))?;
    Ok((caller, user))
}

fn describe(it: Operation, summary: &'static str) -> Operation {
    of_key(it, MANAGEMENT, summary, Some(Scope::USER_WRITE))
        .path("userId", text(), "The user.")
        .refuses(404, "There is no such user.")
}

pub(in crate::loginid) fn describe_delete(it: Operation) -> Operation {
    describe(it, "Deletes a user").gives_nothing(204, "The user is gone.")
}

pub(in crate::loginid) fn describe_activate(it: Operation) -> Operation {
    describe(it, "Lets a user sign in again").gives_nothing(204, "The user is active.")
}

pub(in crate::loginid) fn describe_deactivate(it: Operation) -> Operation {
    describe(it, "Lets a user sign in no longer").gives_nothing(204, "The user is not active.")
}
