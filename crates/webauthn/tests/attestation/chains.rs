//! Chains: from the leaf to an anchor, and each way to fail.

use jiff::SignedDuration;
use passkeyd_webauthn::attestation::{AttestationType, Trust};
use passkeyd_webauthn::policy::{
    AaguidPolicy, AttestationPolicy, RevocationPolicy, ValidityPolicy,
};
use passkeyd_webauthn::trust::{
    Anchor, NoTrust, RevocationFacts, RevocationStatus, StaticTrust, Union, vendor_roots,
};
use passkeyd_webauthn::{Aaguid, CertificateFault, Error, Observation};

use crate::kit::certificate::{
    BASIC_CONSTRAINTS, COMMON_NAME, COUNTRY, EXTENDED_KEY_USAGE, KEY_ENCIPHERMENT, KEY_USAGE,
    NAME_CONSTRAINTS, Template, UNKNOWN, name, revocation_list, time,
};
use crate::kit::der;
use crate::kit::key::{Key, Scheme, pss_sha256, rsa_spki};
use crate::kit::table::{Row, each_mutation_has_its_error, each_variation_is_accepted};
use crate::kit::world::{INTERMEDIATE_NAME, MODEL, ROOT_NAME, World, authority_name};

const PURPOSE: &[u8] = b"\x67\x81\x05\x08\x03";
const OTHER_PURPOSE: &[u8] = b"\x2b\x06\x01\x04\x01\x82\x37\x15\x24";

fn purposes(purposes: &[&[u8]]) -> Vec<u8> {
    let list: Vec<Vec<u8>> = purposes.iter().map(|purpose| der::oid(purpose)).collect();
    der::sequence(&[&list.concat()])
}

fn anchor(world: &mut World, anchor: fn(&World) -> Anchor) {
    world.trust = Some(Box::new(move |w| {
        Box::new(StaticTrust::new().with_anchor(anchor(w)))
    }));
}

fn lists(world: &mut World, list: fn(&World) -> Vec<Vec<u8>>) {
    world.trust = Some(Box::new(move |w| {
        let mut facts = RevocationFacts::new();
        for der in list(w) {
            facts.add_crl(&der).unwrap();
        }
        Box::new(w.root_as_anchor().with_revocation(facts))
    }));
}

/// Nothing revoked, by both authorities, for long.
fn clean_lists(world: &World) -> Vec<Vec<u8>> {
    vec![
        revocation_list(
            &authority_name(ROOT_NAME),
            &world.root_key,
            "20300101000000Z",
            &[],
        ),
        revocation_list(
            &authority_name(INTERMEDIATE_NAME),
            &world.intermediate_key,
            "20300101000000Z",
            &[],
        ),
    ]
}

