//! `GET` (49), `POST` and `PUT` (50), and `DELETE /mgmt/aaguid/blacklist` (48).

use passkeyd_domain::{Scope, ports::BlacklistedModel};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MANAGEMENT;
use crate::{
    description::{Operation, flag, guid, list_of, object},
    loginid::{
        exchange::{Exchange, Reply},
        models::aaguid,
        refusal::Refusal,
        schemes::of_key,
    },
};

pub(in crate::loginid) async fn list(exchange: Exchange) -> Result<Reply, Refusal> {
    let caller = exchange.api_key(Some(Scope::PASSKEY_READ)).await?;
    let models = exchange.service().blacklist(caller.realm()).await?;
    let entries: Vec<_> = models
        .into_iter()
        .map(|model| Entry {
            aaguid: model.aaguid.to_string(),
            reg: model.registration,
            auth: model.sign_in,
        })
        .collect();
    Reply::ok(&entries)
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[schemars(rename = "LoginIdBlacklistEntry")]
struct Entry {
    aaguid: String,
    reg: bool,
    auth: bool,
}

pub(in crate::loginid) async fn put(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let caller = exchange.api_key(Some(Scope::PASSKEY_WRITE)).await?;
    let body: PutEntries = exchange.json().await?;
    if body.items.is_empty() {
        return Err(Refusal::bad_request("items must not be empty."));
    }
    let models = body
        .items
        .into_iter()
        .map(|entry| {
            Ok(BlacklistedModel {
                aaguid: aaguid(&entry.aaguid)?,
                registration: entry.reg,
                sign_in: entry.auth,
            })
        })
        .collect::<Result<_, Refusal>>()?;
    exchange.service().put_blacklist(&caller, models).await?;
    Ok(Reply::no_content())
}

#[derive(Deserialize)]
struct PutEntries {
    items: Vec<Entry>,
}

pub(in crate::loginid) async fn remove(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let caller = exchange.api_key(Some(Scope::PASSKEY_WRITE)).await?;
    let body: RemoveEntries = exchange.json().await?;
    let aaguids = body.aaguids.iter().map(|text| aaguid(text));
    let aaguids = aaguids.collect::<Result<_, _>>()?;
    exchange
        .service()
        .remove_from_blacklist(&caller, aaguids)
        .await?;
    Ok(Reply::no_content())
}

#[derive(Deserialize)]
struct RemoveEntries {
    aaguids: Vec<String>,
}

pub(in crate::loginid) fn describe_list(it: Operation) -> Operation {
    let scope = Some(Scope::PASSKEY_READ);
    of_key(it, MANAGEMENT, "Lists the blacklist of models", scope)
        .gives::<Vec<Entry>>(200, "The entries, by AAGUID.")
}

pub(in crate::loginid) fn describe_put(it: Operation) -> Operation {
    let entry = object()
        .required("aaguid", guid(), "The make.")
        .required("reg", flag(), "It can't register.")
        .required("auth", flag(), "It can't sign in.");
    let scope = Some(Scope::PASSKEY_WRITE);
    of_key(it, MANAGEMENT, "Puts models on the blacklist", scope)
        .takes(object().required("items", list_of(entry).at_least(1), "The entries."))
        .gives_nothing(204, "They are on it.")
}

pub(in crate::loginid) fn describe_remove(it: Operation) -> Operation {
    let scope = Some(Scope::PASSKEY_WRITE);
    of_key(it, MANAGEMENT, "Takes models off the blacklist", scope)
        .takes(object().required("aaguids", list_of(guid()), "The makes."))
        .gives_nothing(204, "They are not on it.")
}
