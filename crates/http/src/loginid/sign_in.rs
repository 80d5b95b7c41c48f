//! `POST /auth/init` (28) and `POST /auth/complete` (27).

use std::collections::BTreeMap;

use passkeyd_domain::application::{CrossAuthMethod, FallbackMethod};
use passkeyd_service::application_sign_in::{
    BeginApplicationSignIn, CompleteApplicationSignIn, PasskeyType, SignInAction,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    bodies::{Application, User, trust_items, trust_items_shape},
    device_info::DeviceInfo,
    exchange::{Exchange, Reply},
    options::RequestOptionsReply,
    refusal::Refusal,
    registration::client,
    responses::{AssertionResult, SignedInReply},
};
use crate::description::{Operation, object, text};

pub(super) async fn init(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let body: AuthInit = exchange.json().await?;
    let realm = exchange.realm(Some(&body.app.id)).await?;
    let command = BeginApplicationSignIn {
        name: body.user.map(User::login).transpose()?.flatten(),
        device: body.device_info.claimed(&exchange)?,
        trust_items: trust_items(body.trust_items),
    };
    let begun = exchange
        .service()
        .begin_application_sign_in(&realm, command)
        .await?;
    Reply::ok(&AuthInitReply {
        action: match begun.action {
            SignInAction::Proceed => "proceed",
            SignInAction::CrossAuth => "crossAuth",
            SignInAction::Fallback => "fallback",
        },
        assertion_options: begun.options.into(),
        cross_auth_methods: begun.cross_auth.into_iter().map(cross_auth_word).collect(),
        fallback_methods: begun.fallback.into_iter().map(fallback_word).collect(),
        passkey_type: begun.passkey_type.map(|of| match of {
            PasskeyType::Device => "device",
            PasskeyType::Synced => "synced",
        }),
        session: begun.session,
    })
}

const fn cross_auth_word(method: CrossAuthMethod) -> &'static str {
    match method {
        CrossAuthMethod::Otp => "otp",
        CrossAuthMethod::OtpEmail => "otp:email",
        CrossAuthMethod::OtpSms => "otp:sms",
    }
}

const fn fallback_word(method: FallbackMethod) -> &'static str {
    match method {
        FallbackMethod::Ciam => "ciam",
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthInit {
    app: Application,
    device_info: DeviceInfo,
    user: Option<User>,
    trust_items: Option<BTreeMap<String, Value>>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdAuthInit")]
struct AuthInitReply {
    action: &'static str,
    assertion_options: RequestOptionsReply,
    cross_auth_methods: Vec<&'static str>,
    fallback_methods: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    passkey_type: Option<&'static str>,
    session: String,
}

pub(super) async fn complete(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let body: AuthComplete = exchange.json().await?;
    let session = exchange.body_session(&body.session).await?;
    let command = CompleteApplicationSignIn {
        response: body.assertion_result.response()?,
        client: client(&exchange, session.realm()).await?,
    };
    let completed = exchange
        .service()
        .complete_application_sign_in(&session, command)
        .await?;
    Reply::ok(&SignedInReply::from(completed))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthComplete {
    session: String,
    assertion_result: AssertionResult,
}

pub(super) fn describe_init(it: Operation) -> Operation {
    it.about("loginid", "Begins a sign-in")
        .takes(
            object()
                .required("app", Application::shape(), "The application.")
                .required("deviceInfo", DeviceInfo::shape(), "The device.")
                .optional(
                    "user",
                    User::shape(),
                    "Who signs in; else whoever has a passkey.",
                )
                .optional("trustItems", trust_items_shape(), "Trust items."),
        )
        .refuses(401, "The application is frozen.")
        .refuses(403, "The user is not active.")
        .refuses(404, "There is no such application or user.")
        .gives::<AuthInitReply>(200, "What to do next.")
}

pub(super) fn describe_complete(it: Operation) -> Operation {
    it.about("loginid", "Completes a sign-in")
        .takes(
            object()
                .required("session", text(), "The session of the beginning.")
                .required(
                    "assertionResult",
                    AssertionResult::shape(),
                    "What the browser signed.",
                ),
        )
        .refuses(404, "The passkey can't be used; the code is `forbidden`.")
        .gives::<SignedInReply>(200, "The user is signed in.")
}
