//! Problem details (RFC 9457): what every refusal looks like on the wire.

use std::{borrow::Cow, error::Error as StdError, fmt};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, HeaderName, HeaderValue},
    },
};
use serde::{Serialize, Serializer, ser::SerializeMap as _};

/// Exactly this, without parameters: two of the SDKs compare the whole header value.
pub(crate) const CONTENT_TYPE_PROBLEM: HeaderValue =
    HeaderValue::from_static("application/problem+json");

const DOCUMENTED: &str = "https://docs.passwordless.dev/guide/errors.html#";

/// A refusal on its way to the client.
pub(crate) struct Problem(Box<Details>);

struct Details {
    status: StatusCode,
    kind: Kind,
    title: Cow<'static, str>,
    detail: Option<Cow<'static, str>>,
    errors: Vec<(&'static str, Vec<String>)>,
    credential_id: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

/// What `type` and `errorCode` say.
#[derive(Clone, Copy)]
enum Kind {
    /// The link of the status; no `errorCode`.
    Framework,
    /// A documented page without a code, such as that of an authentication scheme.
    Documented(&'static str, Option<&'static str>),
    /// An error of the application with its code.
    Coded(&'static str),
    /// An error of the application that has no code: `errorCode` is null.
    Uncoded,
}

impl Problem {
    /// A refusal by the framework's rules: `type` is the link of the status, and there is no `errorCode`.
    pub(crate) fn framework(status: StatusCode, title: impl Into<Cow<'static, str>>) -> Self {
        Self::new(status, Kind::Framework, title)
    }

    /// A request that could not be read.
    pub(crate) fn unreadable(title: impl Into<Cow<'static, str>>) -> Self {
        Self::framework(StatusCode::BAD_REQUEST, title)
    }

    /// An error of the application.
    pub(crate) fn coded(
        status: StatusCode,
        code: &'static str,
        title: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(status, Kind::Coded(code), title)
    }

    /// An error of the application that has no code.
    pub(crate) fn uncoded(status: StatusCode, title: impl Into<Cow<'static, str>>) -> Self {
        Self::new(status, Kind::Uncoded, title)
    }

    /// An error with a page of its own in the documentation, and a code where the contract adds one.
    pub(crate) fn documented(
        status: StatusCode,
        page: &'static str,
        code: Option<&'static str>,
        title: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(status, Kind::Documented(page, code), title)
    }

    /// Fields that break their rules, all at once.
    pub(crate) fn validation(errors: Vec<(&'static str, Vec<String>)>) -> Self {
        let mut problem = Self::unreadable("One or more validation errors occurred.");
        problem.0.errors = errors;
        problem
    }

    /// Our failure. The cause goes to the log, never to the client.
    pub(crate) fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let mut problem = Self::framework(
            StatusCode::INTERNAL_SERVER_ERROR,
            "An error occurred while processing your request.",
        )
        .with_detail("The api has encountered an error");
        problem.0.cause = Some(cause.into());
        problem
    }

    /// Something that we need does not answer; the client may try again.
    pub(crate) fn unavailable(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let mut problem = Self::framework(
            StatusCode::SERVICE_UNAVAILABLE,
            "The service is temporarily unavailable.",
        );
        problem.0.cause = Some(cause.into());
        problem
    }

    /// Says more than the title.
    pub(crate) fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Names the credential, as the client sent it.
    pub(crate) fn with_credential_id(mut self, credential_id: String) -> Self {
        self.0.credential_id = Some(credential_id);
        self
    }

    /// Adds a header to the response.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What it says to people: the detail, else the title.
    pub(crate) fn sentence(&self) -> &str {
        self.0.detail.as_deref().unwrap_or(&self.0.title)
    }

    /// What went wrong on our side, if it did.
    pub(crate) fn cause(&self) -> Option<&(dyn StdError + Send + Sync)> {
        self.0.cause.as_deref()
    }

    /// The response; `trace_id` is the id of the request.
    pub(crate) fn respond(&self, trace_id: Option<&str>) -> HttpResponse {
        let body = serde_json::to_vec(&Body {
            details: &self.0,
            trace_id,
        })
        .unwrap_or_default();
        let mut response = HttpResponse::build(self.0.status);
        response.insert_header((CONTENT_TYPE, CONTENT_TYPE_PROBLEM));
        for (name, value) in &self.0.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        response.body(body)
    }

    fn new(status: StatusCode, kind: Kind, title: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Details {
            status,
            kind,
            title: title.into(),
            detail: None,
            errors: Vec::new(),
            credential_id: None,
            headers: Vec::new(),
            cause: None,
        }))
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problem")
            .field("status", &self.0.status)
            .field("title", &self.0.title)
            .field("detail", &self.0.detail)
            .field("cause", &self.0.cause)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.title)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    fn error_response(&self) -> HttpResponse {
        self.respond(None)
    }
}

/// The link that stands in `type` for what the framework refuses.
fn framework_link(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "https://tools.ietf.org/html/rfc9110#section-15.5.2",
        403 => "https://tools.ietf.org/html/rfc9110#section-15.5.4",
        404 => "https://tools.ietf.org/html/rfc9110#section-15.5.5",
        405 => "https://tools.ietf.org/html/rfc9110#section-15.5.6",
        408 => "https://tools.ietf.org/html/rfc9110#section-15.5.9",
        409 => "https://tools.ietf.org/html/rfc9110#section-15.5.10",
        413 => "https://tools.ietf.org/html/rfc9110#section-15.5.14",
        415 => "https://tools.ietf.org/html/rfc9110#section-15.5.16",
        429 => "https://tools.ietf.org/html/rfc6585#section-4",
        500 => "https://tools.ietf.org/html/rfc9110#section-15.6.1",
        503 => "https://tools.ietf.org/html/rfc9110#section-15.6.4",
        _ => "https://tools.ietf.org/html/rfc9110#section-15.5.1",
    }
}

