//! Filters (RFC 7644 section 3.4.2.2) as trees.

mod parser;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::Number;

pub use parser::{MAX_DEPTH, MAX_LENGTH};
pub(crate) use parser::{attribute_path, value_path};

/// A filter as it was written: which attributes exist, and of which type they are, is asked later.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of them hold.
    All(Vec<Filter>),
    /// At least one holds.
    Any(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// A value of the attribute satisfies the filter: `emails[type eq "work"]`.
    Values(AttributePath, Box<Filter>),
    /// The attribute has a value.
    Present(AttributePath),
    /// The attribute compares so.
    Compare(AttributePath, Operator, Literal),
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// [`super::ScimType::InvalidFilter`]: the text is no filter, longer than [`MAX_LENGTH`] bytes, or deeper than
    /// [`MAX_DEPTH`].
    ///
    /// ```
    /// use passkeyd_service::scim::Filter;
    ///
    /// let filter = Filter::parse(r#"emails[type eq "work" and value co "@example.com"]"#)?;
    /// assert!(matches!(filter, Filter::Values(_, _)));
    /// # Ok::<(), passkeyd_service::scim::Refused>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, super::Refused> {
        parser::filter(text)
    }
}

/// The name of an attribute, perhaps with its schema in front and one of its parts behind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AttributePath {
    /// The schema's URN.
    pub schema: Option<String>,
    /// The attribute.
    pub name: String,
    /// The sub-attribute.
    pub sub: Option<String>,
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}:")?;
        }
        f.write_str(&self.name)?;
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `co`
    Contains,
    /// `sw`
    StartsWith,
    /// `ew`
    EndsWith,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

impl Operator {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Equal,
        Self::NotEqual,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Less,
        Self::LessOrEqual,
    ];

    /// The operator of that name, in any case.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|known| name.eq_ignore_ascii_case(known.as_str()))
    }

    /// How it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Contains => "co",
            Self::StartsWith => "sw",
            Self::EndsWith => "ew",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
        }
    }
}

/// What is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// A text.
    Text(String),
    /// A number.
    Number(Number),
    /// A truth value.
    Boolean(bool),
    /// Nothing.
    Null,
}

/// Writes a filter so that reading it gives the same tree.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => joined(f, parts, " and "),
            Self::Any(parts) => joined(f, parts, " or "),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Values(path, inner) => write!(f, "{path}[{inner}]"),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Compare(path, operator, literal) => {
                write!(f, "{path} {} {literal}", operator.as_str())
            }
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Filter], word: &str) -> fmt::Result {
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            f.write_str(word)?;
        }
        match part {
            Filter::All(_) | Filter::Any(_) => write!(f, "({part})")?,
            _ => write!(f, "{part}")?,
        }
    }
    Ok(())
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Self::Number(number) => write!(f, "{number}"),
            Self::Boolean(truth) => write!(f, "{truth}"),
            Self::Null => f.write_str("null"),
        }
    }
}
