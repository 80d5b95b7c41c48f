//! A request and what is answered: who asks, of which tenant, and the headers of every answer.

use std::{sync::Arc, time::Instant};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
            AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue,
            IF_NONE_MATCH, ORIGIN, VARY, X_FRAME_OPTIONS, X_XSS_PROTECTION,
        },
    },
    web,
};
use data_encoding::HEXLOWER;
use md5::{Digest as _, Md5};
use passkeyd_service::{
    Service,
    accounts::{Client, Realm},
    sessions::SignedIn,
};
use serde::Serialize;

use super::{fields::Fields, refusal::Refusal};
use crate::{
    context::{Call, Context},
    problem::CONTENT_TYPE_PROBLEM,
    tenancy::{self, Tenancy},
};

const X_ACCESS_TOKEN: HeaderName = HeaderName::from_static("x-access-token");
const X_RUNTIME: HeaderName = HeaderName::from_static("x-runtime");
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// A request on its way through an endpoint.
pub(super) struct Exchange {
    call: Call,
    context: web::Data<Context>,
    tenancy: Option<Tenancy>,
    issuer: String,
}

impl Exchange {
    pub(super) fn service(&self) -> &Service {
        self.context.service()
    }

    /// The use cases, for after the body has been read.
    pub(super) fn context(&self) -> web::Data<Context> {
        self.context.clone()
    }

    /// The tenant that the URL names, or that is meant where none is named.
    pub(super) fn realm(&self) -> Result<Realm, Refusal> {
        match &self.tenancy {
            Some(tenancy) => Ok(tenancy.realm.clone()),
            None => Err(Refusal::not_found("There is no such application.")),
        }
    }

    /// Who asks, by the access token. Where the URL names a tenant as well, it must be the same.
    pub(super) async fn signed_in(&self) -> Result<SignedIn, Refusal> {
        let token = access_token(self.call.request()).ok_or_else(Refusal::unauthenticated)?;
        let realm = self.service().realm_of_token(token).await?;
        let realm = realm.ok_or_else(Refusal::unauthenticated)?;
        let elsewhere = match &self.tenancy {
            Some(tenancy) => tenancy.named && tenancy.realm.id() != realm.id(),
            // A path that names nobody is not made good by the token.
            None => self
                .call
                .request()
                .match_info()
                .get(tenancy::PARAMETER)
                .is_some(),
        };
        if elsewhere {
            return Err(Refusal::unauthenticated());
        }
        Ok(self.service().authenticate_session(&realm, token).await?)
    }

    /// From where it is asked.
    pub(super) fn client(&self) -> Client {
        Client {
            address: self.context.client_address(self.call.request().head()),
            device: self.call.device(),
            issuer: self.issuer.clone(),
        }
    }

    /// The origin of the page that asks.
    pub(super) fn origin(&self) -> Option<&str> {
        self.call.request().headers().get(ORIGIN)?.to_str().ok()
    }

    pub(super) fn path_segment(&self, name: &str) -> &str {
        self.call.path_segment(name)
    }

    /// A parameter of the query.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        let query = self.call.request().query_string();
        let pairs = web::Query::<Vec<(String, String)>>::from_query(query).ok()?;
        let mut pairs = pairs.into_inner().into_iter();
        pairs.find_map(|(key, value)| (key == name).then_some(value))
    }

    /// The body, an object of fields.
    pub(super) async fn fields(self) -> Result<Fields, Refusal> {
        Fields::parse(self.body().await?.bytes())
    }

    pub(super) async fn body(self) -> Result<crate::body::Body, Refusal> {
        Ok(self.call.body("JSON").await?)
    }
}

fn access_token(request: &HttpRequest) -> Option<&str> {
    let text = |name| request.headers().get(name)?.to_str().ok();
    let token = if let Some(token) = text(X_ACCESS_TOKEN) {
        token
    } else {
        let (scheme, token) = text(AUTHORIZATION)?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("Bearer").then_some(token)?
    };
    Some(token.trim()).filter(|token| !token.is_empty())
}

/// What an endpoint answers.
pub(super) struct Reply {
    status: StatusCode,
    body: Option<Vec<u8>>,
}

impl Reply {
    pub(super) fn ok(value: &impl Serialize) -> Result<Self, Refusal> {
        Self::json(StatusCode::OK, value)
    }

    pub(super) fn created(value: &impl Serialize) -> Result<Self, Refusal> {
        Self::json(StatusCode::CREATED, value)
    }

    pub(super) fn no_content() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            body: None,
        }
    }

    fn json(status: StatusCode, value: &impl Serialize) -> Result<Self, Refusal> {
        let body = serde_json::to_vec(value).map_err(crate::problem::Problem::internal)?;
        Ok(Self {
            status,
            body: Some(body),
        })
    }
}

