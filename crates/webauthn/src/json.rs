//! A strict JSON reader: no member twice at any depth, bounded nesting, nothing after the value.

use std::borrow::Cow;
use std::collections::HashSet;

/// A JSON value; strings without escapes and numbers lie in the input.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    /// The digits as written.
    Number(&'a str),
    String(Cow<'a, str>),
    Array(Vec<Value<'a>>),
    Object(Vec<Member<'a>>),
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) value: Value<'a>,
    /// The value as written.
    pub(crate) raw: &'a str,
}

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonError {
    Malformed,
    DuplicateMember,
    TooDeep,
}

/// The nesting that anything here needs, and more.
pub(crate) const MAX_DEPTH: usize = 32;
/// What any stack bears.
const HIGHEST_DEPTH: usize = 128;

impl<'a> Value<'a> {
    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self {
            Some(text)
        } else {
            None
        }
    }

    pub(crate) const fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    pub(crate) fn as_object(&self) -> Option<&[Member<'a>]> {
        if let Self::Object(members) = self {
            Some(members)
        } else {
            None
        }
    }

    pub(crate) fn as_array(&self) -> Option<&[Value<'a>]> {
        if let Self::Array(items) = self {
            Some(items)
        } else {
            None
        }
    }

    pub(crate) fn as_i64(&self) -> Option<i64> {
        if let Self::Number(digits) = self {
            digits.parse().ok()
        } else {
            None
        }
    }

    pub(crate) fn member(&self, name: &str) -> Option<&Value<'a>> {
        self.as_object()?
            .iter()
            .find(|member| member.name == name)
            .map(|member| &member.value)
    }
}

/// Parses a text that is one value.
pub(crate) fn parse(text: &str) -> Result<Value<'_>, JsonError> {
    parse_within(text, MAX_DEPTH)
}

/// Parses a text that is one value and nests no deeper than `depth`.
pub(crate) fn parse_within(text: &str, depth: usize) -> Result<Value<'_>, JsonError> {
    let mut parser = Parser { text, position: 0 };
    parser.skip_white_space();
    let value = parser.value(depth.min(HIGHEST_DEPTH))?;
    parser.skip_white_space();
    if parser.position == text.len() {
        Ok(value)
    } else {
        Err(JsonError::Malformed)
    }
}

struct Parser<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text
            .as_bytes()
            .get(self.position..)
            .unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn advance(&mut self, by: usize) {
        self.position = self.position.saturating_add(by);
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.advance(1);
        }
        found
    }

    fn slice(&self, start: usize) -> &'a str {
        self.text.get(start..self.position).unwrap_or_default()
    }

    fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.advance(1);
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, JsonError> {
        match self.peek() {
            Some(b'"') => self.string().map(Value::String),
            Some(b'{') => self.object(depth.checked_sub(1).ok_or(JsonError::TooDeep)?),
            Some(b'[') => self.array(depth.checked_sub(1).ok_or(JsonError::TooDeep)?),
            Some(b't') => self.literal("true", Value::Bool(true)),
            Some(b'f') => self.literal("false", Value::Bool(false)),
            Some(b'n') => self.literal("null", Value::Null),
            _ => self.number(),
        }
    }

    fn literal(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, JsonError> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err(JsonError::Malformed);
        }
        self.advance(word.len());
        Ok(value)
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let count = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        self.advance(count);
        if count == 0 {
            Err(JsonError::Malformed)
        } else {
            Ok(())
        }
    }

    fn number(&mut self) -> Result<Value<'a>, JsonError> {
        let start = self.position;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            self.digits()?;
        }
        Ok(Value::Number(self.slice(start)))
    }

    fn array(&mut self, depth: usize) -> Result<Value<'a>, JsonError> {
        self.advance(1);
        let mut items = Vec::new();
        self.skip_white_space();
        if self.eat(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            self.skip_white_space();
            items.push(self.value(depth)?);
            self.skip_white_space();
            if self.eat(b']') {
                return Ok(Value::Array(items));
            }
            if !self.eat(b',') {
                return Err(JsonError::Malformed);
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value<'a>, JsonError> {
        self.advance(1);
        let mut members: Vec<Member<'a>> = Vec::new();
        self.skip_white_space();
        if self.eat(b'}') {
            return Ok(Value::Object(members));
        }
        members.reserve_exact(8);
        loop {
            self.skip_white_space();
            let name = self.string()?;
            self.skip_white_space();
            if !self.eat(b':') {
                return Err(JsonError::Malformed);
            }
            self.skip_white_space();
            let start = self.position;
            let value = self.value(depth)?;
            members.push(Member {
                name,
                value,
                raw: self.slice(start),
            });
            self.skip_white_space();
            if self.eat(b'}') {
                return if has_duplicate(&members) {
                    Err(JsonError::DuplicateMember)
                } else {
                    Ok(Value::Object(members))
                };
            }
            if !self.eat(b',') {
                return Err(JsonError::Malformed);
            }
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        if !self.eat(b'"') {
            return Err(JsonError::Malformed);
        }
        let start = self.position;
        self.skip_plain();
        if self.peek() == Some(b'"') {
            let text = self.slice(start);
            self.advance(1);
            return Ok(Cow::Borrowed(text));
        }
        let mut text = String::from(self.slice(start));
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.advance(1);
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => {
                    self.advance(1);
                    text.push(self.escape()?);
                }
                _ => return Err(JsonError::Malformed),
            }
            let start = self.position;
            self.skip_plain();
            text.push_str(self.slice(start));
        }
    }

    /// Moves to the next quote, backslash, control character or the end.
    fn skip_plain(&mut self) {
        let rest = self.rest();
        let count = rest
            .iter()
            .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))
            .unwrap_or(rest.len());
        self.advance(count);
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let letter = self.peek().ok_or(JsonError::Malformed)?;
        self.advance(1);
        Ok(match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex4()?;
                if (0xd800..0xdc00).contains(&first) {
                    if !(self.eat(b'\\') && self.eat(b'u')) {
                        return Err(JsonError::Malformed);
                    }
                    let second = self.hex4()?;
                    let pair = char::decode_utf16([first, second]).next();
                    pair.and_then(Result::ok).ok_or(JsonError::Malformed)?
                } else {
                    char::from_u32(u32::from(first)).ok_or(JsonError::Malformed)?
                }
            }
            _ => return Err(JsonError::Malformed),
        })
    }

    fn hex4(&mut self) -> Result<u16, JsonError> {
        let digits = self.rest().get(..4).ok_or(JsonError::Malformed)?;
        let mut value = 0_u16;
        for digit in digits {
            let digit = char::from(*digit)
                .to_digit(16)
                .and_then(|digit| u16::try_from(digit).ok());
            value = (value << 4) | digit.ok_or(JsonError::Malformed)?;
        }
        self.advance(4);
        Ok(value)
    }
}

