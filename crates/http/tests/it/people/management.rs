use std::time::Duration;

use actix_web::http::Method;
use serde_json::json;

use super::{KEY, claims, user};
use crate::world::{World, on_each_store};

#[actix_web::test]
async fn a_user_is_deactivated_and_activated_again() {
    on_each_store(async |world| {
        let id = world.person("ada").await;
        let sent = async || {
            world.advance(Duration::from_secs(30));
            world
                .call_post("/auth/otp/email", None, user("ada"))
                .await
                .is_empty();
            world.outbox.take().len()
        };
        for (word, messages) in [("deactivate", 0), ("activate", 1)] {
            let path = format!("/mgmt/users/{id}/{word}");
            for method in [Method::PUT, Method::POST] {
                world.call(method, &path, KEY, None).await.is_empty();
            }
            assert_eq!(sent().await, messages, "{word}");
        }
        let path = format!("/mgmt/users/{id}");
        world
            .call(Method::DELETE, &path, KEY, None)
            .await
            .is_empty();
        for (method, path) in [
            (Method::DELETE, path.clone()),
            (Method::PUT, format!("{path}/activate")),
            (Method::PUT, format!("{path}/deactivate")),
            (Method::PUT, "/mgmt/users/x/activate".to_owned()),
        ] {
            world.call(method, &path, KEY, None).await.is_not_found();
        }
    })
    .await;
}

#[actix_web::test]
async fn users_are_changed_by_keys_that_may() {
    let world = World::new().await;
    let id = world.person("ada").await;
    for (method, path) in [
        (Method::DELETE, ""),
        (Method::PUT, "/activate"),
        (Method::PUT, "/deactivate"),
    ] {
        let path = format!("/mgmt/users/{id}{path}");
        world.needs_scope(method, &path, "user:write", None).await;
    }
    let path = format!("/mgmt/users/{id}/activate");
    let wrong = world.call(Method::GET, &path, KEY, None).await;
    assert_eq!(wrong.refused(), (405, "bad_request".to_owned()));
}

#[actix_web::test]
async fn a_grant_is_what_the_key_may_give() {
    on_each_store(async |world| {
        let id = world.person("ada").await;
        let key = world.key(&["passkey:read", "reg:write"]).await;
        let grant = async |grants: &[&str], name: &str| {
            let body = json!({ "grants": grants, "username": name });
            world.call_post("/mgmt/grant", Some(&key), body).await
        };
        let of_ada = grant(&["reg:write", "passkey:read"], "Ada")
            .await
            .ok()
            .token();
        let of_ada = claims(&of_ada);
        assert_eq!(of_ada["sub"], id.as_str());
        assert_eq!(of_ada["username"], "Ada");
        assert_eq!(of_ada["tokenType"], "authz");
        assert_eq!(of_ada["aud"], "test");
        assert_eq!(of_ada["scopes"], json!(["passkey:read", "reg:write"]));
        let life = of_ada["exp"].as_i64().unwrap() - of_ada["iat"].as_i64().unwrap();
        assert_eq!(life, 30);
        let of_nobody = claims(&grant(&["reg:write"], "new").await.ok().token());
        assert_eq!(
            (of_nobody.get("sub"), &of_nobody["username"]),
            (None, &json!("new"))
        );

        let refused = grant(&["reg:write", "auth:write"], "ada").await.refused();
        assert_eq!(refused, (403, "forbidden".to_owned()));
        for bad in [&[][..], &["user:write"], &["everything"]] {
            grant(bad, "ada").await.is_bad_request();
        }
        grant(&["reg:write"], " ").await.is_bad_request();
        for authorization in [None, Some("lid_nobodys")] {
            let body = json!({ "grants": ["reg:write"] });
            let answer = world.call_post("/mgmt/grant", authorization, body).await;
            assert_eq!(answer.refused(), (401, "unauthorized".to_owned()));
        }
    })
    .await;
}

#[actix_web::test]
async fn a_back_end_vouches_for_a_user() {
    let world = World::new().await;
    let path = "/mgmt/grant/external-auth";
    let body = || json!({ "username": "new" });
    let token = world.call_post(path, KEY, body()).await.ok().token();
    let claims = claims(&token);
    assert_eq!(claims["tokenType"], "externalAuth");
    assert_eq!(claims["username"], "new");
    assert_eq!(claims["scopes"], json!(["external:verify"]));
    assert!(claims["jti"].is_string());
    world.call_post(path, KEY, json!({})).await.is_bad_request();
    world
        .needs_scope(Method::POST, path, "external:verify", Some(body()))
        .await;
}

#[actix_web::test]
async fn tokens_are_verified_for_back_ends() {
    on_each_store(async |world| {
        world.person("ada").await;
        world
            .call_post("/auth/otp/email", None, user("ada"))
            .await
            .is_empty();
        let mut body = user("ada");
        body["authCode"] = world.outbox.code().into();
        let signed_in = world.call_post("/auth/otp/verify", None, body).await.ok();
        let token = signed_in.json()["jwtAccess"].as_str().unwrap().to_owned();
        let verify = async |token: &str, key: Option<&str>| {
            let body = json!({ "jwtAccess": token });
            world.call_post("/mgmt/token/verify", key, body).await
        };
        verify(&token, KEY).await.is_empty();
        let any_scope = world.key(&["passkey:read"]).await;
        verify(&token, Some(&any_scope)).await.is_empty();
        let unauthorized = (401, "unauthorized".to_owned());
        assert_eq!(verify(&token, None).await.refused(), unauthorized);

        // Changed, of a kind that is not for back ends, and at its end.
        let changed = format!("{}A", &token[..token.len() - 1]);
        let changed = if changed == token {
            format!("{}B", &token[..token.len() - 1])
        } else {
            changed
        };
        assert_eq!(verify(&changed, KEY).await.refused(), unauthorized);
        let grant = json!({ "grants": ["reg:write"], "username": "ada" });
        let grant = world
            .call_post("/mgmt/grant", KEY, grant)
            .await
            .ok()
            .token();
        assert_eq!(verify(&grant, KEY).await.refused(), unauthorized);
        for bad in ["", "nonsense", "a.b.c"] {
            verify(bad, KEY).await.is_bad_request();
        }
        world
            .call_post("/mgmt/token/verify", KEY, json!({}))
            .await
            .is_bad_request();
        world.advance(Duration::from_secs(600));
        assert_eq!(verify(&token, KEY).await.refused(), unauthorized);
    })
    .await;
}

#[actix_web::test]
async fn a_key_of_another_tenant_finds_nobody() {
    let world = World::new().await;
    let id = world.person("ada").await;
    let other = "other".parse().unwrap();
    world
        .service
        .configure_app(&other, |_| (), Vec::new())
        .await
        .unwrap();
    let scopes = [passkeyd_domain::Scope("user:write".to_owned())].into();
    let key = world
        .service
        .create_api_key(&other, scopes, "")
        .await
        .unwrap();
    let path = format!("/mgmt/users/{id}");
    let elsewhere = world
        .call(Method::DELETE, &path, Some(key.text()), None)
        .await;
    elsewhere.is_not_found();
    let below = format!("/apps/test/fido2/v2{path}");
    let request = actix_web::test::TestRequest::delete()
        .uri(&below)
        .insert_header(("Authorization", key.text()));
    assert_eq!(world.send(request).await.refused().0, 401);
}
