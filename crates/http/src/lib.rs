//! The HTTP surfaces of passkeyd on actix-web.
//!
//! A handler parses a request, calls one use case of `passkeyd-service`, and renders what comes back. An endpoint is one
//! file, with its wire structs; what all share lies beside them: problem details, the reading of bodies and queries, keys
//! in headers, and the edge that every request passes.
//!
//! [`serve`] runs the whole on listeners; [`app`](app::app) is the same for a test, or for a server of one's own.

mod body;
mod context;
mod demo;
mod device;
mod edge;
mod health;
mod ideas;
mod jwks;
mod keys;
mod passwordless;
mod paths;
mod problem;
mod query;
mod related_origins;
mod respond;
mod server;
mod tenancy;
mod time_span;
mod validation;

pub mod app;
pub mod proxies;
pub mod settings;

pub use context::Context;
pub use server::serve;
pub use settings::HttpSettings;
