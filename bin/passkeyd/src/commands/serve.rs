//! The server.

use std::{
    error::Error,
    fmt::Write as _,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use actix_web::http::header::HeaderName;
use passkeyd_domain::{
    SecretBytes, TenantSettings,
    ports::{Clock, Entropy, Health as _},
};
use passkeyd_http::{
    HttpSettings, metrics,
    proxies::{Network, NetworkError},
    settings::{Demo, Surfaces},
};
use passkeyd_service::{
    Service,
    apps::{DEVELOPMENT_API_KEY, DEVELOPMENT_APP, DEVELOPMENT_PUBLIC_KEY, DEVELOPMENT_SECRET_KEY},
    configured_apps::MadeKey,
    jobs::Jobs,
    models::ModelCards,
};
use serde_json::{Value, json};
use thiserror::Error;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    cli::Serve,
    metadata::MetadataFile,
    outgoing,
    output::{Report, say},
    revocation::RevocationFiles,
    settings::Settings,
    tenant_settings::merged,
    wiring::{self, Missing, Place},
    world::{SystemClock, SystemEntropy},
};

/// Why the server did not start.
#[derive(Debug, Error)]
pub(crate) enum ServeError {
    /// Somebody else listens there, or it is no address of this machine.
    #[error("can't listen on {address}")]
    Bind {
        address: SocketAddr,
        #[source]
        source: std::io::Error,
    },
    /// Development keys are known to everybody.
    #[error(
        "--dev seeds keys that everybody knows, so that it listens on loopback only, not on {0}"
    )]
    NotLoopback(SocketAddr),
    /// No header can have that name.
    #[error("server.country_header: '{0}' is no header name")]
    CountryHeader(String),
    /// A proxy is none.
    #[error("server.trusted_proxies")]
    Proxy(#[source] NetworkError),
    /// The names and icons of authenticators can't be read.
    #[error("webauthn.aaguid_file: {} can't be read", path.display())]
    AaguidFile {
        path: std::path::PathBuf,
        #[source]
        source: Box<dyn Error>,
    },
    /// A path begins with a slash and does not end with one.
    #[error("server.base_path: '{0}' is not of the form /path")]
    BasePath(String),
}

/// What `--dev` adds to what is told at the start.
struct Development {
    management_key: SecretBytes,
}

/// Serves until SIGTERM or SIGINT, and ends within the grace period.
pub(crate) fn run(
    mut settings: Settings,
    place: &Place,
    command: &Serve,
    as_json: bool,
) -> Result<Report, Box<dyn Error>> {
    if let Some(bind) = command.bind {
        settings.server.bind = bind;
    }
    let bind = settings.server.bind;
    if command.dev && !bind.ip().is_loopback() {
        return Err(ServeError::NotLoopback(bind).into());
    }
    settings.development = command.dev;
    settings.idea_pool |= command.dev;
    let mut http = http_settings(&settings)?;
    let development = command.dev.then(|| {
        let management_key = http.management_key.clone().unwrap_or_else(random_key);
        http.management_key = Some(management_key.clone());
        http.default_app = http
            .default_app
            .take()
            .or_else(|| DEVELOPMENT_APP.parse().ok());
        http.demo = Some(Demo {
            public_key: DEVELOPMENT_PUBLIC_KEY.to_owned(),
            secret_key: SecretBytes::new(DEVELOPMENT_SECRET_KEY.into()),
            rp_id: "localhost".to_owned(),
        });
        Development { management_key }
    });
    let listeners = Listeners {
        api: listen(bind)?,
        metrics: settings.metrics.map(listen).transpose()?,
    };
    if listeners.metrics.is_some() {
        http.metrics = Some(Arc::default());
    }
    actix_web::rt::System::new().block_on(serve(
        &settings,
        place,
        http,
        listeners,
        development,
        as_json,
    ))
}

/// Where the server listens.
struct Listeners {
    api: (TcpListener, SocketAddr),
    metrics: Option<(TcpListener, SocketAddr)>,
}

/// Listens at an address, and tells which one it is where any port would do.
fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    TcpListener::bind(address)
        .and_then(|listener| listener.local_addr().map(|address| (listener, address)))
        .map_err(|source| ServeError::Bind { address, source })
}

