//! From their rows to our nouns.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    time::Duration,
};

use jiff::{Timestamp, Unit, civil::DateTime, tz::TimeZone};
use passkeyd_domain::{
    Alias, AliasHash, ApiKey, AuthConfig, Credential, CredentialId, Hint, KeyId, KeyKind, Purpose,
    Scope, Tenant, TenantId, TenantSettings, User, UserHandle, UserId, UserKey,
    ports::{Entropy, ImportedTenant, ListedAuthenticator},
};
use uuid::Uuid;

use super::{
    Found, ImportError,
    rows::{
        App, Authenticator, Configuration, Features, Key, StoredAlias, StoredCredential, Upstream,
    },
};

/// The transports of WebAuthn in the order of the numbers that stand for them there.
const TRANSPORTS: [&str; 6] = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"];

pub(super) struct Mapping<'a> {
    pub(super) entropy: &'a dyn Entropy,
    pub(super) algorithm: &'a dyn Fn(&[u8]) -> Option<i64>,
}

impl Mapping<'_> {
    pub(super) fn map(&self, upstream: &Upstream) -> Result<Found, ImportError> {
        let mut found = Found::default();
        for app in &upstream.apps {
            let id: TenantId = app.name.parse().map_err(|reason| ImportError::AppName {
                name: app.name.clone(),
                reason,
            })?;
            let imported = self.tenant(app, &id, upstream, &mut found.left_out)?;
            found.tenants.push(imported);
        }
        Ok(found)
    }

    fn tenant(
        &self,
        app: &App,
        id: &TenantId,
        upstream: &Upstream,
        left_out: &mut Vec<String>,
    ) -> Result<ImportedTenant, ImportError> {
        let name = app.name.as_str();
        let features = upstream.features.iter().find(|row| row.tenant == name);
        let created_at = time("AccountInfo", name, "CreatedAt", &app.created_at)?;
        let delete_at = optional_time("AccountInfo", name, "DeleteAt", app.delete_at.as_deref())?;
        let tenant = Tenant {
            id: id.clone(),
            created_at,
            delete_at,
            settings: settings(app, features, delete_at.is_some())?,
        };
        let keys = upstream.keys.iter().filter(|row| row.tenant == name);
        let api_keys = keys.map(|row| key(id, row)).collect::<Result<_, _>>()?;
        let mut people = People {
            mapping: self,
            tenant: id,
            created_at,
            users: BTreeMap::new(),
            handles: HashSet::new(),
        };
        let mut credentials = Vec::new();
        for row in upstream.credentials.iter().filter(|row| row.tenant == name) {
            match self.credential(&mut people, row)? {
                Ok(credential) => credentials.push(credential),
                Err(reason) => left_out.push(format!(
                    "a credential of user {} of {name}: {reason}",
                    row.user_id
                )),
            }
        }
        let mut aliases = Vec::new();
        for row in upstream.aliases.iter().filter(|row| row.tenant == name) {
            match people.alias(row) {
                Ok(alias) => aliases.push(alias),
                Err(reason) => left_out.push(format!(
                    "an alias of user {} of {name}: {reason}",
                    row.user_id
                )),
            }
        }
        let mut auth_configs = Vec::new();
        for row in upstream.configs.iter().filter(|row| row.tenant == name) {
            match config(row)? {
                Ok(config) => auth_configs.push(config),
                Err(reason) => left_out.push(format!(
                    "the configuration {} of {name}: {reason}",
                    row.purpose
                )),
            }
        }
        let listed = upstream.authenticators.iter();
        let authenticators = listed
            .filter(|row| row.tenant == name)
            .map(authenticator)
            .collect::<Result<_, _>>()?;
        Ok(ImportedTenant {
            tenant,
            api_keys,
            users: people.users.into_values().collect(),
            credentials,
            aliases,
            auth_configs,
            authenticators,
        })
    }

    /// The inner error is why a credential is left out.
    fn credential(
        &self,
        people: &mut People<'_>,
        row: &StoredCredential,
    ) -> Result<Result<Credential, &'static str>, ImportError> {
        const TABLE: &str = "Credentials";
        let key = row.user_id.as_str();
        let created_at = time(TABLE, key, "CreatedAt", &row.created_at)?;
        let last_used_at = time(TABLE, key, "LastUsedAt", &row.last_used_at)?;
        let counter = || row.sign_count.to_string();
        let sign_count = u32::try_from(row.sign_count)
            .map_err(|_| wrong(TABLE, key, "SignatureCounter", &counter()))?;
        let aaguid = match row.aaguid.as_deref() {
            None => Uuid::nil(),
            Some(text) => text
                .parse()
                .map_err(|_| wrong(TABLE, key, "AaGuid", text))?,
        };
        let Ok(credential_id) = CredentialId::new(row.descriptor_id.clone()) else {
            return Ok(Err("its id has no or more than 1023 bytes"));
        };
        let Some(algorithm) = (self.algorithm)(&row.public_key) else {
            return Ok(Err("its public key is none that we verify with"));
        };
        let user = match people.with_handle(&row.user_id, &row.user_handle) {
            Ok(user) => user,
            Err(reason) => return Ok(Err(reason)),
        };
        Ok(Ok(Credential {
            id: self.entropy.uuid_at(created_at),
            tenant: people.tenant.clone(),
            user,
            credential_id,
            rp_id: row.rp_id.clone(),
            public_key: row.public_key.clone(),
            algorithm,
            sign_count,
            transports: row.transports.as_deref().and_then(transports),
            aaguid,
            backup_eligible: row.backup_eligible.map(|flag| flag != 0),
            backed_up: row.backed_up.map(|flag| flag != 0),
            user_verified: false,
            discoverable: row.discoverable.map(|flag| flag != 0),
            attestation_format: row.attestation_format.clone(),
            origin: row.origin.clone(),
            device: row.device.clone().unwrap_or_default(),
            country: row.country.clone().unwrap_or_default(),
            nickname: row.nickname.clone(),
            created_at,
            last_used_at,
            created_from: None,
            last_used_from: None,
        }))
    }
}

