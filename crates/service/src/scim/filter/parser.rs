//! The grammar, as a parser that goes down it.

use serde_json::Number;

use super::{AttributePath, Filter, Literal, Operator};
use crate::scim::Refused;

/// How many bytes a filter has at most.
pub const MAX_LENGTH: usize = 2048;
/// How deep a filter nests at most.
pub const MAX_DEPTH: usize = 32;

/// A whole filter.
pub(super) fn filter(text: &str) -> Result<Filter, Refused> {
    let mut parser = Parser::new(text)?;
    let filter = parser.any_of(Scope::Resource, 0)?;
    parser.end()?;
    Ok(filter)
}

/// The name of an attribute, and nothing else.
pub(crate) fn attribute_path(text: &str) -> Result<AttributePath, Refused> {
    let mut parser = Parser::new(text)?;
    let path = parser.attribute()?;
    parser.end()?;
    Ok(path)
}

/// The path of a PATCH operation (RFC 7644 section 3.5.2): `attribute`, `attribute[filter]`, `attribute[filter].sub`.
pub(crate) fn value_path(
    text: &str,
) -> Result<(AttributePath, Option<Filter>, Option<String>), Refused> {
    let mut parser = Parser::new(text)?;
    let path = parser.attribute()?;
    if parser.end().is_ok() {
        return Ok((path, None, None));
    }
    let filter = parser.brackets(&path, 0)?;
    let sub = if parser.take('.') {
        Some(parser.name()?)
    } else {
        None
    };
    parser.end()?;
    Ok((path, Some(filter), sub))
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

/// Where a filter stands: brackets don't stand in brackets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Resource,
    Element,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Self, Refused> {
        if text.len() > MAX_LENGTH {
            return Err(Refused::filter(format!(
                "the text is longer than {MAX_LENGTH} bytes"
            )));
        }
        let text = text.trim_matches(' ');
        Ok(Self { text, rest: text })
    }

    fn any_of(&mut self, scope: Scope, depth: usize) -> Result<Filter, Refused> {
        if depth > MAX_DEPTH {
            return Err(self.refuse(&format!("it is nested deeper than {MAX_DEPTH}")));
        }
        let mut parts = vec![self.all_of(scope, depth)?];
        while self.word("or") {
            parts.push(self.all_of(scope, depth)?);
        }
        Ok(one_or(parts, Filter::Any))
    }

    fn all_of(&mut self, scope: Scope, depth: usize) -> Result<Filter, Refused> {
        let mut parts = vec![self.term(scope, depth)?];
        while self.word("and") {
            parts.push(self.term(scope, depth)?);
        }
        Ok(one_or(parts, Filter::All))
    }

    fn term(&mut self, scope: Scope, depth: usize) -> Result<Filter, Refused> {
        self.spaces();
        if self.take('(') {
            return self.group(scope, depth);
        }
        if self.negation() {
            return Ok(Filter::Not(Box::new(self.group(scope, depth)?)));
        }
        let path = self.attribute()?;
        if self.rest.starts_with('[') {
            if scope == Scope::Element {
                return Err(self.refuse("brackets don't stand in brackets"));
            }
            return self.values(path, depth);
        }
        self.comparison(path)
    }

    /// An attribute and a filter over its values in brackets. Some directories go on to compare a part of the values that are
    /// meant, or the values themselves, which the grammar does not have: `emails[type eq "work"].value eq "x"`.
    fn values(&mut self, path: AttributePath, depth: usize) -> Result<Filter, Refused> {
        let inner = self.brackets(&path, depth)?;
        let compared = if self.take('.') {
            Some(self.name()?)
        } else if self.operator_follows() {
            Some("value".to_owned())
        } else {
            None
        };
        let Some(name) = compared else {
            return Ok(Filter::Values(path, Box::new(inner)));
        };
        let part = AttributePath {
            schema: None,
            name,
            sub: None,
        };
        let both = Filter::All(vec![inner, self.comparison(part)?]);
        Ok(Filter::Values(path, Box::new(both)))
    }

    /// What is asked of an attribute, which was read.
    fn comparison(&mut self, path: AttributePath) -> Result<Filter, Refused> {
        if !self.spaces() {
            return Err(self.refuse(&format!("an operator is expected after '{path}'")));
        }
        let operator = self.letters();
        if operator.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        let Some(known) = Operator::of(operator) else {
            return Err(self.refuse(&format!("'{}' is no operator", start_of(operator))));
        };
        if !self.spaces() {
            return Err(self.refuse(&format!("a value is expected after '{operator}'")));
        }
        Ok(Filter::Compare(path, known, self.literal()?))
    }

    /// What stands between an opening parenthesis, which was taken, and the closing one.
    fn group(&mut self, scope: Scope, depth: usize) -> Result<Filter, Refused> {
        let inner = self.any_of(scope, depth + 1)?;
        self.spaces();
        if self.take(')') {
            Ok(inner)
        } else {
            Err(self.refuse("a closing parenthesis is expected"))
        }
    }

    fn brackets(&mut self, path: &AttributePath, depth: usize) -> Result<Filter, Refused> {
        if !self.take('[') {
            return Err(self.refuse("an opening bracket is expected"));
        }
        if path.sub.is_some() {
            return Err(self.refuse(&format!("brackets can't follow '{path}'")));
        }
        let inner = self.any_of(Scope::Element, depth + 1)?;
        self.spaces();
        if self.take(']') {
            Ok(inner)
        } else {
            Err(self.refuse("a closing bracket is expected"))
        }
    }

    /// `not` and an opening parenthesis; any other `not` is the name of an attribute.
    fn negation(&mut self) -> bool {
        let before = self.rest;
        if self.letters().eq_ignore_ascii_case("not") {
            self.spaces();
            if self.take('(') {
                return true;
            }
        }
        self.rest = before;
        false
    }

    fn attribute(&mut self) -> Result<AttributePath, Refused> {
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || "_-$.:".contains(c)))
            .unwrap_or(self.rest.len());
        let (whole, rest) = self.rest.split_at(end);
        let (schema, path) = match whole.rsplit_once(':') {
            Some((schema, path)) => (Some(schema), path),
            None => (None, whole),
        };
        if schema.is_some_and(|schema| !is_urn(schema)) {
            return Err(self.refuse("what stands before a colon must be the URN of a schema"));
        }
        let (name, sub) = match path.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (path, None),
        };
        if !is_name(name) || sub.is_some_and(|sub| !is_name(sub)) {
            return Err(self.refuse("the name of an attribute is expected"));
        }
        self.rest = rest;
        Ok(AttributePath {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
            sub: sub.map(str::to_owned),
        })
    }

    /// Whether a space and an operator stand next; nothing is taken.
    fn operator_follows(&mut self) -> bool {
        let before = self.rest;
        let follows = self.spaces() && Operator::of(self.letters()).is_some();
        self.rest = before;
        follows
    }

    fn name(&mut self) -> Result<String, Refused> {
        let path = self.attribute()?;
        match path {
            AttributePath {
                schema: None,
                name,
                sub: None,
            } => Ok(name),
            _ => Err(self.refuse("the name of a sub-attribute is expected")),
        }
    }

    fn literal(&mut self) -> Result<Literal, Refused> {
        if self.rest.starts_with('"') {
            return self.string();
        }
        let end = self.rest.find([' ', ')', ']']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        let literal = if word.eq_ignore_ascii_case("true") {
            Literal::Boolean(true)
        } else if word.eq_ignore_ascii_case("false") {
            Literal::Boolean(false)
        } else if word.eq_ignore_ascii_case("null") {
            Literal::Null
        } else {
            match serde_json::from_str(word) {
                Ok(number) => Literal::Number(nearest(number, word)),
                Err(_) => {
                    return Err(self.refuse(
                        "a value is a text in double quotes, a number, true, false or null",
                    ));
                }
            }
        };
        self.rest = rest;
        Ok(literal)
    }

    fn string(&mut self) -> Result<Literal, Refused> {
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, c)| {
            let closes = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            closes
        });
        let Some((end, _)) = end else {
            return Err(self.refuse("a closing quote is expected"));
        };
        let (quoted, rest) = self.rest.split_at(end + 1);
        let Ok(text) = serde_json::from_str::<String>(quoted) else {
            return Err(self.refuse("a text is escaped as JSON's are"));
        };
        if text.contains('\0') {
            return Err(self.refuse("no text contains U+0000"));
        }
        self.rest = rest;
        Ok(Literal::Text(text))
    }

    /// Takes `and` or `or` between two terms.
    fn word(&mut self, word: &str) -> bool {
        let before = self.rest;
        // After a parenthesis or a bracket there need be no space.
        self.spaces();
        if self.letters().eq_ignore_ascii_case(word)
            && (self.rest.starts_with(' ') || self.rest.starts_with('('))
        {
            return true;
        }
        self.rest = before;
        false
    }

    fn letters(&mut self) -> &'a str {
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(self.rest.len());
        let (letters, rest) = self.rest.split_at(end);
        self.rest = rest;
        letters
    }

    fn spaces(&mut self) -> bool {
        let trimmed = self.rest.trim_start_matches(' ');
        let some = trimmed.len() < self.rest.len();
        self.rest = trimmed;
        some
    }

    fn take(&mut self, letter: char) -> bool {
        match self.rest.strip_prefix(letter) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn end(&self) -> Result<(), Refused> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.refuse("nothing more is expected"))
        }
    }

    fn refuse(&self, what: &str) -> Refused {
        let place = self.text.len() - self.rest.len();
        if self.rest.is_empty() {
            return Refused::filter(format!("at the end: {what}"));
        }
        Refused::filter(format!(
            "at byte {place}, before '{}': {what}",
            start_of(self.rest)
        ))
    }
}

fn one_or(mut parts: Vec<Filter>, several: fn(Vec<Filter>) -> Filter) -> Filter {
    match parts.len() {
        1 => parts.remove(0),
        _ => several(parts),
    }
}

/// The first few characters, for a message.
fn start_of(text: &str) -> &str {
    match text.char_indices().nth(16) {
        Some((end, _)) => text.split_at(end).0,
        None => text,
    }
}

fn is_urn(text: &str) -> bool {
    text.get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("urn:"))
}

/// `ATTRNAME` of RFC 7643 section 2.1, and `$ref`.
fn is_name(text: &str) -> bool {
    let letters = text.strip_prefix('$').unwrap_or(text);
    letters.starts_with(|c: char| c.is_ascii_alphabetic())
        && letters
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// The number that is nearest to what was written: `serde_json` may be off by one in the last place.
fn nearest(number: Number, written: &str) -> Number {
    if !number.is_f64() {
        return number;
    }
    let exact = written.parse().ok().and_then(Number::from_f64);
    exact.unwrap_or(number)
}
