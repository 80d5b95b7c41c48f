//! What was sent and accepted, held against what the description says may be sent.

use actix_web::http::Method;
use serde_json::{Map, Value};

use super::{check, operation};

/// Fails if a body that was accepted is not one that the description tells of, once it is read with the leniency of the
/// contract: member names in any letter case, texts that are numbers, words in other spellings, repeats that count once.
pub(crate) fn hold_body_against(method: &Method, path: &str, body: &Value) {
    let Some((template, operation)) = operation(method, path) else {
        return;
    };
    let Some(content) = operation["requestBody"]["content"].as_object() else {
        return;
    };
    let Some((media_type, content)) = content.iter().next() else {
        return;
    };
    let schema = &content["schema"];
    let name = format!("{method} {template} body {media_type}");
    check(&name, schema, &read(schema, body));
}

/// The value as the server reads it.
fn read(schema: &Value, value: &Value) -> Value {
    match value {
        Value::Object(members) if schema["properties"].is_object() => {
            Value::Object(read_members(&schema["properties"], members))
        }
        Value::Array(elements) if is(schema, "array") => {
            let mut read_elements: Vec<Value> = Vec::new();
            for one in elements.iter().map(|one| read(&schema["items"], one)) {
                if !read_elements.contains(&one) {
                    read_elements.push(one);
                }
            }
            Value::Array(read_elements)
        }
        Value::String(text) if is(schema, "integer") => text.parse().map_or_else(
            |_| value.clone(),
            |number: i64| Value::Number(number.into()),
        ),
        other if schema["enum"].is_array() => word(&schema["enum"], other),
        Value::Bool(yes) if is(schema, "string") => {
            Value::String(if *yes { "True" } else { "False" }.to_owned())
        }
        Value::Number(_) | Value::Array(_) | Value::Object(_) if is(schema, "string") => {
            Value::String(value.to_string())
        }
        other => other.clone(),
    }
}

/// Members under the names that the schema has for them; those that it has not are ignored, as unknown members are.
fn read_members(properties: &Value, members: &Map<String, Value>) -> Map<String, Value> {
    let known = |name: &str| {
        let mut all = properties.as_object().into_iter().flatten();
        all.find(|(known, _)| known.eq_ignore_ascii_case(name))
    };
    members
        .iter()
        .filter_map(|(name, value)| Some((known(name)?, value)))
        .map(|((name, schema), value)| (name.clone(), read(schema, value)))
        .collect()
}

/// A word of an enumeration by one of its other spellings; an empty one is none.
fn word(words: &Value, value: &Value) -> Value {
    let words = words.as_array().unwrap();
    let spelt = |text: &str| text.replace('-', "").to_ascii_lowercase();
    match value {
        Value::String(text) if text.is_empty() => Value::Null,
        Value::String(text) => words
            .iter()
            .find(|word| word.as_str().is_some_and(|word| spelt(word) == spelt(text)))
            .unwrap_or(value)
            .clone(),
        Value::Number(number) => number
            .as_u64()
            .and_then(|number| words.get(usize::try_from(number).ok()?))
            .unwrap_or(value)
            .clone(),
        other => other.clone(),
    }
}

fn is(schema: &Value, kind: &str) -> bool {
    match &schema["type"] {
        Value::String(of) => of == kind,
        Value::Array(of) => of.iter().any(|of| of == kind),
        _ => false,
    }
}
