//! Vectors of others, from the folder that `PASSKEYD_VECTORS` names.

#[path = "../../examples/conformance/vectors.rs"]
mod runner;

use std::path::PathBuf;

#[test]
fn the_vectors_of_others_give_what_they_expect() {
    let Some(folder) = std::env::var_os("PASSKEYD_VECTORS").map(PathBuf::from) else {
        eprintln!("SKIPPED: PASSKEYD_VECTORS is not set, so no vectors of others were run");
        return;
    };
    let mut ran = 0;
    let mut failures = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("the folder can be read") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read(&path).unwrap_or_default();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        // Files of another schema lie beside the uniform ones.
        let Ok(outcomes) = runner::run_file(&text, None) else {
            continue;
        };
        for outcome in outcomes {
            ran += 1;
            let compiled = cfg!(all(
                feature = "ed448",
                feature = "ml-dsa",
                feature = "es256k"
            ));
            if !outcome.as_expected() && (compiled || outcome.code() != "algorithm_unsupported") {
                failures.push(format!(
                    "{}: {} {}",
                    outcome.id,
                    outcome.came(),
                    outcome.why
                ));
            }
        }
    }
    assert!(ran > 0, "no vectors in {}", folder.display());
    assert!(
        failures.is_empty(),
        "{ran} ran, these failed:\n{}",
        failures.join("\n")
    );
}
