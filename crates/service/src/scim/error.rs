//! What a SCIM client is told when it did not get what it asked for (RFC 7644 section 3.12).

use std::fmt;

use thiserror::Error;

/// The kinds of bad requests that have a name of their own (RFC 7644 table 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScimType {
    /// The filter does not parse, or asks for what is not supported.
    InvalidFilter,
    /// A value that must be unique is taken.
    Uniqueness,
    /// The attribute is not the client's to change.
    Mutability,
    /// The body is not of the form that the request has.
    InvalidSyntax,
    /// The path of a PATCH operation does not parse, or names nothing that exists.
    InvalidPath,
    /// The path of a PATCH operation selects nothing.
    NoTarget,
    /// A required value is missing, or a value is not of its attribute's type.
    InvalidValue,
}

impl ScimType {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
        }
    }
}

impl fmt::Display for ScimType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A request that is refused for what it says.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{detail}")]
pub struct Refused {
    /// The kind.
    pub scim_type: ScimType,
    /// What is wrong, in a sentence for the client's developer.
    pub detail: String,
}

impl Refused {
    pub(crate) fn filter(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidFilter, detail)
    }

    pub(crate) fn path(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidPath, detail)
    }

    pub(crate) fn value(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidValue, detail)
    }

    pub(crate) fn syntax(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidSyntax, detail)
    }

    pub(crate) fn mutability(detail: impl Into<String>) -> Self {
        Self::new(ScimType::Mutability, detail)
    }

    pub(crate) fn no_target(detail: impl Into<String>) -> Self {
        Self::new(ScimType::NoTarget, detail)
    }

    fn new(scim_type: ScimType, detail: impl Into<String>) -> Self {
        Self {
            scim_type,
            detail: detail.into(),
        }
    }
}
