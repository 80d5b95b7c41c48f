//! Payments: what the user confirmed must be the transaction, and a payment is no sign-in.

use passkeyd_webauthn::payment::{Amount, ExpectedPayment, Instrument, Logo};
use passkeyd_webauthn::{Algorithm, Observation};

use crate::authentication_case::AuthenticationCase;
use crate::keys::TestKey;
use crate::mutation::{Row, run};
use crate::registration_case::{RegistrationCase, base64url};

const SHOWN: &str = r#"{"rpId":"example.com","topOrigin":"https://shop.example","payeeName":"Shop","total":{"currency":"EUR","value":"10.00"},"instrument":{"displayName":"Card","icon":"https://bank.example/card.png"},"paymentEntitiesLogos":[{"url":"https://b.example/b.png","label":"B"}]}"#;

fn case() -> AuthenticationCase {
    let mut case = AuthenticationCase::new(Algorithm::Es256);
    case.client_data.set("type", "\"payment.get\"");
    case.client_data.add("payment", SHOWN);
    let total = Amount {
        currency: "EUR".to_owned(),
        value: "10.00".to_owned(),
    };
    let instrument = Instrument {
        display_name: "Card".to_owned(),
        icon: "https://bank.example/card.png".to_owned(),
        details: None,
        icon_must_be_shown: None,
    };
    let mut expected = ExpectedPayment::new(
        "https://shop.example".to_owned(),
        Some("Shop".to_owned()),
        total,
        instrument,
    );
    expected.logos = ["A", "B"]
        .map(|name| Logo {
            url: format!("https://{0}.example/{0}.png", name.to_lowercase()),
            label: name.to_owned(),
        })
        .into();
    case.state.payment = Some(expected);
    case
}

fn shown(case: &mut AuthenticationCase, from: &str, to: &str) {
    assert!(SHOWN.contains(from));
    case.client_data.set("payment", &SHOWN.replace(from, to));
}

const ROWS: &[Row<AuthenticationCase>] = &[
    (
        "a sign-in's type",
        |c| c.client_data.set("type", "\"webauthn.get\""),
        "ClientDataTypeMismatch",
    ),
    (
        "no transaction expected",
        |c| c.state.payment = None,
        "ClientDataTypeMismatch",
    ),
    (
        "no details",
        |c| c.client_data.remove("payment"),
        "ClientDataMalformed(\"payment\")",
    ),
    (
        "another relying party",
        |c| shown(c, "example.com", "example.org"),
        "PaymentDetailMismatch(\"rpId\")",
    ),
    (
        "no relying party",
        |c| shown(c, "\"rpId\":\"example.com\",", ""),
        "PaymentDetailMismatch(\"rpId\")",
    ),
    (
        "another one under the old name",
        |c| shown(c, "\"rpId\"", "\"rp\":\"x\",\"rpId\""),
        "PaymentDetailMismatch(\"rp\")",
    ),
    (
        "the same under the old name",
        |c| shown(c, "\"rpId\"", "\"rp\":\"example.com\",\"rpId\""),
        "ok",
    ),
    (
        "another shop on top",
        |c| shown(c, "https://shop.example", "https://evil.example"),
        "PaymentDetailMismatch(\"topOrigin\")",
    ),
    (
        "another payee",
        |c| shown(c, "\"Shop\"", "\"Shop 2\""),
        "PaymentDetailMismatch(\"payeeName\")",
    ),
    (
        "a payee's origin",
        |c| {
            shown(
                c,
                "\"payeeName\"",
                "\"payeeOrigin\":\"https://x.example\",\"payeeName\"",
            )
        },
        "PaymentDetailMismatch(\"payeeOrigin\")",
    ),
    (
        "another currency",
        |c| shown(c, "EUR", "USD"),
        "PaymentDetailMismatch(\"total\")",
    ),
    (
        "another amount",
        |c| shown(c, "10.00", "10.000"),
        "PaymentDetailMismatch(\"total\")",
    ),
    (
        "an amount as number",
        |c| shown(c, "\"10.00\"", "10.00"),
        "ClientDataMalformed(\"payment\")",
    ),
    (
        "another card",
        |c| shown(c, "\"Card\"", "\"Card 2\""),
        "PaymentDetailMismatch(\"instrument\")",
    ),
    (
        "another icon",
        |c| shown(c, "card.png", "card2.png"),
        "PaymentDetailMismatch(\"instrument\")",
    ),
    (
        "details of the card",
        |c| shown(c, "\"Card\"", "\"Card\",\"details\":\"x\""),
        "PaymentDetailMismatch(\"instrument\")",
    ),
    (
        "a logo that was not sent",
        |c| shown(c, "\"B\"", "\"C\""),
        "PaymentDetailMismatch(\"paymentEntitiesLogos\")",
    ),
    (
        "logos in another order",
        |c| {
            shown(
                c,
                "[{",
                "[{\"url\":\"https://b.example/b.png\",\"label\":\"B\"},{\"url\":\"https://a.example/a.png\",\"label\":\"A\"},{",
            )
        },
        "PaymentDetailMismatch(\"paymentEntitiesLogos\")",
    ),
    (
        "both logos",
        |c| {
            shown(
                c,
                "[{",
                "[{\"url\":\"https://a.example/a.png\",\"label\":\"A\"},{",
            )
        },
        "ok",
    ),
    (
        "no logos",
        |c| {
            shown(
                c,
                ",\"paymentEntitiesLogos\":[{\"url\":\"https://b.example/b.png\",\"label\":\"B\"}]",
                "",
            )
        },
        "ok",
    ),
];

