//! The mutation table: a valid message, broken in one place by each row, must be refused with exactly the named error.

use passkeyd_webauthn::Error;

/// A message that can be verified.
pub(crate) trait Case {
    /// Builds the message, signs it, and verifies it.
    fn verify(&self) -> Result<(), Error>;
}

/// What is broken, how, and the error's variant, with its payload where that matters: `TooLarge("signature")`. The word
/// `ok` stands for a change that must be accepted.
pub(crate) type Row<C> = (&'static str, fn(&mut C), &'static str);

/// Runs a table. The unbroken case must verify first.
pub(crate) fn run<C: Case>(valid: impl Fn() -> C, rows: &[Row<C>]) {
    assert_eq!(valid().verify(), Ok(()), "the unbroken case");
    let mut failures = Vec::new();
    for (what, mutate, expected) in rows {
        let mut case = valid();
        mutate(&mut case);
        let outcome = match case.verify() {
            Ok(()) => "ok".to_owned(),
            Err(error) => format!("{error:?}"),
        };
        let name = outcome.split(['(', ' ']).next().unwrap_or_default();
        if outcome != *expected && name != *expected {
            failures.push(format!("{what}: expected {expected}, outcome {outcome}"));
        }
    }
    assert!(
        failures.is_empty(),
        "of {} rows, these failed:\n{}",
        rows.len(),
        failures.join("\n")
    );
}
