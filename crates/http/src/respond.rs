//! Results on the wire (contract section 0.3).

use std::borrow::Cow;

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, HeaderValue},
    },
};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::problem::Problem;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// 200 with JSON.
///
/// # Errors
/// 500 if the value can't be written.
pub(crate) fn json(value: &impl Serialize) -> Result<HttpResponse, Problem> {
    json_with(StatusCode::OK, value)
}

/// JSON with a status.
///
/// # Errors
/// 500 if the value can't be written.
pub(crate) fn json_with(
    status: StatusCode,
    value: &impl Serialize,
) -> Result<HttpResponse, Problem> {
    let mut body = Vec::with_capacity(1024);
    serde_json::to_writer(&mut body, value).map_err(Problem::internal)?;
    Ok(HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, JSON))
        .body(body))
}

/// 204.
pub(crate) fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// 200 without a body.
pub(crate) fn empty() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// The wrapper of some lists.
#[derive(JsonSchema, Serialize)]
pub(crate) struct Values<T> {
    pub(crate) values: Vec<T>,
}

/// The reply of an endpoint that makes a token.
#[derive(JsonSchema, Serialize)]
pub(crate) struct TokenReply {
    pub(crate) token: String,
}

/// A time of style A: UTC with a `Z`.
pub(crate) struct Utc(pub(crate) Timestamp);

impl Serialize for Utc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&to_seven_digits(self.0))
    }
}

/// A time of style B: UTC without a word about the zone.
pub(crate) struct Zoneless(pub(crate) Timestamp);

impl Serialize for Zoneless {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = to_seven_digits(self.0).to_string();
        serializer.serialize_str(text.trim_end_matches('Z'))
    }
}

/// A time of style C: UTC with `+00:00`.
pub(crate) struct Offset(pub(crate) Timestamp);

impl Serialize for Offset {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = to_seven_digits(self.0).to_string();
        serializer.collect_str(&format_args!("{}+00:00", text.trim_end_matches('Z')))
    }
}

/// Says of a type that it is written as a text.
macro_rules! written_as_text {
    ($type:ty, $schema:tt) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

written_as_text!(Utc, { "type": "string", "format": "date-time" });
written_as_text!(Zoneless, {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,7})?$",
    "description": "UTC, without a word about the zone.",
});
written_as_text!(Offset, { "type": "string", "format": "date-time", "pattern": r"\+00:00$" });
written_as_text!(Base64Url<'_>, { "type": "string", "pattern": "^[A-Za-z0-9_-]*$" });
written_as_text!(Base64<'_>, {
    "type": "string",
    "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
});

/// A time that prints at most seven digits of its second's fraction: more are not read by every SDK.
fn to_seven_digits(at: Timestamp) -> Timestamp {
    let nanoseconds = at.as_nanosecond();
    Timestamp::from_nanosecond(nanoseconds - nanoseconds.rem_euclid(100)).unwrap_or(at)
}

/// Bytes inside WebAuthn objects: base64url without padding.
pub(crate) struct Base64Url<'a>(pub(crate) &'a [u8]);

impl Serialize for Base64Url<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&BASE64URL_NOPAD.encode_display(self.0))
    }
}

/// Bytes elsewhere: standard base64 with padding.
pub(crate) struct Base64<'a>(pub(crate) &'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&BASE64.encode_display(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &impl Serialize) -> String {
        serde_json::to_string(value).unwrap()
    }

    #[test]
    fn the_three_styles_of_time_drop_trailing_zeros() {
        let at: Timestamp = "2026-01-02T03:04:05.120Z".parse().unwrap();
        assert_eq!(text(&Utc(at)), r#""2026-01-02T03:04:05.12Z""#);
        assert_eq!(text(&Zoneless(at)), r#""2026-01-02T03:04:05.12""#);
        assert_eq!(text(&Offset(at)), r#""2026-01-02T03:04:05.12+00:00""#);
        let whole: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        assert_eq!(text(&Utc(whole)), r#""2026-01-02T03:04:05Z""#);
    }

    #[test]
    fn a_time_has_at_most_seven_fraction_digits() {
        let at: Timestamp = "2026-01-02T03:04:05.123456789Z".parse().unwrap();
        assert_eq!(text(&Utc(at)), r#""2026-01-02T03:04:05.1234567Z""#);
        assert_eq!(text(&Zoneless(at)), r#""2026-01-02T03:04:05.1234567""#);
    }

    #[test]
    fn the_two_flavours_of_base64_differ() {
        assert_eq!(text(&Base64Url(&[0xfb, 0xff])), r#""-_8""#);
        assert_eq!(text(&Base64(&[0xfb, 0xff])), r#""+/8=""#);
    }
}
