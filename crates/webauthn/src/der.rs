//! The strict reader of DER under signatures and keys, where every instruction counts ([`crate::x509`] has the general
//! one), and the few lines of a writer that a `SubjectPublicKeyInfo` takes.

/// A tag, a length and a value that lie in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tlv<'a> {
    /// Class, constructed bit and number (below 31), as they stand in the input.
    pub(crate) tag: u8,
    /// The number of a tag of more than one byte; that of `tag` otherwise.
    pub(crate) number: u32,
    pub(crate) value: &'a [u8],
}

/// The input is not strict DER, or not what was expected there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DerError;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;

/// Reads one element after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(input: &'a [u8]) -> Self {
        Self(input)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn finish(&self) -> Result<(), DerError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(DerError)
        }
    }

    fn byte(&mut self) -> Result<u8, DerError> {
        let (first, rest) = self.0.split_first().ok_or(DerError)?;
        self.0 = rest;
        Ok(*first)
    }

    fn length(&mut self) -> Result<usize, DerError> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(usize::from(first));
        }
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 {
            return Err(DerError);
        }
        let mut length: usize = 0;
        for index in 0..count {
            let byte = self.byte()?;
            if index == 0 && byte == 0 {
                return Err(DerError);
            }
            length = (length << 8) | usize::from(byte);
        }
        if length < 0x80 {
            Err(DerError)
        } else {
            Ok(length)
        }
    }

    /// The next element, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Tlv<'a>, DerError> {
        let tag = self.byte()?;
        let mut number = u32::from(tag & 0x1f);
        if number == 0x1f {
            number = 0;
            for index in 0.. {
                let byte = self.byte()?;
                if (index == 0 && byte == 0x80) || index > 3 {
                    return Err(DerError);
                }
                number = (number << 7) | u32::from(byte & 0x7f);
                if byte & 0x80 == 0 {
                    break;
                }
            }
            if number < 0x1f {
                return Err(DerError);
            }
        }
        let length = self.length()?;
        let (value, rest) = self.0.split_at_checked(length).ok_or(DerError)?;
        self.0 = rest;
        Ok(Tlv { tag, number, value })
    }

    /// The value of the next element, which has this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<&'a [u8], DerError> {
        let element = self.any()?;
        if element.tag == tag {
            Ok(element.value)
        } else {
            Err(DerError)
        }
    }

    /// A reader over the next element, which has this tag.
    pub(crate) fn nested(&mut self, tag: u8) -> Result<Reader<'a>, DerError> {
        self.expect(tag).map(Reader)
    }

    /// A non-negative integer without its sign byte.
    pub(crate) fn unsigned(&mut self) -> Result<&'a [u8], DerError> {
        match self.expect(INTEGER)? {
            [] => Err(DerError),
            [0] => Ok(&[0]),
            [0, rest @ ..] if rest.first().is_some_and(|byte| byte & 0x80 != 0) => Ok(rest),
            [first, ..] if *first == 0 || first & 0x80 != 0 => Err(DerError),
            bytes => Ok(bytes),
        }
    }

    /// A bit string of whole bytes.
    pub(crate) fn bytes_of_bit_string(&mut self) -> Result<&'a [u8], DerError> {
        match self.expect(BIT_STRING)? {
            [0, bytes @ ..] => Ok(bytes),
            _ => Err(DerError),
        }
    }
}

/// Appends an element.
pub(crate) fn write(out: &mut Vec<u8>, tag: u8, value: &[u8]) {
    out.push(tag);
    let length = value.len().to_be_bytes();
    if value.len() < 0x80 {
        out.extend(length.last());
    } else {
        let significant = length.iter().skip_while(|byte| **byte == 0).count();
        out.push(0x80 | u8::try_from(significant).unwrap_or(8));
        out.extend(length.iter().skip_while(|byte| **byte == 0));
    }
    out.extend_from_slice(value);
}

/// An element on its own.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out, tag, &parts.concat());
    out
}

/// A non-negative integer from big-endian bytes.
pub(crate) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let start = bytes
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(bytes.len());
    let digits = bytes.get(start..).unwrap_or_default();
    let sign: &[u8] = if digits.first().is_none_or(|byte| byte & 0x80 != 0) {
        &[0]
    } else {
        &[]
    };
    element(INTEGER, &[sign, digits])
}
