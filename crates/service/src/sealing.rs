//! Tokens of a tenant: sealed with its newest key, opened with any that has not been retired.

use std::sync::Arc;

use passkeyd_domain::{TenantId, Timestamp};
use passkeyd_tokens::sealed::{OpenError, SealingKey, TokenKind, open, seal};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Service, tenants::LiveTenant};

/// A newer key is made once the newest is this old, and none is kept longer than `RETIRED_AFTER`.
const NEWEST_FOR: jiff::SignedDuration = jiff::SignedDuration::from_hours(7 * 24);
pub(crate) const RETIRED_AFTER: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);

impl Service {
    /// Seals what a later request of the same tenant may open.
    pub(crate) async fn seal(
        &self,
        tenant: &Arc<LiveTenant>,
        kind: TokenKind,
        content: &impl Serialize,
    ) -> Result<String, Error> {
        let payload =
            serde_json::to_vec(content).map_err(|error| Error::KeyRing(error.to_string()))?;
        let now = self.now();
        let id = &tenant.tenant.id;
        let fresh = |key: &&SealingKey| now.duration_since(key.created_at()) < NEWEST_FOR;
        let sealed = if let Some(key) = tenant.sealing.first().filter(fresh) {
            seal(key, kind, id, &payload, self.entropy.bytes())
        } else {
            let ring = self.rotate(id, now).await?;
            let key = ring
                .first()
                .ok_or_else(|| Error::KeyRing("it is empty".to_owned()))?;
            seal(key, kind, id, &payload, self.entropy.bytes())
        };
        sealed.map_err(|error| Error::KeyRing(error.to_string()))
    }

    async fn rotate(&self, tenant: &TenantId, now: Timestamp) -> Result<Vec<SealingKey>, Error> {
        let key = SealingKey::generate(self.entropy.uuid_at(now), now, self.entropy.bytes());
        let key = key
            .to_ring_key(tenant, self.wrapping().await?, self.entropy.bytes())
            .map_err(|error| Error::KeyRing(error.to_string()))?;
        let ring = self
            .store
            .install_ring_key(key, Some(now - NEWEST_FOR), Some(now - RETIRED_AFTER))
            .await?;
        self.tenants.forget(tenant);
        self.unwrapped(&ring)
    }

    /// Makes a new newest key whatever the age of the present one; tokens of the others are opened until they end.
    ///
    /// # Errors
    /// [`Error::AppNotFound`].
    pub async fn rotate_sealing_key(&self, tenant: &TenantId) -> Result<(), Error> {
        if self.store.tenant(tenant).await?.is_none() {
            return Err(Error::AppNotFound);
        }
        let now = self.now();
        let key = SealingKey::generate(self.entropy.uuid_at(now), now, self.entropy.bytes())
            .to_ring_key(tenant, self.wrapping().await?, self.entropy.bytes())
            .map_err(|error| Error::KeyRing(error.to_string()))?;
        self.store
            .install_ring_key(key, None, Some(now - RETIRED_AFTER))
            .await?;
        self.tenants.forget(tenant);
        Ok(())
    }

    /// Opens a token that this tenant made for this use.
    pub(crate) async fn open<T: DeserializeOwned>(
        &self,
        tenant: &Arc<LiveTenant>,
        kind: TokenKind,
        token: Option<&str>,
    ) -> Result<T, Error> {
        let token = token.ok_or(Error::MissingToken {
            prefix: kind.prefix,
        })?;
        let id = &tenant.tenant.id;
        let opened = match open(&tenant.sealing, kind, id, token) {
            // Another node may have made a key since the tenant was read.
            Err(OpenError::UnknownKey) => match self.read_tenant(id).await? {
                Some(tenant) => open(&tenant.sealing, kind, id, token),
                None => Err(OpenError::UnknownKey),
            },
            opened => opened,
        };
        let payload = opened.map_err(|error| match error {
            OpenError::WrongPrefix => Error::WrongToken {
                prefix: kind.prefix,
                start: token.chars().take(10).collect(),
            },
            OpenError::Malformed => Error::MalformedToken,
            _ => Error::InvalidToken,
        })?;
        serde_json::from_slice(&payload).map_err(|_| Error::InvalidToken)
    }
}
