use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use super::{Operation, PatchPath, Patched, Verb};
use crate::scim::{
    Refused,
    body::{single, value_of},
    evaluate::{holds, implied},
    resolve::{Test, resolve_in},
    schema::{Attribute, Kind, Mutability, Named, Schema},
};
use passkeyd_domain::{directory::Condition, text::folded};

/// A resource on which operations work.
pub(super) struct Work {
    resource: Map<String, Value>,
    schema: &'static Schema,
    touched: Vec<String>,
}

impl Work {
    pub(super) fn new(resource: Map<String, Value>, schema: &'static Schema) -> Self {
        Self {
            resource,
            schema,
            touched: Vec::new(),
        }
    }

    pub(super) fn done(self) -> Patched {
        Patched {
            resource: self.resource,
            touched: self.touched,
        }
    }

    pub(super) fn run(&mut self, operation: &Operation) -> Result<(), Refused> {
        let value = operation.value.as_ref();
        let Some(path) = &operation.path else {
            return self.merge(operation.verb, value.unwrap_or(&Value::Null));
        };
        let named = path
            .resolve(self.schema)
            .ok_or_else(|| Refused::path(format!("'{}' is unknown", path.attribute)))?;
        self.write(operation.verb, path, named, value)
    }

    /// An operation without a path: each member of its value is an operation of its own, at the path that is its name. Names
    /// that mean nothing, and those that the client can't write, are passed over.
    fn merge(&mut self, verb: Verb, value: &Value) -> Result<(), Refused> {
        let Value::Object(members) = value else {
            return Err(Refused::value(
                "without a 'path' the 'value' must be an object",
            ));
        };
        for (name, value) in members {
            // Some providers write whole paths here.
            let Ok(path) = PatchPath::parse(name) else {
                continue;
            };
            let Some(named) = path.resolve(self.schema) else {
                continue;
            };
            if named.attribute.name == "schemas" || named.is_read_only() {
                continue;
            }
            self.write(verb, &path, named, Some(value))?;
        }
        Ok(())
    }

    fn write(
        &mut self,
        verb: Verb,
        path: &PatchPath,
        named: Named,
        value: Option<&Value>,
    ) -> Result<(), Refused> {
        let Named { attribute, sub } = named;
        if attribute.name == "schemas" || named.is_read_only() {
            return Err(Refused::mutability(format!(
                "'{}' can't be changed",
                named.as_text()
            )));
        }
        if verb == Verb::Remove && attribute.required && sub.is_none() && path.filter.is_none() {
            return Err(Refused::mutability(format!(
                "'{}' is required",
                attribute.name
            )));
        }
        self.touched.push(named.as_text());
        if attribute.multi_valued {
            let condition = match &path.filter {
                Some(filter) => Some(
                    resolve_in(filter, attribute)
                        .map_err(|refused| Refused::path(refused.detail))?,
                ),
                None => None,
            };
            return self.write_list(verb, attribute, condition.as_ref(), sub, value);
        }
        if path.filter.is_some() {
            return Err(Refused::path(format!(
                "'{}' is not a list, so nothing can be selected of it",
                attribute.name
            )));
        }
        match sub {
            Some(sub) => {
                let whole = self
                    .resource
                    .entry(attribute.name)
                    .or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(whole) = whole {
                    set(whole, verb, sub, value)?;
                }
                self.drop_if_empty(attribute);
                Ok(())
            }
            None if attribute.is_complex() && verb != Verb::Remove => {
                // What the value does not name stays as it is (RFC 7644 section 3.5.2.3).
                match value.unwrap_or(&Value::Null) {
                    Value::Null => {
                        if verb == Verb::Replace {
                            self.resource.remove(attribute.name);
                        }
                        Ok(())
                    }
                    Value::Object(parts) => {
                        let whole = self
                            .resource
                            .entry(attribute.name)
                            .or_insert_with(|| Value::Object(Map::new()));
                        if let Value::Object(whole) = whole {
                            merge_parts(whole, verb, attribute, parts)?;
                        }
                        self.touched.extend(
                            parts
                                .keys()
                                .filter_map(|name| attribute.sub(name))
                                .map(|sub| format!("{}.{}", attribute.name, sub.name)),
                        );
                        self.drop_if_empty(attribute);
                        Ok(())
                    }
                    _ => Err(Refused::value(format!(
                        "'{}' must be an object",
                        attribute.name
                    ))),
                }
            }
            None => set(&mut self.resource, verb, attribute, value),
        }
    }

