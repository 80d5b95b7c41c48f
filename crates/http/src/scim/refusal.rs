//! Refusals of this surface (RFC 7644 section 3.12).

use actix_web::http::{
    StatusCode,
    header::{ALLOW, HeaderName, HeaderValue, WWW_AUTHENTICATE},
};
use passkeyd_service::{
    Error,
    scim::{Refused, ScimError, ScimType},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::loginid::refusal::Refusal as ApplicationRefusal;

/// A refusal on its way to the client.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    scim_type: Option<&'static str>,
    detail: String,
    pub(super) header: Option<Box<(HeaderName, HeaderValue)>>,
    /// What went wrong on our side: for the log.
    pub(super) cause: Option<String>,
}

/// A refusal.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ScimError")]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorBody<'a> {
    /// That this is an error.
    schemas: [&'static str; 1],
    /// The status of the response.
    status: String,
    /// What is wrong, in a sentence.
    detail: &'a str,
    /// The kind of a bad request (RFC 7644 table 9).
    #[serde(skip_serializing_if = "Option::is_none")]
    scim_type: Option<&'static str>,
    /// LoginID's code, below `/fido2/v2/scim` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    msg_code: Option<&'static str>,
}

impl Refusal {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            scim_type: None,
            detail: detail.into(),
            header: None,
            cause: None,
        }
    }

    pub(super) fn of(refused: &Refused) -> Self {
        let status = match refused.scim_type {
            ScimType::Uniqueness => StatusCode::CONFLICT,
            ScimType::InvalidFilter
            | ScimType::Mutability
            | ScimType::InvalidSyntax
            | ScimType::InvalidPath
            | ScimType::NoTarget
            | ScimType::InvalidValue => StatusCode::BAD_REQUEST,
        };
        Self {
            scim_type: Some(refused.scim_type.as_str()),
            ..Self::new(status, refused.detail.clone())
        }
    }

    pub(super) fn unauthorized() -> Self {
        let header = HeaderValue::from_static("Basic realm=\"scim\"");
        Self {
            header: Some(Box::new((WWW_AUTHENTICATE, header))),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "The API key is missing or not valid.",
            )
        }
    }

    pub(super) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    pub(super) fn bad_body(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(super) fn no_json(error: &serde_json::Error) -> Self {
        Self {
            scim_type: Some(ScimType::InvalidSyntax.as_str()),
            ..Self::new(
                StatusCode::BAD_REQUEST,
                format!("The body is no JSON: {error}."),
            )
        }
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

    pub(super) fn not_implemented() -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "This is not supported.")
    }

    /// The body, with LoginID's code where its clients look for it.
    pub(super) fn body(&self, with_code: bool) -> String {
        let code = match self.status {
            StatusCode::UNAUTHORIZED => "unauthorized",
            StatusCode::FORBIDDEN => "forbidden",
            StatusCode::NOT_FOUND => "not_found",
            status if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED => {
                "internal_error"
            }
            _ => "bad_request",
        };
        let body = ErrorBody {
            schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
            status: self.status.as_u16().to_string(),
            detail: &self.detail,
            scim_type: self.scim_type,
            msg_code: with_code.then_some(code),
        };
        serde_json::to_string(&body).unwrap_or_default()
    }
}

impl From<ScimError> for Refusal {
    fn from(error: ScimError) -> Self {
        match error {
            ScimError::Refused(refused) => Self::of(&refused),
            ScimError::NotFound(what) => Self::not_found(format!("There is no such {what}.")),
            ScimError::PreconditionFailed => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "The resource has another version by now.",
            ),
            ScimError::Service(error) => error.into(),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let refusal = ApplicationRefusal::from(error);
        Self {
            header: refusal.header,
            cause: refusal.cause,
            ..Self::new(refusal.status, refusal.message)
        }
    }
}
