//! The metadata BLOB: signature, chain, place in time, statuses, look-ups.

use std::collections::BTreeSet;
use std::sync::Arc;

use data_encoding::{BASE64, HEXLOWER};
use jiff::{SignedDuration, Timestamp};
use passkeyd_webauthn::attestation::{AttestationType, Trust};
use passkeyd_webauthn::metadata::{
    AttestationTypeName, Blob, BlobRules, Certification, LastSeen, RegisteredAttestation,
    ResolvedCertificates, Status, StatusScope, UnverifiedBlob, reevaluate,
};
use passkeyd_webauthn::policy::{
    AaguidPolicy, AttestationPolicy, Policy, RevocationPolicy, Strictness,
};
use passkeyd_webauthn::trust::{Anchor, RevocationFacts};
use passkeyd_webauthn::{Aaguid, Algorithm, Error, Excerpt, Observation};
use serde_json::{Value, json};

use crate::kit::certificate::{
    ALTERNATIVE_NAME, BASIC_CONSTRAINTS, COMMON_NAME, EXTENDED_KEY_USAGE, FIRMWARE, KEY_USAGE,
    Template, hosts, name, revocation_list, time,
};
use crate::kit::key::Key;
use crate::kit::table::{Row, each_mutation_has_its_error, each_variation_is_accepted};
use crate::kit::world::{MODEL, World, authority_name};
use crate::kit::{der, jwt};

const HOST: &str = "mds.fidoalliance.org";
const SERVER_AUTHENTICATION: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x03\x01";

/// A metadata service.
struct Service {
    leaf_key: Key,
    alg: &'static str,
    leaf: Template,
    issuer_key: Key,
    root_key: Key,
    payload: Value,
    /// Stands for the payload's text.
    text: Option<String>,
    /// Stands for the header.
    header: Option<Value>,
    jwt: Option<fn(&mut String)>,
    now: Timestamp,
    last_seen: Option<LastSeen>,
    rules: BlobRules,
    facts: RevocationFacts,
}

impl Service {
    fn new() -> Self {
        let (leaf_key, issuer_key, root_key) = (Key::rsa(true), Key::p384(0x41), Key::p256(0x42));
        let mut leaf = Template::new(
            &authority_name("Metadata CA"),
            &name(&[(COMMON_NAME, HOST)]),
            &leaf_key,
        );
        leaf.set(ALTERNATIVE_NAME, None, hosts(&[HOST]));
        leaf.set(
            EXTENDED_KEY_USAGE,
            None,
            der::sequence(&[&der::oid(SERVER_AUTHENTICATION)]),
        );
        leaf.set(
            KEY_USAGE,
            Some(true),
            crate::kit::certificate::DIGITAL_SIGNATURE.to_vec(),
        );
        Self {
            leaf_key,
            alg: "RS256",
            leaf,
            issuer_key,
            root_key,
            payload: json!({
                "legalHeader": "terms",
                "no": 84,
                "nextUpdate": "2026-08-20",
                "entries": [entry(MODEL)],
                "somethingNew": {"a": [1]},
            }),
            text: None,
            header: None,
            jwt: None,
            now: "2026-08-01T00:00:00Z".parse().unwrap(),
            last_seen: None,
            rules: BlobRules::default(),
            facts: RevocationFacts::new(),
        }
    }

    fn certificates(&self) -> Vec<Vec<u8>> {
        let root = authority_name("Metadata root");
        let issuer = Template::authority(&root, &authority_name("Metadata CA"), &self.issuer_key);
        vec![
            self.leaf.sign(&self.issuer_key),
            issuer.sign(&self.root_key),
        ]
    }

    /// The root that is trusted, whoever signs.
    fn root() -> Anchor {
        let (name, key) = (authority_name("Metadata root"), Key::p256(0x42));
        Anchor::certificate_der(&Template::authority(&name, &name, &key).sign(&key)).unwrap()
    }

