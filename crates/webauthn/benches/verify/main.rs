//! Wall-clock time of each ceremony beside the raw primitive: `cargo bench -p passkeyd-webauthn --features all-algorithms`.
#![expect(
    clippy::unwrap_used,
    clippy::as_conversions,
    clippy::decimal_bitwise_operands,
    reason = "a benchmark on the tests' authenticator"
)]

#[path = "../../tests/it/authentication_case.rs"]
mod authentication_case;
#[expect(dead_code, reason = "shared with the tests")]
#[path = "../../tests/it/cbor.rs"]
mod cbor;
#[path = "../../tests/it/keys.rs"]
#[expect(dead_code, reason = "shared with the tests")]
mod keys;
#[path = "../../tests/it/mutation.rs"]
#[expect(dead_code, reason = "shared with the tests")]
mod mutation;
#[path = "../../tests/it/registration_case.rs"]
#[expect(dead_code, reason = "shared with the tests")]
mod registration_case;
mod workload;

use divan::{AllocProfiler, Bencher};
use passkeyd_webauthn::Algorithm;

use crate::workload::{Kind, Workload};

/// Counts what is allocated beside the time.
#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

fn algorithms() -> impl Iterator<Item = Algorithm> {
    Algorithm::ALL
        .into_iter()
        .filter(|algorithm| algorithm.is_allowed_for_credentials())
}

fn measure(bencher: Bencher<'_, '_>, algorithm: Algorithm, kind: Kind) {
    let workload = Workload::new(algorithm, kind);
    bencher.bench_local(|| workload.run());
}

#[divan::bench(args = algorithms())]
fn raw_signature(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    measure(bencher, algorithm, Kind::Raw);
}

#[divan::bench(args = algorithms())]
fn raw_signature_of_a_statement(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    measure(bencher, algorithm, Kind::RawStatement);
}

#[divan::bench(args = algorithms())]
fn assertion(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    measure(bencher, algorithm, Kind::Assertion);
}

#[divan::bench(args = algorithms())]
fn registration_none(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    measure(bencher, algorithm, Kind::None);
}

#[divan::bench(args = algorithms())]
fn registration_packed_self(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    measure(bencher, algorithm, Kind::PackedSelf);
}

#[divan::bench]
fn json_of_a_sign_in(bencher: Bencher<'_, '_>) {
    measure(bencher, Algorithm::Es256, Kind::Json);
}
