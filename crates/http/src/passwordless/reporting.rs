//! `GET /reporting/credentials/periodic` and `/reporting/active-users/periodic` (contract section 2.20).

use actix_web::HttpResponse;
use jiff::civil::Date;
use passkeyd_domain::ports::DailyReport;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    context::Call,
    description::{Operation, date},
    keys::SECRET_KEY,
    problem::Problem,
    query::Query,
    respond,
};

pub(crate) async fn credentials(call: Call) -> Result<HttpResponse, Problem> {
    let replies: Vec<_> = reports(&call)
        .await?
        .into_iter()
        .map(|report| CredentialsReply {
            created_at: report.date,
            users: report.users,
            credentials: report.credentials,
        })
        .collect();
    respond::json(&replies)
}

pub(crate) async fn active_users(call: Call) -> Result<HttpResponse, Problem> {
    let replies: Vec<_> = reports(&call)
        .await?
        .into_iter()
        .map(|report| ActiveUsersReply {
            created_at: report.date,
            daily_active_users: report.daily_active_users,
            weekly_active_users: report.weekly_active_users,
            total_users: report.users,
        })
        .collect();
    respond::json(&replies)
}

pub(super) fn describe_credentials(it: Operation) -> Operation {
    describe(
        it,
        "Tells day by day how many users and passkeys there were",
    )
    .gives::<Vec<CredentialsReply>>(200, "A report a day, oldest first.")
}

pub(super) fn describe_active_users(it: Operation) -> Operation {
    describe(it, "Tells day by day how many users were active")
        .gives::<Vec<ActiveUsersReply>>(200, "A report a day, oldest first.")
}

fn describe(it: Operation, summary: &'static str) -> Operation {
    it.about("reporting", summary)
        .by(&SECRET_KEY)
        .optional_query("from", date(), "Nothing before this day.")
        .optional_query("to", date(), "Nothing after this day.")
}

async fn reports(call: &Call) -> Result<Vec<DailyReport>, Problem> {
    let caller = call.secret_key(None).await?;
    let query = Query::of(call.request());
    let from: Option<Date> = query.parsed("DateOnly From")?;
    let to: Option<Date> = query.parsed("DateOnly To")?;
    Ok(call.service().reports(&caller, from, to).await?)
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct CredentialsReply {
    created_at: Date,
    users: u64,
    credentials: u64,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct ActiveUsersReply {
    created_at: Date,
    daily_active_users: u64,
    weekly_active_users: u64,
    total_users: u64,
}
