//! Mutation tables: a valid message, one thing changed in it, exactly one error.

use passkeyd_webauthn::Error;

use super::world::World;

/// What is changed, how, and what the verifier must say.
pub(crate) type Row = (&'static str, fn(&mut World), Error);

/// Applies each row to a fresh valid world.
pub(crate) fn each_mutation_has_its_error(valid: fn() -> World, rows: &[Row]) {
    valid().examine().expect("the unchanged world is valid");
    let mut wrong = Vec::new();
    for (name, mutate, expected) in rows {
        let mut world = valid();
        mutate(&mut world);
        let came = world.examine().map(|(outcome, _)| outcome.attestation_type);
        if came.as_ref().err() != Some(expected) {
            wrong.push(format!("{name}: expected {expected:?}, came {came:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} rows:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}

/// Each change leaves the world valid.
pub(crate) fn each_variation_is_accepted(
    valid: fn() -> World,
    rows: &[(&'static str, fn(&mut World))],
) {
    for (name, mutate) in rows {
        let mut world = valid();
        mutate(&mut world);
        if let Err(error) = world.examine() {
            panic!("{name}: {error:?}");
        }
    }
}
