use async_trait::async_trait;

use super::StoreError;
use crate::{Account, Event, Identifier, OidcProvider, ProviderId, RingKey, TenantId, User};

/// Somebody whom a provider vouches for and who is linked to no user yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLink {
    /// The provider.
    pub provider: ProviderId,
    /// Who it is there.
    pub subject: String,
    /// The mail address that the provider says is theirs; none: it says so of none.
    pub address: Option<Identifier>,
    /// The name of a user to be made where the address can't be it.
    pub name_apart: Identifier,
    /// The user to be made; its key, name and handle are new.
    pub user: User,
    /// The person's name.
    pub display_name: Option<String>,
    /// Written where the user is made.
    pub event: Option<Event>,
}

/// Whom a provider's subject turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkOutcome {
    /// The subject is linked to this user since before; nothing changed.
    Known(Box<Account>),
    /// The address is proven to be this user's. The user is linked, unless it is inactive: then nothing changed.
    Linked(Box<Account>),
    /// The user was made and linked.
    Made(Box<Account>),
}

impl LinkOutcome {
    /// The user.
    pub fn account(self) -> Account {
        match self {
            Self::Known(account) | Self::Linked(account) | Self::Made(account) => *account,
        }
    }
}

/// Providers of tenants, and which of their subjects are which users.
#[async_trait]
pub trait Federation {
    /// Adds a provider with its client secret, or replaces all of it but its time. False: there is one of that name that
    /// goes by another issuer, whose subjects are other people; nothing changed.
    async fn put_provider(
        &self,
        provider: OidcProvider,
        secret: RingKey,
    ) -> Result<bool, StoreError>;

    /// The providers of a tenant, oldest first, of one time by id.
    async fn providers(&self, tenant: &TenantId) -> Result<Vec<OidcProvider>, StoreError>;

    /// A provider.
    async fn provider(
        &self,
        tenant: &TenantId,
        id: &ProviderId,
    ) -> Result<Option<OidcProvider>, StoreError>;

    /// Removes a provider with its secret and its links; the users stay. False: there is none.
    async fn remove_provider(&self, tenant: &TenantId, id: &ProviderId)
    -> Result<bool, StoreError>;

    /// The user that a provider's subject is linked to; subjects are compared byte for byte.
    async fn account_by_subject(
        &self,
        tenant: &TenantId,
        provider: &ProviderId,
        subject: &str,
    ) -> Result<Option<Account>, StoreError>;

    /// Finds or makes the user of a provider's subject:
    ///
    /// - where the subject is linked, its user;
    /// - where the address is a mail identifier whose possession was proven, that user, who is linked;
    /// - else a user is made and linked. Its identifier, a primary one, is the address if that resolves to nobody, else the
    ///   name apart if that resolves to nobody; else it has none.
    async fn link_subject(&self, link: NewLink) -> Result<LinkOutcome, StoreError>;
}
