//! Section 3.4: each error code with its status and title, where the table says it comes from.

use std::time::Duration;

use actix_web::{http::Method, test::TestRequest};
use passkeyd_authenticator::{Device, passwordless::SignInAs};
use serde_json::{Value, json};

use super::{another_app, link_to, rows};
use crate::world::{Answer, MANAGEMENT, ORIGIN, PUBLIC, RP_ID, SECRET, World};

const INVALID: &str = "The token you supplied was not valid. It could be that the token has expired or that it was not issued for this tenant.";

/// Fails unless the answer is this refusal, with the link that belongs to its code.
fn is(answer: &Answer, status: u16, code: &str, title: &str) {
    assert_eq!(
        answer.refusal(),
        (status, code.to_owned(), title.to_owned())
    );
    let link = format!("https://docs.passwordless.dev/guide/errors.html#{code}");
    assert_eq!(answer.problem()["type"], link);
}

/// The same of an error without a code, which is null.
fn is_uncoded(answer: &Answer, status: u16, title: &str) {
    is(answer, status, "", title);
    assert_eq!(answer.problem()["errorCode"], Value::Null);
    assert!(
        answer
            .problem()
            .as_object()
            .unwrap()
            .contains_key("errorCode")
    );
}

async fn ask(world: &World, path: &str, body: Value) -> Answer {
    world.post(path, SECRET, body).await
}

async fn manage(world: &World, path: &str, body: Value) -> Answer {
    world.post(path, MANAGEMENT, body).await
}

async fn begin(world: &World, token: Value) -> Answer {
    let body = json!({ "token": token, "RPID": RP_ID, "Origin": ORIGIN });
    world.post("/register/begin", PUBLIC, body).await
}

/// A registration of the user with these wishes, to its end.
async fn registered_with(world: &World, wanted: Value) -> Answer {
    let token = ask(world, "/register/token", wanted).await.ok().token();
    let begun = begin(world, json!(token)).await.ok().json();
    let made = Device::new(7).create(&begun["data"], ORIGIN).unwrap();
    let body = world
        .page
        .register_complete(begun["session"].as_str().unwrap(), &made, None);
    world.post("/register/complete", PUBLIC, body).await
}

fn wanted(user_id: &str) -> Value {
    json!({ "userId": user_id, "username": "ada" })
}

