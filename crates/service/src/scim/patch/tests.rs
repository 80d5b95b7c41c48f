use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::scim::{GROUP, PATCH_OP, ScimType, USER};

fn patched(
    resource: &Value,
    schema: &'static Schema,
    operations: Value,
) -> Result<Value, ScimType> {
    let mut body = json!({"schemas": [PATCH_OP]});
    body["Operations"] = operations;
    Patch::parse(&body)
        .and_then(|patch| patch.apply(resource.as_object().unwrap(), schema))
        .map(|patched| Value::Object(patched.resource))
        .map_err(|refused| refused.scim_type)
}

fn group() -> Value {
    json!({"displayName": "Guides", "members": [{"value": "2819c223"}, {"value": "902c246b"}]})
}

fn user() -> Value {
    json!({
        "userName": "ada", "active": true, "displayName": "Ada Lovelace",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": "work@example.com", "type": "work", "primary": true}, {"value": "home@example.com", "type": "home"}],
    })
}

fn user_after(operations: Value) -> Result<Value, ScimType> {
    patched(&user(), &USER, operations)
}

/// RFC 7644 section 3.5.2, over attributes that are ours.
#[test]
fn the_examples_of_rfc_7644_are_applied() {
    let add_member = json!([{"op": "add", "path": "members",
        "value": [{"display": "Babs Jensen", "$ref": "https://example.com/v2/Users/3", "value": "3"}]}]);
    assert_eq!(
        patched(&group(), &GROUP, add_member).unwrap()["members"],
        json!([{"value": "2819c223"}, {"value": "902c246b"}, {"value": "3"}])
    );
    let add_without_path = json!([{"op": "add", "value": {
        "emails": [{"value": "babs@jensen.org", "type": "home"}], "nickname": "Babs"}}]);
    assert_eq!(
        user_after(add_without_path).unwrap()["emails"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let remove_one = json!([{"op": "remove", "path": "members[value eq \"2819c223\"]"}]);
    assert_eq!(
        patched(&group(), &GROUP, remove_one).unwrap()["members"],
        json!([{"value": "902c246b"}])
    );
    let remove_all = json!([{"op": "remove", "path": "members"}]);
    assert_eq!(
        patched(&group(), &GROUP, remove_all).unwrap(),
        json!({"displayName": "Guides"})
    );
    let remove_selected =
        json!([{"op": "remove", "path": "emails[type eq \"work\" and value ew \"example.com\"]"}]);
    assert_eq!(
        user_after(remove_selected).unwrap()["emails"],
        json!([{"value": "home@example.com", "type": "home"}])
    );
    let remove_then_add = json!([
        {"op": "remove", "path": "members[value eq \"2819c223\"]"},
        {"op": "add", "path": "members", "value": [{"value": "08e1d05d"}]}]);
    assert_eq!(
        patched(&group(), &GROUP, remove_then_add).unwrap()["members"],
        json!([{"value": "902c246b"}, {"value": "08e1d05d"}])
    );
    let replace_members =
        json!([{"op": "replace", "path": "members", "value": [{"value": "1"}, {"value": "2"}]}]);
    assert_eq!(
        patched(&group(), &GROUP, replace_members).unwrap()["members"],
        json!([{"value": "1"}, {"value": "2"}])
    );
    let replace_selected = json!([{"op": "replace", "path": "emails[type eq \"work\"]",
        "value": {"type": "work", "value": "ada@example.com", "primary": true}}]);
    assert_eq!(
        user_after(replace_selected).unwrap()["emails"][0],
        json!({"value": "ada@example.com", "type": "work", "primary": true})
    );
    let replace_part = json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@example.com"}]);
    assert_eq!(
        user_after(replace_part).unwrap()["emails"][0],
        json!({"value": "new@example.com", "type": "work", "primary": true})
    );
    let replace_without_path = json!([{"op": "replace", "value": {
        "emails": [{"value": "bjensen@example.com", "type": "work", "primary": true}, {"value": "babs@jensen.org", "type": "home"}],
        "nickname": "Babs"}}]);
    assert_eq!(
        user_after(replace_without_path).unwrap()["emails"][1]["value"],
        "babs@jensen.org"
    );
}

#[test]
fn the_habits_of_providers_are_understood() {
    // Capitals, truth values as texts, whole paths as names.
    let entra = json!([
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Add", "path": "emails[type eq \"other\"].value", "value": "o@example.com"},
        {"op": "Add", "value": {"name.familyName": "King", "urn:ietf:params:scim:schemas:core:2.0:User:displayName": "A K",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "x",
            "emails[type eq \"home\"].value": "h@example.com"}}]);
    let after = user_after(entra).unwrap();
    assert_eq!(after["active"], false);
    assert_eq!(after["name"]["familyName"], "King");
    assert_eq!(after["displayName"], "A K");
    assert_eq!(after["emails"][1]["value"], "h@example.com");
    assert_eq!(
        after["emails"][2],
        json!({"type": "other", "value": "o@example.com"})
    );
    let entra_group =
        json!([{"op": "Remove", "path": "members", "value": [{"value": "902c246b"}]}]);
    assert_eq!(
        patched(&group(), &GROUP, entra_group).unwrap()["members"],
        json!([{"value": "2819c223"}])
    );
    let okta_group = json!([{"op": "replace", "value": {"id": "x", "displayName": "New"}}]);
    assert_eq!(
        patched(&group(), &GROUP, okta_group).unwrap()["displayName"],
        "New"
    );
    let body = json!({"SCHEMAS": [PATCH_OP], "operations": [{"OP": "add", "Path": "displayName", "VALUE": "x"}]});
    assert!(Patch::parse(&body).is_ok());
}

#[test]
fn at_most_one_value_is_primary() {
    let primaries = |after: &Value| -> Vec<String> {
        let emails = after["emails"].as_array().unwrap().iter();
        emails
            .filter(|email| email["primary"] == true)
            .map(|email| email["value"].as_str().unwrap().to_owned())
            .collect()
    };
    for operations in [
        json!([{"op": "add", "path": "emails", "value": {"value": "x@y.z", "primary": true}}]),
        json!([{"op": "add", "path": "emails[type eq \"other\"]", "value": {"value": "x@y.z", "primary": "True"}}]),
        json!([{"op": "replace", "path": "emails[type eq \"home\"]", "value": {"value": "x@y.z", "primary": true}}]),
        json!([{"op": "add", "path": "emails", "value": {"value": "x@y.z"}},
               {"op": "add", "path": "emails[value eq \"x@y.z\"].primary", "value": true}]),
    ] {
        let after = user_after(operations).unwrap();
        assert_eq!(primaries(&after), ["x@y.z"], "{after}");
    }
    for operations in [
        json!([{"op": "add", "path": "emails", "value": [{"value": "x@y.z", "primary": true}, {"value": "w@y.z", "primary": true}]}]),
        json!([{"op": "replace", "path": "emails.primary", "value": true}]),
        json!([{"op": "replace", "path": "emails[value pr]", "value": {"value": "x@y.z", "primary": true}}]),
    ] {
        assert_eq!(user_after(operations), Err(ScimType::InvalidValue));
    }
}

#[test]
fn what_is_there_is_not_added_again() {
    for operations in [
        json!([{"op": "add", "path": "emails", "value": [{"value": "WORK@example.com", "type": "home"}]}]),
        json!([{"op": "add", "path": "displayName", "value": "Ada Lovelace"}]),
        json!([{"op": "add", "value": {"name": {"givenName": "Ada"}}}]),
        json!([{"op": "remove", "path": "emails[type eq \"other\"]"}]),
        json!([]),
    ] {
        assert_eq!(user_after(operations.clone()), Ok(user()), "{operations}");
    }
}

#[test]
fn a_complex_value_keeps_what_is_not_named() {
    let after =
        user_after(json!([{"op": "replace", "path": "name", "value": {"FamilyName": "King"}}]));
    assert_eq!(
        after.unwrap()["name"],
        json!({"givenName": "Ada", "familyName": "King"})
    );
    let after = user_after(
        json!([{"op": "remove", "path": "name.familyName"}, {"op": "remove", "path": "name.givenName"}]),
    );
    assert!(after.unwrap().get("name").is_none());
    let after = user_after(
        json!([{"op": "replace", "path": "externalId", "value": null}, {"op": "replace", "path": "emails", "value": []}]),
    );
    assert!(after.unwrap().get("emails").is_none());
}

#[test]
fn what_can_not_be_done_is_refused_by_its_name() {
    use ScimType::{InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget};
    for (operation, expected) in [
        (json!({"op": "remove"}), NoTarget),
        (
            json!({"op": "replace", "path": "emails[type eq \"other\"].value", "value": "x@y.z"}),
            NoTarget,
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"other\"]", "value": {"value": "x@y.z"}}),
            NoTarget,
        ),
        (json!({"op": "move", "path": "displayName"}), InvalidSyntax),
        (json!({"path": "displayName", "value": "x"}), InvalidSyntax),
        (json!("add"), InvalidSyntax),
        (
            json!({"op": "add", "path": "nickName", "value": "x"}),
            InvalidPath,
        ),
        (
            json!({"op": "add", "path": "name.middleName", "value": "x"}),
            InvalidPath,
        ),
        (
            json!({"op": "add", "path": "emails[type eq]", "value": "x"}),
            InvalidPath,
        ),
        (
            json!({"op": "add", "path": "emails[primary gt true].value", "value": "x"}),
            InvalidPath,
        ),
        (
            json!({"op": "add", "path": "displayName[value eq \"x\"]", "value": "x"}),
            InvalidPath,
        ),
        (
            json!({"op": "add", "path": "urn:example:User:displayName", "value": "x"}),
            InvalidPath,
        ),
        (json!({"op": "add", "path": 1, "value": "x"}), InvalidPath),
        (
            json!({"op": "replace", "path": "id", "value": "x"}),
            Mutability,
        ),
        (
            json!({"op": "replace", "path": "meta.version", "value": "x"}),
            Mutability,
        ),
        (
            json!({"op": "add", "path": "groups", "value": [{"value": "x"}]}),
            Mutability,
        ),
        (json!({"op": "remove", "path": "schemas"}), Mutability),
        (json!({"op": "remove", "path": "userName"}), Mutability),
        (
            json!({"op": "replace", "path": "userName", "value": null}),
            InvalidValue,
        ),
        (
            json!({"op": "replace", "path": "userName", "value": ""}),
            InvalidValue,
        ),
        (
            json!({"op": "replace", "path": "displayName"}),
            InvalidValue,
        ),
        (
            json!({"op": "replace", "path": "displayName", "value": 7}),
            InvalidValue,
        ),
        (
            json!({"op": "replace", "path": "displayName", "value": "a\u{0}b"}),
            InvalidValue,
        ),
        (
            json!({"op": "replace", "path": "active", "value": "maybe"}),
            InvalidValue,
        ),
        (
            json!({"op": "add", "path": "emails", "value": "x@y.z"}),
            InvalidValue,
        ),
        (
            json!({"op": "add", "path": "name", "value": "x"}),
            InvalidValue,
        ),
        (json!({"op": "add", "value": "x"}), InvalidValue),
    ] {
        // Whatever came before is not done either: the resource is left to the caller.
        let first = json!({"op": "add", "path": "externalId", "value": "1"});
        assert_eq!(
            user_after(json!([first, operation])),
            Err(expected),
            "{operation}"
        );
    }
    for (operation, expected) in [
        (
            json!({"op": "replace", "path": "members[value eq \"2819c223\"].value", "value": "x"}),
            Mutability,
        ),
        (
            json!({"op": "replace", "path": "members[value eq \"2819c223\"]", "value": {"value": "x"}}),
            Mutability,
        ),
        (
            json!({"op": "add", "path": "members[value eq \"2819c223\"].display", "value": "x"}),
            Mutability,
        ),
        (json!({"op": "remove", "path": "displayName"}), Mutability),
    ] {
        let refused = patched(&group(), &GROUP, json!([operation]));
        assert_eq!(refused, Err(expected), "{operation}");
    }
    for body in [
        json!([]),
        json!({}),
        json!({"schemas": [PATCH_OP]}),
        json!({"schemas": ["urn:x"], "Operations": []}),
        json!({"schemas": [PATCH_OP], "Operations": {}}),
    ] {
        let refused = Patch::parse(&body).map_err(|refused| refused.scim_type);
        assert_eq!(refused, Err(InvalidSyntax), "{body}");
    }
}

