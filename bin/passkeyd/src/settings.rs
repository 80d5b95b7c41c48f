//! The configuration: defaults, then `passkeyd.toml`, then the environment.

mod apps;
mod headers;
mod mail;
mod reference;
mod sms;
mod table;
mod upstream;
mod value;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use config::{Config, Environment, File, FileFormat, Map, Value, ValueKind};
use passkeyd_delivery::RequestTemplate;
use passkeyd_domain::{SecretBytes, TenantId};
use passkeyd_service::magic_links::MagicLinkSettings;
use thiserror::Error;

pub(crate) use apps::ConfiguredApp;
pub(crate) use mail::{Mail, Provider};
pub(crate) use reference::reference;
pub(crate) use table::{Kind, SETTINGS, Setting};
use upstream::Upstream;
use value::Checked;

/// The configuration file that is read where none is named, if it is there.
const DEFAULT_FILE: &str = "passkeyd.toml";

/// The configuration, checked.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches of the table of settings, each its own"
)]
pub(crate) struct Settings {
    pub(crate) server: Server,
    pub(crate) database: Database,
    /// The Passwordless API is on.
    pub(crate) passwordless: bool,
    /// The Idea Pool API is on.
    pub(crate) idea_pool: bool,
    /// The LoginID surface is on.
    pub(crate) loginid: bool,
    pub(crate) scim: bool,
    pub(crate) refresh_lifetime: Duration,
    pub(crate) rotate_refresh_tokens: bool,
    pub(crate) management_key: Option<SecretBytes>,
    pub(crate) master_key: Option<SecretBytes>,
    pub(crate) signing_key_lifetime: Option<Duration>,
    pub(crate) session_lifetime: Option<Duration>,
    /// Zero: for ever.
    pub(crate) transaction_retention: Duration,
    pub(crate) single_use_verify: bool,
    pub(crate) algorithms: Vec<i64>,
    pub(crate) policy: String,
    pub(crate) mds_file: Option<PathBuf>,
    /// Further names and icons of authenticators.
    pub(crate) aaguid_file: Option<PathBuf>,
    pub(crate) mds_root_file: Option<PathBuf>,
    /// Lists of revoked certificates of authenticators' makers.
    pub(crate) revocation_files: Vec<PathBuf>,
    /// Tenants that are marked for deletion are deleted when their time comes.
    pub(crate) delete_expired: bool,
    pub(crate) mail: Mail,
    /// The request that hands a text message to the gateway.
    pub(crate) sms_gateway: Option<RequestTemplate>,
    /// Tenants that are made or brought up to date at the start.
    pub(crate) apps: Vec<ConfiguredApp>,
    pub(crate) magic_links: MagicLinkSettings,
    /// Private hosts that tenants' URLs may lead to.
    pub(crate) allowed_hosts: Vec<String>,
    /// Where Prometheus finds the metrics.
    pub(crate) metrics: Option<SocketAddr>,
    pub(crate) log: Log,
    /// `serve --dev`: not a setting, but it decides as if it were one.
    pub(crate) development: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) bind: SocketAddr,
    pub(crate) public_url: Option<String>,
    pub(crate) base_path: Option<String>,
    pub(crate) trusted_proxies: Vec<String>,
    pub(crate) country_header: Option<String>,
    pub(crate) base_domain: Option<String>,
    pub(crate) default_app: Option<TenantId>,
    pub(crate) workers: Option<usize>,
    pub(crate) shutdown_grace: Duration,
}

/// Where the data lies. Its URL may hold a password and is not shown.
#[derive(Clone)]
pub(crate) struct Database {
    pub(crate) url: Option<String>,
    pub(crate) max_connections: Option<u32>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) level: tracing_subscriber::filter::Targets,
    pub(crate) format: String,
}

/// Everything that is wrong with a configuration.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the configuration is not usable:\n{}", .0.join("\n"))]
pub(crate) struct SettingsError(pub(crate) Vec<String>);

