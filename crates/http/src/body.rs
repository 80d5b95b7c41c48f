//! JSON bodies, read as the contract's section 0.2 wants: member names in any letter case, numbers where text is asked
//! for, and every refusal a sentence that names what could not be read.
//!
//! A body is split into its members once; each is read where the endpoint asks for it, borrowed where it can be.

use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

use actix_web::{
    HttpRequest,
    error::PayloadError,
    http::{StatusCode, header::CONTENT_TYPE},
    web::{Bytes, Payload},
};
use data_encoding::{BASE64URL, BASE64URL_NOPAD};
use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{problem::Problem, time_span::time_span};

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 64;

/// The body of a request, whole. Who calls was asked before: nobody unknown makes us keep a body.
pub(crate) struct Body {
    bytes: Bytes,
    name: &'static str,
}

impl Body {
    /// Takes in the body of a request. `name` is what the refusals call it.
    ///
    /// # Errors
    /// 400 without a body, 408 for one that comes too slowly, 413 for one above the limit, 415 for one that is not said to be
    /// JSON.
    pub(crate) async fn read(
        request: &HttpRequest,
        payload: Payload,
        name: &'static str,
        limit: usize,
        time: Duration,
    ) -> Result<Self, Problem> {
        let bytes = tokio::time::timeout(time, payload.to_bytes_limited(limit))
            .await
            .map_err(|_| Problem::framework(StatusCode::REQUEST_TIMEOUT, "Request Timeout"))?
            .map_err(|_| too_large(limit))?
            .map_err(|error| match error.as_error::<PayloadError>() {
                Some(PayloadError::Overflow) => too_large(limit),
                _ => Problem::unreadable("The request body could not be read."),
            })?;
        if bytes.is_empty() {
            return Err(missing(name));
        }
        let content_type = request.headers().get(CONTENT_TYPE);
        let content_type = content_type.map_or("", |value| value.to_str().unwrap_or(""));
        if !is_json(content_type) {
            return Err(Problem::framework(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                format!("Expected a supported JSON media type but got \"{content_type}\"."),
            ));
        }
        Ok(Self { bytes, name })
    }

    /// The body as it came.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The members of the object that the body is.
    ///
    /// # Errors
    /// 400 for what is no JSON object.
    pub(crate) fn members(&self) -> Result<Members<'_>, Problem> {
        Members::parse(&self.bytes, self.name)
    }
}

fn too_large(limit: usize) -> Problem {
    Problem::framework(StatusCode::PAYLOAD_TOO_LARGE, "Payload Too Large")
        .with_detail(format!("A request body may have up to {limit} bytes."))
}

fn missing(name: &str) -> Problem {
    Problem::unreadable(format!(
        "Required parameter \"{name} payload\" was not provided from body."
    ))
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or("").trim();
    let Some((_, subtype)) = essence.split_once('/') else {
        return false;
    };
    essence.eq_ignore_ascii_case("application/json")
        || subtype
            .len()
            .checked_sub("+json".len())
            .and_then(|at| subtype.get(at..))
            .is_some_and(|suffix| suffix.eq_ignore_ascii_case("+json"))
}

/// The members of a JSON object.
pub(crate) struct Members<'a> {
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
    name: &'static str,
}

impl<'a> Members<'a> {
    /// Splits an object into its members.
    pub(crate) fn parse(json: &'a [u8], name: &'static str) -> Result<Self, Problem> {
        let unreadable = || {
            Problem::unreadable(format!(
                "Failed to read parameter \"{name} payload\" from the request body as JSON."
            ))
        };
        if deeper_than(json, MAX_DEPTH) {
            return Err(unreadable().with_detail("The JSON is nested too deeply."));
        }
        let text = std::str::from_utf8(json)
            .map_err(|_| unreadable().with_detail("The body is not UTF-8."))?;
        if text.trim() == "null" {
            return Err(missing(name));
        }
        let object: Object<'a> = serde_json::from_str(text)
            .map_err(|error| unreadable().with_detail(error.to_string()))?;
        Ok(Self {
            members: object.0,
            name,
        })
    }

