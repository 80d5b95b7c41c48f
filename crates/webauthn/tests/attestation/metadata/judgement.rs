//! Attestations judged by their entries.

use std::collections::BTreeSet;
use std::sync::Arc;

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use passkeyd_webauthn::attestation::{AttestationType, Trust};
use passkeyd_webauthn::metadata::{
    Certification, RegisteredAttestation, Status, StatusScope, reevaluate,
};
use passkeyd_webauthn::policy::{AaguidPolicy, AttestationPolicy, Policy, Strictness};
use passkeyd_webauthn::trust::RevocationFacts;
use passkeyd_webauthn::{Aaguid, Algorithm, Error, Excerpt, Observation};
use serde_json::{Value, json};

use super::{Service, entry};
use crate::kit::certificate::{FIRMWARE, revocation_list};
use crate::kit::der;
use crate::kit::key::Key;
use crate::kit::table::{Row, each_mutation_has_its_error, each_variation_is_accepted};
use crate::kit::world::{INTERMEDIATE_NAME, MODEL, World, authority_name};

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

/// Registrations that anyone may make, where models that metadata knows are held to it.
fn held_to_metadata(mut world: World) -> Result<Trust, Error> {
    world.policy = Policy::server();
    world.policy.attestation = AttestationPolicy::RequireTrustedIfKnown;
    world.examine().map(|(outcome, _)| outcome.trust)
}

#[test]
fn only_a_model_that_is_known_is_held_to_its_entry() {
    assert!(matches!(
        held_to_metadata(listed()),
        Ok(Trust::Trusted { .. })
    ));
    let mut forged = World::packed();
    with_blob(&mut forged, |service, _| {
        let key = Key::p256(0x77);
        let name = authority_name("Somebody else");
        let root = crate::kit::certificate::Template::authority(&name, &name, &key).sign(&key);
        service.statement()["attestationRootCertificates"] = json!([BASE64.encode(&root)]);
    });
    assert_eq!(held_to_metadata(forged), Err(Error::ChainIncomplete));
    let mut revoked = World::packed();
    reports(&mut revoked, |_| json!([{"status": "REVOKED"}]));
    assert_eq!(held_to_metadata(revoked), Err(undesired("REVOKED")));
    let mut unknown = World::packed();
    with_blob(&mut unknown, |service, _| {
        service.entry()["aaguid"] = json!("00000000-0000-0000-0000-000000000009");
        service.statement()["aaguid"] = json!("00000000-0000-0000-0000-000000000009");
    });
    assert_eq!(
        held_to_metadata(unknown),
        Ok(Trust::Untrusted(Error::NoTrustAnchor))
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
fn stale_metadata_is_reported_where_policy_bears_it() {
    let mut world = listed();
    with_blob(&mut world, |s, _| {
        s.now = "2027-01-01T00:00:00Z".parse().unwrap();
        s.rules.stale = Strictness::Report;
    });
    let (_, observations) = world.examine().unwrap();
    assert_eq!(observations, [Observation::MetadataStale]);
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
        registered_at: world.now,
    };
    let none = RevocationFacts::new();
    let judge = |reports: Value, now: Timestamp, policy: &Policy| {
        let mut service = Service::new();
        service.statement()["attestationRootCertificates"] =
            json!([BASE64.encode(&world.root_der())]);
        service.entry()["statusReports"] = reports;
        reevaluate(&record, &service.read().unwrap(), &none, policy, now)
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

    // A certificate that its issuer has revoked since.
    let mut service = Service::new();
    service.statement()["attestationRootCertificates"] = json!([BASE64.encode(&world.root_der())]);
    let blob = service.read().unwrap();
    let by_list = |serials: &[&[u8]]| {
        let mut facts = RevocationFacts::new();
        let issuer = authority_name(INTERMEDIATE_NAME);
        let list = revocation_list(&issuer, &world.intermediate_key, "20300101000000Z", serials);
        facts.add_crl(&list).unwrap();
        reevaluate(&record, &blob, &facts, &world.policy, now)
    };
    assert_eq!(by_list(&[&[0x11]]), Ok(Vec::new()));
    assert_eq!(
        by_list(&[&world.leaf.serial]),
        Err(Error::CertificateRevoked)
    );

    let unlisted = RegisteredAttestation {
        aaguid: Aaguid([1; 16]),
        ..record
    };
    let blob = Service::new().read().unwrap();
    assert_eq!(
        reevaluate(&unlisted, &blob, &none, &Policy::consumer(), now),
        Ok(Vec::new())
    );
    assert_eq!(
        reevaluate(&unlisted, &blob, &none, &Policy::enterprise(), now),
        Err(Error::AaguidNotAllowed)
    );
    assert_eq!(
        reevaluate(&record, &blob, &none, &world.policy, now),
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
