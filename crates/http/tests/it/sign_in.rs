use std::time::Duration;

use passkeyd_authenticator::{
    Behaviour, Deviations, Device, SignatureFault, passwordless::SignInAs,
};
use serde_json::{Value, json};

use crate::world::{ORIGIN, PUBLIC, SECRET, World, on_each_store};

#[actix_web::test]
async fn the_options_are_the_contracts_to_the_byte() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        world.register(&mut device, "u1").await;
        let body = world.page.sign_in_begin(&SignInAs::UserId("u1"));
        let answer = world.post("/signin/begin", PUBLIC, body).await.ok();
        let begun = answer.json();
        let challenge = begun["data"]["challenge"].as_str().unwrap();
        let session = begun["session"].as_str().unwrap();
        let id = begun["data"]["allowCredentials"][0]["id"].as_str().unwrap();
        assert_eq!(
            answer.text(),
            format!(
                r#"{{"data":{{"challenge":"{challenge}","timeout":60000,"rpId":"localhost","allowCredentials":[{{"type":"public-key","id":"{id}","transports":["internal","hybrid"]}}],"userVerification":"preferred","hints":[]}},"session":"{session}"}}"#
            )
        );
    })
    .await;
}

#[actix_web::test]
async fn a_user_signs_in_by_id_by_alias_and_by_a_discoverable_passkey() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        world.register(&mut device, "u1").await;
        let set = json!({ "userId": "u1", "aliases": ["ada@example.com"] });
        world.post("/alias", SECRET, set).await.ok();
        for user in [
            SignInAs::UserId("u1"),
            SignInAs::Alias("ada@example.com"),
            SignInAs::Discoverable,
        ] {
            world.advance(Duration::from_secs(60));
            let token = world.sign_in(&mut device, &user).await.ok().token();
            let verified = world.verify(&token).await.ok().json();
            assert_eq!(verified["userId"], "u1");
            assert_eq!(verified["type"], "passkey_signin");
            assert_eq!(verified["purpose"], "sign-in");
            assert_eq!(verified["nickname"], "phone");
            assert_eq!(verified["origin"], ORIGIN);
        }
        let listed = world
            .get("/credentials/list?userId=u1", SECRET)
            .await
            .ok()
            .json();
        assert_eq!(listed["values"][0]["createdAt"], "2026-01-01T00:00:00");
        assert_eq!(listed["values"][0]["lastUsedAt"], "2026-01-01T00:03:00");
    })
    .await;
}

#[actix_web::test]
async fn an_unknown_user_is_no_error_and_looks_like_nobody() {
    let world = World::new().await;
    for user in [
        SignInAs::UserId("nobody"),
        SignInAs::Alias("nobody"),
        SignInAs::UserId(""),
        SignInAs::Alias(""),
        SignInAs::Discoverable,
    ] {
        let begun = world.sign_in_begin(&user).await;
        assert_eq!(begun["data"]["allowCredentials"], json!([]));
    }
}

#[actix_web::test]
async fn origin_and_rp_id_are_required() {
    let world = World::new().await;
    for (body, title) in [
        (json!({}), "Origin is required."),
        (
            json!({ "RPID": "localhost", "Origin": "" }),
            "Origin is required.",
        ),
        (json!({ "Origin": ORIGIN }), "RPID is required."),
    ] {
        let answer = world.post("/signin/begin", PUBLIC, body).await;
        assert_eq!(answer.refusal(), (400, String::new(), title.to_owned()));
        assert_eq!(answer.problem()["errorCode"], Value::Null);
        assert_eq!(
            answer.problem()["type"],
            "https://docs.passwordless.dev/guide/errors.html#"
        );
    }
}

#[actix_web::test]
async fn an_unknown_passkey_is_named_as_it_was_sent() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        world.register(&mut device, "u1").await;
        let begun = world.sign_in_begin(&SignInAs::Discoverable).await;
        let signed = device.get(&begun["data"], ORIGIN).unwrap();
        world
            .post("/users/delete", SECRET, json!({ "userId": "u1" }))
            .await
            .ok();
        let body = world
            .page
            .sign_in_complete(begun["session"].as_str().unwrap(), &signed);
        let answer = world.post("/signin/complete", PUBLIC, body.clone()).await;
        assert_eq!(
            answer.refusal(),
            (
                400,
                "unknown_credential".to_owned(),
                "We don't recognize the passkey you sent us.".to_owned()
            )
        );
        let problem = answer.problem();
        assert_eq!(problem["credentialId"], body["response"]["id"]);
        assert_eq!(
            problem["type"],
            "https://docs.passwordless.dev/guide/errors.html#unknown_credential"
        );
    })
    .await;
}

