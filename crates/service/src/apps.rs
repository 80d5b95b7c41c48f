//! Tenants and their keys, as operators and the management surface see them.

use std::collections::BTreeSet;

use passkeyd_domain::{
    ApiKey, EventKind, KeyId, KeyKind, Scope, Tenant, TenantId, TenantSettings, Timestamp,
};
use passkeyd_tokens::{
    api_key::ApiKeyText,
    secret_hash::{self, PasswordlessKey},
};

use crate::{Error, Service};

/// A tenant to be made.
#[derive(Clone, Debug)]
pub struct NewApp {
    /// Its name.
    pub id: TenantId,
    /// Its settings from the first moment.
    pub settings: TenantSettings,
}

/// The keys of a new tenant, shown this once.
#[derive(Clone, Debug)]
pub struct AppKeys {
    /// Two public keys.
    pub public: [PasswordlessKey; 2],
    /// Two secret keys.
    pub secret: [PasswordlessKey; 2],
}

/// What the development tenant is called and which keys it has; they are written in the documentation, so they are no
/// secrets.
pub const DEVELOPMENT_APP: &str = "test";
/// Its public key.
pub const DEVELOPMENT_PUBLIC_KEY: &str = "test:public:2e728aa5986f4ba8b073a5b28a939795";
/// Its secret key.
pub const DEVELOPMENT_SECRET_KEY: &str = "test:secret:a679563b331846c79c20b114a4f56d02";

/// Its key for the LoginID surface, with all scopes.
pub const DEVELOPMENT_API_KEY: &str = "lid_for-development-only-known-to-everybody0001";

/// How often a key is drawn anew when its last four characters are taken, and settings are written anew when somebody
/// else was faster.
const ATTEMPTS: usize = 16;

impl Service {
    /// Makes a tenant with two public and two secret keys, all with all scopes of their kind.
    ///
    /// # Errors
    /// [`Error::AppExists`].
    pub async fn create_app(&self, app: NewApp) -> Result<AppKeys, Error> {
        let now = self.now();
        let mut taken = BTreeSet::new();
        let mut drawn = |make: fn(&TenantId, [u8; 16]) -> PasswordlessKey| {
            loop {
                let key = make(&app.id, self.entropy.bytes());
                if taken.insert(key.key_id()) {
                    return key;
                }
            }
        };
        let keys = AppKeys {
            public: [
                drawn(PasswordlessKey::public),
                drawn(PasswordlessKey::public),
            ],
            secret: [
                drawn(PasswordlessKey::secret),
                drawn(PasswordlessKey::secret),
            ],
        };
        let stored = keys
            .public
            .iter()
            .chain(&keys.secret)
            .map(|key| passwordless_key(&app.id, key, None, now));
        let performed_by = app
            .settings
            .admin_emails
            .first()
            .map_or("System", String::as_str);
        let event = app
            .settings
            .event_logging_is_enabled
            .then(|| passkeyd_domain::Event {
                tenant: app.id.clone(),
                performed_at: now,
                kind: EventKind::ApiManagementAppCreated,
                message: format!("The app {} was created.", app.id),
                performed_by: performed_by.to_owned(),
                subject: app.id.as_str().to_owned(),
                api_key_id: None,
                notify: Vec::new(),
            });
        let tenant = Tenant {
            id: app.id.clone(),
            created_at: now,
            delete_at: None,
            settings: app.settings.clone(),
        };
        if !self
            .store
            .create_tenant(tenant, stored.collect(), event)
            .await?
        {
            return Err(Error::AppExists);
        }
        self.tenants.forget(&app.id);
        Ok(keys)
    }

