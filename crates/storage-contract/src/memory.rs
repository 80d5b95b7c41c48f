//! A store in memory: for tests of what stands on a store, and the oracle that real backends are compared with.

mod accounts;
mod authenticators;
mod blacklist;
mod ceremonies;
mod codes;
mod credentials;
mod devices;
mod directory;
mod event_log;
mod events;
mod evidence;
mod federation;
mod ideas;
mod imports;
mod keys;
mod links;
mod listings;
mod outbox;
mod people;
mod reports;
mod tenants;
mod trust;
mod users;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicI64},
};

use async_trait::async_trait;
use passkeyd_domain::{
    Address, Alias, AliasHash, ApiKey, AuthConfig, CodePurpose, Credential, CredentialId, Device,
    DeviceId, Idea, KeptCode, KeyId, OidcProvider, ProviderId, Purpose, RingKey, Session, Tenant,
    TenantId, Timestamp, Transaction, TrustBinding, TrustIdentifier, User, UserId, UserKey,
    ports::{
        BlacklistedModel, Consumption, CredentialEvidence, DailyReport, Health,
        ListedAuthenticator, OwnedCredential, SentLink, StoreError,
    },
};
use uuid::Uuid;

use event_log::EventLog;

/// A store that lives as long as its value. Every call takes the one lock, so every call is atomic.
///
/// ```
/// use passkeyd_domain::ports::Tenants as _;
/// use passkeyd_storage_contract::MemoryStore;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::default();
/// assert!(store.tenants().await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct MemoryStore {
    rows: Mutex<Rows>,
}

#[derive(Debug, Default)]
struct Rows {
    tenants: BTreeMap<TenantId, TenantRows>,
    leases: BTreeMap<String, Lease>,
    /// Numbers events and deliveries of all tenants.
    numbers: Arc<AtomicI64>,
}

/// Everything of one tenant: what is dropped with it.
#[derive(Debug)]
struct TenantRows {
    tenant: Tenant,
    api_keys: BTreeMap<KeyId, ApiKey>,
    ring: Vec<RingKey>,
    auth_configs: BTreeMap<Purpose, AuthConfig>,
    users: BTreeMap<UserId, User>,
    credentials: Vec<Credential>,
    /// By the row of the credential.
    evidence: BTreeMap<Uuid, CredentialEvidence>,
    aliases: BTreeMap<AliasHash, (UserKey, Option<String>)>,
    ceremonies: BTreeMap<Uuid, CeremonyRow>,
    events: EventLog,
    links: Vec<SentLink>,
    authenticators: BTreeMap<Uuid, ListedAuthenticator>,
    reports: BTreeMap<jiff::civil::Date, DailyReport>,
    profiles: BTreeMap<UserKey, accounts::ProfileRow>,
    /// By their folded form.
    identifiers: BTreeMap<String, accounts::IdentifierRow>,
    addresses: Vec<(UserKey, Address)>,
    codes: BTreeMap<(Uuid, CodePurpose), KeptCode>,
    sessions: BTreeMap<Uuid, Session>,
    refresh_tokens: Vec<accounts::RefreshRow>,
    attempts: BTreeMap<String, accounts::AttemptRow>,
    ideas: Vec<Idea>,
    providers: BTreeMap<ProviderId, OidcProvider>,
    /// By provider and subject.
    federated: BTreeMap<(ProviderId, String), UserKey>,
    groups: Vec<directory::GroupRow>,
    devices: BTreeMap<DeviceId, Device>,
    /// When a user last used a device.
    device_users: BTreeMap<(UserKey, DeviceId), Timestamp>,
    transactions: BTreeMap<Uuid, Transaction>,
    blacklist: BTreeMap<Uuid, BlacklistedModel>,
    trust: BTreeMap<TrustIdentifier, TrustBinding>,
}

#[derive(Debug)]
struct CeremonyRow {
    state: Option<String>,
    expires_at: Timestamp,
    consumed_at: Option<Timestamp>,
}

#[derive(Debug)]
struct Lease {
    holder: Uuid,
    until: Timestamp,
}

