//! `GET /mgmt/users?username=` (61), `DELETE /mgmt/users/{userId}` (58), `PUT …/activate` (59), `PUT …/deactivate` (60).

use passkeyd_domain::{Scope, UserHandle};
use passkeyd_service::{api_keys::ApiKeyCaller, bearer_tokens::user_handle};
use schemars::JsonSchema;
use serde::Serialize;

use super::{MANAGEMENT, PasskeyFacts, UserReply};
use crate::{
    description::{Operation, text},
    loginid::{
        exchange::{Exchange, Reply},
        names,
        passkeys::shown_time,
        refusal::Refusal,
        schemes::of_key,
    },
};

pub(in crate::loginid) async fn show(exchange: Exchange) -> Result<Reply, Refusal> {
    let caller = exchange.api_key(Some(Scope::USER_READ)).await?;
    let username = exchange.query("username").unwrap_or_default();
    let name = names::name(&username, "username")?;
    if name.contains('\0') {
        return Err(Refusal::bad_request("username holds the character U+0000."));
    }
    let service = exchange.service();
    let (person, devices, passkeys) = service.person_with_passkeys(caller.realm(), name).await?;
    Reply::ok(&UserWithPasskeys {
        user: UserReply::from(&person),
        devices: devices
            .into_iter()
            .map(|device| UserDevice {
                device_id: device.id.to_string(),
                name: device.name,
                created_at: shown_time(device.created_at),
                last_used_at: shown_time(device.last_used_at),
            })
            .collect(),
        passkeys: passkeys
            .into_iter()
            .map(|owned| UserPasskey {
                passkey_id: owned.credential.id.to_string(),
                facts: PasskeyFacts::of(
                    owned.credential.clone(),
                    service.model_name(owned.credential.aaguid),
                ),
            })
            .collect(),
    })
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "LoginIdUserWithPasskeys")]
struct UserWithPasskeys {
    user: UserReply,
    devices: Vec<UserDevice>,
    passkeys: Vec<UserPasskey>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdUserDevice")]
struct UserDevice {
    device_id: String,
    name: String,
    created_at: String,
    last_used_at: String,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdUserPasskey")]
struct UserPasskey {
    passkey_id: String,
    #[serde(flatten)]
    facts: PasskeyFacts,
}

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

pub(in crate::loginid) fn describe_show(it: Operation) -> Operation {
    of_key(
        it,
        MANAGEMENT,
        "Tells of a user, its devices and its passkeys",
        Some(Scope::USER_READ),
    )
    .query("username", text(), "A name of the user.")
    .refuses(404, "There is no such user.")
    .gives::<UserWithPasskeys>(200, "The user.")
}
