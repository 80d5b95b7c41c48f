//! Tenants as a configuration wants them: made or brought up to date at each start, any number of times.

use std::collections::BTreeSet;

use passkeyd_domain::{
    ApiKey, KeyKind, Scope, SecretBytes, Tenant, TenantId, TenantSettings, TextError,
    ports::{NamedKeyOutcome, StoreError},
};
use passkeyd_tokens::api_key::ApiKeyText;
use thiserror::Error;

use crate::{Error, Service};

/// A key that a configuration names.
#[derive(Clone, Debug)]
pub struct ConfiguredKey {
    /// Its name, by which it is known again.
    pub name: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// Its text; none: one is made, once.
    pub given: Option<SecretBytes>,
}

/// A key that was made, shown this once.
#[derive(Clone, Debug)]
pub struct MadeKey {
    /// Whose.
    pub app: TenantId,
    /// Its name.
    pub name: String,
    /// The key.
    pub key: ApiKeyText,
}

/// Why a tenant can't be made as it is configured.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigureError {
    /// The text of a key is too short, or no header can carry it.
    #[error(
        "the key '{name}' of {app} needs at least {} printable characters other than a colon",
        ApiKeyText::SHORTEST
    )]
    UnfitKey {
        /// The tenant.
        app: TenantId,
        /// The key.
        name: String,
    },
    /// The text of a key finds another key already.
    #[error("the key '{name}' of {app} is also another key")]
    KeyTaken {
        /// The tenant.
        app: TenantId,
        /// The key.
        name: String,
    },
    /// A key without scopes would do nothing.
    #[error("the key '{name}' of {app} has no scopes")]
    NoScopes {
        /// The tenant.
        app: TenantId,
        /// The key.
        name: String,
    },
    /// What is true of every use case.
    #[error(transparent)]
    Service(#[from] Error),
}

impl From<StoreError> for ConfigureError {
    fn from(error: StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl Service {
    /// Makes the tenant, without keys, unless it is there; brings its settings up to date; and sees to it that it has the
    /// keys. Gives the keys that were made.
    ///
    /// # Errors
    /// As [`ConfigureError`] says. What was done until then stays done.
    pub async fn configure_app(
        &self,
        id: &TenantId,
        change: impl Fn(&mut TenantSettings) + Send,
        keys: Vec<ConfiguredKey>,
    ) -> Result<Vec<MadeKey>, ConfigureError> {
        if self.store.tenant(id).await?.is_none() {
            let mut settings = TenantSettings::default();
            change(&mut settings);
            let tenant = Tenant {
                id: id.clone(),
                created_at: self.now(),
                delete_at: None,
                settings,
            };
            // Another node may have been faster; then it is brought up to date as well.
            self.clear_deleted_app(&tenant.id).await?;
            self.store.create_tenant(tenant, Vec::new(), None).await?;
            self.tenants.forget(id);
        }
        let before = self.app(id).await?.settings;
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            self.change_app(id, change).await?;
        }
        let mut made = Vec::new();
        for key in keys {
            made.extend(self.put_key(id, key).await?);
        }
        self.tenants.forget(id);
        Ok(made)
    }

    async fn put_key(
        &self,
        app: &TenantId,
        configured: ConfiguredKey,
    ) -> Result<Option<MadeKey>, ConfigureError> {
        let (app, name) = (app.clone(), configured.name);
        if configured.scopes.is_empty() {
            return Err(ConfigureError::NoScopes { app, name });
        }
        let is_given = configured.given.is_some();
        let text = match &configured.given {
            Some(given) => std::str::from_utf8(given.expose())
                .ok()
                .and_then(ApiKeyText::given),
            None => Some(ApiKeyText::generate(self.entropy.bytes())),
        };
        let Some(text) = text else {
            return Err(ConfigureError::UnfitKey { app, name });
        };
        let key = self.loginid_key(&app, &text, name.clone(), configured.scopes);
        match self.store.put_named_key(key, is_given).await? {
            NamedKeyOutcome::Made if !is_given => Ok(Some(MadeKey {
                app,
                name,
                key: text,
            })),
            NamedKeyOutcome::Made | NamedKeyOutcome::Kept => Ok(None),
            NamedKeyOutcome::Taken => Err(ConfigureError::KeyTaken { app, name }),
            NamedKeyOutcome::NoTenant => Err(Error::AppNotFound.into()),
        }
    }

    /// Makes a key of the LoginID surface and returns it; it is shown this once.
    ///
    /// # Errors
    /// [`Error::AppNotFound`], [`Error::ScopesRequired`].
    pub async fn create_api_key(
        &self,
        app: &TenantId,
        scopes: BTreeSet<Scope>,
        name: &str,
    ) -> Result<ApiKeyText, Error> {
        if scopes.is_empty() {
            return Err(Error::ScopesRequired);
        }
        let tenant = self.read_tenant(app).await?.ok_or(Error::AppNotFound)?;
        let text = ApiKeyText::generate(self.entropy.bytes());
        let key = self.loginid_key(app, &text, name.to_owned(), scopes);
        let message = format!("The key {} was made.", key.key_id);
        let who = ("Unknown User", app.as_str());
        let kind = passkeyd_domain::EventKind::AdminApiKeyCreated;
        let event = tenant.event(kind, self.now(), who, message, None);
        // 256 random bits are nobody else's.
        if self.store.add_api_key(key, event).await? {
            self.tenants.forget(app);
            Ok(text)
        } else {
            Err(Error::AppNotFound)
        }
    }

    fn loginid_key(
        &self,
        app: &TenantId,
        text: &ApiKeyText,
        name: String,
        scopes: BTreeSet<Scope>,
    ) -> ApiKey {
        ApiKey {
            tenant: app.clone(),
            key_id: text.key_id(),
            kind: KeyKind::Api,
            name,
            scopes,
            stored: text.stored(),
            lookup: Some(text.lookup()),
            created_at: self.now(),
            locked_at: None,
            last_locked_at: None,
            expires_at: None,
        }
    }
}

/// The scopes of a LoginID key by their words.
///
/// # Errors
/// [`TextError::Form`] with the first word that is none.
pub fn api_scopes<'a>(
    words: impl IntoIterator<Item = &'a str>,
) -> Result<BTreeSet<Scope>, (String, TextError)> {
    words
        .into_iter()
        .map(|word| Scope::of_api_key(word).map_err(|error| (word.to_owned(), error)))
        .collect()
}
