//! `GET /users/list`: everybody with a passkey or an alias (contract section 2.12).

use actix_web::HttpResponse;
use passkeyd_domain::ports::UserSummary;
use schemars::JsonSchema;
use serde::Serialize;

use super::paging::{PageReply, Paging, describe_paging};
use crate::{
    context::Call,
    description::{Operation, text},
    keys::SECRET_KEY,
    problem::Problem,
    query::Query,
    respond::{self, Values, Zoneless},
};

/// What a call gets that knows nothing of pages.
const MOST: u32 = 1000;

pub(crate) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let query = Query::of(call.request());
    if let Some(paging) = Paging::of(&query, &["prefix"])? {
        let prefix = query.text("prefix")?.unwrap_or("").to_owned();
        let page = call
            .service()
            .find_users(&caller, prefix, paging.cursor, paging.limit)
            .await?;
        return respond::json(&PageReply {
            values: page.items.iter().map(UserReply::of).collect(),
            next: page.next,
        });
    }
    let users = call.service().list_users(&caller, None, MOST).await?;
    let values = users.iter().map(UserReply::of).collect();
    respond::json(&Values { values })
}

pub(super) fn describe(it: Operation) -> Operation {
    let it = it
        .about("users", "Lists everybody with a passkey or an alias")
        .details("Without parameters: at most 1000 users. With any of them: a page.")
        .by(&SECRET_KEY)
        .optional_query("prefix", text(), "Only users whose id begins so.");
    describe_paging(it)
        .gives::<Values<UserReply<'static>>>(200, "The users;")
        .gives::<PageReply<UserReply<'static>>>(200, "with `next` where pages were asked for.")
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct UserReply<'a> {
    user_id: &'a str,
    alias_count: usize,
    aliases: &'a [Option<String>],
    credentials_count: u64,
    last_used_at: Option<Zoneless>,
}

impl<'a> UserReply<'a> {
    fn of(user: &'a UserSummary) -> Self {
        Self {
            user_id: user.user_id.as_str(),
            alias_count: user.aliases.len(),
            aliases: &user.aliases,
            credentials_count: user.credentials_count,
            last_used_at: user.last_used_at.map(Zoneless),
        }
    }
}
