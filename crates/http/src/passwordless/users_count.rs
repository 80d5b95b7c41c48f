//! `GET /users/count`: how many users have a passkey (contract section 2.13).

use actix_web::HttpResponse;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{context::Call, description::Operation, keys::SECRET_KEY, problem::Problem, respond};

pub(crate) async fn count(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let count = call.service().count_users(&caller).await?;
    respond::json(&CountReply { count })
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("users", "Counts the users that have a passkey")
        .by(&SECRET_KEY)
        .gives::<CountReply>(200, "How many there are.")
}

#[derive(JsonSchema, Serialize)]
struct CountReply {
    count: u64,
}