impl Settings {
    /// Reads the file, if there is one or one is named, and the environment given.
    pub(crate) fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, SettingsError> {
        let file = match file {
            Some(file) => Some(file.to_owned()),
            None => Some(PathBuf::from(DEFAULT_FILE)).filter(|file| file.exists()),
        };
        let environment: Vec<_> = environment.into_iter().collect();
        // A file of JSON is one of the other server; ours is TOML.
        let (theirs, file) = match file {
            Some(file) if file.extension().is_some_and(|of| of == "json") => (Some(file), None),
            file => (None, file),
        };
        let upstream = Upstream::read(&environment, theirs.as_deref())
            .map_err(|problem| SettingsError(vec![problem]))?;
        let mut text = None;
        if let Some(file) = &file {
            let read = fs::read_to_string(file)
                .map_err(|error| SettingsError(vec![format!("{}: {error}", file.display())]))?;
            text = Some(read);
        }
        let name = file.as_deref().map(Path::display);
        Self::read(
            text.as_deref()
                .zip(name.as_ref().map(ToString::to_string).as_deref()),
            environment,
            &upstream,
        )
    }

    /// Reads the text of a file, with the name under which errors call it, and the environment given.
    fn read(
        file: Option<(&str, &str)>,
        environment: impl IntoIterator<Item = (String, String)>,
        upstream: &Upstream,
    ) -> Result<Self, SettingsError> {
        let mut layers = Vec::new();
        if let Some((text, name)) = file {
            let source = File::from_str(text, FileFormat::Toml);
            match Config::builder().add_source(source).build() {
                Ok(read) => layers.push((Origin::File(name), read.cache)),
                Err(error) => return Err(SettingsError(vec![format!("{name}: {error}")])),
            }
        }
        let source = Environment::with_prefix("PASSKEYD")
            .prefix_separator("__")
            .separator("__")
            .source(Some(environment.into_iter().collect()));
        match Config::builder().add_source(source).build() {
            Ok(read) => layers.push((Origin::Environment, read.cache)),
            Err(error) => return Err(SettingsError(vec![format!("environment: {error}")])),
        }

        let mut values = Values::default();
        let (translated, mut problems) = upstream.translated();
        values.add(&Origin::Upstream, translated, &mut problems);
        for (origin, layer) in layers {
            let ValueKind::Table(layer) = layer.kind else {
                continue;
            };
            values.add(&origin, layer, &mut problems);
        }
        let settings = Self::assemble(&mut values, &mut problems);
        match settings {
            Some(settings) if problems.is_empty() => Ok(settings),
            _ => Err(SettingsError(problems)),
        }
    }

    fn assemble(values: &mut Values, problems: &mut Vec<String>) -> Option<Self> {
        let level = match values.text("log.level")?.parse() {
            Ok(level) => Some(level),
            Err(error) => {
                problems.push(format!("log.level: {error}"));
                None
            }
        };
        if let Some(Checked::Text(key)) = values.0.get("management.key")
            && key.len() < MANAGEMENT_KEY_LENGTH
        {
            problems.push(format!(
                "management.key: takes at least {MANAGEMENT_KEY_LENGTH} characters"
            ));
        }
        let default_app = match values.text("server.default_app").map(|id| id.parse()) {
            None => None,
            Some(Ok(id)) => Some(id),
            Some(Err(error)) => {
                problems.push(format!("server.default_app: {error}"));
                None
            }
        };
        Some(Self {
            server: Server {
                bind: values.address("server.bind")?,
                public_url: values.text("server.public_url"),
                base_path: values.text("server.base_path"),
                base_domain: values.text("server.base_domain"),
                trusted_proxies: values.texts("server.trusted_proxies")?,
                country_header: values.text("server.country_header"),
                default_app,
                workers: values
                    .count("server.workers")
                    .and_then(|count| usize::try_from(count).ok()),
                shutdown_grace: values.duration("server.shutdown_grace")?,
            },
            database: Database {
                url: values.text("database.url"),
                max_connections: values
                    .count("database.max_connections")
                    .and_then(|count| u32::try_from(count).ok()),
            },
            passwordless: values.flag("apis.passwordless")?,
            idea_pool: values.flag("apis.idea_pool")?,
            loginid: values.flag("apis.loginid")?,
            scim: values.flag("apis.scim")?,
            refresh_lifetime: values.duration("idea_pool.session_lifetime")?,
            rotate_refresh_tokens: values.flag("idea_pool.rotate_refresh_tokens")?,
            management_key: values.secret("management.key"),
            master_key: values.secret("keyring.master_key"),
            signing_key_lifetime: values.duration("keyring.signing_key_lifetime"),
            session_lifetime: values.duration("tokens.session_lifetime"),
            transaction_retention: values.duration("loginid.transaction_retention")?,
            single_use_verify: values.flag("tokens.single_use_verify")?,
            algorithms: values.integers("webauthn.algorithms").unwrap_or_default(),
            policy: values.text("webauthn.policy")?,
            mds_file: values.text("webauthn.mds_file").map(PathBuf::from),
            aaguid_file: values.text("webauthn.aaguid_file").map(PathBuf::from),
            mds_root_file: values.text("webauthn.mds_root_file").map(PathBuf::from),
            revocation_files: values
                .texts("webauthn.revocation_files")
                .unwrap_or_default()
                .into_iter()
                .map(PathBuf::from)
                .collect(),
            delete_expired: values.flag("apps_lifecycle.delete_expired")?,
            mail: Mail::assemble(values, problems),
            sms_gateway: sms::gateway(values, problems),
            apps: ConfiguredApp::assemble(values, problems),
            magic_links: magic_links(values)?,
            allowed_hosts: values.texts("outgoing.allowed_hosts").unwrap_or_default(),
            metrics: values.address("metrics.bind"),
            log: Log {
                level: level?,
                format: values.text("log.format")?,
            },
            development: false,
        })
    }
}

