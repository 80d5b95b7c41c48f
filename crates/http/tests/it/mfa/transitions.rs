//! The table of section 13.5, row by row, and the tokens of the end.

use actix_web::http::Method;
use data_encoding::BASE64URL_NOPAD;
use passkeyd_authenticator::Device;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::{Flow, named};
use crate::{
    people::{KEY, claims},
    world::{World, on_each_store},
};

/// What every end has.
async fn is_complete(world: &World, end: &Value, username: &str, methods: &[&str]) {
    let token = |name: &str| end[name].as_str().unwrap().to_owned();
    let access = claims(&token("accessToken"));
    assert_eq!(access["tokenType"], "accessToken");
    assert_eq!(access["username"], username);
    assert_eq!(access["amr"], json!(methods));
    assert_eq!(access["rpId"], "localhost");
    let id = claims(&token("idToken"));
    assert_eq!(id["tokenType"], "idToken");
    assert_eq!(
        (&id["amr"], &id["nonce"]),
        (&access["amr"], &access["traceId"])
    );
    assert_eq!(id["auth_time"], id["iat"]);
    let refresh = claims(&token("refreshToken"));
    assert_eq!(refresh["tokenType"], "refreshToken");
    assert!(refresh["jti"].is_string());
    for claims in [&id, &refresh] {
        assert_eq!(claims["sub"], access["sub"]);
        assert_eq!(claims["username"], username);
    }
    assert!(world.is_verifiable(&token("accessToken")).await);
    assert!(world.is_verifiable(&token("idToken")).await);
    assert!(!world.is_verifiable(&token("refreshToken")).await);
    world.passkeys_with(&token("accessToken")).await;
}

/// Checks the signed statement as a back end does.
async fn is_signed(world: &World, end: &Value, payload: &str) -> Value {
    let encoded = BASE64URL_NOPAD.encode(payload.as_bytes());
    assert_eq!(end["payload"], encoded);
    let signature = end["payloadSignature"].as_str().unwrap();
    assert!(world.is_verifiable(signature).await);
    let claims = claims(signature);
    assert_eq!(claims["tokenType"], "payloadSignature");
    assert_eq!(claims["nonce"], claims["traceId"]);
    let text = |name: &str| claims[name].as_str().unwrap();
    let hashed = [payload, text("traceId"), text("lNonce")].concat();
    let hash = digest(&SHA256, hashed.as_bytes());
    assert_eq!(claims["txHash"], BASE64URL_NOPAD.encode(hash.as_ref()));
    claims
}

#[actix_web::test]
async fn a_passkey_is_enough() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        let made = world.enrol("ada", &mut device).await;
        let flow = world.mfa_begin(named("ADA", "other")).await;
        let end = world.step_get(&flow, "passkey:auth", &mut device).await;
        let end = end.ok().json();
        is_complete(world, &end, "ada", &["passkey"]).await;
        assert_eq!(
            (&end["payload"], &end["payloadSignature"]),
            (&json!(""), &json!(""))
        );
        assert_eq!(end["flow"], "signIn");
        assert!(end["deviceId"].is_string());
        let info = &end["passkeyInfo"];
        assert_eq!(info["passkeyId"], made["passkeyInfo"]["passkeyId"]);
        assert_eq!(info["publicKey"], made["passkeyInfo"]["publicKey"]);
        assert!(info["assertionResult"]["signature"].is_string());
        let access = claims(end["accessToken"].as_str().unwrap());
        assert_eq!(access["credID"], info["passkeyId"]);
    })
    .await;
}

#[actix_web::test]
async fn anybody_is_known_by_the_passkey() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        world.enrol("ada", &mut device).await;
        let flow = world.mfa_begin(json!({ "payload": "pay" })).await;
        let end = world.step_get(&flow, "passkey:auth", &mut device).await;
        let end = end.ok().json();
        is_complete(world, &end, "ada", &["passkey"]).await;
        is_signed(world, &end, "pay").await;
    })
    .await;
}

