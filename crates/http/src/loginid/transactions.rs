//! `POST /tx/init` (26) and `POST /tx/complete` (25).

use passkeyd_service::{AssertionResponse, transactions::BeginTransaction};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    exchange::{Exchange, Reply},
    names::LONGEST,
    options::RequestOptionsReply,
    passkeys::PasskeyReply,
    refusal::Refusal,
    registration::client,
    responses::binary,
};
use crate::description::{Operation, base64url, object, text};

/// The longest payload, in bytes.
const LONGEST_PAYLOAD: usize = 65536;
/// The longest type, in characters.
const LONGEST_KIND: usize = 64;

pub(super) async fn init(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let body: TxInit = exchange.json().await?;
    let realm = exchange.realm(None).await?;
    let within = |member: &str, length: usize, most: usize| {
        if (1..=most).contains(&length) {
            Ok(())
        } else {
            Err(Refusal::bad_request(format!(
                "{member} must be 1 to {most} long."
            )))
        }
    };
    let name = body.username.trim();
    within("username", name.chars().count(), LONGEST)?;
    within("txPayload", body.tx_payload.len(), LONGEST_PAYLOAD)?;
    within("txType", body.tx_type.chars().count(), LONGEST_KIND)?;
    within("nonce", body.nonce.chars().count(), LONGEST)?;
    let command = BeginTransaction {
        name: name.to_owned(),
        payload: body.tx_payload,
        kind: body.tx_type,
        nonce: body.nonce,
    };
    let begun = exchange
        .service()
        .begin_transaction(&realm, command)
        .await?;
    Reply::ok(&TxInitReply {
        tx_id: begun.id.to_string(),
        session: begun.session,
        assertion_options: begun.options.into(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TxInit {
    username: String,
    tx_payload: String,
    tx_type: String,
    nonce: String,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdTxInit")]
struct TxInitReply {
    tx_id: String,
    session: String,
    assertion_options: RequestOptionsReply,
}

pub(super) async fn complete(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let body: TxComplete = exchange.json().await?;
    let session = exchange.body_session(&body.session).await?;
    let response = AssertionResponse {
        raw_id: binary("keyHandle", &body.key_handle)?,
        client_data_json: binary("clientData", &body.client_data)?,
        authenticator_data: binary("authenticatorData", &body.authenticator_data)?,
        signature: binary("signature", &body.signature)?,
        user_handle: None,
    };
    let client = client(&exchange, session.realm()).await?;
    let confirmed = exchange
        .service()
        .complete_transaction(&session, response, client)
        .await?;
    Reply::ok(&TxCompleteReply {
        credential_id: confirmed.passkey.owned.credential.id.to_string(),
        token: confirmed.token,
        auth_cred: confirmed.passkey.into(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TxComplete {
    session: String,
    key_handle: String,
    client_data: String,
    authenticator_data: String,
    signature: String,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdTxComplete")]
struct TxCompleteReply {
    token: String,
    credential_id: String,
    auth_cred: PasskeyReply,
}

pub(super) fn describe_init(it: Operation) -> Operation {
    it.about("loginid", "Begins the confirmation of a transaction")
        .takes(
            object()
                .required(
                    "username",
                    text().filled().longest(LONGEST),
                    "Who confirms.",
                )
                .required("txPayload", text().filled(), "What is confirmed.")
                .required(
                    "txType",
                    text().filled().longest(LONGEST_KIND),
                    "What it is.",
                )
                .required(
                    "nonce",
                    text().filled().longest(LONGEST),
                    "The client's nonce.",
                ),
        )
        .refuses(401, "The application is frozen.")
        .refuses(
            404,
            "There is no such application, or no user with a passkey.",
        )
        .gives::<TxInitReply>(200, "The options for the browser.")
}

pub(super) fn describe_complete(it: Operation) -> Operation {
    it.about("loginid", "Completes the confirmation of a transaction")
        .takes(
            object()
                .required("session", text(), "The session of the beginning.")
                .required("keyHandle", base64url(), "The credential's id.")
                .required("clientData", base64url(), "The client data.")
                .required("authenticatorData", base64url(), "The authenticator data.")
                .required("signature", base64url(), "The signature."),
        )
        .refuses(403, "The passkey is refused.")
        .gives::<TxCompleteReply>(200, "The transaction is confirmed.")
}
