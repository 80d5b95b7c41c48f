//! [`apple`](https://www.w3.org/TR/webauthn-3/#sctn-apple-anonymous-attestation): Apple's CA certifies each credential key.

use super::certificates::{CertificatePath, check_version, fault};
use super::{AttestationType, Statement, StatementContext, members};
use crate::cbor::Value;
use crate::crypto::sha256;
use crate::error::{CertificateFault, Error, Result};
use crate::x509::der::{DerError, Reader, Tag};
use crate::x509::oid;

pub(super) fn verify(statement: &Value<'_>, context: &StatementContext<'_>) -> Result<Statement> {
    let mut x5c = None;
    for (name, value) in members(statement)? {
        match name {
            "x5c" => x5c = Some(value),
            // Some versions of iOS sent it; it says nothing, since there is no signature.
            "alg" if value.as_integer().is_some() => {}
            _ => return Err(Error::AttestationStatementMalformed("extra member")),
        }
    }
    let path = CertificatePath::read(
        x5c.ok_or(Error::AttestationStatementMalformed("x5c"))?,
        context.policy,
    )?;
    check_nonce_and_key(&path, context)?;
    Ok(Statement::new(AttestationType::AnonCa, path.to_ders()))
}

/// The leaf is for this ceremony, and for the credential's key.
pub(super) fn check_nonce_and_key(
    path: &CertificatePath,
    context: &StatementContext<'_>,
) -> Result<()> {
    let leaf = path.leaf()?;
    check_version(leaf)?;
    let nonce = leaf
        .read_extension(oid::APPLE_NONCE, nonce)?
        .ok_or(fault(CertificateFault::ExtensionMissing))?;
    if nonce != sha256(&context.verification_data()) {
        return Err(Error::AppleNonceMismatch);
    }
    if leaf.public_key()? == *context.credential_key().key() {
        Ok(())
    } else {
        Err(Error::AttestationKeyMismatch)
    }
}

/// `SEQUENCE { [1] EXPLICIT OCTET STRING }`.
fn nonce<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], DerError> {
    let mut fields = reader.sequence()?;
    let mut tagged = fields.expect(Tag::explicit(1))?.children();
    fields.finish()?;
    let nonce = tagged.octets()?;
    tagged.finish()?;
    Ok(nonce)
}
