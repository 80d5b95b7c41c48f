//! A request and what is answered: who asks, of which tenant, and which origins may read the answer.

use std::{cell::OnceCell, rc::Rc};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
            CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, USER_AGENT, VARY,
        },
    },
    web,
};
use passkeyd_service::{
    ApplicationError, Service,
    accounts::Realm,
    api_keys::ApiKeyCaller,
    application_sessions::ApplicationSession,
    bearer_tokens::{Bearer, BearerKind},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{credentials, objects::Objects, refusal::Refusal};
use crate::{
    context::{Call, Context},
    settings::HttpSettings,
    tenancy::{self, Tenancy},
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The longest body.
const BODY_BYTES: usize = 256 * 1024;

/// A request on its way through an endpoint.
pub(super) struct Exchange {
    request: HttpRequest,
    payload: Option<web::Payload>,
    context: web::Data<Context>,
    /// The tenant that the URL names, or that is meant where none is named.
    tenancy: Option<Tenancy>,
    /// The tenant that the request turned out to be for, which decides about origins.
    resolved: Rc<OnceCell<Realm>>,
}

impl Exchange {
    pub(super) fn service(&self) -> &Service {
        self.context.service()
    }

    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    pub(super) fn settings(&self) -> &HttpSettings {
        self.context.settings()
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    pub(super) fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// A parameter of the path.
    pub(super) fn path_segment(&self, name: &str) -> &str {
        self.request.match_info().get(name).unwrap_or("")
    }

    /// A parameter of the path that may hold any character. The router leaves `%`, `+` and `/` escaped.
    pub(super) fn decoded_segment(&self, name: &str) -> String {
        let segment = self.path_segment(name);
        let escapes = [
            ("%2F", "/"),
            ("%2f", "/"),
            ("%2B", "+"),
            ("%2b", "+"),
            ("%25", "%"),
        ];
        escapes
            .iter()
            .fold(segment.to_owned(), |text, (escape, letter)| {
                text.replace(escape, letter)
            })
    }

    /// A parameter of the query.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        let query = self.request.query_string();
        let pairs = web::Query::<Vec<(String, String)>>::from_query(query).ok()?;
        let mut pairs = pairs.into_inner().into_iter();
        pairs.find_map(|(key, value)| (key == name).then_some(value))
    }

    pub(super) fn user_agent(&self) -> &str {
        let agent = self.headers().get(USER_AGENT);
        agent.and_then(|agent| agent.to_str().ok()).unwrap_or("")
    }

    /// The country that a trusted proxy names; empty where none does.
    pub(super) fn country(&self) -> String {
        let header = self.settings().country_header.as_ref();
        let named = header.and_then(|name| self.context.proxy_header(self.request.head(), name));
        named.unwrap_or("").chars().take(64).collect()
    }

    /// The tenant of a request without a credential. `app` is the application id of the body, which must be the tenant's.
    pub(super) async fn realm(&self, app: Option<&str>) -> Result<Realm, Refusal> {
        let realm = match (&self.tenancy, app) {
            (Some(tenancy), app) if tenancy.named => {
                if app.is_some_and(|app| app != tenancy.realm.id().as_str()) {
                    return Err(Refusal::no_such_application());
                }
                tenancy.realm.clone()
            }
            // A path that names nobody is not made good by the body.
            (None, Some(_)) if self.named_by_path() => return Err(Refusal::no_such_application()),
            (_, Some(app)) => {
                let id = app.parse().map_err(|_| Refusal::no_such_application())?;
                let realm = self.service().realm(&id).await?;
                realm.ok_or_else(Refusal::no_such_application)?
            }
            (Some(tenancy), None) => tenancy.realm.clone(),
            (None, None) => return Err(Refusal::no_such_application()),
        };
        self.resolve(&realm);
        if realm.is_frozen() {
            return Err(Refusal::unauthorized());
        }
        Ok(realm)
    }

    /// Who asks, by an API key; where a scope is named, the key must have it.
    pub(super) async fn api_key(
        &self,
        scope: Option<&'static str>,
    ) -> Result<ApiKeyCaller, Refusal> {
        let presented = credentials::api_key(self.headers()).ok_or_else(Refusal::unauthorized)?;
        let caller = self.service().authenticate_api_key(&presented).await?;
        let caller = caller.ok_or_else(Refusal::unauthorized)?;
        self.agree(caller.realm())?;
        match scope {
            Some(scope) if !caller.allows(scope) => Err(missing_scope(scope)),
            _ => Ok(caller),
        }
    }

    /// Who asks, by a user's token or an authorization token with the scope.
    pub(super) async fn bearer(&self, scope: &'static str) -> Result<Bearer, Refusal> {
        let bearer = self.optional_bearer().await?;
        let bearer = bearer.ok_or_else(Refusal::unauthorized)?;
        if bearer.allows(scope) {
            Ok(bearer)
        } else {
            Err(missing_scope(scope))
        }
    }

    /// The same where a request may come without a token. A token that is sent must be good; its scopes are not looked at.
    pub(super) async fn optional_bearer(&self) -> Result<Option<Bearer>, Refusal> {
        let Some(token) = credentials::bearer(self.headers()) else {
            return Ok(None);
        };
        let realm = self.service().realm_of_token(token).await?;
        let realm = realm.ok_or_else(Refusal::unauthorized)?;
        self.agree(&realm)?;
        if realm.is_frozen() {
            return Err(Refusal::unauthorized());
        }
        let checked = self
            .service()
            .check_token(&realm, &BearerKind::OF_USERS, token)
            .await?;
        Ok(Some(checked.ok_or_else(Refusal::unauthorized)?))
    }

    /// Who asks, by the session in the header.
    pub(super) async fn session(&self) -> Result<ApplicationSession, Refusal> {
        let text = credentials::bearer(self.headers()).ok_or_else(Refusal::unauthorized)?;
        let session = self
            .service()
            .authenticate_application_session(text)
            .await?;
        self.agree(session.realm())?;
        Ok(session)
    }

    /// The session in a body, which must be of the tenant that the URL names.
    pub(super) async fn body_session(&self, text: &str) -> Result<ApplicationSession, Refusal> {
        let session = self.service().open_application_session(text).await?;
        match self.agree(session.realm()) {
            Ok(()) => Ok(session),
            Err(_) => Err(ApplicationError::BadSession.into()),
        }
    }

    /// The base URL of an application, which its tokens name as their issuer.
    pub(super) async fn base_url(&self, realm: &Realm) -> Result<String, Refusal> {
        base_url(&self.context, &self.request, realm).await
    }

    /// The body, JSON of this form. U+0000 is in no text of it.
    pub(super) async fn json<T: DeserializeOwned>(&mut self) -> Result<T, Refusal> {
        let bytes = self.bytes().await?;
        let value: Value = serde_json::from_slice(&bytes)
            .map_err(|error| Refusal::bad_request(format!("The body is no JSON: {error}.")))?;
        if holds_nul(&value) {
            return Err(Refusal::bad_request("The body holds the character U+0000."));
        }
        T::deserialize(Objects(value)).map_err(|error| {
            Refusal::bad_request(format!("The body is not as it must be: {error}."))
        })
    }

    /// The body as it came.
    pub(super) async fn bytes(&mut self) -> Result<web::Bytes, Refusal> {
        let Some(payload) = self.payload.take() else {
            return Ok(web::Bytes::new());
        };
        let reading = payload.to_bytes_limited(BODY_BYTES);
        let read = tokio::time::timeout(self.settings().limits.body_time, reading)
            .await
            .map_err(|_| Refusal::bad_request("The body came too slowly."))?;
        read.map_err(|_| {
            Refusal::bad_request(format!("A body may have up to {BODY_BYTES} bytes."))
        })?
        .map_err(|_| Refusal::bad_request("The body could not be read."))
    }

    /// A credential names its tenant. Where the URL names one as well, it must be the same.
    fn agree(&self, realm: &Realm) -> Result<(), Refusal> {
        let elsewhere = match &self.tenancy {
            Some(tenancy) => tenancy.named && tenancy.realm.id() != realm.id(),
            None => self.named_by_path(),
        };
        if elsewhere {
            return Err(Refusal::unauthorized());
        }
        self.resolve(realm);
        Ok(())
    }

    fn named_by_path(&self) -> bool {
        self.request.match_info().get(tenancy::PARAMETER).is_some()
    }

    fn resolve(&self, realm: &Realm) {
        // The first one counts.
        let _ = self.resolved.set(realm.clone());
    }
}

fn missing_scope(scope: &str) -> Refusal {
    Refusal::forbidden(format!("This needs the scope {scope}."))
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(elements) => elements.iter().any(holds_nul),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// The base URL of an application (contract section 17).
async fn base_url(
    context: &Context,
    request: &HttpRequest,
    realm: &Realm,
) -> Result<String, Refusal> {
    let settings = context.settings();
    if let Some(url) = &realm.settings().application.base_url {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    let own = context.own_url(request.head());
    if let Some(domain) = &settings.base_domain {
        let scheme = own.split_once("://").map_or("https", |(scheme, _)| scheme);
        return Ok(format!("{scheme}://{}.api.{domain}", realm.id()));
    }
    let host = request.headers().get(HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or("");
    let named_by_host = settings.public_url.is_none()
        && host
            .split_once('.')
            .is_some_and(|(label, _)| label.eq_ignore_ascii_case(realm.id().as_str()));
    let default = context
        .service()
        .default_realm(settings.default_app.as_ref())
        .await?;
    let is_default = default.is_some_and(|default| default.id() == realm.id());
    if named_by_host || is_default {
        Ok(own)
    } else {
        Ok(format!("{own}/apps/{}", realm.id()))
    }
}

/// What an endpoint answers.
pub(super) struct Reply {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Option<Vec<u8>>,
}

impl Reply {
    pub(super) fn ok(value: &impl Serialize) -> Result<Self, Refusal> {
        Self::json(StatusCode::OK, value)
    }

    pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Result<Self, Refusal> {
        let body = serde_json::to_vec(value).map_err(|error| Refusal::internal(&error))?;
        Ok(Self {
            status,
            headers: Vec::new(),
            body: Some(body),
        })
    }

    pub(super) fn no_content() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            headers: Vec::new(),
            body: None,
        }
    }

    /// Adds a header.
    #[must_use]
    pub(super) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// Runs an endpoint and puts on what all answers have.
pub(super) async fn answer<F>(call: Call, handler: impl FnOnce(Exchange) -> F) -> HttpResponse
where
    F: Future<Output = Result<Reply, Refusal>>,
{
    let (request, payload, context) = call.into_parts();
    let resolved = Rc::new(OnceCell::new());
    let asked = Asked {
        origin: request.headers().get(ORIGIN).cloned(),
        path: request.path().to_owned(),
        context: context.clone(),
        resolved: Rc::clone(&resolved),
    };
    let tenancy = match tenancy::resolve(&context, &request).await {
        Ok(tenancy) => tenancy,
        Err(error) => return asked.refused(&error.into()).await,
    };
    if let Some(tenancy) = tenancy.as_ref().filter(|tenancy| tenancy.named) {
        let _ = resolved.set(tenancy.realm.clone());
    }
    let exchange = Exchange {
        request,
        payload: Some(payload),
        context,
        tenancy,
        resolved,
    };
    match handler(exchange).await {
        Ok(reply) => asked.answered(reply).await,
        Err(refusal) => asked.refused(&refusal).await,
    }
}

/// The answer to a preflight. Who may not read the answers learns so by the header that is missing.
pub(super) async fn preflight(call: Call) -> HttpResponse {
    let mut response = answer(call, async |_| Ok(Reply::no_content())).await;
    for (name, value) in [
        (
            ACCESS_CONTROL_ALLOW_METHODS,
            "GET, POST, PUT, PATCH, DELETE, OPTIONS",
        ),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Content-Type, Accept",
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
    origin: Option<HeaderValue>,
    path: String,
    context: web::Data<Context>,
    resolved: Rc<OnceCell<Realm>>,
}

impl Asked {
    /// The origin, if its pages may read the answer: those of the tenant, or of any tenant where none is known.
    async fn reader(&self) -> Option<HeaderValue> {
        let origin = self.origin.as_ref()?;
        let (service, text) = (self.context.service(), origin.to_str().ok()?);
        let served = match self.resolved.get() {
            Some(realm) => service.application_serves(realm, text),
            None => service.any_application_serves(text).await.unwrap_or(false),
        };
        served.then(|| origin.clone())
    }

    async fn answered(&self, reply: Reply) -> HttpResponse {
        let mut response = HttpResponse::build(reply.status);
        for header in reply.headers {
            response.append_header(header);
        }
        let mut response = match reply.body {
            Some(body) => response.insert_header((CONTENT_TYPE, JSON)).body(body),
            None => response.finish(),
        };
        self.put_on(&mut response).await;
        response
    }

    async fn refused(&self, refusal: &Refusal) -> HttpResponse {
        if let Some(error) = &refusal.cause {
            tracing::error!(path = self.path, error, "a request failed");
        }
        let mut response = HttpResponse::build(refusal.status)
            .insert_header((CONTENT_TYPE, JSON))
            .body(refusal.body());
        if let Some((name, value)) = refusal.header.as_deref() {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        self.put_on(&mut response).await;
        response
    }

    async fn put_on(&self, response: &mut HttpResponse) {
        let reader = self.reader().await;
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("Origin"));
        if let Some(reader) = reader {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, reader);
            let exposed = HeaderValue::from_static("Retry-After, X-Request-Id");
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
}