async fn serve(
    settings: &Settings,
    place: &Place,
    http: HttpSettings,
    Listeners {
        api: (listener, address),
        metrics: metrics_listener,
    }: Listeners,
    development: Option<Development>,
    as_json: bool,
) -> Result<Report, Box<dyn Error>> {
    let master_key = wiring::master_key(settings)?;
    let wrapped = master_key.is_some();
    let store = wiring::store(place, Missing::IsMade).await?;
    let engine = store.engine();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let outgoing = outgoing::open(settings, &place.data_dir, &clock)?;
    let service = wiring::service_on(store, settings, master_key)
        .with_outgoing(outgoing)
        .with_model_cards(model_cards(settings)?);
    service.check_master_key().await?;
    let mut revocations = RevocationFiles::of(settings);
    if let Some(files) = &mut revocations {
        files.load(&service)?;
    }
    let mut metadata = MetadataFile::open(settings, &place.data_dir)?;
    if let Some(file) = &mut metadata {
        file.load(&service)?;
    }
    if development.is_some() {
        service.ensure_development_app().await?;
    }
    let made_keys = configure_apps(&service, settings).await?;
    // Before the start is announced, so that a signal from then on is a shutdown.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("shutting down");
    };

    if !wrapped {
        tracing::warn!(
            "no keyring.master_key is set: signing and sealing keys rest in the database as they are"
        );
    }
    tracing::info!(%address, engine, version = env!("CARGO_PKG_VERSION"), "serving");
    let shown_metrics = metrics_listener.as_ref().map(|(_, address)| *address);
    let announced = Announced {
        address,
        metrics: shown_metrics,
        development: development.as_ref(),
        made_keys: &made_keys,
    };
    announce(place, &announced, as_json);

    let service = Arc::new(service);
    let metrics = metrics_listener.zip(http.metrics.clone());
    let metrics = metrics.map(|((listener, address), metrics)| {
        tracing::info!(%address, "metrics are served");
        let service = Arc::clone(&service);
        let version = env!("CARGO_PKG_VERSION").to_owned();
        actix_web::rt::spawn(metrics::serve(listener, metrics, service, version))
    });
    let jobs = Jobs::new(Arc::clone(&service)).run_until(std::future::pending());
    let jobs = actix_web::rt::spawn(jobs);
    let metadata = metadata.map(|file| actix_web::rt::spawn(file.follow(Arc::clone(&service))));
    let revocations =
        revocations.map(|files| actix_web::rt::spawn(files.follow(Arc::clone(&service))));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let codes = Arc::clone(&service).send_codes(async { drop(stopped.await) });
    let codes = actix_web::rt::spawn(codes);
    passkeyd_http::serve(vec![listener], service, http, shutdown).await?;
    // Every job may be run again.
    jobs.abort();
    // What was promised to somebody goes out.
    drop(stop);
    let grace = settings.server.shutdown_grace;
    if tokio::time::timeout(grace, codes).await.is_err() {
        tracing::warn!("one-time codes that waited were not sent");
    }
    for follower in [metadata, revocations].into_iter().flatten() {
        follower.abort();
    }
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    tracing::info!("stopped");
    Ok(Report::new("", Value::Null))
}

/// Brings the tenants of the configuration up to date; gives the keys that were made.
async fn configure_apps(
    service: &Service,
    settings: &Settings,
) -> Result<Vec<MadeKey>, Box<dyn Error>> {
    let mut made = Vec::new();
    for app in &settings.apps {
        let change = |before: &mut TenantSettings| {
            // What does not fit was refused when the configuration was read.
            if let Ok(after) = merged(before, &app.settings) {
                *before = after;
            }
        };
        let keys = service.configure_app(&app.id, change, app.keys.clone());
        made.extend(keys.await?);
        for provider in &app.providers {
            let provider = service.ensure_provider(&app.id, provider.clone()).await?;
            tracing::info!(app = %app.id, provider = %provider.id, name = provider.name, "sign-in at a provider");
        }
    }
    Ok(made)
}

/// What is told at the start.
struct Announced<'a> {
    address: SocketAddr,
    metrics: Option<SocketAddr>,
    development: Option<&'a Development>,
    made_keys: &'a [MadeKey],
}