fn magic_links(values: &mut Values) -> Option<MagicLinkSettings> {
    let rate = values.text("magic_links.rate_limit")?;
    let (count, span) = rate.split_once('/')?;
    let mut tenants = |key| -> Option<BTreeSet<TenantId>> {
        let named = values.texts(key)?;
        // What can be no tenant's name names none.
        Some(named.iter().filter_map(|id| id.parse().ok()).collect())
    };
    let without_rate_limit = tenants("magic_links.without_rate_limit")?;
    let without_quota = tenants("magic_links.without_quota")?;
    Some(MagicLinkSettings {
        without_rate_limit,
        without_quota,
        new_account_timeout: values.duration("magic_links.new_account_timeout")?,
        rate_limit: count.parse().ok()?,
        rate_window: value::duration(span)?,
    })
}

/// The shortest management key that is taken.
const MANAGEMENT_KEY_LENGTH: usize = 16;

enum Origin<'a> {
    /// Under the other server's name.
    Upstream,
    File(&'a str),
    Environment,
}

impl Origin<'_> {
    /// A key as it is written there.
    fn name(&self, key: &str) -> String {
        match self {
            Self::Upstream => format!("what stands for {key}"),
            Self::File(file) => format!("{file}: {key}"),
            Self::Environment => {
                format!(
                    "environment: PASSKEYD__{}",
                    key.to_uppercase().replace('.', "__")
                )
            }
        }
    }
}

/// What is set, by key; and which keys somebody set.
struct Values(BTreeMap<&'static str, Checked>, Vec<&'static str>);

impl Default for Values {
    /// The defaults of the table.
    fn default() -> Self {
        let mut values = Self(BTreeMap::new(), Vec::new());
        let mut problems = Vec::new();
        let defaults = SETTINGS
            .iter()
            .filter_map(|setting| Some(format!("{} = {}\n", setting.key, setting.default?)));
        let source = File::from_str(&defaults.collect::<String>(), FileFormat::Toml);
        if let Ok(read) = Config::builder().add_source(source).build()
            && let ValueKind::Table(table) = read.cache.kind
        {
            values.add(&Origin::File("defaults"), table, &mut problems);
        }
        values.1.clear();
        values
    }
}

impl Values {
    /// Puts a layer over what is there.
    fn add(&mut self, origin: &Origin<'_>, layer: Map<String, Value>, problems: &mut Vec<String>) {
        let mut flat = BTreeMap::new();
        flatten("", layer, &mut flat);
        for key in flat
            .keys()
            .filter(|key| flat.contains_key(&format!("{key}_file")))
        {
            problems.push(format!(
                "{} is given twice, also as a file",
                origin.name(key)
            ));
        }
        for (key, value) in flat {
            let (setting, value) = match find(&key) {
                Found::Setting(setting) => (setting, value),
                Found::FileOf(setting) => match read_secret(value) {
                    Ok(value) => (setting, value),
                    Err(problem) => {
                        problems.push(format!("{}: {problem}", origin.name(&key)));
                        continue;
                    }
                },
                Found::Nothing(nearest) => {
                    problems.push(format!(
                        "{} is unknown; the nearest known setting is {nearest}",
                        origin.name(&key)
                    ));
                    continue;
                }
            };
            match value::check(setting.kind, value) {
                Ok(checked) => {
                    self.0.insert(setting.key, checked);
                    self.1.push(setting.key);
                }
                Err(problem) => problems.push(format!("{} {problem}", origin.name(&key))),
            }
        }
    }

