//! Counts instructions: each ceremony beside the raw signature check of the primitive that it rests on.
//!
//! ```text
//! cargo run --release -p passkeyd-webauthn --features all-algorithms --example instructions
//! ```
//!
//! Needs `valgrind`. The program runs itself under callgrind twice for each line, with few and with more repetitions;
//! the difference is what one repetition costs. A self attestation signs more bytes than an assertion, so it has a raw
//! check of its own.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::decimal_bitwise_operands,
    reason = "a program for the terminal, on the tests' authenticator"
)]

#[path = "../tests/it/authentication_case.rs"]
mod authentication_case;
#[expect(dead_code, reason = "shared with the tests")]
#[path = "../tests/it/cbor.rs"]
mod cbor;
#[path = "../tests/it/keys.rs"]
#[expect(dead_code, reason = "shared with the tests")]
mod keys;
#[path = "../tests/it/mutation.rs"]
#[expect(dead_code, reason = "shared with the tests")]
mod mutation;
#[path = "../tests/it/registration_case.rs"]
#[expect(dead_code, reason = "shared with the tests")]
mod registration_case;
#[path = "../benches/verify/workload.rs"]
mod workload;

use std::process::Command;

use passkeyd_webauthn::Algorithm;

use crate::workload::{Kind, Workload};

const KINDS: [(&str, Kind); 6] = [
    ("raw", Kind::Raw),
    ("raw-statement", Kind::RawStatement),
    ("assertion", Kind::Assertion),
    ("none", Kind::None),
    ("packed-self", Kind::PackedSelf),
    ("json", Kind::Json),
];

const FEW: u64 = 4;
const MORE: u64 = 24;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [algorithm, kind, repetitions] = arguments.as_slice() {
        let algorithm = Algorithm::from_id(algorithm.parse().unwrap()).unwrap();
        let kind = KINDS.iter().find(|(name, _)| name == kind).unwrap().1;
        let workload = Workload::new(algorithm, kind);
        for _ in 0..repetitions.parse::<u64>().unwrap() {
            workload.run();
        }
        return;
    }
    println!(
        "{:10} {:>12} {:>12} {:>7} {:>12} {:>12} {:>12} {:>7}",
        "", "raw", "assertion", "", "none", "raw", "packed self", ""
    );
    for algorithm in Algorithm::ALL
        .into_iter()
        .filter(|algorithm| algorithm.is_allowed_for_credentials())
    {
        let raw = count(algorithm, Kind::Raw);
        let assertion = count(algorithm, Kind::Assertion);
        let none = count(algorithm, Kind::None);
        let raw_statement = count(algorithm, Kind::RawStatement);
        let packed = count(algorithm, Kind::PackedSelf);
        println!(
            "{:10} {raw:>12} {assertion:>12} {:>7.4} {none:>12} {raw_statement:>12} {packed:>12} {:>7.4}",
            algorithm.name(),
            assertion as f64 / raw as f64,
            packed as f64 / raw_statement as f64,
        );
    }
    println!(
        "JSON of an ES256 sign-in: {}",
        count(Algorithm::Es256, Kind::Json)
    );
}

fn count(algorithm: Algorithm, kind: Kind) -> u64 {
    (collect(algorithm, kind, MORE) - collect(algorithm, kind, FEW)) / (MORE - FEW)
}

/// All instructions of a run with so many repetitions.
fn collect(algorithm: Algorithm, kind: Kind, repetitions: u64) -> u64 {
    let name = KINDS.iter().find(|(_, known)| *known == kind).unwrap().0;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().unwrap())
        .args([
            algorithm.id().to_string(),
            name.to_owned(),
            repetitions.to_string(),
        ])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.split_once("Collected : "))
        .unwrap();
    line.1.trim().parse().unwrap()
}
