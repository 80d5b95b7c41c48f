//! The members that `packed` and `android-key` share: an algorithm, a signature, certificates.

use super::{StatementContext, check_signature_length, members};
use crate::cbor::Value;
use crate::error::{Error, Result};

/// A statement of `alg`, `sig` and perhaps `x5c`, with nothing else in it.
pub(super) struct SignedStatement<'a> {
    pub(super) alg: i64,
    pub(super) sig: &'a [u8],
    pub(super) x5c: Option<&'a Value<'a>>,
}

impl<'a> SignedStatement<'a> {
    pub(super) fn read(statement: &'a Value<'a>, context: &StatementContext<'_>) -> Result<Self> {
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
        check_signature_length(sig, context)?;
        Ok(Self { alg, sig, x5c })
    }
}
