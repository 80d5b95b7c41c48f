use passkeyd_webauthn::attestation::StatementDetails;
use passkeyd_webauthn::{Error, Excerpt};

use crate::kit::certificate::{ALTERNATIVE_NAME, COMMON_NAME, hosts, name};
use crate::kit::key::Key;
use crate::kit::table::{Row, each_mutation_has_its_error, each_variation_is_accepted};
use crate::kit::world::World;
use crate::kit::{cbor, jwt};

fn set_member(world: &mut World, name: &'static str, value: Option<Vec<u8>>) {
    world.members = Some(Box::new(move |members| {
        members.retain(|(key, _)| *key != cbor::text(name));
        members.extend(value.clone().map(|value| (cbor::text(name), value)));
    }));
}

/// Puts another header in front, signed anew.
fn header(world: &mut World, header: &'static str) {
    world.safetynet.response = Some(Box::new(move |response| {
        let payload = response.split('.').nth(1).unwrap();
        let payload = data_encoding::BASE64URL_NOPAD
            .decode(payload.as_bytes())
            .unwrap();
        let header = serde_json::from_str(header).unwrap();
        *response = jwt::sign_with_header(
            &Key::rsa(true),
            &header,
            std::str::from_utf8(&payload).unwrap(),
        );
    }));
}

const ROWS: &[Row] = &[
    (
        "switched off",
        |w| w.policy.safetynet = false,
        Error::AttestationFormatUnsupported(Excerpt::from_static("android-safetynet")),
    ),
    (
        "no ver",
        |w| set_member(w, "ver", None),
        Error::AttestationStatementMalformed("ver"),
    ),
    (
        "an empty ver",
        |w| set_member(w, "ver", Some(cbor::text(""))),
        Error::AttestationStatementMalformed("ver"),
    ),
    (
        "no response",
        |w| set_member(w, "response", None),
        Error::AttestationStatementMalformed("response"),
    ),
    (
        "the response as text",
        |w| set_member(w, "response", Some(cbor::text("a.b.c"))),
        Error::AttestationStatementMalformed("response"),
    ),
    (
        "an extra member",
        |w| set_member(w, "x5c", Some(cbor::array(&[]))),
        Error::AttestationStatementMalformed("extra member"),
    ),
    (
        "no JWS",
        |w| set_member(w, "response", Some(cbor::bytes(b"hello"))),
        Error::SafetyNet("response"),
    ),
    (
        "four parts",
        |w| w.safetynet.response = Some(Box::new(|r| r.push_str(".AA"))),
        Error::SafetyNet("response"),
    ),
    (
        "padding",
        |w| w.safetynet.response = Some(Box::new(|r| r.push('='))),
        Error::SafetyNet("response"),
    ),
    (
        "no algorithm",
        |w| header(w, r#"{"x5c":["AAAA"]}"#),
        Error::SafetyNet("response"),
    ),
    (
        "the algorithm none",
        |w| header(w, r#"{"alg":"none","x5c":["AAAA"]}"#),
        Error::SafetyNet("response"),
    ),
    (
        "an unknown critical header",
        |w| header(w, r#"{"alg":"RS256","crit":["x"],"x5c":["AAAA"]}"#),
        Error::SafetyNet("response"),
    ),
    (
        "no certificates",
        |w| header(w, r#"{"alg":"RS256"}"#),
        Error::SafetyNet("x5c"),
    ),
    (
        "an empty list of certificates",
        |w| header(w, r#"{"alg":"RS256","x5c":[]}"#),
        Error::SafetyNet("response"),
    ),
    (
        "a certificate that is none",
        |w| header(w, r#"{"alg":"RS256","x5c":["AAAA"]}"#),
        Error::CertificateMalformed,
    ),
    (
        "another algorithm",
        |w| w.safetynet.alg = "PS256",
        Error::SafetyNet("alg"),
    ),
    (
        "another host",
        |w| {
            w.leaf
                .set(ALTERNATIVE_NAME, None, hosts(&["attest.example"]))
        },
        Error::SafetyNet("host"),
    ),
    (
        "a host below",
        |w| {
            w.leaf
                .set(ALTERNATIVE_NAME, None, hosts(&["x.attest.android.com"]))
        },
        Error::SafetyNet("host"),
    ),
    (
        "no host",
        |w| {
            w.leaf.remove(ALTERNATIVE_NAME);
            w.leaf.subject = name(&[(COMMON_NAME, "attest.example")]);
        },
        Error::SafetyNet("host"),
    ),
    (
        "a changed signature",
        |w| {
            w.safetynet.response = Some(Box::new(|r| {
                let dot = r.rfind('.').unwrap();
                let flipped = if r[dot + 1..].starts_with('A') {
                    "B"
                } else {
                    "A"
                };
                r.replace_range(dot + 1..dot + 2, flipped);
            }));
        },
        Error::AttestationSignatureInvalid,
    ),
    (
        "another nonce",
        |w| w.safetynet.nonce = Some("AAAA".to_owned()),
        Error::SafetyNet("nonce"),
    ),
    (
        "a device that failed",
        |w| w.safetynet.cts_profile_match = false.into(),
        Error::SafetyNet("ctsProfileMatch"),
    ),
    (
        "a match in words",
        |w| w.safetynet.cts_profile_match = "true".into(),
        Error::SafetyNet("ctsProfileMatch"),
    ),
    (
        "a device that failed everything, where policy bears half",
        |w| {
            w.policy.safetynet_basic_integrity = true;
            w.safetynet.cts_profile_match = false.into();
            w.safetynet.basic_integrity = false;
        },
        Error::SafetyNet("ctsProfileMatch"),
    ),
    (
        "a response from the future",
        |w| w.safetynet.age = -1,
        Error::SafetyNet("timestampMs"),
    ),
    (
        "an old response",
        |w| w.safetynet.age = 61,
        Error::SafetyNet("timestampMs"),
    ),
];

#[test]
fn each_break_has_its_error() {
    each_mutation_has_its_error(World::safetynet, ROWS);
}

#[test]
fn policy_bears_what_it_says_it_does() {
    each_variation_is_accepted(
        World::safetynet,
        &[
            ("basic integrity", |w| {
                w.policy.safetynet_basic_integrity = true;
                w.safetynet.cts_profile_match = false.into();
            }),
            ("an older response", |w| {
                w.policy.safetynet_max_age = jiff::SignedDuration::from_hours(1);
                w.safetynet.age = 3000;
            }),
            ("just in time", |w| w.safetynet.age = 60),
            ("the host in the subject alone", |w| {
                w.leaf.remove(ALTERNATIVE_NAME)
            }),
        ],
    );
    let (outcome, _) = World::safetynet_with(Key::p256(0x12), "ES256")
        .examine()
        .unwrap();
    assert_eq!(
        outcome.details,
        StatementDetails::SafetyNet {
            version: "14799021".to_owned(),
            cts_profile_match: true
        }
    );
}
