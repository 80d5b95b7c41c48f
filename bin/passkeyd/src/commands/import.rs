use std::{error::Error, fmt::Write as _, path::Path};

use passkeyd_domain::{
    TenantId,
    ports::{ImportOutcome, ImportedTenant, Imports as _, Tenants as _},
};
use passkeyd_service::credentials::algorithm_of;
use passkeyd_storage::import::passwordless::{self as upstream, Found};
use serde_json::{Value, json};

use crate::{
    output::Report,
    wiring::{self, Missing, Place},
    world::SystemEntropy,
};

/// Takes over a Passwordless.dev server's database, all of it or nothing; dry, says what that would do and changes
/// neither database.
pub(crate) async fn passwordless(
    place: &Place,
    file: &Path,
    dry_run: bool,
) -> Result<Report, Box<dyn Error>> {
    let found = upstream::read(file, &SystemEntropy::new(), &algorithm_of)?;
    let (text, json) = (text(&found), json(&found));
    if dry_run {
        let taken = taken(place, &found).await?;
        return Ok(report("would import", &text, json, taken.as_ref()));
    }
    let store = wiring::store(place, Missing::IsMade).await?;
    let taken = match store.import_tenants(found.tenants).await? {
        ImportOutcome::Imported => None,
        ImportOutcome::Taken(app) => Some(app),
    };
    Ok(report("imported", &text, json, taken.as_ref()))
}

/// The first app whose name our database has already, as far as it can be asked without being changed.
async fn taken(place: &Place, found: &Found) -> Result<Option<TenantId>, Box<dyn Error>> {
    match passkeyd_storage::pending_migrations(&place.database_url()).await {
        Ok(pending) if pending.is_empty() => (),
        // There is none yet, or one without the tables that would tell.
        _ => return Ok(None),
    }
    let store = wiring::store(place, Missing::IsRefused).await?;
    for imported in &found.tenants {
        let id = &imported.tenant.id;
        if store.tenant(id).await?.is_some() {
            return Ok(Some(id.clone()));
        }
    }
    Ok(None)
}

fn report(verb: &str, text: &str, mut json: Value, taken: Option<&TenantId>) -> Report {
    json["dryRun"] = (verb != "imported").into();
    json["taken"] = taken.map(TenantId::as_str).into();
    match taken {
        None => Report::new(format!("{verb}\n{text}"), json),
        Some(app) => Report::new(
            format!("nothing is imported: there is an app '{app}' already\n{text}"),
            json,
        )
        .refusing(),
    }
}

fn text(found: &Found) -> String {
    let mut text = String::new();
    for imported in &found.tenants {
        let ImportedTenant {
            tenant,
            api_keys,
            users,
            credentials,
            aliases,
            auth_configs,
            authenticators,
        } = imported;
        let (keys, users, credentials) = (api_keys.len(), users.len(), credentials.len());
        let (aliases, configs, listed) = (aliases.len(), auth_configs.len(), authenticators.len());
        let _ = writeln!(
            text,
            "  {}: {keys} keys, {users} users, {credentials} credentials, {aliases} aliases, {configs} configurations, \
             {listed} listed authenticators",
            tenant.id
        );
    }
    for reason in &found.left_out {
        let _ = writeln!(text, "  left out: {reason}");
    }
    text.push_str(
        "  not taken over: events, reports, records of mails, and tokens that are outstanding",
    );
    text
}

fn json(found: &Found) -> Value {
    let apps = found.tenants.iter().map(|imported| {
        json!({
            "id": imported.tenant.id.as_str(),
            "keys": imported.api_keys.len(),
            "users": imported.users.len(),
            "credentials": imported.credentials.len(),
            "aliases": imported.aliases.len(),
            "configurations": imported.auth_configs.len(),
            "authenticators": imported.authenticators.len(),
        })
    });
    json!({ "apps": apps.collect::<Vec<_>>(), "leftOut": found.left_out })
}
