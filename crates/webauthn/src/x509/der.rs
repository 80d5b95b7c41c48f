//! A strict reader for DER: the values inside certificates that decide about trust are read with it, to their end.

use std::fmt;

/// How deep a structure may nest before it is refused.
const MAX_DEPTH: u8 = 24;

/// Why bytes are not the DER that was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DerError {
    /// A header or value runs past the end of the input.
    #[error("truncated")]
    Truncated,
    /// A length is indefinite or not in its shortest form.
    #[error("length not in its shortest definite form")]
    Length,
    /// A tag number is not in its shortest form, reserved, or has the wrong construction bit.
    #[error("tag not allowed here")]
    Tag,
    /// Another type of value was expected.
    #[error("unexpected type of value")]
    UnexpectedTag,
    /// A value breaks the rules of its type.
    #[error("value breaks the rules of its type")]
    Value,
    /// Bytes follow where nothing may follow.
    #[error("trailing bytes")]
    Trailing,
    /// A field that equals its default is written out.
    #[error("a default value is written out")]
    EncodedDefault,
    /// More nesting than any certificate needs.
    #[error("nested too deeply")]
    TooDeep,
}

/// The identifier of a DER value: class bits and construction bit as in the first octet, and the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// The upper three bits of the identifier octet: class and construction.
    pub form: u8,
    /// The tag number.
    pub number: u32,
}

impl Tag {
    pub(crate) const BOOLEAN: Self = Self::universal(1);
    pub(crate) const INTEGER: Self = Self::universal(2);
    pub(crate) const BIT_STRING: Self = Self::universal(3);
    pub(crate) const OCTET_STRING: Self = Self::universal(4);
    pub(crate) const NULL: Self = Self::universal(5);
    pub(crate) const OID: Self = Self::universal(6);
    pub(crate) const ENUMERATED: Self = Self::universal(10);
    pub(crate) const UTF8_STRING: Self = Self::universal(12);
    pub(crate) const PRINTABLE_STRING: Self = Self::universal(19);
    pub(crate) const TELETEX_STRING: Self = Self::universal(20);
    pub(crate) const IA5_STRING: Self = Self::universal(22);
    pub(crate) const SEQUENCE: Self = Self {
        form: 0x20,
        number: 16,
    };
    pub(crate) const SET: Self = Self {
        form: 0x20,
        number: 17,
    };

    const fn universal(number: u32) -> Self {
        Self { form: 0, number }
    }

    /// The constructed context-specific tag `[number]`, as explicit tagging makes it.
    pub(crate) const fn explicit(number: u32) -> Self {
        Self { form: 0xa0, number }
    }

    /// The primitive context-specific tag `[number]`, as implicit tagging of a simple type makes it.
    pub(crate) const fn implicit(number: u32) -> Self {
        Self { form: 0x80, number }
    }

    fn is_constructed(self) -> bool {
        self.form & 0x20 != 0
    }

    fn is_universal(self) -> bool {
        self.form & 0xc0 == 0
    }
}

/// One DER value: its tag, its content, and all its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// The identifier.
    pub tag: Tag,
    /// The content octets.
    pub value: &'a [u8],
    /// Identifier, length and content.
    pub raw: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// A reader over the values inside this one.
    pub(crate) fn children(self) -> Reader<'a> {
        Reader::new(self.value)
    }
}

