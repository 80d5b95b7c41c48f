//! What an operation of the API does, in words and schemas. An endpoint's file describes it beside the code that it
//! describes; [`document_of`] puts all descriptions together (OpenAPI 3.1).
//!
//! Nothing of this is kept in memory: a description is a function, and runs when somebody asks for the document.

mod document;
mod shape;

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

pub(crate) use document::{Title, document_of};
pub(crate) use shape::{
    Object, Shape, anything, base64url, date, flag, guid, instant, integer, list_of, object, text,
    words,
};

/// Describes an operation.
pub(crate) type Describe = fn(Operation) -> Operation;

/// An API within the API: whose operations belong together, and refuse in one form.
pub(crate) struct Surface {
    /// What its tags begin with where another surface could have the same.
    pub(crate) name: &'static str,
    /// The media type of refusals.
    pub(crate) problem_type: &'static str,
    /// Their schema.
    pub(crate) problem: fn(&mut SchemaGenerator) -> Schema,
}

impl Surface {
    /// What is no API of its own: health, and what tells of the server.
    pub(crate) const SERVER: Self = Self {
        name: "server",
        problem_type: "application/problem+json",
        problem: SchemaGenerator::subschema_for::<ProblemDetails>,
    };
}

/// A refusal: problem details (RFC 9457).
#[derive(JsonSchema)]
#[schemars(rename = "Problem", rename_all = "camelCase")]
#[expect(dead_code, reason = "`Problem` writes itself, member by member")]
pub(crate) struct ProblemDetails {
    /// A link to what is known about this kind of refusal.
    r#type: String,
    /// What is wrong, in a sentence.
    title: String,
    /// The status of the response.
    status: u16,
    /// More about this one refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The error's name for programs; null for errors without one, absent where the request itself was wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<String>,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<BTreeMap<String, Vec<String>>>,
    /// With `unknown_credential`: the passkey that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    credential_id: Option<String>,
    /// The id of the request, as in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
}

/// How a caller shows who it is.
pub(crate) struct Scheme {
    /// What the description calls it.
    pub(crate) name: &'static str,
    /// The header that carries the key; none: a bearer token in `Authorization`.
    pub(crate) header: Option<&'static str>,
    pub(crate) description: &'static str,
}

/// An operation, as far as it is described.
pub(crate) struct Operation {
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) details: String,
    pub(super) schemes: Vec<&'static Scheme>,
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<Value>,
    pub(super) responses: BTreeMap<u16, Map<String, Value>>,
    schemas: Schemas,
    problem_type: &'static str,
    problem: Value,
}

impl Operation {
    fn new(surface: &'static Surface, mut schemas: Schemas) -> Self {
        let problem = (surface.problem)(&mut schemas.0).to_value();
        Self {
            tag: surface.name,
            summary: "",
            details: String::new(),
            schemes: Vec::new(),
            parameters: Vec::new(),
            body: None,
            responses: BTreeMap::new(),
            schemas,
            problem_type: surface.problem_type,
            problem,
        }
    }

    /// The area that it belongs to, and a sentence without a full stop.
    pub(crate) fn about(mut self, tag: &'static str, summary: &'static str) -> Self {
        self.tag = tag;
        self.summary = summary;
        self
    }

    /// What the sentence does not say.
    pub(crate) fn details(mut self, details: impl Into<String>) -> Self {
        self.details = details.into();
        self
    }

    /// The caller shows a key or a token; without a good one it is 401.
    pub(crate) fn by(mut self, scheme: &'static Scheme) -> Self {
        self.schemes.push(scheme);
        self.refuses(401, format!("No valid {} was shown.", scheme.name))
    }

    /// Whether a scheme is one of those that a caller may use.
    pub(crate) fn is_by(&self, scheme: &str) -> bool {
        self.schemes.iter().any(|known| known.name == scheme)
    }

    /// The key must have a scope; else 403.
    pub(crate) fn scope(self, scope: &'static str) -> Self {
        self.refuses(403, format!("The key lacks the scope `{scope}`."))
    }

    /// A parameter of the path.
    pub(crate) fn path(self, name: &str, shape: impl Into<Shape>, description: &str) -> Self {
        self.parameter("path", name, true, shape.into(), description)
    }

