//! `POST /mfa/discover` (34).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::MFA;
use crate::{
    description::{Operation, object},
    loginid::{
        bodies::{trust_items, trust_items_shape},
        exchange::{Exchange, Reply},
        refusal::Refusal,
        schemes::open,
    },
};

pub(super) async fn discover(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let body: MfaDiscover = exchange.json().await?;
    let realm = exchange.realm(None).await?;
    let sent = trust_items(Some(body.trust_items));
    if exchange.service().discover_trust(&realm, &sent).await? {
        Ok(Reply::no_content())
    } else {
        Err(Refusal::not_found("None of the trust items is known."))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MfaDiscover {
    trust_items: BTreeMap<String, Value>,
}

pub(super) fn describe(it: Operation) -> Operation {
    open(it, MFA, "Tells whether this browser is known")
        .takes(object().required("trustItems", trust_items_shape(), "Trust items."))
        .refuses(404, "None of the items is known.")
        .gives_nothing(204, "The browser of somebody who has a passkey.")
}
