//! Runs test vectors of the uniform schema through the verifier.
//!
//! ```text
//! cargo run -p passkeyd-webauthn --features all-algorithms --example conformance -- FILE.json... [--preset NAME]
//! cargo run -p passkeyd-webauthn --features all-algorithms --example conformance -- --lines [--preset NAME] < VECTORS
//! ```
//!
//! One line for each vector, `ok` or `FAIL` with what was expected and what came, then `N passed, M failed`. The exit code
//! is 1 if any failed, 2 on wrong usage.
//!
//! With `--lines` each line of the standard input is a vector, and each line of the output what came of it: `ok`, or the
//! code of the error.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal"
)]

mod vectors;

use std::io::{BufRead, stdin};
use std::process::ExitCode;

use passkeyd_webauthn::Policy;

fn main() -> ExitCode {
    let mut files = Vec::new();
    let mut preset = None;
    let mut lines = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--lines" {
            lines = true;
        } else if argument == "--preset" {
            preset = arguments.next().and_then(|name| Policy::preset(&name));
            if preset.is_none() {
                eprintln!(
                    "presets: server, consumer, strict, enterprise, fido_conformance, legacy"
                );
                return ExitCode::from(2);
            }
        } else {
            files.push(argument);
        }
    }
    if lines {
        return answer_lines(preset.as_ref());
    }
    if files.is_empty() {
        eprintln!("usage: conformance FILE.json... [--preset NAME]");
        return ExitCode::from(2);
    }
    let (mut passed, mut failed) = (0_u32, 0_u32);
    for file in files {
        let outcomes = match std::fs::read(&file)
            .map_err(|error| error.to_string())
            .and_then(|text| vectors::run_file(&text, preset.as_ref()))
        {
            Ok(outcomes) => outcomes,
            Err(error) => {
                eprintln!("{file}: {error}");
                return ExitCode::from(2);
            }
        };
        for outcome in outcomes {
            let came = outcome.came();
            if outcome.as_expected() {
                passed += 1;
                println!("ok   {} ({came})", outcome.id);
            } else {
                failed += 1;
                let expected = if outcome.expected { "ok" } else { "a refusal" };
                println!(
                    "FAIL {}: expected {expected}, came {came} {}",
                    outcome.id, outcome.why
                );
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn answer_lines(preset: Option<&Policy>) -> ExitCode {
    for line in stdin().lock().lines() {
        let Ok(line) = line else {
            return ExitCode::from(2);
        };
        println!("{}", vectors::run(&line, preset).code());
    }
    ExitCode::SUCCESS
}