    /// A text, or what becomes one: a number's own digits, `True` and `False`, the JSON of objects and arrays.
    ///
    /// # Errors
    /// 400 for a text that is no Unicode or holds U+0000, which no database of ours can keep.
    pub(crate) fn text(&self, member: &'static str) -> Result<Option<Cow<'a, str>>, Problem> {
        match self.raw(member) {
            Some(raw) => self.text_of(member, raw),
            None => Ok(None),
        }
    }

    /// The same, as a text of its own.
    pub(crate) fn owned_text(&self, member: &'static str) -> Result<Option<String>, Problem> {
        Ok(self.text(member)?.map(Cow::into_owned))
    }

    /// An array of texts; null elements stay.
    pub(crate) fn texts(
        &self,
        member: &'static str,
    ) -> Result<Option<Vec<Option<Cow<'a, str>>>>, Problem> {
        let Some(elements) = self.elements(member)? else {
            return Ok(None);
        };
        elements
            .into_iter()
            .map(|raw| self.text_of(member, raw))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// An integer that fits, or a text that holds one.
    pub(crate) fn integer<T: FromStr>(&self, member: &'static str) -> Result<Option<T>, Problem> {
        let Some(raw) = self.raw(member) else {
            return Ok(None);
        };
        let json = raw.get();
        let digits = json
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap_or(json);
        digits
            .parse()
            .ok()
            .filter(|_| !digits.starts_with('+'))
            .map(Some)
            .ok_or_else(|| self.wrong(member, "an integer"))
    }

    /// A switch that has a default and can't be null.
    pub(crate) fn flag(&self, member: &'static str, default: bool) -> Result<bool, Problem> {
        match self.find(member) {
            None => Ok(default),
            Some(raw) => self.flag_of(member, raw),
        }
    }

    /// A switch that may be null.
    pub(crate) fn optional_flag(&self, member: &'static str) -> Result<Option<bool>, Problem> {
        self.raw(member)
            .map(|raw| self.flag_of(member, raw))
            .transpose()
    }

    /// An instant in ISO 8601; without an offset it is UTC.
    pub(crate) fn instant(&self, member: &'static str) -> Result<Option<Timestamp>, Problem> {
        let Some(raw) = self.raw(member) else {
            return Ok(None);
        };
        let wrong = || self.wrong(member, "a date and time in ISO 8601");
        let text = unquoted(raw).ok_or_else(wrong)?;
        if let Ok(instant) = text.parse() {
            return Ok(Some(instant));
        }
        let civil: civil::DateTime = text.parse().map_err(|_| wrong())?;
        let zoned = civil.to_zoned(TimeZone::UTC).map_err(|_| wrong())?;
        Ok(Some(zoned.timestamp()))
    }

    /// A length of time, written `[d.]hh:mm:ss[.fraction]`; of a negative one nothing is left.
    pub(crate) fn time_span(&self, member: &'static str) -> Result<Option<Duration>, Problem> {
        let Some(raw) = self.raw(member) else {
            return Ok(None);
        };
        let wrong = || self.wrong(member, "a time span such as '00:02:00'");
        let text = unquoted(raw).ok_or_else(wrong)?;
        time_span(&text).map(Some).ok_or_else(wrong)
    }

    /// Bytes in base64url; padding is tolerated. The error names what is missing or wrong.
    pub(crate) fn bytes(&self, member: &'static str) -> Result<Option<Vec<u8>>, Problem> {
        let Some(raw) = self.raw(member) else {
            return Ok(None);
        };
        let wrong = || self.wrong(member, "base64url");
        let text = unquoted(raw).ok_or_else(wrong)?;
        base64url(&text).map(Some).ok_or_else(wrong)
    }

    /// Bytes in base64url that must be there.
    pub(crate) fn required_bytes(&self, member: &'static str) -> Result<Vec<u8>, Problem> {
        self.bytes(member)?
            .ok_or_else(|| self.wrong(member, "base64url"))
    }

    /// The members of an object inside this one.
    pub(crate) fn object(&self, member: &'static str) -> Result<Option<Members<'a>>, Problem> {
        let Some(raw) = self.raw(member) else {
            return Ok(None);
        };
        let object: Object<'a> =
            serde_json::from_str(raw.get()).map_err(|_| self.wrong(member, "an object"))?;
        Ok(Some(Members {
            members: object.0,
            name: self.name,
        }))
    }

    /// An object that must be there.
    pub(crate) fn required_object(&self, member: &'static str) -> Result<Members<'a>, Problem> {
        self.object(member)?
            .ok_or_else(|| self.wrong(member, "an object"))
    }

    /// Whether there is such a member, null or not.
    pub(crate) fn has(&self, member: &str) -> bool {
        self.find(member).is_some()
    }

    /// The elements of an array, unread.
    fn elements(&self, member: &'static str) -> Result<Option<Vec<&'a RawValue>>, Problem> {
        self.raw(member)
            .map(|raw| serde_json::from_str(raw.get()))
            .transpose()
            .map_err(|_| self.wrong(member, "an array"))
    }

    /// The refusal of a member of the wrong type.
    pub(crate) fn wrong(&self, member: &str, wanted: &str) -> Problem {
        Problem::unreadable(format!(
            "Failed to read parameter \"{} payload\" from the request body as JSON.",
            self.name
        ))
        .with_detail(format!("The member '{member}' must be {wanted}."))
    }

    fn text_of(
        &self,
        member: &'static str,
        raw: &'a RawValue,
    ) -> Result<Option<Cow<'a, str>>, Problem> {
        let text = match raw.get() {
            "null" => return Ok(None),
            "true" => Cow::Borrowed("True"),
            "false" => Cow::Borrowed("False"),
            json if json.starts_with('"') => {
                unquoted(raw).ok_or_else(|| self.wrong(member, "a text of whole characters"))?
            }
            json => Cow::Borrowed(json),
        };
        if text.contains('\0') {
            return Err(self.wrong(member, "a text without the character U+0000"));
        }
        Ok(Some(text))
    }

    fn flag_of(&self, member: &'static str, raw: &RawValue) -> Result<bool, Problem> {
        match raw.get() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.wrong(member, "true or false")),
        }
    }

    /// The value of a member that is neither absent nor null.
    fn raw(&self, member: &str) -> Option<&'a RawValue> {
        self.find(member).filter(|raw| raw.get() != "null")
    }

