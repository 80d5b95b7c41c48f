//! `GET /admin/apps/{appId}/available`.

use actix_web::HttpResponse;
use passkeyd_domain::TenantId;
use schemars::JsonSchema;
use serde::Serialize;

use super::named_app;
use crate::{
    context::Call,
    description::{Operation, text},
    keys::MANAGEMENT_KEY,
    problem::Problem,
    respond,
    validation::Validation,
};

const SHORTEST: usize = 3;
const LONGEST: usize = 50;

pub(crate) async fn is_available(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    let named = named_app(&call);
    let mut rules = Validation::default();
    if !is_app_id(&named, LONGEST) {
        rules.add(
            "appId",
            "The field AppId must match the regular expression '^[a-z]{1}[a-z0-9]{2,49}$'.",
        );
        if named.chars().count() < SHORTEST {
            rules.add(
                "appId",
                "The field AppId must be a string or array type with a minimum length of '3'.",
            );
        }
    }
    rules.finish()?;
    let available = match named.parse::<TenantId>() {
        Ok(app) => call.service().is_app_name_free(&app).await?,
        Err(_) => false,
    };
    respond::json(&AvailableReply { available })
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("management", "Tells whether an app could have this id")
        .by(&MANAGEMENT_KEY)
        .path("app", text().pattern("^[a-z][a-z0-9]{2,49}$"), "The id.")
        .gives::<AvailableReply>(200, "Whether nobody has it.")
        .refuses(400, "No app can have it.")
}

/// A lower-case letter, then letters and digits, three characters at least.
pub(super) fn is_app_id(text: &str, longest: usize) -> bool {
    (SHORTEST..=longest).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

#[derive(JsonSchema, Serialize)]
struct AvailableReply {
    available: bool,
}
