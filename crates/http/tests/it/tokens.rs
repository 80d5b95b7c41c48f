use std::time::Duration;

use passkeyd_authenticator::{Device, passwordless::SignInAs};
use serde_json::{Value, json};

use crate::world::{Answer, MANAGEMENT, ORIGIN, PUBLIC, RP_ID, SECRET, World, on_each_store};

/// The endpoints that take a token: the prefix they want, and a body with the token in it.
async fn present(world: &World, prefix: &str, token: Value) -> Answer {
    let response = json!({
        "id": "AQ", "rawId": "AQ", "type": "public-key",
        "response": {
            "clientDataJSON": "e30", "attestationObject": "oA", "authenticatorData": "AA", "signature": "AA",
        },
    });
    let page = json!({ "RPID": RP_ID, "Origin": ORIGIN });
    let mut body = page.clone();
    match prefix {
        "register_" => {
            body["token"] = token;
            world.post("/register/begin", PUBLIC, body).await
        }
        "verify_" => {
            world
                .post("/signin/verify", SECRET, json!({ "token": token }))
                .await
        }
        _ => {
            body["session"] = token;
            body["response"] = response;
            let path = if prefix == "session_" {
                "/signin/complete"
            } else {
                "/register/complete"
            };
            world.post(path, PUBLIC, body).await
        }
    }
}

const PREFIXES: [&str; 4] = [
    "register_",
    "verify_",
    "session_",
    "session_ of a registration",
];

fn wire(prefix: &str) -> &str {
    prefix.split(' ').next().unwrap()
}

#[actix_web::test]
async fn no_token_is_missing_token() {
    let world = World::new().await;
    for prefix in PREFIXES {
        let answer = present(&world, prefix, Value::Null).await;
        assert_eq!(
            answer.refusal(),
            (
                400,
                "missing_token".to_owned(),
                format!(
                    "This operation requires a token that starts with '{}' to be passed.",
                    wire(prefix)
                )
            )
        );
    }
}

#[actix_web::test]
async fn a_token_of_another_prefix_is_invalid_and_its_start_is_told() {
    let world = World::new().await;
    for prefix in PREFIXES {
        for (token, start) in [
            ("", ""),
            ("abc", "abc"),
            ("other_0123456789", "other_0123"),
            ("åäö_åäö_åäö_", "åäö_åäö_åä"),
        ] {
            let answer = present(&world, prefix, json!(token)).await;
            assert_eq!(
                answer.refusal(),
                (
                    400,
                    "invalid_token".to_owned(),
                    format!(
                        "The token you sent was not correct. The token used for this endpoint should start with '{}'. \
                         Make sure you are not sending the wrong value. The value you sent started with '{start}'",
                        wire(prefix)
                    )
                )
            );
        }
    }
}

#[actix_web::test]
async fn garbage_behind_the_right_prefix_is_a_wrong_format() {
    let world = World::new().await;
    for prefix in PREFIXES {
        for garbage in ["", "!!", "å", "a b", "AAA="] {
            let token = json!(format!("{}{garbage}", wire(prefix)));
            let (status, code, title) = present(&world, prefix, token).await.refusal();
            assert_eq!(
                (status, code.as_str()),
                (400, "invalid_token_format"),
                "{garbage}"
            );
            assert_eq!(
                title,
                "The token you supplied was not formatted correctly. It should be valid base64url."
            );
        }
    }
}

#[actix_web::test]
async fn a_changed_token_is_refused_wherever_it_is_changed() {
    let world = World::new().await;
    let token = world.register_token("u").await;
    let good = world.page.register_begin(&token);
    world.post("/register/begin", PUBLIC, good).await.ok();
    for at in "register_".len()..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let (status, code) = present(&world, "register_", json!(changed)).await.code();
        assert_eq!(status, 400);
        assert!(
            ["invalid_token", "invalid_token_format"].contains(&code.as_str()),
            "{at} {code}"
        );
    }
}

#[actix_web::test]
async fn a_token_under_the_prefix_of_another_kind_is_invalid() {
    on_each_store(async |world| {
        let register = world.register_token("u").await;
        let verify = world.register(&mut Device::new(1), "u").await;
        let sign_in = world.sign_in_begin(&SignInAs::Discoverable).await["session"].clone();
        let registration = world.register_begin("u").await["session"].clone();
        let inside = |token: &str| token.split_once('_').unwrap().1.to_owned();
        let sign_in = sign_in.as_str().unwrap();
        let registration = registration.as_str().unwrap();
        for (prefix, token) in [
            ("verify_", &register),
            ("session_", &register),
            ("register_", &verify),
            ("verify_", &sign_in.to_owned()),
            ("session_", &registration.to_owned()),
            ("session_ of a registration", &sign_in.to_owned()),
        ] {
            let token = format!("{}{}", wire(prefix), inside(token));
            let answer = present(world, prefix, json!(token)).await;
            assert_eq!(answer.code(), (400, "invalid_token".to_owned()), "{prefix}");
        }
    })
    .await;
}

