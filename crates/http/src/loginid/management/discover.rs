//! `POST /mgmt/discover` (52).

use passkeyd_domain::Scope;
use passkeyd_service::discovery::{Discover, MatchResult};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MANAGEMENT;
use crate::{
    description::{Operation, flag, object, text},
    loginid::{
        bodies::{LONGEST_TRACE, User, trace_id},
        device_info::DeviceInfo,
        exchange::{Exchange, Reply},
        options::{CreationOptionsReply, RequestOptionsReply},
        passkeys::shown_time,
        refusal::Refusal,
        schemes::of_key,
    },
};

pub(in crate::loginid) async fn discover(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let caller = exchange.api_key(Some(Scope::USER_READ)).await?;
    let body: DiscoverBody = exchange.json().await?;
    let trace_id = trace_id(body.trace_id)?;
    let device = body.device_info.unwrap_or_default();
    let command = Discover {
        user: body.user.named()?,
        device: device.completed(&body.user_agent)?,
        security_key: body.security_key.unwrap_or(false),
        trace_id,
    };
    let found = exchange.service().discover(&caller, command).await?;
    let last = found.last_sign_in;
    Reply::ok(&DiscoverReply {
        match_result: match found.result {
            MatchResult::PasskeyFound => "PasskeyFound",
            MatchResult::PasskeyNotFound => "PasskeyNotFound",
            MatchResult::UserNotFound => "UserNotFound",
        },
        user_id: found.user_id,
        session: found.session,
        trace_id: found.trace_id,
        auth_request_options: found.sign_in.map(RequestOptionsReply::from),
        reg_request_options: CreationOptionsReply::new(found.registration, found.rp_name),
        last_login_ts: last.as_ref().map(|(at, _)| shown_time(*at)),
        last_login_device_id: last.and_then(|(_, device)| Some(device?.to_string())),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DiscoverBody {
    user: User,
    user_agent: String,
    device_info: Option<DeviceInfo>,
    security_key: Option<bool>,
    trace_id: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdDiscovered")]
struct DiscoverReply {
    match_result: &'static str,
    user_id: String,
    session: String,
    trace_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_request_options: Option<RequestOptionsReply>,
    reg_request_options: CreationOptionsReply,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_login_device_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_login_ts: Option<String>,
}

pub(in crate::loginid) fn describe(it: Operation) -> Operation {
    let body = object()
        .required("user", User::shape(), "Who.")
        .required("userAgent", text(), "What the user's browser calls itself.")
        .optional("deviceInfo", DeviceInfo::shape(), "The user's device.")
        .optional("securityKey", flag().or(false), "A security key is wanted.")
        .optional(
            "traceId",
            text().longest(LONGEST_TRACE).or_null(),
            "For the events.",
        );
    let summary = "Looks a user up, and begins a sign-in or a registration";
    of_key(it, MANAGEMENT, summary, Some(Scope::USER_READ))
        .takes(body)
        .refuses(403, "The user is not active.")
        .refuses(404, "The application has no relying party.")
        .gives::<DiscoverReply>(200, "What is known, and a session for either.")
}
