//! [Attestation](https://www.w3.org/TR/webauthn-3/#sctn-attestation): the attestation object, the statement formats, and
//! what comes out of them.
//!
//! A registration brings an [`AttestationOutcome`]: the type that the statement proves, and in [`Trust`] whether the caller's
//! [trust source](crate::trust) vouches for its maker. Services that anyone may join can leave both unread.

pub mod android_key;
mod apple;
mod apple_appattest;
mod certificates;
mod compound;
mod fido_u2f;
mod none;
mod packed;
mod safetynet;
mod signed_statement;
pub mod tpm;

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::authenticator_data::{AttestedCredentialData, AuthenticatorData};
use crate::cbor::{Form, Reader, Value};
use crate::client_data::ClientDataHash;
use crate::error::{Error, Excerpt, Result};
use crate::metadata::MetadataSummary;
use crate::observation::Observation;
use crate::options::AttestationConveyance;
use crate::policy::{Policy, UnknownFormatPolicy};
use crate::public_key::{CoseKey, SignatureError};
use crate::trust::{self, TrustSource};

pub(crate) use compound::satisfied as compound_satisfied;

/// The containers that may lie in each other in an attestation object: a compound statement needs five.
pub const MAX_DEPTH: usize = 5;

/// How an authenticator's origin is attested ([WebAuthn §6.5.3]).
///
/// [WebAuthn §6.5.3]: https://www.w3.org/TR/webauthn-3/#sctn-attestation-types
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttestationType {
    /// Nothing is attested.
    None,
    /// The credential key signed for itself.
    #[serde(rename = "self")]
    SelfAttestation,
    /// A key shared by a batch of authenticators signed.
    Basic,
    /// A key certified by an attestation CA signed.
    AttCa,
    /// A CA certified the credential key itself.
    AnonCa,
}

impl AttestationType {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::None,
        Self::SelfAttestation,
        Self::Basic,
        Self::AttCa,
        Self::AnonCa,
    ];
}

impl fmt::Display for AttestationType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::SelfAttestation => "Self",
            Self::Basic => "Basic",
            Self::AttCa => "AttCA",
            Self::AnonCa => "AnonCA",
        })
    }
}

/// A parsed attestation object; byte strings lie in the input.
#[derive(Debug, Clone, PartialEq)]
pub struct AttestationObject<'a> {
    /// The attestation statement format identifier.
    pub format: std::borrow::Cow<'a, str>,
    /// The statement, whose shape the format defines.
    pub statement: Value<'a>,
    /// The authenticator data as received.
    pub authenticator_data: std::borrow::Cow<'a, [u8]>,
}

impl<'a> AttestationObject<'a> {
    /// Parses an attestation object in canonical form; the authenticator data in it is only cut out.
    ///
    /// # Errors
    /// The `Cbor…` variants, [`Error::AttestationObjectMalformed`].
    pub fn parse(input: &'a [u8]) -> Result<Self> {
        Self::parse_in(input, Form::Canonical)
    }

    pub(crate) fn parse_in(input: &'a [u8], form: Form) -> Result<Self> {
        let mut reader = Reader::with_form(input, MAX_DEPTH, form);
        let object = reader.value()?;
        reader.finish()?;
        let Value::Map(entries) = object else {
            return Err(Error::AttestationObjectMalformed);
        };
        let (mut format, mut statement, mut authenticator_data) = (None, None, None);
        for (key, value) in entries {
            match (key.as_text(), value) {
                (Some("fmt"), Value::Text(text)) => format = Some(text),
                (Some("attStmt"), value @ (Value::Map(_) | Value::Array(_))) => {
                    statement = Some(value);
                }
                (Some("authData"), Value::Bytes(bytes)) => authenticator_data = Some(bytes),
                _ => return Err(Error::AttestationObjectMalformed),
            }
        }
        match (format, statement, authenticator_data) {
            (Some(format), Some(statement), Some(authenticator_data)) => Ok(Self {
                format,
                statement,
                authenticator_data,
            }),
            _ => Err(Error::AttestationObjectMalformed),
        }
    }
}

/// What every statement format's verification procedure gets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StatementContext<'a> {
    /// Authenticator data as received.
    pub(crate) authenticator_data: &'a [u8],
    /// The same, parsed.
    pub(crate) parsed: &'a AuthenticatorData<'a>,
    /// Its attested credential data.
    pub(crate) credential: &'a AttestedCredentialData<'a>,
    /// SHA-256 of the client data.
    pub(crate) client_data_hash: &'a ClientDataHash<'a>,
    /// What the ceremony asked for.
    pub(crate) conveyance: AttestationConveyance,
    pub(crate) policy: &'a Policy,
    pub(crate) now: Timestamp,
}

impl<'a> StatementContext<'a> {
    /// Authenticator data followed by the client data hash: what most formats sign.
    pub(crate) fn verification_data(&self) -> Vec<u8> {
        [self.authenticator_data, self.client_data_hash.bytes()].concat()
    }

