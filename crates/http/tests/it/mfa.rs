//! Sign-in with several factors, over HTTP, on each store.

mod concurrency;
mod failures;
mod journeys;
mod offers;
mod transitions;

use actix_web::http::Method;
use data_encoding::BASE64URL_NOPAD;
use passkeyd_authenticator::{Assertion, Deviations, Device, Registration};
use passkeyd_domain::TenantSettings;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};

use crate::{
    people::{KEY, tenant},
    world::{Answer, ORIGIN, World},
};

/// A sign-in under way, as the SDK keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    kind: String,
    session: String,
    next: Value,
}

impl Flow {
    /// Reads an `MfaNext`, and checks what all of them have.
    fn read(answer: &Answer) -> Self {
        let body = answer.json();
        assert_eq!(body["msgCode"], "additional_auth_required", "{body}");
        assert!(body["msg"].as_str().is_some_and(|msg| !msg.is_empty()));
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self {
            kind: text("flow"),
            session: text("session"),
            next: body["next"].clone(),
        }
    }

    /// The names of the actions, in order.
    fn actions(&self) -> Vec<&str> {
        let offers = self.next.as_array().unwrap().iter();
        let named = |offer: &'_ Value| -> bool { offer["action"]["label"].is_string() };
        offers
            .inspect(|offer| assert!(named(offer)))
            .map(|offer| offer["action"]["name"].as_str().unwrap())
            .collect()
    }

    /// What the SDK takes for the next action.
    fn next_action(&self) -> &'static str {
        let known = [
            "passkey:reg",
            "passkey:auth",
            "passkey:tx",
            "otp:sms",
            "otp:email",
            "external",
        ];
        let offered = self.actions();
        known.into_iter().find(|it| offered.contains(it)).unwrap()
    }

    fn options(&self, action: &str) -> &Vec<Value> {
        let mut offers = self.next.as_array().unwrap().iter();
        let offer = offers.find(|offer| offer["action"]["name"] == action);
        offer.unwrap()["options"].as_array().unwrap()
    }

    /// The options for the browser, as the SDK reads them: the first ones, with all that it looks for.
    fn browser_options(&self, action: &str) -> Value {
        let value = self.options(action)[0]["value"].as_str().unwrap();
        assert!(!value.contains('.'));
        let bytes = BASE64URL_NOPAD.decode(value.as_bytes()).unwrap();
        let options: Value = serde_json::from_slice(&bytes).unwrap();
        let needed: &[&str] = match action {
            "passkey:reg" => &["rp", "user", "challenge", "pubKeyCredParams"],
            _ => &["rpId", "challenge", "allowCredentials", "userVerification"],
        };
        assert!(needed.iter().all(|name| !options[*name].is_null()));
        options
    }

    fn trust_tokens(&self, action: &str) -> Vec<&str> {
        let options = self.options(action)[1..].iter();
        options.map(|it| it["name"].as_str().unwrap()).collect()
    }
}

pub(crate) fn creation_result(made: &Registration) -> Value {
    json!({
        "clientDataJSON": BASE64URL_NOPAD.encode(&made.client_data),
        "attestationObject": BASE64URL_NOPAD.encode(&made.attestation_object),
        "credentialId": BASE64URL_NOPAD.encode(&made.credential_id),
    })
}

pub(crate) fn assertion_result(signed: &Assertion) -> Value {
    let handle = signed.user_handle.as_ref();
    json!({
        "clientDataJSON": BASE64URL_NOPAD.encode(&signed.client_data),
        "authenticatorData": BASE64URL_NOPAD.encode(&signed.authenticator_data),
        "credentialId": BASE64URL_NOPAD.encode(&signed.credential_id),
        "signature": BASE64URL_NOPAD.encode(&signed.signature),
        "userHandle": handle.map(|handle| BASE64URL_NOPAD.encode(handle)),
    })
}

/// Who begins, as the SDK sends it.
fn named(name: &str, kind: &str) -> Value {
    json!({ "deviceInfo": {}, "user": { "username": name, "usernameType": kind } })
}

impl World {
    pub(crate) async fn change(&self, change: impl Fn(&mut TenantSettings) + Send) {
        self.service.change_app(&tenant(), change).await.unwrap();
    }

