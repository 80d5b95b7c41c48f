//! Health and the root (contract section 2.23, and the probes of orchestrators).

use std::time::{Duration, Instant};

use actix_web::{
    HttpResponse,
    http::{StatusCode, header::ContentType},
    web,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    app::{endpoint, get},
    context::Call,
    problem::Problem,
    respond,
};

/// How long a database may take to answer before it counts as down.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn configure(app: &mut web::ServiceConfig) {
    app.service(endpoint("/", [get(root)]))
        .service(endpoint("/health", [get(ready)]))
        .service(endpoint("/health/live", [get(alive)]))
        .service(endpoint("/health/ready", [get(ready)]))
        .service(endpoint("/health/http", [get(alive)]))
        .service(endpoint("/health/storage", [get(storage)]))
        .service(endpoint("/health/version", [get(version)]))
        .service(endpoint("/health/mail", [get(mail)]))
        .service(endpoint("/health/throw/api", [get(throw_api)]))
        .service(endpoint("/health/throw/exception", [get(throw_exception)]));
}

async fn root() -> HttpResponse {
    plain(
        "This is passkeyd, a server for passkeys. Its documentation: https://github.com/passkeyd/passkeyd\n",
    )
}

async fn alive() -> HttpResponse {
    plain("Healthy")
}

async fn ready(call: Call) -> HttpResponse {
    if ping(&call).await {
        plain("Healthy")
    } else {
        HttpResponse::ServiceUnavailable()
            .content_type(ContentType::plaintext())
            .body("Unhealthy")
    }
}

async fn storage(call: Call) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let healthy = ping(&call).await;
    let elapsed = started.elapsed();
    let part = Part::new(healthy, elapsed, json!({}));
    let mut results = Map::new();
    for name in ["db", call.service().store().engine()] {
        results.insert(name.to_owned(), json!(part));
    }
    report(healthy, started.elapsed(), results)
}

async fn version(call: Call) -> Result<HttpResponse, Problem> {
    let data = json!({ "version": call.settings().version });
    let part = Part::new(true, Duration::ZERO, data);
    report(
        true,
        Duration::ZERO,
        Map::from_iter([("version".to_owned(), json!(part))]),
    )
}

/// One result for each mail server; what is wrong with it is the log's and the operator's business.
async fn mail(call: Call) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let servers = call.service().mail_health().await;
    let elapsed = started.elapsed();
    let mut results = Map::new();
    for (index, server) in servers.iter().enumerate() {
        if let Some(failure) = &server.failure {
            tracing::warn!(server = %server.name, %failure, "a mail server can't be reached");
        }
        let name = match index {
            0 => "smtp".to_owned(),
            _ => format!("smtp{}", index + 1),
        };
        let part = Part::new(server.failure.is_none(), elapsed, json!({}));
        results.insert(name, json!(part));
    }
    let healthy = servers.iter().all(|server| server.failure.is_none());
    report(healthy, elapsed, results)
}

async fn throw_api() -> Result<HttpResponse, Problem> {
    Err(Problem::coded(
        StatusCode::BAD_REQUEST,
        "test_error",
        "Testing error response",
    ))
}

async fn throw_exception() -> Result<HttpResponse, Problem> {
    Err(Problem::internal("a failure was asked for"))
}

/// Does the database answer?
async fn ping(call: &Call) -> bool {
    let answer = tokio::time::timeout(PATIENCE, call.service().store().ping()).await;
    matches!(answer, Ok(Ok(())))
}

fn plain(text: &'static str) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body(text)
}

/// What one part of the server says of itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    status: &'static str,
    elapsed_milliseconds: f64,
    data: Value,
}

impl Part {
    fn new(healthy: bool, elapsed: Duration, data: Value) -> Self {
        Self {
            status: word(healthy),
            elapsed_milliseconds: milliseconds(elapsed),
            data,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    status: &'static str,
    elapsed_milliseconds: f64,
    results: Map<String, Value>,
}

fn report(
    healthy: bool,
    elapsed: Duration,
    results: Map<String, Value>,
) -> Result<HttpResponse, Problem> {
    let status = if healthy {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    respond::json_with(
        status,
        &Report {
            status: word(healthy),
            elapsed_milliseconds: milliseconds(elapsed),
            results,
        },
    )
}

const fn word(healthy: bool) -> &'static str {
    if healthy { "Healthy" } else { "Unhealthy" }
}

fn milliseconds(elapsed: Duration) -> f64 {
    (elapsed.as_secs_f64() * 10_000.0).round() / 10.0
}