    /// The credential's key.
    pub(crate) const fn credential_key(&self) -> &CoseKey<'a> {
        &self.credential.public_key
    }
}

/// What a format's verification procedure finds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    pub(crate) attestation_type: AttestationType,
    /// Certificates in DER, leaf first; empty for None and Self.
    pub(crate) trust_path: Vec<Vec<u8>>,
    pub(crate) details: StatementDetails,
    pub(crate) observations: Vec<Observation>,
    /// The elements of a compound statement, empty for all others.
    pub(crate) elements: Vec<(String, Result<Statement>)>,
}

impl Statement {
    pub(crate) const fn new(attestation_type: AttestationType, trust_path: Vec<Vec<u8>>) -> Self {
        Self {
            attestation_type,
            trust_path,
            details: StatementDetails::None,
            observations: Vec::new(),
            elements: Vec::new(),
        }
    }
}

/// What a statement says beyond its type and path.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum StatementDetails {
    /// Nothing.
    #[default]
    None,
    /// Of `packed` with certificates: FIDO's optional extensions in the leaf.
    Packed {
        /// `id-fido-gen-ce-fw-version`: the firmware that the certificate was issued for.
        firmware_version: Option<u64>,
        /// `id-fido-gen-ce-sernum`: the serial number of the single device, in an enterprise attestation.
        enterprise_serial: Option<Vec<u8>>,
        /// The transports that the device was made with: bit 0 Bluetooth, 1 Bluetooth LE, 2 USB, 3 NFC, 4 internal.
        u2f_transports: Option<u64>,
    },
    /// Of `tpm`: what the certificate and the TPM say. Only the first three are vouched for by the maker.
    Tpm {
        /// The vendor, as `id:` and eight hexadecimal digits.
        manufacturer: String,
        /// The model.
        model: String,
        /// The version of the model.
        version: String,
        /// The firmware's version, in the vendor's own counting.
        firmware_version: u64,
        /// Milliseconds of the TPM's own time.
        clock: u64,
        /// Whether the TPM says that no such time was reported twice.
        clock_is_safe: bool,
        /// The key's attributes.
        attributes: tpm::ObjectAttributes,
    },
    /// Of `android-key`: what the keystore says about key and device.
    AndroidKey {
        /// Version of the attestation format.
        attestation_version: u64,
        /// Where the attestation was made.
        attestation_security_level: android_key::SecurityLevel,
        /// Where the key lives.
        keymaster_security_level: android_key::SecurityLevel,
        /// The boot loader refuses unsigned systems.
        device_locked: Option<bool>,
        /// 0 verified, 1 self-signed, 2 unverified, 3 failed.
        verified_boot_state: Option<u64>,
        /// Year and month, as 202607.
        os_patch_level: Option<u64>,
        /// Year, month and day, as 20260705.
        vendor_patch_level: Option<u64>,
        /// Likewise.
        boot_patch_level: Option<u64>,
    },
    /// Of `android-safetynet`.
    SafetyNet {
        /// The version of Google's services on the device.
        version: String,
        /// The device passed Android's compatibility tests.
        cts_profile_match: bool,
    },
}

/// Whether somebody whom the caller trusts vouches for the authenticator.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum Trust {
    /// [`AttestationPolicy::Ignore`](crate::policy::AttestationPolicy::Ignore), or there is nothing to assess: None and Self
    /// attestation.
    #[default]
    NotAssessed,
    /// The chain does not lead to an anchor, or metadata has something against the model, for this reason; and policy let it
    /// pass.
    Untrusted(Error),
    /// The chain leads to an anchor, and metadata, where there is any, has nothing against the model.
    Trusted {
        /// The full path in DER, from the leaf to the anchor. Empty where metadata vouches for a model that can only
        /// attest itself.
        path: Vec<Vec<u8>>,
        /// What is known about revocation along the path.
        revocation: trust::RevocationStatus,
    },
}

/// The outcome of attestation for a registration.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AttestationOutcome {
    /// The attestation statement format identifier.
    pub format: String,
    /// The type that the statement proves.
    pub attestation_type: AttestationType,
    /// The statement's certificates in DER, leaf first.
    pub trust_path: Vec<Vec<u8>>,
    /// What the statement says beyond that.
    pub details: StatementDetails,
    /// Whether it is trusted.
    pub trust: Trust,
    /// What the model's metadata says, where the trust source has any.
    pub metadata: Option<Box<MetadataSummary>>,
    /// The elements of a compound statement, each with its own outcome or error.
    pub elements: Vec<(String, Result<AttestationOutcome>)>,
}

/// Is the format switched on by this policy?
fn is_allowed(format: &str, policy: &Policy) -> bool {
    if format == "android-safetynet" && !policy.safetynet {
        return false;
    }
    policy
        .allowed_formats
        .as_ref()
        .is_none_or(|allowed: &BTreeSet<String>| allowed.contains(format))
}

