//! A request and what is answered.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{
            CONTENT_LOCATION, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH,
            LOCATION,
        },
    },
    web,
};
use passkeyd_service::{
    Service,
    accounts::Realm,
    api_keys::ApiKeyCaller,
    scim::{IfMatch, List, Projection, Query, Resource, View},
};
use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use crate::{
    context::{Call, Context},
    loginid::credentials,
    tenancy,
};

const SCIM_JSON: HeaderValue = HeaderValue::from_static("application/scim+json");

/// The longest body.
const BODY_BYTES: usize = 256 * 1024;

/// A request on its way through an endpoint, whose sender is known and may do what it asks.
pub(super) struct Exchange {
    request: HttpRequest,
    payload: Option<web::Payload>,
    context: web::Data<Context>,
    caller: ApiKeyCaller,
    /// The URL below which everything is.
    pub(super) base: String,
    parameters: Vec<(String, String)>,
}

impl Exchange {
    pub(super) fn service(&self) -> &Service {
        self.context.service()
    }

    pub(super) fn caller(&self) -> &ApiKeyCaller {
        &self.caller
    }

    pub(super) fn realm(&self) -> &Realm {
        self.caller.realm()
    }

    /// The id in the path.
    pub(super) fn id(&self) -> String {
        let id = self.request.match_info().get("id");
        id.unwrap_or("").to_owned()
    }

    /// A parameter of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters_of(name).next()
    }

    /// What is said under the name, however often.
    fn parameters_of<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = self.parameters.iter();
        named
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Which part of a list is wanted.
    pub(super) fn query(&self) -> Result<Query, Refusal> {
        let filter = self.parameter("filter").map(str::to_owned);
        let query = Query::parse(
            filter,
            self.parameter("startIndex"),
            self.parameter("count"),
        );
        query.map_err(|refused| Refusal::of(&refused))
    }

    /// How resources are to be shown.
    pub(super) fn view(&self) -> View {
        let all = |name| self.parameters_of(name).collect::<Vec<_>>().join(",");
        let (only, without) = (all("attributes"), all("excludedAttributes"));
        View {
            base: self.base.clone(),
            projection: Projection::parse(Some(&only), Some(&without)),
        }
    }

    pub(super) fn if_match(&self) -> IfMatch {
        IfMatch::parse(self.header(&IF_MATCH))
    }

    /// A resource, or that the client has it already.
    pub(super) fn shown(&self, found: Resource) -> Reply {
        if self.has(&found.tag) {
            Reply::not_modified(found.tag)
        } else {
            Reply::resource(found)
        }
    }

    /// Whether the client has the resource of this tag already.
    fn has(&self, tag: &str) -> bool {
        let bare = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
        self.header(&IF_NONE_MATCH).is_some_and(|tags| {
            tags.split(',')
                .any(|known| known.trim() == "*" || bare(known.trim()) == bare(tag))
        })
    }

    fn header(&self, name: &HeaderName) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }

    /// The body.
    pub(super) async fn body(&mut self) -> Result<Value, Refusal> {
        let Some(payload) = self.payload.take() else {
            return Ok(Value::Null);
        };
        let reading = payload.to_bytes_limited(BODY_BYTES);
        let time = self.context.settings().limits.body_time;
        let bytes = tokio::time::timeout(time, reading)
            .await
            .map_err(|_| Refusal::bad_body("The body came too slowly."))?
            .map_err(|_| Refusal::bad_body(format!("A body may have up to {BODY_BYTES} bytes.")))?
            .map_err(|_| Refusal::bad_body("The body could not be read."))?;
        serde_json::from_slice(&bytes).map_err(|error| Refusal::no_json(&error))
    }
}

/// What an endpoint answers.
pub(super) struct Reply {
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    body: Option<Value>,
}

impl Reply {
    pub(super) fn ok(body: Value) -> Self {
        Self {
            status: StatusCode::OK,
            headers: Vec::new(),
            body: Some(body),
        }
    }

