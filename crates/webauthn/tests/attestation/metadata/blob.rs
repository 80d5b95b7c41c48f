//! The BLOB by itself.

use jiff::SignedDuration;
use passkeyd_webauthn::metadata::{
    AttestationTypeName, Certification, LastSeen, ResolvedCertificates, Status, UnverifiedBlob,
};
use passkeyd_webauthn::policy::{RevocationPolicy, Strictness};
use passkeyd_webauthn::{Aaguid, Algorithm, Error};
use serde_json::json;

use super::{Service, entry};
use crate::kit::certificate::{
    ALTERNATIVE_NAME, BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE, hosts, revocation_list, time,
};
use crate::kit::der;
use crate::kit::key::Key;
use crate::kit::world::{MODEL, authority_name};

type BlobRow = (&'static str, fn(&mut Service), Error);

const SIGNATURE: &[BlobRow] = &[
    (
        "no JWT",
        |s| s.jwt = Some(|jwt| *jwt = "hello".to_owned()),
        Error::MetadataMalformed("JWT"),
    ),
    (
        "four parts",
        |s| s.jwt = Some(|jwt| jwt.push_str(".AA")),
        Error::MetadataMalformed("JWT"),
    ),
    (
        "padding",
        |s| s.jwt = Some(|jwt| jwt.push('=')),
        Error::MetadataMalformed("JWT"),
    ),
    (
        "a header that is no JSON",
        |s| s.jwt = Some(|jwt| jwt.insert(0, 'A')),
        Error::MetadataMalformed("JWT"),
    ),
    (
        "a member twice in the header",
        |s| {
            s.jwt = Some(|jwt| {
                jwt.replace_range(
                    ..jwt.find('.').unwrap(),
                    "eyJhbGciOiJSUzI1NiIsImFsZyI6IlJTMjU2In0",
                )
            })
        },
        Error::MetadataMalformed("JWT"),
    ),
    (
        "the algorithm none",
        |s| s.header = Some(json!({"alg": "none", "typ": "JWT"})),
        Error::MetadataSignature,
    ),
    (
        "a keyed hash",
        |s| s.header = Some(json!({"alg": "HS256", "typ": "JWT"})),
        Error::MetadataSignature,
    ),
    (
        "no algorithm",
        |s| s.header = Some(json!({"typ": "JWT"})),
        Error::MetadataSignature,
    ),
    (
        "another type",
        |s| s.header = Some(json!({"alg": "RS256", "typ": "JOSE"})),
        Error::MetadataMalformed("typ"),
    ),
    (
        "no type",
        |s| s.header = Some(json!({"alg": "RS256"})),
        Error::MetadataMalformed("typ"),
    ),
    (
        "a critical header",
        |s| s.header = Some(json!({"alg": "RS256", "typ": "JWT", "crit": ["b64"], "b64": false})),
        Error::MetadataMalformed("JWT"),
    ),
    (
        "no certificates",
        |s| s.header = Some(json!({"alg": "RS256", "typ": "JWT"})),
        Error::MetadataChain,
    ),
    (
        "certificates that are no base64",
        |s| s.header = Some(json!({"alg": "RS256", "typ": "JWT", "x5c": ["%"]})),
        Error::MetadataChain,
    ),
    (
        "certificates that are none",
        |s| s.header = Some(json!({"alg": "RS256", "typ": "JWT", "x5c": ["AAAA"]})),
        Error::MetadataChain,
    ),
    (
        "an address that nobody looked up",
        |s| s.header = Some(json!({"alg": "RS256", "typ": "JWT", "x5u": "https://mds.test/c"})),
        Error::MetadataChain,
    ),
    (
        "certificates from another host",
        |s| {
            s.header = Some(json!({"alg": "RS256", "typ": "JWT", "x5u": "https://evil.test/c"}));
            s.rules.resolved = Some(ResolvedCertificates {
                blob_host: "mds.test".to_owned(),
                certificates: s.certificates(),
            });
        },
        Error::MetadataChain,
    ),
    (
        "a changed payload",
        |s| {
            s.jwt = Some(|jwt| {
                let dot = jwt.find('.').unwrap();
                let flipped = if jwt[dot + 3..].starts_with('A') {
                    "B"
                } else {
                    "A"
                };
                jwt.replace_range(dot + 3..dot + 4, flipped);
            });
        },
        Error::MetadataSignature,
    ),
    (
        "another key",
        |s| s.leaf_key = Key::rsa(false),
        Error::MetadataSignature,
    ),
    (
        "another algorithm",
        |s| s.alg = "RS384",
        Error::MetadataSignature,
    ),
    (
        "an algorithm of another key type",
        |s| s.alg = "ES256",
        Error::MetadataSignature,
    ),
];

const CHAIN: &[BlobRow] = &[
    (
        "another root",
        |s| s.root_key = Key::p256(9),
        Error::MetadataChain,
    ),
    (
        "another host",
        |s| s.leaf.set(ALTERNATIVE_NAME, None, hosts(&["mds.example"])),
        Error::MetadataChain,
    ),
    (
        "a host below",
        |s| {
            s.leaf
                .set(ALTERNATIVE_NAME, None, hosts(&["x.mds.fidoalliance.org"]))
        },
        Error::MetadataChain,
    ),
    (
        "no host",
        |s| s.leaf.remove(ALTERNATIVE_NAME),
        Error::MetadataChain,
    ),
    (
        "another purpose",
        |s| {
            s.leaf.set(
                EXTENDED_KEY_USAGE,
                None,
                der::sequence(&[&der::oid(b"\x2b\x06\x01\x05\x05\x07\x03\x02")]),
            )
        },
        Error::MetadataChain,
    ),
    (
        "an authority",
        |s| {
            s.leaf.set(
                BASIC_CONSTRAINTS,
                Some(true),
                der::sequence(&[&der::boolean(true)]),
            )
        },
        Error::MetadataChain,
    ),
    (
        "expired",
        |s| s.leaf.not_after = time("20260101000000Z"),
        Error::MetadataChain,
    ),
    (
        "of tomorrow",
        |s| s.leaf.not_before = time("20270101000000Z"),
        Error::MetadataChain,
    ),
    (
        "revoked",
        |s| {
            let list = revocation_list(
                &authority_name("Metadata CA"),
                &s.issuer_key,
                "20300101000000Z",
                &[&s.leaf.serial],
            );
            s.facts.add_crl(&list).unwrap();
        },
        Error::MetadataChain,
    ),
    (
        "no list where one is demanded",
        |s| s.rules.revocation = RevocationPolicy::RequireKnownGood,
        Error::MetadataChain,
    ),
];

const PAYLOAD: &[BlobRow] = &[
    (
        "an array",
        |s| s.text = Some("[]".to_owned()),
        Error::MetadataMalformed("payload"),
    ),
    (
        "no JSON",
        |s| s.text = Some("{".to_owned()),
        Error::MetadataMalformed("payload"),
    ),
    (
        "a member twice",
        |s| s.text = Some(r#"{"no":84,"no":85,"nextUpdate":"2026-08-20","entries":[]}"#.to_owned()),
        Error::MetadataMalformed("payload"),
    ),
    (
        "a member twice, deep within",
        |s| {
            s.text = Some(
                s.payload
                    .to_string()
                    .replace("\"upv\":[{", "\"upv\":[{\"major\":2,"),
            )
        },
        Error::MetadataMalformed("payload"),
    ),
    (
        "no number",
        |s| drop(s.payload.as_object_mut().unwrap().remove("no")),
        Error::MetadataMalformed("no"),
    ),
    (
        "a number in words",
        |s| s.payload["no"] = "84".into(),
        Error::MetadataMalformed("no"),
    ),
    (
        "a fraction of a number",
        |s| s.payload["no"] = json!(84.5),
        Error::MetadataMalformed("no"),
    ),
    (
        "no date",
        |s| drop(s.payload.as_object_mut().unwrap().remove("nextUpdate")),
        Error::MetadataMalformed("nextUpdate"),
    ),
    (
        "a date with a time",
        |s| s.payload["nextUpdate"] = "2026-08-20T00:00:00Z".into(),
        Error::MetadataMalformed("nextUpdate"),
    ),
    (
        "a date that no calendar has",
        |s| s.payload["nextUpdate"] = "2026-02-30".into(),
        Error::MetadataMalformed("nextUpdate"),
    ),
    (
        "a legal header that is no text",
        |s| s.payload["legalHeader"] = json!(1),
        Error::MetadataMalformed("legalHeader"),
    ),
    (
        "no entries",
        |s| drop(s.payload.as_object_mut().unwrap().remove("entries")),
        Error::MetadataMalformed("entries"),
    ),
    (
        "an entry that is no object",
        |s| *s.entry() = json!(1),
        Error::MetadataMalformed("entry"),
    ),
    (
        "an AAGUID without hyphens",
        |s| s.entry()["aaguid"] = "00".repeat(16).into(),
        Error::MetadataMalformed("aaguid"),
    ),
    (
        "another AAGUID in the statement",
        |s| s.entry()["aaguid"] = Aaguid([1; 16]).to_string().into(),
        Error::MetadataMalformed("aaguid"),
    ),
    (
        "two entries for one model",
        |s| {
            s.payload["entries"]
                .as_array_mut()
                .unwrap()
                .push(entry(MODEL))
        },
        Error::MetadataMalformed("two entries for one key"),
    ),
    (
        "a key identifier in two entries",
        |s| {
            let identifiers = json!(["ab".repeat(20)]);
            s.entry()["attestationCertificateKeyIdentifiers"] = identifiers.clone();
            let mut other = entry([1; 16]);
            other["attestationCertificateKeyIdentifiers"] = identifiers;
            s.payload["entries"].as_array_mut().unwrap().push(other);
        },
        Error::MetadataMalformed("two entries for one key"),
    ),
    (
        "a short key identifier",
        |s| s.entry()["attestationCertificateKeyIdentifiers"] = json!(["ab".repeat(19)]),
        Error::MetadataMalformed("attestationCertificateKeyIdentifiers"),
    ),
    (
        "no status reports",
        |s| drop(s.entry().as_object_mut().unwrap().remove("statusReports")),
        Error::MetadataMalformed("statusReports"),
    ),
    (
        "a report without a status",
        |s| s.entry()["statusReports"] = json!([{}]),
        Error::MetadataMalformed("statusReports"),
    ),
    (
        "a report with a date in words",
        |s| s.entry()["statusReports"] = json!([{"status": "REVOKED", "effectiveDate": "today"}]),
        Error::MetadataMalformed("statusReports"),
    ),
    (
        "a report with a certificate that is no base64",
        |s| s.entry()["statusReports"] = json!([{"status": "REVOKED", "batchCertificate": "%"}]),
        Error::MetadataMalformed("statusReports"),
    ),
    (
        "a statement that is no object",
        |s| *s.statement() = json!("x"),
        Error::MetadataMalformed("metadataStatement"),
    ),
    (
        "a root that is no base64",
        |s| s.statement()["attestationRootCertificates"] = json!(["%"]),
        Error::MetadataMalformed("attestationRootCertificates"),
    ),
    (
        "a version in words",
        |s| s.statement()["authenticatorVersion"] = "5".into(),
        Error::MetadataMalformed("authenticatorVersion"),
    ),
    (
        "types that are no list",
        |s| s.statement()["attestationTypes"] = "basic_full".into(),
        Error::MetadataMalformed("attestationTypes"),
    ),
];

const TIME: &[BlobRow] = &[
    (
        "an older number",
        |s| {
            s.last_seen = Some(LastSeen {
                number: 85,
                ..s.read().unwrap().last_seen()
            })
        },
        Error::MetadataRollback,
    ),
    (
        "the same number with other content",
        |s| {
            s.last_seen = Some(s.read().unwrap().last_seen());
            s.payload["legalHeader"] = "other terms".into();
        },
        Error::MetadataRollback,
    ),
    (
        "a newer number with an older date",
        |s| {
            s.last_seen = Some(s.read().unwrap().last_seen());
            s.payload["no"] = 85.into();
            s.payload["nextUpdate"] = "2026-08-19".into();
        },
        Error::MetadataRollback,
    ),
    (
        "stale",
        |s| s.now = "2026-08-27T00:00:01Z".parse().unwrap(),
        Error::MetadataStale,
    ),
    (
        "stale, without grace",
        |s| {
            s.rules.grace = SignedDuration::ZERO;
            s.now = "2026-08-20T00:00:01Z".parse().unwrap();
        },
        Error::MetadataStale,
    ),
];

fn each_has_its_error(rows: &[BlobRow]) {
    Service::new().read().expect("the unchanged BLOB is valid");
    for (name, change, expected) in rows {
        let mut service = Service::new();
        change(&mut service);
        assert_eq!(service.read().err().as_ref(), Some(expected), "{name}");
    }
}

#[test]
fn a_broken_signature_has_its_error() {
    each_has_its_error(SIGNATURE);
}

#[test]
fn a_broken_chain_has_its_error() {
    each_has_its_error(CHAIN);
}

#[test]
fn a_broken_payload_has_its_error() {
    each_has_its_error(PAYLOAD);
}

#[test]
fn a_blob_out_of_time_has_its_error() {
    each_has_its_error(TIME);
}

#[test]
fn a_blob_may_be_signed_and_dated_in_many_ways() {
    let accepted: &[(&str, fn(&mut Service))] = &[
        ("ES256", |s| {
            s.leaf_key = Key::p256(0x43);
            s.leaf.spki = s.leaf_key.spki();
            s.alg = "ES256";
        }),
        ("ES384", |s| {
            s.leaf_key = Key::p384(0x43);
            s.leaf.spki = s.leaf_key.spki();
            s.alg = "ES384";
        }),
        ("EdDSA", |s| {
            s.leaf_key = Key::ed25519(0x43);
            s.leaf.spki = s.leaf_key.spki();
            s.alg = "EdDSA";
        }),
        ("white space around it", |s| {
            s.jwt = Some(|jwt| *jwt = format!("\n{jwt}\n"))
        }),
        ("the service of a test", |s| {
            s.leaf.set(ALTERNATIVE_NAME, None, hosts(&["mds.test"]));
            s.rules.leaf_names = vec!["mds.test".to_owned()];
        }),
        ("certificates that were looked up", |s| {
            s.header = Some(json!({"alg": "RS256", "typ": "JWT", "x5u": "https://mds.test/c"}));
            s.rules.resolved = Some(ResolvedCertificates {
                blob_host: "mds.test".to_owned(),
                certificates: s.certificates(),
            });
        }),
        ("the same as last time", |s| {
            s.last_seen = Some(s.read().unwrap().last_seen())
        }),
        ("a newer one", |s| {
            s.last_seen = Some(s.read().unwrap().last_seen());
            s.payload["no"] = 85.into();
        }),
        ("the end of the grace period", |s| {
            s.now = "2026-08-27T00:00:00Z".parse().unwrap()
        }),
        ("a key identifier twice in one entry", |s| {
            s.entry()["attestationCertificateKeyIdentifiers"] =
                json!(["ab".repeat(20), "AB".repeat(20)]);
        }),
        ("no statement", |s| {
            drop(
                s.entry()
                    .as_object_mut()
                    .unwrap()
                    .remove("metadataStatement"),
            )
        }),
        ("an unknown status", |s| {
            s.entry()["statusReports"] = json!([{"status": "BLESSED", "by": "nobody"}])
        }),
        ("a root that does not parse", |s| {
            s.statement()["attestationRootCertificates"] = json!(["AAAA"])
        }),
        ("a root in lines", |s| {
            s.statement()["attestationRootCertificates"] = json!(["AA\nAA\r\n"])
        }),
    ];
    for (name, change) in accepted {
        let mut service = Service::new();
        change(&mut service);
        service
            .read()
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
    }
}

#[test]
fn a_stale_blob_is_reported_where_policy_bears_it() {
    let mut service = Service::new();
    service.now = "2027-01-01T00:00:00Z".parse().unwrap();
    service.rules.stale = Strictness::Report;
    assert!(service.read().unwrap().is_stale());
}

#[test]
fn an_entry_is_typed_and_keeps_what_is_not_known() {
    let mut service = Service::new();
    service.statement()["attestationTypes"] = json!(["basic_full", "by_letter"]);
    service.statement()["iconDark"] = "data:,".into();
    service.entry()["biometricStatusReports"] = json!([]);
    service.payload["entries"]
        .as_array_mut()
        .unwrap()
        .push(json!({
            "aaid": "4e4e#4005", "statusReports": [], "timeOfLastStatusChange": "2020-01-01",
        }));
    let blob = service.read().unwrap();
    assert_eq!(
        (blob.number(), blob.next_update().to_string().as_str()),
        (84, "2026-08-20")
    );
    assert_eq!(blob.legal_header(), Some("terms"));
    assert_eq!(blob.entries().len(), 2);
    assert_eq!(blob.entries()[1].aaid(), Some("4e4e#4005"));
    let entry = blob.fido2_entries().next().unwrap();
    assert_eq!(blob.fido2_entries().count(), 1);
    assert_eq!(entry.aaguid(), Some(Aaguid(MODEL)));
    assert_eq!(entry.description(), Some("Test key 1"));
    assert_eq!(entry.icon(), Some("data:image/png;base64,iVBORw0KGgo="));
    let types: Vec<&str> = entry
        .attestation_types()
        .iter()
        .map(AttestationTypeName::as_str)
        .collect();
    assert_eq!(types, ["basic_full", "by_letter"]);
    assert!(entry.other().contains_key("biometricStatusReports"));
    assert_eq!(entry.time_of_last_status_change(), Some("2024-01-01"));
    let statement = entry.statement().unwrap();
    assert_eq!(statement.authenticator_version, Some(5));
    assert_eq!(statement.attachment_hint[2], "by_telepathy");
    assert_eq!(statement.other["schema"], 3);
    assert_eq!(
        statement.user_verification_methods().collect::<Vec<_>>(),
        ["passcode_external", "presence_internal"]
    );
    assert_eq!(
        statement.authenticator_get_info.as_ref().unwrap().versions,
        ["FIDO_2_1"]
    );
    assert_eq!(statement.lists_algorithm(Algorithm::Esp256), Some(true));
    assert_eq!(statement.lists_algorithm(Algorithm::Rs256), Some(false));
    assert_eq!(entry.certification(service.now), Some(Certification::L1));
    let [report] = entry.status_reports() else {
        panic!("one report")
    };
    assert_eq!(report.status, Status::FidoCertifiedL1);
    assert_eq!(
        report.certificate_number.as_deref(),
        Some("FIDO20020240101001")
    );
}

#[test]
fn a_blob_can_be_looked_at_without_verifying() {
    let mut service = Service::new();
    service.root_key = Key::p256(9);
    service.jwt = Some(|jwt| jwt.truncate(jwt.rfind('.').unwrap() + 1));
    let blob = UnverifiedBlob::parse(service.blob().as_bytes()).unwrap();
    assert_eq!(blob.number(), 84);
    assert_eq!(blob.entries().len(), 1);
}
