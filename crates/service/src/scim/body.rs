//! Bodies in which names are written in any case, brought to one form: canonical names, values of the right types, and
//! nothing that no schema knows.

use serde_json::{Map, Value};

use super::{
    Refused,
    schema::{Attribute, Kind, Mutability, Schema},
};

/// What a client sent, with the names in their canonical spelling. Members that the schema does not know, and those that
/// the client can't write, are left out; so is what has no value.
///
/// # Errors
/// [`super::ScimType::InvalidSyntax`]: no object, or a name given twice. [`super::ScimType::InvalidValue`]: a value of
/// another type than its attribute's, or `schemas` without the schema of the resource.
pub fn canonical(body: &Value, schema: &Schema) -> Result<Map<String, Value>, Refused> {
    let Value::Object(body) = body else {
        return Err(Refused::syntax("the body must be a JSON object"));
    };
    let mut read = Map::new();
    for (name, value) in body {
        let Some(attribute) = schema.attribute(name) else {
            continue;
        };
        if attribute.name == "schemas" {
            if !value.is_null() {
                check_schemas(value, schema)?;
            }
            continue;
        }
        if attribute.mutability == Mutability::ReadOnly {
            continue;
        }
        if read.contains_key(attribute.name) {
            return Err(Refused::syntax(format!(
                "'{}' is given twice",
                attribute.name
            )));
        }
        if let Some(value) = value_of(attribute, value)? {
            read.insert(attribute.name.to_owned(), value);
        }
    }
    Ok(read)
}

fn check_schemas(value: &Value, schema: &Schema) -> Result<(), Refused> {
    let named = value.as_array().is_some_and(|schemas| {
        schemas
            .iter()
            .any(|urn| urn.as_str().is_some_and(|urn| schema.is_called(urn)))
    });
    if named {
        Ok(())
    } else {
        Err(Refused::value(format!(
            "'schemas' must contain '{}'",
            schema.urn
        )))
    }
}

/// The value of an attribute in its canonical form. None: it says that there is none.
pub(super) fn value_of(attribute: &Attribute, value: &Value) -> Result<Option<Value>, Refused> {
    if !attribute.multi_valued {
        return single(attribute, value);
    }
    let elements = match value {
        Value::Null => return Ok(None),
        Value::Array(elements) => elements.as_slice(),
        // Some providers write a list of one as the one.
        one @ Value::Object(_) => std::slice::from_ref(one),
        _ => return Err(wrong_type(attribute)),
    };
    let elements = elements
        .iter()
        .map(|sent| element(attribute, sent))
        .filter_map(Result::transpose)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Some(Value::Array(elements)).filter(|list| list != &Value::Array(Vec::new())))
}

/// An element of a list. One that says something, and nothing of what is kept, is a mistake.
fn element(attribute: &Attribute, sent: &Value) -> Result<Option<Value>, Refused> {
    let read = single(attribute, sent)?;
    let says_something = |object: &Map<String, Value>| {
        let mut values = object.values();
        values.any(|value| !value.is_null() && value != "")
    };
    if read.is_none() && sent.as_object().is_some_and(says_something) {
        return Err(Refused::value(format!(
            "each of '{}' needs a 'value'",
            attribute.name
        )));
    }
    Ok(read)
}

/// One value of an attribute, in its canonical form.
pub(super) fn single(attribute: &Attribute, value: &Value) -> Result<Option<Value>, Refused> {
    match (attribute.kind, value) {
        (_, Value::Null) => Ok(None),
        (Kind::Boolean, Value::Bool(flag)) => Ok(Some(Value::Bool(*flag))),
        (Kind::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("true") => {
            Ok(Some(Value::Bool(true)))
        }
        (Kind::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("false") => {
            Ok(Some(Value::Bool(false)))
        }
        (Kind::Text | Kind::Reference | Kind::Time, Value::String(text)) => {
            if text.contains('\0') {
                return Err(Refused::value(format!(
                    "'{}' must not contain U+0000",
                    attribute.name
                )));
            }
            Ok(Some(text.as_str())
                .filter(|text| !text.is_empty())
                .map(Value::from))
        }
        (Kind::Complex(_), Value::Object(object)) => {
            let mut read = Map::new();
            for (name, value) in object {
                let Some(sub) = attribute.sub(name) else {
                    continue;
                };
                if sub.mutability == Mutability::ReadOnly {
                    continue;
                }
                if let Some(value) = single(sub, value)? {
                    read.insert(sub.name.to_owned(), value);
                }
            }
            Ok(Some(read)
                .filter(|read| !read.is_empty())
                .map(Value::Object))
        }
        _ => Err(wrong_type(attribute)),
    }
}

fn wrong_type(attribute: &Attribute) -> Refused {
    let wanted = match (attribute.kind, attribute.multi_valued) {
        (Kind::Complex(_), true) => "a list of objects",
        (Kind::Complex(_), false) => "an object",
        (Kind::Boolean, _) => "true or false",
        (_, true) => "a list of texts",
        (_, false) => "a text",
    };
    Refused::value(format!("'{}' must be {wanted}", attribute.name))
}
