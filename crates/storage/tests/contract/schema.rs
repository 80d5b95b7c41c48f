//! The two schemas are one, and every step can be taken back.

use std::collections::BTreeSet;

use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection, connection::LoadConnection,
    migration::MigrationSource, sql_query, sql_types::Text,
};
use diesel_async::{AsyncPgConnection, async_connection_wrapper::AsyncConnectionWrapper};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use passkeyd_storage::{Options, migrate, pending_migrations};

use crate::postgres::Schema;

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// A line for each column, key, index and reference.
type Lines = BTreeSet<String>;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

const OF_SQLITE: &str = r#"
WITH t AS (SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\_\_diesel%' ESCAPE '\')
SELECT 'column ' || t.name || '.' || c.name || ' ' || lower(c.type) || iif(c."notnull", ' not null', '') AS line
    FROM t JOIN pragma_table_info(t.name) c
UNION ALL SELECT 'key ' || t.name || '(' || (SELECT group_concat(name) FROM
        (SELECT name FROM pragma_table_info(t.name) WHERE pk > 0 ORDER BY pk)) || ')' FROM t
UNION ALL SELECT 'index ' || t.name || '(' || (SELECT group_concat(name) FROM
        (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) || ')' || iif(i."unique", ' unique', '') || iif(i.partial, ' partial', '')
    FROM t JOIN pragma_index_list(t.name) i WHERE i.origin <> 'pk'
UNION ALL SELECT 'reference ' || t.name || '(' || r."from" || ') ' || r."table" || '(' || r."to" || ') ' || lower(r.on_delete)
    FROM t JOIN pragma_foreign_key_list(t.name) r"#;

const OF_POSTGRES: &str = r"
WITH t AS (SELECT c.oid, c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relkind = 'r' AND c.relname NOT LIKE '\_\_diesel%'),
    a AS (SELECT attrelid, attnum, attname::text AS name, attnotnull, atttypid, attcollation FROM pg_attribute WHERE attnum > 0),
    i AS (SELECT indexrelid, indrelid, indisunique, indisprimary, indpred IS NOT NULL AS partial,
            (SELECT string_agg(a.name, ',' ORDER BY k.place) FROM unnest(indkey) WITH ORDINALITY k (attnum, place)
                JOIN a ON a.attrelid = indrelid AND a.attnum = k.attnum) AS names
        FROM pg_index)
SELECT 'column ' || t.name || '.' || a.name || ' ' || (CASE a.atttypid::regtype::text
            WHEN 'bigint' THEN 'integer' WHEN 'boolean' THEN 'integer' WHEN 'bytea' THEN 'blob'
            ELSE a.atttypid::regtype::text END)
        || (CASE WHEN a.attnotnull THEN ' not null' ELSE '' END)
        || (CASE WHEN a.atttypid = 'text'::regtype AND (SELECT collname FROM pg_collation WHERE oid = a.attcollation) <> 'C' THEN ' not collated by bytes' ELSE '' END) AS line
    FROM t JOIN a ON a.attrelid = t.oid
UNION ALL SELECT 'key ' || t.name || '(' || i.names || ')' FROM t JOIN i ON i.indrelid = t.oid WHERE i.indisprimary
UNION ALL SELECT 'index ' || t.name || '(' || i.names || ')' || (CASE WHEN i.indisunique THEN ' unique' ELSE '' END)
        || (CASE WHEN i.partial THEN ' partial' ELSE '' END)
    FROM t JOIN i ON i.indrelid = t.oid WHERE NOT i.indisprimary
UNION ALL SELECT 'reference ' || t.name || '(' || a.name || ') ' || r.confrelid::regclass::text || '('
        || (SELECT f.name FROM a f WHERE f.attrelid = r.confrelid AND f.attnum = r.confkey[1]) || ') '
        || (CASE r.confdeltype WHEN 'c' THEN 'cascade' ELSE 'no action' END)
    FROM pg_constraint r JOIN t ON t.oid = r.conrelid JOIN a ON a.attrelid = r.conrelid AND a.attnum = r.conkey[1]
    WHERE r.contype = 'f'";

fn lines<C>(conn: &mut C, sql: &str) -> Lines
where
    C: LoadConnection,
    for<'q> diesel::query_builder::SqlQuery: diesel::query_dsl::LoadQuery<'q, C, Line>,
{
    let rows: Vec<Line> = sql_query(sql).load(conn).unwrap();
    rows.into_iter().map(|row| row.line).collect()
}

/// Takes every step back and goes up again; gives the schemas before, between and after.
macro_rules! down_and_up {
    ($conn:expr, $steps:expr, $sql:expr) => {{
        let before = lines($conn, $sql);
        $conn.revert_all_migrations($steps).unwrap();
        let between = lines($conn, $sql);
        $conn.run_pending_migrations($steps).unwrap();
        [before, between, lines($conn, $sql)]
    }};
}

/// A new SQLite database with its schema.
async fn sqlite() -> (tempfile::TempDir, SqliteConnection) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db").display().to_string();
    let steps = migrate(&format!("sqlite://{path}"), &Options::default())
        .await
        .unwrap();
    assert!(!steps.is_empty());
    (folder, SqliteConnection::establish(&path).unwrap())
}

/// Does this on a thread where a PostgreSQL connection may block.
async fn with_postgres<T: Send + 'static>(
    schema: &Schema,
    work: impl FnOnce(&mut AsyncConnectionWrapper<AsyncPgConnection>) -> T + Send + 'static,
) -> T {
    let url = schema.url();
    let steps = migrate(&url, &Options::default()).await.unwrap();
    assert!(!steps.is_empty());
    let work = move || work(&mut AsyncConnectionWrapper::establish(&url).unwrap());
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test]
async fn both_databases_have_one_schema() {
    let Some(schema) = Schema::make().await else {
        return;
    };
    let (_folder, mut conn) = sqlite().await;
    let of_sqlite = lines(&mut conn, OF_SQLITE);
    let of_postgres = with_postgres(&schema, |conn| lines(conn, OF_POSTGRES)).await;
    let only = |one: &Lines, other: &Lines| one.difference(other).cloned().collect::<Vec<_>>();
    assert_eq!(only(&of_sqlite, &of_postgres), [""; 0], "only in SQLite");
    assert_eq!(
        only(&of_postgres, &of_sqlite),
        [""; 0],
        "only in PostgreSQL"
    );
    assert!(of_sqlite.contains("reference credentials(user_key) users(key) cascade"));
    assert!(of_sqlite.contains("index users(tenant,user_id) unique"));
}

