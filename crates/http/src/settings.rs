//! What an operator decides about the HTTP side.

use std::{sync::Arc, time::Duration};

use actix_web::http::header::HeaderName;
use passkeyd_domain::{SecretBytes, TenantId};

use crate::{metrics::Metrics, proxies::TrustedProxies};

/// The settings of the HTTP server.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Threads that serve; none: one a core.
    pub workers: Option<usize>,
    /// The URL under which clients reach us; none: whatever they asked for.
    pub public_url: Option<String>,
    /// What stands before every path, such as `/api`; empty for nothing.
    pub base_path: String,
    /// Who may speak for a client.
    pub trusted_proxies: TrustedProxies,
    /// The header in which a trusted proxy names the client's country; none: nobody does.
    pub country_header: Option<HeaderName>,
    /// Applications are reached at `APP.api.DOMAIN`; none: at paths.
    pub base_domain: Option<String>,
    /// The tenant of requests that name none; none: the only one, if there is only one.
    pub default_app: Option<TenantId>,
    /// The operator's key; none: management endpoints answer 401.
    pub management_key: Option<SecretBytes>,
    /// Which APIs there are.
    pub surfaces: Surfaces,
    /// What clients may ask of us.
    pub limits: Limits,
    /// How long requests that run may go on once we are told to stop.
    pub shutdown_grace: Duration,
    /// Where requests are counted; none: nowhere.
    pub metrics: Option<Arc<Metrics>>,
    /// The version that `/health/version` tells.
    pub version: String,
    /// Development only: the page that tries everything, and the app that it speaks to.
    pub demo: Option<Demo>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            workers: None,
            public_url: None,
            base_path: String::new(),
            trusted_proxies: TrustedProxies::default(),
            country_header: None,
            base_domain: None,
            default_app: None,
            management_key: None,
            surfaces: Surfaces::default(),
            limits: Limits::default(),
            shutdown_grace: Duration::from_secs(30),
            metrics: None,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            demo: None,
        }
    }
}

/// The APIs that can be switched on and off. One that is off does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches of the operator, each its own"
)]
pub struct Surfaces {
    /// The Passwordless API.
    pub passwordless: bool,
    /// The LoginID API.
    pub loginid: bool,
    /// The Idea Pool API.
    pub idea_pool: bool,
    /// SCIM.
    pub scim: bool,
}

impl Surfaces {
    /// All of them.
    pub const ALL: Self = Self {
        passwordless: true,
        loginid: true,
        idea_pool: true,
        scim: true,
    };
}

impl Default for Surfaces {
    fn default() -> Self {
        Self {
            passwordless: true,
            loginid: true,
            idea_pool: false,
            scim: true,
        }
    }
}

/// Bounds on what a client may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest body, in bytes.
    pub body_bytes: usize,
    /// The headers of a request together, in bytes.
    pub header_bytes: usize,
    /// The time that a client has for the head of a request.
    pub head_time: Duration,
    /// The time that a client has for the body of a request.
    pub body_time: Duration,
    /// How long an idle connection is kept.
    pub keep_alive: Duration,
    /// Connections at once, over all threads.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            header_bytes: 32 * 1024,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(30),
            keep_alive: Duration::from_secs(75),
            connections: 10_000,
        }
    }
}

/// What the demo page speaks to.
#[derive(Clone, Debug)]
pub struct Demo {
    /// The public key of the app.
    pub public_key: String,
    /// The secret key of the app, which stays on the server.
    pub secret_key: SecretBytes,
    /// The RP id of the page.
    pub rp_id: String,
}
