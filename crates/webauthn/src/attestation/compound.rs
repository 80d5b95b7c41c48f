//! [`compound`](https://www.w3.org/TR/webauthn-3/#sctn-compound-attestation): several statements for one credential.

use super::{AttestationType, Statement, StatementContext, verify as verify_element};
use crate::cbor::Value;
use crate::error::{Error, Result};
use crate::policy::CompoundPolicy;

/// More elements than any authenticator has reason to send: each costs a signature.
const MAX_ELEMENTS: usize = 10;

pub(super) fn verify(statement: &Value<'_>, context: &StatementContext<'_>) -> Result<Statement> {
    let malformed = Error::AttestationStatementMalformed("compound");
    let items = statement
        .as_array()
        .filter(|items| items.len() >= 2)
        .ok_or(malformed.clone())?;
    if items.len() > MAX_ELEMENTS {
        return Err(Error::TooLarge("compound"));
    }
    let mut parts = Vec::with_capacity(items.len());
    for item in items {
        let part = match (item.as_map(), item.member("fmt"), item.member("attStmt")) {
            (Some([_, _]), Some(Value::Text(format)), Some(statement)) => {
                (format.as_ref(), statement)
            }
            _ => return Err(malformed),
        };
        if part.0 == "compound" {
            return Err(Error::CompoundNested);
        }
        parts.push(part);
    }
    let elements: Vec<(String, Result<Statement>)> = parts
        .into_iter()
        .map(|(format, part)| (format.to_owned(), verify_element(format, part, context)))
        .collect();
    satisfied(&context.policy.compound, &elements)?;
    let mut outcome = Statement::new(AttestationType::None, Vec::new());
    outcome.elements = elements;
    Ok(outcome)
}

/// Whether enough elements are good: all of them unless policy says otherwise, where the first failure is the reason.
pub(crate) fn satisfied<T>(
    policy: &CompoundPolicy,
    elements: &[(String, Result<T>)],
) -> Result<()> {
    let good = || elements.iter().filter(|(_, outcome)| outcome.is_ok());
    let enough = match policy {
        CompoundPolicy::All => match elements
            .iter()
            .find_map(|(_, outcome)| outcome.as_ref().err())
        {
            Some(error) => return Err(error.clone()),
            None => true,
        },
        CompoundPolicy::Any => good().next().is_some(),
        CompoundPolicy::AtLeast(least) => good().count() >= (*least).max(1),
        CompoundPolicy::Formats(formats) => {
            good().next().is_some()
                && formats
                    .iter()
                    .all(|format| good().any(|(name, _)| name == format))
        }
    };
    if enough {
        Ok(())
    } else {
        Err(Error::CompoundNotSatisfied)
    }
}