#[test]
fn what_was_written_to_is_told() {
    let body = json!({"schemas": [PATCH_OP], "Operations": [
        {"op": "add", "path": "name", "value": {"familyname": "King"}},
        {"op": "replace", "value": {"displayName": "x", "id": "y"}}]});
    let patched = Patch::parse(&body)
        .unwrap()
        .apply(user().as_object().unwrap(), &USER)
        .unwrap();
    assert_eq!(patched.touched, ["name", "name.familyName", "displayName"]);
}

proptest! {
    /// Whatever is done, what comes out is of the form that went in: names of the schema, lists where lists belong, one
    /// primary value at most.
    #[test]
    fn a_patch_leaves_a_resource(operations in prop::collection::vec(any_operation(), 0..6)) {
        if let Ok(after) = user_after(Value::Array(operations)) {
            for (name, value) in after.as_object().unwrap() {
                let attribute = USER.attribute(name).unwrap();
                prop_assert_eq!(attribute.name, name);
                prop_assert_eq!(attribute.multi_valued, value.is_array());
                prop_assert!(!attribute.is_complex() || !value.is_string());
                if let Some(elements) = value.as_array() {
                    prop_assert!(!elements.is_empty());
                    let primaries = elements.iter().filter(|element| element["primary"] == true);
                    prop_assert!(primaries.count() <= 1);
                }
            }
            prop_assert!(after["userName"].is_string());
        }
    }

    #[test]
    fn adding_twice_is_adding_once(value in "[a-z]{1,3}@y.z", label in "work|home|other") {
        let add = json!({"op": "add", "path": "emails", "value": [{"value": value, "type": label}]});
        prop_assert_eq!(user_after(json!([add])), user_after(json!([add, add])));
    }
}