/// Runs an endpoint and puts on what all answers have.
pub(super) async fn answer<F>(call: Call, handler: impl FnOnce(Exchange) -> F) -> HttpResponse
where
    F: Future<Output = Result<Reply, Refusal>>,
{
    let asked = Asked::of(&call);
    let context = call.context();
    let tenancy = match tenancy::resolve(&context, call.request()).await {
        Ok(tenancy) => tenancy,
        Err(error) => return asked.refused(None, &error.into()),
    };
    let reader = asked.reader(&context, tenancy.as_ref());
    let issuer = match &tenancy {
        Some(Tenancy { named: true, realm })
            if call
                .request()
                .match_info()
                .get(tenancy::PARAMETER)
                .is_some() =>
        {
            format!(
                "{}/apps/{}",
                context.own_url(call.request().head()),
                realm.id()
            )
        }
        _ => context.own_url(call.request().head()),
    };
    let exchange = Exchange {
        call,
        context,
        tenancy,
        issuer,
    };
    match handler(exchange).await {
        Ok(reply) => asked.answered(reader, reply),
        Err(refusal) => asked.refused(reader, &refusal),
    }
}

/// The answer to a preflight. Who may not read the answers learns so by the header that is missing.
pub(super) async fn preflight(call: Call) -> HttpResponse {
    let asked = Asked::of(&call);
    let context = call.context();
    let tenancy = tenancy::resolve(&context, call.request()).await;
    let reader = asked.reader(&context, tenancy.ok().flatten().as_ref());
    let mut response = asked.answered(reader, Reply::no_content());
    for (name, value) in [
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, DELETE"),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            "Content-Type, X-Access-Token, Authorization",
        ),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What the answer needs to know of the request.
struct Asked {
    path: Arc<str>,
    is_get: bool,
    origin: Option<HeaderValue>,
    if_none_match: Option<HeaderValue>,
    began: Instant,
}

impl Asked {
    fn of(call: &Call) -> Self {
        let (head, headers) = (call.request().head(), call.request().headers());
        Self {
            path: head.uri.path().into(),
            is_get: head.method == Method::GET,
            origin: headers.get(ORIGIN).cloned(),
            if_none_match: headers.get(IF_NONE_MATCH).cloned(),
            began: Instant::now(),
        }
    }

    /// The origin, if its pages may read the answer.
    fn reader(&self, context: &Context, tenancy: Option<&Tenancy>) -> Option<HeaderValue> {
        let origin = self.origin.as_ref()?;
        let served = context
            .service()
            .serves(&tenancy?.realm, origin.to_str().ok()?);
        served.then(|| origin.clone())
    }

    fn answered(&self, reader: Option<HeaderValue>, reply: Reply) -> HttpResponse {
        let Reply { status, body } = reply;
        let Some(body) = body else {
            let mut response = HttpResponse::build(status).finish();
            self.put_on(&mut response, reader, "no-cache");
            return response;
        };
        let tag = format!("W/\"{}\"", HEXLOWER.encode(&Md5::digest(&body)));
        let unchanged = self.is_get
            && self.if_none_match.as_ref().is_some_and(|known| {
                let known = known.to_str().unwrap_or("");
                known.trim() == "*" || known.split(',').any(|known| weakly(known) == weakly(&tag))
            });
        let mut response = if unchanged {
            HttpResponse::NotModified().finish()
        } else {
            HttpResponse::build(status)
                .insert_header((CONTENT_TYPE, JSON))
                .body(body)
        };
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            response.headers_mut().insert(ETAG, tag);
        }
        self.put_on(&mut response, reader, "max-age=0, private, must-revalidate");
        response
    }

    fn refused(&self, reader: Option<HeaderValue>, refusal: &Refusal) -> HttpResponse {
        if let Some(error) = &refusal.cause {
            tracing::error!(path = &*self.path, error, "a request failed");
        }
        let mut response = HttpResponse::build(refusal.status)
            .insert_header((CONTENT_TYPE, CONTENT_TYPE_PROBLEM))
            .body(refusal.body());
        if let Some((name, value)) = refusal.header.as_deref() {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        self.put_on(&mut response, reader, "no-store");
        response
    }

    fn put_on(
        &self,
        response: &mut HttpResponse,
        reader: Option<HeaderValue>,
        cache_control: &'static str,
    ) {
        let headers = response.headers_mut();
        for (name, value) in [
            (X_FRAME_OPTIONS, "SAMEORIGIN"),
            (X_XSS_PROTECTION, "1; mode=block"),
            (CACHE_CONTROL, cache_control),
            (VARY, "Accept-Encoding, Origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let runtime = format!("{:.6}", self.began.elapsed().as_secs_f64());
        if let Ok(runtime) = HeaderValue::from_str(&runtime) {
            headers.insert(X_RUNTIME, runtime);
        }
        if let Some(reader) = reader {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, reader);
            let exposed = HeaderValue::from_static("ETag, Retry-After, X-Request-Id");
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
}

/// An entity tag for the weak comparison (RFC 9110 section 8.8.3.2).
fn weakly(tag: &str) -> &str {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag)
}
