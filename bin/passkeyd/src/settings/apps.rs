//! `[[apps]]`: tenants that are made or brought up to date at every start.

use std::{collections::BTreeSet, fs};

use passkeyd_domain::{ClientAuthentication, SecretBytes, TenantId, TenantSettings};
use passkeyd_service::{
    configured_apps::{ConfiguredKey, api_scopes},
    federation::AddProvider,
};
use serde_json::{Map, Value};

use super::Values;
use crate::tenant_settings::merged;

/// A tenant, checked.
#[derive(Clone, Debug)]
pub(crate) struct ConfiguredApp {
    pub(crate) id: TenantId,
    /// As `merged` takes them.
    pub(crate) settings: Map<String, Value>,
    pub(crate) keys: Vec<ConfiguredKey>,
    pub(crate) providers: Vec<AddProvider>,
}

impl ConfiguredApp {
    pub(super) fn assemble(values: &mut Values, problems: &mut Vec<String>) -> Vec<Self> {
        let mut apps: Vec<Self> = Vec::new();
        let listed = values.documents("apps").unwrap_or_default();
        for (index, document) in listed.into_iter().enumerate() {
            let name = match document.get("id") {
                Some(Value::String(id)) => format!("apps, {id}"),
                _ => format!("apps, number {}", index + 1),
            };
            match app(Document(document)) {
                Ok(app) if apps.iter().any(|known| known.id == app.id) => {
                    problems.push(format!("{name}: it is there twice"));
                }
                Ok(app) => apps.push(app),
                Err(problem) => problems.push(format!("{name}: {problem}")),
            }
        }
        let mut given = BTreeSet::new();
        for app in &apps {
            for key in app.keys.iter().filter_map(|key| key.given.as_ref()) {
                if !given.insert(key.expose().to_vec()) {
                    problems.push(format!("apps, {}: a key is there twice", app.id));
                }
            }
        }
        apps
    }
}

/// The members of a table; what nobody asked for at the end is a mistake.
struct Document(Map<String, Value>);

impl Document {
    fn text(&mut self, key: &str) -> Result<Option<String>, String> {
        match self.0.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("{key} takes a text")),
        }
    }

    fn need(&mut self, key: &str) -> Result<String, String> {
        self.text(key)?.ok_or_else(|| format!("{key} is missing"))
    }

    /// The value, or the content of the file that `KEY_file` names.
    fn secret(&mut self, key: &str) -> Result<Option<SecretBytes>, String> {
        let named = self.text(&format!("{key}_file"))?;
        let text = match (self.text(key)?, named) {
            (Some(_), Some(_)) => return Err(format!("{key} is given twice, also as a file")),
            (None, Some(path)) => {
                let content =
                    fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
                Some(content.trim_end_matches(['\r', '\n']).to_owned())
            }
            (value, None) => value,
        };
        Ok(text.map(|text| SecretBytes::new(text.into_bytes())))
    }

    fn tables(&mut self, key: &str) -> Result<Vec<Self>, String> {
        let refused = || format!("{key} takes a list of tables");
        match self.0.remove(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => values
                .into_iter()
                .map(|value| match value {
                    Value::Object(table) => Ok(Self(table)),
                    _ => Err(refused()),
                })
                .collect(),
            Some(_) => Err(refused()),
        }
    }

    fn finish(self) -> Result<(), String> {
        match self.0.keys().next() {
            Some(unknown) => Err(format!("{unknown} is unknown")),
            None => Ok(()),
        }
    }
}

fn app(mut document: Document) -> Result<ConfiguredApp, String> {
    let id: TenantId = document
        .need("id")?
        .parse()
        .map_err(|error| format!("id {error}"))?;
    let mut settings = match document.0.remove("settings") {
        None => Map::new(),
        Some(Value::Object(table)) => table,
        Some(_) => return Err("settings takes a table".to_owned()),
    };
    for key in ["name", "website_url", "base_url"] {
        if let Some(text) = document.text(key)? {
            settings.insert(key.to_owned(), text.into());
        }
    }
    // What does not fit is told before anything is made.
    merged(&TenantSettings::default(), &settings).map_err(|error| format!("settings: {error}"))?;
    let mut keys: Vec<ConfiguredKey> = Vec::new();
    for table in document.tables("api_keys")? {
        let key = api_key(table).map_err(|problem| format!("api_keys: {problem}"))?;
        if keys.iter().any(|known| known.name == key.name) {
            return Err(format!("api_keys: {} is there twice", key.name));
        }
        keys.push(key);
    }
    let mut providers: Vec<AddProvider> = Vec::new();
    for table in document.tables("oidc_providers")? {
        let provider = provider(table).map_err(|problem| format!("oidc_providers: {problem}"))?;
        let same = |known: &AddProvider| match (&known.id, &provider.id) {
            (Some(known), Some(id)) => known == id,
            _ => known.issuer == provider.issuer && known.client_id == provider.client_id,
        };
        if providers.iter().any(same) {
            return Err(format!("oidc_providers: {} is there twice", provider.name));
        }
        providers.push(provider);
    }
    document.finish()?;
    Ok(ConfiguredApp {
        id,
        settings,
        keys,
        providers,
    })
}

fn provider(mut table: Document) -> Result<AddProvider, String> {
    let id = table.text("provider_id")?.map(|id| id.parse()).transpose();
    let method = table.text("client_auth")?.map(|word| word.parse());
    let method: Result<Option<ClientAuthentication>, _> = method.transpose();
    let secret = table.secret("client_secret")?;
    let provider = AddProvider {
        id: id.map_err(|error| format!("provider_id {error}"))?,
        name: table.need("name")?,
        issuer: table.need("issuer")?,
        client_id: table.need("client_id")?,
        client_secret: secret.ok_or("client_secret is missing")?,
        client_authentication: method
            .map_err(|error| format!("client_auth {error}"))?
            .unwrap_or_default(),
    };
    table.finish()?;
    provider.check().map_err(|error| error.to_string())?;
    Ok(provider)
}

fn api_key(mut table: Document) -> Result<ConfiguredKey, String> {
    let name = table.need("name")?;
    let words: Vec<String> = match table.0.remove("scopes") {
        Some(Value::Array(words)) => words
            .into_iter()
            .map(|word| word.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or("scopes takes a list of texts")?,
        Some(Value::String(words)) => words.split(',').map(|w| w.trim().to_owned()).collect(),
        _ => return Err("scopes is missing".to_owned()),
    };
    let scopes = api_scopes(words.iter().map(String::as_str))
        .map_err(|(word, error)| format!("scopes: {word} {error}"))?;
    if scopes.is_empty() {
        return Err("scopes must not be empty".to_owned());
    }
    let given = table.secret("key")?;
    table.finish()?;
    Ok(ConfiguredKey {
        name,
        scopes,
        given,
    })
}
