//! What the server counts, for Prometheus: requests by endpoint, how long they took, and the process itself.
//!
//! Nothing is counted unless [`HttpSettings::metrics`](crate::HttpSettings::metrics) is set. [`serve`] shows it on a
//! listener of its own, which clients of the API need not reach.

mod exposition;
mod process;

use std::{
    collections::BTreeMap,
    io,
    net::TcpListener,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::{
    App, HttpResponse, HttpServer,
    http::{Method, StatusCode},
    web,
};
use passkeyd_service::Service;

use self::exposition::{Exposition, Kind};

/// Upper bounds of the histogram, in seconds.
const BOUNDS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];
/// How long the database may take to answer before it counts as down.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was counted since the start.
#[derive(Debug, Default)]
pub struct Metrics {
    endpoints: Mutex<BTreeMap<Endpoint, Series>>,
    in_flight: AtomicU64,
}

/// Where requests came in. There are as many as the server has routes, whatever clients ask for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Endpoint {
    /// The pattern of the path; empty for what has no route.
    path: String,
    method: &'static str,
}

#[derive(Debug, Default)]
struct Series {
    by_status: BTreeMap<u16, u64>,
    /// How many took at most so long and longer than the bound before.
    buckets: [u64; BOUNDS.len()],
    seconds: f64,
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Running {
    metrics: Arc<Metrics>,
    method: &'static str,
    began: Instant,
}

impl Running {
    /// Counts the request as answered. One that is dropped before was given up by its client, and is not counted.
    pub(crate) fn ended(&self, path: Option<String>, status: StatusCode) {
        let endpoint = Endpoint {
            path: path.unwrap_or_default(),
            method: self.method,
        };
        self.metrics
            .count(endpoint, status.as_u16(), self.began.elapsed());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.metrics.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    pub(crate) fn begin(self: &Arc<Self>, method: &Method) -> Running {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        Running {
            metrics: Arc::clone(self),
            method: word(method),
            began: Instant::now(),
        }
    }

    fn count(&self, endpoint: Endpoint, status: u16, took: Duration) {
        let seconds = took.as_secs_f64();
        let mut endpoints = self
            .endpoints
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let series = endpoints.entry(endpoint).or_default();
        *series.by_status.entry(status).or_default() += 1;
        series.seconds += seconds;
        let mut buckets = BOUNDS.iter().zip(&mut series.buckets);
        if let Some((_, bucket)) = buckets.find(|(bound, _)| seconds <= **bound) {
            *bucket += 1;
        }
    }

    fn expose(&self, version: &str, database_is_up: bool) -> String {
        let mut text = Exposition::default();
        text.family("passkeyd_build_info", Kind::Gauge, "The version that runs.")
            .sample(&[("version", version)], 1);
        text.family(
            "passkeyd_database_up",
            Kind::Gauge,
            "Whether the database answers.",
        )
        .sample(&[], u8::from(database_is_up));
        text.family(
            "passkeyd_http_requests_in_flight",
            Kind::Gauge,
            "Requests that are being answered.",
        )
        .sample(&[], self.in_flight.load(Ordering::Relaxed));
        self.expose_requests(&mut text);
        process::expose(&mut text);
        text.finish()
    }

    fn expose_requests(&self, text: &mut Exposition) {
        let endpoints = self
            .endpoints
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut family = text.family(
            "passkeyd_http_requests_total",
            Kind::Counter,
            "Requests that were answered.",
        );
        for (Endpoint { path, method }, series) in &*endpoints {
            for (status, count) in &series.by_status {
                let status = status.to_string();
                let labels = [("method", *method), ("path", path), ("status", &status)];
                family.sample(&labels, count);
            }
        }
        let mut family = text.family(
            "passkeyd_http_request_duration_seconds",
            Kind::Histogram,
            "How long the answers took.",
        );
        for (Endpoint { path, method }, series) in &*endpoints {
            let labels = [("method", *method), ("path", path.as_str())];
            let all: u64 = series.by_status.values().sum();
            let buckets = BOUNDS.iter().zip(series.buckets);
            family.histogram(&labels, buckets, all, series.seconds);
        }
    }
}

/// A method that there is; what clients make up is one word.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Answers `GET /metrics` on a listener, and nothing else, until it is dropped.
///
/// # Errors
/// What the operating system says of the listener and the thread.
pub async fn serve(
    listener: TcpListener,
    metrics: Arc<Metrics>,
    service: Arc<Service>,
    version: String,
) -> io::Result<()> {
    let shown = move || {
        let (metrics, service) = (Arc::clone(&metrics), Arc::clone(&service));
        let version = version.clone();
        async move {
            let ping = tokio::time::timeout(PATIENCE, service.store().ping()).await;
            HttpResponse::Ok()
                .content_type(exposition::CONTENT_TYPE)
                .body(metrics.expose(&version, matches!(ping, Ok(Ok(())))))
        }
    };
    HttpServer::new(move || App::new().route("/metrics", web::get().to(shown.clone())))
        .workers(1)
        .disable_signals()
        .listen(listener)?
        .run()
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(metrics: &Metrics, path: &str, status: u16, millis: u64) {
        let endpoint = Endpoint {
            path: path.to_owned(),
            method: "POST",
        };
        metrics.count(endpoint, status, Duration::from_millis(millis));
    }

    #[test]
    fn requests_are_counted_by_endpoint_and_status() {
        let metrics = Metrics::default();
        for (status, millis) in [(200, 3), (200, 30), (400, 9000)] {
            answered(&metrics, "/signin/begin", status, millis);
        }
        answered(&metrics, "", 404, 1);
        let text = metrics.expose("1.2.3", true);
        for line in [
            "# TYPE passkeyd_http_requests_total counter",
            r#"passkeyd_build_info{version="1.2.3"} 1"#,
            "passkeyd_database_up 1",
            "passkeyd_http_requests_in_flight 0",
            r#"passkeyd_http_requests_total{method="POST",path="/signin/begin",status="200"} 2"#,
            r#"passkeyd_http_requests_total{method="POST",path="/signin/begin",status="400"} 1"#,
            r#"passkeyd_http_requests_total{method="POST",path="",status="404"} 1"#,
        ] {
            assert!(
                text.lines().any(|it| it == line),
                "{line} is not in\n{text}"
            );
        }
    }

    #[test]
    fn the_buckets_of_the_histogram_add_up() {
        let metrics = Metrics::default();
        for millis in [1, 3, 30, 9000] {
            answered(&metrics, "/x", 200, millis);
        }
        let text = metrics.expose("", false);
        for (bound, count) in [
            ("0.001", 1),
            ("0.005", 2),
            ("0.025", 2),
            ("0.05", 3),
            ("5", 3),
            ("+Inf", 4),
        ] {
            let line = format!(
                r#"passkeyd_http_request_duration_seconds_bucket{{method="POST",path="/x",le="{bound}"}} {count}"#
            );
            assert!(
                text.lines().any(|it| it == line),
                "{line} is not in\n{text}"
            );
        }
        assert!(text.contains(
            r#"passkeyd_http_request_duration_seconds_count{method="POST",path="/x"} 4"#
        ));
        assert!(text.contains("passkeyd_database_up 0"));
    }

    #[test]
    fn a_request_counts_as_running_until_it_is_dropped() {
        let metrics = Arc::new(Metrics::default());
        let running = metrics.begin(&Method::GET);
        assert!(metrics.expose("", true).contains("in_flight 1"));
        running.ended(Some("/x".to_owned()), StatusCode::OK);
        drop(running);
        assert!(metrics.expose("", true).contains("in_flight 0"));
    }
}
