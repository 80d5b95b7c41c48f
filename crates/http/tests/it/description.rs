//! The description of the API, and every answer of every test here held against it, as every body is that was accepted.

mod requests;

use std::{cell::RefCell, collections::HashMap, sync::LazyLock};

use actix_web::http::Method;
use jsonschema::Validator;
use passkeyd_http::{openapi, settings::Surfaces};
use serde_json::{Value, json};

pub(crate) use self::requests::hold_body_against;
use crate::world::{Answer, World};

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| openapi::document(Surfaces::ALL));

/// What can happen to any request, and stands under `default`.
const TO_ANY: [u16; 6] = [405, 408, 413, 431, 500, 503];

thread_local! {
    static VALIDATORS: RefCell<HashMap<String, Validator>> = RefCell::default();
}

/// Fails if the answer is not one that the description tells of.
pub(crate) fn hold_against(method: &Method, path: &str, answer: &Answer) {
    let Some((template, operation)) = operation(method, path) else {
        return;
    };
    if is_of_no_route(answer) {
        return;
    }
    let status = answer.status.to_string();
    let told = match operation["responses"].get(&status) {
        Some(told) => told,
        None if TO_ANY.contains(&answer.status) => &operation["responses"]["default"],
        None => panic!(
            "{method} {template}: no word of {status}: {}",
            answer.text()
        ),
    };
    let Some(content) = told.get("content") else {
        assert!(
            answer.body.is_empty(),
            "{method} {template} {status}: a body"
        );
        return;
    };
    let media_type = answer.header("content-type").split(';').next().unwrap();
    let schema = &content[media_type]["schema"];
    assert!(
        !schema.is_null(),
        "{method} {template} {status}: {media_type}"
    );
    if !media_type.ends_with("json") {
        return;
    }
    let name = format!("{method} {template} {status} {media_type}");
    check(&name, schema, &answer.json());
}

/// Fails if a value is not as the schema of that name says.
fn check(name: &str, schema: &Value, value: &Value) {
    VALIDATORS.with_borrow_mut(|validators| {
        let validator = validators
            .entry(name.to_owned())
            .or_insert_with(|| validator(schema));
        let errors: Vec<_> = validator
            .iter_errors(value)
            .map(|error| format!("{error} at '{}'", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?} in {value}");
    });
}

/// Where a surface is switched off, what it has elsewhere does not exist.
fn is_of_no_route(answer: &Answer) -> bool {
    answer.status == 404
        && answer
            .text()
            .contains("\"title\":\"Not Found\",\"status\":404,\"traceId\"")
}

/// The operation that a path means: of those that fit, the one with the fewest parameters.
fn operation(method: &Method, path: &str) -> Option<(&'static str, &'static Value)> {
    let words: Vec<&str> = path.split('/').collect();
    let parameters = |template: &str| template.matches('{').count();
    let fits = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        parts.len() == words.len()
            && parts
                .iter()
                .zip(&words)
                .all(|(part, word)| part == word || part.starts_with('{'))
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let (template, operations) = paths
        .iter()
        .filter(|(template, _)| fits(template))
        .min_by_key(|(template, _)| parameters(template))?;
    let operation = operations.get(method.as_str().to_ascii_lowercase())?;
    Some((template, operation))
}

/// Checks values against a schema of the document, and lets no member pass that it does not name.
fn validator(schema: &Value) -> Validator {
    let mut closed = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
    close(&mut closed);
    jsonschema::options()
        .should_validate_formats(true)
        .build(&closed)
        .unwrap()
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let is_object = members.get("properties").is_some_and(Value::is_object)
                && members.get("type").is_some_and(|of| of == "object");
            if is_object && !members.contains_key("additionalProperties") {
                members.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            members.values_mut().for_each(close);
        }
        Value::Array(elements) => elements.iter_mut().for_each(close),
        _ => {}
    }
}

#[actix_web::test]
async fn the_description_and_its_page_are_served_to_anybody() {
    let world = World::new().await;
    for path in ["/openapi.json", "/swagger/v4/swagger.json"] {
        let answer = world.bare(Method::GET, path).await.ok();
        assert_eq!(
            answer.header("content-type"),
            "application/json; charset=utf-8"
        );
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let document = answer.json();
        assert_eq!(document["openapi"], "3.1.0");
        assert!(document["paths"]["/signin/begin"]["post"].is_object());
    }
    for path in ["/openapi", "/swagger", "/Swagger/"] {
        let page = world.bare(Method::GET, path).await.ok();
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        for outside in ["http://", "https://", "src=\"//"] {
            assert!(!page.text().contains(outside), "{outside}");
        }
    }
    for (path, media_type) in [
        ("/openapi/page.js", "text/javascript; charset=utf-8"),
        ("/openapi/page.css", "text/css; charset=utf-8"),
    ] {
        let asset = world.bare(Method::GET, path).await.ok();
        assert_eq!(asset.header("content-type"), media_type);
        assert!(!asset.text().contains("http"));
    }
}

#[actix_web::test]
async fn the_old_address_describes_what_apps_call_and_nothing_of_the_operator() {
    let world = World::new().await;
    let document = world
        .bare(Method::GET, "/swagger/v4/swagger.json")
        .await
        .ok()
        .json();
    assert_eq!(document["info"]["version"], "v4");
    let schemes = document["components"]["securitySchemes"]
        .as_object()
        .unwrap();
    assert_eq!(schemes.keys().collect::<Vec<_>>(), ["ApiKey", "ApiSecret"]);
    assert!(!document["paths"].to_string().contains("/admin/"));
    let tags: Vec<_> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        tags,
        [
            "aliases",
            "applications",
            "auth-configs",
            "authenticators",
            "credentials",
            "event logging",
            "magic links",
            "registration",
            "reporting",
            "sign-in",
            "users"
        ]
    );
}
