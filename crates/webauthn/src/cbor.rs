//! CBOR in the [CTAP2 canonical form], and nothing else.
//!
//! [`Reader`] walks over a buffer without copying and refuses whatever an authenticator must not write: indefinite
//! lengths, integers longer than needed, unsorted or repeated map keys, tags, deep nesting. [`Value`] is a tree for the
//! parts whose shape is not known beforehand.
//!
//! [CTAP2 canonical form]: https://fidoalliance.org/specs/fido-v2.2-ps-20250714/fido-client-to-authenticator-protocol-v2.2-ps-20250714.html#ctap2-canonical-cbor-encoding-form

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::error::{Error, Result};

/// The nesting that CTAP2 allows in a message.
pub const MAX_DEPTH: usize = 4;

/// A CBOR item; byte and text strings lie in the input, unless they came in chunks.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Major type 0.
    Unsigned(u64),
    /// Major type 1: the value is −1 minus this.
    Negative(u64),
    /// Major type 2.
    Bytes(Cow<'a, [u8]>),
    /// Major type 3.
    Text(Cow<'a, str>),
    /// Major type 4.
    Array(Vec<Value<'a>>),
    /// Major type 5, in the order of the input.
    Map(Vec<(Value<'a>, Value<'a>)>),
    /// True or false.
    Bool(bool),
    /// Null.
    Null,
    /// A float of any width.
    Float(f64),
}

impl<'a> Value<'a> {
    /// The bytes of a byte string.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self {
            Some(bytes)
        } else {
            None
        }
    }

    /// The text of a text string.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// The items of an array.
    pub fn as_array(&self) -> Option<&[Value<'a>]> {
        if let Self::Array(items) = self {
            Some(items)
        } else {
            None
        }
    }

    /// The entries of a map.
    pub fn as_map(&self) -> Option<&[(Value<'a>, Value<'a>)]> {
        if let Self::Map(entries) = self {
            Some(entries)
        } else {
            None
        }
    }

    /// An integer that fits.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Unsigned(value) => i64::try_from(*value).ok(),
            Self::Negative(value) => i64::try_from(*value)
                .ok()
                .and_then(|value| (-1_i64).checked_sub(value)),
            _ => None,
        }
    }

    /// A boolean.
    pub const fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    /// The entry of a map with this text key.
    pub fn member(&self, name: &str) -> Option<&Value<'a>> {
        self.as_map()?
            .iter()
            .find(|(key, _)| key.as_text() == Some(name))
            .map(|(_, value)| value)
    }

    /// Parses a whole buffer as one canonical item.
    ///
    /// # Errors
    /// One of the `Cbor…` variants.
    pub fn parse(input: &'a [u8], max_depth: usize) -> Result<Self> {
        let mut reader = Reader::new(input, max_depth);
        let value = reader.value()?;
        reader.finish()?;
        Ok(value)
    }
}

/// How strictly a reader looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The canonical form.
    Canonical,
    /// Any key order, integer width and indefinite lengths; repeated keys and tags are still refused.
    Lenient,
}

/// Walks over canonical CBOR.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    input: &'a [u8],
    rest: &'a [u8],
    depth: usize,
    form: Form,
}

/// The head of an item: major type and argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    major: u8,
    info: u8,
    argument: u64,
}

const INDEFINITE: u8 = 31;

impl<'a> Reader<'a> {
    /// Reads `input`; `max_depth` containers may lie in each other.
    pub const fn new(input: &'a [u8], max_depth: usize) -> Self {
        Self {
            input,
            rest: input,
            depth: max_depth,
            form: Form::Canonical,
        }
    }

    pub(crate) const fn with_form(input: &'a [u8], max_depth: usize, form: Form) -> Self {
        Self {
            input,
            rest: input,
            depth: max_depth,
            form,
        }
    }

    /// What has not been read.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// How many bytes have been read.
    pub const fn position(&self) -> usize {
        self.input.len().saturating_sub(self.rest.len())
    }

