use async_trait::async_trait;
use passkeyd_domain::{
    Account, IdentifierKind, OidcProvider, ProviderId, RingKey, TenantId,
    ports::{Federation, LinkOutcome, NewLink, StoreError},
};

use super::{MemoryStore, TenantRows};

impl TenantRows {
    fn account_by_subject(&self, provider: &ProviderId, subject: &str) -> Option<Account> {
        let key = (provider.clone(), subject.to_owned());
        let user = self.owner(*self.federated.get(&key)?)?;
        Some(self.account(user))
    }
}

#[async_trait]
impl Federation for MemoryStore {
    async fn put_provider(
        &self,
        mut provider: OidcProvider,
        secret: RingKey,
    ) -> Result<bool, StoreError> {
        let tenant = provider.tenant.clone();
        self.write(&tenant, |rows| {
            if let Some(known) = rows.providers.get(&provider.id) {
                if known.issuer != provider.issuer {
                    return false;
                }
                provider.created_at = known.created_at;
            }
            let purpose = provider.id.secret_purpose();
            rows.ring.retain(|key| key.purpose != purpose);
            rows.ring.push(secret);
            rows.providers.insert(provider.id.clone(), provider);
            true
        })
    }

    async fn providers(&self, tenant: &TenantId) -> Result<Vec<OidcProvider>, StoreError> {
        let providers = self.read(tenant, |rows| {
            let mut providers: Vec<_> = rows.providers.values().cloned().collect();
            providers.sort_by_key(|provider| (provider.created_at, provider.id.clone()));
            providers
        });
        Ok(providers.unwrap_or_default())
    }

    async fn provider(
        &self,
        tenant: &TenantId,
        id: &ProviderId,
    ) -> Result<Option<OidcProvider>, StoreError> {
        let provider = self.read(tenant, |rows| rows.providers.get(id).cloned());
        Ok(provider.flatten())
    }

    async fn remove_provider(
        &self,
        tenant: &TenantId,
        id: &ProviderId,
    ) -> Result<bool, StoreError> {
        let removed = self.write(tenant, |rows| {
            let removed = rows.providers.remove(id).is_some();
            if removed {
                let purpose = id.secret_purpose();
                rows.ring.retain(|key| key.purpose != purpose);
                rows.federated.retain(|(provider, _), _| provider != id);
            }
            removed
        });
        Ok(removed.unwrap_or(false))
    }

    async fn account_by_subject(
        &self,
        tenant: &TenantId,
        provider: &ProviderId,
        subject: &str,
    ) -> Result<Option<Account>, StoreError> {
        let account = self.read(tenant, |rows| rows.account_by_subject(provider, subject));
        Ok(account.flatten())
    }

    async fn link_subject(&self, new: NewLink) -> Result<LinkOutcome, StoreError> {
        let tenant = new.user.tenant.clone();
        self.write(&tenant, |rows| {
            if let Some(account) = rows.account_by_subject(&new.provider, &new.subject) {
                return LinkOutcome::Known(Box::new(account));
            }
            let proven = new.address.as_ref().and_then(|address| {
                let row = rows.identifiers.get(&address.folded())?;
                let known = &row.identifier;
                (known.kind == IdentifierKind::Email && known.verified_at.is_some())
                    .then_some(row.user)
            });
            let key = (new.provider, new.subject);
            if let Some(user) = proven.and_then(|user| rows.owner(user).cloned()) {
                if user.active {
                    rows.federated.insert(key, user.key);
                }
                return LinkOutcome::Linked(Box::new(rows.account(&user)));
            }
            let wanted = new.address.into_iter().chain([new.name_apart]);
            let free = wanted
                .into_iter()
                .find(|identifier| rows.resolved(&identifier.value).is_none());
            rows.federated.insert(key, new.user.key);
            rows.add_account(&new.user, new.display_name, free);
            rows.events.extend(new.event);
            LinkOutcome::Made(Box::new(rows.account(&new.user)))
        })
    }
}