/// Tells where the server is and, in development, all that one needs to try it.
fn announce(place: &Place, announced: &Announced<'_>, as_json: bool) {
    let Announced {
        address,
        metrics,
        development,
        made_keys,
    } = *announced;
    // Passkeys need a name, and in development it is this one.
    let url = match development {
        Some(_) => format!("http://localhost:{}", address.port()),
        None => format!("http://{address}"),
    };
    let database = place.shown_database();
    let mut told = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "url": url,
        "address": address,
        "database": database,
        "dataDir": place.data_dir,
    });
    let mut text = format!("passkeyd {} serves at {url}", env!("CARGO_PKG_VERSION"));
    if let Some(address) = metrics {
        let url = format!("http://{address}/metrics");
        let _ = write!(text, "\nmetrics at {url}");
        told["metrics"] = url.into();
    }
    if let Some(Development { management_key }) = development {
        let management_key = String::from_utf8_lossy(management_key.expose());
        told["demo"] = format!("{url}/demo").into();
        told["ideas"] = format!("{url}/demo/ideas").into();
        told["app"] = DEVELOPMENT_APP.into();
        told["publicKey"] = DEVELOPMENT_PUBLIC_KEY.into();
        told["secretKey"] = DEVELOPMENT_SECRET_KEY.into();
        told["apiKey"] = DEVELOPMENT_API_KEY.into();
        told["managementKey"] = management_key.as_ref().into();
        told["rpId"] = "localhost".into();
        let _ = write!(
            text,
            "

  try it           {url}/demo
  idea pool        {url}/demo/ideas

  app              {DEVELOPMENT_APP}
  public key       {DEVELOPMENT_PUBLIC_KEY}
  secret key       {DEVELOPMENT_SECRET_KEY}
  management key   {management_key}

  LoginID          {url}, application id {DEVELOPMENT_APP}
  API key          {DEVELOPMENT_API_KEY}

  RP id            localhost
  origins          http://localhost:PORT and http://NAME.localhost:PORT
  database         {database}
  health           {url}/health/ready

These keys are known to everybody: --dev is for development only."
        );
    }
    if !made_keys.is_empty() {
        told["apiKeys"] = made_keys
            .iter()
            .map(|made| json!({ "app": made.app, "name": made.name, "key": made.key.text() }))
            .collect();
        text.push_str("\n\nnew keys; store them safely, they are not shown again");
        for MadeKey { app, name, key } in made_keys {
            let _ = write!(text, "\n  {app}  {name}  {}", key.text());
        }
    }
    say(&if as_json { told.to_string() } else { text });
}

/// The built-in names and icons of authenticators, and those of the file that the settings name.
fn model_cards(settings: &Settings) -> Result<ModelCards, ServeError> {
    let Some(path) = &settings.aaguid_file else {
        return Ok(ModelCards::default());
    };
    let read = std::fs::read(path).map_err(Box::<dyn Error>::from);
    read.and_then(|json| Ok(ModelCards::with_file(&json)?))
        .map_err(|source| ServeError::AaguidFile {
            path: path.clone(),
            source,
        })
}

/// What the HTTP side takes of the settings.
pub(crate) fn http_settings(settings: &Settings) -> Result<HttpSettings, ServeError> {
    let server = &settings.server;
    let country_header = server
        .country_header
        .as_ref()
        .map(|name| {
            HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| ServeError::CountryHeader(name.clone()))
        })
        .transpose()?;
    let trusted_proxies = server
        .trusted_proxies
        .iter()
        .map(|network| network.parse::<Network>().map_err(ServeError::Proxy))
        .collect::<Result<_, _>>()?;
    let base_path = server.base_path.clone().unwrap_or_default();
    let is_path = base_path.is_empty()
        || (base_path.starts_with('/') && !base_path.ends_with('/') && !base_path.contains("//"));
    if !is_path {
        return Err(ServeError::BasePath(base_path));
    }
    Ok(HttpSettings {
        workers: server.workers,
        public_url: server.public_url.clone(),
        base_path,
        trusted_proxies,
        country_header,
        base_domain: server.base_domain.clone(),
        default_app: server.default_app.clone(),
        management_key: settings.management_key.clone(),
        surfaces: Surfaces {
            passwordless: settings.passwordless,
            loginid: settings.loginid,
            idea_pool: settings.idea_pool,
            scim: settings.scim,
        },
        shutdown_grace: server.shutdown_grace,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..HttpSettings::default()
    })
}

/// 32 random hexadecimal digits.
fn random_key() -> SecretBytes {
    let entropy = SystemEntropy::new();
    let entropy: &dyn Entropy = &entropy;
    SecretBytes::new(entropy.uuid().simple().to_string().into_bytes())
}
