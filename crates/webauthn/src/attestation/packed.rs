//! [`packed`](https://www.w3.org/TR/webauthn-3/#sctn-packed-attestation): the format of most security keys.

use super::{AttestationType, Statement, StatementContext, members, signature_error};
use crate::algorithm::Algorithm;
use crate::cbor::Value;
use crate::error::{Error, Result};

pub(super) fn verify(statement: &Value<'_>, context: &StatementContext<'_>) -> Result<Statement> {
    let (mut alg, mut sig, mut x5c) = (None, None, None);
    for (name, value) in members(statement)? {
        match name {
            "alg" => alg = value.as_integer(),
            "sig" => sig = value.as_bytes(),
            "x5c" => x5c = Some(value),
            _ => return Err(Error::AttestationStatementMalformed("extra member")),
        }
    }
    let alg = alg.ok_or(Error::AttestationStatementMalformed("alg"))?;
    let sig = sig.ok_or(Error::AttestationStatementMalformed("sig"))?;
    let Some(_x5c) = x5c else {
        return self_attestation(alg, sig, context);
    };
    let _ = Algorithm::from_id(alg).ok_or(Error::AlgorithmUnsupported(alg))?;
    Err(Error::AttestationStatementMalformed("x5c"))
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
