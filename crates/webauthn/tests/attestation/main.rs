//! Attestation statements, chains and metadata: valid ones of our own making, and each broken in one place.

#![expect(
    clippy::assigning_clones,
    clippy::decimal_bitwise_operands,
    clippy::expect_used,
    clippy::panic,
    clippy::semicolon_if_nothing_returned,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "a test may panic, and a change in a table is one expression"
)]

mod chains;
mod formats;
mod kit;
mod metadata;
mod properties;
mod seeds;