#[actix_web::test]
async fn a_session_signs_in_once_and_not_after_five_minutes() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        world.register(&mut device, "u1").await;
        for (later, outcomes) in [
            (300, [(200, ""), (400, "invalid_token")]),
            (301, [(403, "expired_token"), (403, "expired_token")]),
        ] {
            let begun = world.sign_in_begin(&SignInAs::Discoverable).await;
            let signed = device.get(&begun["data"], ORIGIN).unwrap();
            let session = begun["session"].as_str().unwrap();
            let body = world.page.sign_in_complete(session, &signed);
            world.advance(Duration::from_secs(later));
            for (status, code) in outcomes {
                let answer = world.post("/signin/complete", PUBLIC, body.clone()).await;
                assert_eq!(answer.status, status, "{}", answer.text());
                if status != 200 {
                    assert_eq!(answer.code().1, code);
                }
            }
        }
    })
    .await;
}

#[actix_web::test]
async fn what_an_authenticator_or_its_client_does_wrong_is_refused() {
    on_each_store(async |world| {
        let mut device = Device::with(1, Behaviour::security_key());
        world.register(&mut device, "u1").await;
        world
            .sign_in(&mut device, &SignInAs::UserId("u1"))
            .await
            .ok();
        let one = |change: fn(&mut Deviations)| {
            let mut deviations = Deviations::default();
            change(&mut deviations);
            deviations
        };
        for (fault, deviations) in [
            (
                "type",
                one(|d| d.client_data_type = Some("webauthn.create".to_owned())),
            ),
            ("challenge", one(|d| d.challenge = Some("AAAA".to_owned()))),
            (
                "origin",
                one(|d| d.origin = Some("https://evil.example".to_owned())),
            ),
            (
                "client data",
                one(|d| d.client_data = Some(b"\xff".to_vec())),
            ),
            ("RP id", one(|d| d.rp_id = Some("evil.example".to_owned()))),
            ("user present", one(|d| d.flags = Some(0x04))),
            (
                "attested data that is not there",
                one(|d| d.flags = Some(0x45)),
            ),
            ("became backup eligible", one(|d| d.flags = Some(0x0d))),
            ("trailing", one(|d| d.trailing = vec![0])),
            ("counter that stands still", one(|d| d.sign_count = Some(1))),
            (
                "signature",
                one(|d| d.signature = SignatureFault::FlippedBit),
            ),
            (
                "truncated signature",
                one(|d| d.signature = SignatureFault::Truncated),
            ),
            (
                "signature of another message",
                one(|d| d.signature = SignatureFault::OtherMessage),
            ),
            ("no signature", one(|d| d.signature = SignatureFault::Empty)),
        ] {
            let begun = world.sign_in_begin(&SignInAs::UserId("u1")).await;
            let signed = device
                .get_deviating(&begun["data"], ORIGIN, &deviations)
                .unwrap();
            let session = begun["session"].as_str().unwrap();
            let body = world.page.sign_in_complete(session, &signed);
            let answer = world.post("/signin/complete", PUBLIC, body.clone()).await;
            let (status, code, title) = answer.refusal();
            assert_eq!(
                (status, code.as_str()),
                (400, "signin_complete_error"),
                "{fault}: {title}"
            );
            assert!(!title.is_empty());
            let again = world.post("/signin/complete", PUBLIC, body).await;
            assert_eq!(again.code(), (400, "invalid_token".to_owned()), "{fault}");
        }
        // A zero is always accepted, and does not disarm the counter.
        let zero = one(|d| d.sign_count = Some(0));
        for (deviations, status) in [(&zero, 200), (&one(|d| d.sign_count = Some(1)), 400)] {
            let begun = world.sign_in_begin(&SignInAs::UserId("u1")).await;
            let signed = device
                .get_deviating(&begun["data"], ORIGIN, deviations)
                .unwrap();
            let session = begun["session"].as_str().unwrap();
            let body = world.page.sign_in_complete(session, &signed);
            let answer = world.post("/signin/complete", PUBLIC, body).await;
            assert_eq!(answer.status, status, "{}", answer.text());
        }
    })
    .await;
}

#[actix_web::test]
async fn a_passkey_of_another_user_is_refused_where_the_user_was_named() {
    on_each_store(async |world| {
        let (mut one, mut two) = (Device::new(1), Device::new(2));
        world.register(&mut one, "u1").await;
        world.register(&mut two, "u2").await;
        let begun = world.sign_in_begin(&SignInAs::UserId("u1")).await;
        let mut options = begun["data"].clone();
        options["allowCredentials"] = json!([]);
        let signed = two.get(&options, ORIGIN).unwrap();
        let body = world
            .page
            .sign_in_complete(begun["session"].as_str().unwrap(), &signed);
        let answer = world.post("/signin/complete", PUBLIC, body).await;
        assert_eq!(answer.code(), (400, "signin_complete_error".to_owned()));
    })
    .await;
}