const PATH: &[Row] = &[
    (
        "certificates in the wrong order",
        // The leaf stays, since it is what signed.
        |w| {
            let root = w.root_der();
            w.x5c = Some(Box::new(move |x5c| x5c.insert(1, root.clone())));
        },
        Error::ChainOrder,
    ),
    (
        "a stranger after the intermediate",
        |w| {
            let key = Key::p256(9);
            let stranger = authority_name("Stranger");
            let der = Template::authority(&stranger, &stranger, &key).sign(&key);
            w.x5c = Some(Box::new(move |x5c| x5c.push(der.clone())));
        },
        Error::ChainOrder,
    ),
    (
        "an issuer's name that differs in one letter",
        |w| w.leaf.issuer = authority_name("Test intermediatf"),
        Error::ChainOrder,
    ),
    (
        "an issuer's name in another string type",
        |w| {
            let printable = der::tlv(0x13, &[INTERMEDIATE_NAME.as_bytes()]);
            let attribute = |oid: &[u8], text: &str| {
                der::set(&[&der::sequence(&[&der::oid(oid), &der::utf8(text)])])
            };
            w.leaf.issuer = der::sequence(&[
                &attribute(COUNTRY, "AA"),
                &attribute(b"\x55\x04\x0a", "passkeyd"),
                &der::set(&[&der::sequence(&[&der::oid(COMMON_NAME), &printable])]),
            ]);
        },
        Error::ChainOrder,
    ),
    (
        "a leaf that the intermediate did not sign",
        |w| {
            let leaf = w.leaf.sign(&Key::p384(9));
            w.x5c = Some(Box::new(move |x5c| x5c[0] = leaf.clone()));
        },
        Error::ChainSignature,
    ),
    (
        "an intermediate that the root did not sign",
        |w| {
            let der = w.intermediate.sign(&Key::p256(9));
            w.x5c = Some(Box::new(move |x5c| x5c[1] = der.clone()));
        },
        Error::ChainSignature,
    ),
    (
        "another root of the same name",
        |w| {
            anchor(w, |w| {
                let key = Key::p256(9);
                let name = authority_name(ROOT_NAME);
                let _ = w;
                Anchor::certificate_der(&Template::authority(&name, &name, &key).sign(&key))
                    .unwrap()
            })
        },
        Error::ChainSignature,
    ),
    (
        "a root of one's own within the statement",
        |w| {
            let name = authority_name(ROOT_NAME);
            let key = Key::p256(9);
            let root = Template::authority(&name, &name, &key).sign(&key);
            let intermediate = w.intermediate.sign(&key);
            w.x5c = Some(Box::new(move |x5c| {
                x5c[1] = intermediate.clone();
                x5c.push(root.clone());
            }));
        },
        Error::ChainUntrusted,
    ),
    (
        "a renewed root within the statement",
        |w| {
            let mut renewed = w.root.clone();
            renewed.serial = vec![0x77];
            let renewed = renewed.sign(&w.root_key);
            w.x5c = Some(Box::new(move |x5c| x5c.push(renewed.clone())));
        },
        Error::ChainUntrusted,
    ),
    (
        "no intermediate",
        |w| w.x5c = Some(Box::new(|x5c| x5c.truncate(1))),
        Error::ChainIncomplete,
    ),
    (
        "no anchor of that name",
        |w| {
            anchor(w, |_| {
                let key = Key::p256(9);
                let name = authority_name("Stranger");
                Anchor::certificate_der(&Template::authority(&name, &name, &key).sign(&key))
                    .unwrap()
            })
        },
        Error::ChainIncomplete,
    ),
    (
        "no anchor at all",
        |w| w.trust = Some(Box::new(|_| Box::new(NoTrust))),
        Error::NoTrustAnchor,
    ),
    (
        "an anchor for another format",
        |w| {
            anchor(w, |w| {
                Anchor::certificate_der(&w.root_der())
                    .unwrap()
                    .for_formats(["tpm", "apple"])
            })
        },
        Error::NoTrustAnchor,
    ),
    (
        "an anchor for another model",
        |w| {
            anchor(w, |w| {
                Anchor::certificate_der(&w.root_der())
                    .unwrap()
                    .for_aaguids([Aaguid([9; 16])])
            })
        },
        Error::NoTrustAnchor,
    ),
    (
        "the vendors' roots",
        |w| w.trust = Some(Box::new(|_| Box::new(vendor_roots().unwrap()))),
        Error::NoTrustAnchor,
    ),
    (
        "another bare key",
        |w| anchor(w, |_| Anchor::public_key_der(&Key::p256(9).spki()).unwrap()),
        Error::ChainIncomplete,
    ),
];

