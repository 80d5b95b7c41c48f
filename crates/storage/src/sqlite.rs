//! SQLite: one thread writes, a few read.

pub(crate) mod dialect;
#[path = "queries/mod.rs"]
pub(crate) mod queries;
mod writer;

use std::{
    fs::{File, OpenOptions},
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use passkeyd_domain::ports::StoreError;

use self::writer::Writer;
use crate::{
    error::{Failure, OpenError},
    open::Options,
    rows::Read,
    workers::{Limits, Slot, Workers},
};

pub(crate) type Conn = SqliteConnection;

/// An open SQLite database.
pub(crate) struct Sqlite {
    writer: Writer,
    readers: Workers<Reader>,
    path: PathBuf,
}

const LIMITS: Limits = Limits {
    waiting: 8192,
    begin_within: Duration::from_secs(10),
    answer_within: None,
};

impl Sqlite {
    /// Opens the file, which is made if it may be.
    pub(crate) fn open(path: &Path, options: &Options) -> Result<Self, OpenError> {
        let failed = |error: std::io::Error| OpenError::Connect(error.into());
        let writer = Writer::start(connect(path, options.create)?, LIMITS).map_err(failed)?;
        let file = path.to_owned();
        let readers = Workers::start("sqlite-read", options.readers(), LIMITS, move || Reader {
            path: file.clone(),
            conn: None,
        })
        .map_err(failed)?;
        Ok(Self {
            writer,
            readers,
            path: path.to_owned(),
        })
    }

    /// A connection of one's own, for what is done once.
    pub(crate) fn connect_apart(path: &Path, options: &Options) -> Result<Conn, OpenError> {
        connect(path, options.create)
    }

    /// Runs a unit of work in a savepoint of its own; answers once the group of writes that it fell into is on disk.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Conn) -> Read<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.write(work).await
    }

    /// Reads what is on disk.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Conn) -> Read<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers
            .run(move |reader| work(reader.conn()?).map_err(StoreError::from))
            .await
    }

    /// Copies the database while it is in use.
    pub(crate) async fn backup(&self, to: PathBuf) -> Result<(), OpenError> {
        let from = self.path.clone();
        let failed = |source, path: &Path| OpenError::Backup {
            path: path.to_owned(),
            source,
        };
        let target = to.clone();
        let copied = tokio::task::spawn_blocking(move || {
            let Some(text) = to.to_str().filter(|text| !text.contains('\0')) else {
                return Err(failed("the path is no text".into(), &to));
            };
            let mut conn = connect(&from, false)?;
            let copy = make_private_file(&to).map_err(|error| failed(error.into(), &to))?;
            let copied = conn.batch_execute(&format!("VACUUM INTO '{}'", text.replace('\'', "''")));
            if let Err(error) = copied {
                // What is there is no copy.
                let _ = std::fs::remove_file(&to);
                return Err(failed(error.into(), &to));
            }
            copy.sync_all().map_err(|error| failed(error.into(), &to))
        });
        copied
            .await
            .map_err(|error| failed(error.into(), &target))?
    }
}

/// A reader's connection, opened when it is first needed.
struct Reader {
    path: PathBuf,
    conn: Option<Conn>,
}

impl Reader {
    fn conn(&mut self) -> Result<&mut Conn, StoreError> {
        match &mut self.conn {
            Some(conn) => Ok(conn),
            none => {
                let mut conn = connect(&self.path, false)
                    .map_err(|error| StoreError::Unavailable(Box::new(error)))?;
                conn.batch_execute("PRAGMA query_only = ON; PRAGMA cache_size = -512")
                    .map_err(Failure::from)?;
                Ok(none.insert(conn))
            }
        }
    }
}

impl Slot for Reader {
    fn discard(&mut self) {
        self.conn = None;
    }
}

/// `synchronous = FULL`: a commit that was acknowledged survives a power failure. SQLite waits this long for another
/// process before it says "busy", and we ask again.
const SETTINGS: &str = "PRAGMA busy_timeout = 1000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2000; \
     PRAGMA journal_size_limit = 16777216";

fn connect(path: &Path, create: bool) -> Result<Conn, OpenError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(OpenError::MissingFolder(folder.to_owned()));
    }
    if !create && !path.exists() {
        return Err(OpenError::MissingFile(path.to_owned()));
    }
    if create && !path.exists() {
        match make_private_file(path) {
            // Somebody else was faster.
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(OpenError::Connect(error.into()));
            }
            _ => {}
        }
    }
    let mode = if create { "rwc" } else { "rw" };
    let mut conn = SqliteConnection::establish(&format!("file:{}?mode={mode}", escaped(path)?))
        .map_err(|error| OpenError::Connect(error.into()))?;
    conn.batch_execute(SETTINGS)
        .map_err(|error| OpenError::Connect(error.into()))?;
    conn.set_prepared_statement_cache_size(diesel::connection::CacheSize::Unbounded);
    Ok(conn)
}

