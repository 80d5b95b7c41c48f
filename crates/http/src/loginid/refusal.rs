//! Refusals of this surface: `{msg, msgCode}`, from a closed list of codes (contract section 4).

use std::time::Duration;

use actix_web::http::{
    StatusCode,
    header::{ALLOW, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE},
};
use passkeyd_domain::ports::StoreError;
use passkeyd_service::{ApplicationError, Error};
use schemars::JsonSchema;
use serde::Serialize;

/// The codes of this surface.
pub(super) const BAD_REQUEST: &str = "bad_request";
pub(super) const UNAUTHORIZED: &str = "unauthorized";
pub(super) const FORBIDDEN: &str = "forbidden";
pub(super) const NOT_FOUND: &str = "not_found";
pub(super) const INTERNAL_ERROR: &str = "internal_error";

/// A refusal on its way to the client.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(super) code: &'static str,
    pub(crate) message: String,
    pub(crate) header: Option<Box<(HeaderName, HeaderValue)>>,
    /// What went wrong on our side: for the log.
    pub(crate) cause: Option<String>,
}

/// What a refusal looks like.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "LoginIdRefusal")]
#[serde(rename_all = "camelCase")]
pub(super) struct Body<'a> {
    /// What is wrong, in a sentence.
    msg: &'a str,
    /// The same for programs.
    msg_code: &'static str,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            header: None,
            cause: None,
        }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, BAD_REQUEST, message)
    }

    pub(super) fn unauthorized() -> Self {
        let header = (WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        Self {
            header: Some(Box::new(header)),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                UNAUTHORIZED,
                "The credential is missing, expired or not valid.",
            )
        }
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, FORBIDDEN, message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, NOT_FOUND, message)
    }

    pub(super) fn no_such_application() -> Self {
        Self::not_found("There is no such application.")
    }

    pub(super) fn method_not_allowed(allow: &str) -> Self {
        let header = HeaderValue::from_str(allow).ok();
        Self {
            header: header.map(|allow| Box::new((ALLOW, allow))),
            ..Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                BAD_REQUEST,
                format!("This address knows the methods {allow}."),
            )
        }
    }

    pub(super) fn rate_limited(retry_after: Duration) -> Self {
        let seconds = retry_after.as_millis().div_ceil(1000).max(1);
        let header = HeaderValue::from_str(&seconds.to_string()).ok();
        Self {
            header: header.map(|seconds| Box::new((RETRY_AFTER, seconds))),
            ..Self::forbidden(format!(
                "Too many attempts. Try again in {seconds} seconds."
            ))
        }
    }

    pub(super) fn internal(cause: &dyn std::error::Error) -> Self {
        Self {
            cause: Some(chain(cause)),
            ..Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                INTERNAL_ERROR,
                "Something went wrong on our side.",
            )
        }
    }

    /// The database is down or busy; the request may be tried again.
    fn unavailable(cause: &dyn std::error::Error) -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            header: Some(Box::new((RETRY_AFTER, HeaderValue::from_static("1")))),
            message: "The service is busy. Try again in a moment.".to_owned(),
            ..Self::internal(cause)
        }
    }

    pub(super) fn body(&self) -> Vec<u8> {
        let body = Body {
            msg: &self.message,
            msg_code: self.code,
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match &error {
            Error::Store(StoreError::Unavailable(_) | StoreError::Busy) => {
                Self::unavailable(&error)
            }
            Error::Store(StoreError::TenantGone) | Error::AppNotFound => {
                Self::no_such_application()
            }
            Error::Store(_)
            | Error::KeyRing(_)
            | Error::Password
            | Error::MailNotSent(_)
            | Error::MailTemplate(_) => Self::internal(&error),
            Error::MaxUsersReached => Self::forbidden("No further users can have passkeys."),
            Error::RateLimited { retry_after } => Self::rate_limited(*retry_after),
            other => Self::bad_request(sentence(&other.to_string())),
        }
    }
}

impl From<ApplicationError> for Refusal {
    fn from(error: ApplicationError) -> Self {
        use ApplicationError as E;
        let message = sentence(&error.to_string());
        match error {
            E::NoSuchApplication => Self::no_such_application(),
            E::Unauthenticated => Self::unauthorized(),
            E::Forbidden(_) | E::UserInactive | E::Blacklisted => Self::forbidden(message),
            E::BadSession | E::Invalid(_) | E::Refused { .. } => Self::bad_request(message),
            E::NoSuchUser | E::NoSuchPasskey | E::NotFound(_) => Self::not_found(message),
            // The published description of sign-ins binds the code `forbidden` to this status.
            E::CredentialNotAccepted => Self::new(StatusCode::NOT_FOUND, FORBIDDEN, message),
            E::RateLimited { retry_after } => Self::rate_limited(retry_after),
            E::Service(error) => error.into(),
        }
    }
}

/// A message of an error as a sentence for people.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    format!("{}{}.", first.collect::<String>(), letters.as_str())
}
