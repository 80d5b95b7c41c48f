//! What all resources have in common, and what a request asks of them.

use passkeyd_domain::{
    Timestamp,
    ports::{StoreError, Window},
};
use serde_json::{Map, Value, json};
use thiserror::Error;

use super::{Projection, Refused, schema::Schema};
use crate::Error;

/// A resource as it is answered with.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its members.
    pub body: Map<String, Value>,
    /// Its entity tag.
    pub tag: String,
    /// Its URL.
    pub location: String,
}

/// A part of a list of resources.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// How many there are in all.
    pub total: u64,
    /// The place of the first one of this part, from 1.
    pub start_index: u64,
    /// Those of this part.
    pub resources: Vec<Map<String, Value>>,
}

/// How resources are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The URL below which they are, without a slash at its end.
    pub base: String,
    /// Which of their attributes.
    pub projection: Projection,
}

/// Which part of which list is asked for (RFC 7644 section 3.4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The filter, as it was sent.
    pub filter: Option<String>,
    /// The place of the first one, from 1.
    pub start_index: u64,
    /// How many at most.
    pub count: u32,
}

/// So many resources are answered at once.
pub const MAX_RESULTS: u32 = 200;

impl Query {
    /// Reads the parameters of a list; a page has a hundred where nothing is said, and [`MAX_RESULTS`] at most.
    ///
    /// # Errors
    /// [`super::ScimType::InvalidValue`]: a number that is none.
    pub fn parse(
        filter: Option<String>,
        start_index: Option<&str>,
        count: Option<&str>,
    ) -> Result<Self, Refused> {
        let number = |name: &str, text: Option<&str>, default: i64| match text.map(str::trim) {
            None | Some("") => Ok(default),
            Some(text) => text
                .parse::<i64>()
                .map_err(|_| Refused::value(format!("'{name}' must be a whole number"))),
        };
        let start_index = number("startIndex", start_index, 1)?.max(1);
        let count = number("count", count, 100)?.clamp(0, i64::from(MAX_RESULTS));
        Ok(Self {
            filter: filter.filter(|filter| !filter.trim().is_empty()),
            start_index: u64::try_from(start_index).unwrap_or(1),
            count: u32::try_from(count).unwrap_or(MAX_RESULTS),
        })
    }

    /// The part, as the store counts.
    pub(super) fn window(&self) -> Window {
        Window {
            skip: self.start_index - 1,
            take: self.count,
        }
    }
}

/// The header `If-Match`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum IfMatch {
    /// Whatever the version.
    #[default]
    Any,
    /// Only one of these.
    OneOf(Vec<u64>),
}

impl IfMatch {
    /// Reads the header; a tag that is none of ours matches nothing.
    pub fn parse(header: Option<&str>) -> Self {
        match header.map(str::trim) {
            None | Some("" | "*") => Self::Any,
            Some(tags) => Self::OneOf(
                tags.split(',')
                    .filter_map(|tag| version_of_tag(tag.trim()))
                    .collect(),
            ),
        }
    }

    pub(super) fn admits(&self, version: u64) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }

    /// Whether a change meanwhile is the client's business.
    pub(super) fn is_strict(&self) -> bool {
        matches!(self, Self::OneOf(_))
    }
}

/// The entity tag of a version; weak, as the same version may be written in more than one way.
pub fn tag(version: u64) -> String {
    format!("W/\"{version}\"")
}

/// The version of an entity tag of ours. Weak and strong tags of a version are the same (RFC 9110 section 8.8.3.2).
pub(super) fn version_of_tag(tag: &str) -> Option<u64> {
    let opaque = tag.strip_prefix("W/").unwrap_or(tag);
    let digits = opaque.strip_prefix('"')?.strip_suffix('"')?;
    let version = digits.parse().ok()?;
    (u64::to_string(&version) == digits).then_some(version)
}

/// Why a use case did not do what it was asked. Exhaustive on purpose, as [`crate::Error`] is.
#[derive(Debug, Error)]
pub enum ScimError {
    /// The request is refused for what it says.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// There is no such resource.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The resource is not what the client believes it to be.
    #[error("the version of the resource is another")]
    PreconditionFailed,
    /// What is true of every use case.
    #[error(transparent)]
    Service(#[from] Error),
}

impl From<StoreError> for ScimError {
    fn from(error: StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// Puts on what every resource has, and leaves what is to be shown.
pub(super) fn finished(
    mut body: Map<String, Value>,
    schema: &Schema,
    id: &str,
    version: u64,
    times: (Timestamp, Timestamp),
    view: &View,
) -> Resource {
    let location = format!("{}{}/{id}", view.base, schema.endpoint);
    body.insert("schemas".to_owned(), json!([schema.urn]));
    body.insert("id".to_owned(), id.into());
    let meta = json!({
        "resourceType": schema.name,
        "created": instant(times.0),
        "lastModified": instant(times.1),
        "location": location,
        "version": tag(version),
    });
    body.insert("meta".to_owned(), meta);
    view.projection.apply(&mut body, schema);
    Resource {
        body,
        tag: tag(version),
        location,
    }
}

/// To the second, as all of this surface.
fn instant(at: Timestamp) -> String {
    let seconds = at.as_millisecond().div_euclid(1000);
    Timestamp::from_second(seconds).unwrap_or(at).to_string()
}

/// A text that is stored: not empty, and of 255 characters at most.
pub(super) fn bounded(name: &str, text: &str) -> Result<String, Refused> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refused::value(format!("'{name}' must not be empty")));
    }
    if text.chars().count() > 255 {
        return Err(Refused::value(format!(
            "'{name}' must have 255 characters at most"
        )));
    }
    Ok(text.to_owned())
}

/// The [`bounded`] text of this name, where the body has one.
pub(super) fn bounded_text(
    body: &Map<String, Value>,
    name: &str,
) -> Result<Option<String>, Refused> {
    let text = body.get(name).and_then(Value::as_str);
    text.map(|text| bounded(name, text)).transpose()
}

/// So often is a change tried again that somebody else's came before.
pub(super) const ATTEMPTS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_query_are_brought_into_their_bounds() {
        for (start, count, expected) in [
            (None, None, (1, 100)),
            (Some("0"), Some("-1"), (1, 0)),
            (Some("-5"), Some("0"), (1, 0)),
            (Some("7"), Some("201"), (7, 200)),
        ] {
            let query = Query::parse(None, start, count).unwrap();
            assert_eq!((query.start_index, query.count), expected);
        }
        for bad in ["x", "1.5", "99999999999999999999"] {
            assert!(Query::parse(None, Some(bad), None).is_err());
            assert!(Query::parse(None, None, Some(bad)).is_err());
        }
    }

    #[test]
    fn a_tag_matches_its_version_alone() {
        assert_eq!(tag(7), "W/\"7\"");
        for (header, version, admitted) in [
            (None, 7, true),
            (Some("*"), 7, true),
            (Some("W/\"7\""), 7, true),
            (Some("\"7\""), 7, true),
            (Some("W/\"6\" , W/\"7\""), 7, true),
            (Some("W/\"6\""), 7, false),
            (Some("7"), 7, false),
            (Some("W/\"07\""), 7, false),
            (Some("W/\"x\""), 7, false),
        ] {
            assert_eq!(
                IfMatch::parse(header).admits(version),
                admitted,
                "{header:?}"
            );
        }
    }
}
