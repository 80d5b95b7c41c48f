//! `POST /apps/features`: the switches that an app may turn itself (contract section 2.18).

use actix_web::HttpResponse;
use passkeyd_service::features::FeatureChange;

use crate::{context::Call, problem::Problem, respond, validation::Validation};

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