    fn blob(&self) -> String {
        let payload = self
            .text
            .clone()
            .unwrap_or_else(|| self.payload.to_string());
        let mut jwt = match &self.header {
            Some(header) => jwt::sign_with_header(&self.leaf_key, header, &payload),
            None => jwt::sign(&self.leaf_key, self.alg, &self.certificates(), &payload),
        };
        if let Some(change) = self.jwt {
            change(&mut jwt);
        }
        jwt
    }

    fn read(&self) -> Result<Blob, Error> {
        Blob::parse_and_verify(
            self.blob().as_bytes(),
            &[Self::root()],
            &self.facts,
            self.now,
            self.last_seen.as_ref(),
            &self.rules,
        )
    }

    fn entry(&mut self) -> &mut Value {
        &mut self.payload["entries"][0]
    }

    fn statement(&mut self) -> &mut Value {
        &mut self.payload["entries"][0]["metadataStatement"]
    }
}

fn entry(aaguid: [u8; 16]) -> Value {
    let aaguid = Aaguid(aaguid).to_string();
    json!({
        "aaguid": aaguid,
        "metadataStatement": {
            "legalHeader": "terms",
            "aaguid": aaguid,
            "description": "Test key 1",
            "authenticatorVersion": 5,
            "protocolFamily": "fido2",
            "schema": 3,
            "upv": [{"major": 1, "minor": 1}],
            "authenticationAlgorithms": ["secp256r1_ecdsa_sha256_raw", "ed25519_eddsa_sha512_raw"],
            "publicKeyAlgAndEncodings": ["cose"],
            "attestationTypes": ["basic_full"],
            "userVerificationDetails": [[{"userVerificationMethod": "passcode_external", "caDesc": {"base": 64, "minLength": 4}}, {"userVerificationMethod": "presence_internal"}]],
            "keyProtection": ["hardware", "secure_element"],
            "matcherProtection": ["on_chip"],
            "cryptoStrength": 128,
            "attachmentHint": ["external", "wired", "by_telepathy"],
            "tcDisplay": [],
            "attestationRootCertificates": [],
            "icon": "data:image/png;base64,iVBORw0KGgo=",
            "supportedExtensions": [{"id": "hmac-secret", "fail_if_unknown": false}],
            "authenticatorGetInfo": {"versions": ["FIDO_2_1"], "aaguid": aaguid.replace('-', ""), "maxMsgSize": 1200},
        },
        "statusReports": [{"status": "FIDO_CERTIFIED_L1", "effectiveDate": "2024-01-01", "certificateNumber": "FIDO20020240101001"}],
        "timeOfLastStatusChange": "2024-01-01",
    })
}

