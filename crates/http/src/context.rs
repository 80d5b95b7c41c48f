//! What every endpoint has at hand: the use cases, the settings, and who asks.

use std::{
    future::{Ready, ready},
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use actix_web::{
    FromRequest, HttpRequest,
    dev::{self, RequestHead},
    http::{
        StatusCode,
        header::{HOST, HeaderName, USER_AGENT},
    },
    web,
};
use passkeyd_domain::{KeyKind, Timestamp};
use passkeyd_service::{Caller, KeyRefusal, Service};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::{
    body::Body,
    device,
    keys::{KeyHeader, unauthenticated},
    openapi::Documents,
    problem::Problem,
    settings::HttpSettings,
};

/// What all requests share. One for all threads of a server.
pub struct Context {
    service: Arc<Service>,
    settings: HttpSettings,
    documents: Documents,
    boot: u64,
    requests: AtomicU64,
}

impl Context {
    /// The use cases, and what the operator decided about their HTTP side.
    pub fn new(service: Arc<Service>, settings: HttpSettings) -> Self {
        Self {
            boot: boot(service.now()),
            service,
            settings,
            documents: Documents::default(),
            requests: AtomicU64::new(0),
        }
    }

    pub(crate) fn service(&self) -> &Service {
        &self.service
    }

    pub(crate) fn settings(&self) -> &HttpSettings {
        &self.settings
    }

    /// What the API says of itself.
    pub(crate) fn documents(&self) -> &Documents {
        &self.documents
    }

    /// The id of a request: what a trusted proxy gave it, else a new one.
    pub(crate) fn request_id(&self, head: &RequestHead) -> String {
        let given = self.proxy_header(head, &REQUEST_ID).filter(|id| {
            (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
        });
        given.map_or_else(
            || {
                let count = self.requests.fetch_add(1, Ordering::Relaxed);
                Uuid::from_u64_pair(self.boot, count | 1 << 63).to_string()
            },
            str::to_owned,
        )
    }

    /// Where a request came from: the peer, or what trusted proxies say of the client.
    pub(crate) fn client_address(&self, head: &RequestHead) -> Option<IpAddr> {
        let mut address = peer(head)?;
        let forwarded = self.proxy_header(head, &X_FORWARDED_FOR).unwrap_or("");
        for hop in forwarded.rsplit(',') {
            match hop.trim().parse() {
                Ok(hop) if self.settings.trusted_proxies.trusts(address) => address = hop,
                _ => break,
            }
        }
        Some(address)
    }

    /// The URL under which the client reaches us: the one that is set, else the one that was asked for.
    pub(crate) fn own_url(&self, head: &RequestHead) -> String {
        if let Some(url) = &self.settings.public_url {
            return url.trim_end_matches('/').to_owned();
        }
        let host = head.headers().get(HOST).and_then(|host| host.to_str().ok());
        let scheme = self
            .proxy_header(head, &X_FORWARDED_PROTO)
            .unwrap_or("http");
        let base_path = &self.settings.base_path;
        format!("{scheme}://{}{base_path}", host.unwrap_or("localhost"))
    }

    /// A header, if those who sent it may speak for the client.
    pub(crate) fn proxy_header<'a>(
        &self,
        head: &'a RequestHead,
        name: &HeaderName,
    ) -> Option<&'a str> {
        let proxies = &self.settings.trusted_proxies;
        if proxies.is_empty() || !peer(head).is_some_and(|peer| proxies.trusts(peer)) {
            return None;
        }
        head.headers().get(name)?.to_str().ok()
    }
}

/// The header that carries the id of a request, both ways.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(crate) const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The first half of the ids of this process's requests: a UUID of a form of its own (RFC 9562 section 5.8), of the time of
/// the start and the process.
fn boot(now: Timestamp) -> u64 {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    let process = u64::from(std::process::id()) & 0xfff;
    (millis << 16) | 0x8000 | process
}

fn peer(head: &RequestHead) -> Option<IpAddr> {
    head.peer_addr.map(|address| address.ip())
}

/// A request on its way through an endpoint. Who calls is asked first, then the body is read.
pub(crate) struct Call {
    request: HttpRequest,
    payload: web::Payload,
    context: web::Data<Context>,
}

