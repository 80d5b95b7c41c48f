//! Extension outputs of a registration, broken one by one.

use passkeyd_webauthn::Algorithm;
use passkeyd_webauthn::extensions::{CredProtect, CredProtectLevel};
use passkeyd_webauthn::policy::Strictness;

use crate::cbor;
use crate::mutation::{Row, run};
use crate::registration_case::RegistrationCase;

fn outputs(json: &str) -> passkeyd_webauthn::extensions::ClientExtensionOutputs {
    passkeyd_webauthn::extensions::ClientExtensionOutputs::from_json(json.as_bytes()).unwrap()
}

fn extension(case: &mut RegistrationCase, id: &str, value: Vec<u8>) {
    case.data.flags |= 0x80;
    case.data.extensions = cbor::map(&[(cbor::text(id), value)]);
}

fn protect(case: &mut RegistrationCase, enforce: bool) {
    case.state.extensions.cred_protect = Some(CredProtect {
        level: CredProtectLevel::UserVerificationRequired,
        enforce,
    });
}

const EXTENSIONS: &[Row<RegistrationCase>] = &[
    (
        "credProtect 0",
        |c| extension(c, "credProtect", cbor::int(0)),
        "ExtensionMalformed(\"credProtect\")",
    ),
    (
        "credProtect 4",
        |c| extension(c, "credProtect", cbor::int(4)),
        "ExtensionMalformed(\"credProtect\")",
    ),
    (
        "credProtect as text",
        |c| extension(c, "credProtect", cbor::text("3")),
        "ExtensionMalformed(\"credProtect\")",
    ),
    (
        "credProtect missing though enforced",
        |c| protect(c, true),
        "CredProtectNotEnforced",
    ),
    (
        "credProtect weaker than enforced",
        |c| {
            protect(c, true);
            extension(c, "credProtect", cbor::int(2))
        },
        "CredProtectNotEnforced",
    ),
    (
        "credProtect as enforced",
        |c| {
            protect(c, true);
            extension(c, "credProtect", cbor::int(3))
        },
        "ok",
    ),
    (
        "credProtect weaker, not enforced",
        |c| {
            protect(c, false);
            extension(c, "credProtect", cbor::int(1))
        },
        "ok",
    ),
    (
        "minPinLength 3",
        |c| extension(c, "minPinLength", cbor::int(3)),
        "ExtensionMalformed(\"minPinLength\")",
    ),
    (
        "minPinLength 64",
        |c| extension(c, "minPinLength", cbor::int(64)),
        "ExtensionMalformed(\"minPinLength\")",
    ),
    (
        "minPinLength below policy",
        |c| {
            c.policy.min_pin_length = Some(6);
            extension(c, "minPinLength", cbor::int(4))
        },
        "MinPinLengthTooShort",
    ),
    (
        "minPinLength as policy",
        |c| {
            c.policy.min_pin_length = Some(6);
            extension(c, "minPinLength", cbor::int(6))
        },
        "ok",
    ),
    (
        "credBlob as bytes",
        |c| extension(c, "credBlob", cbor::bytes(&[1])),
        "ExtensionMalformed(\"credBlob\")",
    ),
    (
        "hmac-secret as bytes",
        |c| extension(c, "hmac-secret", cbor::bytes(&[1])),
        "ExtensionMalformed(\"hmac-secret\")",
    ),
    (
        "hmac-secret-mc too short",
        |c| extension(c, "hmac-secret-mc", cbor::bytes(&[1])),
        "ExtensionMalformed(\"hmac-secret-mc\")",
    ),
    (
        "hmac-secret-mc",
        |c| extension(c, "hmac-secret-mc", cbor::bytes(&[1; 48])),
        "ok",
    ),
    (
        "uvm empty",
        |c| extension(c, "uvm", cbor::array(&[])),
        "ExtensionMalformed(\"uvm\")",
    ),
    (
        "uvm of pairs",
        |c| {
            extension(
                c,
                "uvm",
                cbor::array(&[cbor::array(&[cbor::int(1), cbor::int(1)])]),
            )
        },
        "ExtensionMalformed(\"uvm\")",
    ),
    (
        "uvm",
        |c| {
            extension(
                c,
                "uvm",
                cbor::array(&[cbor::array(&[cbor::int(2), cbor::int(4), cbor::int(2)])]),
            )
        },
        "ok",
    ),
    (
        "thirdPartyPayment as number",
        |c| extension(c, "thirdPartyPayment", cbor::int(1)),
        "ExtensionMalformed(\"thirdPartyPayment\")",
    ),
    (
        "a signed output unasked",
        |c| {
            c.policy.unsolicited_extensions = Strictness::Refuse;
            extension(c, "credProtect", cbor::int(1))
        },
        "ExtensionUnsolicited(\"credProtect\")",
    ),
    (
        "an unknown signed output unasked",
        |c| {
            c.policy.unsolicited_extensions = Strictness::Refuse;
            extension(c, "devicePubKey", cbor::int(1))
        },
        "ExtensionUnsolicited(\"devicePubKey\")",
    ),
    (
        "a client output unasked",
        |c| {
            c.policy.unsolicited_extensions = Strictness::Refuse;
            c.after = |r| r.client_extension_results = outputs(r#"{"credProps":{"rk":true}}"#)
        },
        "ExtensionUnsolicited(\"credProps\")",
    ),
    (
        "an unknown client output unasked",
        |c| {
            c.policy.unsolicited_extensions = Strictness::Refuse;
            c.after = |r| r.client_extension_results = outputs(r#"{"x":1}"#)
        },
        "ExtensionUnsolicited(\"x\")",
    ),
    (
        "a client output unasked, ignored",
        |c| {
            c.after = |r| r.client_extension_results = outputs(r#"{"credProps":{"rk":true},"x":1}"#)
        },
        "ok",
    ),
    (
        "a required output missing",
        |c| c.policy.required_extensions = ["credProps".to_owned()].into(),
        "ExtensionMissing(\"credProps\")",
    ),
    (
        "a required output there",
        |c| {
            c.policy.required_extensions = ["credProps".to_owned()].into();
            c.after = |r| r.client_extension_results = outputs(r#"{"credProps":{"rk":true}}"#)
        },
        "ok",
    ),
    (
        "PRF results where unwelcome",
        |c| {
            c.policy.refuse_prf_results = true;
            c.after = |r| {
                r.client_extension_results = outputs(
                    r#"{"prf":{"enabled":true,"results":{"first":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}}"#,
                )
            }
        },
        "PrfResultsPresent",
    ),
    (
        "PRF enabled",
        |c| {
            c.policy.refuse_prf_results = true;
            c.after = |r| r.client_extension_results = outputs(r#"{"prf":{"enabled":true}}"#)
        },
        "ok",
    ),
    (
        "a blob at registration",
        |c| c.after = |r| r.client_extension_results = outputs(r#"{"largeBlob":{"blob":"AA"}}"#),
        "ExtensionMalformed(\"largeBlob\")",
    ),
    (
        "a browser-bound signature without its key",
        |c| {
            c.after = |r| {
                r.client_extension_results =
                    outputs(r#"{"payment":{"browserBoundSignature":{"signature":"AA"}}}"#)
            }
        },
        "BrowserBoundSignatureInvalid",
    ),
    (
        "a browser-bound key without its signature",
        |c| {
            c.client_data
                .add("payment", "{\"browserBoundPublicKey\":\"AA\"}")
        },
        "BrowserBoundSignatureInvalid",
    ),
    (
        "a broken browser-bound key",
        |c| {
            c.client_data
                .add("payment", "{\"browserBoundPublicKey\":\"AA\"}");
            c.after = |r| {
                r.client_extension_results =
                    outputs(r#"{"payment":{"browserBoundSignature":{"signature":"AA"}}}"#)
            }
        },
        "BrowserBoundSignatureInvalid",
    ),
    (
        "a payment member that is no object",
        |c| c.client_data.add("payment", "1"),
        "ClientDataMalformed(\"payment\")",
    ),
];

#[test]
fn a_broken_extension_output_is_refused_by_name() {
    run(|| RegistrationCase::none(Algorithm::Es256), EXTENSIONS);
}
