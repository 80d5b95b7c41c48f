//! Structured logs on the standard error output.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::{
    filter::LevelFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::settings::Log;

/// Sends the process's logs where the settings say. A second call changes nothing.
pub(crate) fn start(log: &Log) {
    let mut filter = log.level.clone();
    // A bare level is ours; what the HTTP server tells of its threads, and of bytes that are no request, is for those who
    // ask for it.
    let is_bare = filter.iter().next().is_none();
    if is_bare && filter.default_level() == Some(LevelFilter::INFO) {
        filter = filter
            .with_target("actix_server", LevelFilter::WARN)
            .with_target("actix_http", LevelFilter::OFF);
    }
    let as_json = match log.format.as_str() {
        "json" => true,
        "text" => false,
        _ => !io::stderr().is_terminal(),
    };
    let lines = fmt::layer().with_writer(io::stderr);
    let filtered = tracing_subscriber::registry().with(filter);
    let _ = if as_json {
        let json = lines.json().flatten_event(true);
        let json = json.with_current_span(true).with_span_list(false);
        filtered.with(json).try_init()
    } else {
        let text = lines.with_ansi(io::stderr().is_terminal());
        filtered.with(text).try_init()
    };
}
