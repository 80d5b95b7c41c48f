//! What a sign-in pays for its tokens: `cargo bench -p passkeyd-tokens --bench sealed`.
#![expect(clippy::expect_used, reason = "a benchmark may stop")]

use divan::{Bencher, black_box};
use passkeyd_domain::{TenantId, Timestamp};
use passkeyd_tokens::sealed::{SealingKey, TokenKind, open, seal};
use uuid::Uuid;

fn main() {
    divan::main();
}

fn key() -> SealingKey {
    SealingKey::generate(Uuid::nil(), Timestamp::UNIX_EPOCH, [7; 32])
}

fn tenant() -> TenantId {
    "acme".parse().expect("a tenant's name")
}

#[divan::bench(args = [100, 1000])]
fn seals(bencher: Bencher<'_, '_>, payload: usize) {
    let (key, tenant, payload) = (key(), tenant(), vec![1; payload]);
    bencher.bench_local(|| {
        seal(
            &key,
            TokenKind::VERIFY,
            &tenant,
            black_box(&payload),
            [1; 12],
        )
    });
}

#[divan::bench(args = [100, 1000])]
fn opens(bencher: Bencher<'_, '_>, payload: usize) {
    let (ring, tenant) = ([key()], tenant());
    let token = seal(
        &ring[0],
        TokenKind::VERIFY,
        &tenant,
        &vec![1; payload],
        [1; 12],
    )
    .expect("a short payload");
    bencher.bench_local(|| open(&ring, TokenKind::VERIFY, &tenant, black_box(&token)));
}