impl Call {
    pub(crate) fn service(&self) -> &Service {
        self.context.service()
    }

    pub(crate) fn settings(&self) -> &HttpSettings {
        self.context.settings()
    }

    /// What outlives the reading of the body.
    pub(crate) fn context(&self) -> web::Data<Context> {
        self.context.clone()
    }

    pub(crate) fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// The request, its body that was not read yet, and what all requests share.
    pub(crate) fn into_parts(self) -> (HttpRequest, web::Payload, web::Data<Context>) {
        (self.request, self.payload, self.context)
    }

    /// A parameter of the path.
    pub(crate) fn path_segment(&self, name: &str) -> &str {
        self.request.match_info().get(name).unwrap_or("")
    }

    /// Who calls, by the public key; it must have the scope.
    pub(crate) async fn public_key(&self, scope: &'static str) -> Result<Caller, Problem> {
        self.caller(KeyHeader::ApiKey, KeyKind::Public, Some(scope))
            .await
    }

    /// Who calls, by the secret key; where a scope is named, the key must have it.
    pub(crate) async fn secret_key(&self, scope: Option<&'static str>) -> Result<Caller, Problem> {
        self.caller(KeyHeader::ApiSecret, KeyKind::Secret, scope)
            .await
    }

    /// Refuses whoever does not show the operator's key.
    pub(crate) fn management_key(&self) -> Result<(), Problem> {
        let headers = self.request.headers();
        let shown = KeyHeader::ManagementKey.value(headers);
        let good = match (&self.settings().management_key, shown) {
            (Some(key), Some(shown)) => bool::from(key.expose().ct_eq(shown.as_bytes())),
            _ => false,
        };
        if good {
            Ok(())
        } else {
            Err(unauthenticated(KeyHeader::ManagementKey, headers, false))
        }
    }

    /// The body of the request; `name` is what refusals call it.
    pub(crate) async fn body(self, name: &'static str) -> Result<Body, Problem> {
        let limits = self.context.settings().limits;
        Body::read(
            &self.request,
            self.payload,
            name,
            limits.body_bytes,
            limits.body_time,
        )
        .await
    }

    /// The device in words for people.
    pub(crate) fn device(&self) -> String {
        let agent = self.request.headers().get(USER_AGENT);
        device::describe(agent.and_then(|agent| agent.to_str().ok()).unwrap_or(""))
    }

    /// The country that a trusted proxy names; empty where none does.
    pub(crate) fn country(&self) -> String {
        let header = self.settings().country_header.as_ref();
        let named = header.and_then(|name| self.context.proxy_header(self.request.head(), name));
        named.unwrap_or("").chars().take(64).collect()
    }

    async fn caller(
        &self,
        header: KeyHeader,
        kind: KeyKind,
        scope: Option<&'static str>,
    ) -> Result<Caller, Problem> {
        let headers = self.request.headers();
        let Some(shown) = header.value(headers) else {
            return Err(unauthenticated(header, headers, false));
        };
        let service = self.service();
        let caller = match service.authenticate(kind, &shown, service.now()).await? {
            Ok(caller) => caller,
            Err(KeyRefusal::Unknown) => return Err(unauthenticated(header, headers, false)),
            Err(KeyRefusal::Locked) => return Err(unauthenticated(header, headers, true)),
        };
        match scope {
            Some(scope) if !caller.allows(scope) => Err(forbidden(scope)),
            _ => Ok(caller),
        }
    }
}

fn forbidden(scope: &str) -> Problem {
    Problem::coded(
        StatusCode::FORBIDDEN,
        "forbidden",
        "You are forbidden from accessing this resource.",
    )
    .with_detail(format!(
        "You are unable to access this resource because you do not have the required permissions. Required scopes: {scope}"
    ))
}

impl FromRequest for Call {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let taken = web::Payload::from_request(request, payload).into_inner();
        let context = request.app_data::<web::Data<Context>>();
        ready(match (taken, context) {
            (Ok(payload), Some(context)) => Ok(Self {
                request: request.clone(),
                payload,
                context: context.clone(),
            }),
            _ => Err(Problem::internal(
                "the app was put together without its context",
            )),
        })
    }
}
