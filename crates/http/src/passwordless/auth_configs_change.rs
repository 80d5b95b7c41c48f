//! `POST /auth-configs/add`, `/auth-configs` and `/auth-configs/delete` (contract section 2.17).

use std::time::Duration;

use actix_web::HttpResponse;
use passkeyd_domain::{Purpose, TextError, UserVerification};
use passkeyd_service::{Error, auth_configs::AuthConfigChange};

use super::register_token::{MOST_HINTS, hints};
use crate::{body::Members, context::Call, problem::Problem, respond, validation::Validation};

const LONGEST: usize = 255;
/// More than any token can live, and little enough to be added to any time of today.
const LONGEST_TIME: Duration = Duration::from_secs(3650 * 86_400);

pub(crate) async fn add(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let context = call.context();
    let body = call.body("CreateAuthenticationConfiguration").await?;
    let change = change(&body.members()?)?;
    context.service().add_auth_config(&caller, change).await?;
    Ok(HttpResponse::Created().finish())
}

pub(crate) async fn edit(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let context = call.context();
    let body = call.body("EditAuthenticationConfiguration").await?;
    let change = change(&body.members()?)?;
    context.service().edit_auth_config(&caller, change).await?;
    Ok(respond::no_content())
}

pub(crate) async fn delete(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let context = call.context();
    let body = call.body("DeleteAuthenticationConfiguration").await?;
    let body = body.members()?;
    let mut rules = Validation::default();
    let named = rules.required("purpose", body.text("purpose")?);
    let performed_by = rules.required("performedBy", body.text("performedBy")?);
    rules.length("performedBy", &performed_by, LONGEST);
    rules.finish()?;
    let purpose = Purpose::new(named.as_str()).map_err(|_| Error::AuthConfigNotFound {
        purpose: named.chars().take(LONGEST).collect(),
    })?;
    context
        .service()
        .delete_auth_config(&caller, &purpose, &performed_by)
        .await?;
    Ok(respond::no_content())
}

fn change(body: &Members<'_>) -> Result<AuthConfigChange, Problem> {
    let mut rules = Validation::default();
    let named = rules.required("purpose", body.text("purpose")?);
    let purpose = match Purpose::new(named.as_str()) {
        Ok(purpose) => purpose,
        Err(error) => {
            match error {
                // Said already.
                TextError::Empty => {}
                TextError::TooLong { .. } => rules.length("purpose", &named, LONGEST),
                _ => rules.add("purpose", "Characters are limited to A-z, 0-9, -, or _."),
            }
            Purpose::sign_in()
        }
    };
    let time_to_live = body.time_span("timeToLive")?.unwrap_or_default();
    if time_to_live.is_zero() || time_to_live > LONGEST_TIME {
        rules.add(
            "timeToLive",
            "The field TimeToLive must be a positive time span of at most 3650 days.",
        );
    }
    let user_verification = match body.text("userVerificationRequirement")? {
        None => UserVerification::default(),
        Some(word) => word.parse().map_err(|_| {
            body.wrong(
                "userVerificationRequirement",
                "'preferred', 'required' or 'discouraged'",
            )
        })?,
    };
    let hints = hints(body)?;
    if hints.len() > MOST_HINTS {
        rules.add(
            "hints",
            format!("The field Hints must be a string or array type with a maximum length of '{MOST_HINTS}'."),
        );
    }
    let performed_by = rules.required("performedBy", body.text("performedBy")?);
    rules.length("performedBy", &performed_by, LONGEST);
    rules.finish()?;
    Ok(AuthConfigChange {
        purpose,
        time_to_live,
        user_verification,
        hints,
        performed_by,
    })
}
