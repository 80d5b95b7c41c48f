//! A request that an operator describes, with values put in.

use std::collections::BTreeMap;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use passkeyd_domain::ports::{HttpMethod, HttpRequest};
use thiserror::Error;

/// Why a request can't be made from its description.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the body of the request can't be rendered: {0}")]
pub struct RequestTemplateError(String);

/// A request with a `minijinja` template as its body.
///
/// Where a header says that the body is JSON, a value stands for a whole JSON string, quotes included:
/// `{"to": {{ to }}}`. In any other body values are put in as they are, and the filter `urlencode` is there.
#[derive(Clone)]
pub struct RequestTemplate {
    method: HttpMethod,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl std::fmt::Debug for RequestTemplate {
    /// Without headers and body, which hold the operator's secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestTemplate")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl RequestTemplate {
    /// Takes the parts over and tries the body with empty values.
    pub fn new(
        method: HttpMethod,
        url: impl Into<String>,
        headers: Vec<(String, String)>,
        body: impl Into<String>,
        names: &[&'static str],
    ) -> Result<Self, RequestTemplateError> {
        let template = Self {
            method,
            url: url.into(),
            headers,
            body: body.into(),
        };
        template.fill(&names.iter().map(|name| (*name, "")).collect())?;
        Ok(template)
    }

    fn is_json(&self) -> bool {
        self.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("content-type") && value.to_ascii_lowercase().contains("json")
        })
    }

    /// The request with these values.
    pub fn fill(
        &self,
        values: &BTreeMap<&'static str, &str>,
    ) -> Result<HttpRequest, RequestTemplateError> {
        let json = self.is_json();
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(move |_| {
            if json {
                AutoEscape::Json
            } else {
                AutoEscape::None
            }
        });
        let values = Value::from_pairs(values.iter().map(|(name, value)| (*name, *value)));
        let body = environment
            .render_str(&self.body, values)
            .map_err(|error| RequestTemplateError(error.to_string()))?;
        Ok(HttpRequest {
            method: self.method,
            url: self.url.clone(),
            headers: self.headers.clone(),
            body: body.into_bytes(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(content_type: &str, body: &str) -> Result<RequestTemplate, RequestTemplateError> {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        RequestTemplate::new(
            HttpMethod::Post,
            "https://example.com/",
            headers,
            body,
            &["to", "text"],
        )
    }

    #[test]
    fn a_value_can_not_leave_its_json_string() {
        let template = template("application/json", r#"{"to":{{ to }},"n":1}"#).unwrap();
        let values = BTreeMap::from([("to", "a\",\"admin\":\"\n")]);
        let body = template.fill(&values).unwrap().body;
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"to":"a\",\"admin\":\"\n","n":1}"#
        );
    }

    #[test]
    fn a_form_is_encoded_by_its_filter() {
        let template =
            template("application/x-www-form-urlencoded", "to={{ to|urlencode }}").unwrap();
        let body = template
            .fill(&BTreeMap::from([("to", "a&b=c d")]))
            .unwrap()
            .body;
        assert_eq!(String::from_utf8(body).unwrap(), "to=a%26b%3Dc%20d");
    }

    #[test]
    fn a_name_that_means_nothing_is_told_at_once() {
        assert!(template("text/plain", "{{ recipient }}").is_err());
    }
}
