//! Health and the root (contract section 2.23, and the probes of orchestrators).

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use actix_web::{
    HttpResponse,
    http::{StatusCode, header::ContentType},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    context::Call,
    description::Operation,
    paths::ALIVE,
    problem::Problem,
    respond,
    routes::{Routes, get},
};

/// How long a database may take to answer before it counts as down.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn configure(routes: &mut Routes<'_>) {
    routes
        .add(
            "/",
            [get(root).or_head().described(|it| {
                it.about("server", "Says what this is").gives_text(
                    200,
                    "text/plain",
                    "A sentence for people.",
                )
            })],
        )
        .add(ALIVE, [get(alive).or_head().described(describe_alive)])
        .add("/health", [get(ready).or_head().described(describe_ready)])
        .add(
            "/health/live",
            [get(alive).or_head().described(describe_alive)],
        )
        .add(
            "/health/ready",
            [get(ready).or_head().described(describe_ready)],
        )
        .add(
            "/health/http",
            [get(alive).or_head().described(describe_alive)],
        )
        .add(
            "/health/storage",
            [get(storage)
                .or_head()
                .described(|it| describe_report(it, "Tells whether the database answers"))],
        )
        .add(
            "/health/version",
            [get(version).or_head().described(|it| {
                it.about("health", "Tells the version of the server")
                    .gives::<Report>(200, "`results.version.data.version` is it.")
            })],
        )
        .add(
            "/health/mail",
            [get(mail)
                .or_head()
                .described(|it| describe_report(it, "Tells whether the mail servers answer"))],
        )
        .add(
            "/health/throw/api",
            [get(throw_api).described(|it| {
                it.about("health", "Shows what a refusal looks like")
                    .refuses(400, "`test_error`, always.")
            })],
        )
        .add(
            "/health/throw/exception",
            [get(throw_exception).described(|it| {
                it.about("health", "Shows what a failure looks like")
                    .refuses(500, "Always.")
            })],
        );
}

fn describe_alive(it: Operation) -> Operation {
    it.about("health", "Tells whether the server runs")
        .gives_text(200, "text/plain", "It does.")
}

fn describe_ready(it: Operation) -> Operation {
    it.about("health", "Tells whether the server can answer requests")
        .gives_text(200, "text/plain", "It can.")
        .gives_text(503, "text/plain", "The database does not answer.")
}

fn describe_report(it: Operation, summary: &'static str) -> Operation {
    it.about("health", summary)
        .gives::<Report>(200, "They do; `results` is empty where there are none.")
        .gives::<Report>(503, "They don't.")
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
    let names = ["db", call.service().store().engine()];
    let results = names.map(|name| (name.to_owned(), part.clone())).into();
    report(healthy, started.elapsed(), results)
}

async fn version(call: Call) -> Result<HttpResponse, Problem> {
    let data = json!({ "version": call.settings().version });
    let part = Part::new(true, Duration::ZERO, data);
    report(
        true,
        Duration::ZERO,
        BTreeMap::from([("version".to_owned(), part)]),
    )
}

/// One result for each mail server; what is wrong with it is the log's and the operator's business.
async fn mail(call: Call) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let servers = call.service().mail_health().await;
    let elapsed = started.elapsed();
    let mut results = BTreeMap::new();
    for (index, server) in servers.iter().enumerate() {
        if let Some(failure) = &server.failure {
            tracing::warn!(server = %server.name, %failure, "a mail server can't be reached");
        }
        let name = match index {
            0 => "smtp".to_owned(),
            _ => format!("smtp{}", index + 1),
        };
        let part = Part::new(server.failure.is_none(), elapsed, json!({}));
        results.insert(name, part);
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
#[derive(Clone, JsonSchema, Serialize)]
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

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    status: &'static str,
    elapsed_milliseconds: f64,
    results: BTreeMap<String, Part>,
}

fn report(
    healthy: bool,
    elapsed: Duration,
    results: BTreeMap<String, Part>,
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