fn any_operation() -> impl Strategy<Value = Value> {
    let path = prop::sample::select(vec![
        "userName",
        "active",
        "displayName",
        "name",
        "name.givenName",
        "emails",
        "emails.type",
        "emails.primary",
        "emails.value",
        "emails[type eq \"work\"]",
        "emails[type eq \"other\"].value",
        "emails[primary eq true].primary",
        "emails[value pr].type",
        "externalId",
        "groups",
        "id",
    ]);
    let value = prop::sample::select(vec![
        json!(null),
        json!(true),
        json!("True"),
        json!("x"),
        json!(""),
        json!([]),
        json!({}),
        json!({"givenName": "B"}),
        json!({"value": "n@y.z", "primary": true}),
        json!([{"value": "m@y.z", "primary": true}, {"value": "k@y.z"}]),
        json!({"emails": [{"value": "p@y.z", "primary": "true"}], "displayName": "D"}),
    ]);
    let op = prop::sample::select(vec!["add", "replace", "remove"]);
    (op, prop::option::of(path), prop::option::of(value)).prop_map(|(op, path, value)| {
        let mut operation = json!({"op": op});
        if let Some(path) = path {
            operation["path"] = json!(path);
        }
        if let Some(value) = value {
            operation["value"] = value;
        }
        operation
    })
}
