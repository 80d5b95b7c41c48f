use std::{error::Error, fs, path::PathBuf};

use passkeyd_domain::{OidcProvider, SecretBytes, Tenant, TenantId};
use passkeyd_service::{Service, federation::AddProvider};
use serde_json::{Value, json};
use thiserror::Error;

use crate::{
    cli::{AddOidc, OidcCommand},
    output::Report,
    settings::Settings,
};

/// Why a command on providers fails.
#[derive(Debug, Error)]
pub(crate) enum OidcError {
    /// The file with the client secret can't be read.
    #[error("the client secret in {} can't be read", path.display())]
    Secret {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// The tenant has no such provider.
    #[error("there is no provider {0}")]
    NoSuchProvider(String),
}

/// Runs a command on the providers of a tenant.
pub(crate) async fn run(
    service: &Service,
    settings: &Settings,
    command: OidcCommand,
) -> Result<Report, Box<dyn Error>> {
    match command {
        OidcCommand::Add(command) => add(service, settings, command).await,
        OidcCommand::List { app } => list(service, settings, &app).await,
        OidcCommand::Remove { app, provider } => {
            if !service.remove_provider(&app, &provider).await? {
                return Err(OidcError::NoSuchProvider(provider.to_string()).into());
            }
            let json = json!({ "id": provider.as_str(), "app": app, "removed": true });
            Ok(Report::new(format!("removed {provider}"), json))
        }
    }
}

async fn add(
    service: &Service,
    settings: &Settings,
    command: AddOidc,
) -> Result<Report, Box<dyn Error>> {
    let path = command.client_secret_file;
    let secret = fs::read_to_string(&path).map_err(|source| OidcError::Secret { path, source })?;
    let wanted = AddProvider {
        id: command.provider_id,
        name: command.name,
        issuer: command.issuer,
        client_id: command.client_id,
        // A file ends with a line break that is no part of the secret.
        client_secret: SecretBytes::new(secret.trim_end_matches(['\r', '\n']).into()),
        client_authentication: command.client_authentication,
    };
    let provider = service.add_provider(&command.app, wanted).await?;
    let places = Places::of(service, settings, &command.app).await?;
    let text = format!(
        "provider      {}\ncallback URL  {}\nlogin URL     {}\ntell the provider the callback URL",
        provider.id,
        places.url(&provider, "callback"),
        places.url(&provider, "login"),
    );
    Ok(Report::new(text, places.described(&provider)))
}

async fn list(
    service: &Service,
    settings: &Settings,
    app: &TenantId,
) -> Result<Report, Box<dyn Error>> {
    let providers = service.list_providers(app).await?;
    let places = Places::of(service, settings, app).await?;
    let text: Vec<String> = providers
        .iter()
        .map(|provider| format!("{}  {}  {}", provider.id, provider.issuer, provider.name))
        .collect();
    let json: Vec<Value> = providers.iter().map(|it| places.described(it)).collect();
    let json = json!({ "app": app, "providers": json });
    Ok(Report::new(text.join("\n"), json))
}

/// The URLs of a tenant's providers.
struct Places {
    base_url: String,
}

impl Places {
    async fn of(
        service: &Service,
        settings: &Settings,
        app: &TenantId,
    ) -> Result<Self, Box<dyn Error>> {
        let tenant = service.app(app).await?;
        let default = settings.server.default_app.as_ref();
        let default = service.default_realm(default).await?;
        let is_default = default.is_some_and(|default| default.id() == app);
        Ok(Self {
            base_url: base_url(settings, &tenant, is_default),
        })
    }

    fn url(&self, provider: &OidcProvider, end: &str) -> String {
        format!("{}/fido2/v2/oidc/{}/{end}", self.base_url, provider.id)
    }

    fn described(&self, provider: &OidcProvider) -> Value {
        json!({
            "id": provider.id.as_str(),
            "app": provider.tenant,
            "name": provider.name,
            "issuer": provider.issuer,
            "clientId": provider.client_id,
            "clientAuthentication": provider.client_authentication.as_str(),
            "callbackUrl": self.url(provider, "callback"),
            "loginUrl": self.url(provider, "login"),
            "createdAt": provider.created_at,
        })
    }
}

/// The base URL of a tenant, as the server will use it once it is asked under the name that it is set to.
fn base_url(settings: &Settings, tenant: &Tenant, is_default: bool) -> String {
    if let Some(url) = &tenant.settings.application.base_url {
        return url.trim_end_matches('/').to_owned();
    }
    let server = &settings.server;
    let own = match &server.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!(
            "http://{}{}",
            server.bind,
            server.base_path.as_deref().unwrap_or("")
        ),
    };
    match &server.base_domain {
        Some(domain) => {
            let scheme = own.split_once("://").map_or("https", |(scheme, _)| scheme);
            format!("{scheme}://{}.api.{domain}", tenant.id)
        }
        None if is_default => own,
        None => format!("{own}/apps/{}", tenant.id),
    }
}