impl MemoryStore {
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the rows of a tenant; none where there is no such tenant.
    fn read<T>(&self, tenant: &TenantId, f: impl FnOnce(&TenantRows) -> T) -> Option<T> {
        self.rows().tenants.get(tenant).map(f)
    }

    /// Changes the rows of a tenant.
    fn write<T>(
        &self,
        tenant: &TenantId,
        f: impl FnOnce(&mut TenantRows) -> T,
    ) -> Result<T, StoreError> {
        self.rows()
            .tenants
            .get_mut(tenant)
            .map(f)
            .ok_or(StoreError::TenantGone)
    }
}

impl TenantRows {
    fn new(tenant: Tenant, numbers: Arc<AtomicI64>) -> Self {
        Self {
            tenant,
            api_keys: BTreeMap::new(),
            ring: Vec::new(),
            auth_configs: BTreeMap::new(),
            users: BTreeMap::new(),
            credentials: Vec::new(),
            evidence: BTreeMap::new(),
            aliases: BTreeMap::new(),
            ceremonies: BTreeMap::new(),
            events: EventLog::new(numbers),
            links: Vec::new(),
            authenticators: BTreeMap::new(),
            reports: BTreeMap::new(),
            profiles: BTreeMap::new(),
            identifiers: BTreeMap::new(),
            addresses: Vec::new(),
            codes: BTreeMap::new(),
            sessions: BTreeMap::new(),
            refresh_tokens: Vec::new(),
            attempts: BTreeMap::new(),
            ideas: Vec::new(),
            providers: BTreeMap::new(),
            federated: BTreeMap::new(),
            groups: Vec::new(),
            devices: BTreeMap::new(),
            device_users: BTreeMap::new(),
            transactions: BTreeMap::new(),
            blacklist: BTreeMap::new(),
            trust: BTreeMap::new(),
        }
    }

    fn consume(&mut self, consumption: Consumption) -> bool {
        let row = self
            .ceremonies
            .entry(consumption.id)
            .or_insert(CeremonyRow {
                state: None,
                expires_at: consumption.expires_at,
                consumed_at: None,
            });
        if row.consumed_at.is_some() {
            return false;
        }
        row.consumed_at = Some(consumption.at);
        row.expires_at = row.expires_at.max(consumption.expires_at);
        true
    }

    fn is_consumed(&self, id: Uuid) -> bool {
        self.ceremonies
            .get(&id)
            .is_some_and(|row| row.consumed_at.is_some())
    }

    fn owner(&self, key: UserKey) -> Option<&User> {
        self.users.values().find(|user| user.key == key)
    }

    fn credential(&self, id: &CredentialId) -> Option<&Credential> {
        self.credentials
            .iter()
            .find(|credential| credential.credential_id == *id)
    }

    fn owned(&self, credential: &Credential) -> Option<OwnedCredential> {
        self.owner(credential.user).map(|user| OwnedCredential {
            credential: credential.clone(),
            user_id: user.user_id.clone(),
            handle: user.handle.clone(),
            active: user.active,
        })
    }

    /// The credentials of a user, oldest first.
    fn credentials_of(&self, user: UserKey) -> Vec<&Credential> {
        let mut found: Vec<_> = self
            .credentials
            .iter()
            .filter(|credential| credential.user == user)
            .collect();
        found.sort_by_key(|credential| (credential.created_at, credential.id));
        found
    }

    fn taken_by_others<'a>(
        &self,
        user: Option<UserKey>,
        aliases: impl IntoIterator<Item = &'a AliasHash>,
    ) -> bool {
        aliases.into_iter().any(|hash| {
            self.aliases
                .get(hash)
                .is_some_and(|(owner, _)| Some(*owner) != user)
        })
    }

    fn set_aliases(&mut self, user: UserKey, aliases: Vec<Alias>) {
        self.aliases.retain(|_, (owner, _)| *owner != user);
        for alias in aliases {
            self.aliases.insert(alias.hash, (user, alias.plaintext));
        }
    }
}

#[async_trait]
impl Health for MemoryStore {
    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn engine(&self) -> &'static str {
        "memory"
    }
}
