//! Keys of the LoginID surface: they carry no tenant, and have scopes of their own.

use passkeyd_domain::{ApiKey, Event, EventKind, KeyId, KeyKind};
use passkeyd_tokens::{api_key, secret_hash};

use crate::{Error, Service, accounts::Realm};

/// Somebody who showed a good API key.
#[derive(Clone)]
pub struct ApiKeyCaller {
    realm: Realm,
    key: ApiKey,
}

impl ApiKeyCaller {
    /// Whose key it was.
    pub fn realm(&self) -> &Realm {
        &self.realm
    }

    /// The name of the key.
    pub fn key_id(&self) -> &KeyId {
        &self.key.key_id
    }

    /// May the key do this?
    pub fn allows(&self, scope: &str) -> bool {
        self.key.allows(scope)
    }

    /// An event of the tenant that names this key, if the tenant keeps events.
    pub fn event(
        &self,
        service: &Service,
        kind: EventKind,
        who: (&str, &str),
        message: String,
    ) -> Option<Event> {
        let key_id = Some(self.key_id());
        self.realm
            .tenant
            .event(kind, service.now(), who, message, key_id)
    }
}

impl Service {
    /// Finds out who shows this key. None: it is no key, or it is locked, expired, or its tenant is frozen.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn authenticate_api_key(
        &self,
        presented: &str,
    ) -> Result<Option<ApiKeyCaller>, Error> {
        let found = self
            .store
            .api_key_by_lookup(&api_key::lookup(presented))
            .await?;
        let now = self.now();
        let Some(key) = found.filter(|key| {
            key.kind == KeyKind::Api
                && secret_hash::verify(&key.stored, presented).ok
                && !key.is_locked()
                && key.expires_at.is_none_or(|end| end > now)
        }) else {
            return Ok(None);
        };
        let realm = self.realm(&key.tenant).await?;
        Ok(realm
            .filter(|realm| !realm.is_frozen())
            .map(|realm| ApiKeyCaller { realm, key }))
    }
}