const ISSUERS: &[Row] = &[
    (
        "an intermediate that is no authority",
        |w| {
            w.intermediate
                .set(BASIC_CONSTRAINTS, Some(true), der::sequence(&[]))
        },
        Error::ChainIssuerInvalid,
    ),
    (
        "an intermediate without basic constraints",
        |w| w.intermediate.remove(BASIC_CONSTRAINTS),
        Error::ChainIssuerInvalid,
    ),
    (
        "an intermediate of version 1",
        |w| {
            w.intermediate.version = None;
            w.intermediate.extensions.clear();
        },
        Error::ChainIssuerInvalid,
    ),
    (
        "an intermediate that may not sign certificates",
        |w| {
            w.intermediate
                .set(KEY_USAGE, Some(true), KEY_ENCIPHERMENT.to_vec())
        },
        Error::ChainIssuerInvalid,
    ),
    (
        "a root with a path length of nothing",
        |w| {
            w.root.set(
                BASIC_CONSTRAINTS,
                Some(true),
                der::sequence(&[&der::boolean(true), &der::integer(0)]),
            )
        },
        Error::ChainIssuerInvalid,
    ),
    (
        "a root that is no authority",
        |w| {
            w.root
                .set(BASIC_CONSTRAINTS, Some(true), der::sequence(&[]))
        },
        Error::ChainIssuerInvalid,
    ),
    (
        "a path length of something that is no authority",
        |w| {
            w.intermediate.set(
                BASIC_CONSTRAINTS,
                Some(true),
                der::sequence(&[&der::integer(0)]),
            )
        },
        Error::CertificateExtensionMalformed(passkeyd_webauthn::Excerpt::from_static("2.5.29.19")),
    ),
    (
        "a leaf with a purpose that its issuer lacks",
        |w| {
            w.leaf.set(EXTENDED_KEY_USAGE, None, purposes(&[PURPOSE]));
            w.intermediate
                .set(EXTENDED_KEY_USAGE, None, purposes(&[OTHER_PURPOSE]));
        },
        Error::ChainIssuerInvalid,
    ),
    (
        "a leaf with one purpose too many",
        |w| {
            w.leaf.set(
                EXTENDED_KEY_USAGE,
                None,
                purposes(&[PURPOSE, OTHER_PURPOSE]),
            );
            w.intermediate
                .set(EXTENDED_KEY_USAGE, None, purposes(&[PURPOSE]));
        },
        Error::ChainIssuerInvalid,
    ),
    (
        "a key usage with a byte after",
        |w| w.intermediate.extension(KEY_USAGE).value.push(0),
        Error::CertificateExtensionMalformed(passkeyd_webauthn::Excerpt::from_static("2.5.29.15")),
    ),
    (
        "an intermediate with an unknown critical extension",
        |w| w.intermediate.set(UNKNOWN, Some(true), der::null()),
        Error::CertificateUnknownCritical(passkeyd_webauthn::Excerpt::from_static(
            "1.3.6.1.4.1.503.1",
        )),
    ),
    (
        "a root with an unknown critical extension",
        |w| w.root.set(UNKNOWN, Some(true), der::null()),
        Error::CertificateUnknownCritical(passkeyd_webauthn::Excerpt::from_static(
            "1.3.6.1.4.1.503.1",
        )),
    ),
    (
        "a leaf outside of its issuer's permitted names",
        |w| permit(w, 0, &name(&[(COUNTRY, "SE")])),
        Error::ChainIssuerInvalid,
    ),
    (
        "a leaf within its issuer's excluded names",
        |w| permit(w, 1, &name(&[(COUNTRY, "AA")])),
        Error::ChainIssuerInvalid,
    ),
    (
        "empty name constraints",
        |w| {
            w.intermediate
                .set(NAME_CONSTRAINTS, Some(true), der::sequence(&[]))
        },
        Error::CertificateExtensionMalformed(passkeyd_webauthn::Excerpt::from_static("2.5.29.30")),
    ),
];

fn permit(world: &mut World, list: u32, base: &[u8]) {
    let subtree = der::sequence(&[&der::explicit(4, base)]);
    world.intermediate.set(
        NAME_CONSTRAINTS,
        Some(true),
        der::sequence(&[&der::explicit(list, &subtree)]),
    );
}

