//! What the server tells about itself (RFC 7643 sections 5 to 7).

use serde_json::{Map, Value, json};

use super::{
    GROUP, USER,
    resource::MAX_RESULTS,
    schema::{Attribute, Kind, Mutability, Schema},
};

/// `ServiceProviderConfig`.
pub fn service_provider_config(base: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "documentationUri": DOCUMENTATION,
        "patch": {"supported": true},
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": true, "maxResults": MAX_RESULTS},
        "changePassword": {"supported": false},
        "sort": {"supported": false},
        "etag": {"supported": true},
        "authenticationSchemes": [{
            "type": "httpbasic",
            "name": "HTTP Basic",
            "description": "An API key as the user name, with any password; it is accepted as a bearer token too.",
            "specUri": "https://www.rfc-editor.org/rfc/rfc7617",
            "documentationUri": DOCUMENTATION,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base}/ServiceProviderConfig"),
        },
    })
}

const DOCUMENTATION: &str = "https://www.rfc-editor.org/rfc/rfc7644";

/// All of `ResourceTypes`.
pub fn resource_types(base: &str) -> Vec<Value> {
    [&USER, &GROUP]
        .into_iter()
        .map(|schema| resource_type(schema, base))
        .collect()
}

fn resource_type(schema: &Schema, base: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": schema.name,
        "name": schema.name,
        "endpoint": schema.endpoint,
        "description": schema.description,
        "schema": schema.urn,
        "schemaExtensions": [],
        "meta": {
            "resourceType": "ResourceType",
            "location": format!("{base}/ResourceTypes/{}", schema.name),
        },
    })
}

/// All of `Schemas`.
pub fn schemas(base: &str) -> Vec<Value> {
    [&USER, &GROUP]
        .into_iter()
        .map(|schema| {
            json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
                "id": schema.urn,
                "name": schema.name,
                "description": schema.description,
                "attributes": attributes(schema.attributes),
                "meta": {
                    "resourceType": "Schema",
                    "location": format!("{base}/Schemas/{}", schema.urn),
                },
            })
        })
        .collect()
}

fn attributes(all: &[Attribute]) -> Vec<Value> {
    all.iter().map(attribute).collect()
}

fn attribute(attribute: &Attribute) -> Value {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("name", attribute.name.into());
    put(
        "type",
        match attribute.kind {
            Kind::Text => "string",
            Kind::Boolean => "boolean",
            Kind::Time => "dateTime",
            Kind::Reference => "reference",
            Kind::Complex(_) => "complex",
        }
        .into(),
    );
    put("multiValued", attribute.multi_valued.into());
    put("description", attribute.description.into());
    put("required", attribute.required.into());
    put("caseExact", attribute.case_exact.into());
    put(
        "mutability",
        match attribute.mutability {
            Mutability::ReadOnly => "readOnly",
            Mutability::ReadWrite => "readWrite",
            Mutability::Immutable => "immutable",
        }
        .into(),
    );
    put(
        "returned",
        if attribute.always_returned {
            "always"
        } else {
            "default"
        }
        .into(),
    );
    put(
        "uniqueness",
        if attribute.unique { "server" } else { "none" }.into(),
    );
    if !attribute.canonical_values.is_empty() {
        put("canonicalValues", attribute.canonical_values.into());
    }
    if attribute.is_complex() {
        put("subAttributes", attributes(attribute.subs()).into());
    }
    shown.into()
}