/// Makes an empty file that nobody else may read: it will hold password hashes and, without a master key, signing keys. The
/// files that SQLite puts beside a database are as open as the database itself.
fn make_private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The path as it stands in a `file:` address, where `%`, `?` and `#` mean something.
fn escaped(path: &Path) -> Result<String, OpenError> {
    let text = path.to_str().filter(|text| !text.contains('\0'));
    let text = text.ok_or_else(|| OpenError::MalformedUrl("the path is no text".to_owned()))?;
    Ok(text
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23"))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use diesel::RunQueryDsl;

    use super::*;
    use crate::statement::statement;

    /// A database with one table, `notes`.
    fn notes(folder: &Path) -> Sqlite {
        let path = folder.join("notes.db");
        connect(&path, true)
            .unwrap()
            .batch_execute("CREATE TABLE notes (text TEXT PRIMARY KEY) STRICT")
            .unwrap();
        Sqlite::open(&path, &Options::default()).unwrap()
    }

    fn note(conn: &mut Conn, text: &str) -> Read<()> {
        statement::<()>("INSERT INTO notes (text) VALUES (?)")
            .bind(text)
            .execute(conn)?;
        Ok(())
    }

    async fn read(db: &Sqlite) -> Vec<String> {
        db.read(|conn| {
            let sql = "SELECT text FROM notes ORDER BY text";
            Ok(statement::<diesel::sql_types::Text>(sql).load(conn)?)
        })
        .await
        .unwrap()
    }

    #[tokio::test]
    async fn a_unit_of_work_that_fails_leaves_nothing_and_its_neighbours_all() {
        let folder = tempfile::tempdir().unwrap();
        let db = notes(folder.path());
        let fails = db.write(|conn| {
            note(conn, "half")?;
            statement::<()>("no statement").execute(conn)?;
            Ok(())
        });
        let panics = db.write(|conn| -> Read<()> {
            note(conn, "half")?;
            panic!("a defect")
        });
        let (before, fails, between, panics, after) = tokio::join!(
            db.write(|conn| note(conn, "1 before")),
            fails,
            db.write(|conn| note(conn, "2 between")),
            panics,
            db.write(|conn| note(conn, "3 after")),
        );
        assert!(before.is_ok() && between.is_ok() && after.is_ok());
        assert!(matches!(fails, Err(StoreError::Refused(_))), "{fails:?}");
        assert!(
            matches!(panics, Err(StoreError::Unavailable(_))),
            "{panics:?}"
        );
        assert_eq!(read(&db).await, ["1 before", "2 between", "3 after"]);
    }

    #[tokio::test]
    async fn a_lost_race_is_run_again() {
        let folder = tempfile::tempdir().unwrap();
        let db = notes(folder.path());
        db.write(|conn| note(conn, "taken")).await.unwrap();
        let tried = AtomicBool::new(false);
        let written = db.write(move |conn| {
            if tried.swap(true, Ordering::Relaxed) {
                return note(conn, "free");
            }
            note(conn, "half")?;
            note(conn, "taken")
        });
        written.await.unwrap();
        assert_eq!(read(&db).await, ["free", "taken"]);
    }

    #[tokio::test]
    async fn a_transaction_inside_a_unit_of_work_is_a_savepoint() {
        let folder = tempfile::tempdir().unwrap();
        let db = notes(folder.path());
        let written = db.write(|conn| {
            note(conn, "outer")?;
            let inner = conn.transaction(|conn| {
                note(conn, "inner")?;
                Err::<(), Failure>(diesel::result::Error::NotFound.into())
            });
            assert!(inner.is_err());
            conn.transaction(|conn| note(conn, "second"))
        });
        written.await.unwrap();
        assert_eq!(read(&db).await, ["outer", "second"]);
    }

    #[tokio::test]
    async fn a_reader_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let db = notes(folder.path());
        let refused = db.read(|conn| note(conn, "x")).await;
        assert!(refused.is_err());
        assert_eq!(read(&db).await, [""; 0]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn another_process_that_writes_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let db = std::sync::Arc::new(notes(folder.path()));
        let mut other = connect(&folder.path().join("notes.db"), false).unwrap();
        other.batch_execute("BEGIN IMMEDIATE").unwrap();
        let writing = tokio::spawn({
            let db = std::sync::Arc::clone(&db);
            async move { db.write(|conn| note(conn, "late")).await }
        });
        // Longer than SQLite itself waits.
        tokio::time::sleep(Duration::from_millis(1300)).await;
        assert!(!writing.is_finished());
        other.batch_execute("COMMIT").unwrap();
        writing.await.unwrap().unwrap();
        assert_eq!(read(&db).await, ["late"]);
    }

    #[tokio::test]
    async fn a_path_with_signs_of_an_address_is_a_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a?mode=ro#b%20c.db");
        drop(connect(&path, true).unwrap());
        assert!(path.is_file());
    }
}
