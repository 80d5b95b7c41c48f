use diesel::prelude::*;
use passkeyd_domain::ports::{ImportOutcome, ImportedTenant};

use super::{Conn, tenants, users};
use crate::{
    rows::{AliasRow, AuthConfigRow, CredentialRow, ListedRow, Read},
    schema::{aliases, auth_configs, authenticators, credentials},
};

/// How many rows go in one statement.
const ROWS: usize = 500;

pub(crate) fn import(conn: &mut Conn, imported: &[ImportedTenant]) -> Read<ImportOutcome> {
    for one in imported {
        if tenants::is_taken(conn, &one.tenant.id)? {
            return Ok(ImportOutcome::Taken(one.tenant.id.clone()));
        }
    }
    for one in imported {
        insert(conn, one)?;
    }
    Ok(ImportOutcome::Imported)
}

fn insert(conn: &mut Conn, imported: &ImportedTenant) -> Read<()> {
    let tenant = &imported.tenant.id;
    tenants::insert(conn, &imported.tenant, &imported.api_keys)?;
    for user in &imported.users {
        users::ensure(conn, user)?;
    }
    for some in imported.credentials.chunks(ROWS) {
        let rows: Vec<_> = some
            .iter()
            .map(|credential| CredentialRow::of(credential, credential.user.0.as_bytes()))
            .collect();
        diesel::insert_into(credentials::table)
            .values(rows)
            .execute(conn)?;
    }
    for some in imported.aliases.chunks(ROWS) {
        let rows: Vec<_> = some
            .iter()
            .map(|(user, alias)| AliasRow::of(tenant, user.0.as_bytes(), alias))
            .collect();
        diesel::insert_into(aliases::table)
            .values(rows)
            .execute(conn)?;
    }
    let rows: Vec<_> = imported
        .auth_configs
        .iter()
        .map(|config| AuthConfigRow::of(tenant, config))
        .collect();
    diesel::insert_into(auth_configs::table)
        .values(rows)
        .execute(conn)?;
    for some in imported.authenticators.chunks(ROWS) {
        let rows: Vec<_> = some
            .iter()
            .map(|listed| ListedRow::of(tenant, listed))
            .collect();
        diesel::insert_into(authenticators::table)
            .values(rows)
            .execute(conn)?;
    }
    Ok(())
}