    fn text(&mut self, key: &str) -> Option<String> {
        match self.0.remove(key)? {
            Checked::Text(text) => Some(text),
            _ => None,
        }
    }

    fn secret(&mut self, key: &str) -> Option<SecretBytes> {
        self.text(key)
            .map(|text| SecretBytes::new(text.into_bytes()))
    }

    fn address(&mut self, key: &str) -> Option<SocketAddr> {
        match self.0.remove(key)? {
            Checked::Address(address) => Some(address),
            _ => None,
        }
    }

    fn flag(&mut self, key: &str) -> Option<bool> {
        match self.0.remove(key)? {
            Checked::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    fn count(&mut self, key: &str) -> Option<u64> {
        match self.0.remove(key)? {
            Checked::Count(count) => Some(count),
            _ => None,
        }
    }

    fn duration(&mut self, key: &str) -> Option<Duration> {
        match self.0.remove(key)? {
            Checked::Duration(duration) => Some(duration),
            _ => None,
        }
    }

    fn texts(&mut self, key: &str) -> Option<Vec<String>> {
        match self.0.remove(key)? {
            Checked::Texts(texts) => Some(texts),
            _ => None,
        }
    }

    fn map(&mut self, key: &str) -> Option<BTreeMap<String, String>> {
        match self.0.remove(key)? {
            Checked::Map(map) => Some(map),
            _ => None,
        }
    }

    fn documents(&mut self, key: &str) -> Option<Vec<serde_json::Map<String, serde_json::Value>>> {
        match self.0.remove(key)? {
            Checked::Documents(documents) => Some(documents),
            _ => None,
        }
    }

    fn tables(&mut self, key: &str) -> Option<Vec<BTreeMap<String, String>>> {
        match self.0.remove(key)? {
            Checked::Tables(tables) => Some(tables),
            _ => None,
        }
    }

    fn integers(&mut self, key: &str) -> Option<Vec<i64>> {
        match self.0.remove(key)? {
            Checked::Integers(numbers) => Some(numbers),
            _ => None,
        }
    }
}

/// The content of the file that the value names, without the line break at its end.
fn read_secret(value: Value) -> Result<Value, String> {
    let path = value.into_string().map_err(|_| "takes a path".to_owned())?;
    let content = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    Ok(Value::new(None, content.trim_end_matches(['\r', '\n'])))
}

/// Brings nested tables to dotted keys; a table that a setting takes whole stays one.
fn flatten(prefix: &str, table: Map<String, Value>, flat: &mut BTreeMap<String, Value>) {
    for (name, value) in table {
        let key = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}.{name}")
        };
        match value.kind {
            ValueKind::Table(table) if !matches!(find(&key), Found::Setting(_)) => {
                flatten(&key, table, flat);
            }
            _ => {
                flat.insert(key, value);
            }
        }
    }
}

enum Found {
    Setting(&'static Setting),
    /// The key names the file in which the value of a secret stands.
    FileOf(&'static Setting),
    /// With the known key that is most like it.
    Nothing(&'static str),
}

fn find(key: &str) -> Found {
    let named = |name: &str| SETTINGS.iter().find(|setting| setting.key == name);
    if let Some(setting) = named(key) {
        return Found::Setting(setting);
    }
    if let Some(setting) = key.strip_suffix("_file").and_then(named)
        && setting.kind.is_secret()
    {
        return Found::FileOf(setting);
    }
    let distance = |setting: &&Setting| strsim::damerau_levenshtein(setting.key, key);
    let nearest = SETTINGS.iter().min_by_key(distance);
    Found::Nothing(nearest.map_or("", |setting| setting.key))
}

#[cfg(test)]
mod tests;
