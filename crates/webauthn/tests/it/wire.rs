//! The JSON forms of responses: what is read, and each way to break one.

use passkeyd_webauthn::response::AuthenticatorAttachment;
use passkeyd_webauthn::{Algorithm, AuthenticationResponse, Error, RegistrationResponse};
use serde_json::{Value, json};

use crate::authentication_case::AuthenticationCase;
use crate::mutation::{Case, Row, run};
use crate::registration_case::{RegistrationCase, base64url};

/// A response's JSON, changed as a tree and then as text.
struct Wire {
    registration: bool,
    tree: Value,
    text: fn(String) -> String,
}

impl Case for Wire {
    fn verify(&self) -> Result<(), Error> {
        let text = (self.text)(self.tree.to_string());
        if self.registration {
            let response = RegistrationResponse::from_json(text.as_bytes())?;
            let case = RegistrationCase::none(Algorithm::Es256);
            passkeyd_webauthn::register(&response, &case.state, &case.policy, &case.trust, case.now)
                .map(drop)
        } else {
            let response = AuthenticationResponse::from_json(text.as_bytes())?;
            let mut case = AuthenticationCase::new(Algorithm::Es256);
            case.policy.user_handle = passkeyd_webauthn::policy::UserHandlePolicy::Optional;
            passkeyd_webauthn::authenticate(
                &response,
                &case.state,
                &case.stored.borrow(),
                &case.policy,
                case.now,
            )
            .map(drop)
        }
    }
}

fn registration() -> Wire {
    let case = RegistrationCase::none(Algorithm::Es256);
    let registered = case.register().unwrap();
    let response = case.response();
    let key =
        passkeyd_webauthn::public_key::CoseKey::parse(&registered.credential.public_key).unwrap();
    let tree = json!({
        "id": base64url(&response.id),
        "rawId": base64url(&response.id),
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "clientExtensionResults": {},
        "response": {
            "clientDataJSON": base64url(&response.client_data_json),
            "attestationObject": base64url(&response.attestation_object),
            "authenticatorData": base64url(&case.data.build()),
            "transports": ["internal", "hybrid", "internal"],
            "publicKey": base64url(&key.to_spki()),
            "publicKeyAlgorithm": -7,
        },
    });
    Wire {
        registration: true,
        tree,
        text: |text| text,
    }
}

fn authentication() -> Wire {
    let response = AuthenticationCase::new(Algorithm::Es256).response();
    let tree = json!({
        "id": base64url(&response.id),
        "rawId": base64url(&response.id),
        "type": "public-key",
        "clientExtensionResults": {},
        "response": {
            "clientDataJSON": base64url(&response.client_data_json),
            "authenticatorData": base64url(&response.authenticator_data),
            "signature": base64url(&response.signature),
            "userHandle": base64url(response.user_handle.as_deref().unwrap()),
        },
    });
    Wire {
        registration: false,
        tree,
        text: |text| text,
    }
}

