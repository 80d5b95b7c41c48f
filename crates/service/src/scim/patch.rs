//! PATCH (RFC 7644 section 3.5.2): operations on a resource in hand.

mod apply;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::{
    Refused,
    filter::{AttributePath, Filter, value_path},
    schema::{Named, Schema},
};

/// The schema that a PATCH names.
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Operations, to be applied in their order and all or none of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    operations: Vec<Operation>,
}

/// What came of a PATCH.
#[derive(Clone, Debug, PartialEq)]
pub struct Patched {
    /// The resource as it is now.
    pub resource: Map<String, Value>,
    /// The attributes that were written to, a part as `name.givenName`.
    pub touched: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
struct Operation {
    verb: Verb,
    path: Option<PatchPath>,
    value: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

/// Where an operation works.
#[derive(Clone, Debug, PartialEq)]
struct PatchPath {
    attribute: AttributePath,
    filter: Option<Filter>,
    sub: Option<String>,
}

impl Patch {
    /// Reads the body of a PATCH. Names of its members, and of operations, are read in any case.
    ///
    /// # Errors
    /// [`super::ScimType::InvalidSyntax`]: not of the form of a PATCH. [`super::ScimType::InvalidPath`]: a path does not
    /// parse. [`super::ScimType::NoTarget`]: something is to be removed, and nothing says what.
    pub fn parse(body: &Value) -> Result<Self, Refused> {
        let Value::Object(body) = body else {
            return Err(Refused::syntax("the body must be a JSON object"));
        };
        let names_patch = member(body, "schemas")
            .and_then(Value::as_array)
            .is_some_and(|schemas| {
                schemas.iter().any(|urn| {
                    urn.as_str()
                        .is_some_and(|urn| urn.eq_ignore_ascii_case(PATCH_OP))
                })
            });
        if !names_patch {
            return Err(Refused::syntax(format!(
                "'schemas' must contain '{PATCH_OP}'"
            )));
        }
        let Some(Value::Array(operations)) = member(body, "Operations") else {
            return Err(Refused::syntax("'Operations' must be a list"));
        };
        let operations = operations.iter().map(Operation::parse);
        Ok(Self {
            operations: operations.collect::<Result<_, _>>()?,
        })
    }

    /// Applies the operations to a resource, whose names are canonical.
    ///
    /// # Errors
    /// [`super::ScimType::InvalidPath`], [`super::ScimType::NoTarget`], [`super::ScimType::Mutability`],
    /// [`super::ScimType::InvalidValue`]: as RFC 7644 has it; nothing is to be written then.
    pub fn apply(
        &self,
        resource: &Map<String, Value>,
        schema: &'static Schema,
    ) -> Result<Patched, Refused> {
        let mut work = apply::Work::new(resource.clone(), schema);
        for operation in &self.operations {
            work.run(operation)?;
        }
        Ok(work.done())
    }
}

impl Operation {
    fn parse(operation: &Value) -> Result<Self, Refused> {
        let Value::Object(operation) = operation else {
            return Err(Refused::syntax("an operation must be a JSON object"));
        };
        let op = member(operation, "op").and_then(Value::as_str);
        let verb = match op.map(str::to_ascii_lowercase).as_deref() {
            Some("add") => Verb::Add,
            Some("replace") => Verb::Replace,
            Some("remove") => Verb::Remove,
            _ => {
                return Err(Refused::syntax("'op' must be add, replace or remove"));
            }
        };
        let path = match member(operation, "path") {
            None | Some(Value::Null) => None,
            Some(Value::String(path)) if path.trim().is_empty() => None,
            Some(Value::String(path)) => Some(PatchPath::parse(path)?),
            Some(_) => return Err(Refused::path("'path' must be a text")),
        };
        let value = member(operation, "value").cloned();
        match verb {
            Verb::Remove if path.is_none() => {
                return Err(Refused::no_target("'remove' needs a 'path'"));
            }
            Verb::Add | Verb::Replace if value.is_none() => {
                return Err(Refused::value("'add' and 'replace' need a 'value'"));
            }
            _ => {}
        }
        Ok(Self { verb, path, value })
    }
}

impl PatchPath {
    fn parse(text: &str) -> Result<Self, Refused> {
        let (attribute, filter, sub) =
            value_path(text).map_err(|refused| Refused::path(refused.detail))?;
        Ok(Self {
            attribute,
            filter,
            sub,
        })
    }

    /// The attribute and the part that it names.
    fn resolve(&self, schema: &Schema) -> Option<Named> {
        let named = schema.resolve(&self.attribute)?;
        match &self.sub {
            Some(sub) => Some(Named {
                sub: Some(named.attribute.sub(sub)?),
                ..named
            }),
            None => Some(named),
        }
    }
}

/// A member of an object, its name in any case.
fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| {
        object
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}