#[actix_web::test]
async fn a_payload_is_confirmed_with_a_passkey() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        world.enrol("ada", &mut device).await;
        let mut body = named("ada", "other");
        body["payload"] = "{\"total\":\"1 €\"}".into();
        body["traceId"] = "trace-1".into();
        let flow = world.mfa_begin(body).await;
        let end = world.step_get(&flow, "passkey:tx", &mut device).await;
        let end = end.ok().json();
        is_complete(world, &end, "ada", &["passkey"]).await;
        let statement = is_signed(world, &end, "{\"total\":\"1 €\"}").await;
        assert_eq!(statement["traceId"], "trace-1");
        assert_eq!(statement["credID"], end["passkeyInfo"]["passkeyId"]);
        assert_eq!(statement["amr"], json!(["passkey"]));
        let challenge = flow.browser_options("passkey:tx")["challenge"].clone();
        assert_eq!(statement["txHash"], challenge);
    })
    .await;
}

#[actix_web::test]
async fn a_new_passkey_makes_the_user() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        let mut body = named("ada@example.com", "email");
        body["payload"] = "pay".into();
        let flow = world.mfa_begin(body).await;
        let end = world.step_reg(&flow, &mut device).await.ok().json();
        assert_eq!(end["flow"], "signUp");
        is_complete(world, &end, "ada@example.com", &["passkey"]).await;
        is_signed(world, &end, "pay").await;
        assert!(end["passkeyInfo"]["creationResult"]["attestationObject"].is_string());
        let access = end["accessToken"].as_str().unwrap();
        let held = world.passkeys_with(access).await;
        assert_eq!(held.as_array().unwrap().len(), 1);
        assert_eq!(held[0]["id"], end["passkeyInfo"]["passkeyId"]);
    })
    .await;
}

#[actix_web::test]
async fn a_code_is_followed_by_a_passkey() {
    on_each_store(async |world| {
        world.person("ada").await;
        let flow = world.mfa_begin(named("ada", "other")).await;
        let flow = world.code_step(&flow).await;
        assert_eq!(
            (flow.kind.as_str(), flow.actions()),
            ("signIn", vec!["passkey:reg"])
        );
        let mut device = Device::new(1);
        let end = world.step_reg(&flow, &mut device).await.ok().json();
        is_complete(world, &end, "ada", &["otp:email", "passkey"]).await;
        // By now there is a passkey to sign in with, and another one is recommended.
        world.advance(std::time::Duration::from_secs(60));
        let flow = world.mfa_begin(named("ada", "other")).await;
        let flow = world.code_step(&flow).await;
        assert_eq!(flow.actions(), ["passkey:reg", "passkey:auth"]);
        assert_eq!(flow.next_action(), "passkey:reg");
        let end = world.step_get(&flow, "passkey:auth", &mut device).await;
        is_complete(world, &end.ok().json(), "ada", &["otp:email", "passkey"]).await;
    })
    .await;
}

#[actix_web::test]
async fn a_code_proves_the_address_of_a_newcomer() {
    on_each_store(async |world| {
        world
            .change(|settings| settings.application.registration_requires_token = true)
            .await;
        let flow = world.mfa_begin(named("new@example.com", "email")).await;
        let flow = world.code_step(&flow).await;
        assert_eq!(
            (flow.kind.as_str(), flow.actions()),
            ("signUp", vec!["passkey:reg"])
        );
        let end = world.step_reg(&flow, &mut Device::new(1)).await.ok().json();
        is_complete(world, &end, "new@example.com", &["otp:email", "passkey"]).await;
        let realm = world.service.realm(&crate::people::tenant()).await.unwrap();
        let realm = realm.unwrap();
        let person = world
            .service
            .person_by_name(&realm, "new@example.com")
            .await;
        assert!(person.unwrap().identifiers[0].verified_at.is_some());
    })
    .await;
}

#[actix_web::test]
async fn a_token_of_a_back_end_is_followed_by_a_passkey() {
    on_each_store(async |world| {
        world.person("ada").await;
        let token = world.external_token("ada@example.com").await;
        let flow = world.mfa_begin(named("ada", "other")).await;
        let answer = world.external_step(&flow.session, &token).await;
        assert_eq!(answer.status, 401);
        let flow = Flow::read(&answer);
        assert_eq!(flow.actions(), ["passkey:reg"]);
        let end = world.step_reg(&flow, &mut Device::new(1)).await.ok().json();
        is_complete(world, &end, "ada", &["external", "passkey"]).await;
    })
    .await;
}

