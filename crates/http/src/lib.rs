//! The HTTP surfaces of passkeyd on actix-web.
//!
//! A handler parses a request, calls one use case of `passkeyd-service`, and renders what comes back. An endpoint is one
//! file, with its wire structs; what all share lies beside them: problem details, the reading of bodies and queries, keys
//! in headers, and the edge that every request passes.
//!
//! [`serve`] runs the whole on listeners; [`app`](app::app) is the same for a test, or for a server of one's own.
//!
//! ```no_run
//! use std::{future::pending, net::TcpListener, sync::Arc};
//!
//! use passkeyd_http::{HttpSettings, serve};
//! use passkeyd_service::Service;
//!
//! # async fn run(service: Service) -> std::io::Result<()> {
//! let listener = TcpListener::bind("127.0.0.1:8080")?;
//! let settings = HttpSettings {
//!     trusted_proxies: ["10.0.0.0/8".parse().map_err(std::io::Error::other)?].into_iter().collect(),
//!     ..HttpSettings::default()
//! };
//! serve(vec![listener], Arc::new(service), settings, pending()).await
//! # }
//! ```

mod body;
mod context;
mod demo;
mod description;
mod device;
mod edge;
mod health;
mod ideas;
mod jwks;
mod keys;
mod loginid;
mod passwordless;
mod paths;
mod problem;
mod query;
mod related_origins;
mod respond;
mod routes;
mod scim;
mod server;
mod static_files;
mod tenancy;
mod time_span;
mod validation;

pub mod app;
pub mod metrics;
pub mod openapi;
pub mod proxies;
pub mod settings;

pub use context::Context;
pub use server::serve;
pub use settings::HttpSettings;