const ALGORITHMS: &[Row] = &[
    (
        "SHA-1 under the intermediate",
        |w| w.intermediate.scheme = Scheme::Sha1,
        Error::ChainAlgorithm,
    ),
    (
        "an RSA issuer of 1024 bits",
        |w| {
            w.intermediate.spki = rsa_spki(&[0xc5; 128]);
            let leaf = w.leaf.sign(&Key::rsa(true));
            w.x5c = Some(Box::new(move |x5c| x5c[0] = leaf.clone()));
        },
        Error::ChainAlgorithm,
    ),
    (
        "an unknown signature algorithm",
        |w| {
            let odd = der::sequence(&[&der::oid(b"\x2a\x03\x04")]);
            reseal(w, odd);
        },
        Error::ChainAlgorithm,
    ),
    (
        "ECDSA with parameters",
        |w| {
            let odd =
                der::sequence(&[&der::oid(b"\x2a\x86\x48\xce\x3d\x04\x03\x03"), &der::null()]);
            reseal(w, odd);
        },
        Error::ChainAlgorithm,
    ),
    (
        "an RSA algorithm under an EC key",
        |w| reseal(w, Key::rsa(true).signature_algorithm(Scheme::Natural)),
        Error::ChainAlgorithm,
    ),
    (
        "PSS with another salt",
        |w| reseal(w, pss_sha256(20)),
        Error::ChainAlgorithm,
    ),
];

/// Signs the leaf by the intermediate's key under another algorithm's name.
fn reseal(world: &mut World, algorithm: Vec<u8>) {
    world.x5c = Some(Box::new(move |x5c| {
        let natural = Key::p384(0x21).signature_algorithm(Scheme::Natural);
        let old = x5c[0].clone();
        let header = if old[1] == 0x82 { 4 } else { 3 };
        let body = &old[header..];
        let tbs_length = 4 + (usize::from(body[2]) << 8 | usize::from(body[3]));
        let tbs = &body[4..tbs_length];
        let at = tbs
            .windows(natural.len())
            .position(|window| window == natural)
            .unwrap();
        let tbs = der::sequence(&[&tbs[..at], &algorithm, &tbs[at + natural.len()..]]);
        let signature = Key::p384(0x21).sign(&tbs);
        x5c[0] = der::sequence(&[&tbs, &algorithm, &der::bits(&signature)]);
    }));
}

const DATES: &[Row] = &[
    (
        "a leaf that has expired",
        |w| w.leaf.not_after = time("20260731235959Z"),
        Error::CertificateExpired,
    ),
    (
        "a leaf of tomorrow",
        |w| w.leaf.not_before = time("20260801000001Z"),
        Error::CertificateNotYetValid,
    ),
    (
        "an intermediate that has expired",
        |w| w.intermediate.not_after = time("20260101000000Z"),
        Error::CertificateExpired,
    ),
    (
        "an intermediate of tomorrow",
        |w| w.intermediate.not_before = time("20260802000000Z"),
        Error::CertificateNotYetValid,
    ),
    (
        "a root that has expired",
        |w| w.root.not_after = time("20260101000000Z"),
        Error::CertificateExpired,
    ),
    (
        "a root of tomorrow",
        |w| w.root.not_before = time("20260802000000Z"),
        Error::CertificateNotYetValid,
    ),
    (
        "a leaf that has expired, where issuers may",
        |w| {
            w.policy.validity = ValidityPolicy::IgnoreExpiredIssuers;
            w.leaf.not_after = time("20260101000000Z");
        },
        Error::CertificateExpired,
    ),
    (
        "an issuer of tomorrow, where issuers may have expired",
        |w| {
            w.policy.validity = ValidityPolicy::IgnoreExpiredIssuers;
            w.intermediate.not_before = time("20270101000000Z");
        },
        Error::CertificateNotYetValid,
    ),
    (
        "the time before the certificates were made",
        |w| w.policy.validity = ValidityPolicy::AtTime("2019-01-01T00:00:00Z".parse().unwrap()),
        Error::CertificateNotYetValid,
    ),
];

