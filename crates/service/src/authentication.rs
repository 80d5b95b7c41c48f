//! Who calls: API keys and their scopes.

use std::sync::Arc;

use passkeyd_domain::{ApiKey, Event, EventKind, KeyId, KeyKind, TenantId, Timestamp};
use passkeyd_tokens::secret_hash;
use subtle::ConstantTimeEq as _;

use crate::{Error, Service, tenants::LiveTenant};

/// Somebody who showed a good key.
#[derive(Clone)]
pub struct Caller {
    pub(crate) tenant: Arc<LiveTenant>,
    /// None: no key, but the tenant itself speaks through another surface.
    pub(crate) key_id: Option<KeyId>,
    pub(crate) started_at: Timestamp,
}

impl Caller {
    /// Whose key it was.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant.tenant.id
    }

    /// The name of the key; none where the call came without one.
    pub fn key_id(&self) -> Option<&KeyId> {
        self.key_id.as_ref()
    }

    /// When the request began.
    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// May the key do this?
    pub fn allows(&self, scope: &str) -> bool {
        self.tenant
            .api_keys
            .iter()
            .any(|key| Some(&key.key_id) == self.key_id() && key.allows(scope))
    }

    pub(crate) fn event(
        &self,
        kind: EventKind,
        who: (&str, &str),
        message: String,
    ) -> Option<Event> {
        self.tenant
            .event(kind, self.started_at, who, message, self.key_id())
    }
}

/// Why a key is no good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRefusal {
    /// Not a key of any tenant, or not of the kind that is needed.
    Unknown,
    /// The right key, locked.
    Locked,
}

impl Service {
    /// Finds out who shows this key. The outer error is the store's; the inner one is the caller's.
    ///
    /// A wrong or locked key of a tenant that keeps events leaves an event there.
    pub async fn authenticate(
        &self,
        kind: KeyKind,
        presented: &str,
        started_at: Timestamp,
    ) -> Result<Result<Caller, KeyRefusal>, Error> {
        let Some((id, key_id)) = secret_hash::locate(presented) else {
            return Ok(Err(KeyRefusal::Unknown));
        };
        let Some(mut tenant) = self.live_tenant(&id).await? else {
            return Ok(Err(KeyRefusal::Unknown));
        };
        if tenant.api_key(kind, &key_id).is_none() {
            // The key may have been made a moment ago, on another node or by the command line.
            match self.read_tenant(&id).await? {
                Some(current) => tenant = current,
                None => return Ok(Err(KeyRefusal::Unknown)),
            }
        }
        let refusal = match tenant.api_key(kind, &key_id) {
            Some(key) if self.matches(key, presented).await? => {
                if key.expires_at.is_some_and(|end| end <= self.now()) {
                    KeyRefusal::Unknown
                } else if key.is_locked() {
                    KeyRefusal::Locked
                } else {
                    let key_id = Some(key.key_id.clone());
                    return Ok(Ok(Caller {
                        tenant,
                        key_id,
                        started_at,
                    }));
                }
            }
            _ => KeyRefusal::Unknown,
        };
        self.note_refusal(&tenant, kind, refusal, &key_id, started_at)
            .await;
        Ok(Err(refusal))
    }

    async fn matches(&self, key: &ApiKey, presented: &str) -> Result<bool, Error> {
        if key.kind == KeyKind::Public {
            return Ok(key.stored.as_bytes().ct_eq(presented.as_bytes()).into());
        }
        let verified = secret_hash::verify(&key.stored, presented);
        if verified.ok && verified.needs_rehash {
            let replacement = secret_hash::hash(presented);
            self.store
                .replace_stored_key(&key.tenant, &key.key_id, &key.stored, &replacement)
                .await?;
            self.tenants.forget(&key.tenant);
        }
        Ok(verified.ok)
    }

    async fn note_refusal(
        &self,
        tenant: &LiveTenant,
        kind: KeyKind,
        refusal: KeyRefusal,
        key_id: &KeyId,
        at: Timestamp,
    ) {
        let (event, message) = match (refusal, kind) {
            (KeyRefusal::Locked, KeyKind::Public) => (
                EventKind::ApiAuthDisabledPublicKeyUsed,
                "A locked public key was used.",
            ),
            (KeyRefusal::Locked, _) => (
                EventKind::ApiAuthDisabledSecretKeyUsed,
                "A locked secret key was used.",
            ),
            (KeyRefusal::Unknown, KeyKind::Public) => (
                EventKind::ApiAuthInvalidPublicKeyUsed,
                "An invalid public key was used.",
            ),
            (KeyRefusal::Unknown, _) => (
                EventKind::ApiAuthInvalidSecretKeyUsed,
                "An invalid secret key was used.",
            ),
        };
        let storable =
            Some(key_id).filter(|key_id| passkeyd_domain::text::storable(&key_id.0).is_ok());
        let who = ("Unknown User", tenant.tenant.id.as_str());
        self.note(tenant.event(event, at, who, message.to_owned(), storable))
            .await;
    }
}