rows! {
    missing_token_400: async |world| {
        is(&begin(world, Value::Null).await, 400, "missing_token",
            "This operation requires a token that starts with 'register_' to be passed.");
        is(&world.post("/signin/verify", SECRET, json!({})).await, 400, "missing_token",
            "This operation requires a token that starts with 'verify_' to be passed.");
    };

    invalid_token_400_of_a_wrong_prefix: async |world| {
        is(&begin(world, json!("verify_12345678")).await, 400, "invalid_token",
            "The token you sent was not correct. The token used for this endpoint should start with 'register_'. Make sure you are not sending the wrong value. The value you sent started with 'verify_123'");
        assert_eq!(begin(world, json!("")).await.code(), (400, "invalid_token".to_owned()));
    };

    invalid_token_400_of_another_app: async |world| {
        let (public, _) = another_app(world, "other", 0).await;
        let body = json!({ "token": world.register_token("u1").await, "RPID": RP_ID, "Origin": ORIGIN });
        is(&world.post("/register/begin", ("ApiKey", &public), body).await, 400, "invalid_token", INVALID);
    };

    invalid_token_400_of_a_key_that_has_retired: async |world| {
        let body = json!({ "userId": "u", "username": "u", "expiresAt": "2027-01-01T00:00:00Z" });
        let token = ask(world, "/register/token", body).await.ok().token();
        world.advance(Duration::from_secs(29 * 86_400));
        begin(world, json!(token)).await.ok();
        world.advance(Duration::from_secs(2 * 86_400));
        // The next one that is made finds that the ring is old.
        world.register_token("u2").await;
        is(&begin(world, json!(token)).await, 400, "invalid_token", INVALID);
    };

    invalid_token_format_400: async |world| {
        is(&begin(world, json!("register_!")).await, 400, "invalid_token_format",
            "The token you supplied was not formatted correctly. It should be valid base64url.");
    };

    expired_token_403_ten_seconds_after_its_end: async |world| {
        let token = world.register_token("u1").await;
        world.advance(Duration::from_secs(120));
        begin(world, json!(token)).await.ok();
        world.advance(Duration::from_secs(10));
        is(&begin(world, json!(token)).await, 403, "expired_token", "The token expired 10 seconds ago.");
    };

    max_users_reached_400_but_not_for_known_users: async |world| {
        world.register(&mut Device::new(1), "u1").await;
        manage(world, "/admin/apps/test/features", json!({ "maxUsers": 1 })).await.ok();
        is(&ask(world, "/register/token", wanted("u2")).await, 400, "max_users_reached", "Maximum number of users reached");
        ask(world, "/register/token", wanted("u1")).await.ok();
    };

    invalid_attestation_400: async |world| {
        for word in ["enterprise", "what"] {
            let mut body = wanted("u1");
            body["attestation"] = word.into();
            is(&ask(world, "/register/token", body).await, 400, "invalid_attestation", "Attestation type not supported");
        }
    };

    attestation_not_supported_on_plan_400: async |world| {
        manage(world, "/admin/apps/test/features", json!({})).await.ok();
        let mut body = wanted("u1");
        body["attestation"] = "direct".into();
        is(&ask(world, "/register/token", body).await, 400, "attestation_not_supported_on_plan",
            "Attestation type not supported on your plan");
    };

    attestation_not_supported_on_plan_403: async |world| {
        manage(world, "/admin/apps/test/features", json!({})).await.ok();
        is(&world.get("/authenticators/list?isAllowed=true", SECRET).await, 403, "attestation_not_supported_on_plan",
            "Attestation is not supported on your plan.");
    };

    alias_conflict_409_at_the_token_at_the_end_and_at_the_alias: async |world| {
        const TITLE: &str = "Alias is already in use by another userid";
        let mut body = wanted("u2");
        body["aliases"] = json!(["ada"]);
        let token = ask(world, "/register/token", body.clone()).await.ok().token();
        ask(world, "/alias", json!({ "userId": "u1", "aliases": ["ada"] })).await.ok();
        is(&ask(world, "/register/token", body).await, 409, "alias_conflict", TITLE);
        is(&ask(world, "/alias", json!({ "userId": "u2", "aliases": ["ada"] })).await, 409, "alias_conflict", TITLE);
        let begun = begin(world, json!(token)).await.ok().json();
        let made = Device::new(1).create(&begun["data"], ORIGIN).unwrap();
        let body = world.page.register_complete(begun["session"].as_str().unwrap(), &made, None);
        is(&world.post("/register/complete", PUBLIC, body).await, 409, "alias_conflict", TITLE);
        assert_eq!(world.get("/users/count", SECRET).await.ok().text(), r#"{"count":0}"#);
    };

    invalid_argument_400: async |world| {
        for (member, word) in [("authenticatorType", "pager"), ("userVerification", "optional")] {
            let mut body = wanted("u1");
            body[member] = word.into();
            let token = ask(world, "/register/token", body).await.ok().token();
            let refused = begin(world, json!(token)).await;
            assert_eq!(refused.code(), (400, "invalid_argument".to_owned()));
            let title = refused.refusal().2;
            assert!(title.contains(&format!("'{word}'")) && title.contains("preferred") | title.contains("platform"), "{title}");
        }
    };

    fido2_invalid_registration_400: async |world| {
        let begun = world.register_begin("u1").await;
        let made = Device::new(1).create(&begun["data"], ORIGIN).unwrap();
        let mut body = world.page.register_complete(begun["session"].as_str().unwrap(), &made, None);
        body["Origin"] = "https://elsewhere.example".into();
        let refused = world.post("/register/complete", PUBLIC, body).await;
        assert_eq!(refused.code(), (400, "fido2_invalid_registration".to_owned()));
    };

    attestation_required_400: async |world| {
        let allow = json!({ "aaGuids": ["0edd65bc-9b8d-4b1a-b208-21c6c8f1ad94"], "isAllowed": true });
        ask(world, "/authenticators/add", allow).await.ok();
        let refused = registered_with(world, wanted("u1")).await;
        assert_eq!(refused.code(), (400, "attestation_required".to_owned()));
    };

    authenticator_not_allowed_400: async |world| {
        let block = json!({ "aaGuids": ["00000000-0000-0000-0000-000000000000"], "isAllowed": false });
        ask(world, "/authenticators/add", block).await.ok();
        let refused = registered_with(world, wanted("u1")).await;
        assert_eq!(refused.code(), (400, "authenticator_not_allowed".to_owned()));
    };

    unknown_credential_400_with_the_id_as_it_was_sent: async |world| {
        const TITLE: &str = "We don't recognize the passkey you sent us.";
        let mut device = Device::new(1);
        world.register(&mut device, "u1").await;
        ask(world, "/users/delete", json!({ "userId": "u1" })).await.ok();
        let refused = world.sign_in(&mut device, &SignInAs::Discoverable).await;
        is(&refused, 400, "unknown_credential", TITLE);
        assert!(refused.problem()["credentialId"].is_string());
        let refused = ask(world, "/credentials/delete", json!({ "credentialId": "AQID" })).await;
        is(&refused, 400, "unknown_credential", TITLE);
        assert_eq!(refused.problem()["credentialId"], "AQID");
    };

    signin_complete_error_400: async |world| {
        let mut device = Device::new(1);
        world.register(&mut device, "u1").await;
        let begun = world.sign_in_begin(&SignInAs::UserId("u1")).await;
        let signed = device.get(&begun["data"], ORIGIN).unwrap();
        let mut body = world.page.sign_in_complete(begun["session"].as_str().unwrap(), &signed);
        body["response"]["response"]["signature"] = "AAAA".into();
        let refused = world.post("/signin/complete", PUBLIC, body).await;
        assert_eq!(refused.code(), (400, "signin_complete_error".to_owned()));
    };

    magic_link_email_admin_address_only_403_for_a_new_app: async |world| {
        let (_, secret) = another_app(world, "shop", 100).await;
        let send = |address: &'static str| world.post("/magic-links/send", ("ApiSecret", &secret), link_to(address));
        assert_eq!(send("ada@example.com").await.code(), (403, "magic_link_email_admin_address_only".to_owned()));
        send("BOSS@Example.com").await.ok();
        world.advance(Duration::from_secs(24 * 3600));
        send("ada@example.com").await.ok();
    };

    magic_link_email_quota_exceeded_429: async |world| {
        let (_, secret) = another_app(world, "shop", 4).await;
        world.advance(Duration::from_secs(2 * 86_400));
        let send = || world.post("/magic-links/send", ("ApiSecret", &secret), link_to("ada@example.com"));
        // Younger than three days: half of it.
        for _ in 0..2 {
            send().await.ok();
        }
        assert_eq!(send().await.code(), (429, "magic_link_email_quota_exceeded".to_owned()));
        world.advance(Duration::from_secs(40 * 86_400));
        send().await.ok();
    };

    too_many_magic_links_429_says_when_to_come_again: async |world| {
        let (_, secret) = another_app(world, "shop", 1000).await;
        world.advance(Duration::from_secs(40 * 86_400));
        let send = || world.post("/magic-links/send", ("ApiSecret", &secret), link_to("ada@example.com"));
        for _ in 0..10 {
            send().await.ok();
        }
        let refused = send().await;
        assert_eq!(refused.status, 429);
        assert!((1..=300).contains(&refused.header("retry-after").parse::<u32>().unwrap()));
        world.advance(Duration::from_secs(301));
        send().await.ok();
    };

    app_not_found_400: async |world| {
        is(&manage(world, "/admin/apps/nobody/mark-delete", json!({})).await, 400, "app_not_found", "App was not found.");
    };

    app_pending_deletion_400: async |world| {
        world.register(&mut Device::new(1), "u1").await;
        world.advance(Duration::from_secs(4 * 86_400));
        manage(world, "/admin/apps/test/mark-delete", json!({})).await.ok();
        is(&manage(world, "/admin/apps/test/mark-delete", json!({})).await, 400, "app_pending_deletion",
            "App is already pending to be deleted.");
    };

    app_not_pending_deletion_400_in_two_titles: async |world| {
        let delete = || world.send(TestRequest::delete().uri("/admin/apps/test").insert_header(MANAGEMENT));
        is(&delete().await, 400, "app_not_pending_deletion", "App was not scheduled for deletion.");
        world.register(&mut Device::new(1), "u1").await;
        world.advance(Duration::from_secs(4 * 86_400));
        manage(world, "/admin/apps/test/mark-delete", json!({})).await.ok();
        is(&delete().await, 400, "app_not_pending_deletion", "App cannot be deleted yet.");
    };

    create_api_key_scopes_required_400: async |world| {
        for (path, body) in [("public-keys", json!({})), ("secret-keys", json!({ "scopes": [] }))] {
            let refused = manage(world, &format!("/admin/apps/test/{path}"), body).await;
            is(&refused, 400, "create_api_key_scopes_required", "Please select at least one scope.");
        }
    };

    api_key_not_found_404: async |world| {
        for verb in ["lock", "unlock"] {
            let refused = manage(world, &format!("/admin/apps/test/api-keys/none/{verb}"), json!({})).await;
            is(&refused, 404, "api_key_not_found", "Apikey was not found");
        }
    };

    api_key_locked_401: async |world| {
        manage(world, "/admin/apps/test/api-keys/6d02/lock", json!({})).await.ok();
        let refused = world.get("/users/count", SECRET).await;
        assert_eq!(refused.refusal(), (401, "api_key_locked".to_owned(), "A valid 'ApiSecret' header is required.".to_owned()));
        assert_eq!(refused.problem()["detail"], "The value of your 'ApiSecret' is not valid.");
    };

    forbidden_403: async |world| {
        let made = manage(world, "/admin/apps/test/public-keys", json!({ "scopes": ["login"] })).await.ok().json();
        let key = ("ApiKey", made["apiKey"].as_str().unwrap());
        let refused = world.post("/register/begin", key, json!({})).await;
        is(&refused, 403, "forbidden", "You are forbidden from accessing this resource.");
        assert_eq!(refused.problem()["detail"],
            "You are unable to access this resource because you do not have the required permissions. Required scopes: register");
    };

    test_error_400: async |world| {
        is(&world.bare(Method::GET, "/health/throw/api").await, 400, "test_error", "Testing error response");
    };

    origin_is_required_400_without_a_code: async |world| {
        let token = world.register_token("u1").await;
        let body = json!({ "token": token, "RPID": RP_ID });
        is_uncoded(&world.post("/register/begin", PUBLIC, body).await, 400, "Origin is required.");
        let body = json!({ "RPID": RP_ID, "Origin": "" });
        is_uncoded(&world.post("/signin/begin", PUBLIC, body).await, 400, "Origin is required.");
    };

    userid_is_empty_400_without_a_code: async |world| {
        is_uncoded(&world.get("/alias/list?userId=", SECRET).await, 400, "UserId is empty");
    };

    credentialid_must_not_be_null_or_empty_400_without_a_code: async |world| {
        is_uncoded(&ask(world, "/credentials/delete", json!({})).await, 400, "credentialId must not be null or empty");
    };

    generate_token_disabled_403_without_a_code: async |world| {
        ask(world, "/apps/features", json!({ "enableManuallyGeneratedAuthenticationTokens": false })).await.ok();
        let refused = ask(world, "/signin/generate-token", json!({ "userId": "u" })).await;
        is_uncoded(&refused, 403, "The 'POST /signin/generate-token' endpoint is disabled");
    };

    magic_links_disabled_403_without_a_code: async |world| {
        ask(world, "/apps/features", json!({ "enableMagicLinks": false })).await.ok();
        let refused = ask(world, "/magic-links/send", link_to("ada@example.com")).await;
        is_uncoded(&refused, 403, "You must enable Magic Links in settings in order to use this feature.");
    };

    app_name_taken_409_without_a_code: async |world| {
        let refused = manage(world, "/admin/apps/test/create", json!({})).await;
        is_uncoded(&refused, 409, "accountName 'test' is not available");
    };

    configuration_exists_is_unknown_or_stays_without_a_code: async |world| {
        let body = |purpose: &str| json!({ "purpose": purpose, "timeToLive": "00:01:00", "performedBy": "ops" });
        is_uncoded(&ask(world, "/auth-configs/add", body("sign-in")).await, 400, "The configuration sign-in already exists.");
        is_uncoded(&ask(world, "/auth-configs", body("what")).await, 404, "The configuration what does not exist.");
        is_uncoded(&ask(world, "/auth-configs/delete", body("step-up")).await, 400, "The step-up configuration cannot be deleted.");
        is_uncoded(&ask(world, "/auth-configs/delete", body("what")).await, 404, "The configuration what does not exist.");
    };
}
