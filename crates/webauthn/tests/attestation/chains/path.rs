//! The way from the leaf to an anchor.

use jiff::SignedDuration;
use passkeyd_webauthn::attestation::Trust;
use passkeyd_webauthn::policy::{AaguidPolicy, RevocationPolicy, ValidityPolicy};
use passkeyd_webauthn::trust::{Anchor, NoTrust, StaticTrust, Union, vendor_roots};
use passkeyd_webauthn::{Aaguid, Error};

use super::{OTHER_PURPOSE, PURPOSE, anchor, clean_lists, lists, permit, purposes};
use crate::kit::certificate::{
    BASIC_CONSTRAINTS, COMMON_NAME, COUNTRY, EXTENDED_KEY_USAGE, Template, name, revocation_list,
    time,
};
use crate::kit::der;
use crate::kit::key::{Key, Scheme};
use crate::kit::table::{Row, each_mutation_has_its_error, each_variation_is_accepted};
use crate::kit::world::{INTERMEDIATE_NAME, MODEL, ROOT_NAME, World, authority_name};

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

#[test]
fn a_path_that_does_not_lead_to_an_anchor_has_its_error() {
    each_mutation_has_its_error(World::packed, PATH);
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
            ("a root of version 1", |w| {
                w.root.version = None;
                w.root.extensions.clear();
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
fn a_union_joins_what_its_sources_know() {
    let world = World::packed();
    let (roots, own) = (vendor_roots().unwrap(), world.root_as_anchor());
    let union = Union::new(vec![&roots, &own]);
    // A handler may keep it while it waits.
    let _: &(dyn Send + Sync) = &union;
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
