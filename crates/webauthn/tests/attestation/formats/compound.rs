use std::collections::BTreeSet;

use passkeyd_webauthn::attestation::{AttestationType, Trust};
use passkeyd_webauthn::policy::CompoundPolicy;
use passkeyd_webauthn::trust::{Anchor, StaticTrust};
use passkeyd_webauthn::{Error, Excerpt};

use crate::kit::cbor;
use crate::kit::key::Key;
use crate::kit::table::{Row, each_mutation_has_its_error, each_variation_is_accepted};
use crate::kit::world::World;

/// Puts another statement in the place of the whole compound one.
fn statement(world: &mut World, statement: Vec<u8>) {
    let data = world.authenticator_data();
    world.object = Some(Box::new(move |object| {
        *object = cbor::map(vec![
            (cbor::text("fmt"), cbor::text("compound")),
            (cbor::text("attStmt"), statement.clone()),
            (cbor::text("authData"), cbor::bytes(&data)),
        ]);
    }));
}

fn element(format: &str, statement: Vec<u8>) -> Vec<u8> {
    cbor::map(vec![
        (cbor::text("fmt"), cbor::text(format)),
        (cbor::text("attStmt"), statement),
    ])
}

fn none() -> Vec<u8> {
    element("none", cbor::map(Vec::new()))
}

/// The root vouches for `packed` only.
fn only_packed_is_trusted(world: &mut World) {
    world.trust = Some(Box::new(|w| {
        let anchor = Anchor::certificate_der(&w.root_der())
            .unwrap()
            .for_formats(["packed"]);
        Box::new(StaticTrust::new().with_anchor(anchor))
    }));
}

fn break_the_tpm(world: &mut World) {
    world.elements[1].tpm.magic = 1;
}

const ROWS: &[Row] = &[
    (
        "a map",
        |w| statement(w, cbor::map(Vec::new())),
        Error::AttestationStatementMalformed("compound"),
    ),
    (
        "no element",
        |w| statement(w, cbor::array(&[])),
        Error::AttestationStatementMalformed("compound"),
    ),
    (
        "one element",
        |w| w.elements.truncate(1),
        Error::AttestationStatementMalformed("compound"),
    ),
    (
        "an element that is no map",
        |w| statement(w, cbor::array(&[none(), cbor::integer(1)])),
        Error::AttestationStatementMalformed("compound"),
    ),
    (
        "an element without a format",
        |w| {
            let bare = cbor::map(vec![(cbor::text("attStmt"), cbor::map(Vec::new()))]);
            statement(w, cbor::array(&[none(), bare]));
        },
        Error::AttestationStatementMalformed("compound"),
    ),
    (
        "an element with an extra member",
        |w| {
            let extra = cbor::map(vec![
                (cbor::text("fmt"), cbor::text("none")),
                (cbor::text("attStmt"), cbor::map(Vec::new())),
                (cbor::text("extra"), cbor::integer(1)),
            ]);
            statement(w, cbor::array(&[none(), extra]));
        },
        Error::AttestationStatementMalformed("compound"),
    ),
    (
        "a format that is no text",
        |w| {
            let odd = cbor::map(vec![
                (cbor::text("fmt"), cbor::integer(1)),
                (cbor::text("attStmt"), cbor::map(Vec::new())),
            ]);
            statement(w, cbor::array(&[none(), odd]));
        },
        Error::AttestationStatementMalformed("compound"),
    ),
    (
        "a compound within",
        |w| {
            statement(
                w,
                cbor::array(&[none(), element("compound", cbor::array(&[]))]),
            )
        },
        Error::CompoundNested,
    ),
    (
        "a compound within, with elements of its own",
        |w| {
            statement(
                w,
                cbor::array(&[none(), element("compound", cbor::array(&[none(), none()]))]),
            )
        },
        Error::CborTooDeep,
    ),
    (
        "eleven elements",
        |w| statement(w, cbor::array(&vec![none(); 11])),
        Error::TooLarge("compound"),
    ),
    (
        "an element of an unknown format",
        |w| {
            statement(
                w,
                cbor::array(&[none(), element("future", cbor::map(Vec::new()))]),
            )
        },
        Error::AttestationFormatUnsupported(Excerpt::from_static("future")),
    ),
    (
        "an element that does not verify",
        break_the_tpm,
        Error::TpmCertInfoInvalid("magic"),
    ),
    (
        "an element for another credential",
        |w| w.elements[1].credential = Key::p256(9),
        Error::AttestationKeyMismatch,
    ),
    (
        "an element that is not trusted",
        only_packed_is_trusted,
        Error::NoTrustAnchor,
    ),
    (
        "no good element where one is enough",
        |w| {
            w.policy.compound = CompoundPolicy::Any;
            break_the_tpm(w);
            w.elements[0].signed = Some(Vec::new());
        },
        Error::CompoundNotSatisfied,
    ),
    (
        "one good element where two are wanted",
        |w| {
            w.policy.compound = CompoundPolicy::AtLeast(2);
            break_the_tpm(w);
        },
        Error::CompoundNotSatisfied,
    ),
    (
        "one trusted element where two are wanted",
        |w| {
            w.policy.compound = CompoundPolicy::AtLeast(2);
            only_packed_is_trusted(w);
        },
        Error::CompoundNotSatisfied,
    ),
    (
        "the wrong element is good",
        |w| {
            w.policy.compound = CompoundPolicy::Formats(BTreeSet::from(["tpm".to_owned()]));
            break_the_tpm(w);
        },
        Error::CompoundNotSatisfied,
    ),
    (
        "none among what must be trusted",
        |w| statement(w, cbor::array(&[none(), none()])),
        Error::AttestationTypeNotAllowed(AttestationType::None),
    ),
];

#[test]
fn each_break_has_its_error() {
    each_mutation_has_its_error(World::compound, ROWS);
}

#[test]
fn policy_says_how_many_elements_must_be_good() {
    each_variation_is_accepted(
        World::compound,
        &[
            ("any", |w| {
                w.policy.compound = CompoundPolicy::Any;
                break_the_tpm(w);
            }),
            ("any, by trust", |w| {
                w.policy.compound = CompoundPolicy::Any;
                only_packed_is_trusted(w);
            }),
            ("at least one", |w| {
                w.policy.compound = CompoundPolicy::AtLeast(1);
                break_the_tpm(w);
            }),
            ("one of a format", |w| {
                w.policy.compound = CompoundPolicy::Formats(BTreeSet::from(["packed".to_owned()]));
                break_the_tpm(w);
            }),
            ("the same format twice", |w| {
                w.elements = vec![
                    World::packed(),
                    World::packed_with(Key::p256(0x11), Key::ed25519(3)),
                ];
            }),
        ],
    );
}

#[test]
fn every_element_keeps_its_own_outcome() {
    let mut world = World::compound();
    world.policy.compound = CompoundPolicy::Any;
    break_the_tpm(&mut world);
    let (outcome, _) = world.examine().unwrap();
    assert_eq!(outcome.attestation_type, AttestationType::Basic);
    assert!(matches!(outcome.trust, Trust::Trusted { .. }));
    let [(packed, Ok(good)), (tpm, Err(error))] = outcome.elements.as_slice() else {
        panic!("{:?}", outcome.elements);
    };
    assert_eq!((packed.as_str(), tpm.as_str()), ("packed", "tpm"));
    assert_eq!(good.attestation_type, AttestationType::Basic);
    assert_eq!(*error, Error::TpmCertInfoInvalid("magic"));
}
