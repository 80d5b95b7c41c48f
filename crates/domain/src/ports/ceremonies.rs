use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;
use crate::{TenantId, Timestamp};

/// The use of something that can be used once: a session, a single-use token, a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consumption {
    /// What is used.
    pub id: Uuid,
    /// When it happened.
    pub at: Timestamp,
    /// From when on the record may be swept, since the thing itself is refused by then.
    pub expires_at: Timestamp,
}

/// What can be used once.
#[async_trait]
pub trait Ceremonies {
    /// Records the use. False: it was used before. Of any number at once exactly one gets true.
    async fn consume(
        &self,
        tenant: &TenantId,
        consumption: Consumption,
    ) -> Result<bool, StoreError>;

    /// Was it used?
    async fn is_consumed(&self, tenant: &TenantId, id: Uuid) -> Result<bool, StoreError>;

    /// When it was used; none: it was not.
    async fn consumed_at(
        &self,
        tenant: &TenantId,
        id: Uuid,
    ) -> Result<Option<Timestamp>, StoreError>;

    /// Keeps the state of a ceremony that is too large for a token, or that must not leave the server. Another state
    /// kept under that id is replaced, unless it was consumed.
    async fn keep_state(
        &self,
        tenant: &TenantId,
        id: Uuid,
        state: String,
        expires_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// The state kept, unless it was consumed.
    async fn state(&self, tenant: &TenantId, id: Uuid) -> Result<Option<String>, StoreError>;

    /// Puts another state in the place of the one that is expected, which keeps its end. False: there is another one by
    /// now, or none, or it was consumed; nothing changed. Of any number at once that expect one state exactly one gets
    /// true.
    async fn replace_state(
        &self,
        tenant: &TenantId,
        id: Uuid,
        expected: String,
        replacement: String,
    ) -> Result<bool, StoreError>;

    /// Forgets what expired before `now`, at most `limit` rows; tells how many.
    async fn sweep_ceremonies(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError>;
}
