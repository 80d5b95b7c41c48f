//! Puts the layers together: the store that the settings name, and the use cases on it.

use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use passkeyd_service::{AccountSettings, Policy, Service, Settings as ServiceSettings};
use passkeyd_storage::{Database as Store, Options};
use passkeyd_tokens::master_key::{MasterKey, MasterKeyError};
use reqwest::Url;
use thiserror::Error;

use crate::{
    settings::{Database, Settings},
    world::{SystemClock, SystemEntropy},
};

/// The data directory where none is named.
const DATA_DIR: &str = "passkeyd-data";
/// The embedded database in it.
const DATABASE_FILE: &str = "passkeyd.db";

/// Where the data lies.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The data directory, which may not exist yet.
    pub(crate) data_dir: PathBuf,
    database: Database,
}

/// What happens where there is no embedded database yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    IsMade,
    IsRefused,
}

/// Why there is no place for the data.
#[derive(Debug, Error)]
pub(crate) enum PlaceError {
    /// It could not be made.
    #[error("the data directory {} can't be made", path.display())]
    DataDir {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The master key is no text.
    #[error("keyring.master_key is not usable")]
    MasterKey(#[source] MasterKeyError),
}

impl Place {
    pub(crate) fn new(data_dir: Option<PathBuf>, database: &Database) -> Self {
        Self {
            data_dir: data_dir.unwrap_or_else(|| PathBuf::from(DATA_DIR)),
            database: database.clone(),
        }
    }

    /// The address of the database: the one that is set, or the file in the data directory.
    pub(crate) fn database_url(&self) -> String {
        match &self.database.url {
            Some(url) => url.clone(),
            None => format!("sqlite://{}", self.data_dir.join(DATABASE_FILE).display()),
        }
    }

    /// The address without a password, for people.
    pub(crate) fn shown_database(&self) -> String {
        without_secrets(&self.database_url())
    }

    pub(crate) fn max_connections(&self) -> Option<u32> {
        self.database.max_connections
    }

    /// Makes the data directory, closed to others, where the embedded database will lie in it.
    pub(crate) fn prepare(&self) -> Result<(), PlaceError> {
        if self.database.url.is_some() || self.data_dir.exists() {
            return Ok(());
        }
        make_private_dir(&self.data_dir).map_err(|source| PlaceError::DataDir {
            path: self.data_dir.clone(),
            source,
        })
    }
}

/// An address without the password and the parameters, among which one may stand as well.
fn without_secrets(address: &str) -> String {
    let (scheme, _) = address.split_once("://").unwrap_or((address, ""));
    if scheme.eq_ignore_ascii_case("sqlite") {
        return address.to_owned();
    }
    let shown = Url::parse(address).ok().and_then(|mut url| {
        url.set_query(None);
        // An address without a host has no password either.
        let _ = url.set_password(None);
        url.password().is_none().then(|| url.into())
    });
    // What is no URL may be a password in part.
    shown.unwrap_or_else(|| format!("{scheme}://…"))
}

#[cfg(unix)]
fn make_private_dir(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn make_private_dir(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Opens the database and brings its schema up to date.
pub(crate) async fn store(place: &Place, missing: Missing) -> Result<Arc<Store>, Box<dyn Error>> {
    if missing == Missing::IsMade {
        place.prepare()?;
    }
    let options = Options::default()
        .max_connections(place.database.max_connections)
        .create(missing == Missing::IsMade);
    Ok(Arc::new(
        passkeyd_storage::open(&place.database_url(), &options).await?,
    ))
}

/// The use cases on the store.
pub(crate) async fn service(
    settings: &Settings,
    place: &Place,
    missing: Missing,
) -> Result<Service, Box<dyn Error>> {
    let master_key = master_key(settings)?;
    let store = store(place, missing).await?;
    Ok(service_on(store, settings, master_key))
}

/// The use cases on a store that is open.
pub(crate) fn service_on(
    store: Arc<Store>,
    settings: &Settings,
    master_key: Option<MasterKey>,
) -> Service {
    Service::new(
        store,
        Arc::new(SystemClock),
        Arc::new(SystemEntropy::new()),
        service_settings(settings),
        master_key,
    )
}

/// The operator's key for the rings, where there is one.
pub(crate) fn master_key(settings: &Settings) -> Result<Option<MasterKey>, PlaceError> {
    settings
        .master_key
        .as_ref()
        .map(|key| MasterKey::from_base64(&String::from_utf8_lossy(key.expose())))
        .transpose()
        .map_err(PlaceError::MasterKey)
}

fn service_settings(settings: &Settings) -> ServiceSettings {
    let defaults = ServiceSettings::default();
    ServiceSettings {
        session_lifetime: settings
            .session_lifetime
            .unwrap_or(defaults.session_lifetime),
        application_session_lifetime: settings
            .session_lifetime
            .unwrap_or(defaults.application_session_lifetime),
        single_use_verify: settings.single_use_verify,
        transaction_retention: Some(settings.transaction_retention).filter(|kept| !kept.is_zero()),
        delete_expired_apps: settings.delete_expired,
        magic_links: settings.magic_links.clone(),
        algorithms: settings.algorithms.clone(),
        signing_key_lifetime: settings.signing_key_lifetime,
        policy: Policy::preset(&settings.policy).unwrap_or(defaults.policy),
        accounts: AccountSettings {
            session_lifetime: settings.refresh_lifetime,
            rotate_refresh_tokens: settings.rotate_refresh_tokens,
            any_origin: settings.development,
            ..defaults.accounts
        },
        mail_is_set_up: settings.mail.is_set_up,
        ..defaults
    }
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (url, shown) in [
            ("postgres://u:pw@h:5432/d", "postgres://u@h:5432/d"),
            ("postgres://u:p@w:x@h/d", "postgres://u@h/d"),
            ("postgres://h/d?user=u&password=pw", "postgres://h/d"),
            ("postgres://u:p?w@h/d", "postgres://…"),
            ("sqlite:///var/lib/p.db", "sqlite:///var/lib/p.db"),
            ("sqlite://relative/p.db", "sqlite://relative/p.db"),
        ] {
            assert_eq!(without_secrets(url), shown, "{url}");
        }
    }
}