/// A BLOB and its payload.
pub(crate) fn sample() -> (String, String) {
    let service = Service::new();
    (service.blob(), service.payload.to_string())
}

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
        "a key identifier twice",
        |s| {
            s.entry()["attestationCertificateKeyIdentifiers"] =
                json!(["ab".repeat(20), "AB".repeat(20)])
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

/// A packed attestation whose root stands in the BLOB.
fn listed() -> World {
    let mut world = World::packed();
    with_blob(&mut world, |_, _| {});
    world
}

/// Makes the BLOB the trust source, after a change to its entry.
fn with_blob(world: &mut World, change: fn(&mut Service, &World)) {
    world.trust = Some(Box::new(move |world| {
        let mut service = Service::new();
        service.statement()["attestationRootCertificates"] =
            json!([BASE64.encode(&world.root_der())]);
        change(&mut service, world);
        Box::new(service.read().unwrap())
    }));
}

fn reports(world: &mut World, change: fn(&World) -> Value) {
    world.trust = Some(Box::new(move |world| {
        let mut service = Service::new();
        service.statement()["attestationRootCertificates"] =
            json!([BASE64.encode(&world.root_der())]);
        service.entry()["statusReports"] = change(world);
        Box::new(service.read().unwrap())
    }));
}

fn firmware(world: &mut World, version: u64) {
    world.leaf.set(FIRMWARE, None, der::integer(version));
}

const fn undesired(status: &'static str) -> Error {
    Error::MetadataStatusUndesired(Excerpt::from_static(status))
}

const ENTRY: &[Row] = &[
    (
        "another model",
        |w| with_blob(w, |s, _| s.payload["entries"] = json!([entry([1; 16])])),
        Error::NoTrustAnchor,
    ),
    (
        "another model, where an entry is demanded",
        |w| {
            w.policy.aaguids = AaguidPolicy::InMetadata;
            with_blob(w, |s, _| s.payload["entries"] = json!([entry([1; 16])]));
        },
        Error::AaguidNotAllowed,
    ),
    (
        "no roots",
        |w| {
            with_blob(w, |s, _| {
                s.statement()["attestationRootCertificates"] = json!([])
            })
        },
        Error::NoTrustAnchor,
    ),
    (
        "surrogate only",
        |w| {
            with_blob(w, |s, _| {
                s.statement()["attestationTypes"] = json!(["basic_surrogate"])
            })
        },
        Error::MetadataTypeMismatch,
    ),
    (
        "another algorithm",
        |w| {
            with_blob(w, |s, _| {
                s.statement()["authenticationAlgorithms"] = json!(["rsassa_pkcsv15_sha256_raw"])
            })
        },
        Error::MetadataAlgorithmMismatch,
    ),
    (
        "revoked",
        |w| reports(w, |_| json!([{"status": "REVOKED"}])),
        undesired("REVOKED"),
    ),
    (
        "revoked, certified since",
        |w| {
            firmware(w, 9);
            reports(w, |_| {
                json!([
                    {"status": "REVOKED", "effectiveDate": "2025-01-01"},
                    {"status": "FIDO_CERTIFIED_L2", "effectiveDate": "2026-01-01", "authenticatorVersion": 9},
                ])
            });
        },
        undesired("REVOKED"),
    ),
    (
        "user verification bypass",
        |w| reports(w, |_| json!([{"status": "USER_VERIFICATION_BYPASS"}])),
        undesired("USER_VERIFICATION_BYPASS"),
    ),
    (
        "attestation key compromise",
        |w| reports(w, |_| json!([{"status": "ATTESTATION_KEY_COMPROMISE"}])),
        undesired("ATTESTATION_KEY_COMPROMISE"),
    ),
    (
        "remote compromise",
        |w| reports(w, |_| json!([{"status": "USER_KEY_REMOTE_COMPROMISE"}])),
        undesired("USER_KEY_REMOTE_COMPROMISE"),
    ),
    (
        "physical compromise",
        |w| reports(w, |_| json!([{"status": "USER_KEY_PHYSICAL_COMPROMISE"}])),
        undesired("USER_KEY_PHYSICAL_COMPROMISE"),
    ),
    (
        "a compromise that a certification without a version follows",
        |w| {
            reports(w, |_| {
                json!([
                    {"status": "USER_KEY_REMOTE_COMPROMISE", "effectiveDate": "2025-01-01"},
                    {"status": "FIDO_CERTIFIED_L1", "effectiveDate": "2026-01-01"},
                ])
            })
        },
        undesired("USER_KEY_REMOTE_COMPROMISE"),
    ),
    (
        "a compromise that an update lifts, for newer firmware",
        |w| {
            firmware(w, 6);
            reports(w, |_| {
                json!([
                    {"status": "USER_KEY_REMOTE_COMPROMISE", "effectiveDate": "2025-01-01"},
                    {"status": "UPDATE_AVAILABLE", "effectiveDate": "2026-01-01", "authenticatorVersion": 7},
                ])
            });
        },
        undesired("USER_KEY_REMOTE_COMPROMISE"),
    ),
    (
        "a compromise that an earlier update cannot lift",
        |w| {
            firmware(w, 7);
            reports(w, |_| {
                json!([
                    {"status": "USER_KEY_REMOTE_COMPROMISE", "effectiveDate": "2026-01-01"},
                    {"status": "UPDATE_AVAILABLE", "effectiveDate": "2025-01-01", "authenticatorVersion": 7},
                ])
            });
        },
        undesired("USER_KEY_REMOTE_COMPROMISE"),
    ),
    (
        "a compromise of this firmware",
        |w| {
            firmware(w, 5);
            reports(
                w,
                |_| json!([{"status": "USER_VERIFICATION_BYPASS", "authenticatorVersion": 5}]),
            );
        },
        undesired("USER_VERIFICATION_BYPASS"),
    ),
    (
        "a compromise of some firmware, when the device does not tell its own",
        |w| {
            reports(
                w,
                |_| json!([{"status": "USER_VERIFICATION_BYPASS", "authenticatorVersion": 5}]),
            )
        },
        undesired("USER_VERIFICATION_BYPASS"),
    ),
    (
        "a compromise of this batch",
        |w| {
            reports(
                w,
                |w| json!([{"status": "ATTESTATION_KEY_COMPROMISE", "batchCertificate": BASE64.encode(&w.certificates()[1])}]),
            )
        },
        undesired("ATTESTATION_KEY_COMPROMISE"),
    ),
    (
        "a status that policy does not want",
        |w| {
            w.policy.undesired_statuses = BTreeSet::from(["RETIRED".to_owned()]);
            reports(w, |_| json!([{"status": "RETIRED"}]));
        },
        undesired("RETIRED"),
    ),
    (
        "too low a certification",
        |w| w.policy.min_certification = Some("FIDO_CERTIFIED_L2".to_owned()),
        Error::MetadataCertificationMissing,
    ),
    (
        "a certification that nobody knows",
        |w| w.policy.min_certification = Some("FIDO_CERTIFIED_L9".to_owned()),
        Error::MetadataCertificationMissing,
    ),
    (
        "a certification whose sun has set",
        |w| {
            w.policy.min_certification = Some("FIDO_CERTIFIED_L1".to_owned());
            reports(
                w,
                |_| json!([{"status": "FIDO_CERTIFIED_L1", "sunsetDate": "2026-07-01"}]),
            );
        },
        Error::MetadataCertificationMissing,
    ),
    (
        "a certification of tomorrow",
        |w| {
            w.policy.min_certification = Some("FIDO_CERTIFIED_L1".to_owned());
            reports(
                w,
                |_| json!([{"status": "FIDO_CERTIFIED_L1", "effectiveDate": "2026-08-02"}]),
            );
        },
        Error::MetadataCertificationMissing,
    ),
    (
        "a certification that was taken back",
        |w| {
            w.policy.min_certification = Some("FIDO_CERTIFIED_L1".to_owned());
            reports(
                w,
                |_| json!([{"status": "FIDO_CERTIFIED_L1"}, {"status": "NOT_FIDO_CERTIFIED"}]),
            );
        },
        Error::MetadataCertificationMissing,
    ),
    (
        "no FIPS certification",
        |w| w.policy.require_fips = true,
        Error::MetadataCertificationMissing,
    ),
    (
        "another key protection",
        |w| w.policy.key_protection = BTreeSet::from(["tee".to_owned()]),
        Error::MetadataPropertyMissing("keyProtection"),
    ),
    (
        "another user verification",
        |w| {
            w.policy.user_verification_methods = BTreeSet::from(["fingerprint_internal".to_owned()])
        },
        Error::MetadataPropertyMissing("userVerificationDetails"),
    ),
];

#[test]
fn an_attestation_that_its_entry_speaks_against_has_its_error() {
    each_mutation_has_its_error(listed, ENTRY);
}

#[test]
fn an_attestation_that_its_entry_bears_is_accepted() {
    each_variation_is_accepted(
        listed,
        &[
            ("a revocation of tomorrow", |w| {
                reports(
                    w,
                    |_| json!([{"status": "REVOKED", "effectiveDate": "2026-08-02"}]),
                )
            }),
            ("a compromise of older firmware", |w| {
                firmware(w, 6);
                reports(
                    w,
                    |_| json!([{"status": "USER_VERIFICATION_BYPASS", "authenticatorVersion": 5}]),
                );
            }),
            ("a compromise that an update lifted", |w| {
                firmware(w, 7);
                reports(w, |_| {
                    json!([
                        {"status": "USER_KEY_REMOTE_COMPROMISE", "effectiveDate": "2025-01-01", "authenticatorVersion": 8},
                        {"status": "USER_KEY_REMOTE_COMPROMISE", "effectiveDate": "2025-01-01", "authenticatorVersion": 6},
                    ])
                });
                firmware(w, 9);
            }),
            ("a compromise that a certification lifted", |w| {
                firmware(w, 9);
                reports(w, |_| {
                    json!([
                        {"status": "USER_KEY_REMOTE_COMPROMISE", "effectiveDate": "2025-01-01"},
                        {"status": "FIDO_CERTIFIED_L1", "effectiveDate": "2026-01-01", "authenticatorVersion": 9},
                    ])
                });
            }),
            ("a compromise of another batch", |w| {
                reports(
                    w,
                    |w| json!([{"status": "ATTESTATION_KEY_COMPROMISE", "batchCertificate": BASE64.encode(&w.root_der())}]),
                );
            }),
            ("a status that policy bears", |w| {
                w.policy.undesired_statuses = BTreeSet::new();
                reports(w, |_| json!([{"status": "REVOKED"}]));
            }),
            ("what policy demands", |w| {
                w.policy.aaguids = AaguidPolicy::InMetadata;
                w.policy.full_metadata_check = true;
                w.policy.require_fips = true;
                w.policy.min_certification = Some("FIDO_CERTIFIED_L2".to_owned());
                w.policy.key_protection = BTreeSet::from(["secure_element".to_owned()]);
                w.policy.user_verification_methods =
                    BTreeSet::from(["passcode_external".to_owned()]);
                reports(
                    w,
                    |_| json!([{"status": "FIDO_CERTIFIED_L2plus"}, {"status": "FIPS140_CERTIFIED_L2"}]),
                );
            }),
            ("an algorithm that nobody knows beside others", |w| {
                with_blob(w, |s, _| {
                    s.statement()["authenticationAlgorithms"] =
                        json!(["ml_dsa_65", "rsassa_pss_sha256_raw"])
                });
            }),
            ("the leaf as root", |w| {
                with_blob(w, |s, w| {
                    s.statement()["attestationRootCertificates"] =
                        json!([BASE64.encode(&w.certificates()[0])]);
                });
            }),
        ],
    );
}

#[test]
fn an_unknown_status_is_reported() {
    let mut world = listed();
    reports(&mut world, |_| json!([{"status": "BLESSED"}]));
    let (outcome, observations) = world.examine().unwrap();
    assert_eq!(
        observations,
        [Observation::MetadataStatusUnknown("BLESSED".into())]
    );
    assert_eq!(
        outcome.metadata.unwrap().statuses,
        [Status::Other("BLESSED".to_owned())]
    );
}

#[test]
fn metadata_tells_an_attestation_ca_from_a_batch_key() {
    let mut world = listed();
    with_blob(&mut world, |s, _| {
        s.statement()["attestationTypes"] = json!(["attca"])
    });
    let (outcome, _) = world.examine().unwrap();
    assert_eq!(outcome.attestation_type, AttestationType::AttCa);
}

#[test]
fn a_model_that_can_only_attest_itself_is_vouched_for_by_its_entry() {
    let mut world = World::packed_self(Key::p256(0x11));
    world.policy.attestation = AttestationPolicy::RequireTrusted;
    with_blob(&mut world, |s, _| {
        s.statement()["attestationTypes"] = json!(["basic_surrogate"])
    });
    let (outcome, _) = world.examine().unwrap();
    assert!(matches!(outcome.trust, Trust::Trusted { path, .. } if path.is_empty()));

    with_blob(&mut world, |_, _| {});
    assert_eq!(world.examine().unwrap_err(), Error::MetadataTypeMismatch);
}

#[test]
fn a_u2f_authenticator_is_found_by_the_key_of_any_certificate_in_its_path() {
    let identifier = |spki: &[u8]| {
        // The bits after the algorithm: a point of 65 bytes.
        HEXLOWER.encode(
            ring::digest::digest(
                &ring::digest::SHA1_FOR_LEGACY_USE_ONLY,
                &spki[spki.len() - 65..],
            )
            .as_ref(),
        )
    };
    let mut world = World::fido_u2f();
    world.policy.aaguids = AaguidPolicy::InMetadata;
    world.trust = Some(Box::new(move |world| {
        let mut service = Service::new();
        service.statement()["attestationRootCertificates"] =
            json!([BASE64.encode(&world.root_der())]);
        service
            .statement()
            .as_object_mut()
            .unwrap()
            .remove("aaguid");
        service.entry().as_object_mut().unwrap().remove("aaguid");
        service.entry()["attestationCertificateKeyIdentifiers"] =
            json!([identifier(&world.leaf.spki)]);
        Box::new(Arc::new(service.read().unwrap()))
    }));
    world.examine().unwrap();

    // The zero AAGUID of another format finds nothing.
    let mut world = World::packed();
    world.aaguid = [0; 16];
    world.leaf.remove(crate::kit::certificate::AAGUID);
    world.policy.aaguids = AaguidPolicy::InMetadata;
    with_blob(&mut world, |s, _| {
        let zero = Aaguid([0; 16]).to_string();
        s.entry()["aaguid"] = zero.clone().into();
        s.statement()["aaguid"] = zero.into();
    });
    assert_eq!(world.examine().unwrap_err(), Error::AaguidNotAllowed);
}

#[test]
fn a_registered_credential_is_judged_again_by_a_newer_blob() {
    let world = World::packed();
    let certificates = world.certificates();
    let record = RegisteredAttestation {
        format: "packed",
        attestation_type: AttestationType::Basic,
        aaguid: Aaguid(MODEL),
        algorithm: Algorithm::Es256,
        trust_path: &certificates,
        firmware_version: None,
        registered_at: world.now,
    };
    let judge = |reports: Value, now: Timestamp, policy: &Policy| {
        let mut service = Service::new();
        service.statement()["attestationRootCertificates"] =
            json!([BASE64.encode(&world.root_der())]);
        service.entry()["statusReports"] = reports;
        reevaluate(&record, &service.read().unwrap(), policy, now)
    };
    let (now, later) = (world.now, "2900-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(judge(json!([]), now, &world.policy), Ok(Vec::new()));
    // Chains are judged by the time of registration, statuses by now.
    assert_eq!(
        judge(
            json!([]),
            "3100-01-01T00:00:00Z".parse().unwrap(),
            &world.policy
        ),
        Ok(Vec::new())
    );
    let revoked = json!([{"status": "REVOKED", "effectiveDate": "2800-01-01"}]);
    assert_eq!(judge(revoked.clone(), now, &world.policy), Ok(Vec::new()));
    assert_eq!(
        judge(revoked, later, &world.policy),
        Err(undesired("REVOKED"))
    );

    let unlisted = RegisteredAttestation {
        aaguid: Aaguid([1; 16]),
        ..record
    };
    let blob = Service::new().read().unwrap();
    assert_eq!(
        reevaluate(&unlisted, &blob, &Policy::consumer(), now),
        Ok(Vec::new())
    );
    assert_eq!(
        reevaluate(&unlisted, &blob, &Policy::enterprise(), now),
        Err(Error::AaguidNotAllowed)
    );
    assert_eq!(
        reevaluate(&record, &blob, &world.policy, now),
        Err(Error::NoTrustAnchor)
    );
}

#[test]
fn reports_can_be_asked_for_alone() {
    let mut service = Service::new();
    service.entry()["statusReports"] = json!([{"status": "FIDO_CERTIFIED"}, {"status": "FIDO_CERTIFIED_L3"}, {"status": "FIDO_CERTIFIED_L2"}]);
    let blob = service.read().unwrap();
    let entry = blob.entry(Aaguid(MODEL)).unwrap();
    assert_eq!(entry.certification(service.now), Some(Certification::L3));
    assert!(!entry.is_fips_certified(service.now));
    let desired = BTreeSet::from(["REVOKED".to_owned()]);
    assert_eq!(
        entry.check_status(service.now, &StatusScope::default(), &desired),
        Ok(Vec::new())
    );
}
