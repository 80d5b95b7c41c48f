use std::{error::Error, fmt::Write as _};

use passkeyd_domain::{Tenant, TenantId, TenantSettings};
use passkeyd_service::{Service, apps::NewApp};
use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::{cli::AppCommand, output::Report};

/// Why a change of settings is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum ChangeError {
    /// There is no `=`.
    #[error("'{0}' is not of the form key=value")]
    Form(String),
    /// No setting of a tenant is called that.
    #[error("'{key}' is unknown; the nearest known setting is {nearest}")]
    Unknown { key: String, nearest: String },
    /// The setting takes other values.
    #[error("{key} can't be '{value}'")]
    Value { key: String, value: String },
}

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
            Ok(Report::new(
                format!("deleted {id}"),
                json!({ "id": id, "deleted": true }),
            ))
        }
    }
}

async fn create(service: &Service, app: NewApp) -> Result<Report, Box<dyn Error>> {
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

/// The settings with each `key=value` put in. A value is taken as the setting's kind wants it: nothing, JSON, a text, or
/// a list with commas.
fn changed(settings: &TenantSettings, changes: &[String]) -> Result<TenantSettings, ChangeError> {
    let mut members = members(settings);
    for change in changes {
        let (key, text) = change
            .split_once('=')
            .ok_or_else(|| ChangeError::Form(change.clone()))?;
        let path = path(key, &members).ok_or_else(|| unknown(key, &members))?;
        let fits = |candidate: Value| {
            let mut tried = members.clone();
            put(&mut tried, &path, candidate);
            serde_json::from_value::<TenantSettings>(Value::Object(tried.clone()))
                .is_ok()
                .then_some(tried)
        };
        members =
            candidates(text)
                .into_iter()
                .find_map(fits)
                .ok_or_else(|| ChangeError::Value {
                    key: key.to_owned(),
                    value: text.to_owned(),
                })?;
    }
    serde_json::from_value(Value::Object(members)).map_err(|error| ChangeError::Value {
        key: changes.join(" "),
        value: error.to_string(),
    })
}

/// The names of the members that lead to a setting, such as `mfa` and `external` for `mfa.external`.
fn path(key: &str, members: &Map<String, Value>) -> Option<Vec<String>> {
    let (first, rest) = match key.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (key, None),
    };
    let (name, value) = members
        .iter()
        .find(|(name, _)| snake_case(name) == snake_case(first))?;
    let mut path = vec![name.clone()];
    if let Some(rest) = rest {
        path.extend(self::path(rest, value.as_object()?)?);
    }
    Some(path)
}

fn put(members: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => {
            members.insert(name.clone(), value);
        }
        [name, rest @ ..] => {
            if let Some(Value::Object(inner)) = members.get_mut(name) {
                put(inner, rest, value);
            }
        }
    }
}

fn candidates(text: &str) -> Vec<Value> {
    let mut candidates = Vec::new();
    if text.is_empty() {
        candidates.extend([Value::Null, json!([])]);
    }
    candidates.extend(
        serde_json::from_str::<Value>(text)
            .ok()
            .filter(|value| !value.is_null()),
    );
    candidates.push(text.into());
    candidates.push(text.split(',').map(str::trim).collect());
    candidates
}

/// The settings as JSON, without those that have commands of their own.
fn members(settings: &TenantSettings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

fn unknown(key: &str, members: &Map<String, Value>) -> ChangeError {
    let wanted = snake_case(key);
    let nearest = members
        .keys()
        .map(|name| snake_case(name))
        .min_by_key(|name| strsim::damerau_levenshtein(name, &wanted))
        .unwrap_or_default();
    ChangeError::Unknown {
        key: key.to_owned(),
        nearest,
    }
}

/// `maxUsers` as `max_users`; snake case stays as it is.
fn snake_case(name: &str) -> String {
    let mut written = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !written.is_empty() {
            written.push('_');
        }
        written.push(letter.to_ascii_lowercase());
    }
    written
}

#[cfg(test)]
mod tests {
    use passkeyd_domain::{UserVerification, application::CrossAuthMethod};

    use super::*;

    fn change(text: &str) -> Result<TenantSettings, ChangeError> {
        changed(&TenantSettings::default(), &[text.to_owned()])
    }

    #[test]
    fn a_value_is_taken_as_its_setting_wants_it() {
        assert_eq!(change("max_users=3").unwrap().max_users, Some(3));
        assert_eq!(change("maxUsers=3").unwrap().max_users, Some(3));
        assert_eq!(change("name=3").unwrap().name, "3");
        assert_eq!(change("name=").unwrap().name, "");
        assert!(change("allow_attestation=true").unwrap().allow_attestation);
        let origins = change("origins=https://a.example,https://b.example").unwrap();
        assert_eq!(origins.origins, ["https://a.example", "https://b.example"]);
        let before = TenantSettings {
            max_users: Some(1),
            origins: vec!["https://a.example".to_owned()],
            ..TenantSettings::default()
        };
        let changes = ["max_users=".to_owned(), "origins=".to_owned()];
        assert_eq!(changed(&before, &changes), Ok(TenantSettings::default()));
    }

    #[test]
    fn a_setting_within_a_setting_has_a_dot() {
        let after = change("userVerification.reg=required").unwrap().application;
        assert_eq!(after.user_verification.reg, UserVerification::Required);
        assert_eq!(after.user_verification.auth, UserVerification::Required);
        assert!(
            !change("mfa.passkey_required=false")
                .unwrap()
                .application
                .mfa
                .passkey_required
        );
        assert_eq!(
            change("token_ttl.access=60")
                .unwrap()
                .application
                .token_ttl
                .access,
            60
        );
        let application = change("crossAuthMethods=otp:sms,otp").unwrap().application;
        let methods = [CrossAuthMethod::OtpSms, CrossAuthMethod::Otp];
        assert_eq!(application.cross_auth_methods, methods);
        let application = change("algorithms=[-8,-7]").unwrap().application;
        assert_eq!(application.algorithms.len(), 2);
        assert_eq!(
            change("rpId=example.com")
                .unwrap()
                .application
                .rp_id
                .as_deref(),
            Some("example.com")
        );
        assert!(matches!(
            change("mfa.nothing=1"),
            Err(ChangeError::Unknown { .. })
        ));
        assert!(matches!(
            change("userVerification.reg=maybe"),
            Err(ChangeError::Value { .. })
        ));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(matches!(change("max_users"), Err(ChangeError::Form(_))));
        assert!(matches!(
            change("max_users=many"),
            Err(ChangeError::Value { .. })
        ));
        assert!(matches!(
            change("max_users=-1"),
            Err(ChangeError::Value { .. })
        ));
        assert_eq!(
            change("max_user=1"),
            Err(ChangeError::Unknown {
                key: "max_user".to_owned(),
                nearest: "max_users".to_owned()
            })
        );
    }
}
