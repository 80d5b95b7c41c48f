//! Vectors of others, from the folder that `PASSKEYD_VECTORS` names.

#[path = "../../examples/conformance/vectors.rs"]
mod runner;

use std::path::PathBuf;

use passkeyd_webauthn::Algorithm;
use serde_json::{Value, json};

use crate::authentication_case::AuthenticationCase;
use crate::registration_case::{CHALLENGE, ORIGIN, RP_ID, RegistrationCase, base64url};

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

/// A registration of ours as a vector.
fn registration() -> Value {
    let response = RegistrationCase::none(Algorithm::Es256).response();
    let id = base64url(&response.id);
    json!({
        "id": "ours", "kind": "registration", "fmt": "none", "alg": -7,
        "rp_id": RP_ID, "origin": ORIGIN, "challenge_b64url": base64url(&CHALLENGE),
        "response": {
            "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(&response.client_data_json),
                "attestationObject": base64url(&response.attestation_object),
            },
        },
        "expect": "ok",
    })
}

/// A sign-in of ours as a vector.
fn authentication() -> Value {
    let case = AuthenticationCase::new(Algorithm::Es256);
    let response = case.response();
    let id = base64url(&response.id);
    json!({
        "id": "ours", "kind": "authentication", "fmt": null, "alg": -7,
        "rp_id": RP_ID, "origin": ORIGIN, "challenge_b64url": base64url(&CHALLENGE),
        "response": {
            "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(&response.client_data_json),
                "authenticatorData": base64url(&response.authenticator_data),
                "signature": base64url(&response.signature),
            },
        },
        "credential_public_key_b64url": base64url(&case.stored.public_key),
        "sign_count": 4,
        "expect": "ok",
    })
}

/// What comes of a file of one vector.
fn outcome(vector: &str) -> runner::Outcome {
    let file = format!("{{\"vectors\":[{vector}]}}");
    let mut outcomes = runner::run_file(file.as_bytes(), None).unwrap();
    assert_eq!(outcomes.len(), 1);
    outcomes.remove(0)
}

#[test]
fn a_vector_says_what_is_expected_and_the_strict_word_goes_first() {
    type Change = fn(&mut Value);
    let rows: [(&str, Change, &str, bool); 9] = [
        ("as it is", |_| {}, "ok", true),
        (
            "what is null is absent",
            |v| v["options"] = Value::Null,
            "ok",
            true,
        ),
        ("unknown members", |v| v["remark"] = json!([1]), "ok", true),
        (
            "expected to fail",
            |v| v["expect"] = json!("fail"),
            "ok",
            false,
        ),
        (
            "expected to fail, but not by the strict word",
            |v| {
                v["expect"] = json!("fail");
                v["strict"] = json!("ok");
            },
            "ok",
            true,
        ),
        (
            "another origin",
            |v| v["origin"] = json!("https://example.org"),
            "origin_not_allowed",
            false,
        ),
        (
            "another origin, by the strict word",
            |v| {
                v["origin"] = json!("https://example.org");
                v["strict"] = json!("fail");
            },
            "origin_not_allowed",
            true,
        ),
        (
            "user verification that is demanded",
            |v| v["options"] = json!({"require_uv": true, "algorithms": null}),
            "ok",
            true,
        ),
        (
            "an anchor that nothing leads to",
            |v| v["trust_anchors"] = json!(["AAAA"]),
            "attestation_type_not_allowed",
            false,
        ),
    ];
    for (name, change, code, as_expected) in rows {
        let mut vector = registration();
        change(&mut vector);
        let outcome = outcome(&vector.to_string());
        assert_eq!(outcome.code(), code, "{name}: {}", outcome.came());
        assert_eq!(outcome.as_expected(), as_expected, "{name}");
    }
    assert!(outcome(&authentication().to_string()).as_expected());
}

#[test]
fn what_a_response_repeats_reaches_the_verifier() {
    let vector = registration().to_string();
    let twice = vector.replace(
        "\"type\":\"public-key\"",
        "\"type\":\"public-key\",\"type\":\"public-key\"",
    );
    assert_ne!(vector, twice);
    assert_eq!(outcome(&twice).code(), "response_malformed");
}

#[test]
fn what_is_not_of_the_schema_is_told_and_never_as_expected() {
    type Change = fn(&mut Value);
    let rows: [(Change, &str); 8] = [
        (|v| v["kind"] = json!("payment"), "kind 'payment'"),
        (|v| v["at"] = json!("tomorrow"), "at 'tomorrow'"),
        (
            |v| v["expect"] = json!("maybe"),
            "an expectation of 'maybe'",
        ),
        (
            |v| v["challenge_b64url"] = json!("*"),
            "challenge_b64url is no base64url",
        ),
        (|v| v["sign_count"] = json!(-1), "u32"),
        (|v| v["rp_id"] = Value::Null, "null"),
        (
            |v| v["credential_public_key_b64url"] = Value::Null,
            "no credential_public_key_b64url",
        ),
        (
            |v| {
                let members = v.as_object_mut().unwrap();
                members.remove("response");
            },
            "missing field `response`",
        ),
    ];
    for (change, what) in rows {
        for expected in ["ok", "fail"] {
            let mut vector = authentication();
            vector["expect"] = json!(expected);
            change(&mut vector);
            let outcome = outcome(&vector.to_string());
            assert_eq!(outcome.code(), "unreadable", "{what}");
            assert!(outcome.came().contains(what), "{}", outcome.came());
            assert!(!outcome.as_expected());
        }
    }
    for file in [
        "",
        "{",
        "[]",
        "{}",
        "{\"vectors\":1}",
        "{\"vectors\":[]}",
        "{\"vectors\":[{}]}",
    ] {
        assert!(runner::run_file(file.as_bytes(), None).is_err(), "{file}");
    }
    assert!(runner::run_file(b"\xff", None).is_err());
}
