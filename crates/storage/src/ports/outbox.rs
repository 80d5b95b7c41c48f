use async_trait::async_trait;
use passkeyd_domain::{
    Timestamp,
    ports::{Delivery, Outbox, StoreError},
};

use super::{write, write_at_once};
use crate::Database;

#[async_trait]
impl Outbox for Database {
    async fn take_deliveries(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        write!(self, outbox::take(now, until, limit))
    }

    async fn put_off_delivery(&self, number: i64, due_at: Timestamp) -> Result<(), StoreError> {
        write_at_once!(self, outbox::put_off(number, due_at))
    }

    async fn delete_delivery(&self, number: i64) -> Result<(), StoreError> {
        write_at_once!(self, outbox::delete(number))
    }
}