/// A cursor over a row of DER values.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first byte of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether everything has been read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Refuses anything that is left.
    pub fn finish(&self) -> Result<(), DerError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(DerError::Trailing)
        }
    }

    /// Reads the next value, whatever its type.
    pub fn read(&mut self) -> Result<Tlv<'a>, DerError> {
        let start = self.rest;
        let mut cursor = Bytes(start);
        let tag = cursor.tag()?;
        let length = cursor.length()?;
        let value = cursor.take(length)?;
        let used = start
            .len()
            .checked_sub(cursor.0.len())
            .ok_or(DerError::Truncated)?;
        let raw = start.get(..used).ok_or(DerError::Truncated)?;
        self.rest = cursor.0;
        Ok(Tlv { tag, value, raw })
    }

    /// Reads the next value, which must have `tag`.
    pub(crate) fn expect(&mut self, tag: Tag) -> Result<Tlv<'a>, DerError> {
        let tlv = self.read()?;
        if tlv.tag == tag {
            Ok(tlv)
        } else {
            Err(DerError::UnexpectedTag)
        }
    }

    /// Reads the next value if it has `tag`, and leaves it alone otherwise.
    pub(crate) fn optional(&mut self, tag: Tag) -> Result<Option<Tlv<'a>>, DerError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut ahead = self.clone();
        let tlv = ahead.read()?;
        if tlv.tag != tag {
            return Ok(None);
        }
        *self = ahead;
        Ok(Some(tlv))
    }

    pub(crate) fn boolean(&mut self) -> Result<bool, DerError> {
        boolean(self.expect(Tag::BOOLEAN)?.value)
    }

    /// Reads an INTEGER that must be non-negative and fit in 64 bits.
    pub(crate) fn unsigned(&mut self) -> Result<u64, DerError> {
        unsigned(self.expect(Tag::INTEGER)?.value)
    }

    pub(crate) fn enumerated(&mut self) -> Result<u64, DerError> {
        unsigned(self.expect(Tag::ENUMERATED)?.value)
    }

    pub(crate) fn octets(&mut self) -> Result<&'a [u8], DerError> {
        Ok(self.expect(Tag::OCTET_STRING)?.value)
    }

    pub(crate) fn oid(&mut self) -> Result<Oid<'a>, DerError> {
        let value = self.expect(Tag::OID)?.value;
        check_oid(value)?;
        Ok(Oid(value))
    }

    pub(crate) fn sequence(&mut self) -> Result<Self, DerError> {
        Ok(self.expect(Tag::SEQUENCE)?.children())
    }
}

/// The single value that fills `bytes`, which must have `tag`.
pub(crate) fn only(bytes: &[u8], tag: Tag) -> Result<Tlv<'_>, DerError> {
    let mut reader = Reader::new(bytes);
    let tlv = reader.expect(tag)?;
    reader.finish()?;
    Ok(tlv)
}

/// The content of a BOOLEAN.
pub(crate) fn boolean(value: &[u8]) -> Result<bool, DerError> {
    match value {
        [0x00] => Ok(false),
        [0xff] => Ok(true),
        _ => Err(DerError::Value),
    }
}

/// The content of an INTEGER, checked to be minimal and non-negative, as a number.
pub(crate) fn unsigned(value: &[u8]) -> Result<u64, DerError> {
    let digits = magnitude(value)?;
    if digits.len() > 8 {
        return Err(DerError::Value);
    }
    Ok(digits
        .iter()
        .fold(0u64, |number, byte| (number << 8) | u64::from(*byte)))
}

/// The content of an INTEGER, checked to be minimal and non-negative, without the sign byte.
pub(crate) fn magnitude(value: &[u8]) -> Result<&[u8], DerError> {
    check_integer(value)?;
    match value {
        [first, ..] if first & 0x80 != 0 => Err(DerError::Value),
        [0] => Ok(value),
        [0, digits @ ..] => Ok(digits),
        _ => Ok(value),
    }
}

/// The bytes of a BIT STRING's content whose number of bits must be a multiple of eight.
pub(crate) fn whole_bytes(value: &[u8]) -> Result<&[u8], DerError> {
    match value {
        [0, bytes @ ..] => Ok(bytes),
        _ => Err(DerError::Value),
    }
}

/// The bits of a BIT STRING's content, first bit first; at most the first sixty-four are kept.
pub(crate) fn named_bits(value: &[u8]) -> Result<u64, DerError> {
    check_bit_string(value)?;
    let (_, bytes) = value.split_first().ok_or(DerError::Value)?;
    if bytes.len() > 8 {
        return Err(DerError::Value);
    }
    let mut bits = 0u64;
    for (index, byte) in (0u32..).zip(bytes) {
        let shift = index.saturating_mul(8);
        bits |= u64::from(byte.reverse_bits())
            .checked_shl(shift)
            .unwrap_or(0);
    }
    Ok(bits)
}

/// The content octets of an OBJECT IDENTIFIER.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Oid<'a>(pub &'a [u8]);

impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc = 0u64;
        let mut first = true;
        for byte in self.0 {
            arc = arc.checked_shl(7).unwrap_or(u64::MAX) | u64::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                if first {
                    let root = if arc >= 80 { 2 } else { arc / 40 };
                    write!(f, "{root}.{}", arc.saturating_sub(root.saturating_mul(40)))?;
                    first = false;
                } else {
                    write!(f, ".{arc}")?;
                }
                arc = 0;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Walks all of `bytes`, which must be one DER value, and refuses whatever DER does not allow: indefinite or long
/// lengths, padded numbers, booleans other than 00 and FF, bits set in padding, constructed strings, trailing bytes.
///
/// What an OCTET STRING or BIT STRING holds is not entered. The order inside a SET OF is not judged, since
/// manufacturers get it wrong and nothing here depends on it.
pub fn check(bytes: &[u8]) -> Result<(), DerError> {
    let mut reader = Reader::new(bytes);
    let tlv = reader.read()?;
    reader.finish()?;
    check_value(tlv, MAX_DEPTH)
}

fn check_value(tlv: Tlv<'_>, depth: u8) -> Result<(), DerError> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(DerError::TooDeep);
    };
    if tlv.tag.is_universal() {
        let constructed_type = matches!(tlv.tag.number, 8 | 11 | 16 | 17);
        if constructed_type != tlv.tag.is_constructed() {
            return Err(DerError::Tag);
        }
        match tlv.tag {
            Tag::BOOLEAN => boolean(tlv.value).map(drop)?,
            Tag::INTEGER | Tag::ENUMERATED => check_integer(tlv.value)?,
            Tag::BIT_STRING => check_bit_string(tlv.value)?,
            Tag::NULL if !tlv.value.is_empty() => return Err(DerError::Value),
            Tag::OID => check_oid(tlv.value)?,
            Tag { number: 0, .. } => return Err(DerError::Tag),
            _ => {}
        }
    }
    if tlv.tag.is_constructed() {
        let mut children = tlv.children();
        while !children.is_empty() {
            check_value(children.read()?, depth)?;
        }
    }
    Ok(())
}

fn check_integer(value: &[u8]) -> Result<(), DerError> {
    match value {
        [] => Err(DerError::Value),
        [0x00, second, ..] if second & 0x80 == 0 => Err(DerError::Value),
        [0xff, second, ..] if second & 0x80 != 0 => Err(DerError::Value),
        _ => Ok(()),
    }
}

fn check_bit_string(value: &[u8]) -> Result<(), DerError> {
    match value {
        [0] => Ok(()),
        [unused @ 0..=7, .., last] => {
            let padding = 1u8
                .checked_shl(u32::from(*unused))
                .unwrap_or(1)
                .saturating_sub(1);
            if last & padding == 0 {
                Ok(())
            } else {
                Err(DerError::Value)
            }
        }
        _ => Err(DerError::Value),
    }
}