#[actix_web::test]
async fn a_user_handle_that_is_sent_must_be_the_owners() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        world.register(&mut device, "u1").await;
        // The text of the handle's base64url is what the iOS SDK registers by mistake.
        for (handle, status) in [("dTE", 200), ("ZFRF", 200), ("dTI", 400), ("", 400)] {
            let begun = world.sign_in_begin(&SignInAs::Discoverable).await;
            let signed = device.get(&begun["data"], ORIGIN).unwrap();
            let session = begun["session"].as_str().unwrap();
            let mut body = world.page.sign_in_complete(session, &signed);
            body["response"]["response"]["userHandle"] = json!(handle);
            let answer = world.post("/signin/complete", PUBLIC, body).await;
            assert_eq!(answer.status, status, "{handle:?} {}", answer.text());
        }
    })
    .await;
}

#[actix_web::test]
async fn the_purpose_decides_what_is_asked_and_is_told() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        world.register(&mut device, "u1").await;
        let body = json!({
            "purpose": "transfer", "timeToLive": "00:00:30", "userVerificationRequirement": "Required",
            "hints": ["hybrid"], "performedBy": "ops",
        });
        assert_eq!(world.post("/auth-configs/add", SECRET, body).await.status, 201);
        for (purpose, told, verification, lifetime) in [
            (json!("transfer"), "transfer", "required", "2026-01-01T00:00:30Z"),
            (json!("step-up"), "step-up", "required", "2026-01-01T00:03:00Z"),
            (json!("unheard of"), "sign-in", "preferred", "2026-01-01T00:02:00Z"),
            (json!(null), "sign-in", "preferred", "2026-01-01T00:02:00Z"),
            (json!(" "), "sign-in", "preferred", "2026-01-01T00:02:00Z"),
        ] {
            let mut body = world.page.sign_in_begin(&SignInAs::Discoverable);
            body["purpose"] = purpose;
            let begun = world.post("/signin/begin", PUBLIC, body).await.ok().json();
            assert_eq!(begun["data"]["userVerification"], verification, "{told}");
            let signed = device.get(&begun["data"], ORIGIN).unwrap();
            let session = begun["session"].as_str().unwrap();
            let body = world.page.sign_in_complete(session, &signed);
            let token = world.post("/signin/complete", PUBLIC, body).await.ok().token();
            let verified = world.verify(&token).await.ok().json();
            assert_eq!(verified["purpose"], told);
            assert_eq!(verified["expiresAt"], lifetime);
        }
        // User verification that was asked for is insisted on.
        let mut body = world.page.sign_in_begin(&SignInAs::Discoverable);
        body["purpose"] = json!("step-up");
        let begun = world.post("/signin/begin", PUBLIC, body).await.ok().json();
        device.behaviour.user_verified = false;
        let signed = device.get(&begun["data"], ORIGIN).unwrap();
        let session = begun["session"].as_str().unwrap();
        let body = world.page.sign_in_complete(session, &signed);
        let answer = world.post("/signin/complete", PUBLIC, body).await;
        assert_eq!(answer.code(), (400, "signin_complete_error".to_owned()));
    })
    .await;
}

#[actix_web::test]
async fn every_missing_or_malformed_part_of_the_response_is_400() {
    let world = World::new().await;
    let mut device = Device::new(1);
    world.register(&mut device, "u1").await;
    let begun = world.sign_in_begin(&SignInAs::Discoverable).await;
    let signed = device.get(&begun["data"], ORIGIN).unwrap();
    let session = begun["session"].as_str().unwrap();
    let good = world.page.sign_in_complete(session, &signed);
    for (outer, member) in [
        (true, "id"),
        (true, "rawId"),
        (true, "type"),
        (true, "response"),
        (false, "clientDataJson"),
        (false, "authenticatorData"),
        (false, "signature"),
    ] {
        for wrong in [Value::Null, json!("+/+"), json!(true), json!([1])] {
            let mut body = good.clone();
            let response = &mut body["response"];
            let place = if outer {
                response
            } else {
                &mut response["response"]
            };
            place[member] = wrong.clone();
            let answer = world.post("/signin/complete", PUBLIC, body).await;
            assert_eq!(answer.code(), (400, String::new()), "{member} {wrong}");
        }
    }
    // None of that has used the session up.
    world.post("/signin/complete", PUBLIC, good).await.ok();
}
