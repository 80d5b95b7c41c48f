//! The table of section 13.4, row by row, and what the objects of 13.1 look like.

use actix_web::http::Method;
use passkeyd_authenticator::Device;
use serde_json::json;

use super::named;
use crate::{
    people::{KEY, tenant},
    world::{World, on_each_store},
};

#[actix_web::test]
async fn a_user_with_a_passkey_confirms_a_payload() {
    on_each_store(async |world| {
        world.enrol_person("ada", &mut Device::new(1)).await;
        let mut body = named("ADA", "other");
        body["payload"] = "pay".into();
        let flow = world.mfa_begin(body).await;
        assert_eq!(flow.kind, "signIn");
        assert_eq!(flow.actions(), ["passkey:tx", "external"]);
        assert_eq!(flow.next_action(), "passkey:tx");
        let options = flow.browser_options("passkey:tx");
        assert_eq!(options["userVerification"], "required");
        assert_eq!(options["allowCredentials"].as_array().unwrap().len(), 1);
    })
    .await;
}

#[actix_web::test]
async fn a_user_with_a_passkey_signs_in_by_it_or_by_a_code() {
    on_each_store(async |world| {
        world.enrol_person("ada", &mut Device::new(1)).await;
        let flow = world.mfa_begin(named("ada", "other")).await;
        assert_eq!(flow.kind, "signIn");
        assert_eq!(flow.actions(), ["passkey:auth", "otp:email", "external"]);
        assert_eq!(flow.next_action(), "passkey:auth");
        let mails = flow.options("otp:email");
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0]["name"], "email:primary");
        assert_eq!(mails[0]["label"], "a***@example.com");
        let flow = world.mfa_begin(named("ada@example.com", "email")).await;
        assert_eq!(flow.options("otp:email")[0]["label"], "ada@example.com");
    })
    .await;
}

#[actix_web::test]
async fn a_name_that_nobody_has_makes_a_passkey() {
    on_each_store(async |world| {
        for (payload, kind, name) in [
            (None, "other", "new"),
            (Some("pay"), "email", "new@example.com"),
        ] {
            let mut body = named(name, kind);
            body["payload"] = payload.into();
            let flow = world.mfa_begin(body).await;
            assert_eq!(flow.kind, "signUp");
            assert_eq!(flow.actions(), ["passkey:reg", "external"]);
            let options = flow.browser_options("passkey:reg");
            assert_eq!(options["user"]["name"], name);
        }
    })
    .await;
}

#[actix_web::test]
async fn a_name_that_nobody_has_proves_itself_where_registration_is_locked() {
    on_each_store(async |world| {
        world
            .change(|settings| settings.application.registration_requires_token = true)
            .await;
        for (name, kind, actions) in [
            ("new", "other", &["external"][..]),
            ("new@example.com", "email", &["otp:email", "external"]),
            ("+46701234567", "phone", &["otp:sms", "external"]),
        ] {
            let flow = world.mfa_begin(named(name, kind)).await;
            assert_eq!(
                (flow.kind.as_str(), flow.actions()),
                ("signUp", actions.to_vec())
            );
        }
    })
    .await;
}

#[actix_web::test]
async fn a_user_without_a_passkey_proves_itself() {
    on_each_store(async |world| {
        world.person("ada").await;
        for payload in [None, Some("pay")] {
            let mut body = named("ada", "other");
            body["payload"] = payload.into();
            let flow = world.mfa_begin(body).await;
            assert_eq!(flow.kind, "signIn");
            assert_eq!(flow.actions(), ["otp:email", "external"]);
        }
    })
    .await;
}

#[actix_web::test]
async fn nobody_in_particular_shows_any_passkey() {
    on_each_store(async |world| {
        for body in [
            json!({}),
            json!({ "deviceInfo": {}, "user": { "username": "", "usernameType": "other" }, "payload": "pay" }),
            json!({ "user": { "username": " " }, "payload": "" }),
        ] {
            let flow = world.mfa_begin(body).await;
            assert_eq!(flow.kind, "signIn");
            assert_eq!(flow.actions(), ["passkey:auth", "external"]);
            let options = flow.browser_options("passkey:auth");
            assert_eq!(options["allowCredentials"], json!([]));
        }
    })
    .await;
}

#[actix_web::test]
async fn the_setting_takes_the_external_sign_in_away() {
    on_each_store(async |world| {
        world
            .change(|settings| {
                settings.application.mfa.external = false;
                settings.application.registration_requires_token = true;
            })
            .await;
        let flow = world.mfa_begin(json!({})).await;
        assert_eq!(flow.actions(), ["passkey:auth"]);
        // Nothing is left for this one.
        let answer = world
            .call_post("/mfa/begin", None, named("new", "other"))
            .await;
        assert_eq!(answer.refused(), (403, "forbidden".to_owned()));
    })
    .await;
}

#[actix_web::test]
async fn an_inactive_user_does_not_begin() {
    on_each_store(async |world| {
        let id = world.person("ada").await;
        let path = format!("/mgmt/users/{id}/deactivate");
        world.call(Method::PUT, &path, KEY, None).await.is_empty();
        let answer = world
            .call_post("/mfa/begin", None, named("ada", "other"))
            .await;
        assert_eq!(answer.refused(), (403, "forbidden".to_owned()));
    })
    .await;
}

#[actix_web::test]
async fn what_else_is_said_of_a_person_goes_to_the_event_alone() {
    on_each_store(async |world| {
        let mut body = named("ada", "other");
        body["user"]["name"] = format!(" Ada \"Countess\" {}", "x".repeat(300)).into();
        body["user"]["phone"] = "+4670123456".into();
        body["traceId"] = "trace-1".into();
        world.mfa_begin(body).await;
        let store = world.service.store();
        let events = store.events(&tenant(), 1, 10).await.unwrap().events;
        let told = &events[0].message;
        assert!(
            told.contains("ada, name \"Ada \\\"Countess\\\" xxx"),
            "{told}"
        );
        assert!(
            told.contains("x\", telephone \"+4670123456\"; trace trace-1."),
            "{told}"
        );
        assert!(told.len() < 400, "{told}");
        let empty = json!({ "user": { "username": "", "name": "", "phone": null } });
        world.mfa_begin(empty).await;
        let events = store.events(&tenant(), 1, 10).await.unwrap().events;
        assert!(!events[0].message.contains("telephone"));
    })
    .await;
}

#[actix_web::test]
async fn a_beginning_that_is_malformed_is_refused() {
    let world = World::new().await;
    for body in [
        json!({ "traceId": "x".repeat(129) }),
        json!({ "payload": "x".repeat(65537) }),
        json!({ "user": {} }),
        json!({ "user": { "username": "", "name": 1 } }),
        json!({ "user": { "username": "ada", "usernameType": "email" } }),
        json!({ "user": { "username": "x".repeat(256) } }),
        json!([]),
    ] {
        let answer = world.call_post("/mfa/begin", None, body).await;
        answer.is_bad_request();
    }
}
