use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;
use crate::{TenantId, Timestamp, Transaction};

/// Confirmed transactions. They are written with the sign-in that confirms them.
#[async_trait]
pub trait Transactions {
    /// A transaction.
    async fn transaction(
        &self,
        tenant: &TenantId,
        id: Uuid,
    ) -> Result<Option<Transaction>, StoreError>;

    /// Deletes the transactions of all tenants that were confirmed before, the oldest first, at most `limit`; tells how many.
    async fn delete_transactions_before(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError>;
}
