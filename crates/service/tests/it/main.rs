//! The use cases over a store in memory, a clock that stands still until it is moved, and randomness from a seed.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper of a test may panic"
)]

mod accounts;
mod authenticators;
mod codes;
mod configured_apps;
mod federation;
mod jobs;
mod keys;
mod listings;
mod magic_links;
mod outgoing;
mod profiles;
mod registration;
mod sign_in;
mod tokens;
mod trust;
mod webhooks;
mod world;
