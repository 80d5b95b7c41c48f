use actix_web::http::Method;
use serde_json::{Value, json};

use super::KEY;
use crate::world::{World, on_each_store};

const NOBODY: &str = "/profile/5e084987-3b3d-4cd7-8b19-385f8f5e253b";

#[actix_web::test]
async fn an_address_is_proven_by_its_code() {
    on_each_store(async |world| {
        let id = world.person("ada").await;
        let path = format!("/profile/{id}/email");
        let body = json!({ "email": "new@example.com" });
        world.call_post(&path, KEY, body.clone()).await.is_empty();
        let code = world.outbox.code();
        let prove = async |path: &str, name: &str, code: &str| {
            let body = json!({ "authCode": code, "username": name });
            world.call_post(path, None, body).await
        };
        let wrong = if code == "000000" { "1" } else { "000000" };
        prove("/profile/email/verify", "ada", wrong)
            .await
            .is_bad_request();
        prove("/profile/email/verify", "nobody", &code)
            .await
            .is_not_found();
        prove("/profile/phone/verify", "ada", &code)
            .await
            .is_not_found();
        prove("/profile/email/verify", "NEW@example.com", &code)
            .await
            .is_empty();
        prove("/profile/email/verify", "ada", &code)
            .await
            .is_not_found();

        world
            .call(Method::DELETE, &path, KEY, Some(body.clone()))
            .await
            .is_empty();
        world
            .call(Method::DELETE, &path, KEY, Some(body))
            .await
            .is_not_found();
    })
    .await;
}

#[actix_web::test]
async fn a_telephone_number_comes_and_goes() {
    on_each_store(async |world| {
        let id = world.person("ada").await;
        let path = format!("/profile/{id}/phone");
        let number = |consent: bool, verify: bool| {
            json!({
                "phoneNumber": "+46701234567", "messagingConsent": consent, "requestVerification": verify,
            })
        };
        world.call_post(&path, KEY, number(false, true)).await.is_bad_request();
        world.call_post(&path, KEY, number(false, false)).await.is_empty();
        world.call_post("/auth/otp/sms", None, super::user("ada")).await.is_empty();
        assert_eq!(world.outbox.take(), [Value::Null; 0]);
        world.call_post(&path, KEY, number(true, false)).await.is_empty();
        world.call_post("/auth/otp/sms", None, super::user("ada")).await.is_empty();
        assert_eq!(world.outbox.take()[0]["channel"], "sms");
        world.call(Method::DELETE, &path, KEY, None).await.is_empty();
        world.call(Method::DELETE, &path, KEY, None).await.is_not_found();
    })
    .await;
}

#[actix_web::test]
async fn a_profile_is_deleted_with_its_user() {
    on_each_store(async |world| {
        let id = world.person("ada").await;
        let path = format!("/profile/{id}");
        world
            .call(Method::DELETE, &path, KEY, None)
            .await
            .is_empty();
        world
            .call(Method::DELETE, &path, KEY, None)
            .await
            .is_not_found();
        assert_eq!(world.person("ada").await, id);
    })
    .await;
}

#[actix_web::test]
async fn profiles_are_for_keys_that_may_write_them() {
    let world = World::new().await;
    let id = world.person("ada").await;
    let email = || Some(json!({ "email": "new@example.com" }));
    let phone = || Some(json!({ "phoneNumber": "+46701234567", "requestVerification": false }));
    for (method, path, body) in [
        (Method::DELETE, String::new(), None),
        (Method::POST, "/email".to_owned(), email()),
        (Method::DELETE, "/email".to_owned(), email()),
        (Method::POST, "/phone".to_owned(), phone()),
        (Method::DELETE, "/phone".to_owned(), None),
    ] {
        let own = format!("/profile/{id}{path}");
        let scope = "profile:write";
        world
            .needs_scope(method.clone(), &own, scope, body.clone())
            .await;
        for nobody in [NOBODY, "/profile/x", "/profile/%00"] {
            let path = format!("{nobody}{path}");
            let answer = world.call(method.clone(), &path, KEY, body.clone()).await;
            answer.is_not_found();
        }
    }
}

#[actix_web::test]
async fn what_is_malformed_is_refused() {
    let world = World::new().await;
    let id = world.person("ada").await;
    world.person("bob").await;
    for body in [
        json!({}),
        json!({ "email": 1 }),
        json!({ "email": "nowhere" }),
        json!({ "email": "BOB@example.com" }),
        json!({ "email": "a@b.c", "requestVerification": "yes" }),
    ] {
        let path = format!("/profile/{id}/email");
        world.call_post(&path, KEY, body).await.is_bad_request();
    }
    for body in [
        json!({}),
        json!({ "phoneNumber": "0701234567" }),
        json!({ "phoneNumber": "+46701234567" }),
        json!({ "phoneNumber": "+46701234567", "messagingConsent": 1 }),
    ] {
        let path = format!("/profile/{id}/phone");
        world.call_post(&path, KEY, body).await.is_bad_request();
    }
    for body in [
        json!({}),
        json!({ "authCode": "1" }),
        json!({ "authCode": 1, "username": "ada" }),
    ] {
        for path in ["/profile/email/verify", "/profile/phone/verify"] {
            world
                .call_post(path, None, body.clone())
                .await
                .is_bad_request();
        }
    }
}
