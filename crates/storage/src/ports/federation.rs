use async_trait::async_trait;
use passkeyd_domain::{
    Account, OidcProvider, ProviderId, RingKey, TenantId,
    ports::{Federation, LinkOutcome, NewLink, StoreError},
};

use super::{read, write};
use crate::Database;

#[async_trait]
impl Federation for Database {
    async fn put_provider(
        &self,
        provider: OidcProvider,
        secret: RingKey,
    ) -> Result<bool, StoreError> {
        write!(self, federation::put(&provider, &secret))
    }

    async fn providers(&self, tenant: &TenantId) -> Result<Vec<OidcProvider>, StoreError> {
        let tenant = tenant.clone();
        read!(self, federation::list(&tenant))
    }

    async fn provider(
        &self,
        tenant: &TenantId,
        id: &ProviderId,
    ) -> Result<Option<OidcProvider>, StoreError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        read!(self, federation::find(&tenant, &id))
    }

    async fn remove_provider(
        &self,
        tenant: &TenantId,
        id: &ProviderId,
    ) -> Result<bool, StoreError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        write!(self, federation::remove(&tenant, &id))
    }

    async fn account_by_subject(
        &self,
        tenant: &TenantId,
        provider: &ProviderId,
        subject: &str,
    ) -> Result<Option<Account>, StoreError> {
        let (tenant, provider) = (tenant.clone(), provider.clone());
        let subject = subject.to_owned();
        read!(
            self,
            federation::account_by_subject(&tenant, &provider, &subject)
        )
    }

    async fn link_subject(&self, link: NewLink) -> Result<LinkOutcome, StoreError> {
        write!(self, federation::link(&link))
    }
}
