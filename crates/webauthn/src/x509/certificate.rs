//! An X.509 certificate, read strictly and owned.

use jiff::Timestamp;
use x509_parser::certificate::X509CertificateParser;
use x509_parser::nom::Parser as _;

use super::der::{self, DerError, Oid, Reader, Tag};
use super::extensions::{BasicConstraints, KeyUsage, NameConstraints};
use super::{DerRules, extension_malformed, oid, unknown_critical};
use crate::error::{Error, Result};

/// A certificate whose structure has been checked; what it claims has not.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    tbs: Vec<u8>,
    version: u32,
    serial: Vec<u8>,
    signature_algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    subject_attributes: Vec<Attribute>,
    not_before: Timestamp,
    not_after: Timestamp,
    subject_public_key_info: Vec<u8>,
    extensions: Vec<Extension>,
    rules: DerRules,
}

/// The algorithm of a signature or key, as its DER bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlgorithmIdentifier {
    /// The content octets of the object identifier.
    pub oid: Vec<u8>,
    /// The parameters' whole DER value, if any.
    pub parameters: Option<Vec<u8>>,
}

/// One attribute of a distinguished name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The content octets of the attribute's object identifier.
    pub oid: Vec<u8>,
    /// The value, where it is of a string type that we read; `None` for others.
    pub text: Option<String>,
}

/// One extension, its value not yet read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The content octets of the extension's object identifier.
    pub oid: Vec<u8>,
    /// Whether a reader that does not know the extension must refuse the certificate.
    pub critical: bool,
    /// What the OCTET STRING holds.
    pub value: Vec<u8>,
}

impl Certificate {
    /// Reads one certificate that fills `der`.
    ///
    /// Refused are: anything that is not DER, versions other than 1 to 3, extensions before version 3, an extension that
    /// occurs twice, signature algorithms that differ inside and outside, dates in other forms than RFC 5280 allows, and
    /// trailing bytes. [`DerRules::Lenient`] lets written-out defaults pass.
    ///
    /// # Errors
    /// [`Error::CertificateMalformed`].
    pub fn parse(der: &[u8], rules: DerRules) -> Result<Self> {
        der::check(der)?;
        let (rest, parsed) = X509CertificateParser::new()
            .with_deep_parse_extensions(false)
            .parse(der)
            .map_err(|_| Error::CertificateMalformed)?;
        if !rest.is_empty() {
            return Err(DerError::Trailing.into());
        }
        let tbs = &parsed.tbs_certificate;
        let signature_algorithm = signature_algorithm(der)?;
        let version = tbs.version.0.saturating_add(1);
        let extensions = read_extensions(tbs.as_ref(), rules)?;
        if !(1..=3).contains(&version) || (version < 3 && !extensions.is_empty()) {
            return Err(Error::CertificateMalformed);
        }
        let subject_attributes = tbs
            .subject
            .iter_attributes()
            .map(|attribute| {
                let value = attribute.attr_value();
                Attribute {
                    oid: attribute.attr_type().as_bytes().to_vec(),
                    text: text(
                        Tag {
                            form: 0,
                            number: value.tag().0,
                        },
                        value.data,
                    ),
                }
            })
            .collect();
        Ok(Self {
            der: der.to_vec(),
            tbs: tbs.as_ref().to_vec(),
            version,
            serial: tbs.raw_serial().to_vec(),
            signature_algorithm,
            // Whole bytes, whatever the count of unused bits says: early YubiKeys have certificates where it is not 0.
            signature: parsed.signature_value.data.to_vec(),
            issuer: tbs.issuer.as_raw().to_vec(),
            subject: tbs.subject.as_raw().to_vec(),
            subject_attributes,
            not_before: timestamp(tbs.validity.not_before.timestamp()),
            not_after: timestamp(tbs.validity.not_after.timestamp()),
            subject_public_key_info: tbs.subject_pki.raw.to_vec(),
            extensions,
            rules,
        })
    }

    /// The certificate's bytes as they were read.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The bytes that the issuer signed.
    pub fn tbs(&self) -> &[u8] {
        &self.tbs
    }

    /// The version, counted from 1.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The content octets of the serial number.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The serial number in lower-case hexadecimal without leading zeros, as Android's status list writes it.
    pub fn serial_hex(&self) -> String {
        let hex = data_encoding::HEXLOWER.encode(&self.serial);
        let digits = hex.trim_start_matches('0');
        if digits.is_empty() {
            "0".to_owned()
        } else {
            digits.to_owned()
        }
    }

    /// How the issuer signed.
    pub fn signature_algorithm(&self) -> &AlgorithmIdentifier {
        &self.signature_algorithm
    }

