//! The schema's steps, built into the program.

use std::error::Error;

use diesel::{migration::MigrationSource, prelude::*, sql_types::Text};
use diesel_migrations::MigrationHarness;

use super::{Conn, dialect};
use crate::statement::statement;

type Outcome = Result<Vec<String>, Box<dyn Error + Send + Sync>>;

/// The steps that the database lacks, oldest first. Only reads.
pub(crate) fn pending(conn: &mut Conn) -> Outcome {
    let applied: Vec<String> = if dialect::has_history(conn)? {
        statement::<Text>("SELECT version FROM __diesel_schema_migrations").load(conn)?
    } else {
        Vec::new()
    };
    let known = MigrationSource::<<Conn as Connection>::Backend>::migrations(&dialect::MIGRATIONS)?;
    let mut pending: Vec<_> = known
        .iter()
        .filter(|step| !applied.contains(&step.name().version().to_string()))
        .map(|step| step.name().to_string())
        .collect();
    pending.sort_unstable();
    Ok(pending)
}

/// Applies what is pending, all or nothing, and tells what it was. Two nodes that start at once take turns.
pub(crate) fn apply(conn: &mut Conn) -> Outcome {
    let missing = pending(conn)?;
    if missing.is_empty() {
        return Ok(missing);
    }
    dialect::alone(conn, |conn| {
        let missing = pending(conn)?;
        conn.run_pending_migrations(dialect::MIGRATIONS)?;
        Ok(missing)
    })
}
