//! `GET /alias/list`: the aliases of a user (contract section 2.9).

use actix_web::{HttpResponse, http::StatusCode};
use passkeyd_domain::UserId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    context::Call,
    description::{Operation, text},
    keys::SECRET_KEY,
    problem::Problem,
    query::Query,
    respond::{self, Values},
};

pub(crate) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let query = Query::of(call.request());
    let user_id = query.required("string userId")?;
    let user_id = UserId::new(user_id)
        .map_err(|_| Problem::uncoded(StatusCode::BAD_REQUEST, "UserId is empty"))?;
    let aliases = call.service().list_aliases(&caller, &user_id).await?;
    let values = aliases
        .iter()
        .map(|alias| AliasReply {
            user_id: user_id.as_str(),
            alias: alias.hash.as_str(),
            plaintext: alias.plaintext.as_deref(),
            tenant: caller.tenant().as_str(),
        })
        .collect();
    respond::json(&Values { values })
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("aliases", "Lists the aliases of a user")
        .by(&SECRET_KEY)
        .query(
            "userId",
            text().filled(),
            "The user; one who is not known has none.",
        )
        .gives::<Values<AliasReply<'static>>>(200, "The aliases.")
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct AliasReply<'a> {
    user_id: &'a str,
    alias: &'a str,
    plaintext: Option<&'a str>,
    tenant: &'a str,
}
