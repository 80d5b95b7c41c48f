//! A PostgreSQL schema a story, where `TEST_POSTGRES_URL` names a database in which schemas may be made.

use std::{
    io::Write as _,
    sync::{
        Once,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use tokio_postgres::NoTls;

/// A schema of its own, dropped in the end.
pub(crate) struct Schema {
    url: String,
    name: String,
}

impl Schema {
    /// None where there is no database to test with, which is said once.
    pub(crate) fn make() -> Option<Self> {
        static SAID: Once = Once::new();
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let named = std::env::var("TEST_POSTGRES_URL").ok();
        let Some(url) = named.filter(|url| !url.is_empty()) else {
            SAID.call_once(|| {
                // Past the harness, which keeps what tests print.
                let said = b"PostgreSQL is NOT tested: TEST_POSTGRES_URL is not set\n";
                std::io::stderr().write_all(said).unwrap();
            });
            return None;
        };
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("http_test_{}_{number}", std::process::id());
        execute(&url, format!("CREATE SCHEMA {name}"));
        Some(Self { url, name })
    }

    /// The address that a store opens.
    pub(crate) fn url(&self) -> String {
        let joint = if self.url.contains('?') { '&' } else { '?' };
        let (url, name) = (&self.url, &self.name);
        format!("{url}{joint}options=-c%20search_path%3D{name}")
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        execute(&self.url, format!("DROP SCHEMA {} CASCADE", self.name));
    }
}

/// On a thread of its own: it is called where a runtime runs, also when that one ends.
fn execute(url: &str, sql: String) {
    let url = url.to_owned();
    let executed = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
            let driven = tokio::spawn(connection);
            client.batch_execute(&sql).await.unwrap();
            drop(client);
            driven.await.unwrap().unwrap();
        });
    });
    executed.join().unwrap();
}
