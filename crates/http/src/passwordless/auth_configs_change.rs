//! `POST /auth-configs/add`, `/auth-configs` and `/auth-configs/delete` (contract section 2.17).

use std::time::Duration;

use actix_web::HttpResponse;
use passkeyd_domain::{Purpose, TextError, UserVerification};
use passkeyd_service::{Error, auth_configs::AuthConfigChange};

use super::register_token::{MOST_HINTS, hints};
use crate::{
    body::Members,
    context::Call,
    description::{Object, Operation, list_of, object, text, words},
    keys::SECRET_KEY,
    problem::Problem,
    respond,
    validation::Validation,
};

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

pub(super) fn describe_add(it: Operation) -> Operation {
    it.about("auth-configs", "Makes an authentication configuration")
        .by(&SECRET_KEY)
        .takes(change_shape())
        .gives_nothing(201, "It was made.")
        .refuses(
            400,
            "There is one of that purpose already; `sign-in` and `step-up` always are.",
        )
}

pub(super) fn describe_edit(it: Operation) -> Operation {
    it.about("auth-configs", "Replaces an authentication configuration")
        .by(&SECRET_KEY)
        .takes(change_shape())
        .gives_nothing(204, "It was replaced.")
        .refuses(404, "There is none of that purpose.")
}

pub(super) fn describe_delete(it: Operation) -> Operation {
    it.about("auth-configs", "Deletes an authentication configuration")
        .by(&SECRET_KEY)
        .takes(
            object()
                .required(
                    "purpose",
                    text().filled(),
                    "Which one. `sign-in` and `step-up` stay.",
                )
                .required(
                    "performedBy",
                    text().filled().longest(LONGEST),
                    "Who did it, for the events.",
                ),
        )
        .gives_nothing(204, "It is gone.")
        .refuses(404, "There is none of that purpose.")
}

fn change_shape() -> Object {
    object()
        .required(
            "purpose",
            text().filled().longest(LONGEST).pattern("^[A-Za-z0-9_-]*$"),
            "What it is for.",
        )
        .required(
            "timeToLive",
            text().such_as("00:02:00"),
            "How long verify tokens of it are good: `[d.]hh:mm:ss[.fraction]`.",
        )
        .optional(
            "userVerificationRequirement",
            words(&["preferred", "required", "discouraged"])
                .or_null()
                .or("preferred"),
            "Whether the authenticator must make sure who uses it.",
        )
        .optional(
            "hints",
            list_of(words(&["security-key", "client-device", "hybrid"]))
                .at_most(MOST_HINTS)
                .or_null(),
            "Which authenticators the browser offers first.",
        )
        .required(
            "performedBy",
            text().filled().longest(LONGEST),
            "Who did it, for the events.",
        )
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
