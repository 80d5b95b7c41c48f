//! The BLOB: its signature, its chain, its place in time.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use data_encoding::BASE64;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Entry;
use crate::attestation::AttestationType;
use crate::authenticator_data::Aaguid;
use crate::crypto::sha256;
use crate::error::{Error, Result};
use crate::jws::{Jws, JwsError};
use crate::policy::{RevocationPolicy, Strictness, ValidityPolicy};
use crate::trust::chain::{self, ChainRules};
use crate::trust::{Anchor, RevocationFacts, TrustMaterial, TrustQuery, TrustSource};
use crate::x509::{Certificate, DerRules, GeneralName, oid, subject_alternative_name};

/// The name in the certificate of FIDO's own service.
const LEAF_NAME: &str = "mds.fidoalliance.org";
/// `id-kp-serverAuth`, 1.3.6.1.5.5.7.3.1.
const SERVER_AUTHENTICATION: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
const DATE: Error = Error::MetadataMalformed("date");

/// How a BLOB is judged.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BlobRules {
    /// The host names of which the signing certificate must bear one. Default: `mds.fidoalliance.org`. Others are for
    /// test services; a name that others can get a certificate for lets them write metadata.
    pub leaf_names: Vec<String>,
    /// How long past `nextUpdate` a BLOB still counts. Default: 7 days. Longer risks missing a revocation.
    pub grace: SignedDuration,
    /// What a BLOB beyond that is: an error, or something that [`Blob::is_stale`] reports. Default: refuse.
    pub stale: Strictness,
    /// What must be known about the revocation of the signing certificates. Default: what is known must be good.
    pub revocation: RevocationPolicy,
    /// The certificates behind an `x5u` header, if the caller has fetched them.
    pub resolved: Option<ResolvedCertificates>,
}

impl Default for BlobRules {
    fn default() -> Self {
        Self {
            leaf_names: vec![LEAF_NAME.to_owned()],
            grace: SignedDuration::from_hours(7 * 24),
            stale: Strictness::Refuse,
            revocation: RevocationPolicy::CheckKnown,
            resolved: None,
        }
    }
}

/// What the caller found at the address of an `x5u` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedCertificates {
    /// The host that the BLOB came from; the header's address must have the same.
    pub blob_host: String,
    /// The certificates in DER, leaf first.
    pub certificates: Vec<Vec<u8>>,
}

/// What to remember of a BLOB, so that an older one is noticed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LastSeen {
    /// The serial number, `no`.
    pub number: u64,
    /// Its `nextUpdate`.
    pub next_update: Date,
    /// SHA-256 of the payload, in hexadecimal.
    pub digest: String,
}

/// A verified BLOB.
#[derive(Debug, Clone, PartialEq)]
pub struct Blob {
    number: u64,
    next_update: Date,
    legal_header: Option<String>,
    entries: Vec<Entry>,
    by_aaguid: HashMap<Aaguid, usize>,
    by_key_identifier: HashMap<[u8; 20], usize>,
    digest: String,
    stale: bool,
}

impl Blob {
    /// Verifies and reads a BLOB: the bytes of a compact JWT, white space around it aside.
    ///
    /// In: the trusted roots, what is known about revocation, the time, and what was seen last (nothing, the first time).
    ///
    /// # Errors
    /// [`Error::MetadataSignature`] where header or signature are not acceptable, [`Error::MetadataChain`] where the
    /// signing certificates are not, [`Error::MetadataMalformed`], [`Error::MetadataRollback`],
    /// [`Error::MetadataStale`]; in this order.
    pub fn parse_and_verify(
        jwt: &[u8],
        roots: &[Anchor],
        revocation: &RevocationFacts,
        now: Timestamp,
        last_seen: Option<&LastSeen>,
        rules: &BlobRules,
    ) -> Result<Self> {
        let jws = parse_jws(jwt)?;
        if jws.media_type.as_deref() != Some("JWT") {
            return Err(Error::MetadataMalformed("typ"));
        }
        let certificates = certificates(&jws, rules)?;
        let leaf = certificates.first().ok_or(Error::MetadataChain)?;
        let key = leaf.public_key().map_err(|_| Error::MetadataChain)?;
        jws.verify(&key).map_err(|_| Error::MetadataSignature)?;
        check_chain(&certificates, roots, revocation, now, rules)
            .map_err(|_| Error::MetadataChain)?;

        let payload = jws
            .json()
            .map_err(|_| Error::MetadataMalformed("payload"))?;
        let digest = data_encoding::HEXLOWER.encode(&sha256(jws.payload()));
        let mut blob = Self::read(payload, digest)?;
        blob.check_rollback(last_seen)?;
        blob.check_freshness(now, rules)?;
        Ok(blob)
    }