struct Body<'a> {
    details: &'a Details,
    trace_id: Option<&'a str>,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let details = self.details;
        let mut map = serializer.serialize_map(None)?;
        match details.kind {
            Kind::Framework => map.serialize_entry("type", framework_link(details.status))?,
            Kind::Documented(page, _) => map.serialize_entry("type", &Link(page))?,
            Kind::Coded(code) => map.serialize_entry("type", &Link(code))?,
            Kind::Uncoded => map.serialize_entry("type", DOCUMENTED)?,
        }
        map.serialize_entry("title", &details.title)?;
        map.serialize_entry("status", &details.status.as_u16())?;
        if let Some(detail) = &details.detail {
            map.serialize_entry("detail", detail)?;
        }
        match details.kind {
            Kind::Framework | Kind::Documented(_, None) => {}
            Kind::Documented(_, Some(code)) | Kind::Coded(code) => {
                map.serialize_entry("errorCode", code)?;
            }
            Kind::Uncoded => map.serialize_entry("errorCode", &None::<&str>)?,
        }
        if !details.errors.is_empty() {
            map.serialize_entry("errors", &Errors(&details.errors))?;
        }
        if let Some(id) = &details.credential_id {
            map.serialize_entry("credentialId", id)?;
        }
        if let Some(id) = self.trace_id {
            map.serialize_entry("traceId", id)?;
        }
        map.end()
    }
}

struct Link(&'static str);

impl Serialize for Link {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{DOCUMENTED}{}", self.0))
    }
}

struct Errors<'a>(&'a [(&'static str, Vec<String>)]);

impl Serialize for Errors<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(field, sentences)| (field, sentences)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(problem: &Problem, trace_id: Option<&str>) -> String {
        let body = Body {
            details: &problem.0,
            trace_id,
        };
        serde_json::to_string(&body).unwrap()
    }

    #[test]
    fn each_kind_of_problem_has_the_members_of_the_contract() {
        let framework = Problem::framework(StatusCode::NOT_FOUND, "Not Found");
        assert_eq!(
            text(&framework, None),
            r#"{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.5","title":"Not Found","status":404}"#
        );
        let coded = Problem::coded(StatusCode::BAD_REQUEST, "unknown_credential", "t")
            .with_credential_id("AQ".to_owned());
        assert_eq!(
            text(&coded, Some("r1")),
            r#"{"type":"https://docs.passwordless.dev/guide/errors.html#unknown_credential","title":"t","status":400,"errorCode":"unknown_credential","credentialId":"AQ","traceId":"r1"}"#
        );
        let uncoded = Problem::uncoded(StatusCode::BAD_REQUEST, "Origin is required.");
        assert_eq!(
            text(&uncoded, None),
            r#"{"type":"https://docs.passwordless.dev/guide/errors.html#","title":"Origin is required.","status":400,"errorCode":null}"#
        );
        let invalid = Problem::validation(vec![("userId", vec!["a".to_owned(), "b".to_owned()])]);
        assert_eq!(
            text(&invalid, None),
            r#"{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.1","title":"One or more validation errors occurred.","status":400,"errors":{"userId":["a","b"]}}"#
        );
    }

    #[test]
    fn a_failure_of_ours_says_nothing_of_its_cause() {
        let problem = Problem::internal("the disk is on fire");
        assert!(!text(&problem, None).contains("fire"));
        assert_eq!(problem.cause().unwrap().to_string(), "the disk is on fire");
    }

    #[test]
    fn the_content_type_has_no_parameters() {
        let response = Problem::unreadable("t").error_response();
        assert_eq!(
            response.headers().get(CONTENT_TYPE).unwrap(),
            "application/problem+json"
        );
    }
}