    /// The issuer's signature.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The issuer's name, as DER.
    pub fn issuer(&self) -> &[u8] {
        &self.issuer
    }

    /// The subject's name, as DER.
    pub fn subject(&self) -> &[u8] {
        &self.subject
    }

    /// The attributes of the subject's name, in order.
    pub fn subject_attributes(&self) -> &[Attribute] {
        &self.subject_attributes
    }

    /// Whether subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// The first instant at which the certificate is valid.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last instant at which the certificate is valid.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The `SubjectPublicKeyInfo`, as DER.
    pub fn subject_public_key_info(&self) -> &[u8] {
        &self.subject_public_key_info
    }

    /// All extensions, in order.
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// The extension with this identifier (content octets), if the certificate has it.
    pub fn extension(&self, oid: &[u8]) -> Option<&Extension> {
        self.extensions
            .iter()
            .find(|extension| extension.oid == oid)
    }

    /// Reads the value of an extension to its end with `read`; `None` if the certificate lacks the extension.
    ///
    /// # Errors
    /// [`Error::CertificateExtensionMalformed`] when `read` fails or leaves bytes over (which [`DerRules::Lenient`]
    /// allows).
    pub fn read_extension<'a, T>(
        &'a self,
        oid: &[u8],
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, DerError>,
    ) -> Result<Option<T>> {
        let Some(extension) = self.extension(oid) else {
            return Ok(None);
        };
        let mut reader = Reader::new(&extension.value);
        let outcome = read(&mut reader).and_then(|value| match reader.finish() {
            Err(_) if self.rules == DerRules::Lenient => Ok(value),
            end => end.map(|()| value),
        });
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(extension_malformed(oid)),
        }
    }

    /// The basic constraints (RFC 5280 §4.2.1.9), if present.
    ///
    /// # Errors
    /// [`Error::CertificateExtensionMalformed`].
    pub fn basic_constraints(&self) -> Result<Option<BasicConstraints>> {
        self.read_extension(oid::BASIC_CONSTRAINTS, |reader| {
            BasicConstraints::read(reader, self.rules)
        })
    }

    /// The key usage (RFC 5280 §4.2.1.3), if present.
    ///
    /// # Errors
    /// [`Error::CertificateExtensionMalformed`].
    pub fn key_usage(&self) -> Result<Option<KeyUsage>> {
        self.read_extension(oid::KEY_USAGE, KeyUsage::read)
    }

    /// The purposes of the extended key usage (RFC 5280 §4.2.1.12), if present.
    ///
    /// # Errors
    /// [`Error::CertificateExtensionMalformed`].
    pub fn extended_key_usage(&self) -> Result<Option<Vec<Oid<'_>>>> {
        self.read_extension(
            oid::EXTENDED_KEY_USAGE,
            super::extensions::extended_key_usage,
        )
    }

    /// The name constraints (RFC 5280 §4.2.1.10), if present.
    ///
    /// # Errors
    /// [`Error::CertificateExtensionMalformed`].
    pub fn name_constraints(&self) -> Result<Option<NameConstraints<'_>>> {
        self.read_extension(oid::NAME_CONSTRAINTS, NameConstraints::read)
    }

    /// Refuses critical extensions that neither this library nor the caller (`handled`) knows the meaning of.
    ///
    /// # Errors
    /// [`Error::CertificateUnknownCritical`].
    pub fn check_critical(&self, handled: &[&[u8]]) -> Result<()> {
        let unknown = self.extensions.iter().find(|extension| {
            extension.critical
                && !oid::UNDERSTOOD_WHEN_CRITICAL.contains(&extension.oid.as_slice())
                && !handled.contains(&extension.oid.as_slice())
        });
        match unknown {
            Some(extension) => Err(unknown_critical(&extension.oid)),
            None => Ok(()),
        }
    }

    /// Whether `issuer` bears the name that this certificate gives its issuer, byte for byte.
    pub fn names_issuer(&self, issuer: &Self) -> bool {
        self.issuer == issuer.subject
    }

    /// SHA-1 of the `subjectPublicKey` bits: how metadata names the keys of U2F authenticators (RFC 5280 §4.2.1.2).
    pub fn key_identifier(&self) -> Option<[u8; 20]> {
        let mut fields = der::only(&self.subject_public_key_info, Tag::SEQUENCE)
            .ok()?
            .children();
        fields.expect(Tag::SEQUENCE).ok()?;
        let key = der::whole_bytes(fields.expect(Tag::BIT_STRING).ok()?.value).ok()?;
        crate::crypto::digest::sha1(key).as_ref().try_into().ok()
    }

    /// SHA-256 over the certificate's bytes.
    pub fn fingerprint(&self) -> [u8; 32] {
        crate::crypto::sha256(&self.der)
    }
}

