//! `GET /mgmt/devices/{deviceId}` (51).

use passkeyd_domain::{DeviceId, Scope};
use schemars::JsonSchema;
use serde::Serialize;

use super::{MANAGEMENT, UserReply};
use crate::{
    description::{Operation, text},
    loginid::{
        device_info::DeviceInfoReply,
        exchange::{Exchange, Reply},
        refusal::Refusal,
        schemes::of_key,
    },
};

pub(in crate::loginid) async fn show(exchange: Exchange) -> Result<Reply, Refusal> {
    let caller = exchange.api_key(Some(Scope::USER_READ)).await?;
    let id: DeviceId = exchange
        .decoded_segment("deviceId")
        .parse()
        .map_err(|_| Refusal::not_found("There is no such device."))?;
    let (device, people) = exchange
        .service()
        .device_with_users(caller.realm(), &id)
        .await?;
    Reply::ok(&DeviceReply {
        device_info: device.into(),
        users: people.iter().map(UserReply::from).collect(),
    })
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdDevice")]
struct DeviceReply {
    device_info: DeviceInfoReply,
    users: Vec<UserReply>,
}

pub(in crate::loginid) fn describe(it: Operation) -> Operation {
    of_key(
        it,
        MANAGEMENT,
        "Tells of a device and who uses it",
        Some(Scope::USER_READ),
    )
    .path("deviceId", text(), "The device.")
    .refuses(404, "There is no such device.")
    .gives::<DeviceReply>(200, "The device.")
}