#[test]
fn both_databases_have_the_same_steps() {
    let names = |steps: Vec<Box<dyn diesel::migration::Migration<diesel::sqlite::Sqlite>>>| {
        let names: Vec<_> = steps.iter().map(|step| step.name().to_string()).collect();
        names
    };
    assert_eq!(
        names(SQLITE.migrations().unwrap()),
        names(POSTGRES.migrations().unwrap())
    );
}

#[tokio::test]
async fn the_steps_of_sqlite_can_be_taken_back() {
    let (_folder, mut conn) = sqlite().await;
    let [before, between, after] = down_and_up!(&mut conn, SQLITE, OF_SQLITE);
    assert_eq!(between, Lines::new());
    assert_eq!(before, after);
}

#[tokio::test]
async fn the_steps_of_postgres_can_be_taken_back() {
    let Some(schema) = Schema::make().await else {
        return;
    };
    let [before, between, after] =
        with_postgres(&schema, |conn| down_and_up!(conn, POSTGRES, OF_POSTGRES)).await;
    assert_eq!(between, Lines::new());
    assert_eq!(before, after);
}

#[tokio::test]
async fn what_is_pending_is_told_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    std::fs::write(&path, b"").unwrap();
    let url = format!("sqlite://{}", path.display());
    let pending = pending_migrations(&url).await.unwrap();
    assert_eq!(pending, pending_migrations(&url).await.unwrap());
    assert_eq!(pending, migrate(&url, &Options::default()).await.unwrap());
    assert_eq!(pending_migrations(&url).await.unwrap(), [""; 0]);
    assert_eq!(migrate(&url, &Options::default()).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn many_that_migrate_at_once_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite://{}", folder.path().join("test.db").display());
    let schema = Schema::make().await;
    for url in [Some(sqlite), schema.as_ref().map(Schema::url)]
        .into_iter()
        .flatten()
    {
        let migrating: Vec<_> = (0..4)
            .map(|_| {
                let url = url.clone();
                tokio::spawn(async move { migrate(&url, &Options::default()).await.unwrap() })
            })
            .collect();
        let mut applied = Vec::new();
        for task in migrating {
            applied.push(task.await.unwrap());
        }
        assert_eq!(
            applied.iter().filter(|steps| !steps.is_empty()).count(),
            1,
            "{applied:?}"
        );
    }
}
