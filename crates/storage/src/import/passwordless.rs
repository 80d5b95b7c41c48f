//! The SQLite database of a self-hosted Passwordless.dev server.
//!
//! [`read`] takes its apps with keys, credentials, aliases, features, authentication configurations and authenticator
//! lists, in one transaction that changes nothing. Events, reports, records of mails and signing keys stay behind: tokens
//! that are outstanding end. What it can't take over in a way that works it leaves out and says so; a database that
//! lacks columns, or holds a value that can't be what it claims, is refused whole.

mod mapping;
mod rows;

use std::path::{Path, PathBuf};

use passkeyd_domain::{TextError, ports::Entropy, ports::ImportedTenant};
use thiserror::Error;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The apps, by name.
    pub tenants: Vec<ImportedTenant>,
    /// What is left out, and why; a sentence each.
    pub left_out: Vec<String>,
}

/// Why a database can't be taken over.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// There is no such file.
    #[error("the database {} does not exist", .0.display())]
    Missing(PathBuf),
    /// It is no SQLite database, or can't be read.
    #[error("the database {} can't be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It is no Passwordless.dev database, or one of an older version.
    #[error("the database lacks {}: bring it up to date with its own server first", .0.join(", "))]
    Schema(Vec<String>),
    /// A row holds a value that it can't hold.
    #[error("{table}, row {row}: the column {column} can't be '{value}'")]
    Value {
        /// The table.
        table: &'static str,
        /// The key of the row.
        row: String,
        /// The column.
        column: &'static str,
        /// What it holds, cut to 64 characters.
        value: String,
    },
    /// A name that we can't give an app.
    #[error("the app '{name}' can't be taken over: an app's name {reason}")]
    AppName {
        /// The name.
        name: String,
        /// The rule.
        #[source]
        reason: TextError,
    },
}

/// Reads a database. The rows that are made get their ids from `entropy`; `algorithm` tells the COSE algorithm of a
/// public key, or nothing for a key that no sign-in can be verified with.
///
/// # Errors
/// [`ImportError`].
pub fn read(
    path: &Path,
    entropy: &dyn Entropy,
    algorithm: &dyn Fn(&[u8]) -> Option<i64>,
) -> Result<Found, ImportError> {
    let upstream = rows::read(path)?;
    mapping::Mapping { entropy, algorithm }.map(&upstream)
}

#[cfg(test)]
mod tests;
