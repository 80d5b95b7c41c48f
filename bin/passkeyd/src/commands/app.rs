use std::{error::Error, fmt::Write as _};

use passkeyd_domain::{Tenant, TenantId, TenantSettings};
use passkeyd_service::{Service, apps::NewApp, fitness::fit};
use serde_json::{Value, json};
use thiserror::Error;

use crate::{
    cli::AppCommand,
    output::Report,
    tenant_settings::{changed, members, snake_case},
};

/// Deleting needs a word more.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("this deletes '{0}' with all its users and passkeys; say --yes if you mean it")]
pub(crate) struct Unconfirmed(TenantId);

/// Runs a command on tenants.
pub(crate) async fn run(service: &Service, command: AppCommand) -> Result<Report, Box<dyn Error>> {
    match command {
        AppCommand::Create {
            id,
            name,
            website_url,
            origins,
            admin_emails,
        } => {
            let settings = TenantSettings {
                name: name.unwrap_or_default(),
                website_url,
                origins,
                admin_emails,
                ..TenantSettings::default()
            };
            create(service, NewApp { id, settings }).await
        }
        AppCommand::List => list(service).await,
        AppCommand::Show { id } => Ok(show(&service.app(&id).await?)),
        AppCommand::Set { id, changes } => set(service, &id, &changes).await,
        AppCommand::Delete { id, yes } => {
            if !yes {
                return Err(Unconfirmed(id).into());
            }
            service.delete_app(&id).await?;
            service.clear_deleted_app(&id).await?;
            Ok(Report::new(
                format!("deleted {id}"),
                json!({ "id": id, "deleted": true }),
            ))
        }
    }
}

async fn create(service: &Service, app: NewApp) -> Result<Report, Box<dyn Error>> {
    fit(&app.settings)?;
    let id = app.id.clone();
    let keys = service.create_app(app).await?;
    let public = keys.public.each_ref().map(|key| key.text().to_owned());
    let secret = keys.secret.each_ref().map(|key| key.text().to_owned());
    let mut text = format!("made {id}; store the keys safely, the secret ones are not shown again");
    for key in &public {
        let _ = write!(text, "\npublic key  {key}");
    }
    for key in &secret {
        let _ = write!(text, "\nsecret key  {key}");
    }
    let json = json!({ "id": id, "publicKeys": public, "secretKeys": secret });
    Ok(Report::new(text, json))
}

async fn list(service: &Service) -> Result<Report, Box<dyn Error>> {
    let tenants = service.list_apps().await?;
    let text: Vec<String> = tenants
        .iter()
        .map(|tenant| match tenant.settings.name.as_str() {
            "" => tenant.id.to_string(),
            name => format!("{}  {name}", tenant.id),
        })
        .collect();
    let apps: Vec<Value> = tenants.iter().map(described).collect();
    Ok(Report::new(text.join("\n"), json!({ "apps": apps })))
}

fn show(tenant: &Tenant) -> Report {
    let mut text = format!("{}\ncreated = {}", tenant.id, tenant.created_at);
    if let Some(delete_at) = tenant.delete_at {
        let _ = write!(text, "\nto be deleted = {delete_at}");
    }
    for (key, value) in members(&tenant.settings) {
        let _ = write!(text, "\n{} = {value}", snake_case(&key));
    }
    Report::new(text, described(tenant))
}

fn described(tenant: &Tenant) -> Value {
    json!({
        "id": tenant.id,
        "createdAt": tenant.created_at,
        "deleteAt": tenant.delete_at,
        "settings": tenant.settings,
    })
}

async fn set(
    service: &Service,
    id: &TenantId,
    changes: &[String],
) -> Result<Report, Box<dyn Error>> {
    // Refused as a whole before anything is written.
    let present = service.app(id).await?.settings;
    changed(&present, changes)?;
    let settings = service
        .change_app(id, |settings| {
            if let Ok(after) = changed(settings, changes) {
                *settings = after;
            }
        })
        .await?;
    let json = json!({ "id": id, "settings": settings });
    Ok(Report::new(format!("changed {id}"), json))
}
