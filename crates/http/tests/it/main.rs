//! The whole app, from the request's first byte to the response's last, on each store, with a clock that stands still and
//! software authenticators.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what must be there in a test is there"
)]

mod beyond;
mod bodies;
mod contract;
mod description;
mod directories;
mod edge;
mod features;
mod ideas;
mod keys;
mod lists;
mod loginid;
mod management;
mod mangled;
mod mfa;
mod network;
mod oidc;
mod outgoing;
mod people;
mod postgres;
mod registration;
mod scim;
mod sign_in;
mod tokens;
mod world;
