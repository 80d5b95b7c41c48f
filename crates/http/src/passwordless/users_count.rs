//! `GET /users/count`: how many users have a passkey (contract section 2.13).

use actix_web::HttpResponse;
use serde::Serialize;

use crate::{context::Call, problem::Problem, respond};

pub(crate) async fn count(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let count = call.service().count_users(&caller).await?;
    respond::json(&CountReply { count })
}

#[derive(Serialize)]
struct CountReply {
    count: u64,
}
