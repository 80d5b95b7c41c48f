//! What holds for every request and response, whatever the endpoint: one spelling of the path, preflights, the headers of
//! the contract's section 7.1, a request id, and problem bodies for what went wrong.

use std::{
    future::{Ready, ready},
    pin::Pin,
};

use actix_web::{
    Error, HttpResponse,
    body::BoxBody,
    dev::{RequestHead, Service, ServiceRequest, ServiceResponse, Transform, Url, forward_ready},
    http::{
        Method, StatusCode, Uri,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS,
            ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderMap,
            HeaderValue, ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            X_CONTENT_TYPE_OPTIONS,
        },
        uri::PathAndQuery,
    },
    web,
};

use crate::{
    context::{Context, REQUEST_ID, X_FORWARDED_PROTO},
    ideas, loginid,
    metrics::Running,
    paths,
    problem::Problem,
};

const ANY: HeaderValue = HeaderValue::from_static("*");
const OWN_CONTENT_ONLY: HeaderValue = HeaderValue::from_static("default-src 'self';");
const NO_SNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const HTTPS_FOR_30_DAYS: HeaderValue = HeaderValue::from_static("max-age=2592000");

/// Wraps the whole app.
pub(crate) struct Edge(pub(crate) web::Data<Context>);

impl<S> Transform<S, ServiceRequest> for Edge
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error>,
    S::Future: 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type InitError = ();
    type Transform = EdgeService<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(EdgeService {
            inner,
            context: self.0.clone(),
        }))
    }
}

pub(crate) struct EdgeService<S> {
    inner: S,
    context: web::Data<Context>,
}

impl<S> Service<ServiceRequest> for EdgeService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error>,
    S::Future: 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(inner);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let facts = Facts {
            id: self.context.request_id(request.head()),
            cross_origin: request.headers().contains_key(ORIGIN),
            secure: is_secure(&self.context, request.head()),
            surface: Surface::of(&self.context, request.path()),
            running: self
                .context
                .settings()
                .metrics
                .as_ref()
                .map(|metrics| metrics.begin(request.method())),
        };
        if facts.surface == Surface::Other
            && let Some(preflight) = preflight(request.head())
        {
            let response = request.into_response(preflight);
            return Box::pin(ready(Ok(facts.complete(response))));
        }
        let limits = &self.context.settings().limits;
        let early = if header_bytes(request.headers()) > limits.header_bytes {
            Some(Problem::framework(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "Request Header Fields Too Large",
            ))
        } else if !canonicalise(&mut request, &self.context.settings().base_path) {
            Some(not_found())
        } else {
            None
        };
        if let Some(problem) = early {
            let response = request.into_response(facts.respond(&problem));
            return Box::pin(ready(Ok(facts.complete(response))));
        }
        let response = self.inner.call(request);
        Box::pin(async move { Ok(facts.complete(response.await?)) })
    }
}

/// The answer for a path that nobody listens on.
pub(crate) fn not_found() -> Problem {
    Problem::framework(StatusCode::NOT_FOUND, "Not Found")
}

/// What the response needs to know of the request.
struct Facts {
    id: String,
    cross_origin: bool,
    secure: bool,
    surface: Surface,
    /// Where requests are counted.
    running: Option<Running>,
}

impl Facts {
    fn complete(&self, response: ServiceResponse) -> ServiceResponse {
        let mut response = self.shape_error(response);
        let headers = response.headers_mut();
        if self.cross_origin && self.surface == Surface::Other {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
        }
        if self.secure {
            headers.insert(STRICT_TRANSPORT_SECURITY, HTTPS_FOR_30_DAYS);
        }
        if !headers.contains_key(CONTENT_SECURITY_POLICY) {
            headers.insert(CONTENT_SECURITY_POLICY, OWN_CONTENT_ONLY);
        }
        if !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, NO_STORE);
        }
        headers.insert(X_CONTENT_TYPE_OPTIONS, NO_SNIFF);
        headers.insert(REFERRER_POLICY, NO_REFERRER);
        if let Ok(id) = HeaderValue::try_from(&self.id) {
            headers.insert(REQUEST_ID, id);
        }
        if let Some(running) = &self.running {
            running.ended(response.request().match_pattern(), response.status());
        }
        tracing::debug!(
            request = self.id,
            method = %response.request().method(),
            path = response.request().path(),
            status = response.status().as_u16(),
            "answered"
        );
        response
    }

    /// Gives an error its problem body with the id of the request, and logs what is our fault.
    fn shape_error(&self, response: ServiceResponse) -> ServiceResponse {
        let Some(error) = response.response().error() else {
            return response;
        };
        let shaped = if let Some(problem) = error.as_error::<Problem>() {
            if let Some(cause) = problem.cause() {
                tracing::error!(
                    request = self.id,
                    path = response.request().path(),
                    error = %Chain(cause),
                    "a request failed"
                );
            }
            self.respond(problem)
        } else {
            let status = error.as_response_error().status_code();
            let title = status.canonical_reason().unwrap_or("Error");
            self.respond(&Problem::framework(status, title))
        };
        response.into_response(shaped)
    }

    /// The problem in the form that the surface has for it.
    fn respond(&self, problem: &Problem) -> HttpResponse {
        if self.surface == Surface::LoginId {
            loginid::refused_outside(problem.status(), problem.sentence())
        } else {
            problem.respond(Some(&self.id))
        }
    }
}

