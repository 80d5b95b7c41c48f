//! Structured logs on the standard error output.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::{EnvFilter, filter::LevelFilter, fmt};

use crate::settings::Log;

/// Sends the process's logs where the settings say. A second call changes nothing.
pub(crate) fn start(log: &Log) {
    let level = &log.level;
    // A bare level is ours; what the HTTP server tells of its threads is for those who ask for it.
    let filter = match level.parse::<LevelFilter>() {
        Ok(ours) if ours <= LevelFilter::INFO && ours > LevelFilter::WARN => {
            EnvFilter::new(format!("{level},actix_server=warn"))
        }
        _ => EnvFilter::new(level),
    };
    let as_json = match log.format.as_str() {
        "json" => true,
        "text" => false,
        _ => !io::stderr().is_terminal(),
    };
    let subscriber = fmt().with_env_filter(filter).with_writer(io::stderr);
    let _ = if as_json {
        let json = subscriber.json().flatten_event(true);
        json.with_current_span(true)
            .with_span_list(false)
            .try_init()
    } else {
        subscriber.with_ansi(io::stderr().is_terminal()).try_init()
    };
}
