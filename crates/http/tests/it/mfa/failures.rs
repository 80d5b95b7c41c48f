//! What fails, what it costs, and that five failures end the sign-in.

use std::time::Duration;

use actix_web::http::Method;
use passkeyd_authenticator::{Deviations, Device, SignatureFault};
use serde_json::{Value, json};

use super::{Flow, assertion_result, creation_result, named};
use crate::{
    people::KEY,
    world::{Answer, ORIGIN, World, on_each_store},
};

fn is_over(answer: &Answer) {
    assert_eq!(
        answer.refused(),
        (401, "unauthorized".to_owned()),
        "{}",
        answer.text()
    );
}

/// Every step, with a body that could be.
fn steps(device: &mut Device) -> Vec<(&'static str, Value)> {
    let options = json!({ "challenge": "AAAA", "rpId": "localhost" });
    let signed = device.get(&options, ORIGIN).unwrap();
    let assertion = json!({ "assertionResult": assertion_result(&signed) });
    let creation = json!({ "rp": { "id": "localhost", "name": "x" }, "user": { "id": "dS0x", "name": "x", "displayName": "x" },
        "challenge": "AAAA", "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }] });
    let made = Device::new(77).create(&creation, ORIGIN).unwrap();
    vec![
        ("passkey/auth", assertion.clone()),
        ("passkey/tx", assertion),
        (
            "passkey/reg",
            json!({ "creationResult": creation_result(&made) }),
        ),
        ("otp/request", json!({ "method": "email" })),
        ("otp/verify", json!({ "otp": "000000" })),
        ("third-party/verify", json!({ "token": "a.b.c" })),
        ("payload", json!({ "payload": "pay" })),
    ]
}

fn broken() -> Deviations {
    Deviations {
        signature: SignatureFault::FlippedBit,
        ..Deviations::default()
    }
}

#[actix_web::test]
async fn five_wrong_assertions_end_it() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        world.enrol("ada", &mut device).await;
        let flow = world.mfa_begin(named("ada", "other")).await;
        for _ in 0..5 {
            let answer = world
                .step_get_deviating(&flow, "passkey:auth", &mut device, &broken())
                .await;
            answer.is_bad_request();
        }
        is_over(&world.step_get(&flow, "passkey:auth", &mut device).await);
        for (path, body) in steps(&mut device) {
            is_over(&world.step(&flow.session, path, body).await);
        }
    })
    .await;
}

#[actix_web::test]
async fn four_failures_and_a_success_are_a_sign_in() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        world.enrol("ada", &mut device).await;
        let flow = world.mfa_begin(named("ada", "other")).await;
        for _ in 0..3 {
            let answer = world
                .step_get_deviating(&flow, "passkey:auth", &mut device, &broken())
                .await;
            answer.is_bad_request();
        }
        let answer = world.external_step(&flow.session, "a.b.c").await;
        answer.is_bad_request();
        // What was never looked at costs nothing.
        for body in [json!({}), json!({ "assertionResult": {} }), json!([])] {
            let answer = world.step(&flow.session, "passkey/auth", body).await;
            answer.is_bad_request();
        }
        let asked = json!({ "method": "sms" });
        let answer = world.step(&flow.session, "otp/request", asked).await;
        answer.is_bad_request();
        world
            .step_get(&flow, "passkey:auth", &mut device)
            .await
            .ok();
        is_over(&world.step_get(&flow, "passkey:auth", &mut device).await);
    })
    .await;
}

#[actix_web::test]
async fn five_wrong_codes_end_it() {
    on_each_store(async |world| {
        world.person("ada").await;
        let flow = world.mfa_begin(named("ada", "other")).await;
        let asked = json!({ "method": "email" });
        world.step(&flow.session, "otp/request", asked).await.ok();
        let right = world.outbox.code();
        let wrong = if right == "000000" {
            "000001"
        } else {
            "000000"
        };
        for _ in 0..5 {
            let body = json!({ "otp": wrong });
            let answer = world.step(&flow.session, "otp/verify", body).await;
            answer.is_bad_request();
        }
        let body = json!({ "otp": right });
        is_over(&world.step(&flow.session, "otp/verify", body).await);
    })
    .await;
}

