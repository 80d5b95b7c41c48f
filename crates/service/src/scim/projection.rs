//! Which attributes an answer shows (RFC 7644 section 3.9).

use serde_json::{Map, Value};

use super::{
    filter::{AttributePath, attribute_path},
    schema::Schema,
};

/// What a client wants to see, and what it does not. Names that mean nothing select nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    only: Option<Vec<AttributePath>>,
    without: Vec<AttributePath>,
}

impl Projection {
    /// Reads the parameters `attributes` and `excludedAttributes`.
    pub fn parse(attributes: Option<&str>, excluded: Option<&str>) -> Self {
        Self {
            only: attributes
                .filter(|list| !list.trim().is_empty())
                .map(|list| paths(list).collect()),
            without: excluded
                .map(|list| paths(list).collect())
                .unwrap_or_default(),
        }
    }

    /// Whether any of an attribute is shown; what is not need not be looked up.
    pub fn shows(&self, schema: &Schema, attribute: &str) -> bool {
        let names = |path: &AttributePath| {
            schema
                .resolve(path)
                .is_some_and(|named| named.attribute.name == attribute)
        };
        let wanted = self.only.as_ref().is_none_or(|only| only.iter().any(names));
        wanted
            && !self
                .without
                .iter()
                .any(|path| path.sub.is_none() && names(path))
    }

    /// Leaves in a resource what is to be shown. `id` and `schemas` always are.
    pub fn apply(&self, resource: &mut Map<String, Value>, schema: &Schema) {
        if let Some(only) = &self.only {
            resource.retain(|name, value| {
                let Some(attribute) = schema.attribute(name) else {
                    return false;
                };
                if attribute.always_returned {
                    return true;
                }
                let mut whole = false;
                let mut parts: Vec<&str> = Vec::new();
                for path in only {
                    let Some(named) = schema.resolve(path) else {
                        continue;
                    };
                    if named.attribute.name != attribute.name {
                        continue;
                    }
                    match named.sub {
                        None => whole = true,
                        Some(sub) => parts.push(sub.name),
                    }
                }
                whole || keep_parts(value, &|part| parts.contains(&part))
            });
        }
        for path in &self.without {
            let Some(named) = schema.resolve(path) else {
                continue;
            };
            if named.attribute.always_returned {
                continue;
            }
            match named.sub {
                None => {
                    resource.remove(named.attribute.name);
                }
                Some(sub) => {
                    let left = resource
                        .get_mut(named.attribute.name)
                        .is_some_and(|value| keep_parts(value, &|part| part != sub.name));
                    if !left {
                        resource.remove(named.attribute.name);
                    }
                }
            }
        }
    }
}

fn paths(list: &str) -> impl Iterator<Item = AttributePath> {
    list.split(',')
        .filter_map(|text| attribute_path(text.trim()).ok())
}

/// Leaves the parts of a complex value that are wanted. False: nothing is left.
fn keep_parts(value: &mut Value, wanted: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::Object(object) => {
            object.retain(|name, _| wanted(name));
            !object.is_empty()
        }
        Value::Array(elements) => {
            elements.retain_mut(|element| keep_parts(element, wanted));
            !elements.is_empty()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scim::USER;

    fn shown(attributes: Option<&str>, excluded: Option<&str>) -> Value {
        let mut resource = json!({
            "schemas": [USER.urn], "id": "1", "userName": "ada", "active": true,
            "name": {"givenName": "Ada", "familyName": "Lovelace"},
            "emails": [{"value": "a@example.com", "type": "work"}, {"value": "b@example.com"}],
            "meta": {"version": "W/\"1\""},
        });
        let resource = resource.as_object_mut().unwrap();
        Projection::parse(attributes, excluded).apply(resource, &USER);
        Value::Object(resource.clone())
    }

    #[test]
    fn only_what_is_asked_for_is_shown_with_id_and_schemas() {
        assert_eq!(
            shown(
                Some(
                    "USERNAME, urn:ietf:params:scim:schemas:core:2.0:User:name.givenName,emails.type,nothing"
                ),
                None
            ),
            json!({"schemas": [USER.urn], "id": "1", "userName": "ada", "name": {"givenName": "Ada"},
                   "emails": [{"type": "work"}]})
        );
        assert_eq!(
            shown(Some("name.familyName,name"), None),
            json!({"schemas": [USER.urn], "id": "1", "name": {"givenName": "Ada", "familyName": "Lovelace"}})
        );
        assert_eq!(
            shown(Some("nothing"), None),
            json!({"schemas": [USER.urn], "id": "1"})
        );
    }

    #[test]
    fn what_is_excluded_is_not_shown_but_id_and_schemas_are() {
        assert_eq!(
            shown(None, Some("id,schemas,meta,EMAILS.value,name,active")),
            json!({"schemas": [USER.urn], "id": "1", "userName": "ada", "emails": [{"type": "work"}]})
        );
    }

    #[test]
    fn what_is_not_shown_is_known_beforehand() {
        let shows =
            |attributes, excluded| Projection::parse(attributes, excluded).shows(&USER, "groups");
        assert!(shows(None, None));
        assert!(shows(Some("groups.value"), None));
        assert!(shows(None, Some("groups.display")));
        assert!(!shows(Some("userName"), None));
        assert!(!shows(None, Some("Groups")));
    }
}