    fn write_list(
        &mut self,
        verb: Verb,
        attribute: &'static Attribute,
        condition: Option<&Condition<Test>>,
        sub: Option<&'static Attribute>,
        value: Option<&Value>,
    ) -> Result<(), Refused> {
        let mut list = match self.resource.remove(attribute.name) {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        };
        match (verb, condition, sub) {
            (Verb::Remove, None, None) => remove_values(&mut list, attribute, value)?,
            (Verb::Remove, Some(condition), None) => {
                list.retain(|element| !matches(condition, element));
            }
            (Verb::Remove, condition, Some(sub)) => {
                for element in selected(&mut list, condition) {
                    element.remove(sub.name);
                }
                // An element without its value says nothing.
                list.retain(|element| element.get("value").is_some());
            }
            (Verb::Add, None, None) => {
                let added = elements(attribute, value)?;
                one_primary(attribute, &added)?;
                append(&mut list, attribute, added);
            }
            (Verb::Replace, None, None) => {
                let replaced = elements(attribute, value)?;
                one_primary(attribute, &replaced)?;
                list.clear();
                append(&mut list, attribute, replaced);
            }
            (Verb::Add | Verb::Replace, condition, Some(sub)) => {
                let value = single(sub, value.unwrap_or(&Value::Null))?;
                if sub.mutability == Mutability::Immutable
                    && selected(&mut list, condition).next().is_some()
                {
                    return Err(Refused::mutability(format!(
                        "'{}.{}' can't be changed once it is set",
                        attribute.name, sub.name
                    )));
                }
                write_parts(&mut list, verb, attribute, condition, sub, value)?;
            }
            (Verb::Add | Verb::Replace, Some(condition), None) => {
                let value = single(attribute, value.unwrap_or(&Value::Null))?;
                let Some(Value::Object(value)) = value else {
                    return Err(Refused::value(format!(
                        "'{}' must be an object",
                        attribute.name
                    )));
                };
                write_elements(&mut list, verb, attribute, condition, &value)?;
            }
        }
        if !list.is_empty() {
            self.resource
                .insert(attribute.name.to_owned(), Value::Array(list));
        }
        Ok(())
    }

    fn drop_if_empty(&mut self, attribute: &Attribute) {
        let empty = self
            .resource
            .get(attribute.name)
            .and_then(Value::as_object)
            .is_some_and(Map::is_empty);
        if empty {
            self.resource.remove(attribute.name);
        }
    }
}

impl Named {
    fn is_read_only(&self) -> bool {
        self.attribute.mutability == Mutability::ReadOnly
            || self
                .sub
                .is_some_and(|sub| sub.mutability == Mutability::ReadOnly)
    }

    fn as_text(&self) -> String {
        match self.sub {
            Some(sub) => format!("{}.{}", self.attribute.name, sub.name),
            None => self.attribute.name.to_owned(),
        }
    }
}

/// Writes an attribute with a single value, or takes it away.
fn set(
    object: &mut Map<String, Value>,
    verb: Verb,
    attribute: &Attribute,
    value: Option<&Value>,
) -> Result<(), Refused> {
    if verb == Verb::Remove {
        object.remove(attribute.name);
        return Ok(());
    }
    match single(attribute, value.unwrap_or(&Value::Null))? {
        Some(value) => {
            object.insert(attribute.name.to_owned(), value);
        }
        None if attribute.required => {
            return Err(Refused::value(format!("'{}' is required", attribute.name)));
        }
        None if verb == Verb::Replace => {
            object.remove(attribute.name);
        }
        None => {}
    }
    Ok(())
}

fn merge_parts(
    whole: &mut Map<String, Value>,
    verb: Verb,
    attribute: &Attribute,
    parts: &Map<String, Value>,
) -> Result<(), Refused> {
    for (name, value) in parts {
        if let Some(sub) = attribute.sub(name)
            && sub.mutability != Mutability::ReadOnly
        {
            set(whole, verb, sub, Some(value))?;
        }
    }
    Ok(())
}

/// Writes a part of each element that is selected.
fn write_parts(
    list: &mut Vec<Value>,
    verb: Verb,
    attribute: &Attribute,
    condition: Option<&Condition<Test>>,
    sub: &Attribute,
    value: Option<Value>,
) -> Result<(), Refused> {
    let becomes_primary = sub.name == "primary" && value == Some(Value::Bool(true));
    let chosen: Vec<usize> = positions(list, condition);
    if becomes_primary && chosen.len() > 1 {
        return Err(two_primaries(attribute));
    }
    if chosen.is_empty() {
        if verb == Verb::Replace && condition.is_some() {
            return Err(nothing_selected(attribute));
        }
        let mut element = condition.map(implied).unwrap_or_default();
        if let Some(value) = value {
            element.insert(sub.name.to_owned(), value);
        }
        push(list, Value::Object(element));
        return Ok(());
    }
    if becomes_primary {
        clear_primary(list);
    }
    for position in chosen {
        if let Some(Value::Object(element)) = list.get_mut(position) {
            match &value {
                Some(value) => {
                    element.insert(sub.name.to_owned(), value.clone());
                }
                None => {
                    element.remove(sub.name);
                }
            }
        }
    }
    Ok(())
}