    /// Makes the development tenant with its well-known keys, unless it is there.
    pub async fn ensure_development_app(&self) -> Result<(), Error> {
        let id: TenantId = DEVELOPMENT_APP.parse().map_err(|_| Error::AppNotFound)?;
        if self.store.tenant(&id).await?.is_some() {
            return self.ensure_development_api_key(&id).await;
        }
        self.clear_deleted_app(&id).await?;
        let now = self.now();
        let settings = TenantSettings {
            name: "Development".to_owned(),
            admin_emails: vec!["test@test.com".to_owned()],
            event_logging_is_enabled: true,
            magic_link_email_monthly_quota: 2000,
            allow_attestation: true,
            is_rate_limit_bypass_enabled: true,
            is_magic_link_quota_bypass_enabled: true,
            ..TenantSettings::default()
        };
        let keys = [
            (KeyKind::Public, DEVELOPMENT_PUBLIC_KEY),
            (KeyKind::Secret, DEVELOPMENT_SECRET_KEY),
        ];
        let keys = keys.into_iter().filter_map(|(kind, text)| {
            let (_, key_id) = secret_hash::locate(text)?;
            let stored = if kind == KeyKind::Public {
                text.to_owned()
            } else {
                secret_hash::hash(text)
            };
            Some(stored_key(&id, key_id, kind, stored, all_scopes(kind), now))
        });
        let tenant = Tenant {
            id: id.clone(),
            created_at: now,
            delete_at: None,
            settings,
        };
        // Another node may have been faster.
        self.store
            .create_tenant(tenant, keys.collect(), None)
            .await?;
        self.ensure_development_api_key(&id).await
    }

    async fn ensure_development_api_key(&self, id: &TenantId) -> Result<(), Error> {
        if let Some(key) = ApiKeyText::given(DEVELOPMENT_API_KEY) {
            let scopes = all_scopes(KeyKind::Api);
            let key_id = key.key_id();
            let stored = stored_key(id, key_id, KeyKind::Api, key.stored(), scopes, self.now());
            let stored = ApiKey {
                lookup: Some(key.lookup()),
                ..stored
            };
            // False: it is there.
            self.store.add_api_key(stored, None).await?;
        }
        self.tenants.forget(id);
        Ok(())
    }

    /// All tenants, by name.
    pub async fn list_apps(&self) -> Result<Vec<Tenant>, Error> {
        Ok(self.store.tenants().await?)
    }

    /// A tenant.
    ///
    /// # Errors
    /// [`Error::AppNotFound`].
    pub async fn app(&self, id: &TenantId) -> Result<Tenant, Error> {
        self.store.tenant(id).await?.ok_or(Error::AppNotFound)
    }

    /// Changes the settings of a tenant; of two changes at once none is lost.
    ///
    /// # Errors
    /// [`Error::AppNotFound`].
    pub async fn change_app(
        &self,
        id: &TenantId,
        change: impl Fn(&mut TenantSettings) + Send,
    ) -> Result<TenantSettings, Error> {
        self.change_settings(id, change, Vec::new()).await
    }

    pub(crate) async fn change_settings(
        &self,
        id: &TenantId,
        change: impl Fn(&mut TenantSettings) + Send,
        events: Vec<passkeyd_domain::Event>,
    ) -> Result<TenantSettings, Error> {
        for _ in 0..ATTEMPTS {
            let before = self.app(id).await?.settings;
            let mut after = before.clone();
            change(&mut after);
            if self
                .store
                .replace_settings(id, before, after.clone(), events.clone())
                .await?
            {
                self.tenants.forget(id);
                return Ok(after);
            }
        }
        Err(passkeyd_domain::ports::StoreError::Busy.into())
    }

    /// Makes a public or secret key and returns it; a secret is shown this once.
    ///
    /// # Errors
    /// [`Error::AppNotFound`], [`Error::ScopesRequired`].
    pub async fn create_key(
        &self,
        app: &TenantId,
        kind: KeyKind,
        scopes: BTreeSet<Scope>,
        name: &str,
    ) -> Result<PasswordlessKey, Error> {
        if scopes.is_empty() {
            return Err(Error::ScopesRequired);
        }
        let Some(tenant) = self.read_tenant(app).await? else {
            return Err(Error::AppNotFound);
        };
        let now = self.now();
        for _ in 0..ATTEMPTS {
            let random = self.entropy.bytes();
            let key = match kind {
                KeyKind::Public => PasswordlessKey::public(app, random),
                KeyKind::Secret | KeyKind::Api => PasswordlessKey::secret(app, random),
            };
            let mut stored = passwordless_key(app, &key, Some(scopes.clone()), now);
            name.clone_into(&mut stored.name);
            let message = format!("The key {} was made.", key.key_id());
            let event = tenant.event(
                EventKind::AdminApiKeyCreated,
                now,
                ("Unknown User", app.as_str()),
                message,
                None,
            );
            if self.store.add_api_key(stored, event).await? {
                self.tenants.forget(app);
                return Ok(key);
            }
        }
        Err(passkeyd_domain::ports::StoreError::Busy.into())
    }

