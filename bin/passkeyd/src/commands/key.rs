use std::{collections::BTreeSet, error::Error};

use passkeyd_domain::{ApiKey, KeyKind, Scope, TenantId};
use passkeyd_service::{Service, apps::all_scopes};
use serde_json::{Value, json};
use thiserror::Error;

use crate::{
    cli::{KeyCommand, OneKey},
    output::Report,
};

/// Why a key can't be made as asked.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum NewKeyError {
    /// No key can have the scope.
    #[error("no key has the scope '{scope}'; there are {known}")]
    UnknownScope { scope: String, known: String },
    /// Keys of that kind can't have the scope.
    #[error("a {kind} key can't have the scope '{scope}'")]
    WrongKind { kind: &'static str, scope: String },
}

/// Runs a command on keys.
pub(crate) async fn run(service: &Service, command: KeyCommand) -> Result<Report, Box<dyn Error>> {
    match command {
        KeyCommand::Create {
            app,
            kind,
            name,
            scopes,
        } => create(service, &app, kind.map(KeyKind::from), scopes, &name).await,
        KeyCommand::List { app } => list(service, &app).await,
        KeyCommand::Lock(key) => lock(service, &key, true).await,
        KeyCommand::Unlock(key) => lock(service, &key, false).await,
        KeyCommand::Delete(OneKey { app, key_id }) => {
            service.delete_key(&app, &key_id).await?;
            let json = json!({ "id": key_id.0, "app": app, "deleted": true });
            Ok(Report::new(format!("deleted {key_id}"), json))
        }
    }
}

async fn create(
    service: &Service,
    app: &TenantId,
    kind: Option<KeyKind>,
    scopes: Vec<String>,
    name: &str,
) -> Result<Report, Box<dyn Error>> {
    let scopes: BTreeSet<Scope> = scopes.into_iter().map(known_spelling).collect();
    let kind = kind_for(kind, &scopes)?;
    if kind == KeyKind::Api {
        let key = service.create_api_key(app, scopes, name).await?;
        let json = json!({
            "id": key.key_id().0,
            "app": app,
            "kind": kind.as_str(),
            "key": key.text(),
        });
        let text = format!(
            "api key  {}\nstore it safely, it is not shown again",
            key.text()
        );
        return Ok(Report::new(text, json));
    }
    let key = service.create_key(app, kind, scopes, name).await?;
    let json = json!({
        "id": key.key_id().0,
        "app": app,
        "kind": kind.as_str(),
        "key": key.text(),
    });
    let text = match kind {
        KeyKind::Public => format!("public key  {}", key.text()),
        KeyKind::Secret | KeyKind::Api => format!(
            "secret key  {}\nstore it safely, it is not shown again",
            key.text()
        ),
    };
    Ok(Report::new(text, json))
}

/// The kind that is asked for, or that the scopes tell; all scopes must be of it.
fn kind_for(kind: Option<KeyKind>, scopes: &BTreeSet<Scope>) -> Result<KeyKind, NewKeyError> {
    const KINDS: [KeyKind; 3] = [KeyKind::Public, KeyKind::Secret, KeyKind::Api];
    let mut told = kind;
    for scope in scopes {
        let Some(of) = KINDS
            .into_iter()
            .find(|kind| all_scopes(*kind).contains(scope))
        else {
            let known = KINDS.into_iter().flat_map(all_scopes).map(|scope| scope.0);
            return Err(NewKeyError::UnknownScope {
                scope: scope.0.clone(),
                known: known.collect::<Vec<_>>().join(", "),
            });
        };
        let kind = *told.get_or_insert(of);
        if kind != of {
            return Err(NewKeyError::WrongKind {
                kind: kind.as_str(),
                scope: scope.0.clone(),
            });
        }
    }
    Ok(told.unwrap_or(KeyKind::Public))
}

/// A scope as it is stored, for a word that an operator writes.
fn known_spelling(word: String) -> Scope {
    Scope::of_api_key(&word).unwrap_or(Scope(word))
}

async fn list(service: &Service, app: &TenantId) -> Result<Report, Box<dyn Error>> {
    service.app(app).await?;
    let keys = service.list_keys(app).await?;
    let text: Vec<String> = keys.iter().map(line).collect();
    let json: Vec<Value> = keys.iter().map(described).collect();
    Ok(Report::new(
        text.join("\n"),
        json!({ "app": app, "keys": json }),
    ))
}

fn line(key: &ApiKey) -> String {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.0.as_str()).collect();
    let mut line = format!(
        "{}  {:6}  {}",
        key.key_id,
        key.kind.as_str(),
        scopes.join(",")
    );
    if key.is_locked() {
        line.push_str("  locked");
    }
    if !key.name.is_empty() {
        line.push_str("  ");
        line.push_str(&key.name);
    }
    line
}

fn described(key: &ApiKey) -> Value {
    json!({
        "id": key.key_id.0,
        "kind": key.kind.as_str(),
        "name": key.name,
        "scopes": key.scopes.iter().map(|scope| &scope.0).collect::<Vec<_>>(),
        // A secret was shown when it was made.
        "key": (key.kind == KeyKind::Public).then_some(&key.stored),
        "locked": key.is_locked(),
        "createdAt": key.created_at,
        "lockedAt": key.locked_at,
        "expiresAt": key.expires_at,
    })
}

async fn lock(
    service: &Service,
    OneKey { app, key_id }: &OneKey,
    locked: bool,
) -> Result<Report, Box<dyn Error>> {
    service.lock_key(app, key_id, locked).await?;
    let word = if locked { "locked" } else { "unlocked" };
    let json = json!({ "id": key_id.0, "app": app, "locked": locked });
    Ok(Report::new(format!("{word} {key_id}"), json))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(words: &[&str]) -> BTreeSet<Scope> {
        words.iter().map(|word| Scope((*word).to_owned())).collect()
    }

    #[test]
    fn scopes_tell_the_kind() {
        assert_eq!(kind_for(None, &scopes(&["login"])), Ok(KeyKind::Public));
        assert_eq!(
            kind_for(None, &scopes(&["token_verify"])),
            Ok(KeyKind::Secret)
        );
        let api = kind_for(None, &scopes(&["external:verify", "user:read"]));
        assert_eq!(api, Ok(KeyKind::Api));
        assert_eq!(
            known_spelling("external-verify".to_owned()).0,
            "external:verify"
        );
        let mixed = kind_for(None, &scopes(&["login", "passkey:read"]));
        assert!(matches!(mixed, Err(NewKeyError::WrongKind { .. })));
        let mixed = kind_for(None, &scopes(&["login", "token_verify"]));
        assert!(matches!(mixed, Err(NewKeyError::WrongKind { .. })));
        let contradicted = kind_for(Some(KeyKind::Secret), &scopes(&["login"]));
        assert!(matches!(contradicted, Err(NewKeyError::WrongKind { .. })));
        let unknown = kind_for(None, &scopes(&["everything"]));
        assert!(matches!(unknown, Err(NewKeyError::UnknownScope { .. })));
    }
}