fn has_duplicate(members: &[Member<'_>]) -> bool {
    if members.len() > 16 {
        let mut seen = HashSet::with_capacity(members.len());
        return !members.iter().all(|member| seen.insert(&*member.name));
    }
    let mut rest = members;
    while let Some((first, others)) = rest.split_first() {
        if others.iter().any(|other| other.name == first.name) {
            return true;
        }
        rest = others;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_of_rfc_8259_is_kept() {
        for good in [
            "{}",
            " [1,-0.5e+3 , \"\\u00e9\\ud83d\\ude00\"] ",
            "null",
            "\"\"",
            "0",
            "{\"a\":{\"b\":[]}}",
        ] {
            assert!(parse(good).is_ok(), "{good}");
            assert!(
                serde_json::from_str::<serde_json::Value>(good).is_ok(),
                "{good}"
            );
        }
        for bad in [
            "",
            "{",
            "{}x",
            "{,}",
            "[1,]",
            "01",
            "1.",
            "-",
            "+1",
            "tru",
            "\"\n\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "'a'",
            "{a:1}",
            "\u{feff}{}",
            "\"a",
            "{\"a\"}",
            "{\"a\":}",
            "\"\\udc00\"",
            "\"\\ud800\\u0041\"",
        ] {
            assert_eq!(parse(bad), Err(JsonError::Malformed), "{bad}");
        }
    }

    #[test]
    fn a_member_may_occur_once_at_any_depth_after_unescaping() {
        for bad in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":[{"b":1,"b":2}]}"#,
        ] {
            assert_eq!(parse(bad), Err(JsonError::DuplicateMember));
        }
        let many: Vec<String> = (0..20).map(|n| format!("\"{}\":1", n % 19)).collect();
        assert_eq!(
            parse(&format!("{{{}}}", many.join(","))),
            Err(JsonError::DuplicateMember)
        );
    }

    #[test]
    fn nesting_ends_at_32() {
        let nest = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(&nest(32)).is_ok());
        assert_eq!(parse(&nest(33)), Err(JsonError::TooDeep));
        assert_eq!(parse_within(&nest(3), 2), Err(JsonError::TooDeep));
        assert!(parse_within(&nest(128), usize::MAX).is_ok());
        assert_eq!(
            parse_within(&nest(100_000), usize::MAX),
            Err(JsonError::TooDeep)
        );
    }
}
