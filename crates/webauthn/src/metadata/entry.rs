//! One entry of the BLOB: a model of authenticator.

use serde_json::{Map, Value};

use super::blob::base64;
use super::statement::{AttestationTypeName, MetadataStatement};
use super::status::StatusReport;
use crate::authenticator_data::Aaguid;
use crate::error::{Error, Result};
use crate::trust::Anchor;

/// What the BLOB says about one model.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    aaid: Option<String>,
    aaguid: Option<Aaguid>,
    key_identifiers: Vec<[u8; 20]>,
    statement: Option<MetadataStatement>,
    status_reports: Vec<StatusReport>,
    time_of_last_status_change: Option<String>,
    anchors: Vec<Anchor>,
    unreadable_roots: usize,
    other: Map<String, Value>,
}

impl Entry {
    pub(super) fn read(value: Value) -> Result<Self> {
        let Value::Object(mut members) = value else {
            return Err(Error::MetadataMalformed("entry"));
        };
        let aaid = optional_text(&mut members, "aaid")?;
        let aaguid = match optional_text(&mut members, "aaguid")? {
            Some(text) => Some(Aaguid::parse(&text).ok_or(Error::MetadataMalformed("aaguid"))?),
            None => None,
        };
        let key_identifiers = match members.remove("attestationCertificateKeyIdentifiers") {
            None => Vec::new(),
            Some(Value::Array(items)) => items.iter().map(key_identifier).collect::<Result<_>>()?,
            Some(_) => {
                return Err(Error::MetadataMalformed(
                    "attestationCertificateKeyIdentifiers",
                ));
            }
        };
        let statement = match members.remove("metadataStatement") {
            None => None,
            Some(value) => Some(MetadataStatement::read(value)?),
        };
        let status_reports = match members.remove("statusReports") {
            Some(Value::Array(items)) => items
                .into_iter()
                .map(StatusReport::read)
                .collect::<Result<_>>()?,
            _ => return Err(Error::MetadataMalformed("statusReports")),
        };
        let time_of_last_status_change = optional_text(&mut members, "timeOfLastStatusChange")?;
        // A statement may be for one model only.
        let stated = statement.as_ref().and_then(|statement| statement.aaguid);
        if stated.is_some() && aaguid.is_some() && stated != aaguid {
            return Err(Error::MetadataMalformed("aaguid"));
        }
        let roots = statement
            .as_ref()
            .map(|statement| statement.attestation_root_certificates.as_slice());
        let roots = roots.unwrap_or_default();
        let anchors: Vec<Anchor> = roots
            .iter()
            .filter_map(|der| Anchor::certificate_der(der).ok())
            .collect();
        let unreadable_roots = roots.len().saturating_sub(anchors.len());
        Ok(Self {
            aaid,
            aaguid,
            key_identifiers,
            statement,
            status_reports,
            time_of_last_status_change,
            anchors,
            unreadable_roots,
            other: members,
        })
    }

    /// The identifier of a UAF authenticator, which plays no part in WebAuthn.
    pub fn aaid(&self) -> Option<&str> {
        self.aaid.as_deref()
    }

    /// The model of a FIDO2 authenticator.
    pub const fn aaguid(&self) -> Option<Aaguid> {
        self.aaguid
    }

    /// SHA-1 of the attestation keys of a U2F authenticator.
    pub fn key_identifiers(&self) -> &[[u8; 20]] {
        &self.key_identifiers
    }

    /// What the maker states about the model.
    pub const fn statement(&self) -> Option<&MetadataStatement> {
        self.statement.as_ref()
    }

    /// What happened to the model, in the order of the BLOB.
    pub fn status_reports(&self) -> &[StatusReport] {
        &self.status_reports
    }

    /// The day of the last change of status, as written.
    pub fn time_of_last_status_change(&self) -> Option<&str> {
        self.time_of_last_status_change.as_deref()
    }

    /// The certificates that vouch for the model: roots, intermediates or leaves.
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// How many of the listed certificates do not parse and so vouch for nothing.
    pub const fn unreadable_roots(&self) -> usize {
        self.unreadable_roots
    }

    /// The model's name.
    pub fn description(&self) -> Option<&str> {
        self.statement.as_ref()?.description.as_deref()
    }

    /// The model's picture, as a `data:` URL.
    pub fn icon(&self) -> Option<&str> {
        self.statement.as_ref()?.icon.as_deref()
    }

    /// The attestation types of the model.
    pub fn attestation_types(&self) -> &[AttestationTypeName] {
        self.statement
            .as_ref()
            .map(|statement| statement.attestation_types.as_slice())
            .unwrap_or_default()
    }

    /// Members that this library does not read, such as biometric status reports.
    pub const fn other(&self) -> &Map<String, Value> {
        &self.other
    }
}

fn optional_text(members: &mut Map<String, Value>, name: &'static str) -> Result<Option<String>> {
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::MetadataMalformed(name)),
    }
}

fn key_identifier(value: &Value) -> Result<[u8; 20]> {
    let malformed = || Error::MetadataMalformed("attestationCertificateKeyIdentifiers");
    let text = value.as_str().ok_or_else(malformed)?;
    let bytes = data_encoding::HEXLOWER_PERMISSIVE
        .decode(text.as_bytes())
        .map_err(|_| malformed())?;
    bytes.try_into().map_err(|_| malformed())
}

/// A certificate in a status report or a statement.
pub(super) fn certificate(text: &str) -> Option<Vec<u8>> {
    base64(text)
}
