//! `GET` (55), `PUT` (56) and `DELETE /mgmt/passkeys/{passkeyId}`.

use passkeyd_domain::Scope;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{MANAGEMENT, PasskeyFacts, UserReply};
use crate::{
    description::{Operation, object, text},
    loginid::{
        exchange::{Exchange, Reply},
        names,
        refusal::Refusal,
        schemes::of_key,
    },
};

pub(in crate::loginid) async fn show(exchange: Exchange) -> Result<Reply, Refusal> {
    let caller = exchange.api_key(Some(Scope::PASSKEY_READ)).await?;
    let id = passkey_id(&exchange)?;
    let service = exchange.service();
    let (owned, person) = service.passkey_with_owner(caller.realm(), id).await?;
    let provider_name = service.model_name(owned.credential.aaguid);
    Reply::ok(&PasskeyAndUser {
        passkey_info: PasskeyInfo {
            id: id.to_string(),
            facts: PasskeyFacts::of(owned.credential, provider_name),
        },
        user: UserReply::from(&person),
    })
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdPasskeyAndUser")]
struct PasskeyAndUser {
    passkey_info: PasskeyInfo,
    user: UserReply,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "LoginIdPasskeyInfo")]
struct PasskeyInfo {
    id: String,
    #[serde(flatten)]
    facts: PasskeyFacts,
}

pub(in crate::loginid) async fn rename(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let caller = exchange.api_key(Some(Scope::PASSKEY_WRITE)).await?;
    let body: RenamePasskey = exchange.json().await?;
    let name = names::name(&body.passkey_name, "passkeyName")?.to_owned();
    let id = passkey_id(&exchange)?;
    exchange.service().rename_passkey(&caller, id, name).await?;
    Ok(Reply::no_content())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RenamePasskey {
    passkey_name: String,
}

pub(in crate::loginid) async fn delete(exchange: Exchange) -> Result<Reply, Refusal> {
    let caller = exchange.api_key(Some(Scope::PASSKEY_WRITE)).await?;
    let id = passkey_id(&exchange)?;
    exchange.service().remove_passkey(&caller, id).await?;
    Ok(Reply::no_content())
}

/// What is no id names no passkey.
fn passkey_id(exchange: &Exchange) -> Result<Uuid, Refusal> {
    Uuid::parse_str(exchange.path_segment("passkeyId"))
        .map_err(|_| Refusal::not_found("There is no such passkey."))
}

fn describe(it: Operation, summary: &'static str, scope: &'static str) -> Operation {
    of_key(it, MANAGEMENT, summary, Some(scope))
        .path("passkeyId", text(), "The passkey.")
        .refuses(404, "There is no such passkey.")
}

pub(in crate::loginid) fn describe_show(it: Operation) -> Operation {
    describe(it, "Tells of a passkey and its user", Scope::PASSKEY_READ)
        .gives::<PasskeyAndUser>(200, "The passkey.")
}

pub(in crate::loginid) fn describe_rename(it: Operation) -> Operation {
    describe(it, "Gives a passkey another name", Scope::PASSKEY_WRITE)
        .takes(object().required("passkeyName", text().filled().longest(255), "The name."))
        .gives_nothing(204, "It has the name.")
}

pub(in crate::loginid) fn describe_delete(it: Operation) -> Operation {
    describe(it, "Deletes a passkey", Scope::PASSKEY_WRITE).gives_nothing(204, "It is gone.")
}