/// The users of a tenant, who have no table of their own there.
struct People<'a> {
    mapping: &'a Mapping<'a>,
    tenant: &'a TenantId,
    created_at: Timestamp,
    users: BTreeMap<UserId, User>,
    handles: HashSet<Vec<u8>>,
}

impl People<'_> {
    /// The user of a credential, by the handle that the authenticator knows.
    fn with_handle(&mut self, user_id: &str, handle: &[u8]) -> Result<UserKey, &'static str> {
        let user_id = UserId::new(user_id).map_err(|_| "the user id is blank or holds U+0000")?;
        let handle = UserHandle::new(handle).map_err(|_| "the user handle is empty or too long")?;
        match self.users.get(&user_id) {
            Some(user) if user.handle == handle => Ok(user.key),
            Some(_) => {
                Err("its user handle is another one than that of the user's first credential")
            }
            None => self.add(user_id, handle),
        }
    }

    fn alias(&mut self, row: &StoredAlias) -> Result<(UserKey, Alias), &'static str> {
        let user_id = UserId::new(row.user_id.as_str())
            .map_err(|_| "the user id is blank or holds U+0000")?;
        let user = if let Some(user) = self.users.get(&user_id) {
            user.key
        } else {
            // No authenticator knows a user with aliases only; where the name is too long any handle will do.
            let handle = UserHandle::of(&user_id)
                .or_else(|_| UserHandle::new(self.mapping.entropy.bytes::<32>()))
                .map_err(|_| "the user can't have a handle")?;
            self.add(user_id, handle)?
        };
        let alias = Alias {
            hash: AliasHash::from_stored(row.hash.as_str()),
            plaintext: row.plaintext.clone(),
        };
        Ok((user, alias))
    }

    fn add(&mut self, user_id: UserId, handle: UserHandle) -> Result<UserKey, &'static str> {
        if !self.handles.insert(handle.as_bytes().to_vec()) {
            return Err("another user has its user handle");
        }
        let key = UserKey(self.mapping.entropy.uuid_at(self.created_at));
        let user = User {
            key,
            tenant: self.tenant.clone(),
            user_id: user_id.clone(),
            handle,
            active: true,
            created_at: self.created_at,
        };
        self.users.insert(user_id, user);
        Ok(key)
    }
}

