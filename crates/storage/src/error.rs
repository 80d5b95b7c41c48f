//! What goes wrong between us and a database.

use std::path::PathBuf;

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use passkeyd_domain::ports::StoreError;
use thiserror::Error;

/// Why a database could not be opened, migrated or copied.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The address names no engine that we know.
    #[error(
        "'{scheme}' is no database scheme: write sqlite://PATH, postgres://… or postgresql://…"
    )]
    UnknownScheme {
        /// What stands before the colon.
        scheme: String,
    },
    /// The address is not of the form that its scheme has.
    #[error("the database address is malformed: {0}")]
    MalformedUrl(String),
    /// The folder in which the SQLite file would lie does not exist.
    #[error("the folder {} does not exist", .0.display())]
    MissingFolder(PathBuf),
    /// The SQLite file does not exist, and it may not be made.
    #[error("the database {} does not exist", .0.display())]
    MissingFile(PathBuf),
    /// The file of certificates that `sslrootcert` names can't be used.
    #[error("the certificates in {} can't be used", path.display())]
    RootCertificates {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database can't be reached or does not let us in.
    #[error("the database can't be opened")]
    Connect(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A migration failed; none of those that were pending was applied.
    #[error("the database's schema can't be brought up to date")]
    Migrate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The copy of the database could not be written.
    #[error("the copy can't be written to {}", path.display())]
    Backup {
        /// Where to.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Only the embedded database is copied by us; PostgreSQL brings its own tools.
    #[error("only an SQLite database is copied by this command; use pg_dump for PostgreSQL")]
    BackupUnsupported,
}

/// Why a query gave no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    Database(DieselError),
    /// No connection can be made.
    Unreachable(Box<dyn std::error::Error + Send + Sync>),
    /// The tenant that is written for does not exist.
    TenantGone,
    /// A row says what it can't say.
    Inconsistent {
        table: &'static str,
        what: String,
    },
}

impl From<DieselError> for Failure {
    fn from(error: DieselError) -> Self {
        Self::Database(error)
    }
}

impl Failure {
    /// Somebody else was faster; the unit of work, done again, sees what they did.
    pub(crate) fn is_lost_race(&self) -> bool {
        match self {
            Self::Database(DieselError::DatabaseError(kind, info)) => match kind {
                DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::SerializationFailure => {
                    true
                }
                _ => info.message().contains("deadlock detected"),
            },
            _ => false,
        }
    }

    /// Nothing can be said over the connection any more.
    pub(crate) fn is_connection_lost(&self) -> bool {
        match self {
            Self::Database(DieselError::BrokenTransactionManager) => true,
            Self::Database(DieselError::DatabaseError(kind, info)) => match kind {
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
                    true
                }
                // A server that goes down says so in a last message.
                _ => info.message().starts_with("terminating connection"),
            },
            _ => false,
        }
    }
}

/// SQLite holds the database for another process.
pub(crate) fn is_busy(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(_, info) if info.message().contains("database is locked"))
}

/// What an engine says when it can't work at the moment, whatever it is asked. diesel hands on no codes for these.
const PASSING: [&str; 8] = [
    "database is locked",
    "disk I/O error",
    "database or disk is full",
    "unable to open database file",
    "attempt to write a readonly database",
    "statement timeout",
    "deadlock detected",
    "lock timeout",
];

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        let lost = failure.is_connection_lost();
        match failure {
            Failure::Database(error) if lost => Self::Unavailable(error.into()),
            Failure::Inconsistent { table, what } => Self::Inconsistent { table, what },
            Failure::Unreachable(cause) => Self::Unavailable(cause),
            Failure::TenantGone => Self::TenantGone,
            Failure::Database(DieselError::DatabaseError(kind, info)) => match kind {
                DatabaseErrorKind::ForeignKeyViolation => Self::TenantGone,
                DatabaseErrorKind::SerializationFailure
                | DatabaseErrorKind::ReadOnlyTransaction => {
                    Self::Unavailable(DieselError::DatabaseError(kind, info).into())
                }
                _ if PASSING.iter().any(|words| info.message().contains(words)) => {
                    Self::Unavailable(DieselError::DatabaseError(kind, info).into())
                }
                _ => Self::Refused(DieselError::DatabaseError(kind, info).into()),
            },
            Failure::Database(error) => Self::Refused(error.into()),
        }
    }
}

/// Why the store can't answer, in our own words.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum Unanswered {
    #[error("no answer in time")]
    TimedOut,
    #[error("the database's worker ended")]
    WorkerEnded,
    #[error("the database's worker panicked")]
    Panicked,
    #[error("the group of writes was not committed")]
    NotCommitted,
    #[error("the connection to the database was lost")]
    ConnectionLost,
    #[error("the database can't be reached")]
    NoConnection,
}

impl From<Unanswered> for StoreError {
    fn from(reason: Unanswered) -> Self {
        Self::Unavailable(Box::new(reason))
    }
}