fn check_oid(value: &[u8]) -> Result<(), DerError> {
    let mut at_start = true;
    for byte in value {
        if at_start && *byte == 0x80 {
            return Err(DerError::Value);
        }
        at_start = byte & 0x80 == 0;
    }
    if at_start && !value.is_empty() {
        Ok(())
    } else {
        Err(DerError::Value)
    }
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> Result<u8, DerError> {
        let (first, rest) = self.0.split_first().ok_or(DerError::Truncated)?;
        self.0 = rest;
        Ok(*first)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], DerError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(DerError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    fn tag(&mut self) -> Result<Tag, DerError> {
        let identifier = self.byte()?;
        let form = identifier & 0xe0;
        let low = identifier & 0x1f;
        if low != 0x1f {
            return Ok(Tag {
                form,
                number: u32::from(low),
            });
        }
        let mut number = 0u32;
        loop {
            let byte = self.byte()?;
            if number == 0 && byte == 0x80 || number >> 25 != 0 {
                return Err(DerError::Tag);
            }
            number = (number << 7) | u32::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                return if number < 0x1f {
                    Err(DerError::Tag)
                } else {
                    Ok(Tag { form, number })
                };
            }
        }
    }

    fn length(&mut self) -> Result<usize, DerError> {
        let first = self.byte()?;
        if first & 0x80 == 0 {
            return Ok(usize::from(first));
        }
        let octets = usize::from(first & 0x7f);
        // More than four octets could only promise more than any input holds; none means indefinite.
        if octets == 0 || octets > 4 {
            return Err(DerError::Length);
        }
        let digits = self.take(octets)?;
        if digits.first() == Some(&0) {
            return Err(DerError::Length);
        }
        let length = digits
            .iter()
            .fold(0u32, |number, byte| (number << 8) | u32::from(*byte));
        if length < 0x80 {
            return Err(DerError::Length);
        }
        usize::try_from(length).map_err(|_| DerError::Length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn well_formed_der_is_accepted() {
        for bytes in [
            &[0x05, 0x00][..],
            &[0x01, 0x01, 0xff],
            &[0x02, 0x02, 0x00, 0x80],
            &[0x03, 0x01, 0x00],
            &[0x03, 0x02, 0x07, 0x80],
            &[0x30, 0x03, 0x02, 0x01, 0x05],
            &[0xbf, 0x85, 0x3e, 0x02, 0x05, 0x00],
            &[0x06, 0x03, 0x2a, 0x86, 0x48],
        ] {
            assert_eq!(check(bytes), Ok(()), "{bytes:02x?}");
        }
    }

    #[test]
    fn each_breach_of_der_has_its_error() {
        for (bytes, error) in [
            (&[][..], DerError::Truncated),
            (&[0x30], DerError::Truncated),
            (&[0x04, 0x02, 0x00], DerError::Truncated),
            (&[0x30, 0x80, 0x00, 0x00], DerError::Length),
            (&[0x04, 0x81, 0x01, 0x00], DerError::Length),
            (&[0x04, 0x82, 0x00, 0x80], DerError::Length),
            (&[0x04, 0x85, 0, 0, 0, 0, 1], DerError::Length),
            (&[0x01, 0x01, 0x01], DerError::Value),
            (&[0x01, 0x02, 0x00, 0x00], DerError::Value),
            (&[0x02, 0x00], DerError::Value),
            (&[0x02, 0x02, 0x00, 0x7f], DerError::Value),
            (&[0x02, 0x02, 0xff, 0x80], DerError::Value),
            (&[0x03, 0x00], DerError::Value),
            (&[0x03, 0x01, 0x01], DerError::Value),
            (&[0x03, 0x02, 0x08, 0x00], DerError::Value),
            (&[0x03, 0x02, 0x01, 0x01], DerError::Value),
            (&[0x05, 0x01, 0x00], DerError::Value),
            (&[0x06, 0x00], DerError::Value),
            (&[0x06, 0x02, 0x2a, 0x86], DerError::Value),
            (&[0x06, 0x03, 0x2a, 0x80, 0x01], DerError::Value),
            (&[0x00, 0x00], DerError::Tag),
            (&[0x24, 0x02, 0x04, 0x00], DerError::Tag),
            (&[0x10, 0x00], DerError::Tag),
            (&[0xbf, 0x80, 0x3e, 0x00], DerError::Tag),
            (&[0xbf, 0x1e, 0x00], DerError::Tag),
            (&[0xbf, 0x90, 0x80, 0x80, 0x80, 0x00, 0x00], DerError::Tag),
            (&[0x05, 0x00, 0x00], DerError::Trailing),
            (&[0x30, 0x02, 0x02, 0x00], DerError::Value),
        ] {
            assert_eq!(check(bytes), Err(error), "{bytes:02x?}");
        }
    }

    #[test]
    fn nesting_ends_at_a_limit() {
        let mut bytes = vec![0x05, 0x00];
        for _ in 0..30 {
            let mut outer = vec![0x30, u8::try_from(bytes.len()).expect("short")];
            outer.extend(&bytes);
            bytes = outer;
        }
        assert_eq!(check(&bytes), Err(DerError::TooDeep));
    }

    #[test]
    fn object_identifiers_print_in_dotted_form() {
        assert_eq!(
            Oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d]).to_string(),
            "1.2.840.10045"
        );
        assert_eq!(
            Oid(&[0x67, 0x81, 0x05, 0x08, 0x03]).to_string(),
            "2.23.133.8.3"
        );
    }

    #[test]
    fn named_bits_count_from_the_first_bit() {
        assert_eq!(named_bits(&[0x07, 0x80]), Ok(1));
        assert_eq!(named_bits(&[0x02, 0x04]), Ok(0b10_0000));
        assert_eq!(named_bits(&[0x07, 0x00, 0x80]), Ok(1 << 8));
    }

    proptest! {
        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = check(&bytes);
            let _ = Oid(&bytes).to_string();
            let _ = named_bits(&bytes);
            let _ = unsigned(&bytes);
        }
    }
}