const REVOCATION: &[Row] = &[
    (
        "a revoked leaf",
        |w| {
            lists(w, |w| {
                vec![revocation_list(
                    &authority_name(INTERMEDIATE_NAME),
                    &w.intermediate_key,
                    "20300101000000Z",
                    &[&w.leaf.serial],
                )]
            })
        },
        Error::CertificateRevoked,
    ),
    (
        "a revoked intermediate",
        |w| {
            lists(w, |w| {
                vec![revocation_list(
                    &authority_name(ROOT_NAME),
                    &w.root_key,
                    "20300101000000Z",
                    &[&w.intermediate.serial],
                )]
            })
        },
        Error::CertificateRevoked,
    ),
    (
        "a revoked leaf, by an old list",
        |w| {
            lists(w, |w| {
                vec![revocation_list(
                    &authority_name(INTERMEDIATE_NAME),
                    &w.intermediate_key,
                    "20250201000000Z",
                    &[&w.leaf.serial],
                )]
            })
        },
        Error::CertificateRevoked,
    ),
    (
        "no list where one is demanded",
        |w| w.policy.revocation = RevocationPolicy::RequireKnownGood,
        Error::RevocationUnknown,
    ),
    (
        "a list for the leaf only where all are demanded",
        |w| {
            w.policy.revocation = RevocationPolicy::RequireKnownGood;
            lists(w, |w| clean_lists(w)[1..].to_vec());
        },
        Error::RevocationUnknown,
    ),
    (
        "an old list where a current one is demanded",
        |w| {
            w.policy.revocation = RevocationPolicy::RequireKnownGood;
            lists(w, |w| {
                let old = revocation_list(
                    &authority_name(ROOT_NAME),
                    &w.root_key,
                    "20260101000000Z",
                    &[],
                );
                vec![old, clean_lists(w)[1].clone()]
            });
        },
        Error::RevocationUnknown,
    ),
    (
        "a list that somebody else signed where one is demanded",
        |w| {
            w.policy.revocation = RevocationPolicy::RequireKnownGood;
            lists(w, |w| {
                let forged = revocation_list(
                    &authority_name(ROOT_NAME),
                    &Key::p256(9),
                    "20300101000000Z",
                    &[],
                );
                vec![forged, clean_lists(w)[1].clone()]
            });
        },
        Error::RevocationUnknown,
    ),
];

const POLICY: &[Row] = &[
    (
        "a type that is not allowed",
        |w| {
            w.policy.allowed_types.remove(&AttestationType::Basic);
        },
        Error::AttestationTypeNotAllowed(AttestationType::Basic),
    ),
    (
        "a format that is not allowed",
        |w| w.policy.allowed_formats = Some(["tpm".to_owned()].into()),
        Error::AttestationFormatUnsupported(passkeyd_webauthn::Excerpt::from_static("packed")),
    ),
    (
        "a model that is not on the list",
        |w| w.policy.aaguids = AaguidPolicy::Allow([Aaguid([9; 16])].into()),
        Error::AaguidNotAllowed,
    ),
    (
        "a model that is turned away",
        |w| w.policy.aaguids = AaguidPolicy::Deny([Aaguid(MODEL)].into()),
        Error::AaguidNotAllowed,
    ),
    (
        "a model without metadata",
        |w| w.policy.aaguids = AaguidPolicy::InMetadata,
        Error::AaguidNotAllowed,
    ),
    (
        "metadata that is demanded and missing",
        |w| w.policy.full_metadata_check = true,
        Error::AaguidNotAllowed,
    ),
    (
        "a certification that nobody knows of",
        |w| w.policy.min_certification = Some("FIDO_CERTIFIED_L1".to_owned()),
        Error::AaguidNotAllowed,
    ),
    (
        "the zero AAGUID on a list",
        |w| {
            w.aaguid = [0; 16];
            w.leaf.remove(crate::kit::certificate::AAGUID);
            w.policy.aaguids = AaguidPolicy::Allow([Aaguid([0; 16])].into());
        },
        Error::AaguidNotAllowed,
    ),
    (
        "an authority as the leaf",
        |w| {
            w.format = "fido-u2f";
            w.leaf.issuer = authority_name(ROOT_NAME);
            w.leaf.set(
                BASIC_CONSTRAINTS,
                Some(true),
                der::sequence(&[&der::boolean(true)]),
            );
        },
        Error::AttestationCertificateInvalid(CertificateFault::BasicConstraints),
    ),
];