/// An error with its causes, in one line.
struct Chain<'a>(&'a (dyn std::error::Error + Send + Sync));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// The surface that a path is of, as far as it has ways of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Surface {
    /// Decides for itself which origins may speak to it, and has refusals of its own form.
    LoginId,
    /// Decides for itself which origins may speak to it.
    IdeaPool,
    Other,
}

impl Surface {
    fn of(context: &Context, path: &str) -> Self {
        let settings = context.settings();
        let on = settings.surfaces;
        match paths::canonical(path, &settings.base_path) {
            Some(path) if on.loginid && loginid::owns(&path) => Self::LoginId,
            Some(path) if on.idea_pool && ideas::owns(&path) => Self::IdeaPool,
            _ => Self::Other,
        }
    }
}

/// The answer to a preflight: whatever was asked for. It needs no key and knows every path.
fn preflight(head: &RequestHead) -> Option<HttpResponse> {
    if head.method != Method::OPTIONS {
        return None;
    }
    let method = head.headers().get(ACCESS_CONTROL_REQUEST_METHOD)?;
    let mut response = HttpResponse::NoContent();
    response
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, ANY))
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, method.clone()));
    if let Some(names) = head.headers().get(ACCESS_CONTROL_REQUEST_HEADERS) {
        response.insert_header((ACCESS_CONTROL_ALLOW_HEADERS, names.clone()));
    }
    Some(response.finish())
}

fn header_bytes(headers: &HeaderMap) -> usize {
    let lengths = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    lengths.sum()
}

/// Rewrites the path into its one spelling. False: it is not below the base path.
fn canonicalise(request: &mut ServiceRequest, base_path: &str) -> bool {
    let Some(path) = paths::canonical(request.path(), base_path) else {
        return false;
    };
    let std::borrow::Cow::Owned(path) = path else {
        return true;
    };
    let path_and_query = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = request.uri().clone().into_parts();
    let Ok(path_and_query) = PathAndQuery::from_maybe_shared(web::Bytes::from(path_and_query))
    else {
        return false;
    };
    parts.path_and_query = Some(path_and_query);
    let Ok(uri) = Uri::from_parts(parts) else {
        return false;
    };
    request.match_info_mut().set(Url::new(uri.clone()));
    request.head_mut().uri = uri;
    true
}

/// Did the client come by HTTPS, and to a name that others can't have as well?
fn is_secure(context: &Context, head: &RequestHead) -> bool {
    if let Some(url) = &context.settings().public_url {
        return url.strip_prefix("https://").is_some_and(is_public_name);
    }
    let by_https = context
        .proxy_header(head, &X_FORWARDED_PROTO)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    by_https
        && head
            .headers()
            .get(HOST)
            .and_then(|host| host.to_str().ok())
            .is_some_and(is_public_name)
}

/// Whether a host, with whatever follows it, is neither an address nor local.
fn is_public_name(host: &str) -> bool {
    let end = host.find([':', '/']).unwrap_or(host.len());
    let name = &host[..end];
    !name.is_empty()
        && !name.starts_with('[')
        && name != "localhost"
        && !name.ends_with(".localhost")
        && name.parse::<std::net::Ipv4Addr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_host_names_are_told_to_stay_with_https() {
        for real in ["example.com", "a.example:8443", "a.example/api"] {
            assert!(is_public_name(real), "{real}");
        }
        for local in [
            "",
            "localhost",
            "a.localhost:1",
            "127.0.0.1:8080",
            "[::1]:80",
        ] {
            assert!(!is_public_name(local), "{local}");
        }
    }
}
