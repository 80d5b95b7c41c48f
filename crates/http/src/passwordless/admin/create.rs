//! `POST /admin/apps/{appId}/create`.

use actix_web::{HttpResponse, http::StatusCode};
use passkeyd_domain::{TenantId, TenantSettings};
use passkeyd_service::{Error, apps::NewApp};
use serde::Serialize;

use super::{availability::is_app_id, named_app};
use crate::{context::Call, problem::Problem, respond, validation::Validation};

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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeysReply<'a> {
    message: &'static str,
    api_key1: &'a str,
    api_key2: &'a str,
    api_secret1: &'a str,
    api_secret2: &'a str,
}
