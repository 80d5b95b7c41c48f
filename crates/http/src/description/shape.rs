//! Schemas in words, for bodies that are read member by member and for parameters: `text().longest(250)`.

use serde_json::{Map, Value, json};

/// A schema of JSON.
#[derive(Clone)]
pub(crate) struct Shape(Map<String, Value>);

impl Shape {
    fn of(r#type: &str) -> Self {
        Self(Map::from_iter([("type".to_owned(), r#type.into())]))
    }

    fn with(mut self, keyword: &str, value: impl Into<Value>) -> Self {
        self.0.insert(keyword.to_owned(), value.into());
        self
    }

    /// A text of at most so many characters.
    pub(crate) fn longest(self, characters: usize) -> Self {
        self.with("maxLength", characters)
    }

    /// A text that is not empty.
    pub(crate) fn filled(self) -> Self {
        self.with("minLength", 1)
    }

    /// A text that matches a regular expression.
    pub(crate) fn pattern(self, pattern: &str) -> Self {
        self.with("pattern", pattern)
    }

    /// A list of at least so many elements.
    pub(crate) fn at_least(self, elements: usize) -> Self {
        self.with("minItems", elements)
    }

    /// A list of at most so many elements.
    pub(crate) fn at_most(self, elements: usize) -> Self {
        self.with("maxItems", elements)
    }

    /// What it is where nobody says.
    pub(crate) fn or(self, default: impl Into<Value>) -> Self {
        self.with("default", default)
    }

    /// A value to show.
    pub(crate) fn such_as(self, example: impl Into<Value>) -> Self {
        self.with("examples", json!([example.into()]))
    }

    /// Null is taken as well, and is as good as absent.
    pub(crate) fn or_null(mut self) -> Self {
        if let Some(one) = self.0.remove("type") {
            self.0.insert("type".to_owned(), json!([one, "null"]));
        }
        if let Some(Value::Array(words)) = self.0.get_mut("enum") {
            words.push(Value::Null);
        }
        self
    }

    pub(super) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

/// A text.
pub(crate) fn text() -> Shape {
    Shape::of("string")
}

/// One of some words.
pub(crate) fn words(words: &[&str]) -> Shape {
    text().with("enum", words)
}

/// Bytes in base64url.
pub(crate) fn base64url() -> Shape {
    text().pattern("^[A-Za-z0-9_-]*={0,2}$")
}

/// An instant in ISO 8601.
pub(crate) fn instant() -> Shape {
    text().with("format", "date-time")
}

/// A day.
pub(crate) fn date() -> Shape {
    text().with("format", "date")
}

/// A UUID with dashes.
pub(crate) fn guid() -> Shape {
    text().with("format", "uuid")
}

/// An integer between two others, both included.
pub(crate) fn integer(least: i64, most: i64) -> Shape {
    Shape::of("integer")
        .with("minimum", least)
        .with("maximum", most)
}

/// True or false.
pub(crate) fn flag() -> Shape {
    Shape::of("boolean")
}

/// A list.
pub(crate) fn list_of(of: impl Into<Shape>) -> Shape {
    Shape::of("array").with("items", of.into().into_value())
}

/// Whatever there is.
pub(crate) fn anything() -> Shape {
    Shape(Map::new())
}

/// An object of members.
pub(crate) fn object() -> Object {
    Object::default()
}

/// An object, as its members are told. Members that are not told of are ignored.
#[derive(Clone, Default)]
pub(crate) struct Object {
    members: Map<String, Value>,
    required: Vec<&'static str>,
}

impl Object {
    /// A member that must be there.
    pub(crate) fn required(
        mut self,
        name: &'static str,
        shape: impl Into<Shape>,
        description: &str,
    ) -> Self {
        self.required.push(name);
        self.optional(name, shape, description)
    }

    /// A member that may be left out.
    pub(crate) fn optional(
        mut self,
        name: &'static str,
        shape: impl Into<Shape>,
        description: &str,
    ) -> Self {
        let shape = shape.into().with("description", description);
        self.members.insert(name.to_owned(), shape.into_value());
        self
    }
}

impl From<Object> for Shape {
    fn from(object: Object) -> Self {
        let shape = Self::of("object").with("properties", Value::Object(object.members));
        if object.required.is_empty() {
            shape
        } else {
            shape.with("required", object.required)
        }
    }
}
