use async_trait::async_trait;
use passkeyd_domain::{
    Timestamp,
    ports::{Delivery, Outbox, StoreError},
};

use super::MemoryStore;

#[async_trait]
impl Outbox for MemoryStore {
    async fn take_deliveries(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut rows = self.rows();
        let mut due: Vec<_> = rows
            .tenants
            .values_mut()
            .flat_map(|rows| rows.events.outbox.values_mut())
            .filter(|due| due.at <= now)
            .collect();
        due.sort_by_key(|due| (due.at, due.delivery.number));
        let taken = due
            .into_iter()
            .take(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(taken
            .map(|due| {
                due.at = until;
                due.delivery.attempts += 1;
                due.delivery.clone()
            })
            .collect())
    }

    async fn put_off_delivery(&self, number: i64, due_at: Timestamp) -> Result<(), StoreError> {
        for rows in self.rows().tenants.values_mut() {
            if let Some(due) = rows.events.outbox.get_mut(&number) {
                due.at = due_at;
            }
        }
        Ok(())
    }

    async fn delete_delivery(&self, number: i64) -> Result<(), StoreError> {
        for rows in self.rows().tenants.values_mut() {
            rows.events.outbox.remove(&number);
        }
        Ok(())
    }
}