    /// The bytes from `start` to where the reader stands.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        self.input.get(start..self.position()).unwrap_or_default()
    }

    /// Nothing may follow.
    ///
    /// # Errors
    /// [`Error::CborTrailingData`].
    pub const fn finish(&self) -> Result<()> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Error::CborTrailingData)
        }
    }

    #[inline]
    fn byte(&mut self) -> Result<u8> {
        let (first, rest) = self.rest.split_first().ok_or(Error::CborTruncated)?;
        self.rest = rest;
        Ok(*first)
    }

    #[inline]
    fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        let length = usize::try_from(length).map_err(|_| Error::CborTruncated)?;
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(Error::CborTruncated)?;
        self.rest = rest;
        Ok(taken)
    }

    #[inline]
    fn head(&mut self) -> Result<Head> {
        let initial = self.byte()?;
        let (major, info) = (initial >> 5, initial & 0x1f);
        let (argument, least) = match info {
            0..=23 => {
                return Ok(Head {
                    major,
                    info,
                    argument: u64::from(info),
                });
            }
            24 => (u64::from(self.byte()?), 24),
            25 => (self.take(2)?.iter().copied().fold(0, fold_byte), 0x100),
            26 => (self.take(4)?.iter().copied().fold(0, fold_byte), 0x1_0000),
            27 => (
                self.take(8)?.iter().copied().fold(0, fold_byte),
                0x1_0000_0000,
            ),
            INDEFINITE if (2..=5).contains(&major) || major == 7 => {
                return match self.form {
                    Form::Lenient => Ok(Head {
                        major,
                        info,
                        argument: 0,
                    }),
                    Form::Canonical if major == 7 => Err(Error::CborMalformed),
                    Form::Canonical => Err(Error::CborNotCanonical),
                };
            }
            _ => return Err(Error::CborMalformed),
        };
        if major != 7 && argument < least && self.form == Form::Canonical {
            return Err(Error::CborNotCanonical);
        }
        Ok(Head {
            major,
            info,
            argument,
        })
    }

    /// The entries of the next item, which is a map of definite length.
    ///
    /// # Errors
    /// A `Cbor…` variant where it is no well-formed map.
    pub fn map(&mut self) -> Result<u64> {
        let head = self.head()?;
        match head.major {
            5 if head.info != INDEFINITE => Ok(head.argument),
            6 => Err(Error::CborTag),
            _ => Err(Error::CborMalformed),
        }
    }

    /// The next item, which is an integer that fits.
    pub(crate) fn integer(&mut self) -> Result<Option<i64>> {
        let head = self.head()?;
        Ok(match head.major {
            0 => i64::try_from(head.argument).ok(),
            1 => i64::try_from(head.argument)
                .ok()
                .and_then(|value| (-1_i64).checked_sub(value)),
            6 => return Err(Error::CborTag),
            _ => None,
        })
    }

    /// The major type of the next item.
    pub(crate) fn peek_major(&self) -> Result<u8> {
        self.rest
            .first()
            .map(|byte| byte >> 5)
            .ok_or(Error::CborTruncated)
    }

    /// The next item as a byte string, if it is one.
    pub(crate) fn byte_string(&mut self) -> Result<Option<&'a [u8]>> {
        if self.peek_major()? != 2 {
            return Ok(None);
        }
        let head = self.head()?;
        self.take(head.argument).map(Some)
    }

    /// The next item as a tree.
    ///
    /// # Errors
    /// One of the `Cbor…` variants.
    pub fn value(&mut self) -> Result<Value<'a>> {
        let head = self.head()?;
        Ok(match head.major {
            0 => Value::Unsigned(head.argument),
            1 => Value::Negative(head.argument),
            2 => Value::Bytes(self.bytes(head)?),
            3 => Value::Text(match self.bytes(head)? {
                Cow::Borrowed(bytes) => {
                    Cow::Borrowed(std::str::from_utf8(bytes).map_err(|_| Error::CborMalformed)?)
                }
                Cow::Owned(bytes) => {
                    Cow::Owned(String::from_utf8(bytes).map_err(|_| Error::CborMalformed)?)
                }
            }),
            4 => Value::Array(self.array(head)?),
            5 => Value::Map(self.entries(head)?),
            6 => return Err(Error::CborTag),
            _ => simple(head)?,
        })
    }

    fn bytes(&mut self, head: Head) -> Result<Cow<'a, [u8]>> {
        if head.info != INDEFINITE {
            return self.take(head.argument).map(Cow::Borrowed);
        }
        let mut whole = Vec::new();
        while !self.at_break()? {
            let chunk = self.head()?;
            if chunk.major != head.major || chunk.info == INDEFINITE {
                return Err(Error::CborMalformed);
            }
            let chunk = self.take(chunk.argument)?;
            if head.major == 3 && std::str::from_utf8(chunk).is_err() {
                return Err(Error::CborMalformed);
            }
            whole.extend_from_slice(chunk);
        }
        Ok(Cow::Owned(whole))
    }

    fn at_break(&mut self) -> Result<bool> {
        let (first, rest) = self.rest.split_first().ok_or(Error::CborTruncated)?;
        if *first == 0xff {
            self.rest = rest;
        }
        Ok(*first == 0xff)
    }

    /// Is there another item in a container of which `read` are read?
    fn more(&mut self, head: Head, read: u64) -> Result<bool> {
        if head.info == INDEFINITE {
            self.at_break().map(|end| !end)
        } else {
            Ok(read < head.argument)
        }
    }

    fn array(&mut self, head: Head) -> Result<Vec<Value<'a>>> {
        self.enter()?;
        let mut items = Vec::new();
        let mut read = 0_u64;
        while self.more(head, read)? {
            items.push(self.value()?);
            read = read.saturating_add(1);
        }
        self.leave();
        Ok(items)
    }

    fn entries(&mut self, head: Head) -> Result<Vec<(Value<'a>, Value<'a>)>> {
        self.enter()?;
        let mut entries = Vec::new();
        let mut read = 0_u64;
        let mut previous: Option<&'a [u8]> = None;
        while self.more(head, read)? {
            let start = self.position();
            let key = self.value()?;
            let encoded = self.since(start);
            if self.form == Form::Canonical {
                if let Some(previous) = previous {
                    sorted(previous, encoded)?;
                }
                previous = Some(encoded);
            } else if entries.len() >= 64 {
                // The limit keeps the search for repeated keys from being quadratic in anything that matters.
                return Err(Error::CborMalformed);
            } else if entries.iter().any(|(known, _)| *known == key) {
                return Err(Error::CborDuplicateKey);
            }
            entries.push((key, self.value()?));
            read = read.saturating_add(1);
        }
        self.leave();
        Ok(entries)
    }

    pub(crate) fn enter(&mut self) -> Result<()> {
        self.depth = self.depth.checked_sub(1).ok_or(Error::CborTooDeep)?;
        Ok(())
    }

    pub(crate) fn leave(&mut self) {
        self.depth = self.depth.saturating_add(1);
    }
}