    /// The keys of a tenant, by key id; none for a tenant that is unknown.
    pub async fn list_keys(&self, app: &TenantId) -> Result<Vec<ApiKey>, Error> {
        let Some(tenant) = self.read_tenant(app).await? else {
            return Ok(Vec::new());
        };
        let (kind, who) = (
            EventKind::AdminApiKeysEnumerated,
            ("Unknown User", app.as_str()),
        );
        let message = "The keys were listed.".to_owned();
        self.note(tenant.event(kind, self.now(), who, message, None))
            .await;
        Ok(self.store.api_keys(app).await?)
    }

    /// Locks a key, or unlocks it.
    ///
    /// # Errors
    /// [`Error::KeyNotFound`].
    pub async fn lock_key(
        &self,
        app: &TenantId,
        key_id: &KeyId,
        locked: bool,
    ) -> Result<(), Error> {
        let now = self.now();
        let (kind, word) = if locked {
            (EventKind::AdminApiKeyLocked, "locked")
        } else {
            (EventKind::AdminApiKeyUnlocked, "unlocked")
        };
        let event = self.key_event(app, kind, key_id, word, now).await?;
        let found = self
            .store
            .set_api_key_lock(app, key_id, locked.then_some(now), event)
            .await?;
        self.tenants.forget(app);
        if found {
            Ok(())
        } else {
            Err(Error::KeyNotFound)
        }
    }

    /// Deletes a key.
    ///
    /// # Errors
    /// [`Error::KeyNotFound`].
    pub async fn delete_key(&self, app: &TenantId, key_id: &KeyId) -> Result<(), Error> {
        let event = self
            .key_event(
                app,
                EventKind::AdminApiKeyDeleted,
                key_id,
                "deleted",
                self.now(),
            )
            .await?;
        let found = self.store.delete_api_key(app, key_id, event).await?;
        self.tenants.forget(app);
        if found {
            Ok(())
        } else {
            Err(Error::KeyNotFound)
        }
    }

    async fn key_event(
        &self,
        app: &TenantId,
        kind: EventKind,
        key_id: &KeyId,
        word: &str,
        now: Timestamp,
    ) -> Result<Option<passkeyd_domain::Event>, Error> {
        let tenant = self.read_tenant(app).await?.ok_or(Error::KeyNotFound)?;
        let message = format!("The key {key_id} was {word}.");
        Ok(tenant.event(kind, now, ("Unknown User", app.as_str()), message, None))
    }
}

/// Every scope that keys of a kind can have.
pub fn all_scopes(kind: KeyKind) -> BTreeSet<Scope> {
    let words: &[&str] = match kind {
        KeyKind::Public => &[Scope::REGISTER, Scope::LOGIN],
        KeyKind::Secret => &[Scope::TOKEN_REGISTER, Scope::TOKEN_VERIFY],
        KeyKind::Api => &Scope::OF_API_KEYS,
    };
    words.iter().map(|word| Scope((*word).to_owned())).collect()
}

fn passwordless_key(
    tenant: &TenantId,
    key: &PasswordlessKey,
    scopes: Option<BTreeSet<Scope>>,
    now: Timestamp,
) -> ApiKey {
    let scopes = scopes.unwrap_or_else(|| all_scopes(key.kind()));
    stored_key(tenant, key.key_id(), key.kind(), key.stored(), scopes, now)
}

fn stored_key(
    tenant: &TenantId,
    key_id: KeyId,
    kind: KeyKind,
    stored: String,
    scopes: BTreeSet<Scope>,
    now: Timestamp,
) -> ApiKey {
    ApiKey {
        tenant: tenant.clone(),
        key_id,
        kind,
        name: String::new(),
        scopes,
        stored,
        lookup: None,
        created_at: now,
        locked_at: None,
        last_locked_at: None,
        expires_at: None,
    }
}
