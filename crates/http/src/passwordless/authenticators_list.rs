//! `GET /authenticators/list`: the allow list or the block list (contract section 2.19).

use actix_web::HttpResponse;
use passkeyd_domain::ports::ListedAuthenticator;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    context::Call,
    description::{Operation, flag},
    keys::SECRET_KEY,
    problem::Problem,
    query::Query,
    respond::{self, Zoneless},
};

pub(crate) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let query = Query::of(call.request());
    let allowed = query.required_flag("bool IsAllowed")?;
    let listed = call.service().authenticators(&caller, allowed).await?;
    let replies: Vec<_> = listed.iter().map(AuthenticatorReply::of).collect();
    respond::json(&replies)
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about(
        "authenticators",
        "Lists the models of authenticators that are allowed, or blocked",
    )
    .by(&SECRET_KEY)
    .query(
        "isAllowed",
        flag(),
        "True for the allow list, false for the block list.",
    )
    .gives::<Vec<AuthenticatorReply>>(200, "The list.")
    .refuses(403, "`attestation_not_supported_on_plan`.")
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthenticatorReply {
    aa_guid: Uuid,
    created_at: Zoneless,
}

impl AuthenticatorReply {
    fn of(listed: &ListedAuthenticator) -> Self {
        Self {
            aa_guid: listed.aaguid,
            created_at: Zoneless(listed.created_at),
        }
    }
}