#[actix_web::test]
async fn a_code_is_good_once_in_its_own_sign_in_and_for_a_while() {
    on_each_store(async |world| {
        world.person("ada").await;
        let verify = async |flow: &Flow, code: &str| {
            let body = json!({ "otp": code });
            world.step(&flow.session, "otp/verify", body).await
        };
        let flow = world.mfa_begin(named("ada", "other")).await;
        // None was asked for.
        verify(&flow, "000000").await.is_bad_request();
        let asked = json!({ "method": "email" });
        world
            .step(&flow.session, "otp/request", asked.clone())
            .await
            .ok();
        let code = world.outbox.code();
        let other = world.mfa_begin(named("ada", "other")).await;
        verify(&other, &code).await.is_bad_request();
        assert_eq!(verify(&flow, &code).await.status, 401);
        verify(&flow, &code).await.is_bad_request();
        // One that is too old.
        world.advance(Duration::from_secs(60));
        world.step(&other.session, "otp/request", asked).await.ok();
        let code = world.outbox.code();
        world.advance(Duration::from_secs(301));
        verify(&other, &code).await.is_bad_request();
    })
    .await;
}

#[actix_web::test]
async fn a_code_goes_only_where_it_is_offered() {
    on_each_store(async |world| {
        world.person("ada").await;
        let flow = world.mfa_begin(named("ada", "other")).await;
        for body in [
            json!({ "method": "email", "option": "x***@example.com" }),
            json!({ "method": "email", "option": "bob@example.com" }),
            json!({ "method": "sms" }),
            json!({ "method": "fax" }),
            json!({}),
        ] {
            let answer = world.step(&flow.session, "otp/request", body).await;
            answer.is_bad_request();
        }
        let value = flow.options("otp:email")[0]["value"].clone();
        for option in [value, "ADA@example.com".into()] {
            let body = json!({ "method": "email", "option": option });
            world.step(&flow.session, "otp/request", body).await.ok();
            assert_eq!(world.outbox.take()[0]["to"], "ada@example.com");
            world.advance(Duration::from_secs(31));
        }
    })
    .await;
}

#[actix_web::test]
async fn a_token_of_a_back_end_is_good_once_for_its_user() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        let end = world.enrol("ada", &mut device).await;
        world.person("bob").await;
        let access = end["accessToken"].as_str().unwrap().to_owned();
        let flow = world.mfa_begin(named("ada", "other")).await;
        let others = world.external_token("bob").await;
        for token in ["", "a.b.c", &access, &others] {
            let answer = world.external_step(&flow.session, token).await;
            answer.is_bad_request();
        }
        let good = world.external_token("ada").await;
        assert_eq!(world.external_step(&flow.session, &good).await.status, 401);
        let again = world.mfa_begin(named("ada", "other")).await;
        let answer = world.external_step(&again.session, &good).await;
        answer.is_bad_request();
        let old = world.external_token("ada").await;
        world.advance(Duration::from_secs(61));
        let answer = world.external_step(&again.session, &old).await;
        answer.is_bad_request();
        // What was refused for another user was not used up.
        let theirs = world.mfa_begin(named("bob", "other")).await;
        let token = world.external_token("bob").await;
        let answer = world.external_step(&again.session, &token).await;
        answer.is_bad_request();
        assert_eq!(
            world.external_step(&theirs.session, &token).await.status,
            401
        );
    })
    .await;
}

#[actix_web::test]
async fn what_is_not_offered_is_refused_and_costs_nothing() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        world.enrol("ada", &mut device).await;
        let mut body = named("ada", "other");
        body["payload"] = "pay".into();
        let flow = world.mfa_begin(body).await;
        let not_offered = ["passkey/auth", "passkey/reg", "otp/request", "otp/verify"];
        for _ in 0..3 {
            for (path, body) in steps(&mut device) {
                if not_offered.contains(&path) {
                    let answer = world.step(&flow.session, path, body).await;
                    answer.is_bad_request();
                }
            }
        }
        world.step_get(&flow, "passkey:tx", &mut device).await.ok();
    })
    .await;
}

