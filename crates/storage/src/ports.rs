//! The ports: each method is one query of `queries/`, run as one unit of work.

mod accounts;
mod authenticators;
mod ceremonies;
mod credentials;
mod devices;
mod directory;
mod events;
mod evidence;
mod federation;
mod ideas;
mod imports;
mod keys;
mod listings;
mod magic_links;
mod outbox;
mod people;
mod reports;
mod tenants;
mod trust;
mod users;

use async_trait::async_trait;
use diesel::RunQueryDsl;
use passkeyd_domain::ports::{Health, StoreError};

use crate::{Database, Engine, statement::statement};

/// Runs a query that only reads.
macro_rules! read {
    ($store:expr, $module:ident :: $query:ident ( $($argument:expr),* )) => {
        match &$store.engine {
            $crate::Engine::Sqlite(db) => {
                db.read(move |conn| $crate::sqlite::queries::$module::$query(conn, $($argument),*)).await
            }
            $crate::Engine::Postgres(db) => {
                db.read(move |conn| $crate::postgres::queries::$module::$query(conn, $($argument),*)).await
            }
        }
    };
}

/// Runs a query in a transaction.
macro_rules! write {
    ($store:expr, $module:ident :: $query:ident ( $($argument:expr),* )) => {
        match &$store.engine {
            $crate::Engine::Sqlite(db) => {
                db.write(move |conn| $crate::sqlite::queries::$module::$query(conn, $($argument),*)).await
            }
            $crate::Engine::Postgres(db) => {
                db.write(move |conn| $crate::postgres::queries::$module::$query(conn, $($argument),*)).await
            }
        }
    };
}

/// Runs a query that is a single statement on PostgreSQL, and there is a transaction of itself.
macro_rules! write_at_once {
    ($store:expr, $module:ident :: $query:ident ( $($argument:expr),* )) => {
        match &$store.engine {
            $crate::Engine::Sqlite(db) => {
                db.write(move |conn| $crate::sqlite::queries::$module::$query(conn, $($argument),*)).await
            }
            $crate::Engine::Postgres(db) => {
                db.write_at_once(move |conn| $crate::postgres::queries::$module::$query(conn, $($argument),*)).await
            }
        }
    };
}

use {read, write, write_at_once};

#[async_trait]
impl Health for Database {
    async fn ping(&self) -> Result<(), StoreError> {
        match &self.engine {
            Engine::Sqlite(db) => {
                db.read(|conn| Ok(statement::<()>("SELECT 1").execute(conn).map(drop)?))
                    .await
            }
            Engine::Postgres(db) => {
                db.read(|conn| Ok(statement::<()>("SELECT 1").execute(conn).map(drop)?))
                    .await
            }
        }
    }

    fn engine(&self) -> &'static str {
        match &self.engine {
            Engine::Sqlite(_) => "sqlite",
            Engine::Postgres(_) => "postgres",
        }
    }
}