fn settings(
    app: &App,
    features: Option<&Features>,
    frozen: bool,
) -> Result<TenantSettings, ImportError> {
    let admin_emails = serde_json::from_str(&app.admin_emails).map_err(|_| {
        wrong(
            "AccountInfo",
            &app.name,
            "AdminEmailsSerialized",
            &app.admin_emails,
        )
    })?;
    let mut settings = TenantSettings {
        admin_emails,
        frozen,
        ..TenantSettings::default()
    };
    let Some(row) = features else {
        return Ok(settings);
    };
    let wrong = |column, value: i64| wrong("AppFeatures", &row.tenant, column, &value.to_string());
    settings.event_logging_is_enabled = row.event_logging != 0;
    settings.event_logging_retention_period = u32::try_from(row.event_retention)
        .map_err(|_| wrong("EventLoggingRetentionPeriod", row.event_retention))?;
    settings.developer_logging_ends_at = optional_time(
        "AppFeatures",
        &row.tenant,
        "DeveloperLoggingEndsAt",
        row.developer_logging_ends_at.as_deref(),
    )?;
    settings.max_users = row
        .max_users
        .map(|users| u64::try_from(users).map_err(|_| wrong("MaxUsers", users)))
        .transpose()?;
    settings.allow_attestation = row.attestation != 0;
    settings.is_generate_sign_in_token_endpoint_enabled = row.generated_tokens != 0;
    settings.is_magic_links_enabled = row.magic_links != 0;
    settings.magic_link_email_monthly_quota = u32::try_from(row.mail_quota)
        .map_err(|_| wrong("MagicLinkEmailMonthlyQuota", row.mail_quota))?;
    Ok(settings)
}

fn key(tenant: &TenantId, row: &Key) -> Result<ApiKey, ImportError> {
    let name = format!("{tenant} {}", row.id);
    let kind = if row.text.starts_with(&format!("{tenant}:public:")) {
        KeyKind::Public
    } else {
        KeyKind::Secret
    };
    let scopes = row
        .scopes
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(|word| scope(word).ok_or_else(|| wrong("ApiKeys", &name, "Scopes", word)))
        .collect::<Result<BTreeSet<_>, _>>()?;
    let created_at = time("ApiKeys", &name, "CreatedAt", &row.created_at)?;
    let last_locked_at = optional_time(
        "ApiKeys",
        &name,
        "LastLockedAt",
        row.last_locked_at.as_deref(),
    )?;
    Ok(ApiKey {
        tenant: tenant.clone(),
        key_id: KeyId(row.id.clone()),
        kind,
        name: String::new(),
        scopes,
        stored: row.text.clone(),
        lookup: None,
        created_at,
        locked_at: (row.is_locked != 0).then(|| last_locked_at.unwrap_or(created_at)),
        last_locked_at,
        expires_at: None,
    })
}

/// A scope by the name of its enumeration or by its wire word.
fn scope(word: &str) -> Option<Scope> {
    let known = [
        Scope::REGISTER,
        Scope::LOGIN,
        Scope::TOKEN_REGISTER,
        Scope::TOKEN_VERIFY,
    ];
    let known = known.into_iter().find(|known| same(known, word))?;
    Some(Scope(known.to_owned()))
}

/// The same word, whatever its case and its joints: `token_register`, `TokenRegister`.
fn same(known: &str, word: &str) -> bool {
    let bare = |text: &str| -> String {
        let letters = text.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|c| c.to_ascii_lowercase()).collect()
    };
    bare(known) == bare(word)
}

