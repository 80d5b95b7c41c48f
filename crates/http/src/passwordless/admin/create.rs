//! `POST /admin/apps/{appId}/create`.

use actix_web::{HttpResponse, http::StatusCode};
use passkeyd_domain::{TenantId, TenantSettings};
use passkeyd_service::{Error, apps::NewApp};
use schemars::JsonSchema;
use serde::Serialize;

use super::{availability::is_app_id, named_app};
use crate::{
    context::Call,
    description::{Operation, flag, integer, object, text},
    keys::MANAGEMENT_KEY,
    problem::Problem,
    respond,
    validation::Validation,
};

const LONGEST: usize = 62;
const DEFAULT_RETENTION: i32 = 365;

pub(crate) async fn create(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    let named = named_app(&call);
    let context = call.context();
    let body = call.body("CreateApp").await?;
    let body = body.members()?;
    let mut rules = Validation::default();
    let id = named.parse::<TenantId>().ok();
    let id = id.filter(|_| is_app_id(&named, LONGEST));
    if id.is_none() {
        rules.add(
            "appId",
            "'AppId' must be between 3 and 62 characters, contain only lowercase letters and numbers, and start with a lowercase letter.",
        );
    }
    let admin_email = body.owned_text("adminEmail")?;
    let retention = body.integer("eventLoggingRetentionPeriod")?;
    rules.range("eventLoggingRetentionPeriod", retention, 0, i32::MAX);
    let quota = body.integer("magicLinkEmailMonthlyQuota")?;
    rules.range("magicLinkEmailMonthlyQuota", quota, 0, i32::MAX);
    let settings = TenantSettings {
        admin_emails: admin_email
            .filter(|email| !email.trim().is_empty())
            .into_iter()
            .collect(),
        event_logging_is_enabled: body.flag("eventLoggingIsEnabled", false)?,
        event_logging_retention_period: retention.unwrap_or(DEFAULT_RETENTION).unsigned_abs(),
        magic_link_email_monthly_quota: quota.unwrap_or(0).unsigned_abs(),
        max_users: body.integer("maxUsers")?,
        allow_attestation: body.flag("allowAttestation", false)?,
        ..TenantSettings::default()
    };
    rules.finish()?;
    let Some(id) = id else {
        return Err(Error::AppNotFound.into());
    };
    let keys = match context.service().create_app(NewApp { id, settings }).await {
        Ok(keys) => keys,
        Err(Error::AppExists) => {
            let title = format!("accountName '{named}' is not available");
            return Err(Problem::uncoded(StatusCode::CONFLICT, title));
        }
        Err(error) => return Err(error.into()),
    };
    let ([public_1, public_2], [secret_1, secret_2]) = (&keys.public, &keys.secret);
    respond::json(&KeysReply {
        message: "Store keys safely. They will only be shown to you once.",
        api_key1: public_1.text(),
        api_key2: public_2.text(),
        api_secret1: secret_1.text(),
        api_secret2: secret_2.text(),
    })
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("management", "Makes an app")
        .by(&MANAGEMENT_KEY)
        .path("app", text().pattern("^[a-z][a-z0-9]{2,61}$"), "Its id.")
        .takes(
            object()
                .optional(
                    "adminEmail",
                    text().or_null().or(""),
                    "Who is told of what concerns the app.",
                )
                .optional(
                    "eventLoggingIsEnabled",
                    flag().or(false),
                    "Whether events are logged.",
                )
                .optional(
                    "eventLoggingRetentionPeriod",
                    integer(0, i32::MAX.into()).or_null().or(DEFAULT_RETENTION),
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
        .gives::<KeysReply<'static>>(200, "Its keys, with all scopes.")
        .refuses(409, "There is such an app already.")
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct KeysReply<'a> {
    message: &'static str,
    api_key1: &'a str,
    api_key2: &'a str,
    api_secret1: &'a str,
    api_secret2: &'a str,
}