#[test]
fn a_path_that_does_not_lead_to_an_anchor_has_its_error() {
    each_mutation_has_its_error(World::packed, PATH);
}

#[test]
fn an_issuer_that_may_not_issue_has_its_error() {
    each_mutation_has_its_error(World::packed, ISSUERS);
}

#[test]
fn a_weak_signature_on_a_certificate_has_its_error() {
    each_mutation_has_its_error(World::packed, ALGORITHMS);
}

#[test]
fn dates_have_their_errors() {
    each_mutation_has_its_error(World::packed, DATES);
}

#[test]
fn revocation_has_its_errors() {
    each_mutation_has_its_error(World::packed, REVOCATION);
}

#[test]
fn policy_on_the_outcome_has_its_errors() {
    each_mutation_has_its_error(World::packed, POLICY);
}

#[test]
fn the_ways_to_an_anchor() {
    each_variation_is_accepted(
        World::packed,
        &[
            ("the root within the statement too", |w| {
                let root = w.root_der();
                w.x5c = Some(Box::new(move |x5c| x5c.push(root.clone())));
            }),
            ("the intermediate as anchor", |w| {
                anchor(w, |w| {
                    Anchor::certificate_der(&w.intermediate.sign(&w.root_key)).unwrap()
                });
            }),
            ("the leaf as anchor", |w| {
                anchor(w, |w| {
                    Anchor::certificate_der(&w.certificates()[0]).unwrap()
                })
            }),
            ("the root's bare key", |w| {
                anchor(w, |w| Anchor::public_key_der(&w.root_key.spki()).unwrap())
            }),
            (
                "the root's bare key, with an expired root in the statement",
                |w| {
                    let mut root = w.root.clone();
                    root.not_after = time("20250101000000Z");
                    let root = root.sign(&w.root_key);
                    w.x5c = Some(Box::new(move |x5c| x5c.push(root.clone())));
                    anchor(w, |w| Anchor::public_key_der(&w.root_key.spki()).unwrap());
                },
            ),
            ("a second anchor of the same name", |w| {
                w.trust = Some(Box::new(|w| {
                    let name = authority_name(ROOT_NAME);
                    let key = Key::p256(9);
                    let other = Template::authority(&name, &name, &key).sign(&key);
                    Box::new(
                        StaticTrust::new()
                            .with_anchor_der(&other)
                            .unwrap()
                            .with_anchor_der(&w.root_der())
                            .unwrap(),
                    )
                }));
            }),
            ("an anchor for this format and model", |w| {
                anchor(w, |w| {
                    Anchor::certificate_der(&w.root_der())
                        .unwrap()
                        .for_formats(["packed"])
                        .for_aaguids([Aaguid(MODEL)])
                });
            }),
            ("a path length that is just enough", |w| {
                w.root.set(
                    BASIC_CONSTRAINTS,
                    Some(true),
                    der::sequence(&[&der::boolean(true), &der::integer(1)]),
                );
            }),
            ("purposes that nest", |w| {
                w.leaf.set(EXTENDED_KEY_USAGE, None, purposes(&[PURPOSE]));
                w.intermediate.set(
                    EXTENDED_KEY_USAGE,
                    None,
                    purposes(&[OTHER_PURPOSE, PURPOSE]),
                );
            }),
            ("any purpose", |w| {
                w.leaf.set(EXTENDED_KEY_USAGE, None, purposes(&[PURPOSE]));
                w.intermediate
                    .set(EXTENDED_KEY_USAGE, None, purposes(&[b"\x55\x1d\x25\x00"]));
            }),
            ("names that are permitted", |w| {
                permit(w, 0, &name(&[(COUNTRY, "AA")]))
            }),
            ("names that are not excluded", |w| {
                permit(w, 1, &name(&[(COUNTRY, "SE")]))
            }),
            ("an RSA authority with PSS", |w| {
                w.root_key = Key::rsa(true);
                w.root.spki = w.root_key.spki();
                w.root.scheme = Scheme::Pss;
                w.intermediate.scheme = Scheme::Pss;
            }),
            ("an authority on P-521", |w| {
                w.intermediate_key = Key::p521(5);
                w.intermediate.spki = w.intermediate_key.spki();
            }),
            ("an authority with Ed25519", |w| {
                w.intermediate_key = Key::ed25519(5);
                w.intermediate.spki = w.intermediate_key.spki();
            }),
            ("SHA-1 where policy allows it", |w| {
                w.policy.sha1_certificates = true;
                w.intermediate.scheme = Scheme::Sha1;
            }),
            ("issuers that have expired, where policy bears it", |w| {
                w.policy.validity = ValidityPolicy::IgnoreExpiredIssuers;
                w.intermediate.not_after = time("20250101000000Z");
                w.root.not_after = time("20250101000000Z");
            }),
            ("another time", |w| {
                w.now += SignedDuration::from_hours(24 * 365_000);
                w.policy.validity = ValidityPolicy::AtTime("2026-01-01T00:00:00Z".parse().unwrap());
            }),
            ("the last second", |w| {
                w.leaf.not_after = time("20260801000000Z")
            }),
            ("lists that know all to be good", |w| {
                w.policy.revocation = RevocationPolicy::RequireKnownGood;
                lists(w, clean_lists);
            }),
            ("a list of another authority", |w| {
                lists(w, |w| {
                    vec![revocation_list(
                        &authority_name("Stranger"),
                        &w.root_key,
                        "20300101000000Z",
                        &[&w.leaf.serial],
                    )]
                });
            }),
            ("the model on the list", |w| {
                w.policy.aaguids = AaguidPolicy::Allow([Aaguid(MODEL)].into())
            }),
            ("the zero AAGUID under a deny list", |w| {
                w.aaguid = [0; 16];
                w.leaf.remove(crate::kit::certificate::AAGUID);
                w.policy.aaguids = AaguidPolicy::Deny([Aaguid([0; 16])].into());
            }),
        ],
    );
}