    /// A parameter of the query that must be there.
    pub(crate) fn query(self, name: &str, shape: impl Into<Shape>, description: &str) -> Self {
        self.parameter("query", name, true, shape.into(), description)
            .refuses(400, "A parameter is missing or can't be read.")
    }

    /// A parameter of the query that may be left out.
    pub(crate) fn optional_query(
        self,
        name: &str,
        shape: impl Into<Shape>,
        description: &str,
    ) -> Self {
        self.parameter("query", name, false, shape.into(), description)
            .refuses(400, "A parameter can't be read.")
    }

    /// The body.
    pub(crate) fn takes(mut self, shape: impl Into<Shape>) -> Self {
        self.body = Some(json!({
            "required": true,
            "content": { "application/json": { "schema": shape.into().into_value() } },
        }));
        self.refuses(400, "The body can't be read, or a field breaks its rules.")
            .refuses(413, "The body is too long.")
            .refuses(415, "The body is not said to be JSON.")
    }

    /// A body that may be left out.
    pub(crate) fn may_take(self, shape: impl Into<Shape>) -> Self {
        let mut it = self.takes(shape);
        if let Some(body) = &mut it.body {
            body["required"] = Value::Bool(false);
        }
        it
    }

    /// A success with JSON. Said twice of one status, it is one or the other.
    pub(crate) fn gives<T: JsonSchema>(self, status: u16, description: &str) -> Self {
        self.gives_as::<T>(status, "application/json", description)
    }

    /// A success with JSON of another media type.
    pub(crate) fn gives_as<T: JsonSchema>(
        mut self,
        status: u16,
        content_type: &str,
        description: &str,
    ) -> Self {
        let schema = self.schemas.0.subschema_for::<T>().to_value();
        self.respond(status, description.to_owned(), Some((content_type, schema)))
    }

    /// A success with a text.
    pub(crate) fn gives_text(self, status: u16, content_type: &str, description: &str) -> Self {
        let schema = json!({ "type": "string" });
        self.respond(status, description.to_owned(), Some((content_type, schema)))
    }

    /// An answer without a body.
    pub(crate) fn gives_nothing(self, status: u16, description: &str) -> Self {
        self.respond(status, description.to_owned(), None)
    }

    /// A refusal in the form of the surface. Said twice of one status, both are true.
    pub(crate) fn refuses(self, status: u16, description: impl Into<String>) -> Self {
        let (content_type, schema) = (self.problem_type, self.problem.clone());
        self.respond(status, description.into(), Some((content_type, schema)))
    }

    fn respond(mut self, status: u16, description: String, content: Option<(&str, Value)>) -> Self {
        let response = self.responses.entry(status).or_default();
        match response.get_mut("description") {
            Some(Value::String(told)) if told.contains(&description) => {}
            Some(Value::String(told)) => {
                told.push(' ');
                told.push_str(&description);
            }
            _ => {
                response.insert("description".to_owned(), description.into());
            }
        }
        if let Some((content_type, schema)) = content {
            let content = response.entry("content").or_insert_with(|| json!({}));
            if let Some(content) = content.as_object_mut() {
                let known = content
                    .remove(content_type)
                    .map(|mut one| one["schema"].take());
                let schema = match known {
                    Some(known) if known != schema => either(known, schema),
                    _ => schema,
                };
                content.insert(content_type.to_owned(), json!({ "schema": schema }));
            }
        }
        self
    }

    fn parameter(
        mut self,
        place: &str,
        name: &str,
        required: bool,
        shape: Shape,
        description: &str,
    ) -> Self {
        self.parameters.push(json!({
            "in": place,
            "name": name,
            "required": required,
            "description": description,
            "schema": shape.into_value(),
        }));
        self
    }
}

/// One schema or the other.
fn either(one: Value, other: Value) -> Value {
    match one {
        Value::Object(mut any) if any.contains_key("anyOf") => {
            if let Some(Value::Array(ones)) = any.get_mut("anyOf") {
                ones.push(other);
            }
            Value::Object(any)
        }
        one => json!({ "anyOf": [one, other] }),
    }
}

/// The schemas of replies, which operations share.
struct Schemas(SchemaGenerator);

impl Default for Schemas {
    fn default() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
        });
        Self(settings.for_serialize().into_generator())
    }
}
