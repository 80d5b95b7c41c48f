use actix_web::http::Method;
use serde_json::{Value, json};

use super::{claims, tenant, user};
use crate::world::{World, on_each_store};

async fn verify(world: &World, name: &str, code: &str) -> crate::world::Answer {
    let mut body = user(name);
    body["authCode"] = code.into();
    world.call_post("/auth/otp/verify", None, body).await
}

#[actix_web::test]
async fn a_code_is_a_token_of_its_owner_once() {
    on_each_store(async |world| {
        let id = world.person("ada").await;
        world
            .call_post("/auth/otp/email", None, user("ADA"))
            .await
            .is_empty();
        let code = world.outbox.code();
        let answer = verify(world, "ADA@example.com", &code).await.ok().json();
        assert_eq!(answer["userId"], id.as_str());
        let claims = claims(answer["jwtAccess"].as_str().unwrap());
        assert_eq!(claims["sub"], id.as_str());
        assert_eq!(claims["username"], "ada@example.com");
        assert_eq!(claims["tokenType"], "jwtAccess");
        assert_eq!(claims.get("credID"), None);
        let scopes = claims["scopes"].as_array().unwrap();
        assert!(scopes.contains(&"reg:write".into()));
        verify(world, "ada", &code).await.is_bad_request();
    })
    .await;
}

#[actix_web::test]
async fn a_signed_in_user_is_shown_a_code_for_another_device() {
    on_each_store(async |world| {
        world.person("ada").await;
        world
            .call_post("/auth/otp/email", None, user("ada"))
            .await
            .is_empty();
        let mailed = world.outbox.code();
        let signed_in = verify(world, "ada", &mailed).await.ok().json();
        let token = signed_in["jwtAccess"].as_str().unwrap();
        let mut codes = Vec::new();
        for authorization in [token.to_owned(), format!("Bearer {token}")] {
            // The SDK sends neither body nor content type.
            let answer = world
                .call(Method::POST, "/auth/otp", Some(&authorization), None)
                .await
                .ok()
                .json();
            assert_eq!(answer["expiresAt"], "2026-01-01T00:05:00Z");
            codes.push(answer["code"].as_str().unwrap().to_owned());
        }
        verify(world, "ada", &codes[0]).await.is_bad_request();
        assert_eq!(verify(world, "ada", &codes[1]).await.status, 200);
    })
    .await;
}

#[actix_web::test]
async fn a_code_is_shown_to_those_only_who_may_ask() {
    on_each_store(async |world| {
        let id = world.person("ada").await;
        for authorization in [None, Some(""), Some("a.b.c"), Some("nonsense")] {
            let answer = world
                .call(Method::POST, "/auth/otp", authorization, None)
                .await;
            assert_eq!(answer.refused(), (401, "unauthorized".to_owned()));
        }
        let granted = async |grant: &str| {
            let body = json!({ "grants": [grant], "username": "ada" });
            let answer = world.call_post("/mgmt/grant", super::KEY, body).await;
            answer.ok().token()
        };
        let (other, good) = (granted("passkey:read").await, granted("auth:write").await);
        let asked = async |token: &str| {
            world
                .call(Method::POST, "/auth/otp", Some(token), None)
                .await
        };
        assert_eq!(asked(&other).await.refused(), (403, "forbidden".to_owned()));
        let path = format!("/mgmt/users/{id}/deactivate");
        world
            .call(Method::PUT, &path, super::KEY, None)
            .await
            .is_empty();
        assert_eq!(asked(&good).await.refused(), (403, "forbidden".to_owned()));
        let path = format!("/mgmt/users/{id}");
        world
            .call(Method::DELETE, &path, super::KEY, None)
            .await
            .is_empty();
        asked(&good).await.is_not_found();
    })
    .await;
}

#[actix_web::test]
async fn nobody_is_told_who_has_an_account() {
    on_each_store(async |world| {
        world.person("ada").await;
        for path in ["/auth/otp/email", "/auth/otp/sms"] {
            for name in ["nobody", "nobody@example.com", "+46700000000"] {
                world.call_post(path, None, user(name)).await.is_empty();
                verify(world, name, "000000").await.is_bad_request();
            }
        }
        // No telephone number is known of her.
        world
            .call_post("/auth/otp/sms", None, user("ada"))
            .await
            .is_empty();
        assert_eq!(world.outbox.take(), [Value::Null; 0]);
    })
    .await;
}

#[actix_web::test]
async fn what_is_malformed_is_refused() {
    let world = World::new().await;
    for body in [
        json!({}),
        json!([]),
        json!({ "user": null }),
        json!({ "user": "ada" }),
        json!({ "user": {} }),
        user(" "),
        user(&"x".repeat(256)),
        user("a\0b"),
        json!({ "user": { "username": 7 } }),
        json!({ "user": { "username": "ada", "usernameType": "fax" } }),
        json!({ "user": { "username": "ada", "usernameType": "email" } }),
        json!({ "user": { "username": "0701234567", "usernameType": "phone" } }),
    ] {
        for path in ["/auth/otp/email", "/auth/otp/sms", "/auth/otp/verify"] {
            let mut body = body.clone();
            if path.ends_with("verify") && body.is_object() {
                body["authCode"] = "000000".into();
            }
            world.call_post(path, None, body).await.is_bad_request();
        }
    }
    world
        .call_post("/auth/otp/verify", None, user("ada"))
        .await
        .is_bad_request();
    for elsewhere in ["/apps/nobody/fido2/v2/auth/otp/email"] {
        let request = actix_web::test::TestRequest::post().uri(elsewhere);
        let answer = world.send_json(request, user("ada")).await;
        answer.is_not_found();
    }
}

#[actix_web::test]
async fn another_tenant_has_codes_of_its_own() {
    let world = World::new().await;
    world.person("ada").await;
    let other = "other".parse().unwrap();
    world
        .service
        .configure_app(&other, |_| (), Vec::new())
        .await
        .unwrap();
    world
        .call_post("/auth/otp/email", None, user("ada"))
        .await
        .is_not_found();
    let below = |app: &str, path: &str| format!("/apps/{app}/fido2/v2{path}");
    let send = async |app: &str, path: &str, body: Value| {
        let request = actix_web::test::TestRequest::post().uri(&below(app, path));
        world.send_json(request, body).await
    };
    assert_eq!(tenant().as_str(), "test");
    send("other", "/auth/otp/email", user("ada"))
        .await
        .is_empty();
    assert_eq!(world.outbox.take(), [Value::Null; 0]);
    send("test", "/auth/otp/email", user("ada"))
        .await
        .is_empty();
    let mut body = user("ada");
    body["authCode"] = world.outbox.code().into();
    send("other", "/auth/otp/verify", body.clone())
        .await
        .is_bad_request();
    assert_eq!(send("test", "/auth/otp/verify", body).await.status, 200);
}