#[test]
fn an_attestation_that_is_not_trusted_is_reported_unless_trust_is_required() {
    let mut world = World::packed();
    world.policy.attestation = AttestationPolicy::Verify;
    world.intermediate.not_after = time("20260101000000Z");
    let (outcome, _) = world.examine().unwrap();
    assert_eq!(outcome.trust, Trust::Untrusted(Error::CertificateExpired));
    assert_eq!(outcome.attestation_type, AttestationType::Basic);

    world.policy.treat_untrusted_as_self = true;
    let (outcome, observations) = world.examine().unwrap();
    assert_eq!(outcome.attestation_type, AttestationType::SelfAttestation);
    assert_eq!(observations, [Observation::UntrustedTakenAsSelf]);

    world.policy.attestation = AttestationPolicy::Ignore;
    let (outcome, _) = world.examine().unwrap();
    assert_eq!(outcome.trust, Trust::NotAssessed);
}

#[test]
fn the_whole_path_is_reported() {
    let mut world = World::packed();
    lists(&mut world, clean_lists);
    let (outcome, _) = world.examine().unwrap();
    let expected = [world.certificates(), vec![world.root_der()]].concat();
    assert_eq!(
        outcome.trust,
        Trust::Trusted {
            path: expected,
            revocation: RevocationStatus::Good
        }
    );
}

#[test]
fn a_union_joins_what_its_sources_know() {
    let world = World::packed();
    let (roots, own) = (vendor_roots().unwrap(), world.root_as_anchor());
    let union = Union::new(vec![&roots, &own]);
    let bytes = world.attestation_object();
    let object = passkeyd_webauthn::attestation::AttestationObject::parse(&bytes).unwrap();
    let examined = passkeyd_webauthn::attestation::examine(
        &object,
        &world.client_data_hash,
        world.conveyance,
        &world.policy,
        &union,
        world.now,
    );
    assert!(matches!(examined.unwrap().0.trust, Trust::Trusted { .. }));
}
