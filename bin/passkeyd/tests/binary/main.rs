//! The built binary: its command line, its configuration, and how it starts and ends.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper of a test may panic"
)]

mod administration;
mod configuration;
mod durability;
mod place;
mod server;
mod visitor;