    /// The last member of this name in any letter case.
    fn find(&self, member: &str) -> Option<&'a RawValue> {
        self.members
            .iter()
            .rev()
            .find(|(name, _)| name.eq_ignore_ascii_case(member))
            .map(|(_, raw)| *raw)
    }
}

/// Decodes base64url with or without padding; of the bits that no byte needs, all must be zero.
pub(crate) fn base64url(text: &str) -> Option<Vec<u8>> {
    let encoding = if text.ends_with('=') {
        &BASE64URL
    } else {
        &BASE64URL_NOPAD
    };
    encoding.decode(text.as_bytes()).ok()
}

/// The text of a JSON string; none for other JSON, and for escapes that are no Unicode.
fn unquoted(raw: &RawValue) -> Option<Cow<'_, str>> {
    let inner = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str(raw.get()).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// Whether brackets nest deeper than the limit. Wrong JSON may be told either way: it is refused all the same.
fn deeper_than(json: &[u8], limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Split;

        impl<'de> Visitor<'de> for Split {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some((Name(name), raw)) = map.next_entry()? {
                    members.push((name, raw));
                }
                Ok(Object(members))
            }
        }

        deserializer.deserialize_map(Split)
    }
}

/// A member's name, borrowed unless it holds escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrow;

        impl<'de> Visitor<'de> for Borrow {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(Borrow)
    }
}

#[cfg(test)]
mod tests;
