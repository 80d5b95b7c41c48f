//! Whatever comes as a PATCH is refused or applied; what comes out is a resource of the schema.
#![no_main]

use passkeyd_service::scim::{GROUP, Patch, USER};
use serde_json::{Value, json};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(body) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    let Ok(patch) = Patch::parse(&body) else {
        return;
    };
    let user = json!({
        "userName": "ada", "active": true, "displayName": "Ada Lovelace", "name": {"givenName": "Ada"},
        "emails": [{"value": "w@example.com", "type": "work", "primary": true}, {"value": "h@example.com", "type": "home"}],
    });
    let group = json!({"displayName": "Guides", "members": [{"value": "1", "display": "Ada"}, {"value": "2"}]});
    for (resource, schema) in [(user, &USER), (group, &GROUP)] {
        let Some(resource) = resource.as_object() else {
            continue;
        };
        let Ok(patched) = patch.apply(resource, schema) else {
            continue;
        };
        for (name, value) in &patched.resource {
            let attribute = schema.attribute(name).unwrap();
            assert_eq!(attribute.name, name);
            assert_eq!(attribute.multi_valued, value.is_array());
            if let Some(elements) = value.as_array() {
                let primaries = elements.iter().filter(|element| element["primary"] == true);
                assert!(primaries.count() <= 1);
            }
        }
        for required in schema.attributes.iter().filter(|attribute| attribute.required) {
            assert!(patched.resource.contains_key(required.name));
        }
    }
});
