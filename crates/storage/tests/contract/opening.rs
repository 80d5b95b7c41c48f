//! Opening, closing, copying, and what happens when the database is not there.

use passkeyd_domain::ports::{Health as _, StoreError, Tenants as _};
use passkeyd_storage::{OpenError, Options, open, pending_migrations};
use passkeyd_storage_contract::samples::{make_tenant, tenant};

use crate::postgres::Schema;

#[tokio::test]
async fn a_missing_folder_is_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/no/such/folder/x.db", folder.path().display());
    let refused = open(&url, &Options::default()).await;
    assert!(matches!(refused, Err(OpenError::MissingFolder(path)) if path.ends_with("folder")));
}

#[tokio::test]
async fn a_question_makes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let url = format!("sqlite://{}", path.display());
    let told = pending_migrations(&url).await;
    assert!(matches!(told, Err(OpenError::MissingFile(_))));
    let told = open(&url, &Options::default().create(false)).await;
    assert!(matches!(told, Err(OpenError::MissingFile(_))));
    assert!(!path.exists());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    let text = "Dear Sir or Madam, ".repeat(100);
    std::fs::write(&path, &text).unwrap();
    let refused = open(&format!("sqlite://{}", path.display()), &Options::default()).await;
    assert!(matches!(
        refused,
        Err(OpenError::Connect(_) | OpenError::Migrate(_))
    ));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn a_copy_is_made_while_the_database_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let url = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
    let store = open(&url("one.db"), &Options::default()).await.unwrap();
    let id = make_tenant(&store, "acme").await;
    let copy = folder.path().join("it's a copy.db");
    store.backup(&copy).await.unwrap();
    make_tenant(&store, "later").await;
    let copied = open(&url("it's a copy.db"), &Options::default().create(false))
        .await
        .unwrap();
    assert_eq!(copied.tenants().await.unwrap(), [tenant(id.as_str())]);
    // What is there is not overwritten.
    let refused = store.backup(&copy).await;
    assert!(
        matches!(refused, Err(OpenError::Backup { .. })),
        "{refused:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_a_database_or_its_copy() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/x.db", folder.path().display());
    let store = open(&url, &Options::default()).await.unwrap();
    make_tenant(&store, "acme").await;
    store.backup(&folder.path().join("copy.db")).await.unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        seen += 1;
    }
    assert!(seen >= 3, "the database, its log and the copy");
}

#[tokio::test]
async fn what_was_accepted_is_written_also_when_the_store_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/x.db", folder.path().display());
    let store = open(&url, &Options::default()).await.unwrap();
    let id = make_tenant(&store, "acme").await;
    drop(store);
    let store = open(&url, &Options::default()).await.unwrap();
    assert!(store.tenant(&id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_in_time() {
    // Nothing listens on a port that was just given back.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let refused = open(
        &format!("postgres://u@127.0.0.1:{port}/x"),
        &Options::default(),
    )
    .await;
    assert!(matches!(refused, Err(OpenError::Connect(_))));
    // One that accepts and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = format!("postgres://u@127.0.0.1:{port}/x?connect_timeout=1");
    let refused = open(&url, &Options::default()).await;
    assert!(matches!(refused, Err(OpenError::Connect(_))));
}

#[tokio::test]
async fn a_server_that_went_away_is_connected_to_again() {
    let Some(schema) = Schema::make().await else {
        return;
    };
    let options = Options::default().max_connections(Some(2));
    let store = open(&schema.url(), &options).await.unwrap();
    let id = make_tenant(&store, "acme").await;
    for _ in 0..4 {
        store.ping().await.unwrap();
    }
    // As a restart of the server does, and all at once.
    schema.end_connections().await;
    // What was in use a moment ago may fail once, and says that it may be tried again; what only reads tries by itself.
    for _ in 0..8 {
        assert!(store.tenant(&id).await.unwrap().is_some());
    }
    let written = store
        .create_tenant(tenant("second"), Vec::new(), None)
        .await;
    assert!(
        matches!(written, Ok(true) | Err(StoreError::Unavailable(_))),
        "{written:?}"
    );
    let again = store.create_tenant(tenant("third"), Vec::new(), None).await;
    assert!(again.unwrap());
}

#[tokio::test]
async fn a_copy_of_postgres_is_not_ours_to_make() {
    let Some(schema) = Schema::make().await else {
        return;
    };
    let store = open(&schema.url(), &Options::default()).await.unwrap();
    let refused = store.backup(std::path::Path::new("/nowhere")).await;
    assert!(matches!(refused, Err(OpenError::BackupUnsupported)));
}
