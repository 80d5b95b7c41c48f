//! A server without a network: everything deterministic.

use std::{
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use actix_web::{
    body::to_bytes,
    dev::{Service as _, ServiceResponse},
    http::{Method, header::HeaderMap},
    test::{TestRequest, init_service},
    web,
};
use passkeyd_authenticator::{
    Device,
    passwordless::{Page, SignInAs},
};
use passkeyd_domain::{
    SecretBytes, Timestamp,
    ports::{Clock, Entropy, HttpClient, Store},
};
use passkeyd_http::{Context, HttpSettings, app::app};
use passkeyd_service::{
    AccountSettings, Service, Settings,
    apps::{DEVELOPMENT_PUBLIC_KEY, DEVELOPMENT_SECRET_KEY},
    passwords::PasswordCost,
};
use passkeyd_storage_contract::MemoryStore;
use ring::digest;
use serde_json::{Value, json};

use crate::{
    description,
    outgoing::{Lines, Nowhere, outgoing},
    postgres::Schema,
};

pub(crate) const ORIGIN: &str = "http://localhost:8080";
pub(crate) const RP_ID: &str = "localhost";
pub(crate) const MANAGEMENT_KEY: &str = "the operator's key";
pub(crate) const PUBLIC: (&str, &str) = ("ApiKey", DEVELOPMENT_PUBLIC_KEY);
pub(crate) const SECRET: (&str, &str) = ("ApiSecret", DEVELOPMENT_SECRET_KEY);
pub(crate) const MANAGEMENT: (&str, &str) = ("ManagementKey", MANAGEMENT_KEY);

/// When all stories begin.
pub(crate) const BEGINNING: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// A clock that stands still until it is moved.
pub(crate) struct MovedClock(AtomicI64);

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// Randomness that is the same in every run.
struct Seeded(AtomicU64);

impl Entropy for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let block = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
            let hash = digest::digest(&digest::SHA256, &block);
            chunk.copy_from_slice(&hash.as_ref()[..chunk.len()]);
        }
    }
}

type Responding = Pin<Box<dyn Future<Output = ServiceResponse>>>;

/// The app with the development tenant.
pub(crate) struct World {
    call: Box<dyn Fn(TestRequest) -> Responding>,
    clock: Arc<MovedClock>,
    pub(crate) service: Arc<Service>,
    /// Codes that were not sent.
    pub(crate) outbox: Arc<Lines>,
    pub(crate) page: Page,
}

/// Plays a story on each kind of store.
pub(crate) async fn on_each_store(story: impl AsyncFn(&World)) {
    on_each_store_with(settings(), story).await;
}

/// The same with settings of its own.
pub(crate) async fn on_each_store_with(http: HttpSettings, story: impl AsyncFn(&World)) {
    story(&World::with(http.clone()).await).await;
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite://{}/test.db", folder.path().display());
    story(&World::at(&sqlite, http.clone()).await).await;
    if let Some(schema) = Schema::make() {
        story(&World::at(&schema.url(), http).await).await;
    }
}

pub(crate) fn settings() -> HttpSettings {
    HttpSettings {
        management_key: Some(SecretBytes::new(MANAGEMENT_KEY.as_bytes().to_vec())),
        ..HttpSettings::default()
    }
}

async fn service(
    store: Arc<dyn Store>,
    servers: Arc<dyn HttpClient>,
) -> (Arc<Service>, Arc<MovedClock>, Arc<Lines>) {
    let clock = Arc::new(MovedClock(AtomicI64::new(BEGINNING.as_millisecond())));
    let settings = Settings {
        tenant_cache: Duration::ZERO,
        accounts: AccountSettings {
            password_cost: PasswordCost {
                memory: 64,
                passes: 1,
                at_once: 2,
            },
            any_origin: true,
            ..AccountSettings::default()
        },
        ..Settings::default()
    };
    let service = Service::new(
        store,
        Arc::clone(&clock) as Arc<dyn Clock>,
        Arc::new(Seeded(AtomicU64::new(1))),
        settings,
        None,
    );
    let outbox = Arc::new(Lines::default());
    let service = service.with_outgoing(outgoing(Arc::clone(&outbox), servers));
    service.ensure_development_app().await.unwrap();
    (Arc::new(service), clock, outbox)
}

impl World {
    /// The use cases alone, on the store in memory.
    pub(crate) async fn in_memory() -> (Arc<Service>, Arc<MovedClock>) {
        let (service, clock, _) =
            service(Arc::new(MemoryStore::default()), Arc::new(Nowhere)).await;
        (service, clock)
    }

    pub(crate) async fn new() -> Self {
        Self::with(settings()).await
    }

    pub(crate) async fn with(http: HttpSettings) -> Self {
        Self::on(Arc::new(MemoryStore::default()), http).await
    }

    async fn at(url: &str, http: HttpSettings) -> Self {
        let options = passkeyd_storage::Options::default().max_connections(Some(2));
        let store = passkeyd_storage::open(url, &options).await;
        Self::on(Arc::new(store.unwrap()), http).await
    }

    pub(crate) async fn on(store: Arc<dyn Store>, http: HttpSettings) -> Self {
        Self::reaching(store, http, Arc::new(Nowhere)).await
    }

