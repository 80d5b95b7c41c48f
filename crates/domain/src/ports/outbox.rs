use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;
use crate::{Event, Timestamp};

/// An event on its way to a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Given by the store; the same for every attempt.
    pub number: i64,
    /// Where it goes: the webhook's id in the settings of the event's tenant.
    pub webhook: Uuid,
    /// What happened; its `notify` is empty.
    pub event: Event,
    /// How often it was tried, this time included.
    pub attempts: u32,
}

/// Events that webhooks are still to be told. Whatever writes an [`Event`] writes, in the same transaction, one delivery
/// for each webhook that its `notify` names, due at once.
#[async_trait]
pub trait Outbox {
    /// Takes what is due, the longest due first, at most `limit`, and puts each off until `until`, so that it is tried
    /// again should the taker die.
    async fn take_deliveries(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError>;

    /// Tries again at that time.
    async fn put_off_delivery(&self, number: i64, due_at: Timestamp) -> Result<(), StoreError>;

    /// It arrived, or is given up.
    async fn delete_delivery(&self, number: i64) -> Result<(), StoreError>;
}
