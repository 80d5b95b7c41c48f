//! `POST /mfa/begin` (33).

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use passkeyd_service::mfa::{BeginMfa, Hints};
use serde::Deserialize;
use serde_json::Value;

use super::{
    LONGEST_PAYLOAD, MFA,
    next::{self, MfaNextReply},
    payload_of,
};
use crate::{
    description::{Object, Operation, object, text},
    loginid::{
        bodies::{LONGEST_TRACE, User, trace_id, trust_items, trust_items_shape},
        device_info::DeviceInfo,
        exchange::{Exchange, Reply},
        names::LONGEST,
        refusal::Refusal,
        schemes::open,
    },
};

pub(super) async fn begin(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let body: MfaBegin = exchange.json().await?;
    let realm = exchange.realm(None).await?;
    let trace_id = trace_id(body.trace_id)?;
    let payload = body.payload.filter(|payload| !payload.is_empty());
    let (user, hints) = match body.user {
        None => (None, Hints::default()),
        Some(MfaUser { user, name, phone }) => {
            let hints = Hints {
                name: hint(name),
                phone: hint(phone),
            };
            (user.named_or_nobody()?, hints)
        }
    };
    let command = BeginMfa {
        user,
        hints,
        payload: payload.map(payload_of).transpose()?,
        trace_id,
        device: body.device_info.unwrap_or_default().claimed(&exchange)?,
        trust_items: trust_items(body.trust_items),
        issuer: exchange.base_url(&realm).await?,
    };
    let begun = exchange.service().begin_mfa(&realm, command).await?;
    next::next(&exchange, &realm, StatusCode::OK, begun)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MfaBegin {
    device_info: Option<DeviceInfo>,
    payload: Option<String>,
    trace_id: Option<String>,
    trust_items: Option<BTreeMap<String, Value>>,
    user: Option<MfaUser>,
}

/// A user, and what else the client says of the person.
#[derive(Deserialize)]
struct MfaUser {
    #[serde(flatten)]
    user: User,
    name: Option<String>,
    phone: Option<String>,
}

impl MfaUser {
    fn shape() -> Object {
        User::shape()
            .optional(
                "name",
                text().or_null(),
                "The person's name, for the event.",
            )
            .optional(
                "phone",
                text().or_null(),
                "The person's telephone number, for the event.",
            )
    }
}

/// What goes to the event only, as much of it as fits; none: it is empty.
fn hint(sent: Option<String>) -> Option<String> {
    let hint: String = sent?.trim().chars().take(LONGEST).collect();
    (!hint.is_empty()).then_some(hint)
}

pub(super) fn describe(it: Operation) -> Operation {
    open(it, MFA, "Begins a sign-in with several factors")
        .takes(
            object()
                .optional("deviceInfo", DeviceInfo::shape(), "The device.")
                .optional(
                    "payload",
                    text().longest(LONGEST_PAYLOAD).or_null(),
                    "What is to be confirmed.",
                )
                .optional(
                    "traceId",
                    text().longest(LONGEST_TRACE).or_null(),
                    "By what the events of this sign-in are found.",
                )
                .optional("trustItems", trust_items_shape(), "Trust items.")
                .optional(
                    "user",
                    MfaUser::shape(),
                    "Who signs in; an empty name: whoever has a passkey.",
                ),
        )
        .refuses(403, "The user is not active, or can't sign in here.")
        .gives::<MfaNextReply>(200, "What may be done next.")
}
