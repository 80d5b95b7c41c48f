//! Refusals of this surface: problem details with the member `reason`, one sentence, which clients show.

use std::{collections::BTreeMap, time::Duration};

use actix_web::http::{
    StatusCode,
    header::{ALLOW, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE},
};
use passkeyd_domain::ports::StoreError;
use passkeyd_service::{AccountError, Error};
use schemars::JsonSchema;
use serde::Serialize;

use crate::problem::Problem;

/// What is wrong with the fields, by field.
pub(super) type FieldErrors = BTreeMap<&'static str, Vec<String>>;

/// A refusal on its way to the client.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    reason: String,
    errors: FieldErrors,
    pub(super) header: Option<Box<(HeaderName, HeaderValue)>>,
    /// What went wrong on our side: for the log.
    pub(super) cause: Option<String>,
}

/// What a refusal looks like.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Refusal")]
pub(super) struct Body<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    /// What is wrong, in a sentence that can be shown.
    reason: &'a str,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    errors: &'a FieldErrors,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, reason: impl Into<String>) -> Self {
        Self {
            status,
            reason: reason.into(),
            errors: FieldErrors::new(),
            header: None,
            cause: None,
        }
    }

    pub(super) fn bad_request(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, reason)
    }

    /// Fields that break their rules, all at once.
    pub(super) fn fields(errors: FieldErrors) -> Self {
        let sentences: Vec<_> = errors
            .iter()
            .flat_map(|(field, sentences)| {
                sentences
                    .iter()
                    .map(move |sentence| format!("{field} {sentence}"))
            })
            .collect();
        Self {
            errors,
            ..Self::bad_request(format!("{}.", sentences.join("; ")))
        }
    }

    pub(super) fn unauthenticated() -> Self {
        let header = (WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        Self {
            header: Some(Box::new(header)),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "The token is missing, expired or not valid.",
            )
        }
    }

    pub(super) fn not_found(reason: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, reason)
    }

    pub(super) fn method_not_allowed(allow: &str) -> Self {
        let header = HeaderValue::from_str(allow).ok();
        Self {
            header: header.map(|allow| Box::new((ALLOW, allow))),
            ..Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                format!("This address knows the methods {allow}."),
            )
        }
    }

    fn too_many(retry_after: Duration) -> Self {
        let seconds = retry_after.as_millis().div_ceil(1000).max(1);
        let header = HeaderValue::from_str(&seconds.to_string()).ok();
        Self {
            header: header.map(|seconds| Box::new((RETRY_AFTER, seconds))),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                format!("Too many attempts. Try again in {seconds} seconds."),
            )
        }
    }

    fn unavailable(cause: &dyn std::error::Error) -> Self {
        Self {
            header: Some(Box::new((RETRY_AFTER, HeaderValue::from_static("1")))),
            cause: Some(chain(cause)),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The service is busy. Try again in a moment.",
            )
        }
    }

    fn internal(cause: &dyn std::error::Error) -> Self {
        Self {
            cause: Some(chain(cause)),
            ..Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong on our side.",
            )
        }
    }

    pub(super) fn body(&self) -> Vec<u8> {
        let body = Body {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.reason,
            reason: &self.reason,
            errors: &self.errors,
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// What the shared reading of bodies refuses.
impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self {
            cause: problem.cause().map(ToString::to_string),
            ..Self::new(problem.status(), problem.sentence())
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match &error {
            Error::Store(StoreError::Unavailable(_) | StoreError::Busy) => {
                Self::unavailable(&error)
            }
            Error::Store(_) | Error::KeyRing(_) | Error::Password => Self::internal(&error),
            Error::MaxUsersReached => {
                Self::new(StatusCode::FORBIDDEN, "No further users can have passkeys.")
            }
            other => Self::bad_request(sentence(&other.to_string())),
        }
    }
}

impl From<AccountError> for Refusal {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::EmailTaken => Self::new(
                StatusCode::CONFLICT,
                "This e-mail address is registered already.",
            ),
            AccountError::WrongCredentials => Self::new(
                StatusCode::UNAUTHORIZED,
                "The e-mail address or the password is wrong.",
            ),
            AccountError::Unauthenticated => Self::unauthenticated(),
            AccountError::TooManyAttempts { retry_after } => Self::too_many(retry_after),
            AccountError::Busy => Self::unavailable(&error),
            AccountError::NoSuchIdea => Self::not_found("There is no such idea."),
            AccountError::NoSuchPasskey => Self::not_found("There is no such passkey."),
            AccountError::NoPasskeysHere => {
                Self::bad_request("Passkeys can't be used from this origin.")
            }
            AccountError::Service(error) => error.into(),
        }
    }
}

/// A message of an error as a sentence for people.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    format!("{}{}.", first.collect::<String>(), letters.as_str())
}