#[actix_web::test]
async fn a_token_of_another_app_is_invalid() {
    on_each_store(async |world| {
        let other = world.post("/admin/apps/other/create", MANAGEMENT, json!({})).await;
        let other = other.ok().json();
        let token = world.register(&mut Device::new(1), "u").await;
        let key = ("ApiSecret", other["apiSecret1"].as_str().unwrap());
        let answer = world.post("/signin/verify", key, json!({ "token": token })).await;
        assert_eq!(
            answer.refusal(),
            (
                400,
                "invalid_token".to_owned(),
                "The token you supplied was not valid. It could be that the token has expired or that it was not issued for this tenant.".to_owned()
            )
        );
    })
    .await;
}

#[actix_web::test]
async fn expired_tokens_tell_for_how_long() {
    on_each_store(async |world| {
        let register = world.register_token("u").await;
        let verify = world.register(&mut Device::new(1), "u").await;
        let session = world.sign_in_begin(&SignInAs::Discoverable).await["session"].clone();
        world.advance(Duration::from_secs(120));
        // At the very instant of its end a token is still good.
        world.verify(&verify).await.ok();
        present(world, "register_", json!(register)).await.ok();
        world.advance(Duration::from_secs(10));
        for (prefix, token) in [("register_", json!(register)), ("verify_", json!(verify))] {
            assert_eq!(
                present(world, prefix, token).await.refusal(),
                (
                    403,
                    "expired_token".to_owned(),
                    "The token expired 10 seconds ago.".to_owned()
                )
            );
        }
        world.advance(Duration::from_secs(170 + 65));
        let answer = present(world, "session_", session).await;
        assert_eq!(answer.refusal().2, "The token expired 1 minute ago.");
    })
    .await;
}

#[actix_web::test]
async fn a_verify_token_may_be_verified_again() {
    on_each_store(async |world| {
        let token = world.register(&mut Device::new(1), "u").await;
        let first = world.verify(&token).await.ok();
        assert_eq!(world.verify(&token).await.ok().text(), first.text());
    })
    .await;
}

#[actix_web::test]
async fn a_token_can_be_made_without_a_passkey() {
    on_each_store(async |world| {
        let path = "/signin/generate-token";
        let answer = world.post(path, SECRET, json!({ "userId": 7 })).await.ok();
        let verified = world.verify(&answer.token()).await.ok();
        let token_id = verified.json()["tokenId"].as_str().unwrap().to_owned();
        assert_eq!(
            verified.text(),
            format!(
                r#"{{"userId":"7","timestamp":"2026-01-01T00:00:00Z","rpId":null,"origin":"","success":true,"device":"","country":"","nickname":null,"credentialId":"","purpose":"sign-in","expiresAt":"2026-01-01T00:02:00Z","tokenId":"{token_id}","type":"generated_signin"}}"#
            )
        );
        let body = json!({ "userId": "u", "timeToLive": "30", "purpose": "any thing", "RPID": "r" });
        let answer = world.post(path, SECRET, body).await.ok();
        let verified = world.verify(&answer.token()).await.ok().json();
        assert_eq!(verified["purpose"], "any thing");
        assert_eq!((&verified["rpId"], &verified["rpid"]), (&json!("r"), &json!("r")));
        assert_eq!(verified["expiresAt"], "2026-01-01T00:00:30Z");
        for lifetime in [0, -1, 604_801] {
            let body = json!({ "timeToLive": lifetime });
            let answer = world.post(path, SECRET, body).await;
            assert_eq!(
                answer.problem()["errors"],
                json!({
                    "userId": ["The UserId field is required."],
                    "timeToLive": ["The field TimeToLiveSeconds must be between 1 and 604800."],
                })
            );
        }
    })
    .await;
}

#[actix_web::test]
async fn generated_tokens_can_be_switched_off() {
    on_each_store(async |world| {
        let off = json!({ "enableManuallyGeneratedAuthenticationTokens": false });
        world.post("/apps/features", SECRET, off).await.ok();
        let path = "/signin/generate-token";
        let answer = world.post(path, SECRET, json!({ "userId": "u" })).await;
        assert_eq!(
            answer.refusal(),
            (
                403,
                String::new(),
                "The 'POST /signin/generate-token' endpoint is disabled".to_owned()
            )
        );
        assert_eq!(answer.problem()["errorCode"], Value::Null);
        // What is wrong with the request is said first.
        assert_eq!(world.post(path, SECRET, json!({})).await.status, 400);
    })
    .await;
}
