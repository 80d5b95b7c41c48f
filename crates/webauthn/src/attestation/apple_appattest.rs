//! `apple-appattest`: [App Attest](https://developer.apple.com/documentation/devicecheck/validating-apps-that-connect-to-your-server),
//! which certifies a key of one app on one device. It is no format of `WebAuthn`, so it counts only where policy says so; its
//! root, Apple App Attestation Root CA, is the caller's to bring.

use super::apple::check_nonce_and_key;
use super::certificates::CertificatePath;
use super::{AttestationType, Statement, StatementContext, members};
use crate::cbor::Value;
use crate::crypto::sha256;
use crate::error::{Error, Result};
use crate::public_key::PublicKey;

const PRODUCTION: &[u8; 16] = b"appattest\0\0\0\0\0\0\0";
const DEVELOPMENT: &[u8; 16] = b"appattestdevelop";

pub(super) fn verify(statement: &Value<'_>, context: &StatementContext<'_>) -> Result<Statement> {
    let (mut x5c, mut receipt) = (None, None);
    for (name, value) in members(statement)? {
        match name {
            "x5c" => x5c = Some(value),
            "receipt" => receipt = value.as_bytes().filter(|bytes| !bytes.is_empty()),
            _ => return Err(Error::AttestationStatementMalformed("extra member")),
        }
    }
    if receipt.is_none() {
        return Err(Error::AttestationStatementMalformed("receipt"));
    }
    let path = CertificatePath::read(
        x5c.ok_or(Error::AttestationStatementMalformed("x5c"))?,
        context.policy,
    )?;
    check_nonce_and_key(&path, context)?;
    let PublicKey::Ec(point) = context.credential_key().key() else {
        return Err(Error::AppleAppAttest("key"));
    };
    if context.credential.credential_id != sha256(point.uncompressed()) {
        return Err(Error::AppleAppAttest("credential id"));
    }
    if context.parsed.sign_count != 0 {
        return Err(Error::AppleAppAttest("counter"));
    }
    let environment = &context.credential.aaguid.0;
    let development = context.policy.apple_appattest_development && environment == DEVELOPMENT;
    if environment != PRODUCTION && !development {
        return Err(Error::AppleAppAttest("environment"));
    }
    Ok(Statement::new(AttestationType::AnonCa, path.to_ders()))
}