/// Writes whole elements: one that is replaced has nothing left of what it was, one that is added to keeps what it has.
fn write_elements(
    list: &mut Vec<Value>,
    verb: Verb,
    attribute: &Attribute,
    condition: &Condition<Test>,
    value: &Map<String, Value>,
) -> Result<(), Refused> {
    let becomes_primary = value.get("primary") == Some(&Value::Bool(true));
    let chosen = positions(list, Some(condition));
    if becomes_primary && chosen.len() > 1 {
        return Err(two_primaries(attribute));
    }
    if chosen.is_empty() {
        if verb == Verb::Replace {
            return Err(nothing_selected(attribute));
        }
        let mut element = implied(condition);
        element.extend(value.clone());
        push(list, Value::Object(element));
        return Ok(());
    }
    let immutable = attribute.subs().iter().find(|sub| {
        sub.mutability == Mutability::Immutable
            && value.contains_key(sub.name)
            && chosen.iter().any(|position| {
                list.get(*position).and_then(|known| known.get(sub.name)) != value.get(sub.name)
            })
    });
    if let Some(sub) = immutable {
        return Err(Refused::mutability(format!(
            "'{}.{}' can't be changed once it is set",
            attribute.name, sub.name
        )));
    }
    if becomes_primary {
        clear_primary(list);
    }
    for position in chosen {
        if let Some(Value::Object(element)) = list.get_mut(position) {
            if verb == Verb::Replace {
                element.clear();
            }
            element.extend(value.clone());
        }
    }
    Ok(())
}

/// The elements that a value names.
fn elements(attribute: &'static Attribute, value: Option<&Value>) -> Result<Vec<Value>, Refused> {
    match value_of(attribute, value.unwrap_or(&Value::Null))? {
        Some(Value::Array(elements)) => Ok(elements),
        _ => Ok(Vec::new()),
    }
}

fn remove_values(
    list: &mut Vec<Value>,
    attribute: &'static Attribute,
    value: Option<&Value>,
) -> Result<(), Refused> {
    match value {
        // A common client names in `value` which elements it means.
        Some(value) if !value.is_null() => {
            let gone: HashSet<_> = elements(attribute, Some(value))?
                .iter()
                .map(|element| Identity::of(attribute, element))
                .collect();
            list.retain(|element| !gone.contains(&Identity::of(attribute, element)));
        }
        _ => list.clear(),
    }
    Ok(())
}

fn matches(condition: &Condition<Test>, element: &Value) -> bool {
    element
        .as_object()
        .is_some_and(|element| holds(condition, element))
}

fn positions(list: &[Value], condition: Option<&Condition<Test>>) -> Vec<usize> {
    let chosen = list
        .iter()
        .enumerate()
        .filter(|(_, element)| condition.is_none_or(|condition| matches(condition, element)));
    chosen.map(|(position, _)| position).collect()
}

fn selected<'a>(
    list: &'a mut [Value],
    condition: Option<&'a Condition<Test>>,
) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    list.iter_mut()
        .filter(move |element| condition.is_none_or(|condition| matches(condition, element)))
        .filter_map(Value::as_object_mut)
}

/// By what an element is known among others: its value, else all of it. Lists are long, so that they are not compared one by
/// one.
#[derive(PartialEq, Eq, Hash)]
enum Identity {
    Value(String),
    Whole(BTreeMap<String, String>),
}

impl Identity {
    fn of(attribute: &Attribute, element: &Value) -> Self {
        let exact = attribute.sub("value").is_some_and(|sub| sub.case_exact);
        match element.get("value").and_then(Value::as_str) {
            Some(value) if exact => Self::Value(value.to_owned()),
            Some(value) => Self::Value(folded(value)),
            None => {
                let parts = element.as_object().into_iter().flatten();
                Self::Whole(
                    parts
                        .map(|(name, value)| (name.clone(), value.to_string()))
                        .collect(),
                )
            }
        }
    }
}

/// Appends the elements that are not there yet.
fn append(list: &mut Vec<Value>, attribute: &Attribute, elements: Vec<Value>) {
    let mut known: HashSet<_> = list
        .iter()
        .map(|element| Identity::of(attribute, element))
        .collect();
    for element in elements {
        if known.insert(Identity::of(attribute, &element)) {
            push(list, element);
        }
    }
}

/// Appends an element; a primary one is the only one.
fn push(list: &mut Vec<Value>, element: Value) {
    if is_primary(&element) {
        clear_primary(list);
    }
    list.push(element);
}

fn clear_primary(list: &mut [Value]) {
    for element in list.iter_mut().filter_map(Value::as_object_mut) {
        if element.get("primary") == Some(&Value::Bool(true)) {
            element.insert("primary".to_owned(), Value::Bool(false));
        }
    }
}

fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

fn one_primary(attribute: &Attribute, elements: &[Value]) -> Result<(), Refused> {
    let has_primary = attribute
        .sub("primary")
        .is_some_and(|sub| sub.kind == Kind::Boolean);
    if has_primary
        && elements
            .iter()
            .filter(|element| is_primary(element))
            .count()
            > 1
    {
        return Err(two_primaries(attribute));
    }
    Ok(())
}

fn two_primaries(attribute: &Attribute) -> Refused {
    Refused::value(format!("at most one of '{}' is primary", attribute.name))
}

fn nothing_selected(attribute: &Attribute) -> Refused {
    Refused::no_target(format!(
        "no value of '{}' is selected by the filter",
        attribute.name
    ))
}
