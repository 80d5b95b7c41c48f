//! Runs where `TEST_POSTGRES_URL` names a database in which schemas may be made: each test has one of its own.

use std::{
    io::Write as _,
    sync::{
        Arc, Once,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use passkeyd_domain::ports::Store;
use passkeyd_storage::{Database, Options};
use passkeyd_storage_contract::{Backend, storage_contract};
use tokio_postgres::NoTls;

/// A schema of its own, dropped in the end.
pub(crate) struct Schema {
    url: String,
    name: String,
}

impl Schema {
    /// None where there is no database to test with, which is said once.
    pub(crate) async fn make() -> Option<Self> {
        static TOLD: Once = Once::new();
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let named = std::env::var("TEST_POSTGRES_URL").ok();
        let Some(url) = named.filter(|url| !url.is_empty()) else {
            TOLD.call_once(|| {
                // Not `eprintln!`, which the test harness keeps to itself.
                let told = b"PostgreSQL is NOT tested: TEST_POSTGRES_URL is not set\n";
                std::io::stderr().write_all(told).unwrap();
            });
            return None;
        };
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        execute(&url, &format!("CREATE SCHEMA {name}")).await;
        Some(Self { url, name })
    }

    /// The address, by which the schema is the only one; its connections bear its name.
    pub(crate) fn url(&self) -> String {
        let joint = if self.url.contains('?') { '&' } else { '?' };
        format!(
            "{}{joint}options=-c%20search_path%3D{name}&application_name={name}",
            self.url,
            name = self.name
        )
    }

    /// Ends every connection to it, from the server's side.
    pub(crate) async fn end_connections(&self) {
        let sql = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{}'",
            self.name
        );
        execute(&self.url, &sql).await;
    }
}

/// Runs statements on a connection of their own, which stays open for as long as the answer is kept.
pub(crate) async fn hold(url: &str, sql: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
    client
}

async fn execute(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let driven = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
    drop(client);
    driven.await.unwrap().unwrap();
}

impl Drop for Schema {
    fn drop(&mut self) {
        let (url, sql) = (
            self.url.clone(),
            format!("DROP SCHEMA {} CASCADE", self.name),
        );
        std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(execute(&url, &sql));
        })
        .join()
        .unwrap();
    }
}

struct Postgres {
    // Dropped first, so that no connection of it stands in the way.
    store: Option<Arc<Database>>,
    schema: Schema,
}

impl Postgres {
    async fn open(&mut self) {
        let options = Options::default().max_connections(Some(4));
        let store = passkeyd_storage::open(&self.schema.url(), &options).await;
        self.store = Some(Arc::new(store.unwrap()));
    }
}

#[async_trait]
impl Backend for Postgres {
    fn store(&self) -> Arc<dyn Store> {
        self.store.clone().unwrap()
    }

    async fn reopen(&mut self) {
        self.store = None;
        self.open().await;
    }
}

async fn open() -> Option<Box<dyn Backend>> {
    let schema = Schema::make().await?;
    let mut backend = Postgres {
        store: None,
        schema,
    };
    backend.open().await;
    Some(Box::new(backend))
}

storage_contract!(open);