/// Steps R21 and R22: runs the verification procedure of a format. A new format is one file and one arm here.
pub(crate) fn verify(
    format: &str,
    statement: &Value<'_>,
    context: &StatementContext<'_>,
) -> Result<Statement> {
    if !is_allowed(format, context.policy) {
        return Err(Error::AttestationFormatUnsupported(format.into()));
    }
    match format {
        "none" => none::verify(statement, context),
        "packed" => packed::verify(statement, context),
        "tpm" => tpm::verify(statement, context),
        "android-key" => android_key::verify(statement, context),
        "android-safetynet" => safetynet::verify(statement, context),
        "fido-u2f" => fido_u2f::verify(statement, context),
        "apple" => apple::verify(statement, context),
        "apple-appattest" if context.policy.apple_appattest => {
            apple_appattest::verify(statement, context)
        }
        "compound" => compound::verify(statement, context),
        _ => unknown(format, context),
    }
}

fn unknown(format: &str, context: &StatementContext<'_>) -> Result<Statement> {
    let recorded = match context.policy.unknown_format {
        UnknownFormatPolicy::Refuse => false,
        UnknownFormatPolicy::RecordUnverified => context.conveyance == AttestationConveyance::None,
        UnknownFormatPolicy::RecordAlways => true,
    };
    if !recorded {
        return Err(Error::AttestationFormatUnsupported(Excerpt::new(format)));
    }
    let mut statement = Statement::new(AttestationType::None, Vec::new());
    statement
        .observations
        .push(Observation::AttestationFormatUnverified(Excerpt::new(
            format,
        )));
    Ok(statement)
}

/// Verifies and assesses an attestation by itself, outside of a ceremony: steps 21 to 24 of registration, for looking
/// again at a stored attestation object.
///
/// In: the object, SHA-256 of the client data that it was made for, what the ceremony asked for, policy, anchors, and the
/// time (for certificates that live for days, that of the registration: [`ValidityPolicy::AtTime`]). Out: the outcome,
/// and observations.
///
/// # Errors
/// Those of parsing the authenticator data and of the steps.
///
/// [`ValidityPolicy::AtTime`]: crate::policy::ValidityPolicy::AtTime
pub fn examine(
    object: &AttestationObject<'_>,
    client_data_hash: &[u8; 32],
    conveyance: AttestationConveyance,
    policy: &Policy,
    source: &dyn TrustSource,
    now: Timestamp,
) -> Result<(AttestationOutcome, Vec<Observation>)> {
    let parsed = AuthenticatorData::parse_if(&object.authenticator_data, |_| Ok(()))?;
    let credential = parsed
        .attested_credential_data
        .as_ref()
        .ok_or(Error::AttestedCredentialDataMissing)?;
    let context = StatementContext {
        authenticator_data: &object.authenticator_data,
        parsed: &parsed,
        credential,
        client_data_hash: &ClientDataHash::known(client_data_hash),
        conveyance,
        policy,
        now,
    };
    let mut observations = Vec::new();
    let outcome = verify_and_assess(object, &context, source, &mut observations)?;
    Ok((outcome, observations))
}

/// Steps R21 to R24.
pub(crate) fn verify_and_assess(
    object: &AttestationObject<'_>,
    context: &StatementContext<'_>,
    source: &dyn TrustSource,
    observations: &mut Vec<Observation>,
) -> Result<AttestationOutcome> {
    let statement = verify(&object.format, &object.statement, context)?;
    trust::outcome(&object.format, statement, context, source, observations)
}

/// The members of a statement that is a map; all keys are text.
pub(crate) fn members<'v, 'a>(
    statement: &'v Value<'a>,
) -> Result<impl Iterator<Item = (&'v str, &'v Value<'a>)> + use<'v, 'a>> {
    let entries = statement
        .as_map()
        .ok_or(Error::AttestationStatementMalformed("attStmt"))?;
    if entries.iter().any(|(key, _)| key.as_text().is_none()) {
        return Err(Error::AttestationStatementMalformed("attStmt"));
    }
    Ok(entries
        .iter()
        .filter_map(|(key, value)| Some((key.as_text()?, value))))
}

/// A signature beyond the limit is not looked at.
fn check_signature_length(signature: &[u8], context: &StatementContext<'_>) -> Result<()> {
    if signature.len() > context.policy.limits.signature {
        Err(Error::TooLarge("signature"))
    } else {
        Ok(())
    }
}

/// A signature's failure in a statement.
pub(crate) fn signature_error(error: SignatureError) -> Error {
    match error {
        SignatureError::Encoding => Error::SignatureEncoding,
        SignatureError::KeyMismatch => Error::AttestationAlgorithmMismatch,
        SignatureError::Unsupported(algorithm) => Error::AlgorithmUnsupported(algorithm.id()),
        SignatureError::WeakKey => Error::CosePointInvalid,
        SignatureError::Invalid => Error::AttestationSignatureInvalid,
    }
}
