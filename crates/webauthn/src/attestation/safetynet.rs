//! [`android-safetynet`](https://www.w3.org/TR/webauthn-3/#sctn-android-safetynet-attestation), which Google has retired:
//! for stored attestations.

use data_encoding::BASE64;
use jiff::Timestamp;

use super::certificates::CertificatePath;
use super::{AttestationType, Statement, StatementContext, StatementDetails, members};
use crate::algorithm::Algorithm;
use crate::cbor::Value;
use crate::crypto::sha256;
use crate::error::{Error, Result};
use crate::jws::Jws;
use crate::x509::{Certificate, GeneralName, oid, subject_alternative_name};

/// The host whose certificate signs the responses.
const HOST: &str = "attest.android.com";

/// The host stands among the alternative names; where there are none, in the subject (RFC 2818 §3.1), as in the
/// certificates of the FIDO conformance tool.
fn is_for_host(leaf: &Certificate) -> Result<bool> {
    let names = leaf.read_extension(oid::SUBJECT_ALTERNATIVE_NAME, subject_alternative_name)?;
    Ok(match names {
        Some(names) => names
            .iter()
            .any(|name| matches!(name, GeneralName::Dns(host) if host.eq_ignore_ascii_case(HOST))),
        None => leaf.subject_attributes().iter().any(|attribute| {
            attribute.oid == oid::COMMON_NAME
                && attribute
                    .text
                    .as_deref()
                    .is_some_and(|host| host.eq_ignore_ascii_case(HOST))
        }),
    })
}

pub(super) fn verify(statement: &Value<'_>, context: &StatementContext<'_>) -> Result<Statement> {
    let (mut ver, mut response) = (None, None);
    for (name, value) in members(statement)? {
        match name {
            "ver" => ver = value.as_text().filter(|text| !text.is_empty()),
            "response" => response = value.as_bytes(),
            _ => return Err(Error::AttestationStatementMalformed("extra member")),
        }
    }
    let version = ver.ok_or(Error::AttestationStatementMalformed("ver"))?;
    let response = response.ok_or(Error::AttestationStatementMalformed("response"))?;

    let jws = Jws::parse(response).map_err(|_| Error::SafetyNet("response"))?;
    if !matches!(jws.algorithm, Algorithm::Rs256 | Algorithm::Es256) {
        return Err(Error::SafetyNet("alg"));
    }
    let path = CertificatePath::from_ders(
        jws.certificates.as_deref().ok_or(Error::SafetyNet("x5c"))?,
        context.policy,
    )?;
    let leaf = path.leaf()?;
    if !is_for_host(leaf)? {
        return Err(Error::SafetyNet("host"));
    }
    jws.verify(&leaf.public_key()?)
        .map_err(|_| Error::AttestationSignatureInvalid)?;

    let payload = jws.json().map_err(|_| Error::SafetyNet("payload"))?;
    let nonce = BASE64.encode(&sha256(&context.verification_data()));
    if payload.get("nonce").and_then(|nonce| nonce.as_str()) != Some(nonce.as_str()) {
        return Err(Error::SafetyNet("nonce"));
    }
    let flag = |name: &str| payload.get(name).and_then(serde_json::Value::as_bool) == Some(true);
    let cts_profile_match = flag("ctsProfileMatch");
    let basic_integrity = context.policy.safetynet_basic_integrity && flag("basicIntegrity");
    if !(cts_profile_match || basic_integrity) {
        return Err(Error::SafetyNet("ctsProfileMatch"));
    }
    let made = payload
        .get("timestampMs")
        .and_then(serde_json::Value::as_i64);
    let made = made
        .and_then(|time| Timestamp::from_millisecond(time).ok())
        .ok_or(Error::SafetyNet("timestampMs"))?;
    let age = context.now.duration_since(made);
    if age.is_negative() || age > context.policy.safetynet_max_age {
        return Err(Error::SafetyNet("timestampMs"));
    }

    let mut statement = Statement::new(AttestationType::Basic, path.to_ders());
    statement.details = StatementDetails::SafetyNet {
        version: version.to_owned(),
        cts_profile_match,
    };
    Ok(statement)
}