    /// With servers that answer its requests.
    pub(crate) async fn reaching(
        store: Arc<dyn Store>,
        http: HttpSettings,
        servers: Arc<dyn HttpClient>,
    ) -> Self {
        let (service, clock, outbox) = service(store, servers).await;
        let context = web::Data::new(Context::new(Arc::clone(&service), http));
        let app = Rc::new(init_service(app(context)).await);
        let call = move |request: TestRequest| -> Responding {
            let app = Rc::clone(&app);
            Box::pin(async move { app.call(request.to_request()).await.unwrap() })
        };
        Self {
            call: Box::new(call),
            clock,
            service,
            outbox,
            page: Page::new(RP_ID, ORIGIN),
        }
    }

    pub(crate) fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap();
        self.clock.0.fetch_add(millis, Ordering::SeqCst);
    }

    /// Sends a request, and holds what comes back against its description.
    pub(crate) async fn send(&self, request: TestRequest) -> Answer {
        let (request, response) = (self.call)(request).await.into_parts();
        let (head, body) = response.into_parts();
        let answer = Answer {
            status: head.status().as_u16(),
            headers: head.headers().clone(),
            body: to_bytes(body).await.unwrap().to_vec(),
            method: request.method().clone(),
            path: request.path().to_owned(),
        };
        description::hold_against(&answer.method, &answer.path, &answer);
        answer
    }

    /// Sends JSON; a body that is accepted is held against its description as well.
    pub(crate) async fn send_json(&self, request: TestRequest, body: Value) -> Answer {
        let answer = self.send(request.set_json(&body)).await;
        answer.hold_body(&body);
        answer
    }

    pub(crate) async fn post(&self, path: &str, key: (&str, &str), body: Value) -> Answer {
        let request = TestRequest::post().uri(path).insert_header(key);
        self.send_json(request, body).await
    }

    pub(crate) async fn post_raw(&self, path: &str, key: (&str, &str), body: &[u8]) -> Answer {
        let request = TestRequest::post().uri(path).insert_header(key);
        let request = request.insert_header(("Content-Type", "application/json"));
        let answer = self.send(request.set_payload(body.to_vec())).await;
        if let Ok(body) = serde_json::from_slice(body) {
            answer.hold_body(&body);
        }
        answer
    }

    pub(crate) async fn get(&self, path: &str, key: (&str, &str)) -> Answer {
        let request = TestRequest::get().uri(path).insert_header(key);
        self.send(request).await
    }

    pub(crate) async fn bare(&self, method: Method, path: &str) -> Answer {
        let request = TestRequest::default().method(method).uri(path);
        self.send(request).await
    }

    /// A `register_` token for a user.
    pub(crate) async fn register_token(&self, user_id: &str) -> String {
        let body = json!({ "userId": user_id, "username": format!("{user_id}@example.com") });
        self.post("/register/token", SECRET, body)
            .await
            .ok()
            .token()
    }

    /// The answer to the beginning of a registration.
    pub(crate) async fn register_begin(&self, user_id: &str) -> Value {
        let body = self
            .page
            .register_begin(&self.register_token(user_id).await);
        self.post("/register/begin", PUBLIC, body).await.ok().json()
    }

    /// Registers a passkey of the device, and returns the verify token.
    pub(crate) async fn register(&self, device: &mut Device, user_id: &str) -> String {
        let begun = self.register_begin(user_id).await;
        let made = device.create(&begun["data"], ORIGIN).unwrap();
        let session = begun["session"].as_str().unwrap();
        let body = self.page.register_complete(session, &made, Some("phone"));
        self.post("/register/complete", PUBLIC, body)
            .await
            .ok()
            .token()
    }

    /// The answer to the beginning of a sign-in.
    pub(crate) async fn sign_in_begin(&self, user: &SignInAs<'_>) -> Value {
        let body = self.page.sign_in_begin(user);
        self.post("/signin/begin", PUBLIC, body).await.ok().json()
    }

    /// Signs in with the device.
    pub(crate) async fn sign_in(&self, device: &mut Device, user: &SignInAs<'_>) -> Answer {
        let begun = self.sign_in_begin(user).await;
        let signed = device.get(&begun["data"], ORIGIN).unwrap();
        let session = begun["session"].as_str().unwrap();
        let body = self.page.sign_in_complete(session, &signed);
        self.post("/signin/complete", PUBLIC, body).await
    }

    pub(crate) async fn verify(&self, token: &str) -> Answer {
        self.post("/signin/verify", SECRET, json!({ "token": token }))
            .await
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    method: Method,
    path: String,
}

impl Answer {
    /// Holds what was sent against its description, if it was accepted.
    pub(crate) fn hold_body(&self, body: &Value) {
        if self.status < 300 {
            description::hold_body_against(&self.method, &self.path, body);
        }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The same, if it is a success.
    pub(crate) fn ok(self) -> Self {
        assert!(self.status < 300, "{} {}", self.status, self.text());
        self
    }

    pub(crate) fn token(&self) -> String {
        self.json()["token"].as_str().unwrap().to_owned()
    }

    /// The problem body, once it keeps what holds for all of them.
    pub(crate) fn problem(&self) -> Value {
        assert!(self.status >= 400, "{} {}", self.status, self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        assert!(problem["type"].is_string() && problem["title"].is_string());
        assert_eq!(problem["traceId"], self.header("x-request-id"));
        problem
    }

    /// Status, code and title of a refusal.
    pub(crate) fn refusal(&self) -> (u16, String, String) {
        let problem = self.problem();
        let text = |name: &str| problem[name].as_str().unwrap_or("").to_owned();
        (self.status, text("errorCode"), text("title"))
    }

    /// Status and code of a refusal.
    pub(crate) fn code(&self) -> (u16, String) {
        let (status, code, _) = self.refusal();
        (status, code)
    }
}