#[inline]
fn fold_byte(value: u64, byte: u8) -> u64 {
    (value << 8) | u64::from(byte)
}

/// Two encoded keys must rise: by major type, then by length, then bytewise.
pub(crate) fn sorted(previous: &[u8], next: &[u8]) -> Result<()> {
    let major = |key: &[u8]| key.first().map(|byte| byte >> 5);
    let order = major(previous)
        .cmp(&major(next))
        .then_with(|| previous.len().cmp(&next.len()))
        .then_with(|| previous.cmp(next));
    match order {
        Ordering::Less => Ok(()),
        Ordering::Equal => Err(Error::CborDuplicateKey),
        Ordering::Greater => Err(Error::CborNotCanonical),
    }
}

fn simple(head: Head) -> Result<Value<'static>> {
    Ok(match (head.info, head.argument) {
        (20, _) => Value::Bool(false),
        (21, _) => Value::Bool(true),
        (22, _) => Value::Null,
        (25, bits) => Value::Float(half(bits)),
        (26, bits) => Value::Float(f64::from(f32::from_bits(
            u32::try_from(bits).unwrap_or_default(),
        ))),
        (27, bits) => Value::Float(f64::from_bits(bits)),
        _ => return Err(Error::CborMalformed),
    })
}

fn half(bits: u64) -> f64 {
    let exponent = i32::try_from((bits >> 10) & 0x1f).unwrap_or_default();
    let fraction = f64::from(u32::try_from(bits & 0x3ff).unwrap_or_default());
    let magnitude = match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (fraction + 1024.0) * 2_f64.powi(exponent.saturating_sub(25)),
    };
    if bits & 0x8000 == 0 {
        magnitude
    } else {
        -magnitude
    }
}
