//! All descriptions in one document (OpenAPI 3.1).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Operation, Schemas, Scheme};
use crate::routes::Listed;

/// The head of a document.
pub(crate) struct Title<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    pub(crate) description: &'a str,
    /// Where the API is, seen from the document.
    pub(crate) server: &'a str,
}

/// The document of those routes whose operations pass. Routes without a description are left out.
pub(crate) fn document_of(
    title: &Title<'_>,
    routes: &[Listed],
    passes: impl Fn(&Operation) -> bool,
) -> Value {
    let mut schemas = Schemas::default();
    let mut keys: BTreeMap<&str, &Scheme> = BTreeMap::new();
    let mut tags: BTreeSet<&str> = BTreeSet::new();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in routes {
        let Some(describe) = route.describe else {
            continue;
        };
        let operation = describe(Operation::new(route.surface, std::mem::take(&mut schemas)));
        if passes(&operation) {
            keys.extend(
                operation
                    .schemes
                    .iter()
                    .map(|scheme| (scheme.name, *scheme)),
            );
            tags.insert(operation.tag);
            let (method, value) = (
                route.method.as_str().to_ascii_lowercase(),
                rendered(route, &operation),
            );
            paths.entry(&route.path).or_default().insert(method, value);
        }
        schemas = operation.schemas;
    }
    let definitions = schemas.0.take_definitions(true);
    let keys: Map<String, Value> = keys
        .into_iter()
        .map(|(name, scheme)| (name.to_owned(), scheme_value(scheme)))
        .collect();
    let tags: Vec<Value> = tags.into_iter().map(|tag| json!({ "name": tag })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": title.name,
            "version": title.version,
            "description": title.description,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": title.server }],
        "tags": tags,
        "paths": paths,
        "components": { "schemas": definitions, "securitySchemes": keys },
    })
}

fn scheme_value(scheme: &Scheme) -> Value {
    match scheme.header {
        Some(header) => json!({
            "type": "apiKey", "in": "header", "name": header, "description": scheme.description,
        }),
        None => json!({ "type": "http", "scheme": "bearer", "description": scheme.description }),
    }
}

fn rendered(route: &Listed, operation: &Operation) -> Value {
    let mut responses: Map<String, Value> = operation
        .responses
        .iter()
        .map(|(status, response)| (status.to_string(), Value::Object(response.clone())))
        .collect();
    let problem = json!({ operation.problem_type: { "schema": operation.problem } });
    responses.insert(
        "default".to_owned(),
        json!({ "description": "What can happen to any request.", "content": problem }),
    );
    let mut value = json!({
        "operationId": operation_id(route),
        "tags": [operation.tag],
        "summary": operation.summary,
        "responses": responses,
    });
    if let Some(object) = value.as_object_mut() {
        let security: Vec<Value> = operation
            .schemes
            .iter()
            .map(|scheme| json!({ scheme.name: [] }))
            .collect();
        let mut parameters = operation.parameters.clone();
        parameters.extend(undescribed_parameters(route, operation));
        for (name, value, empty) in [
            (
                "description",
                json!(operation.details),
                operation.details.is_empty(),
            ),
            ("security", json!(security), security.is_empty()),
            ("parameters", json!(parameters), parameters.is_empty()),
            (
                "requestBody",
                json!(operation.body),
                operation.body.is_none(),
            ),
        ] {
            if !empty {
                object.insert(name.to_owned(), value);
            }
        }
    }
    value
}

/// The parameters of the path that the description says nothing of.
fn undescribed_parameters(route: &Listed, operation: &Operation) -> Vec<Value> {
    let told = |name: &str| {
        let mut parameters = operation.parameters.iter();
        parameters.any(|told| told["in"] == "path" && told["name"] == name)
    };
    parameters_of(&route.path)
        .filter(|name| !told(name))
        .map(|name| {
            json!({ "in": "path", "name": name, "required": true, "schema": { "type": "string" } })
        })
        .collect()
}

fn parameters_of(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|word| word.strip_prefix('{')?.strip_suffix('}'))
}

/// A name that generators of clients make a function of: `postAuthConfigsAdd`.
fn operation_id(route: &Listed) -> String {
    let mut id = route.method.as_str().to_ascii_lowercase();
    for word in route
        .path
        .split(|letter: char| !letter.is_ascii_alphanumeric())
    {
        let mut letters = word.chars();
        id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        id.extend(letters);
    }
    if route.path == "/" {
        id.push_str("Root");
    }
    id
}
