//! [`packed`](https://www.w3.org/TR/webauthn-3/#sctn-packed-attestation): the format of most security keys.

use super::certificates::{
    CertificatePath, FidoExtensions, check_aaguid, check_not_an_authority, check_version, fault,
};
use super::signed_statement::SignedStatement;
use super::{AttestationType, Statement, StatementContext, StatementDetails, signature_error};
use crate::algorithm::Algorithm;
use crate::cbor::Value;
use crate::error::{CertificateFault, Error, Result};
use crate::options::AttestationConveyance;
use crate::x509::{Certificate, oid};

pub(super) fn verify(statement: &Value<'_>, context: &StatementContext<'_>) -> Result<Statement> {
    let SignedStatement { alg, sig, x5c } = SignedStatement::read(statement, context)?;
    match x5c {
        Some(x5c) => with_certificates(
            alg,
            sig,
            &CertificatePath::read(x5c, context.policy)?,
            context,
        ),
        None => self_attestation(alg, sig, context),
    }
}

fn with_certificates(
    alg: i64,
    sig: &[u8],
    path: &CertificatePath,
    context: &StatementContext<'_>,
) -> Result<Statement> {
    let leaf = path.leaf()?;
    let algorithm = Algorithm::from_id(alg).ok_or(Error::AlgorithmUnsupported(alg))?;
    leaf.public_key()?
        .verify_cose(algorithm, &context.verification_data(), sig)
        .map_err(signature_error)?;
    check_version(leaf)?;
    check_subject(leaf)?;
    check_not_an_authority(leaf)?;
    check_aaguid(leaf, context)?;
    let extensions = FidoExtensions::read(leaf)?;
    if extensions.enterprise_serial.is_some()
        && context.conveyance != AttestationConveyance::Enterprise
    {
        return Err(Error::EnterpriseAttestationUnexpected);
    }
    let mut statement = Statement::new(AttestationType::Basic, path.to_ders());
    statement.details = StatementDetails::Packed {
        firmware_version: extensions.firmware_version,
        enterprise_serial: extensions.enterprise_serial,
        u2f_transports: extensions.transports,
    };
    Ok(statement)
}

/// [Certificate requirements](https://www.w3.org/TR/webauthn-3/#sctn-packed-attestation-cert-requirements): one country of
/// two letters, one organisation, the unit `Authenticator Attestation`, one common name. User-assigned country codes
/// such as `AA` pass: test authenticators, those of the specification among them, have no country.
fn check_subject(leaf: &Certificate) -> Result<()> {
    let only = |oid: &[u8]| {
        let mut values = leaf
            .subject_attributes()
            .iter()
            .filter(|attribute| attribute.oid == oid);
        match (values.next(), values.next()) {
            (Some(attribute), None) => attribute.text.as_deref(),
            _ => None,
        }
    };
    let country =
        |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let good = only(oid::COUNTRY).is_some_and(country)
        && only(oid::ORGANIZATION).is_some_and(|text| !text.is_empty())
        && only(oid::ORGANIZATIONAL_UNIT) == Some("Authenticator Attestation")
        && only(oid::COMMON_NAME).is_some_and(|text| !text.is_empty());
    if good {
        Ok(())
    } else {
        Err(fault(CertificateFault::Subject))
    }
}

fn self_attestation(alg: i64, sig: &[u8], context: &StatementContext<'_>) -> Result<Statement> {
    let key = context.credential_key();
    if key.algorithm().id() != alg {
        return Err(Error::AttestationAlgorithmMismatch);
    }
    key.verify(&context.verification_data(), sig)
        .map_err(signature_error)?;
    Ok(Statement::new(AttestationType::SelfAttestation, Vec::new()))
}
