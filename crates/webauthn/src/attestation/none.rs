//! [`none`](https://www.w3.org/TR/webauthn-3/#sctn-none-attestation): nothing is attested.

use super::{AttestationType, Statement, StatementContext};
use crate::cbor::Value;
use crate::error::{Error, Result};

pub(super) fn verify(statement: &Value<'_>, _: &StatementContext<'_>) -> Result<Statement> {
    match statement.as_map() {
        Some([]) => Ok(Statement::new(AttestationType::None, Vec::new())),
        _ => Err(Error::AttestationStatementMalformed("attStmt")),
    }
}
