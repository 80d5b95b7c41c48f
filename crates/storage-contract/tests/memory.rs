//! The store in memory keeps the promises.

use std::sync::Arc;

use passkeyd_domain::ports::Store;
use passkeyd_storage_contract::{Backend, MemoryStore, storage_contract};

struct Memory(Arc<MemoryStore>);

#[async_trait::async_trait]
impl Backend for Memory {
    fn store(&self) -> Arc<dyn Store> {
        self.0.clone()
    }

    async fn reopen(&mut self) {}
}

async fn open() -> Option<Box<dyn Backend>> {
    Some(Box::new(Memory(Arc::default())))
}

storage_contract!(open);
