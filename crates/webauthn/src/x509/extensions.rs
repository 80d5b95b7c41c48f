//! The values of the standard extensions, read to the end.

use super::DerRules;
use super::der::{self, DerError, Oid, Reader, Tag};

/// Whether a certificate may issue others, and how far (RFC 5280 §4.2.1.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasicConstraints {
    /// May sign certificates.
    pub ca: bool,
    /// How many intermediates, self-issued ones aside, may follow.
    pub path_length: Option<u64>,
}

impl BasicConstraints {
    pub(super) fn read(reader: &mut Reader<'_>, rules: DerRules) -> Result<Self, DerError> {
        let mut fields = reader.sequence()?;
        let ca = match fields.optional(Tag::BOOLEAN)? {
            Some(flag) => {
                let ca = der::boolean(flag.value)?;
                if !ca && rules == DerRules::Strict {
                    return Err(DerError::EncodedDefault);
                }
                ca
            }
            None => false,
        };
        let path_length = match fields.optional(Tag::INTEGER)? {
            Some(length) if ca => Some(der::unsigned(length.value)?),
            Some(_) => return Err(DerError::Value),
            None => None,
        };
        fields.finish()?;
        Ok(Self { ca, path_length })
    }
}

/// What a key may be used for (RFC 5280 §4.2.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUsage {
    bits: u64,
}

impl KeyUsage {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DerError> {
        let bits = der::named_bits(reader.expect(Tag::BIT_STRING)?.value)?;
        Ok(Self { bits })
    }

    /// The bit `digitalSignature`.
    pub fn digital_signature(self) -> bool {
        self.bits & 1 != 0
    }

    /// The bit `keyCertSign`.
    pub fn key_cert_sign(self) -> bool {
        self.bits & (1 << 5) != 0
    }

    /// The bit `cRLSign`.
    pub fn crl_sign(self) -> bool {
        self.bits & (1 << 6) != 0
    }
}

pub(super) fn extended_key_usage<'a>(reader: &mut Reader<'a>) -> Result<Vec<Oid<'a>>, DerError> {
    let mut list = reader.sequence()?;
    let mut purposes = vec![list.oid()?];
    while !list.is_empty() {
        purposes.push(list.oid()?);
    }
    Ok(purposes)
}

/// A name of a kind that certificates give to subjects (RFC 5280 §4.2.1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeneralName<'a> {
    /// A host name.
    Dns(&'a str),
    /// A distinguished name: the whole DER value.
    Directory(&'a [u8]),
    /// Any other kind, by its tag number, unread.
    Other(u32, &'a [u8]),
}

impl<'a> GeneralName<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, DerError> {
        let name = reader.read()?;
        match (name.tag.form, name.tag.number) {
            (0x80, 2) => {
                let text = std::str::from_utf8(name.value).map_err(|_| DerError::Value)?;
                if text.is_ascii() {
                    Ok(Self::Dns(text))
                } else {
                    Err(DerError::Value)
                }
            }
            (0xa0, 4) => Ok(Self::Directory(der::only(name.value, Tag::SEQUENCE)?.raw)),
            (0x80 | 0xa0, number @ 0..=8) => Ok(Self::Other(number, name.value)),
            _ => Err(DerError::UnexpectedTag),
        }
    }
}

/// Reads a subject alternative name (RFC 5280 §4.2.1.6): one name at least.
pub(crate) fn subject_alternative_name<'a>(
    reader: &mut Reader<'a>,
) -> Result<Vec<GeneralName<'a>>, DerError> {
    let mut list = reader.sequence()?;
    let mut names = vec![GeneralName::read(&mut list)?];
    while !list.is_empty() {
        names.push(GeneralName::read(&mut list)?);
    }
    Ok(names)
}

/// Which names the certificates below an issuer may bear (RFC 5280 §4.2.1.10).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameConstraints<'a> {
    permitted: Vec<GeneralName<'a>>,
    excluded: Vec<GeneralName<'a>>,
}

impl<'a> NameConstraints<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, DerError> {
        let mut fields = reader.sequence()?;
        let permitted = fields
            .optional(Tag::explicit(0))?
            .map(subtrees)
            .transpose()?;
        let excluded = fields
            .optional(Tag::explicit(1))?
            .map(subtrees)
            .transpose()?;
        fields.finish()?;
        if permitted.is_none() && excluded.is_none() {
            return Err(DerError::Value);
        }
        Ok(Self {
            permitted: permitted.unwrap_or_default(),
            excluded: excluded.unwrap_or_default(),
        })
    }

    /// Whether a subject with this distinguished name and these alternative names is within the constraints.
    ///
    /// Host names and distinguished names are understood. A constraint on another kind of name forbids every name of
    /// that kind, which is stricter than the RFC asks and leaves nothing unchecked.
    pub fn permit(&self, subject: &[u8], alternatives: &[GeneralName<'_>]) -> bool {
        let has_subject = subject != [0x30, 0x00];
        let subject = has_subject.then_some(GeneralName::Directory(subject));
        subject.iter().chain(alternatives).all(|name| {
            let mut same_kind = self
                .permitted
                .iter()
                .filter(|base| base.same_kind(name))
                .peekable();
            let inside = same_kind.peek().is_none() || same_kind.any(|base| base.contains(name));
            let outside = !self
                .excluded
                .iter()
                .any(|base| base.same_kind(name) && base.excludes(name));
            inside && outside
        })
    }
}

impl GeneralName<'_> {
    fn same_kind(&self, other: &GeneralName<'_>) -> bool {
        match (self, other) {
            (Self::Dns(_), GeneralName::Dns(_))
            | (Self::Directory(_), GeneralName::Directory(_)) => true,
            (Self::Other(a, _), GeneralName::Other(b, _)) => a == b,
            _ => false,
        }
    }

    fn contains(&self, name: &GeneralName<'_>) -> bool {
        match (self, name) {
            (Self::Dns(base), GeneralName::Dns(host)) => dns_within(host, base),
            (Self::Directory(base), GeneralName::Directory(name)) => directory_within(name, base),
            _ => false,
        }
    }

    fn excludes(&self, name: &GeneralName<'_>) -> bool {
        matches!(self, Self::Other(..)) || self.contains(name)
    }
}

fn dns_within(host: &str, base: &str) -> bool {
    let (host, base) = (
        host.to_ascii_lowercase(),
        base.trim_start_matches('.').to_ascii_lowercase(),
    );
    base.is_empty()
        || host == base
        || host
            .strip_suffix(&base)
            .is_some_and(|left| left.ends_with('.'))
}

/// A distinguished name is within another when its first relative names are the other's, byte for byte.
fn directory_within(name: &[u8], base: &[u8]) -> bool {
    let content = |der| der::only(der, Tag::SEQUENCE).map(|name| name.value);
    match (content(name), content(base)) {
        (Ok(name), Ok(base)) => name.starts_with(base),
        _ => false,
    }
}

fn subtrees(list: der::Tlv<'_>) -> Result<Vec<GeneralName<'_>>, DerError> {
    let mut list = list.children();
    let mut names = Vec::new();
    while !list.is_empty() {
        let mut subtree = list.sequence()?;
        names.push(GeneralName::read(&mut subtree)?);
        // `minimum` is 0 by default and `maximum` absent; anything else is not for certificates.
        subtree.finish()?;
    }
    if names.is_empty() {
        Err(DerError::Value)
    } else {
        Ok(names)
    }
}
