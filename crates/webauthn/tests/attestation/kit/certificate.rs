//! Certificates with any field set to anything.

use super::der;
use super::key::{Key, Scheme};

pub(crate) const COUNTRY: &[u8] = b"\x55\x04\x06";
pub(crate) const ORGANIZATION: &[u8] = b"\x55\x04\x0a";
pub(crate) const UNIT: &[u8] = b"\x55\x04\x0b";
pub(crate) const COMMON_NAME: &[u8] = b"\x55\x04\x03";

pub(crate) const BASIC_CONSTRAINTS: &[u8] = b"\x55\x1d\x13";
pub(crate) const KEY_USAGE: &[u8] = b"\x55\x1d\x0f";
pub(crate) const EXTENDED_KEY_USAGE: &[u8] = b"\x55\x1d\x25";
pub(crate) const ALTERNATIVE_NAME: &[u8] = b"\x55\x1d\x11";
pub(crate) const NAME_CONSTRAINTS: &[u8] = b"\x55\x1d\x1e";
pub(crate) const POLICIES: &[u8] = b"\x55\x1d\x20";
pub(crate) const AAGUID: &[u8] = b"\x2b\x06\x01\x04\x01\x82\xe5\x1c\x01\x01\x04";
pub(crate) const SERIAL: &[u8] = b"\x2b\x06\x01\x04\x01\x82\xe5\x1c\x01\x01\x02";
pub(crate) const FIRMWARE: &[u8] = b"\x2b\x06\x01\x04\x01\x82\xe5\x1c\x01\x01\x05";
pub(crate) const TRANSPORTS: &[u8] = b"\x2b\x06\x01\x04\x01\x82\xe5\x1c\x02\x01\x01";
pub(crate) const UNKNOWN: &[u8] = b"\x2b\x06\x01\x04\x01\x83\x77\x01";

/// Bits of the key usage.
pub(crate) const DIGITAL_SIGNATURE: &[u8] = &[0x03, 0x02, 0x07, 0x80];
pub(crate) const CERT_AND_CRL_SIGN: &[u8] = &[0x03, 0x02, 0x01, 0x06];
pub(crate) const KEY_ENCIPHERMENT: &[u8] = &[0x03, 0x02, 0x05, 0x20];

/// A certificate to be.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    /// 2 stands for version 3.
    pub(crate) version: Option<u64>,
    pub(crate) serial: Vec<u8>,
    pub(crate) scheme: Scheme,
    /// Stands for the algorithm inside of what is signed, where it differs.
    pub(crate) inner_algorithm: Option<Vec<u8>>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) not_before: Vec<u8>,
    pub(crate) not_after: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) spki: Vec<u8>,
    pub(crate) extensions: Vec<Extension>,
}

#[derive(Debug, Clone)]
pub(crate) struct Extension {
    pub(crate) oid: Vec<u8>,
    /// `Some(false)` writes the default out.
    pub(crate) critical: Option<bool>,
    pub(crate) value: Vec<u8>,
}

impl Template {
    pub(crate) fn new(issuer: &[u8], subject: &[u8], key: &Key) -> Self {
        Self {
            version: Some(2),
            serial: vec![0x5a, 0x01],
            scheme: Scheme::Natural,
            inner_algorithm: None,
            issuer: issuer.to_vec(),
            not_before: time("20200101000000Z"),
            not_after: time("30240101000000Z"),
            subject: subject.to_vec(),
            spki: key.spki(),
            extensions: Vec::new(),
        }
    }

    /// An authority.
    pub(crate) fn authority(issuer: &[u8], subject: &[u8], key: &Key) -> Self {
        let mut template = Self::new(issuer, subject, key);
        template.set(
            BASIC_CONSTRAINTS,
            Some(true),
            der::sequence(&[&der::boolean(true)]),
        );
        template.set(KEY_USAGE, Some(true), CERT_AND_CRL_SIGN.to_vec());
        template
    }

    /// Adds an extension, or replaces the one that is there.
    pub(crate) fn set(&mut self, oid: &[u8], critical: Option<bool>, value: Vec<u8>) {
        self.remove(oid);
        self.extensions.push(Extension {
            oid: oid.to_vec(),
            critical,
            value,
        });
    }

    pub(crate) fn remove(&mut self, oid: &[u8]) {
        self.extensions.retain(|extension| extension.oid != oid);
    }

    pub(crate) fn extension(&mut self, oid: &[u8]) -> &mut Extension {
        self.extensions
            .iter_mut()
            .find(|extension| extension.oid == oid)
            .unwrap()
    }

    pub(crate) fn sign(&self, key: &Key) -> Vec<u8> {
        let algorithm = key.signature_algorithm(self.scheme);
        let version = self
            .version
            .map(|version| der::explicit(0, &der::integer(version)))
            .unwrap_or_default();
        let extensions: Vec<Vec<u8>> = self
            .extensions
            .iter()
            .map(|extension| {
                let critical = extension.critical.map(der::boolean).unwrap_or_default();
                der::sequence(&[
                    &der::oid(&extension.oid),
                    &critical,
                    &der::octets(&extension.value),
                ])
            })
            .collect();
        let extensions = if extensions.is_empty() {
            Vec::new()
        } else {
            der::explicit(3, &der::sequence(&[&extensions.concat()]))
        };
        let tbs = der::sequence(&[
            &version,
            &der::tlv(0x02, &[&self.serial]),
            self.inner_algorithm.as_ref().unwrap_or(&algorithm),
            &self.issuer,
            &der::sequence(&[&self.not_before, &self.not_after]),
            &self.subject,
            &self.spki,
            &extensions,
        ]);
        let signature = key.sign_with(self.scheme, &tbs);
        der::sequence(&[&tbs, &algorithm, &der::bits(&signature)])
    }
}

/// A distinguished name; each attribute in a relative name of its own.
pub(crate) fn name(attributes: &[(&[u8], &str)]) -> Vec<u8> {
    let parts: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(oid, text)| der::set(&[&der::sequence(&[&der::oid(oid), &der::utf8(text)])]))
        .collect();
    der::sequence(&[&parts.concat()])
}

/// A `GeneralizedTime`.
pub(crate) fn time(text: &str) -> Vec<u8> {
    der::tlv(0x18, &[text.as_bytes()])
}

/// Host names as an alternative name.
pub(crate) fn hosts(names: &[&str]) -> Vec<u8> {
    let parts: Vec<Vec<u8>> = names
        .iter()
        .map(|name| der::tlv(0x82, &[name.as_bytes()]))
        .collect();
    der::sequence(&[&parts.concat()])
}

/// A list that revokes certificates by serial number.
pub(crate) fn revocation_list(
    issuer: &[u8],
    key: &Key,
    next_update: &str,
    serials: &[&[u8]],
) -> Vec<u8> {
    let algorithm = key.signature_algorithm(Scheme::Natural);
    let entries: Vec<Vec<u8>> = serials
        .iter()
        .map(|serial| der::sequence(&[&der::tlv(0x02, &[serial]), &time("20250101000000Z")]))
        .collect();
    let revoked = if entries.is_empty() {
        Vec::new()
    } else {
        der::sequence(&[&entries.concat()])
    };
    let tbs = der::sequence(&[
        &der::integer(1),
        &algorithm,
        issuer,
        &time("20250101000000Z"),
        &time(next_update),
        &revoked,
    ]);
    der::sequence(&[&tbs, &algorithm, &der::bits(&key.sign(&tbs))])
}
