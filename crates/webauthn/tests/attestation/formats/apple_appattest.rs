use passkeyd_webauthn::attestation::{AttestationType, Trust};
use passkeyd_webauthn::{Error, Excerpt};

use crate::kit::key::Key;
use crate::kit::table::{Row, each_mutation_has_its_error, each_variation_is_accepted};
use crate::kit::world::World;
use crate::kit::{cbor, der};

const ROWS: &[Row] = &[
    (
        "a policy that does not know it",
        |w| w.policy.apple_appattest = false,
        Error::AttestationFormatUnsupported(Excerpt::from_static("apple-appattest")),
    ),
    (
        "no receipt",
        |w| w.members = Some(Box::new(|members| members.truncate(1))),
        Error::AttestationStatementMalformed("receipt"),
    ),
    (
        "an empty receipt",
        |w| w.members = Some(Box::new(|members| members[1].1 = cbor::bytes(&[]))),
        Error::AttestationStatementMalformed("receipt"),
    ),
    (
        "no x5c",
        |w| {
            w.members = Some(Box::new(|members| {
                members.remove(0);
            }))
        },
        Error::AttestationStatementMalformed("x5c"),
    ),
    (
        "an extra member",
        |w| {
            w.members = Some(Box::new(|members| {
                members.insert(0, (cbor::text("sig"), cbor::bytes(&[1])))
            }))
        },
        Error::AttestationStatementMalformed("extra member"),
    ),
    (
        "the nonce of another ceremony",
        |w| w.apple_nonce = Some(der::sequence(&[&der::explicit(1, &der::octets(&[7; 32]))])),
        Error::AppleNonceMismatch,
    ),
    (
        "another key in the certificate",
        |w| w.leaf.spki = Key::p256(9).spki(),
        Error::AttestationKeyMismatch,
    ),
    (
        "an id that is not the key's hash",
        |w| w.credential_id[31] ^= 1,
        Error::AppleAppAttest("credential id"),
    ),
    (
        "a counter that ran",
        |w| w.sign_count = 1,
        Error::AppleAppAttest("counter"),
    ),
    (
        "an app under development",
        |w| w.aaguid = *b"appattestdevelop",
        Error::AppleAppAttest("environment"),
    ),
    (
        "no environment",
        |w| w.aaguid = [0; 16],
        Error::AppleAppAttest("environment"),
    ),
];

#[test]
fn each_break_has_its_error() {
    each_mutation_has_its_error(World::apple_appattest, ROWS);
}

#[test]
fn an_app_is_attested_where_policy_knows_the_format() {
    let (outcome, _) = World::apple_appattest().examine().unwrap();
    assert_eq!(outcome.attestation_type, AttestationType::AnonCa);
    assert!(matches!(outcome.trust, Trust::Trusted { .. }));
    each_variation_is_accepted(
        World::apple_appattest,
        &[("an app under development, under the knob", |w| {
            w.aaguid = *b"appattestdevelop";
            w.policy.apple_appattest_development = true;
        })],
    );
}