/// A JSON array of words or numbers, or `null`; what is unknown is nothing that a browser could use.
fn transports(text: &str) -> Option<Vec<String>> {
    let listed: Option<Vec<serde_json::Value>> = serde_json::from_str(text).ok()?;
    let known = |value: &serde_json::Value| match value {
        serde_json::Value::Number(number) => {
            let number = usize::try_from(number.as_u64()?).ok()?;
            TRANSPORTS.get(number).copied()
        }
        serde_json::Value::String(word) => TRANSPORTS.into_iter().find(|known| same(known, word)),
        _ => None,
    };
    let known: Vec<_> = listed?
        .iter()
        .filter_map(known)
        .map(str::to_owned)
        .collect();
    (!known.is_empty()).then_some(known)
}

/// The inner error is why a configuration is left out.
fn config(row: &Configuration) -> Result<Result<AuthConfig, &'static str>, ImportError> {
    const TABLE: &str = "AuthenticationConfigurations";
    let name = format!("{} {}", row.tenant, row.purpose);
    let Ok(purpose) = Purpose::new(row.purpose.as_str()) else {
        return Ok(Err(
            "its purpose has other characters than letters, digits, - and _",
        ));
    };
    let time_to_live = Duration::try_from_secs_f64(row.seconds).unwrap_or_default();
    if time_to_live.is_zero() {
        return Ok(Err("its time to live is not positive"));
    }
    let word = &row.user_verification;
    let user_verification = word
        .parse()
        .map_err(|_| wrong(TABLE, &name, "UserVerificationRequirement", word))?;
    let hints = row
        .hints
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(|word| {
            let mut known = Hint::ALL.into_iter();
            known
                .find(|hint| same(hint.as_str(), word))
                .ok_or_else(|| wrong(TABLE, &name, "Hints", word))
        })
        .collect::<Result<_, _>>()?;
    let time = |column, text: Option<&str>| optional_time(TABLE, &name, column, text);
    Ok(Ok(AuthConfig {
        purpose,
        time_to_live,
        user_verification,
        hints,
        created_by: row.created_by.clone(),
        created_on: time("CreatedOn", row.created_on.as_deref())?,
        edited_by: row.edited_by.clone(),
        edited_on: time("EditedOn", row.edited_on.as_deref())?,
        last_used_on: time("LastUsedOn", row.last_used_on.as_deref())?,
    }))
}

fn authenticator(row: &Authenticator) -> Result<ListedAuthenticator, ImportError> {
    const TABLE: &str = "Authenticators";
    let name = format!("{} {}", row.tenant, row.aaguid);
    Ok(ListedAuthenticator {
        aaguid: row
            .aaguid
            .parse()
            .map_err(|_| wrong(TABLE, &name, "AaGuid", &row.aaguid))?,
        allowed: row.is_allowed != 0,
        created_at: time(TABLE, &name, "CreatedAt", &row.created_at)?,
    })
}

/// `YYYY-MM-DD HH:MM:SS[.fffffff]`, in UTC; kept to the millisecond.
fn time(
    table: &'static str,
    row: &str,
    column: &'static str,
    text: &str,
) -> Result<Timestamp, ImportError> {
    let civil: DateTime = text.parse().map_err(|_| wrong(table, row, column, text))?;
    civil
        .to_zoned(TimeZone::UTC)
        .and_then(|zoned| zoned.timestamp().round(Unit::Millisecond))
        .map_err(|_| wrong(table, row, column, text))
}

fn optional_time(
    table: &'static str,
    row: &str,
    column: &'static str,
    text: Option<&str>,
) -> Result<Option<Timestamp>, ImportError> {
    text.map(|text| time(table, row, column, text)).transpose()
}

fn wrong(table: &'static str, row: &str, column: &'static str, value: &str) -> ImportError {
    ImportError::Value {
        table,
        row: row.to_owned(),
        column,
        value: value.chars().take(64).collect(),
    }
}
