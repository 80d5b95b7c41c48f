//! `GET /users/list`: everybody with a passkey or an alias (contract section 2.12).

use actix_web::HttpResponse;
use serde::Serialize;

use crate::{
    context::Call,
    problem::Problem,
    respond::{self, Values, Zoneless},
};

/// The list has no pages.
const MOST: u32 = 1000;

pub(crate) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let users = call.service().list_users(&caller, None, MOST).await?;
    let values = users
        .iter()
        .map(|user| UserReply {
            user_id: user.user_id.as_str(),
            alias_count: user.aliases.len(),
            aliases: &user.aliases,
            credentials_count: user.credentials_count,
            last_used_at: user.last_used_at.map(Zoneless),
        })
        .collect();
    respond::json(&Values { values })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserReply<'a> {
    user_id: &'a str,
    alias_count: usize,
    aliases: &'a [Option<String>],
    credentials_count: u64,
    last_used_at: Option<Zoneless>,
}
