//! `POST /apps/features`: the switches that an app may turn itself (contract section 2.18).

use actix_web::HttpResponse;
use passkeyd_service::features::FeatureChange;

use crate::{
    context::Call,
    description::{Operation, flag, integer, object, text},
    keys::SECRET_KEY,
    problem::Problem,
    respond,
    validation::Validation,
};

const NOBODY: &str = "Unknown User";
const MOST_DAYS: i32 = 90;

pub(crate) async fn change(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let context = call.context();
    let body = call.body("SetFeatures").await?;
    let body = body.members()?;
    let days: Option<i32> = match body.integer("eventLoggingRetentionPeriod")? {
        // The name that two of the SDKs still send.
        None => body.integer("auditLoggingRetentionPeriod")?,
        days => days,
    };
    let mut rules = Validation::default();
    rules.range("eventLoggingRetentionPeriod", days, 0, MOST_DAYS);
    let performed_by = match body.owned_text("performedBy")? {
        Some(name) if !name.trim().is_empty() => name,
        None if !body.has("performedBy") => "Api".to_owned(),
        _ => NOBODY.to_owned(),
    };
    let change = FeatureChange {
        event_logging_retention_period: days.map(i32::unsigned_abs),
        generated_tokens: body.optional_flag("enableManuallyGeneratedAuthenticationTokens")?,
        magic_links: body.optional_flag("enableMagicLinks")?,
        performed_by,
    };
    rules.finish()?;
    context.service().change_features(&caller, change).await?;
    Ok(respond::no_content())
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about(
        "applications",
        "Turns the switches that an app may turn itself",
    )
    .details("What is left out or null stays as it is.")
    .by(&SECRET_KEY)
    .takes(
        object()
            .optional(
                "eventLoggingRetentionPeriod",
                integer(0, MOST_DAYS.into()).or_null(),
                "For how many days events are kept.",
            )
            .optional(
                "auditLoggingRetentionPeriod",
                integer(0, MOST_DAYS.into()).or_null(),
                "The same, by its old name.",
            )
            .optional(
                "enableManuallyGeneratedAuthenticationTokens",
                flag().or_null(),
                "Whether `/signin/generate-token` works.",
            )
            .optional(
                "enableMagicLinks",
                flag().or_null(),
                "Whether `/magic-links/send` works.",
            )
            .optional(
                "performedBy",
                text().or_null().or("Api"),
                "Who did it, for the events.",
            ),
    )
    .gives_nothing(204, "The switches are turned.")
}