const BOTH: &[Row<Wire>] = &[
    (
        "an empty text",
        |w| w.text = |_| String::new(),
        "ResponseMalformed",
    ),
    (
        "an array",
        |w| w.text = |t| format!("[{t}]"),
        "ResponseMalformed(\"not an object\")",
    ),
    (
        "more after",
        |w| w.text = |t| t + "x",
        "ResponseMalformed(\"not JSON\")",
    ),
    (
        "a byte-order mark",
        |w| w.text = |t| format!("\u{feff}{t}"),
        "ResponseMalformed(\"not JSON\")",
    ),
    (
        "a member twice",
        |w| w.text = |t| t.replacen('{', "{\"x\":1,\"x\":1,", 1),
        "ResponseMalformed(\"duplicate member\")",
    ),
    (
        "a member twice, further down",
        |w| w.text = |t| t.replacen('{', "{\"x\":{\"y\":1,\"y\":1},", 1),
        "ResponseMalformed(\"duplicate member\")",
    ),
    (
        "deep nesting",
        |w| {
            w.text = |t| {
                t.replacen(
                    '{',
                    &format!("{{\"x\":{}{},", "[".repeat(40), "]".repeat(40)),
                    1,
                )
            }
        },
        "ResponseMalformed(\"nesting\")",
    ),
    (
        "an unknown member",
        |w| w.tree["later"] = json!({"a": [1]}),
        "ok",
    ),
    (
        "no type",
        |w| w.tree["type"] = Value::Null,
        "ResponseMalformed(\"type\")",
    ),
    (
        "another type",
        |w| w.tree["type"] = json!("password"),
        "CredentialTypeUnsupported",
    ),
    (
        "the type in capitals",
        |w| w.tree["type"] = json!("Public-Key"),
        "CredentialTypeUnsupported",
    ),
    (
        "no id",
        |w| {
            w.tree.as_object_mut().unwrap().remove("id");
        },
        "ResponseMalformed(\"id\")",
    ),
    (
        "no rawId",
        |w| {
            w.tree.as_object_mut().unwrap().remove("rawId");
        },
        "ResponseMalformed(\"rawId\")",
    ),
    (
        "a number as id",
        |w| w.tree["id"] = json!(1),
        "ResponseMalformed(\"id\")",
    ),
    (
        "a padded id",
        |w| w.tree["id"] = json!("HR0dHR0dHR0dHR0dHR0dHQ=="),
        "Base64UrlInvalid(\"id\")",
    ),
    (
        "stray bits in rawId",
        |w| w.tree["rawId"] = json!("HR0dHR0dHR0dHR0dHR0dHR"),
        "Base64UrlInvalid(\"rawId\")",
    ),
    (
        "ordinary base64",
        |w| w.tree["id"] = json!("+/8"),
        "Base64UrlInvalid(\"id\")",
    ),
    (
        "white space in base64",
        |w| w.tree["id"] = json!("HR0d HR0d"),
        "Base64UrlInvalid(\"id\")",
    ),
    (
        "id and rawId different",
        |w| w.tree["rawId"] = json!("AAAA"),
        "CredentialIdInconsistent",
    ),
    (
        "an empty id",
        |w| {
            w.tree["id"] = json!("");
            w.tree["rawId"] = json!("")
        },
        "CredentialIdLength",
    ),
    (
        "an id of 1024 bytes",
        |w| {
            let id = base64url(&[1; 1024]);
            w.tree["id"] = json!(id);
            w.tree["rawId"] = json!(id)
        },
        "CredentialIdLength",
    ),
    (
        "no response",
        |w| {
            w.tree.as_object_mut().unwrap().remove("response");
        },
        "ResponseMalformed(\"response\")",
    ),
    (
        "a text as response",
        |w| w.tree["response"] = json!("x"),
        "ResponseMalformed(\"response\")",
    ),
    (
        "no clientDataJSON",
        |w| {
            w.tree["response"]
                .as_object_mut()
                .unwrap()
                .remove("clientDataJSON");
        },
        "ResponseMalformed(\"clientDataJSON\")",
    ),
    (
        "an object as clientDataJSON",
        |w| w.tree["response"]["clientDataJSON"] = json!({}),
        "ResponseMalformed(\"clientDataJSON\")",
    ),
    (
        "bytes as a list",
        |w| w.tree["response"]["clientDataJSON"] = json!([1, 2]),
        "ResponseMalformed(\"clientDataJSON\")",
    ),
    (
        "no client extension results",
        |w| {
            w.tree
                .as_object_mut()
                .unwrap()
                .remove("clientExtensionResults");
        },
        "ok",
    ),
    (
        "null as client extension results",
        |w| w.tree["clientExtensionResults"] = Value::Null,
        "ResponseMalformed(\"clientExtensionResults\")",
    ),
    (
        "an array as client extension results",
        |w| w.tree["clientExtensionResults"] = json!([]),
        "ResponseMalformed(\"clientExtensionResults\")",
    ),
    (
        "an unknown extension",
        |w| w.tree["clientExtensionResults"] = json!({"x": {"y": 1}}),
        "ok",
    ),
    (
        "appid as text",
        |w| w.tree["clientExtensionResults"] = json!({"appid": "true"}),
        "ExtensionMalformed(\"appid\")",
    ),
    (
        "appidExclude false",
        |w| w.tree["clientExtensionResults"] = json!({"appidExclude": false}),
        "ExtensionMalformed(\"appidExclude\")",
    ),
    (
        "credProps as boolean",
        |w| w.tree["clientExtensionResults"] = json!({"credProps": true}),
        "ExtensionMalformed(\"credProps\")",
    ),
    (
        "credProps.rk as text",
        |w| w.tree["clientExtensionResults"] = json!({"credProps": {"rk": "yes"}}),
        "ExtensionMalformed(\"credProps\")",
    ),
    (
        "credProps with the dropped name",
        |w| {
            w.tree["clientExtensionResults"] =
                json!({"credProps": {"authenticatorDisplayName": "x"}})
        },
        "ok",
    ),
    (
        "prf results cut short",
        |w| w.tree["clientExtensionResults"] = json!({"prf": {"results": {"first": "AAAA"}}}),
        "ExtensionMalformed(\"prf\")",
    ),
    (
        "a second prf result alone",
        |w| {
            w.tree["clientExtensionResults"] =
                json!({"prf": {"results": {"second": base64url(&[1; 32])}}})
        },
        "ExtensionMalformed(\"prf\")",
    ),
    (
        "prf results that are padded",
        |w| {
            w.tree["clientExtensionResults"] =
                json!({"prf": {"results": {"first": base64url(&[1; 32]) + "="}}})
        },
        "ExtensionMalformed(\"prf\")",
    ),
    (
        "a large blob that is no base64url",
        |w| w.tree["clientExtensionResults"] = json!({"largeBlob": {"blob": "?"}}),
        "ExtensionMalformed(\"largeBlob\")",
    ),
    (
        "uvm of four",
        |w| {
            w.tree["clientExtensionResults"] =
                json!({"uvm": [[1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1]]})
        },
        "ExtensionMalformed(\"uvm\")",
    ),
    (
        "uvm of texts",
        |w| w.tree["clientExtensionResults"] = json!({"uvm": [["1", 1, 1]]}),
        "ExtensionMalformed(\"uvm\")",
    ),
    (
        "payment as boolean",
        |w| w.tree["clientExtensionResults"] = json!({"payment": true}),
        "ExtensionMalformed(\"payment\")",
    ),
    (
        "an unknown attachment",
        |w| w.tree["authenticatorAttachment"] = json!("orbital"),
        "ok",
    ),
    (
        "null as attachment",
        |w| w.tree["authenticatorAttachment"] = Value::Null,
        "ok",
    ),
    (
        "a number as attachment",
        |w| w.tree["authenticatorAttachment"] = json!(1),
        "ResponseMalformed(\"authenticatorAttachment\")",
    ),
];

