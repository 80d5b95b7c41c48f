//! `GET` and `POST /admin/apps/{appId}/features`.

use actix_web::HttpResponse;
use passkeyd_domain::TenantSettings;
use passkeyd_service::{Error, features::OperatorFeatures};
use schemars::JsonSchema;
use serde::Serialize;

use super::{app_id, of_app};
use crate::{
    context::Call,
    description::{Operation, flag, integer, object},
    problem::Problem,
    respond::{self, Zoneless},
    validation::Validation,
};

const MOST_DAYS: i32 = 90;

pub(crate) async fn show(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    let found = match app_id(&call) {
        Ok(app) => call.service().app(&app).await,
        Err(error) => Err(error),
    };
    let settings = match found {
        Ok(tenant) => tenant.settings,
        // An app that is not there has the features that an empty row would have.
        Err(Error::AppNotFound) => TenantSettings {
            event_logging_retention_period: 0,
            ..TenantSettings::default()
        },
        Err(error) => return Err(error.into()),
    };
    respond::json(&FeaturesReply {
        event_logging_is_enabled: settings.event_logging_is_enabled,
        event_logging_retention_period: settings.event_logging_retention_period,
        developer_logging_ends_at: settings.developer_logging_ends_at.map(Zoneless),
        max_users: settings.max_users,
        allow_attestation: settings.allow_attestation,
        is_generate_sign_in_token_endpoint_enabled: settings
            .is_generate_sign_in_token_endpoint_enabled,
        is_magic_links_enabled: settings.is_magic_links_enabled,
    })
}

/// What is left out becomes false, zero or nothing.
pub(crate) async fn replace(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    let app = app_id(&call);
    let context = call.context();
    let body = call.body("ManageFeatures").await?;
    let body = body.members()?;
    let mut rules = Validation::default();
    let days = body.integer("eventLoggingRetentionPeriod")?;
    rules.range("eventLoggingRetentionPeriod", days, 0, MOST_DAYS);
    let quota = body.integer("magicLinkEmailMonthlyQuota")?;
    rules.range("magicLinkEmailMonthlyQuota", quota, 0, i32::MAX);
    let features = OperatorFeatures {
        event_logging_is_enabled: body.flag("eventLoggingIsEnabled", false)?,
        event_logging_retention_period: days.unwrap_or(0).unsigned_abs(),
        magic_link_email_monthly_quota: quota.unwrap_or(0).unsigned_abs(),
        max_users: body.integer("maxUsers")?,
        allow_attestation: body.flag("allowAttestation", false)?,
    };
    rules.finish()?;
    context
        .service()
        .replace_operator_features(&app?, features)
        .await?;
    Ok(respond::no_content())
}

pub(super) fn describe_show(it: Operation) -> Operation {
    of_app(it, "Tells the features of an app").gives::<FeaturesReply>(200, "The features.")
}

pub(super) fn describe_replace(it: Operation) -> Operation {
    of_app(
        it,
        "Replaces the features of an app that are the operator's",
    )
    .details("What is left out becomes false, zero or null.")
    .takes(
        object()
            .optional(
                "eventLoggingIsEnabled",
                flag().or(false),
                "Whether events are logged.",
            )
            .optional(
                "eventLoggingRetentionPeriod",
                integer(0, MOST_DAYS.into()).or_null().or(0),
                "For how many days they are kept.",
            )
            .optional(
                "magicLinkEmailMonthlyQuota",
                integer(0, i32::MAX.into()).or_null().or(0),
                "How many magic links may go out in 30 days.",
            )
            .optional(
                "maxUsers",
                integer(0, i64::MAX).or_null(),
                "How many users may have passkeys; null: any number.",
            )
            .optional(
                "allowAttestation",
                flag().or(false),
                "Whether attestation may be asked for.",
            ),
    )
    .gives_nothing(204, "The features are these.")
    .refuses(400, "`app_not_found`.")
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches of the contract, each its own"
)]
struct FeaturesReply {
    event_logging_is_enabled: bool,
    event_logging_retention_period: u32,
    developer_logging_ends_at: Option<Zoneless>,
    max_users: Option<u64>,
    allow_attestation: bool,
    is_generate_sign_in_token_endpoint_enabled: bool,
    is_magic_links_enabled: bool,
}
