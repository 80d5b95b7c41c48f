//! [Client data](https://www.w3.org/TR/webauthn-3/#dictionary-client-data): what the browser says about the ceremony.

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::crypto::sha256;
use crate::error::{Error, Result};
use crate::json::{self, JsonError, Value};
use crate::payment::PaymentClientData;

/// The client data of a registration.
pub const TYPE_CREATE: &str = "webauthn.create";
/// The client data of a sign-in.
pub const TYPE_GET: &str = "webauthn.get";
/// The client data of a payment confirmation.
pub const TYPE_PAYMENT: &str = "payment.get";

/// Parsed client data; strings lie in the input unless they have escapes.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ClientData<'a> {
    /// The kind of ceremony.
    pub kind: Cow<'a, str>,
    /// The challenge in base64url, as the client wrote it.
    pub challenge: Cow<'a, str>,
    /// The origin of the calling page or app.
    pub origin: Cow<'a, str>,
    /// Did the call come from a frame of another origin?
    pub cross_origin: Option<bool>,
    /// The origin of the top-level page, from clients that say it.
    pub top_origin: Option<Cow<'a, str>>,
    /// What `tokenBinding` says.
    pub token_binding: TokenBinding,
    /// The details of a payment.
    pub payment: Option<PaymentClientData>,
    /// Was it serialised [as specified](https://www.w3.org/TR/webauthn-3/#clientdatajson-serialization)?
    pub serialized_as_specified: bool,
}

/// SHA-256 of client data, computed when it is first asked for: attestation `none` never does.
#[derive(Debug)]
pub(crate) struct ClientDataHash<'a> {
    client_data: &'a [u8],
    hash: OnceCell<[u8; 32]>,
}

impl<'a> ClientDataHash<'a> {
    pub(crate) const fn of(client_data: &'a [u8]) -> Self {
        Self {
            client_data,
            hash: OnceCell::new(),
        }
    }

    pub(crate) fn known(hash: &[u8; 32]) -> Self {
        Self {
            client_data: &[],
            hash: OnceCell::from(*hash),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        self.hash.get_or_init(|| sha256(self.client_data))
    }
}

/// The reserved member `tokenBinding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenBinding {
    /// Not there.
    Absent,
    /// An object with the status `supported` or `not-supported`.
    NotUsed,
    /// An object with the status `present`.
    Present,
    /// Anything else.
    Unrecognized,
}

impl<'a> ClientData<'a> {
    /// Parses `clientDataJSON`. One leading byte-order mark is skipped; unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::ClientDataNotUtf8`], [`Error::ClientDataMalformed`], [`Error::ClientDataDuplicateMember`],
    /// [`Error::TooLarge`] where it nests deeper than 32.
    pub fn parse(input: &'a [u8]) -> Result<Self> {
        Self::parse_within(input, json::MAX_DEPTH)
    }

    /// The same with another limit of nesting.
    pub(crate) fn parse_within(input: &'a [u8], depth: usize) -> Result<Self> {
        let stripped = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
        let text = std::str::from_utf8(stripped).map_err(|_| Error::ClientDataNotUtf8)?;
        let members = match json::parse_within(text, depth) {
            Ok(Value::Object(members)) => members,
            Ok(_) => return Err(Error::ClientDataMalformed("not an object")),
            Err(JsonError::Malformed) => return Err(Error::ClientDataMalformed("not JSON")),
            Err(JsonError::TooDeep) => {
                return Err(Error::TooLarge("the nesting of clientDataJSON"));
            }
            Err(JsonError::DuplicateMember) => return Err(Error::ClientDataDuplicateMember),
        };
        let (mut kind, mut challenge, mut origin, mut top_origin) = (None, None, None, None);
        let (mut cross_origin, mut payment) = (None, None);
        let mut token_binding = TokenBinding::Absent;
        for member in members {
            match &*member.name {
                "type" => kind = Some(string(member.value, "type")?),
                "challenge" => challenge = Some(string(member.value, "challenge")?),
                "origin" => origin = Some(string(member.value, "origin")?),
                "topOrigin" => top_origin = Some(string(member.value, "topOrigin")?),
                "crossOrigin" => {
                    cross_origin = Some(
                        member
                            .value
                            .as_bool()
                            .ok_or(Error::ClientDataMalformed("crossOrigin"))?,
                    );
                }
                "tokenBinding" => token_binding = TokenBinding::of(&member.value),
                "payment" => payment = Some(member.value),
                _ => {}
            }
        }
        let kind = kind.ok_or(Error::ClientDataMalformed("type"))?;
        let payment = match payment {
            Some(value) if kind == TYPE_PAYMENT || kind == TYPE_CREATE => {
                Some(PaymentClientData::read(&value)?)
            }
            _ => None,
        };
        let mut data = Self {
            kind,
            challenge: challenge.ok_or(Error::ClientDataMalformed("challenge"))?,
            origin: origin.ok_or(Error::ClientDataMalformed("origin"))?,
            cross_origin,
            top_origin,
            token_binding,
            payment,
            serialized_as_specified: false,
        };
        data.serialized_as_specified = data.matches_serialization(input);
        Ok(data)
    }