    pub(super) fn no_content() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            headers: Vec::new(),
            body: None,
        }
    }

    /// A resource with its tag, and where it is (RFC 7643 section 3.1).
    pub(super) fn resource(resource: Resource) -> Self {
        Self {
            headers: vec![
                (ETAG, resource.tag),
                (CONTENT_LOCATION, resource.location.clone()),
                (LOCATION, resource.location),
            ],
            ..Self::ok(Value::Object(resource.body))
        }
    }

    /// A resource that was made.
    pub(super) fn created(resource: Resource) -> Self {
        Self {
            status: StatusCode::CREATED,
            ..Self::resource(resource)
        }
    }

    /// A resource that the client has.
    fn not_modified(tag: String) -> Self {
        Self {
            status: StatusCode::NOT_MODIFIED,
            headers: vec![(ETAG, tag)],
            body: None,
        }
    }

    pub(super) fn list(list: List) -> Self {
        let resources = list.resources.into_iter().map(Value::Object).collect();
        Self::list_of(list.total, list.start_index, resources)
    }

    pub(super) fn list_of(total: u64, start_index: u64, resources: Vec<Value>) -> Self {
        let mut body = Map::new();
        body.insert(
            "schemas".to_owned(),
            json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]),
        );
        body.insert("totalResults".to_owned(), total.into());
        body.insert("startIndex".to_owned(), start_index.into());
        body.insert("itemsPerPage".to_owned(), resources.len().into());
        body.insert("Resources".to_owned(), resources.into());
        Self::ok(Value::Object(body))
    }
}

/// Finds out who asks, runs an endpoint, and puts its answer into words. Without a scope any key is good enough.
pub(super) async fn answer<F>(
    call: Call,
    prefix: &'static str,
    scope: Option<&'static str>,
    handler: impl FnOnce(Exchange) -> F,
) -> HttpResponse
where
    F: Future<Output = Result<Reply, Refusal>>,
{
    let path = call.request().path().to_owned();
    let answered = async {
        let exchange = admit(call, prefix, scope).await?;
        handler(exchange).await
    };
    match answered.await {
        Ok(reply) => {
            let mut response = HttpResponse::build(reply.status);
            for (name, value) in reply.headers {
                response.insert_header((name, value));
            }
            match reply.body {
                Some(body) => response
                    .insert_header((CONTENT_TYPE, SCIM_JSON))
                    .body(body.to_string()),
                None => response.finish(),
            }
        }
        Err(refusal) => {
            if let Some(error) = &refusal.cause {
                tracing::error!(path, error, "a request failed");
            }
            let mut response = HttpResponse::build(refusal.status)
                .insert_header((CONTENT_TYPE, SCIM_JSON))
                .body(refusal.body(prefix == super::OF_LOGINID));
            if let Some((name, value)) = refusal.header.as_deref() {
                response.headers_mut().insert(name.clone(), value.clone());
            }
            response
        }
    }
}

async fn admit(
    call: Call,
    prefix: &'static str,
    scope: Option<&'static str>,
) -> Result<Exchange, Refusal> {
    let (request, payload, context) = call.into_parts();
    let tenancy = tenancy::resolve(&context, &request).await?;
    let presented = credentials::api_key(request.headers()).ok_or_else(Refusal::unauthorized)?;
    let caller = context.service().authenticate_api_key(&presented).await?;
    let caller = caller.ok_or_else(Refusal::unauthorized)?;
    // A key names its tenant. Where the URL names one as well, it must be the same.
    let app = request.match_info().get(tenancy::PARAMETER);
    let elsewhere = match &tenancy {
        Some(tenancy) => tenancy.named && tenancy.realm.id() != caller.realm().id(),
        None => app.is_some(),
    };
    if elsewhere {
        return Err(Refusal::unauthorized());
    }
    if let Some(scope) = scope.filter(|scope| !caller.allows(scope)) {
        return Err(Refusal::forbidden(format!("This needs the scope {scope}.")));
    }
    let own = context.own_url(request.head());
    let base = match app {
        Some(app) => format!("{own}/apps/{app}{prefix}"),
        None => format!("{own}{prefix}"),
    };
    let parameters = web::Query::<Vec<(String, String)>>::from_query(request.query_string())
        .map_err(|_| Refusal::bad_body("The query can't be read."))?
        .into_inner();
    Ok(Exchange {
        request,
        payload: Some(payload),
        context,
        caller,
        base,
        parameters,
    })
}
