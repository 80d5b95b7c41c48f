//! `GET /auth-configs/list` (contract section 2.17).

use actix_web::HttpResponse;
use passkeyd_domain::{AuthConfig, Purpose};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    context::Call,
    description::{Operation, text},
    keys::SECRET_KEY,
    problem::Problem,
    query::Query,
    respond::{self, Offset},
};

pub(crate) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let query = Query::of(call.request());
    let named = query
        .text("string purpose")?
        .filter(|text| !text.is_empty());
    let configs = match named.map(Purpose::new) {
        None => call.service().list_auth_configs(&caller, None).await?,
        Some(Ok(purpose)) => {
            call.service()
                .list_auth_configs(&caller, Some(&purpose))
                .await?
        }
        // No configuration can have that name.
        Some(Err(_)) => Vec::new(),
    };
    respond::json(&ConfigurationsReply {
        configurations: configs.iter().map(ConfigurationReply::of).collect(),
    })
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("auth-configs", "Lists the authentication configurations")
        .by(&SECRET_KEY)
        .optional_query("purpose", text(), "Only the one of this purpose.")
        .gives::<ConfigurationsReply<'static>>(
            200,
            "Those that were made, and the two that every app has.",
        )
}

#[derive(JsonSchema, Serialize)]
struct ConfigurationsReply<'a> {
    configurations: Vec<ConfigurationReply<'a>>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfigurationReply<'a> {
    purpose: &'a str,
    user_verification_requirement: &'static str,
    time_to_live: u64,
    hints: String,
    created_by: &'a str,
    created_on: Option<Offset>,
    edited_by: Option<&'a str>,
    edited_on: Option<Offset>,
    last_used_on: Option<Offset>,
}

impl<'a> ConfigurationReply<'a> {
    fn of(config: &'a AuthConfig) -> Self {
        let hints: Vec<_> = config
            .hints
            .iter()
            .map(|hint| hint.as_pascal_case())
            .collect();
        Self {
            purpose: config.purpose.as_str(),
            user_verification_requirement: config.user_verification.as_str(),
            time_to_live: config.time_to_live.as_secs(),
            hints: hints.join(", "),
            created_by: &config.created_by,
            created_on: config.created_on.map(Offset),
            edited_by: config.edited_by.as_deref(),
            edited_on: config.edited_on.map(Offset),
            last_used_on: config.last_used_on.map(Offset),
        }
    }
}
