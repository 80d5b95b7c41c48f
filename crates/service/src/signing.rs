//! The keys that sign JSON Web Tokens: made when they are first needed, rotated on command, listed while their tokens live.

use std::sync::Arc;

use jiff::SignedDuration;
use moka::sync::Cache;
use passkeyd_domain::{RingKey, TenantId, Timestamp};
use passkeyd_tokens::jwt::{SigningKey, SigningPurpose};
use tokio::task;
use uuid::Uuid;

use crate::{
    Error, Service, bearer_tokens::LONGEST_LIFETIME, sessions::ACCESS_TOKEN_LIFETIME,
    tenants::LiveTenant,
};

pub use passkeyd_tokens::jwt::Jwks;

/// The purpose of the access tokens of accounts.
pub const IDEA_POOL: SigningPurpose = SigningPurpose::IDEA_POOL;

/// A node that read the tenant a moment before a rotation still signs with the older key.
const SLACK: SignedDuration = SignedDuration::from_mins(1);

/// All purposes, with how long the tokens of each live at most.
const PURPOSES: [(SigningPurpose, SignedDuration); 2] = [
    (SigningPurpose::LOGINID, LONGEST_LIFETIME),
    (SigningPurpose::IDEA_POOL, ACCESS_TOKEN_LIFETIME),
];

/// Keys in the form in which they sign, since reading an RSA key takes time.
pub(crate) struct SigningKeys(Cache<(TenantId, Uuid), Arc<SigningKey>>);

impl SigningKeys {
    pub(crate) fn new() -> Self {
        Self(Cache::new(4096))
    }
}

impl Service {
    /// The keys of a purpose, newest first; the first signs, and all of them check. Where there is none, one is made.
    pub(crate) async fn signing_keys(
        &self,
        tenant: &Arc<LiveTenant>,
        purpose: SigningPurpose,
    ) -> Result<Vec<Arc<SigningKey>>, Error> {
        let stored = purpose.ring_purpose();
        let ring: Vec<RingKey> = tenant
            .signing
            .iter()
            .filter(|key| key.purpose == stored)
            .cloned()
            .collect();
        let ring = if ring.is_empty() {
            // Whoever else made one meanwhile was first.
            self.install_signing_key(&tenant.tenant.id, purpose, Some(Timestamp::MIN), None)
                .await?
        } else {
            ring
        };
        in_use(&ring, purpose, self.now())
            .iter()
            .map(|key| self.signing_key(key, purpose))
            .collect()
    }

    /// The public halves of the tenant's keys of all purposes. A purpose that has no key yet gets one if it is among those
    /// that are wanted.
    ///
    /// # Errors
    /// Those of the store and the key ring.
    pub async fn jwks(
        &self,
        realm: &crate::accounts::Realm,
        wanted: &[SigningPurpose],
    ) -> Result<Jwks, Error> {
        let mut keys = Vec::new();
        for (purpose, _) in PURPOSES {
            let stored = purpose.ring_purpose();
            let mut ring = realm.tenant.signing.iter();
            if wanted.contains(&purpose) || ring.any(|key| key.purpose == stored) {
                keys.extend(self.signing_keys(&realm.tenant, purpose).await?);
            }
        }
        Ok(keys.iter().map(AsRef::as_ref).collect())
    }

    /// Makes a new key for each purpose that the tenant has keys for. The tokens of the older ones are good until they
    /// end, and until then their public halves are listed.
    ///
    /// # Errors
    /// [`Error::AppNotFound`].
    pub async fn rotate_signing_keys(&self, tenant: &TenantId) -> Result<(), Error> {
        if self.store.tenant(tenant).await?.is_none() {
            return Err(Error::AppNotFound);
        }
        self.replace_signing_keys(tenant, None).await
    }

    /// Makes a new key where the newest has the age at which the operator wants it replaced.
    pub(crate) async fn rotate_old_signing_keys(&self) -> Result<(), Error> {
        let Some(lifetime) = self.settings.signing_key_lifetime else {
            return Ok(());
        };
        let made_by = self.now() - lifetime;
        for tenant in self.store.tenants().await? {
            self.replace_signing_keys(&tenant.id, Some(made_by)).await?;
        }
        Ok(())
    }

    /// Makes a new key for each purpose that has keys, where a time is given only if none is younger than that.
    async fn replace_signing_keys(
        &self,
        tenant: &TenantId,
        made_by: Option<Timestamp>,
    ) -> Result<(), Error> {
        for (purpose, _) in PURPOSES {
            let stored = purpose.ring_purpose();
            let ring = self.store.ring(tenant, &stored).await?;
            let alive = in_use(&ring, purpose, self.now());
            let (Some(newest), Some(oldest)) = (alive.first(), alive.last()) else {
                continue;
            };
            if made_by.is_some_and(|made_by| newest.created_at > made_by) {
                continue;
            }
            self.install_signing_key(tenant, purpose, made_by, Some(oldest.created_at))
                .await?;
            if made_by.is_some() {
                tracing::info!(%tenant, purpose = stored.as_str(), "a signing key was replaced");
            }
        }
        Ok(())
    }

    async fn install_signing_key(
        &self,
        tenant: &TenantId,
        purpose: SigningPurpose,
        unless_newer_than: Option<Timestamp>,
        retire_before: Option<Timestamp>,
    ) -> Result<Vec<RingKey>, Error> {
        let wrapping = self.wrapping().await?;
        let now = self.now();
        let (id, seed) = (self.entropy.uuid_at(now), self.entropy.bytes());
        let made = task::spawn_blocking(move || SigningKey::generate(purpose, id, now, seed));
        let key = made
            .await
            .map_err(|error| Error::KeyRing(error.to_string()))?
            .map_err(|error| Error::KeyRing(error.to_string()))?
            .to_ring_key(tenant, wrapping, self.entropy.bytes())
            .map_err(|error| Error::KeyRing(error.to_string()))?;
        let ring = self
            .store
            .install_ring_key(key, unless_newer_than, retire_before)
            .await?;
        self.tenants.forget(tenant);
        Ok(ring)
    }

    fn signing_key(
        &self,
        stored: &RingKey,
        purpose: SigningPurpose,
    ) -> Result<Arc<SigningKey>, Error> {
        let name = (stored.tenant.clone(), stored.id);
        self.signing
            .0
            .try_get_with(name, || {
                SigningKey::from_ring_key(stored, purpose, self.master_key.as_ref()).map(Arc::new)
            })
            .map_err(|error| Error::KeyRing(error.to_string()))
    }
}

/// The newest key, and those of which a token may still be alive: the key after it is younger than a token gets.
fn in_use(newest_first: &[RingKey], purpose: SigningPurpose, now: Timestamp) -> &[RingKey] {
    let lifetime = PURPOSES
        .iter()
        .find(|(known, _)| *known == purpose)
        .map_or(SignedDuration::ZERO, |(_, lifetime)| *lifetime);
    let alive_since = now - lifetime - SLACK;
    let replaced_lately = newest_first
        .iter()
        .take_while(|key| key.created_at > alive_since)
        .count();
    newest_first
        .get(..(replaced_lately + 1).min(newest_first.len()))
        .unwrap_or(newest_first)
}
