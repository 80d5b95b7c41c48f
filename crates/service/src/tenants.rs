//! What is known of tenants, for a moment.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use moka::sync::Cache;
use passkeyd_domain::{
    ApiKey, AuthConfig, Event, EventKind, KeyId, KeyKind, RingKey, RingPurpose, Tenant, TenantId,
    Timestamp,
    ports::{BlacklistedModel, TenantSnapshot},
};
use passkeyd_tokens::sealed::SealingKey;
use uuid::Uuid;

use crate::{Error, Service, sealing::RETIRED_AFTER};

/// A tenant as requests see it.
pub(crate) struct LiveTenant {
    pub(crate) tenant: Tenant,
    pub(crate) api_keys: Vec<ApiKey>,
    pub(crate) auth_configs: Vec<AuthConfig>,
    /// Models of authenticators that are not wanted, on whichever surface.
    pub(crate) blacklist: Vec<BlacklistedModel>,
    /// Newest first.
    pub(crate) sealing: Vec<SealingKey>,
    /// The keys that sign tokens, of all purposes, newest first, as they are stored.
    pub(crate) signing: Vec<RingKey>,
}

impl LiveTenant {
    pub(crate) fn api_key(&self, kind: KeyKind, id: &KeyId) -> Option<&ApiKey> {
        let mut keys = self.api_keys.iter();
        keys.find(|key| key.kind == kind && key.key_id == *id)
    }

    /// Does the blacklist say this of the make?
    pub(crate) fn blacklists(
        &self,
        aaguid: Uuid,
        says: impl FnOnce(&BlacklistedModel) -> bool,
    ) -> bool {
        let mut listed = self.blacklist.iter();
        listed
            .find(|model| model.aaguid == aaguid)
            .is_some_and(says)
    }

    /// An event of this tenant, if it keeps events.
    pub(crate) fn event(
        &self,
        kind: EventKind,
        at: Timestamp,
        (performed_by, subject): (&str, &str),
        message: String,
        api_key_id: Option<&KeyId>,
    ) -> Option<Event> {
        self.tenant
            .settings
            .event_logging_is_enabled
            .then(|| Event {
                tenant: self.tenant.id.clone(),
                performed_at: at,
                kind,
                message,
                performed_by: performed_by.to_owned(),
                subject: subject.to_owned(),
                api_key_id: api_key_id.cloned(),
                notify: self.listeners(kind),
            })
    }

    /// The webhooks that are told of events of a kind.
    fn listeners(&self, kind: EventKind) -> Vec<Uuid> {
        let webhooks = self.tenant.settings.webhooks.iter();
        webhooks
            .filter(|hook| hook.kinds.is_empty() || hook.kinds.iter().any(|k| k == kind.as_str()))
            .map(|hook| hook.id)
            .collect()
    }
}

/// Remembers tenants for a fraction of a second, so that a lock or a setting made on another node is seen in time.
pub(crate) struct TenantCache {
    known: Cache<TenantId, (Instant, Arc<LiveTenant>)>,
    lifetime: Duration,
    /// Counts what was forgotten: what was read before must not be remembered after.
    forgotten: AtomicU64,
}

impl TenantCache {
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self {
            known: Cache::builder()
                .max_capacity(4096)
                .time_to_live(lifetime)
                .build(),
            lifetime,
            forgotten: AtomicU64::new(0),
        }
    }

    fn fresh(&self, id: &TenantId) -> Option<Arc<LiveTenant>> {
        let (read_at, tenant) = self.known.get(id)?;
        (read_at.elapsed() < self.lifetime).then_some(tenant)
    }

    pub(crate) fn forget(&self, id: &TenantId) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.known.invalidate(id);
    }
}

impl Service {
    /// The tenant, from memory where it was read a moment ago.
    pub(crate) async fn live_tenant(
        &self,
        id: &TenantId,
    ) -> Result<Option<Arc<LiveTenant>>, Error> {
        match self.tenants.fresh(id) {
            Some(tenant) => Ok(Some(tenant)),
            None => self.read_tenant(id).await,
        }
    }

    /// The tenant as the store has it now.
    pub(crate) async fn read_tenant(
        &self,
        id: &TenantId,
    ) -> Result<Option<Arc<LiveTenant>>, Error> {
        let (forgotten, read_at) = (
            self.tenants.forgotten.load(Ordering::SeqCst),
            Instant::now(),
        );
        let Some(TenantSnapshot {
            tenant,
            api_keys,
            ring,
            auth_configs,
            blacklist,
        }) = self.store.tenant_snapshot(id).await?
        else {
            return Ok(None);
        };
        let sealing = self.unwrapped(&ring)?;
        let mut signing = ring;
        signing.retain(|key| matches!(key.purpose, RingPurpose::Sign(_)));
        let live = Arc::new(LiveTenant {
            tenant,
            api_keys,
            auth_configs,
            blacklist,
            sealing,
            signing,
        });
        if !self.tenants.lifetime.is_zero()
            && self.tenants.forgotten.load(Ordering::SeqCst) == forgotten
        {
            self.tenants
                .known
                .insert(id.clone(), (read_at, Arc::clone(&live)));
        }
        Ok(Some(live))
    }

    /// The sealing keys that have not been retired.
    pub(crate) fn unwrapped(&self, ring: &[RingKey]) -> Result<Vec<SealingKey>, Error> {
        let retired = self.now() - RETIRED_AFTER;
        ring.iter()
            .filter(|key| key.purpose == RingPurpose::Seal && key.created_at >= retired)
            .map(|key| SealingKey::from_ring_key(key, self.master_key.as_ref()))
            .collect::<Result<_, _>>()
            .map_err(|error| Error::KeyRing(error.to_string()))
    }
}
