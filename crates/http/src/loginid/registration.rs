//! `POST /reg/init` (43) and `POST /reg/complete` (42).

use std::collections::BTreeMap;

use passkeyd_service::application_registration::{
    ApplicationClient, BeginApplicationRegistration, CompleteApplicationRegistration,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    bodies::{Application, User, trust_items, trust_items_shape},
    device_info::DeviceInfo,
    exchange::{Exchange, Reply},
    names::LONGEST,
    options::CreationOptionsReply,
    refusal::Refusal,
    responses::{CreationResult, SignedInReply},
};
use crate::{
    description::{Operation, flag, object, text},
    device,
};

pub(super) async fn init(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let bearer = exchange.optional_bearer().await?;
    let body: RegInit = exchange.json().await?;
    let realm = match &bearer {
        Some(bearer) if bearer.realm().id().as_str() == body.app.id => bearer.realm().clone(),
        Some(_) => return Err(Refusal::no_such_application()),
        None => exchange.realm(Some(&body.app.id)).await?,
    };
    let wishes = body.passkey_options.unwrap_or_default();
    let command = BeginApplicationRegistration {
        user: body.user.map(User::named).transpose()?,
        device: body.device_info.claimed(&exchange)?,
        security_key: wishes.security_key.unwrap_or(false),
        conditional: wishes.conditional_create.unwrap_or(false),
        trust_items: trust_items(body.trust_items),
    };
    let service = exchange.service();
    let rp_name = service.relying_party(&realm)?.name;
    let begun = service
        .begin_application_registration(&realm, bearer.as_ref(), command)
        .await?;
    Reply::ok(&RegInitReply {
        action: if begun.may_sign_in {
            "signIn"
        } else {
            "proceed"
        },
        registration_request_options: CreationOptionsReply::new(begun.options, rp_name),
        session: begun.session,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegInit {
    app: Application,
    device_info: DeviceInfo,
    user: Option<User>,
    passkey_options: Option<PasskeyOptions>,
    trust_items: Option<BTreeMap<String, Value>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PasskeyOptions {
    conditional_create: Option<bool>,
    security_key: Option<bool>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdRegInit")]
struct RegInitReply {
    action: &'static str,
    registration_request_options: CreationOptionsReply,
    session: String,
}

pub(super) async fn complete(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let body: RegComplete = exchange.json().await?;
    let session = exchange.body_session(&body.session).await?;
    let name = body.passkey_name.map(|name| name.trim().to_owned());
    let name = name.filter(|name| !name.is_empty());
    if name
        .as_ref()
        .is_some_and(|name| name.chars().count() > LONGEST)
    {
        return Err(Refusal::bad_request(
            "passkeyName may have up to 255 characters.",
        ));
    }
    let command = CompleteApplicationRegistration {
        response: body.creation_result.response()?,
        passkey_name: name,
        client: client(&exchange, session.realm()).await?,
    };
    let completed = exchange
        .service()
        .complete_application_registration(&session, command)
        .await?;
    Reply::ok(&SignedInReply::from(completed))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegComplete {
    session: String,
    creation_result: CreationResult,
    passkey_name: Option<String>,
}

/// From where a step of a ceremony comes.
pub(super) async fn client(
    exchange: &Exchange,
    realm: &passkeyd_service::accounts::Realm,
) -> Result<ApplicationClient, Refusal> {
    Ok(ApplicationClient {
        issuer: exchange.base_url(realm).await?,
        device_text: device::describe(exchange.user_agent()),
        country: exchange.country(),
    })
}

pub(super) fn describe_init(it: Operation) -> Operation {
    it.about("loginid", "Begins the registration of a passkey")
        .takes(
            object()
                .required("app", Application::shape(), "The application.")
                .required("deviceInfo", DeviceInfo::shape(), "The device.")
                .optional(
                    "user",
                    User::shape(),
                    "Who registers; else whom the token is about.",
                )
                .optional(
                    "passkeyOptions",
                    object()
                        .optional(
                            "conditionalCreate",
                            flag().or(false),
                            "Made without asking.",
                        )
                        .optional("securityKey", flag().or(false), "A security key is wanted."),
                    "What is wished of the passkey.",
                )
                .optional("trustItems", trust_items_shape(), "Trust items."),
        )
        .refuses(
            401,
            "A token is needed, or the one that was sent is not good.",
        )
        .refuses(
            403,
            "The token is for somebody else or lacks the scope, or the user is not active.",
        )
        .refuses(404, "There is no such application.")
        .gives::<RegInitReply>(200, "The options for the browser.")
}

pub(super) fn describe_complete(it: Operation) -> Operation {
    it.about("loginid", "Completes the registration of a passkey")
        .takes(
            object()
                .required("session", text(), "The session of the beginning.")
                .required(
                    "creationResult",
                    CreationResult::shape(),
                    "What the browser made.",
                )
                .optional(
                    "passkeyName",
                    text().longest(LONGEST).or_null(),
                    "A name for people.",
                ),
        )
        .refuses(403, "The model is blacklisted, or the user is not active.")
        .gives::<SignedInReply>(200, "The user is signed in.")
}
