//! What the descriptions of users and of groups have in common.

use serde_json::{Map, Value};

use super::{KEY, READ, WRITE};
use crate::description::{Operation, anything, text};

const JSON: &str = "application/scim+json";

/// A list.
pub(super) fn listing(it: Operation) -> Operation {
    projected(it)
        .by(&KEY)
        .scope(READ)
        .optional_query(
            "filter",
            text().longest(2048),
            "Which ones (RFC 7644 section 3.4.2.2).",
        )
        .optional_query("startIndex", text(), "The place of the first one, from 1.")
        .optional_query(
            "count",
            text(),
            "How many; 100 where it is not said, 200 at most.",
        )
        .gives_as::<Map<String, Value>>(200, JSON, "A part of the list.")
}

/// What makes a resource; the noun says what that is.
pub(super) fn making(it: Operation, noun: &str) -> Operation {
    let made = format!("The {noun}.");
    projected(it)
        .by(&KEY)
        .scope(WRITE)
        .takes(anything())
        .gives_as::<Map<String, Value>>(201, JSON, &made)
}

/// What shows a resource.
pub(super) fn showing(it: Operation, noun: &str) -> Operation {
    let shown = format!("The {noun}.");
    projected(one(it, noun, READ))
        .gives_as::<Map<String, Value>>(200, JSON, &shown)
        .gives_nothing(304, "It is of the version that `If-None-Match` names.")
}

/// What changes a resource.
pub(super) fn changing(it: Operation, noun: &str) -> Operation {
    let changed = format!("The {noun}.");
    versioned(projected(one(it, noun, WRITE)))
        .takes(anything())
        .gives_as::<Map<String, Value>>(200, JSON, &changed)
}

/// What deletes a resource.
pub(super) fn deleting(it: Operation, noun: &str) -> Operation {
    versioned(one(it, noun, WRITE)).gives_nothing(204, "It is gone.")
}

/// One resource by its id.
fn one(it: Operation, noun: &str, scope: &'static str) -> Operation {
    it.by(&KEY)
        .scope(scope)
        .path("id", text(), &format!("The id of the {noun}."))
        .refuses(404, format!("There is no such {noun}."))
}

fn versioned(it: Operation) -> Operation {
    it.refuses(412, "It has another version than `If-Match` names.")
}

fn projected(it: Operation) -> Operation {
    it.optional_query(
        "attributes",
        text(),
        "Only these, and what is always shown.",
    )
    .optional_query("excludedAttributes", text(), "All but these.")
}
