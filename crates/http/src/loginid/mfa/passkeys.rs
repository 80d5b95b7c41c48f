//! `POST /mfa/passkey/auth` (37), `/mfa/passkey/reg` (38) and `/mfa/passkey/tx` (39).

use passkeyd_service::mfa::MfaPasskey;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    MFA,
    next::{self, Echo, MfaReply},
};
use crate::{
    description::{Operation, anything, object},
    loginid::{
        exchange::{Exchange, Reply},
        refusal::Refusal,
        registration::client,
        responses::{AssertionResult, CreationResult, SESSION},
    },
};

pub(super) async fn sign_in(exchange: Exchange) -> Result<Reply, Refusal> {
    assertion(exchange, MfaPasskey::SignIn).await
}

pub(super) async fn confirm(exchange: Exchange) -> Result<Reply, Refusal> {
    assertion(exchange, MfaPasskey::Confirm).await
}

async fn assertion(mut exchange: Exchange, step: MfaPasskey) -> Result<Reply, Refusal> {
    let session = exchange.session().await?;
    let body: MfaAssertion = exchange.json().await?;
    let result: AssertionResult = result("assertionResult", &body.assertion_result)?;
    let response = result.response()?;
    let client = client(&exchange, session.realm()).await?;
    let completed = exchange
        .service()
        .verify_mfa_assertion(&session, step, response, client)
        .await?;
    next::complete(completed, Some(Echo::Assertion(body.assertion_result)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MfaAssertion {
    assertion_result: Value,
}

pub(super) async fn register(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let session = exchange.session().await?;
    let body: MfaCreation = exchange.json().await?;
    let result: CreationResult = result("creationResult", &body.creation_result)?;
    let response = result.response()?;
    let client = client(&exchange, session.realm()).await?;
    let completed = exchange
        .service()
        .verify_mfa_registration(&session, response, client)
        .await?;
    next::complete(completed, Some(Echo::Creation(body.creation_result)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MfaCreation {
    creation_result: Value,
}

/// Reads what is also echoed as it came.
fn result<T: DeserializeOwned>(member: &str, sent: &Value) -> Result<T, Refusal> {
    T::deserialize(sent)
        .map_err(|error| Refusal::bad_request(format!("{member} is not as it must be: {error}.")))
}

pub(super) fn describe_sign_in(it: Operation) -> Operation {
    describe_assertion(it.about(MFA, "Signs in with a passkey"))
}

pub(super) fn describe_confirm(it: Operation) -> Operation {
    describe_assertion(it.about(MFA, "Confirms the payload with a passkey"))
}

fn describe_assertion(it: Operation) -> Operation {
    it.by(&SESSION)
        .takes(
            object()
                .required(
                    "assertionResult",
                    AssertionResult::shape(),
                    "What the browser signed.",
                )
                .optional("providerParams", anything(), "Not needed."),
        )
        .gives::<MfaReply>(200, "The user is signed in.")
}

pub(super) fn describe_register(it: Operation) -> Operation {
    it.about(MFA, "Makes a passkey")
        .by(&SESSION)
        .takes(
            object()
                .required(
                    "creationResult",
                    CreationResult::shape(),
                    "What the browser made.",
                )
                .optional("providerParams", anything(), "Not needed."),
        )
        .refuses(403, "The model is blacklisted, or the user is not active.")
        .gives::<MfaReply>(200, "The user is signed in.")
}