#[actix_web::test]
async fn a_step_needs_the_session_of_such_a_sign_in() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        world.enrol("ada", &mut device).await;
        let flow = world.mfa_begin(named("ada", "other")).await;
        let body = json!({ "app": { "id": "test" }, "deviceInfo": {} });
        let plain = world.call_post("/auth/init", None, body).await.ok().json();
        let plain = plain["session"].as_str().unwrap();
        let mut bent = flow.session.clone();
        bent.push('A');
        for (path, body) in steps(&mut device) {
            for session in ["", "nonsense", plain, &bent] {
                is_over(&world.step(session, path, body.clone()).await);
            }
        }
        world.advance(Duration::from_secs(901));
        is_over(&world.step_get(&flow, "passkey:auth", &mut device).await);
    })
    .await;
}

#[actix_web::test]
async fn a_passkey_of_somebody_else_or_of_an_unwanted_model_is_refused() {
    on_each_store(async |world| {
        let (mut ada, mut bob) = (Device::new(1), Device::new(2));
        world.enrol("ada", &mut ada).await;
        world.enrol("bob", &mut bob).await;
        let flow = world.mfa_begin(named("ada", "other")).await;
        let mut options = flow.browser_options("passkey:auth");
        options["allowCredentials"] = json!([]);
        let signed = bob.get(&options, ORIGIN).unwrap();
        let body = json!({ "assertionResult": assertion_result(&signed) });
        let answer = world.step(&flow.session, "passkey/auth", body).await;
        answer.is_bad_request();
        let both = |reg: bool, auth: bool| {
            json!({ "items": [{ "aaguid": "00000000-0000-0000-0000-000000000000", "reg": reg, "auth": auth }] })
        };
        let path = "/mgmt/aaguid/blacklist";
        world.call_post(path, KEY, both(false, true)).await.is_empty();
        let answer = world.step_get(&flow, "passkey:auth", &mut ada).await;
        answer.is_bad_request();
        world.call_post(path, KEY, both(true, false)).await.is_empty();
        let fresh = world.mfa_begin(named("new", "other")).await;
        let answer = world.step_reg(&fresh, &mut Device::new(3)).await;
        assert_eq!(answer.refused(), (403, "forbidden".to_owned()));
    })
    .await;
}

#[actix_web::test]
async fn a_user_who_is_made_inactive_meanwhile_ends_nothing() {
    on_each_store(async |world| {
        let id = world.person("ada").await;
        let mut device = Device::new(1);
        let flow = world.mfa_begin(named("ada", "other")).await;
        let flow = world.code_step(&flow).await;
        world.step_reg(&flow, &mut device).await.ok();
        let flow = world.mfa_begin(named("ada", "other")).await;
        let path = format!("/mgmt/users/{id}/deactivate");
        world.call(Method::PUT, &path, KEY, None).await.is_empty();
        let answer = world.step_get(&flow, "passkey:auth", &mut device).await;
        answer.is_bad_request();
        let token = world.external_token("ada").await;
        let answer = world.external_step(&flow.session, &token).await;
        answer.is_bad_request();
        let body = json!({ "payload": "pay" });
        let answer = world.step(&flow.session, "payload", body).await;
        assert_eq!(answer.refused(), (403, "forbidden".to_owned()));
    })
    .await;
}

#[actix_web::test]
async fn a_passkey_that_is_registered_already_uses_nothing_up() {
    let world = World::new().await;
    let mut device = Device::new(1);
    world.enrol("ada", &mut device).await;
    let flow = world.mfa_begin(named("new", "other")).await;
    // The same keys and names again.
    let answer = world.step_reg(&flow, &mut Device::new(1)).await;
    answer.is_bad_request();
    world.step_reg(&flow, &mut Device::new(2)).await.ok();
}