    fn read(payload: Value, digest: String) -> Result<Self> {
        let Value::Object(mut payload) = payload else {
            return Err(Error::MetadataMalformed("payload"));
        };
        let number = payload
            .get("no")
            .and_then(Value::as_u64)
            .ok_or(Error::MetadataMalformed("no"))?;
        let next_update = payload.get("nextUpdate").and_then(Value::as_str);
        let next_update = next_update
            .and_then(parse_date)
            .ok_or(Error::MetadataMalformed("nextUpdate"))?;
        let legal_header = match payload.remove("legalHeader") {
            None => None,
            Some(Value::String(text)) => Some(text),
            Some(_) => return Err(Error::MetadataMalformed("legalHeader")),
        };
        let Some(Value::Array(items)) = payload.remove("entries") else {
            return Err(Error::MetadataMalformed("entries"));
        };
        let mut blob = Self {
            number,
            next_update,
            legal_header,
            entries: Vec::with_capacity(items.len()),
            by_aaguid: HashMap::new(),
            by_key_identifier: HashMap::new(),
            digest,
            stale: false,
        };
        for item in items {
            let entry = Entry::read(item)?;
            let index = blob.entries.len();
            if let Some(aaguid) = entry.aaguid() {
                insert_new(&mut blob.by_aaguid, aaguid, index)?;
            }
            for identifier in entry.key_identifiers() {
                insert_new(&mut blob.by_key_identifier, *identifier, index)?;
            }
            blob.entries.push(entry);
        }
        Ok(blob)
    }

    fn check_rollback(&self, last_seen: Option<&LastSeen>) -> Result<()> {
        let Some(last) = last_seen else { return Ok(()) };
        let same = self.number == last.number;
        if self.number < last.number
            || (same && self.digest != last.digest)
            || self.next_update < last.next_update
        {
            return Err(Error::MetadataRollback);
        }
        Ok(())
    }

    fn check_freshness(&mut self, now: Timestamp, rules: &BlobRules) -> Result<()> {
        let last_moment = start_of(self.next_update)?
            .checked_add(rules.grace)
            .map_err(|_| DATE)?;
        if now <= last_moment {
            return Ok(());
        }
        if rules.stale == Strictness::Refuse {
            return Err(Error::MetadataStale);
        }
        self.stale = true;
        Ok(())
    }

    /// The serial number, `no`.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The day by which a new BLOB is promised.
    pub const fn next_update(&self) -> Date {
        self.next_update
    }

    /// The terms of use.
    pub fn legal_header(&self) -> Option<&str> {
        self.legal_header.as_deref()
    }

    /// Whether `nextUpdate` and the grace period had passed when it was read.
    pub const fn is_stale(&self) -> bool {
        self.stale
    }

    /// What to keep, so that an older BLOB is refused later.
    pub fn last_seen(&self) -> LastSeen {
        LastSeen {
            number: self.number,
            next_update: self.next_update,
            digest: self.digest.clone(),
        }
    }

    /// All entries, those for UAF authenticators included.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries of FIDO2 authenticators: those with an AAGUID.
    pub fn fido2_entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.aaguid().is_some())
    }

    /// The entry of a model.
    pub fn entry(&self, aaguid: Aaguid) -> Option<&Entry> {
        self.by_aaguid
            .get(&aaguid)
            .and_then(|index| self.entries.get(*index))
    }

    /// The entry that names the key of a certificate in `path`: how U2F authenticators, which have no AAGUID, are found.
    pub fn entry_for_path(&self, path: &[Certificate]) -> Option<&Entry> {
        path.iter()
            .filter_map(Certificate::key_identifier)
            .find_map(|identifier| self.by_key_identifier.get(&identifier))
            .and_then(|index| self.entries.get(*index))
    }

    /// The entry for an attestation: by key identifier for U2F, by AAGUID for all others.
    pub fn entry_for(&self, format: &str, aaguid: Aaguid, path: &[Certificate]) -> Option<&Entry> {
        if format == "fido-u2f" {
            self.entry_for_path(path)
        } else if aaguid.is_zero() {
            None
        } else {
            self.entry(aaguid)
        }
    }
}

/// A BLOB that nobody verified, for looking at: it vouches for nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct UnverifiedBlob(Blob);

impl UnverifiedBlob {
    /// Reads a BLOB without a look at its signature, its chain or its age.
    ///
    /// # Errors
    /// [`Error::MetadataMalformed`]; [`Error::MetadataSignature`] and [`Error::MetadataChain`] where the header is
    /// malformed.
    pub fn parse(jwt: &[u8]) -> Result<Self> {
        let jws = parse_jws(jwt)?;
        let payload = jws
            .json()
            .map_err(|_| Error::MetadataMalformed("payload"))?;
        Blob::read(payload, String::new()).map(Self)
    }

    /// The serial number, `no`.
    pub const fn number(&self) -> u64 {
        self.0.number()
    }