const REGISTRATION: &[Row<Wire>] = &[
    (
        "an assertion",
        |w| w.tree["response"]["signature"] = json!("AA"),
        "ResponseMalformed",
    ),
    (
        "no attestationObject",
        |w| {
            w.tree["response"]
                .as_object_mut()
                .unwrap()
                .remove("attestationObject");
        },
        "ResponseMalformed(\"attestationObject\")",
    ),
    (
        "a padded attestationObject",
        |w| {
            let o = w.tree["response"]["attestationObject"]
                .as_str()
                .unwrap()
                .to_owned()
                + "=";
            w.tree["response"]["attestationObject"] = json!(o)
        },
        "Base64UrlInvalid(\"attestationObject\")",
    ),
    (
        "no copies",
        |w| {
            let r = w.tree["response"].as_object_mut().unwrap();
            for copy in [
                "authenticatorData",
                "publicKey",
                "publicKeyAlgorithm",
                "transports",
            ] {
                r.remove(copy);
            }
        },
        "ok",
    ),
    (
        "null as public key",
        |w| w.tree["response"]["publicKey"] = Value::Null,
        "ok",
    ),
    (
        "another public key",
        |w| w.tree["response"]["publicKey"] = json!("AAAA"),
        "ConvenienceCopyMismatch(\"publicKey\")",
    ),
    (
        "a text as public key's algorithm",
        |w| w.tree["response"]["publicKeyAlgorithm"] = json!("-7"),
        "ResponseMalformed(\"publicKeyAlgorithm\")",
    ),
    (
        "another algorithm",
        |w| w.tree["response"]["publicKeyAlgorithm"] = json!(-257),
        "ConvenienceCopyMismatch(\"publicKeyAlgorithm\")",
    ),
    (
        "other authenticator data",
        |w| w.tree["response"]["authenticatorData"] = json!("AAAA"),
        "ConvenienceCopyMismatch(\"authenticatorData\")",
    ),
    (
        "a text as transports",
        |w| w.tree["response"]["transports"] = json!("usb"),
        "ResponseMalformed(\"transports\")",
    ),
    (
        "a number as transport",
        |w| w.tree["response"]["transports"] = json!([1]),
        "ResponseMalformed(\"transports\")",
    ),
    (
        "17 transports",
        |w| w.tree["response"]["transports"] = json!(vec!["usb"; 17]),
        "ResponseMalformed(\"transports\")",
    ),
    (
        "a transport of 33 letters",
        |w| w.tree["response"]["transports"] = json!(["x".repeat(33)]),
        "ResponseMalformed(\"transports\")",
    ),
    (
        "an unknown transport",
        |w| w.tree["response"]["transports"] = json!(["telepathy"]),
        "ok",
    ),
];

