//! `POST /mfa/payload` (40).

use actix_web::http::StatusCode;
use serde::Deserialize;

use super::{
    LONGEST_PAYLOAD, MFA,
    next::{self, MfaNextReply},
    payload_of,
};
use crate::{
    description::{Operation, object, text},
    loginid::{
        exchange::{Exchange, Reply},
        refusal::Refusal,
        responses::SESSION,
    },
};

pub(super) async fn replace(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let session = exchange.session().await?;
    let body: MfaPayload = exchange.json().await?;
    if body.payload.is_empty() {
        return Err(Refusal::bad_request("payload must not be empty."));
    }
    let payload = payload_of(body.payload)?;
    let issuer = exchange.base_url(session.realm()).await?;
    let replaced = exchange
        .service()
        .replace_mfa_payload(&session, &payload, &issuer)
        .await?;
    next::next(&exchange, session.realm(), StatusCode::OK, replaced)
}

#[derive(Deserialize)]
struct MfaPayload {
    payload: String,
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about(MFA, "Puts another payload in the place of the one before")
        .by(&SESSION)
        .takes(object().required(
            "payload",
            text().filled().longest(LONGEST_PAYLOAD),
            "What is to be confirmed.",
        ))
        .refuses(403, "A factor is complete, or the user is not active.")
        .refuses(404, "The user is gone.")
        .gives::<MfaNextReply>(200, "What may be done next.")
}
