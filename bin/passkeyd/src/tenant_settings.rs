//! Settings of tenants by name: what `app set` and the configuration's `[[apps]]` say.

use passkeyd_domain::TenantSettings;
use passkeyd_service::fitness::{Unfit, fit};
use serde_json::{Map, Value, json};
use thiserror::Error;

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
    /// The setting takes it, and it could never work.
    #[error("{key}: {unfit}")]
    Unfit { key: String, unfit: Unfit },
}

/// The settings with each `key=value` put in. A value is taken as the setting's kind wants it: nothing, JSON, a text, or
/// a list with commas. A setting inside another is named with a dot: `otp.digits=8`.
pub(crate) fn changed(
    settings: &TenantSettings,
    changes: &[String],
) -> Result<TenantSettings, ChangeError> {
    let mut settings = settings.clone();
    for change in changes {
        let (key, text) = change
            .split_once('=')
            .ok_or_else(|| ChangeError::Form(change.clone()))?;
        settings = put(&settings, key, &candidates(text), text)?;
    }
    Ok(settings)
}

/// The settings with a table of others put in; of a table inside only what it names changes.
pub(crate) fn merged(
    settings: &TenantSettings,
    table: &Map<String, Value>,
) -> Result<TenantSettings, ChangeError> {
    let mut leaves = Vec::new();
    collect("", table, &mut leaves);
    let mut settings = settings.clone();
    for (key, value) in leaves {
        let shown = value.to_string();
        settings = put(&settings, &key, &[value], &shown)?;
    }
    Ok(settings)
}

fn collect(prefix: &str, table: &Map<String, Value>, leaves: &mut Vec<(String, Value)>) {
    for (name, value) in table {
        let key = if prefix.is_empty() {
            name.clone()
        } else {
            format!("{prefix}.{name}")
        };
        match value {
            Value::Object(inner) => collect(&key, inner, leaves),
            leaf => leaves.push((key, leaf.clone())),
        }
    }
}

/// The settings with a value put in that can work. What other settings say is of no account, so that one can be mended
/// after the other.
fn put(
    settings: &TenantSettings,
    key: &str,
    values: &[Value],
    shown: &str,
) -> Result<TenantSettings, ChangeError> {
    let after = with(settings, key, values, shown)?;
    let alone = with(&TenantSettings::default(), key, values, shown)?;
    fit(&alone).map_err(|unfit| ChangeError::Unfit {
        key: key.to_owned(),
        unfit,
    })?;
    Ok(after)
}

/// The settings with the first of these values that the one of this name takes.
fn with(
    settings: &TenantSettings,
    key: &str,
    values: &[Value],
    shown: &str,
) -> Result<TenantSettings, ChangeError> {
    let whole = Value::Object(members(settings));
    let mut path = Vec::new();
    let mut place = &whole;
    for part in key.split('.') {
        let Some(table) = place.as_object() else {
            return Err(unknown(key, &members(settings)));
        };
        let Some((name, inner)) = table.iter().find(|(name, _)| is_same(name, part)) else {
            return Err(unknown(key, table));
        };
        path.push(name.clone());
        place = inner;
    }
    let pointer = format!("/{}", path.join("/"));
    values
        .iter()
        .find_map(|value| {
            let mut tried = whole.clone();
            *tried.pointer_mut(&pointer)? = value.clone();
            serde_json::from_value::<TenantSettings>(tried).ok()
        })
        .ok_or_else(|| ChangeError::Value {
            key: key.to_owned(),
            value: shown.to_owned(),
        })
}

/// `maxUsers`, `max_users` and `maxusers` are one name.
fn is_same(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
    plain(one) == plain(other)
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
pub(crate) fn members(settings: &TenantSettings) -> Map<String, Value> {
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
pub(crate) fn snake_case(name: &str) -> String {
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
    fn what_could_never_work_is_refused() {
        let unfit = |key: &str, unfit| {
            Err(ChangeError::Unfit {
                key: key.to_owned(),
                unfit,
            })
        };
        let origin = Unfit::Origin("a.example".to_owned());
        assert_eq!(change("origins=a.example"), unfit("origins", origin));
        let url = Unfit::Url("codes".to_owned());
        assert_eq!(
            change("otp.webhook_url=codes"),
            unfit("otp.webhook_url", url)
        );
    }

    #[test]
    fn an_old_value_that_can_not_work_stands_in_no_other_ones_way() {
        let before = TenantSettings {
            origins: vec!["a.example".to_owned()],
            ..TenantSettings::default()
        };
        let after = changed(&before, &["frozen=true".to_owned()]).unwrap();
        assert!(after.frozen);
        assert_eq!(after.origins, before.origins);
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
    fn a_table_changes_only_what_it_names() {
        let before = change("otp.digits=8").unwrap();
        let table =
            json!({ "otp": { "email": "log" }, "crossauthmethods": ["otp:sms"], "max_users": 3 });
        let after = merged(&before, table.as_object().unwrap()).unwrap();
        assert_eq!(after.application.otp.digits, 8);
        assert!(after.application.otp.email.is_some());
        assert_eq!(after.application.cross_auth_methods.len(), 1);
        assert_eq!(after.max_users, Some(3));
        let bad = json!({ "otp": { "email": "fax" } });
        let refused = merged(&before, bad.as_object().unwrap());
        assert!(matches!(refused, Err(ChangeError::Value { .. })));
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