    /// The day by which a new BLOB is promised.
    pub const fn next_update(&self) -> Date {
        self.0.next_update()
    }

    /// All entries.
    pub fn entries(&self) -> &[Entry] {
        self.0.entries()
    }
}

impl TrustSource for Blob {
    /// The anchors of the model's entry, for that model only.
    fn material(&self, query: &TrustQuery<'_>) -> TrustMaterial<'_> {
        let Some(entry) = self.entry_for(query.format, query.aaguid, query.path) else {
            return TrustMaterial::none();
        };
        let anchors = match query.attestation_type {
            AttestationType::None | AttestationType::SelfAttestation => Vec::new(),
            _ => entry.anchors().iter().collect(),
        };
        let mut material = TrustMaterial::none()
            .with_anchors(anchors)
            .with_metadata(entry);
        material.metadata_is_stale = self.stale;
        material
    }
}

fn parse_jws(jwt: &[u8]) -> Result<Jws<'_>> {
    Jws::parse(jwt.trim_ascii()).map_err(|error| match error {
        JwsError::Structure => Error::MetadataMalformed("JWT"),
        JwsError::Algorithm => Error::MetadataSignature,
        JwsError::Certificates => Error::MetadataChain,
    })
}

/// The certificates of the header, or those that the caller found at the header's address.
fn certificates(jws: &Jws<'_>, rules: &BlobRules) -> Result<Vec<Certificate>> {
    let ders = match (&jws.certificates, &jws.certificates_url, &rules.resolved) {
        (Some(certificates), _, _) => certificates,
        (None, Some(url), Some(resolved)) if host_of(url) == Some(resolved.blob_host.as_str()) => {
            &resolved.certificates
        }
        _ => return Err(Error::MetadataChain),
    };
    let parsed = ders
        .iter()
        .map(|der| Certificate::parse(der, DerRules::Strict))
        .collect::<Result<Vec<_>>>();
    parsed.map_err(|_| Error::MetadataChain)
}

fn host_of(url: &str) -> Option<&str> {
    let authority = url
        .strip_prefix("https://")?
        .split(['/', '?', '#'])
        .next()?;
    (!authority.contains(['@', ':'])).then_some(authority)
}

fn check_chain(
    certificates: &[Certificate],
    roots: &[Anchor],
    revocation: &RevocationFacts,
    now: Timestamp,
    rules: &BlobRules,
) -> Result<()> {
    let leaf = certificates.first().ok_or(Error::MetadataChain)?;
    let names = leaf
        .read_extension(oid::SUBJECT_ALTERNATIVE_NAME, subject_alternative_name)?
        .unwrap_or_default();
    let is_expected = |host: &str| {
        rules
            .leaf_names
            .iter()
            .any(|name| name.eq_ignore_ascii_case(host))
    };
    if !names
        .iter()
        .any(|name| matches!(name, GeneralName::Dns(host) if is_expected(host)))
    {
        return Err(Error::MetadataChain);
    }
    let purposes = leaf.extended_key_usage()?;
    if purposes.is_some_and(|purposes| {
        !purposes
            .iter()
            .any(|purpose| purpose.0 == SERVER_AUTHENTICATION)
    }) {
        return Err(Error::MetadataChain);
    }
    let chain_rules = ChainRules {
        now,
        validity: ValidityPolicy::Strict,
        revocation: rules.revocation,
        sha1: false,
        android_key: false,
    };
    let anchors: Vec<&Anchor> = roots.iter().collect();
    chain::validate(certificates, &anchors, &[], &[revocation], &chain_rules)?;
    Ok(())
}

fn insert_new<K: std::hash::Hash + Eq>(
    map: &mut HashMap<K, usize>,
    key: K,
    index: usize,
) -> Result<()> {
    match map.entry(key) {
        Slot::Vacant(slot) => {
            slot.insert(index);
            Ok(())
        }
        // Some entry in the real BLOB lists a key twice, which leaves no doubt.
        Slot::Occupied(slot) if *slot.get() == index => Ok(()),
        Slot::Occupied(_) => Err(Error::MetadataMalformed("two entries for one key")),
    }
}

/// `YYYY-MM-DD` and nothing else.
pub(super) fn parse_date(text: &str) -> Option<Date> {
    if text.len() == 10 {
        text.parse().ok()
    } else {
        None
    }
}

/// Midnight UTC at the beginning of a day.
pub(super) fn start_of(date: Date) -> Result<Timestamp> {
    date.to_zoned(TimeZone::UTC)
        .map(|start| start.timestamp())
        .map_err(|_| DATE)
}

/// Base64 as metadata has it: some makers break their certificates into lines.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let dense: String = text
        .chars()
        .filter(|character| !character.is_ascii_whitespace())
        .collect();
    BASE64.decode(dense.as_bytes()).ok()
}
