use std::sync::Arc;

use async_trait::async_trait;
use passkeyd_domain::ports::Store;
use passkeyd_storage::{Database, Options};
use passkeyd_storage_contract::{Backend, storage_contract};
use tempfile::TempDir;

struct Sqlite {
    folder: TempDir,
    store: Option<Arc<Database>>,
}

impl Sqlite {
    async fn open(&mut self) {
        let url = format!("sqlite://{}/test.db", self.folder.path().display());
        let store = passkeyd_storage::open(&url, &Options::default()).await;
        self.store = Some(Arc::new(store.unwrap()));
    }
}

#[async_trait]
impl Backend for Sqlite {
    fn store(&self) -> Arc<dyn Store> {
        self.store.clone().unwrap()
    }

    async fn reopen(&mut self) {
        self.store = None;
        self.open().await;
    }
}

async fn open() -> Option<Box<dyn Backend>> {
    let mut backend = Sqlite {
        folder: tempfile::tempdir().unwrap(),
        store: None,
    };
    backend.open().await;
    Some(Box::new(backend))
}

storage_contract!(open);
