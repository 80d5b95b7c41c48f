use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;
use crate::{TenantId, Transaction};

/// Confirmed transactions. They are written with the sign-in that confirms them.
#[async_trait]
pub trait Transactions {
    /// A transaction.
    async fn transaction(
        &self,
        tenant: &TenantId,
        id: Uuid,
    ) -> Result<Option<Transaction>, StoreError>;
}