/// The same bytes, however strictly they were read.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject_attributes)
            .field("serial", &self.serial_hex())
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

/// Walks to the extensions by hand, because whether a default was written out is lost in a parsed form.
fn read_extensions(tbs: &[u8], rules: DerRules) -> Result<Vec<Extension>> {
    let mut fields = der::only(tbs, Tag::SEQUENCE)?.children();
    let version = fields.optional(Tag::explicit(0))?;
    if version.is_some_and(|version| version.value == [0x02, 0x01, 0x00])
        && rules == DerRules::Strict
    {
        return Err(DerError::EncodedDefault.into());
    }
    fields.expect(Tag::INTEGER)?;
    for _ in 0..2 {
        fields.expect(Tag::SEQUENCE)?;
    }
    let mut validity = fields.sequence()?;
    check_time(&mut validity)?;
    check_time(&mut validity)?;
    validity.finish()?;
    for _ in 0..2 {
        fields.expect(Tag::SEQUENCE)?;
    }
    fields.optional(Tag::implicit(1))?;
    fields.optional(Tag::implicit(2))?;
    let Some(wrapped) = fields.optional(Tag::explicit(3))? else {
        fields.finish()?;
        return Ok(Vec::new());
    };
    fields.finish()?;
    let mut list = der::only(wrapped.value, Tag::SEQUENCE)?.children();
    if list.is_empty() {
        return Err(Error::CertificateMalformed);
    }
    let mut extensions: Vec<Extension> = Vec::new();
    while !list.is_empty() {
        let mut fields = list.sequence()?;
        let oid = fields.oid()?;
        let critical = match fields.optional(Tag::BOOLEAN)? {
            Some(flag) => {
                let critical = der::boolean(flag.value)?;
                if !critical && rules == DerRules::Strict {
                    return Err(DerError::EncodedDefault.into());
                }
                critical
            }
            None => false,
        };
        let value = fields.octets()?;
        fields.finish()?;
        if extensions.iter().any(|extension| extension.oid == oid.0) {
            return Err(Error::CertificateMalformed);
        }
        extensions.push(Extension {
            oid: oid.0.to_vec(),
            critical,
            value: value.to_vec(),
        });
    }
    Ok(extensions)
}

/// Only `YYMMDDHHMMSSZ` and `YYYYMMDDHHMMSSZ` are dates in a certificate.
fn check_time(reader: &mut Reader<'_>) -> Result<()> {
    let time = reader.read()?;
    let digits = match (time.tag.form, time.tag.number) {
        (0, 23) => 12,
        (0, 24) => 14,
        _ => return Err(DerError::UnexpectedTag.into()),
    };
    match time.value.split_last() {
        Some((b'Z', rest)) if rest.len() == digits && rest.iter().all(u8::is_ascii_digit) => Ok(()),
        _ => Err(Error::CertificateMalformed),
    }
}

/// The algorithm of the signature, which must be the same inside and outside of what is signed, byte for byte.
fn signature_algorithm(der: &[u8]) -> Result<AlgorithmIdentifier> {
    let mut outer = der::only(der, Tag::SEQUENCE)?.children();
    let mut tbs = outer.expect(Tag::SEQUENCE)?.children();
    let outside = outer.expect(Tag::SEQUENCE)?;
    outer.expect(Tag::BIT_STRING)?;
    outer.finish()?;
    tbs.optional(Tag::explicit(0))?;
    tbs.expect(Tag::INTEGER)?;
    if tbs.expect(Tag::SEQUENCE)?.raw != outside.raw {
        return Err(Error::CertificateMalformed);
    }
    Ok(AlgorithmIdentifier::read(&mut Reader::new(outside.raw))?)
}

impl AlgorithmIdentifier {
    /// Reads one `AlgorithmIdentifier` sequence.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DerError> {
        let mut fields = reader.sequence()?;
        let oid = fields.oid()?.0.to_vec();
        let parameters = if fields.is_empty() {
            None
        } else {
            Some(fields.read()?.raw.to_vec())
        };
        fields.finish()?;
        Ok(Self { oid, parameters })
    }
}

fn text(tag: Tag, value: &[u8]) -> Option<String> {
    match tag {
        Tag::UTF8_STRING => std::str::from_utf8(value).ok().map(str::to_owned),
        Tag::PRINTABLE_STRING | Tag::IA5_STRING | Tag::TELETEX_STRING if value.is_ascii() => {
            std::str::from_utf8(value).ok().map(str::to_owned)
        }
        _ => None,
    }
}

/// The year 9999, which stands for "never", ends a little after the last instant that can be counted.
pub(crate) fn timestamp(seconds: i64) -> Timestamp {
    let out_of_range = if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_second(seconds).unwrap_or(out_of_range)
}