    async fn mfa_begin(&self, body: Value) -> Flow {
        let answer = self.call_post("/mfa/begin", None, body).await.ok();
        assert_eq!(answer.status, 200);
        Flow::read(&answer)
    }

    /// A step, with the session as the SDK sends it.
    async fn step(&self, session: &str, path: &str, body: Value) -> Answer {
        let path = format!("/mfa/{path}");
        self.call_post(&path, Some(session), body).await
    }

    /// Makes a passkey with what is offered.
    async fn step_reg(&self, flow: &Flow, device: &mut Device) -> Answer {
        let made = device
            .create(&flow.browser_options("passkey:reg"), ORIGIN)
            .unwrap();
        let body = json!({ "creationResult": creation_result(&made) });
        self.step(&flow.session, "passkey/reg", body).await
    }

    /// Uses a passkey with what is offered.
    async fn step_get(&self, flow: &Flow, action: &str, device: &mut Device) -> Answer {
        self.step_get_deviating(flow, action, device, &Deviations::default())
            .await
    }

    async fn step_get_deviating(
        &self,
        flow: &Flow,
        action: &str,
        device: &mut Device,
        deviations: &Deviations,
    ) -> Answer {
        let options = flow.browser_options(action);
        let signed = device.get_deviating(&options, ORIGIN, deviations).unwrap();
        let path = match action {
            "passkey:tx" => "passkey/tx",
            _ => "passkey/auth",
        };
        let body = json!({ "assertionResult": assertion_result(&signed), "providerParams": {} });
        self.step(&flow.session, path, body).await
    }

    /// Makes a user of this name with a passkey of the device.
    async fn enrol(&self, name: &str, device: &mut Device) -> Value {
        let flow = self.mfa_begin(named(name, "other")).await;
        self.step_reg(&flow, device).await.ok().json()
    }

    /// Gives somebody who was made by hand a passkey, by the code that is mailed.
    async fn enrol_person(&self, name: &str, device: &mut Device) {
        self.person(name).await;
        let flow = self.mfa_begin(named(name, "other")).await;
        let flow = self.code_step(&flow).await;
        self.step_reg(&flow, device).await.ok();
    }

    /// Has a code mailed and shows it.
    async fn code_step(&self, flow: &Flow) -> Flow {
        let asked = json!({ "method": "email" });
        let asked = self.step(&flow.session, "otp/request", asked).await.ok();
        assert!(asked.json()["session"].is_string());
        let code = json!({ "otp": self.outbox.code() });
        let answer = self.step(&flow.session, "otp/verify", code).await;
        assert_eq!(answer.status, 401, "{}", answer.text());
        Flow::read(&answer)
    }

    /// What a back end gets for somebody whom it signed in.
    async fn external_token(&self, name: &str) -> String {
        let body = json!({ "username": name });
        let answer = self.call_post("/mgmt/grant/external-auth", KEY, body).await;
        answer.ok().token()
    }

    async fn external_step(&self, session: &str, token: &str) -> Answer {
        self.step(session, "third-party/verify", json!({ "token": token }))
            .await
    }

    /// The user's passkeys, with the token of the end.
    async fn passkeys_with(&self, token: &str) -> Value {
        self.call(Method::GET, "/passkeys", Some(token), None)
            .await
            .ok()
            .json()
    }

    /// A back end has a token verified.
    async fn is_verifiable(&self, token: &str) -> bool {
        let body = json!({ "jwtAccess": token });
        self.call_post("/mgmt/token/verify", KEY, body).await.status == 204
    }
}

/// The store of keys of a page.
struct Keys {
    id: &'static str,
    key: EcdsaKeyPair,
    random: SystemRandom,
}

impl Keys {
    #[expect(
        clippy::disallowed_methods,
        reason = "the keys of browsers are not what is tested"
    )]
    fn new(id: &'static str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
        Self { id, key, random }
    }

    /// A trust item.
    fn item(&self, world: &World) -> String {
        let point = &self.key.public_key().as_ref()[1..];
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let header = json!({ "alg": "ES256", "jwk": { "kty": "EC", "crv": "P-256",
            "x": BASE64URL_NOPAD.encode(&point[..32]), "y": BASE64URL_NOPAD.encode(&point[32..]) } });
        let claims = json!({ "id": self.id, "exp": world.service.now().as_second() + 60 });
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = self.key.sign(&self.random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    }
}
