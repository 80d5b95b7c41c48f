//! [`fido-u2f`](https://www.w3.org/TR/webauthn-3/#sctn-fido-u2f-attestation): security keys of the first generation.

use super::certificates::{CertificatePath, check_version, fault};
use super::{
    AttestationType, Statement, StatementContext, check_signature_length, members, signature_error,
};
use crate::algorithm::{Algorithm, Curve};
use crate::cbor::Value;
use crate::error::{CertificateFault, Error, Result};
use crate::public_key::PublicKey;

pub(super) fn verify(statement: &Value<'_>, context: &StatementContext<'_>) -> Result<Statement> {
    let (mut sig, mut x5c) = (None, None);
    for (name, value) in members(statement)? {
        match name {
            "sig" => sig = value.as_bytes(),
            "x5c" => x5c = Some(value),
            _ => return Err(Error::AttestationStatementMalformed("extra member")),
        }
    }
    let sig = sig.ok_or(Error::AttestationStatementMalformed("sig"))?;
    check_signature_length(sig, context)?;
    let path = CertificatePath::read(
        x5c.ok_or(Error::AttestationStatementMalformed("x5c"))?,
        context.policy,
    )?;
    if path.len() != 1 {
        return Err(fault(CertificateFault::Count));
    }
    let leaf = path.leaf()?;
    check_version(leaf)?;
    let certificate_key = leaf.public_key()?;
    if !matches!(&certificate_key, PublicKey::Ec(point) if point.curve() == Curve::P256) {
        return Err(fault(CertificateFault::PublicKey));
    }
    let credential_key = context.credential_key();
    let (Algorithm::Es256, PublicKey::Ec(point)) =
        (credential_key.algorithm(), credential_key.key())
    else {
        return Err(Error::AttestationAlgorithmMismatch);
    };
    let signed = [
        &[0x00],
        context.parsed.rp_id_hash.as_slice(),
        context.client_data_hash.bytes(),
        context.credential.credential_id,
        point.uncompressed(),
    ]
    .concat();
    certificate_key
        .verify_cose(Algorithm::Es256, &signed, sig)
        .map_err(signature_error)?;
    if context.policy.u2f_zero_aaguid && !context.credential.aaguid.is_zero() {
        return Err(Error::AttestationAaguidMismatch);
    }
    Ok(Statement::new(AttestationType::Basic, path.to_ders()))
}