const AUTHENTICATION: &[Row<Wire>] = &[
    (
        "an attestation",
        |w| w.tree["response"]["attestationObject"] = json!("AA"),
        "ResponseMalformed",
    ),
    (
        "no signature",
        |w| {
            w.tree["response"]
                .as_object_mut()
                .unwrap()
                .remove("signature");
        },
        "ResponseMalformed(\"signature\")",
    ),
    (
        "no authenticatorData",
        |w| {
            w.tree["response"]
                .as_object_mut()
                .unwrap()
                .remove("authenticatorData");
        },
        "ResponseMalformed(\"authenticatorData\")",
    ),
    (
        "a signature with stray bits",
        |w| w.tree["response"]["signature"] = json!("AB"),
        "Base64UrlInvalid(\"signature\")",
    ),
    (
        "an empty user handle",
        |w| w.tree["response"]["userHandle"] = json!(""),
        "ok",
    ),
    (
        "null as user handle",
        |w| w.tree["response"]["userHandle"] = Value::Null,
        "ok",
    ),
    (
        "a padded user handle",
        |w| w.tree["response"]["userHandle"] = json!("AA=="),
        "Base64UrlInvalid(\"userHandle\")",
    ),
    (
        "a user handle of 65 bytes",
        |w| w.tree["response"]["userHandle"] = json!(base64url(&[1; 65])),
        "UserHandleLength",
    ),
];

#[test]
fn a_broken_json_form_of_a_registration_is_refused_by_name() {
    run(registration, BOTH);
    run(registration, REGISTRATION);
}

#[test]
fn a_broken_json_form_of_a_sign_in_is_refused_by_name() {
    run(authentication, BOTH);
    run(authentication, AUTHENTICATION);
}

#[test]
fn transports_are_sorted_and_kept_once() {
    let text = registration().tree.to_string();
    let response = RegistrationResponse::from_json(text.as_bytes()).unwrap();
    assert_eq!(response.transports.names(), ["hybrid", "internal"]);
    assert_eq!(
        response.authenticator_attachment,
        Some(AuthenticatorAttachment::Platform)
    );
}

#[test]
fn prf_values_are_not_printed() {
    let mut wire = authentication();
    wire.tree["clientExtensionResults"] =
        json!({"prf": {"results": {"first": base64url(&[0x5a; 32])}}});
    let response = AuthenticationResponse::from_json(wire.tree.to_string().as_bytes()).unwrap();
    let printed = format!("{response:?}");
    assert!(
        printed.contains("PrfValue(…)") && !printed.contains("90, 90"),
        "{printed}"
    );
    let prf = response.client_extension_results.prf.unwrap();
    assert_eq!(prf.results.unwrap().first.reveal(), &[0x5a; 32]);
}