    /// The [limited verification algorithm](https://www.w3.org/TR/webauthn-3/#clientdatajson-verification): the bytes
    /// begin with the known members in their order.
    fn matches_serialization(&self, input: &[u8]) -> bool {
        let mut rest = Remaining(input);
        let fits = rest.eat(b"{\"type\":")
            && rest.eat_string(&self.kind)
            && rest.eat(b",\"challenge\":")
            && rest.eat_string(&self.challenge)
            && rest.eat(b",\"origin\":")
            && rest.eat_string(&self.origin)
            && rest.eat(b",\"crossOrigin\":")
            && rest.eat(if self.cross_origin == Some(true) {
                b"true"
            } else {
                b"false"
            })
            && self
                .top_origin
                .as_ref()
                .is_none_or(|top| rest.eat(b",\"topOrigin\":") && rest.eat_string(top));
        fits && (rest.eat(b",") || rest.0 == b"}")
    }
}

impl TokenBinding {
    fn of(value: &Value<'_>) -> Self {
        match value.member("status").and_then(Value::as_str) {
            Some("present") => Self::Present,
            Some("supported" | "not-supported") => Self::NotUsed,
            _ => Self::Unrecognized,
        }
    }
}

fn string<'a>(value: Value<'a>, member: &'static str) -> Result<Cow<'a, str>> {
    if let Value::String(text) = value {
        Ok(text)
    } else {
        Err(Error::ClientDataMalformed(member))
    }
}

struct Remaining<'a>(&'a [u8]);

impl Remaining<'_> {
    fn eat(&mut self, piece: &[u8]) -> bool {
        self.0
            .strip_prefix(piece)
            .map(|rest| self.0 = rest)
            .is_some()
    }

    /// A string as [`CCDToString`](https://www.w3.org/TR/webauthn-3/#ccdtostring) writes it.
    fn eat_string(&mut self, text: &str) -> bool {
        if !self.eat(b"\"") {
            return false;
        }
        if text
            .bytes()
            .all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\')
        {
            return self.eat(text.as_bytes()) && self.eat(b"\"");
        }
        let mut buffer = [0; 4];
        let escaped = |c: char| match c {
            '"' => String::from("\\\""),
            '\\' => String::from("\\\\"),
            '\0'..='\u{1f}' => format!("\\u{:04x}", u32::from(c)),
            _ => String::from(&*c.encode_utf8(&mut buffer)),
        };
        let piece: String = text.chars().map(escaped).collect();
        self.eat(piece.as_bytes()) && self.eat(b"\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"type":"webauthn.get","challenge":"AA","origin":"https://a.example","crossOrigin":false}"#;

    #[test]
    fn known_members_are_read_and_the_rest_is_ignored() {
        let data = ClientData::parse(GOOD.as_bytes()).unwrap();
        assert_eq!(
            (&*data.kind, &*data.challenge, &*data.origin),
            ("webauthn.get", "AA", "https://a.example")
        );
        assert!(data.serialized_as_specified);
        let other = GOOD.replace("false}", "false,\"x\":{\"y\":[1]}}");
        assert!(
            ClientData::parse(other.as_bytes())
                .unwrap()
                .serialized_as_specified
        );
        let reordered = r#"{"challenge":"AA","type":"webauthn.get","origin":"https://a.example"}"#;
        assert!(
            !ClientData::parse(reordered.as_bytes())
                .unwrap()
                .serialized_as_specified
        );
    }

    #[test]
    fn one_byte_order_mark_is_skipped() {
        let marked = [b"\xef\xbb\xbf", GOOD.as_bytes()].concat();
        assert!(ClientData::parse(&marked).is_ok());
        let twice = [b"\xef\xbb\xbf", marked.as_slice()].concat();
        assert_eq!(
            ClientData::parse(&twice),
            Err(Error::ClientDataMalformed("not JSON"))
        );
    }

    #[test]
    fn a_known_member_has_its_type() {
        for (from, to, member) in [
            ("\"webauthn.get\"", "1", "type"),
            ("\"AA\"", "null", "challenge"),
            ("\"https://a.example\"", "[]", "origin"),
            ("false", "null", "crossOrigin"),
            ("false", "false,\"topOrigin\":null", "topOrigin"),
        ] {
            let bad = GOOD.replace(from, to);
            assert_eq!(
                ClientData::parse(bad.as_bytes()),
                Err(Error::ClientDataMalformed(member))
            );
        }
    }
}