#[actix_web::test]
async fn a_token_of_a_back_end_says_who_nobody_in_particular_is() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        world.enrol("ada", &mut device).await;
        for (name, flow_word, actions) in [
            ("ada", "signIn", &["passkey:reg", "passkey:auth"][..]),
            ("new", "signUp", &["passkey:reg"]),
        ] {
            let flow = world.mfa_begin(json!({})).await;
            let token = world.external_token(name).await;
            let answer = world.external_step(&flow.session, &token).await;
            let flow = Flow::read(&answer);
            assert_eq!(
                (flow.kind.as_str(), flow.actions()),
                (flow_word, actions.to_vec())
            );
        }
    })
    .await;
}

/// The names of those who used a device, as a back end is told.
async fn users_of(world: &World, device: &str) -> Vec<String> {
    let path = format!("/mgmt/devices/{device}");
    let shown = world.call(Method::GET, &path, KEY, None).await.ok().json();
    let users = shown["users"].as_array().unwrap().iter();
    users
        .map(|user| {
            user["usernames"][0]["username"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[actix_web::test]
async fn a_factor_is_enough_where_no_passkey_is_required() {
    on_each_store(async |world| {
        world
            .change(|settings| settings.application.mfa.passkey_required = false)
            .await;
        world.person("ada").await;
        let mut body = named("ada", "other");
        body["payload"] = "pay".into();
        body["deviceInfo"] = json!({ "deviceId": "phone-9" });
        let flow = world.mfa_begin(body).await;
        let asked = json!({ "method": "email", "option": "a***@example.com" });
        world.step(&flow.session, "otp/request", asked).await.ok();
        let code = json!({ "otp": world.outbox.code() });
        let end = world.step(&flow.session, "otp/verify", code).await;
        let end = end.ok().json();
        is_complete(world, &end, "ada", &["otp:email"]).await;
        let statement = is_signed(world, &end, "pay").await;
        assert_eq!(statement.get("credID"), None);
        assert_eq!(end.get("passkeyInfo"), None);
        assert_eq!(end["deviceId"], "phone-9");
        assert_eq!(users_of(world, "phone-9").await, ["ada"]);
        // A newcomer is made a user.
        let flow = world.mfa_begin(named("new", "other")).await;
        let token = world.external_token("new").await;
        let end = world.external_step(&flow.session, &token).await.ok().json();
        assert_eq!(end["flow"], "signUp");
        is_complete(world, &end, "new", &["external"]).await;
        assert_eq!(
            users_of(world, end["deviceId"].as_str().unwrap()).await,
            ["new"]
        );
        let again = world.external_token("new").await;
        let answer = world.external_step(&flow.session, &again).await;
        assert_eq!(answer.refused(), (401, "unauthorized".to_owned()));
    })
    .await;
}

#[actix_web::test]
async fn a_payload_is_replaced_with_its_challenge() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        world.enrol("ada", &mut device).await;
        let mut body = named("ada", "other");
        body["payload"] = "draft".into();
        let draft = world.mfa_begin(body).await;
        let body = json!({ "payload": "final" });
        let answer = world.step(&draft.session, "payload", body).await.ok();
        assert_eq!(answer.status, 200);
        let last = Flow::read(&answer);
        assert_eq!(last.actions(), ["passkey:tx", "external"]);
        let challenge = |flow: &Flow| flow.browser_options("passkey:tx")["challenge"].clone();
        assert_ne!(challenge(&draft), challenge(&last));
        // What was signed for the draft is no more.
        let answer = world.step_get(&draft, "passkey:tx", &mut device).await;
        answer.is_bad_request();
        let end = world.step_get(&last, "passkey:tx", &mut device).await;
        is_signed(world, &end.ok().json(), "final").await;
    })
    .await;
}

#[actix_web::test]
async fn a_payload_does_not_change_once_a_factor_is_done() {
    on_each_store(async |world| {
        world.person("ada").await;
        let flow = world.mfa_begin(named("ada", "other")).await;
        let body = json!({ "payload": "" });
        let answer = world.step(&flow.session, "payload", body).await;
        answer.is_bad_request();
        let flow = world.code_step(&flow).await;
        let body = json!({ "payload": "pay" });
        let answer = world.step(&flow.session, "payload", body).await;
        assert_eq!(answer.refused(), (403, "forbidden".to_owned()));
    })
    .await;
}
