//! A user's passkeys: `GET /passkeys` (44), `DELETE /passkeys/{id}` (44a) and `PUT /passkeys/{id}` (45).

use data_encoding::BASE64URL_NOPAD;
use passkeyd_domain::{Scope, Timestamp};
use passkeyd_service::user_passkeys::UserPasskey;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    device_info::DeviceInfoReply,
    exchange::{Exchange, Reply},
    names::{self, LONGEST},
    refusal::Refusal,
    schemes::USER_TOKEN,
};
use crate::description::{Operation, object, text};

pub(super) async fn list(exchange: Exchange) -> Result<Reply, Refusal> {
    let bearer = exchange.bearer(Scope::PASSKEY_READ).await?;
    let service = exchange.service();
    let account = service.bearer_account(&bearer).await?;
    let held = service.user_passkeys(bearer.realm(), &account).await?;
    Reply::ok(&held.into_iter().map(PasskeyReply::from).collect::<Vec<_>>())
}

pub(super) async fn rename(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let bearer = exchange.bearer(Scope::PASSKEY_WRITE).await?;
    let body: RenamePasskey = exchange.json().await?;
    let name = names::name(&body.name, "name")?;
    let service = exchange.service();
    let account = service.bearer_account(&bearer).await?;
    let id = passkey_id(&exchange)?;
    service
        .rename_user_passkey(bearer.realm(), &account, id, name.to_owned())
        .await?;
    Ok(Reply::no_content())
}

#[derive(Deserialize)]
struct RenamePasskey {
    name: String,
}

pub(super) async fn delete(exchange: Exchange) -> Result<Reply, Refusal> {
    let bearer = exchange.bearer(Scope::PASSKEY_WRITE).await?;
    let service = exchange.service();
    let account = service.bearer_account(&bearer).await?;
    let id = passkey_id(&exchange)?;
    service
        .delete_user_passkey(bearer.realm(), &account, id)
        .await?;
    Ok(Reply::no_content())
}

/// What is no id names no passkey.
fn passkey_id(exchange: &Exchange) -> Result<Uuid, Refusal> {
    Uuid::parse_str(exchange.path_segment("id"))
        .map_err(|_| Refusal::not_found("There is no such passkey."))
}

/// `Passkey`.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdPasskey")]
pub(super) struct PasskeyReply {
    id: String,
    name: String,
    aaguid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_name: Option<String>,
    created_at: String,
    credential_id: String,
    credential_synced: bool,
    last_used_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_from_device: Option<DeviceInfoReply>,
    /// The same under an older name.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_from: Option<DeviceInfoReply>,
}

impl From<UserPasskey> for PasskeyReply {
    fn from(passkey: UserPasskey) -> Self {
        let credential = passkey.owned.credential;
        let device = || passkey.last_used_from.clone().map(DeviceInfoReply::from);
        Self {
            id: credential.id.to_string(),
            name: passkey_name(credential.nickname, passkey.provider_name.as_deref()),
            aaguid: credential.aaguid.to_string(),
            created_at: shown_time(credential.created_at),
            credential_id: BASE64URL_NOPAD.encode(credential.credential_id.as_bytes()),
            credential_synced: credential.backed_up.unwrap_or(false),
            last_used_at: shown_time(credential.last_used_at),
            last_used_from_device: device(),
            last_used_from: device(),
            provider_name: passkey.provider_name,
        }
    }
}

/// The name of a passkey. One that another surface registered without a name is called by its make.
pub(super) fn passkey_name(given: Option<String>, make: Option<&str>) -> String {
    given
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| make.unwrap_or("Passkey").to_owned())
}

/// A time as this surface shows it: UTC, whole seconds.
pub(super) fn shown_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn user_may(it: Operation, summary: &'static str, scope: &'static str) -> Operation {
    it.about("loginid", summary)
        .by(&USER_TOKEN)
        .scope(scope)
        .refuses(403, "The user is not active, or the scope is missing.")
}

pub(super) fn describe_list(it: Operation) -> Operation {
    user_may(
        it,
        "Lists the user's passkeys, the newest first",
        Scope::PASSKEY_READ,
    )
    .refuses(404, "There is no such user any more.")
    .gives::<Vec<PasskeyReply>>(200, "The passkeys.")
}

pub(super) fn describe_rename(it: Operation) -> Operation {
    user_may(it, "Gives a passkey another name", Scope::PASSKEY_WRITE)
        .path("id", text(), "The passkey.")
        .takes(object().required("name", text().filled().longest(LONGEST), "The name."))
        .refuses(404, "The user has no such passkey.")
        .gives_nothing(204, "It has the name.")
}

pub(super) fn describe_delete(it: Operation) -> Operation {
    user_may(it, "Deletes a passkey", Scope::PASSKEY_WRITE)
        .path("id", text(), "The passkey.")
        .refuses(404, "The user has no such passkey.")
        .gives_nothing(204, "It is gone.")
}
