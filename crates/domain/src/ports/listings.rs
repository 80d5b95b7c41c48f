use async_trait::async_trait;
use uuid::Uuid;

use super::{OwnedCredential, StoreError, UserSummary};
use crate::{Event, EventKind, TenantId, Timestamp, UserId};

/// Which events to list; what is absent does not narrow the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only these kinds; empty: all.
    pub kinds: Vec<EventKind>,
    /// Who did it, exactly.
    pub performed_by: Option<String>,
    /// What it was done to, exactly.
    pub subject: Option<String>,
    /// At this instant or later.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub before: Option<Timestamp>,
}

/// A place in a list of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventCursor {
    /// The time of the event.
    pub performed_at: Timestamp,
    /// Given by the store, in the order of writing.
    pub number: i64,
}

/// Which credentials to list; what is absent does not narrow the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialFilter {
    /// The owner.
    pub user_id: Option<UserId>,
    /// The RP id, exactly.
    pub rp_id: Option<String>,
    /// The make of the authenticator.
    pub aaguid: Option<Uuid>,
}

/// A place in a list of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CredentialCursor {
    /// When the credential was made.
    pub created_at: Timestamp,
    /// Its row.
    pub id: Uuid,
}

/// Lists that are read page by page: each page begins after a place, and what is written meanwhile neither repeats nor
/// hides a row that was there all along.
#[async_trait]
pub trait Listings {
    /// Events, newest first (of one time, the one written last first), each with its place.
    async fn find_events(
        &self,
        tenant: &TenantId,
        filter: EventFilter,
        after: Option<EventCursor>,
        limit: u32,
    ) -> Result<Vec<(EventCursor, Event)>, StoreError>;

    /// Credentials, oldest first; of one time by row.
    async fn find_credentials(
        &self,
        tenant: &TenantId,
        filter: CredentialFilter,
        after: Option<CredentialCursor>,
        limit: u32,
    ) -> Result<Vec<OwnedCredential>, StoreError>;

    /// Users that have a credential or an alias and whose name begins with `prefix`, by name.
    async fn find_users(
        &self,
        tenant: &TenantId,
        prefix: String,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserSummary>, StoreError>;
}
