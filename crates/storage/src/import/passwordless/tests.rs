use std::sync::atomic::{AtomicU8, Ordering};

use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};
use passkeyd_domain::{
    AliasHash, Hint, KeyKind, Scope, UserVerification,
    ports::{ImportOutcome, Imports as _},
};
use tempfile::TempDir;

use super::*;

const SCHEMA: &str = include_str!("../../../tests/upstream/schema.sql");
const ROWS: &str = include_str!("../../../tests/upstream/rows.sql");

struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(self.0.fetch_add(1, Ordering::SeqCst));
    }
}

fn upstream(sql: &[&str]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    // A name that a URI would take apart.
    let path = folder.path().join("api #1?.db");
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    for sql in sql {
        conn.batch_execute(sql).unwrap();
    }
    (folder, path)
}

fn read_it(path: &Path) -> Result<Found, ImportError> {
    let algorithm = |key: &[u8]| (!key.is_empty()).then_some(-7);
    read(path, &Counting(AtomicU8::new(1)), &algorithm)
}

#[test]
fn an_app_is_read_with_everything_of_it() {
    let (_folder, path) = upstream(&[SCHEMA, ROWS]);
    let found = read_it(&path).unwrap();
    assert_eq!(found.tenants.len(), 2);
    let shop = &found.tenants[0];
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();

    assert_eq!(shop.tenant.id.as_str(), "shop");
    assert_eq!(shop.tenant.created_at, at("2024-01-02T03:04:05.123Z"));
    let settings = &shop.tenant.settings;
    assert_eq!(
        settings.admin_emails,
        ["ada@example.com", "bob@example.com"]
    );
    assert!(settings.event_logging_is_enabled && settings.allow_attestation);
    assert_eq!(settings.event_logging_retention_period, 90);
    assert_eq!(settings.max_users, Some(10_000));
    assert_eq!(settings.magic_link_email_monthly_quota, 2000);
    assert!(!settings.frozen && !settings.is_magic_links_enabled);

    let kinds: Vec<_> = shop
        .api_keys
        .iter()
        .map(|key| (key.kind, key.is_locked()))
        .collect();
    assert_eq!(
        kinds,
        [
            (KeyKind::Secret, false),
            (KeyKind::Public, false),
            (KeyKind::Public, true)
        ]
    );
    assert!(shop.api_keys[0].allows(Scope::TOKEN_VERIFY));
    assert!(shop.api_keys[1].allows(Scope::REGISTER) && !shop.api_keys[1].allows(Scope::LOGIN));
    assert_eq!(shop.api_keys[2].locked_at, Some(at("2024-03-01T00:00:00Z")));

    let ids: Vec<_> = shop
        .users
        .iter()
        .map(|user| user.user_id.as_str())
        .collect();
    assert_eq!(ids, ["only-aliases", "u1"]);
    assert_eq!(shop.credentials.len(), 1);
    let held = &shop.credentials[0];
    assert_eq!(held.user, shop.users[1].key);
    assert_eq!(shop.users[1].handle.as_bytes(), b"u1");
    assert_eq!(held.credential_id.as_bytes(), [1, 2, 3]);
    assert_eq!((held.sign_count, held.algorithm), (7, -7));
    assert_eq!(
        held.transports.as_deref(),
        Some(&["internal".to_owned(), "hybrid".to_owned()][..])
    );
    assert_eq!(
        held.aaguid.to_string(),
        "ee882879-721c-4913-9775-3dfcce97072a"
    );
    assert_eq!(
        (held.backup_eligible, held.backed_up, held.discoverable),
        (Some(true), Some(false), None)
    );
    assert_eq!(
        (held.country.as_str(), held.device.as_str()),
        ("", "Chrome, Windows 10")
    );

    let hash = AliasHash::of(&shop.tenant.id, "pjfry");
    assert!(
        shop.aliases
            .iter()
            .any(|(user, alias)| *user == held.user && alias.hash == hash)
    );
    let config = &shop.auth_configs[0];
    assert_eq!(config.purpose.as_str(), "pay");
    assert_eq!(config.time_to_live.as_secs(), 90);
    assert_eq!(config.user_verification, UserVerification::Required);
    assert_eq!(config.hints, [Hint::SecurityKey, Hint::Hybrid]);
    assert_eq!(shop.authenticators.len(), 1);
    assert!(!shop.authenticators[0].allowed);

    let gone = &found.tenants[1].tenant;
    assert_eq!(gone.delete_at, Some(at("2024-06-01T00:00:00Z")));
    assert!(gone.settings.frozen);
}

#[test]
fn what_would_not_work_is_left_out_and_told() {
    let (_folder, path) = upstream(&[
        SCHEMA,
        ROWS,
        "UPDATE Credentials SET PublicKey = X''; UPDATE AuthenticationConfigurations SET TimeToLive = 0",
    ]);
    let found = read_it(&path).unwrap();
    assert!(found.tenants[0].credentials.is_empty() && found.tenants[0].auth_configs.is_empty());
    assert_eq!(found.left_out.len(), 2, "{:?}", found.left_out);
}

#[test]
fn a_database_that_lacks_columns_is_refused_with_their_names() {
    let (_folder, path) = upstream(&[
        SCHEMA,
        "ALTER TABLE Credentials DROP COLUMN IsDiscoverable; DROP TABLE Authenticators",
    ]);
    match read_it(&path) {
        Err(ImportError::Schema(lacking)) => assert_eq!(
            lacking,
            [
                "the column Credentials.IsDiscoverable",
                "the table Authenticators"
            ]
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_value_that_can_not_be_is_refused_with_its_place() {
    let (_folder, path) = upstream(&[SCHEMA, ROWS, "UPDATE ApiKeys SET Scopes = 'everything'"]);
    let error = read_it(&path).unwrap_err().to_string();
    assert!(
        error.contains("Scopes") && error.contains("everything"),
        "{error}"
    );
}

#[test]
fn a_file_that_is_not_there_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    assert!(matches!(read_it(&path), Err(ImportError::Missing(_))));
    assert!(!path.exists());
}

#[tokio::test]
async fn what_was_read_is_written_once() {
    let (folder, path) = upstream(&[SCHEMA, ROWS]);
    let found = read_it(&path).unwrap();
    let url = format!("sqlite://{}", folder.path().join("ours.db").display());
    let ours = crate::open(&url, &crate::Options::default()).await.unwrap();
    let outcome = ours.import_tenants(found.tenants.clone()).await.unwrap();
    assert_eq!(outcome, ImportOutcome::Imported);
    let again = ours.import_tenants(found.tenants.clone()).await.unwrap();
    assert_eq!(
        again,
        ImportOutcome::Taken(found.tenants[0].tenant.id.clone())
    );
}
