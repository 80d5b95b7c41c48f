//! How text messages go out.

use passkeyd_delivery::{RequestTemplate, sms::VALUES};
use passkeyd_domain::ports::HttpMethod;

use super::{Values, headers::headers_of};

/// What is posted where nobody says.
const BODY: &str = r#"{"to": {{ to }}, "text": {{ text }}}"#;

/// The request that hands a message to the gateway; none: there is no gateway.
pub(super) fn gateway(values: &mut Values, problems: &mut Vec<String>) -> Option<RequestTemplate> {
    let url = values.text("sms.gateway.url");
    let headers = values.map("sms.gateway.headers");
    let body = values.text("sms.gateway.body");
    let Some(url) = url else {
        if headers.is_some() || body.is_some() {
            problems.push("sms.gateway.url is missing".to_owned());
        }
        return None;
    };
    let headers = headers_of(headers.unwrap_or_default());
    let mut headers = match headers {
        Ok(headers) => headers,
        Err(problem) => {
            problems.push(format!("sms.gateway.headers: {problem}"));
            return None;
        }
    };
    let has_type = headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if !has_type {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    let body = body.as_deref().unwrap_or(BODY);
    match RequestTemplate::new(HttpMethod::Post, url, headers, body, &VALUES) {
        Ok(request) => Some(request),
        Err(error) => {
            problems.push(format!("sms.gateway.body: {error}"));
            None
        }
    }
}
