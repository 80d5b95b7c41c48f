#![doc = include_str!("../README.md")]

mod error;
pub mod import;
mod open;
mod ports;
mod postgres;
mod rows;
mod schema;
mod sqlite;
mod statement;
mod workers;

use std::path::Path;

use self::{open::Location, postgres::Postgres, sqlite::Sqlite};

pub use error::OpenError;
pub use open::Options;

/// An open database, which implements every port of [`passkeyd_domain::ports::Store`].
///
/// Dropping it lets the writes that wait finish; what was acknowledged is on disk in any case.
pub struct Database {
    engine: Engine,
}

enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// Opens the database at `sqlite://PATH`, `postgres://…` or `postgresql://…` and brings its schema up to date.
///
/// # Errors
/// [`OpenError`] says whether the address is wrong, the database can't be reached, or a migration failed.
pub async fn open(url: &str, options: &Options) -> Result<Database, OpenError> {
    migrate(url, options).await?;
    let engine = match Location::parse(url)? {
        Location::Sqlite(path) => Engine::Sqlite(Sqlite::open(&path, options)?),
        Location::Postgres(url) => Engine::Postgres(Postgres::open(&url, options)?),
    };
    Ok(Database { engine })
}

/// Brings the schema up to date and tells which steps that took, oldest first; none: it was.
///
/// # Errors
/// As [`open`].
pub async fn migrate(url: &str, options: &Options) -> Result<Vec<String>, OpenError> {
    match Location::parse(url)? {
        Location::Sqlite(path) => {
            let options = options.clone();
            apart(move || {
                let conn = &mut Sqlite::connect_apart(&path, &options)?;
                sqlite::queries::migrations::apply(conn).map_err(OpenError::Migrate)
            })
            .await
        }
        Location::Postgres(url) => {
            apart(move || {
                let mut link = Postgres::connect_apart(&url)?;
                postgres::queries::migrations::apply(link.conn()).map_err(OpenError::Migrate)
            })
            .await
        }
    }
}

/// The steps that the schema lacks, oldest first. Changes nothing and makes no file.
///
/// # Errors
/// As [`open`], and [`OpenError::MissingFile`].
pub async fn pending_migrations(url: &str) -> Result<Vec<String>, OpenError> {
    match Location::parse(url)? {
        Location::Sqlite(path) => {
            apart(move || {
                let conn = &mut Sqlite::connect_apart(&path, &Options::default().create(false))?;
                sqlite::queries::migrations::pending(conn).map_err(OpenError::Migrate)
            })
            .await
        }
        Location::Postgres(url) => {
            apart(move || {
                let mut link = Postgres::connect_apart(&url)?;
                postgres::queries::migrations::pending(link.conn()).map_err(OpenError::Migrate)
            })
            .await
        }
    }
}

impl Database {
    /// Writes a consistent copy of an SQLite database to a file that must not exist yet, while the database is in use.
    ///
    /// # Errors
    /// [`OpenError::Backup`], and [`OpenError::BackupUnsupported`] on PostgreSQL.
    pub async fn backup(&self, to: &Path) -> Result<(), OpenError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.backup(to.to_owned()).await,
            Engine::Postgres(_) => Err(OpenError::BackupUnsupported),
        }
    }
}

/// Does what blocks on a thread where it may.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, OpenError> + Send + 'static,
) -> Result<T, OpenError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| OpenError::Connect(error.into()))?
}
