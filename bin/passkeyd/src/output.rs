//! What commands print: lines for a person, or one JSON document.

use std::{
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
};

use serde_json::{Value, json};

/// The outcome of a command in both forms.
#[derive(Debug)]
pub(crate) struct Report {
    /// For people; may have more than one line, without the last line break.
    pub(crate) text: String,
    /// For programs.
    pub(crate) json: Value,
    /// The command did what was asked, and the answer is no.
    pub(crate) refused: bool,
}

impl Report {
    pub(crate) fn new(text: impl Into<String>, json: Value) -> Self {
        Self {
            text: text.into(),
            json,
            refused: false,
        }
    }

    /// The same as a refusal: exit code 1.
    pub(crate) fn refusing(mut self) -> Self {
        self.refused = true;
        self
    }
}

/// Prints the outcome and gives the exit code: 0, or 1 for a refusal.
pub(crate) fn print(outcome: Result<Report, Box<dyn Error>>, as_json: bool) -> ExitCode {
    let (report, failed) = match outcome {
        Ok(report) => {
            let refused = report.refused;
            (report, refused)
        }
        Err(error) => {
            let causes = causes(&*error);
            if !as_json {
                complain(&causes.join(": "));
                return ExitCode::FAILURE;
            }
            (Report::new("", json!({ "error": causes.join(": ") })), true)
        }
    };
    if as_json {
        // A server has announced itself already.
        if !report.json.is_null() {
            say(&report.json.to_string());
        }
    } else if !report.text.is_empty() {
        say(&report.text);
    }
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// A line on the standard output. A reader that went away is no error of ours.
pub(crate) fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// A line on the standard error output.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "passkeyd: {text}");
}

fn causes(error: &dyn Error) -> Vec<String> {
    let mut causes = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        // Some errors repeat their cause.
        if !causes.last().is_some_and(|last| last.contains(&text)) {
            causes.push(text);
        }
        next = cause.source();
    }
    causes
}