#[test]
fn a_payment_that_differs_is_refused_by_name() {
    run(case, ROWS);
}

/// Adds a browser-bound key and its signature over the client data.
fn bind(case: &AuthenticationCase, key: &TestKey) -> passkeyd_webauthn::AuthenticationResponse {
    let mut response = case.response();
    let signature = base64url(&key.sign(&response.client_data_json));
    let json =
        format!(r#"{{"payment":{{"browserBoundSignature":{{"signature":"{signature}"}}}}}}"#);
    response.client_extension_results =
        passkeyd_webauthn::extensions::ClientExtensionOutputs::from_json(json.as_bytes()).unwrap();
    response
}

#[test]
fn a_browser_bound_key_signs_the_client_data() {
    let key = TestKey::numbered(Algorithm::Es256, 2);
    let mut case = case();
    let member = format!(
        "\"browserBoundPublicKey\":\"{}\",\"rpId\"",
        base64url(&key.cose())
    );
    shown(&mut case, "\"rpId\"", &member);
    let verify = |case: &AuthenticationCase, response| {
        passkeyd_webauthn::authenticate(
            response,
            &case.state,
            &case.stored.borrow(),
            &case.policy,
            case.now,
        )
    };
    let response = bind(&case, &key);
    let observations = verify(&case, &response).unwrap().observations;
    assert_eq!(observations, [Observation::BrowserBoundKeyNew]);
    case.stored.browser_bound_key = Some(key.cose());
    assert_eq!(verify(&case, &response).unwrap().observations, []);
    let forged = bind(&case, &TestKey::new(Algorithm::Es256));
    assert_eq!(
        verify(&case, &forged).unwrap_err().code(),
        "browser_bound_signature_invalid"
    );
    assert_eq!(
        verify(&case, &case.response()).unwrap_err().code(),
        "browser_bound_signature_invalid"
    );
}

#[test]
fn a_registration_keeps_the_browser_bound_key() {
    let key = TestKey::numbered(Algorithm::Es256, 2);
    let mut case = RegistrationCase::none(Algorithm::Es256);
    case.client_data.add(
        "payment",
        &format!(
            "{{\"browserBoundPublicKey\":\"{}\"}}",
            base64url(&key.cose())
        ),
    );
    let mut response = case.response();
    let signature = base64url(&key.sign(&response.client_data_json));
    let json =
        format!(r#"{{"payment":{{"browserBoundSignature":{{"signature":"{signature}"}}}}}}"#);
    response.client_extension_results =
        passkeyd_webauthn::extensions::ClientExtensionOutputs::from_json(json.as_bytes()).unwrap();
    let done =
        passkeyd_webauthn::register(&response, &case.state, &case.policy, &case.trust, case.now);
    assert_eq!(done.unwrap().credential.browser_bound_key, Some(key.cose()));
}
