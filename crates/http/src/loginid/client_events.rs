//! `POST /client-events/submit` (1): what a client tells of a ceremony.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    exchange::{Exchange, Reply},
    refusal::Refusal,
    responses::SESSION,
};
use crate::description::{Operation, flag, object, text};

/// The longest event, in characters.
const LONGEST: usize = 2048;

pub(super) async fn submit(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let session = exchange.session().await?;
    let body: ClientEvent = exchange.json().await?;
    if !(1..=LONGEST).contains(&body.event.chars().count()) {
        return Err(Refusal::bad_request(format!(
            "The event must have 1 to {LONGEST} characters."
        )));
    }
    exchange
        .service()
        .note_client_event(&session, &body.event, body.is_error.unwrap_or(false))
        .await?;
    Reply::ok(&SessionReply {
        session: session.text(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientEvent {
    event: String,
    is_error: Option<bool>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "LoginIdSession")]
struct SessionReply<'a> {
    session: &'a str,
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("loginid", "Tells what happened in the browser")
        .by(&SESSION)
        .takes(
            object()
                .required("event", text().filled().longest(LONGEST), "What happened.")
                .optional("isError", flag().or(false).or_null(), "It is an error."),
        )
        .refuses(404, "The user of the session is gone.")
        .gives::<SessionReply<'static>>(200, "The session to go on with.")
}
