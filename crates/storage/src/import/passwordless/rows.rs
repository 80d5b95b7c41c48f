//! The rows as they lie there.

use std::{collections::BTreeSet, fmt::Write as _, path::Path};

use diesel::{
    Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query,
    sql_types::{BigInt, Binary, Double, Nullable, Text},
};

use super::ImportError;

/// What must be there: a table and its columns that are read.
const TABLES: [(&str, &[&str]); 7] = [
    (
        "AccountInfo",
        &[
            "AcountName",
            "AdminEmailsSerialized",
            "CreatedAt",
            "DeleteAt",
        ],
    ),
    (
        "ApiKeys",
        &[
            "Tenant",
            "Id",
            "ApiKey",
            "CreatedAt",
            "IsLocked",
            "LastLockedAt",
            "Scopes",
        ],
    ),
    (
        "Credentials",
        &[
            "Tenant",
            "DescriptorId",
            "DescriptorTransports",
            "PublicKey",
            "UserHandle",
            "UserId",
            "SignatureCounter",
            "AttestationFmt",
            "CreatedAt",
            "AaGuid",
            "LastUsedAt",
            "RPID",
            "Origin",
            "Country",
            "Device",
            "Nickname",
            "BackupState",
            "IsBackupEligible",
            "IsDiscoverable",
        ],
    ),
    ("Aliases", &["Tenant", "Alias", "Plaintext", "UserId"]),
    (
        "AppFeatures",
        &[
            "Tenant",
            "EventLoggingIsEnabled",
            "EventLoggingRetentionPeriod",
            "DeveloperLoggingEndsAt",
            "MaxUsers",
            "AllowAttestation",
            "IsGenerateSignInTokenEndpointEnabled",
            "IsMagicLinksEnabled",
            "MagicLinkEmailMonthlyQuota",
        ],
    ),
    (
        "Authenticators",
        &["Tenant", "AaGuid", "CreatedAt", "IsAllowed"],
    ),
    (
        "AuthenticationConfigurations",
        &[
            "Tenant",
            "Purpose",
            "UserVerificationRequirement",
            "TimeToLive",
            "Hints",
            "CreatedBy",
            "CreatedOn",
            "EditedBy",
            "EditedOn",
            "LastUsedOn",
        ],
    ),
];

/// All that is read of a database.
pub(super) struct Upstream {
    pub(super) apps: Vec<App>,
    pub(super) keys: Vec<Key>,
    pub(super) credentials: Vec<StoredCredential>,
    pub(super) aliases: Vec<StoredAlias>,
    pub(super) features: Vec<Features>,
    pub(super) authenticators: Vec<Authenticator>,
    pub(super) configs: Vec<Configuration>,
}

macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $sql:ty => $rust:ty,)+ })+) => {
        $($(#[$doc])*
        #[derive(QueryableByName)]
        pub(super) struct $name {
            $(#[diesel(sql_type = $sql)] pub(super) $field: $rust,)+
        })+
    };
}

rows! {
    App {
        name: Text => String,
        admin_emails: Text => String,
        created_at: Text => String,
        delete_at: Nullable<Text> => Option<String>,
    }
    Key {
        tenant: Text => String,
        id: Text => String,
        text: Text => String,
        created_at: Text => String,
        is_locked: BigInt => i64,
        last_locked_at: Nullable<Text> => Option<String>,
        scopes: Text => String,
    }
    StoredCredential {
        tenant: Text => String,
        descriptor_id: Binary => Vec<u8>,
        transports: Nullable<Text> => Option<String>,
        public_key: Binary => Vec<u8>,
        user_handle: Binary => Vec<u8>,
        user_id: Text => String,
        sign_count: BigInt => i64,
        attestation_format: Text => String,
        created_at: Text => String,
        aaguid: Nullable<Text> => Option<String>,
        last_used_at: Text => String,
        rp_id: Text => String,
        origin: Text => String,
        country: Nullable<Text> => Option<String>,
        device: Nullable<Text> => Option<String>,
        nickname: Nullable<Text> => Option<String>,
        backed_up: Nullable<BigInt> => Option<i64>,
        backup_eligible: Nullable<BigInt> => Option<i64>,
        discoverable: Nullable<BigInt> => Option<i64>,
    }
    StoredAlias {
        tenant: Text => String,
        hash: Text => String,
        plaintext: Nullable<Text> => Option<String>,
        user_id: Text => String,
    }
    Features {
        tenant: Text => String,
        event_logging: BigInt => i64,
        event_retention: BigInt => i64,
        developer_logging_ends_at: Nullable<Text> => Option<String>,
        max_users: Nullable<BigInt> => Option<i64>,
        attestation: BigInt => i64,
        generated_tokens: BigInt => i64,
        magic_links: BigInt => i64,
        mail_quota: BigInt => i64,
    }
    Authenticator {
        tenant: Text => String,
        aaguid: Text => String,
        created_at: Text => String,
        is_allowed: BigInt => i64,
    }
    Configuration {
        tenant: Text => String,
        purpose: Text => String,
        user_verification: Text => String,
        seconds: Double => f64,
        hints: Text => String,
        created_by: Text => String,
        created_on: Nullable<Text> => Option<String>,
        edited_by: Nullable<Text> => Option<String>,
        edited_on: Nullable<Text> => Option<String>,
        last_used_on: Nullable<Text> => Option<String>,
    }
}

pub(super) fn read(path: &Path) -> Result<Upstream, ImportError> {
    if !path.is_file() {
        return Err(ImportError::Missing(path.to_owned()));
    }
    let unreadable = |source: Box<dyn std::error::Error + Send + Sync>| ImportError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut conn =
        SqliteConnection::establish(&read_only(path)).map_err(|error| unreadable(error.into()))?;
    let lacking = lacking(&mut conn).map_err(|error| unreadable(error.into()))?;
    if !lacking.is_empty() {
        return Err(ImportError::Schema(lacking));
    }
    // One transaction: one state of the database, whatever its own server does meanwhile.
    conn.transaction(all)
        .map_err(|error: diesel::result::Error| unreadable(error.into()))
}

/// The URI of a database that is not changed, and not made (<https://www.sqlite.org/uri.html>).
fn read_only(path: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => uri.push(byte.into()),
            byte if byte.is_ascii_alphanumeric() => uri.push(byte.into()),
            byte => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri.push_str("?mode=ro");
    uri
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The tables and columns that are not there.
fn lacking(conn: &mut SqliteConnection) -> Result<Vec<String>, diesel::result::Error> {
    let mut lacking = Vec::new();
    for (table, columns) in TABLES {
        let there: Vec<Column> =
            sql_query(format!("SELECT name FROM pragma_table_info('{table}')")).load(conn)?;
        let there: BTreeSet<_> = there.into_iter().map(|column| column.name).collect();
        if there.is_empty() {
            lacking.push(format!("the table {table}"));
            continue;
        }
        let missing = columns.iter().filter(|column| !there.contains(**column));
        lacking.extend(missing.map(|column| format!("the column {table}.{column}")));
    }
    Ok(lacking)
}

fn all(conn: &mut SqliteConnection) -> Result<Upstream, diesel::result::Error> {
    Ok(Upstream {
        apps: sql_query(
            "SELECT AcountName AS name, AdminEmailsSerialized AS admin_emails, CreatedAt AS created_at, \
             DeleteAt AS delete_at FROM AccountInfo ORDER BY AcountName",
        )
        .load(conn)?,
        keys: sql_query(
            "SELECT Tenant AS tenant, Id AS id, ApiKey AS text, CreatedAt AS created_at, IsLocked AS is_locked, \
             LastLockedAt AS last_locked_at, Scopes AS scopes FROM ApiKeys ORDER BY Tenant, Id",
        )
        .load(conn)?,
        credentials: sql_query(
            "SELECT Tenant AS tenant, DescriptorId AS descriptor_id, DescriptorTransports AS transports, \
             PublicKey AS public_key, UserHandle AS user_handle, UserId AS user_id, SignatureCounter AS sign_count, \
             AttestationFmt AS attestation_format, CreatedAt AS created_at, AaGuid AS aaguid, \
             LastUsedAt AS last_used_at, RPID AS rp_id, Origin AS origin, Country AS country, Device AS device, \
             Nickname AS nickname, BackupState AS backed_up, IsBackupEligible AS backup_eligible, \
             IsDiscoverable AS discoverable FROM Credentials ORDER BY Tenant, CreatedAt, DescriptorId",
        )
        .load(conn)?,
        aliases: sql_query(
            "SELECT Tenant AS tenant, Alias AS hash, Plaintext AS plaintext, UserId AS user_id FROM Aliases \
             ORDER BY Tenant, Alias",
        )
        .load(conn)?,
        features: sql_query(
            "SELECT Tenant AS tenant, EventLoggingIsEnabled AS event_logging, \
             EventLoggingRetentionPeriod AS event_retention, DeveloperLoggingEndsAt AS developer_logging_ends_at, \
             MaxUsers AS max_users, AllowAttestation AS attestation, \
             IsGenerateSignInTokenEndpointEnabled AS generated_tokens, IsMagicLinksEnabled AS magic_links, \
             MagicLinkEmailMonthlyQuota AS mail_quota FROM AppFeatures",
        )
        .load(conn)?,
        authenticators: sql_query(
            "SELECT Tenant AS tenant, AaGuid AS aaguid, CreatedAt AS created_at, IsAllowed AS is_allowed \
             FROM Authenticators ORDER BY Tenant, AaGuid",
        )
        .load(conn)?,
        configs: sql_query(
            "SELECT Tenant AS tenant, Purpose AS purpose, UserVerificationRequirement AS user_verification, \
             TimeToLive AS seconds, Hints AS hints, CreatedBy AS created_by, CreatedOn AS created_on, \
             EditedBy AS edited_by, EditedOn AS edited_on, LastUsedOn AS last_used_on \
             FROM AuthenticationConfigurations ORDER BY Tenant, Purpose",
        )
        .load(conn)?,
    })
}
