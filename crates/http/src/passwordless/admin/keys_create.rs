//! `POST /admin/apps/{appId}/public-keys` and `/secret-keys`.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use passkeyd_domain::{KeyKind, Scope};
use schemars::JsonSchema;
use serde::Serialize;

use super::{app_id, of_app};
use crate::{
    body::Members,
    context::Call,
    description::{Operation, list_of, object, words},
    problem::Problem,
    respond,
};

pub(crate) async fn create_public(call: Call) -> Result<HttpResponse, Problem> {
    create(call, KeyKind::Public, [Scope::REGISTER, Scope::LOGIN]).await
}

pub(crate) async fn create_secret(call: Call) -> Result<HttpResponse, Problem> {
    create(
        call,
        KeyKind::Secret,
        [Scope::TOKEN_REGISTER, Scope::TOKEN_VERIFY],
    )
    .await
}

pub(super) fn describe_public(it: Operation) -> Operation {
    describe(it, "Makes a public key", ["register", "login"])
}

pub(super) fn describe_secret(it: Operation) -> Operation {
    describe(it, "Makes a secret key", ["token_register", "token_verify"])
}

fn describe(it: Operation, summary: &'static str, scopes: [&str; 2]) -> Operation {
    let numbers = format!(
        "What it is good for; `0` and `1` stand for `{}` and `{}`.",
        scopes[0], scopes[1]
    );
    of_app(it, summary)
        .takes(object().required("scopes", list_of(words(&scopes)).at_least(1), &numbers))
        .gives::<KeyReply<'static>>(200, "The key, shown this once.")
        .refuses(400, "`app_not_found`, `create_api_key_scopes_required`.")
}

async fn create(
    call: Call,
    kind: KeyKind,
    known: [&'static str; 2],
) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    let app = app_id(&call);
    let context = call.context();
    let body = call.body("CreateApiKey").await?;
    let scopes = scopes(&body.members()?, known)?;
    let key = context
        .service()
        .create_key(&app?, kind, scopes, "")
        .await?;
    respond::json(&KeyReply {
        api_key: key.text(),
    })
}

/// The scopes of a body, as words or as the numbers that the console sends.
fn scopes(body: &Members<'_>, known: [&'static str; 2]) -> Result<BTreeSet<Scope>, Problem> {
    let wanted = body.texts("scopes")?.unwrap_or_default();
    wanted
        .iter()
        .map(|word| {
            let scope = match word.as_deref() {
                Some("0") => known.first(),
                Some("1") => known.last(),
                word => known
                    .iter()
                    .find(|scope| word.is_some_and(|word| scope.eq_ignore_ascii_case(word))),
            };
            scope
                .map(|scope| Scope((*scope).to_owned()))
                .ok_or_else(|| body.wrong("scopes", "a list of the scopes of such keys"))
        })
        .collect()
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyReply<'a> {
    api_key: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_words_or_numbers() {
        let read = |json: &str| {
            let body = Members::parse(json.as_bytes(), "Test").unwrap();
            let known = [Scope::REGISTER, Scope::LOGIN];
            scopes(&body, known).map(|scopes| scopes.into_iter().map(|scope| scope.0).collect())
        };
        let words: Vec<String> = read(r#"{"scopes":[1,"register","Login"]}"#).unwrap();
        assert_eq!(words, ["login", "register"]);
        assert!(read("{}").unwrap().is_empty());
        for bad in ["[2]", r#"["token_verify"]"#, "[null]", "1", r#"["10"]"#] {
            assert!(read(&format!(r#"{{"scopes":{bad}}}"#)).is_err(), "{bad}");
        }
    }
}
