use passkeyd_authenticator::{Device, passwordless::SignInAs};
use serde_json::{Value, json};

use crate::world::{MANAGEMENT, SECRET, World, on_each_store};

#[actix_web::test]
async fn a_credential_is_listed_with_every_member_that_an_sdk_reads() {
    on_each_store(async |world| {
        world.register(&mut Device::new(1), "u1").await;
        let by_query = world.get("/credentials/list?userid=u1", SECRET).await.ok();
        let by_body = world.post("/credentials/list", SECRET, json!({ "UserId": "u1" })).await;
        assert_eq!(by_query.text(), by_body.ok().text());
        let listed = by_query.json();
        let one = &listed["values"][0];
        assert_eq!(
            listed,
            json!({ "values": [{
                "descriptor": {
                    "type": "public-key", "id": one["descriptor"]["id"], "transports": ["internal", "hybrid"],
                },
                "publicKey": one["publicKey"], "userHandle": "dTE=", "signatureCounter": 0,
                "attestationFmt": "none", "createdAt": "2026-01-01T00:00:00",
                "aaGuid": "00000000-0000-0000-0000-000000000000", "lastUsedAt": "2026-01-01T00:00:00",
                "rpid": "localhost", "rpId": "localhost", "origin": "http://localhost:8080", "country": "",
                "device": "Other, Other", "nickname": "phone", "userId": "u1", "backupState": true,
                "isBackupEligible": true, "isDiscoverable": true,
            }] })
        );
        assert!(one["publicKey"].as_str().unwrap().len() > 50);
    })
    .await;
}

#[actix_web::test]
async fn a_list_without_a_user_is_refused_as_the_sdks_expect() {
    let world = World::new().await;
    assert_eq!(
        world.get("/credentials/list", SECRET).await.refusal(),
        (
            400,
            String::new(),
            "Required parameter \"string UserId\" was not provided from query string.".to_owned()
        )
    );
    let empty = world.get("/credentials/list?userId=", SECRET).await;
    let none = world.post("/credentials/list", SECRET, json!({})).await;
    for answer in [empty, none] {
        assert_eq!(
            answer.refusal().2,
            "One or more validation errors occurred."
        );
        assert_eq!(
            answer.problem()["errors"],
            json!({ "userId": ["The UserId field is required."] })
        );
    }
    assert_eq!(
        world.get("/alias/list", SECRET).await.refusal().2,
        "Required parameter \"string userId\" was not provided from query string."
    );
    let empty = world.get("/alias/list?userId=", SECRET).await;
    assert_eq!(
        empty.refusal(),
        (400, String::new(), "UserId is empty".to_owned())
    );
    for path in [
        "/credentials/list?userId=nobody",
        "/alias/list?userId=nobody",
    ] {
        assert_eq!(
            world.get(path, SECRET).await.ok().text(),
            r#"{"values":[]}"#
        );
    }
}

#[actix_web::test]
async fn a_credential_is_deleted_by_its_base64url() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        world.register(&mut device, "u1").await;
        let listed = world
            .get("/credentials/list?userId=u1", SECRET)
            .await
            .ok()
            .json();
        let id = listed["values"][0]["descriptor"]["id"].clone();
        let delete =
            |id: Value| world.post("/credentials/delete", SECRET, json!({ "credentialId": id }));
        for missing in [Value::Null, json!("")] {
            assert_eq!(
                delete(missing).await.refusal(),
                (
                    400,
                    String::new(),
                    "credentialId must not be null or empty".to_owned()
                )
            );
        }
        for malformed in ["a+b/", "a", "å", "AA=A"] {
            assert_eq!(delete(json!(malformed)).await.code(), (400, String::new()));
        }
        assert_eq!(delete(id.clone()).await.status, 204);
        let again = delete(id.clone()).await;
        assert_eq!(again.code(), (400, "unknown_credential".to_owned()));
        assert_eq!(again.problem()["credentialId"], id);
        let answer = world.sign_in(&mut device, &SignInAs::Discoverable).await;
        assert_eq!(answer.code(), (400, "unknown_credential".to_owned()));
    })
    .await;
}

#[actix_web::test]
async fn aliases_are_replaced_listed_and_removed() {
    on_each_store(async |world| {
        let set = |body: Value| world.post("/alias", SECRET, body);
        let listed = || world.get("/alias/list?userid=u1", SECRET);
        let body = json!({ "userId": "u1", "aliases": ["pjfry@passwordless.dev"] });
        assert_eq!(set(body).await.status, 204);
        assert_eq!(
            listed().await.ok().text(),
            r#"{"values":[{"userId":"u1","alias":"+iH1rNOgC9PsMZpqOJ9twmq+0OgHR8sNtwVMCxABRNc=","plaintext":null,"tenant":"test"}]}"#
        );
        let body = json!({ "userId": "u1", "aliases": ["plain", "plain"], "hashing": false });
        set(body).await.ok();
        assert_eq!(listed().await.json()["values"][0]["plaintext"], "plain");
        let conflict = set(json!({ "userId": "u2", "aliases": ["other", "plain"] })).await;
        assert_eq!(conflict.code(), (409, "alias_conflict".to_owned()));
        let missing = set(json!({ "userId": "u1" })).await;
        assert_eq!(
            missing.problem()["errors"],
            json!({ "aliases": ["The Aliases field is required."] })
        );
        set(json!({ "userId": "u1", "aliases": [] })).await.ok();
        assert_eq!(listed().await.text(), r#"{"values":[]}"#);
    })
    .await;
}

#[actix_web::test]
async fn users_are_listed_counted_and_deleted() {
    on_each_store(async |world| {
        world.register(&mut Device::new(1), "u1").await;
        let body = json!({ "userId": "u2", "aliases": ["a", "b"], "hashing": true });
        world.post("/alias", SECRET, body).await.ok();
        assert_eq!(
            world.get("/users/list", SECRET).await.ok().json(),
            json!({ "values": [
                { "userId": "u1", "aliasCount": 0, "aliases": [], "credentialsCount": 1, "lastUsedAt": "2026-01-01T00:00:00" },
                { "userId": "u2", "aliasCount": 2, "aliases": [null, null], "credentialsCount": 0, "lastUsedAt": null },
            ] })
        );
        assert_eq!(world.get("/users/count", SECRET).await.text(), r#"{"count":1}"#);
        for user in ["u1", "u2", "nobody"] {
            let answer = world.post("/users/delete", SECRET, json!({ "userId": user })).await;
            assert_eq!((answer.status, answer.text()), (200, ""));
        }
        assert_eq!(world.get("/users/list", SECRET).await.text(), r#"{"values":[]}"#);
        let answer = world.post("/users/delete", SECRET, json!({ "userId": " " })).await;
        assert_eq!(
            answer.problem()["errors"],
            json!({ "userId": ["The UserId field is required."] })
        );
    })
    .await;
}

#[actix_web::test]
async fn what_happened_is_told_newest_first() {
    on_each_store(async |world| {
        let token = world.register(&mut Device::new(1), "u1").await;
        world.verify(&token).await.ok();
        let page = world
            .get("/events?pageNumber=1&numberOfResults=", SECRET)
            .await;
        let page = page.ok().json();
        assert_eq!(
            (&page["tenantId"], &page["totalEventCount"]),
            (&json!("test"), &json!(4))
        );
        let kinds: Vec<_> = page["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["eventType"].as_str().unwrap())
            .collect();
        assert_eq!(
            kinds,
            [
                "ApiUserSignInVerified",
                "ApiAuthPasskeyRegistrationCompleted",
                "ApiAuthPasskeyRegistrationBegan",
                "ApiAuthUserRegistered",
            ]
        );
        let newest = &page["events"][0];
        assert_eq!(newest["severity"], "Informational");
        assert_eq!(newest["performedAt"], "2026-01-01T00:00:00");
        assert_eq!(
            (&newest["apiKeyId"], &newest["tenantId"]),
            (&json!("6d02"), &json!("test"))
        );
        let past = world
            .get("/events?pageNumber=2&numberOfResults=4", SECRET)
            .await
            .ok();
        assert_eq!(past.json()["events"], json!([]));
        for (query, title) in [
            (
                "",
                "Required parameter \"int PageNumber\" was not provided from query string.",
            ),
            (
                "?pageNumber=x",
                "Failed to bind parameter \"int PageNumber\" from \"x\".",
            ),
            ("?pageNumber=0", "One or more validation errors occurred."),
            (
                "?pageNumber=1&numberOfResults=1001",
                "One or more validation errors occurred.",
            ),
        ] {
            let answer = world.get(&format!("/events{query}"), SECRET).await;
            assert_eq!(answer.refusal(), (400, String::new(), title.to_owned()));
        }
        world
            .post("/admin/apps/test/features", MANAGEMENT, json!({}))
            .await
            .ok();
        let off = world.get("/events?pageNumber=1", SECRET).await;
        assert_eq!(off.status, 403);
        assert_eq!(
            off.problem()["type"],
            "https://docs.passwordless.dev/guide/errors.html#forbidden"
        );
    })
    .await;
}

#[actix_web::test]
async fn configurations_are_made_changed_and_deleted() {
    on_each_store(async |world| {
        let built_in = json!({
            "purpose": "sign-in", "userVerificationRequirement": "preferred", "timeToLive": 120, "hints": "",
            "createdBy": "System", "createdOn": null, "editedBy": null, "editedOn": null, "lastUsedOn": null,
        });
        let listed = world.get("/auth-configs/list?purpose=sign-in", SECRET).await.ok().json();
        assert_eq!(listed, json!({ "configurations": [built_in] }));
        let config = |purpose: &str| {
            json!({ "purpose": purpose, "timeToLive": "1.00:00:01", "hints": [0, "hybrid"], "performedBy": "ops" })
        };
        let post = |path: &'static str, body: Value| world.post(path, SECRET, body);
        let added = post("/auth-configs/add", config("transfer")).await;
        assert_eq!((added.status, added.text()), (201, ""));
        let listed = world.get("/auth-configs/list?purpose=transfer", SECRET).await.ok().json();
        let one = &listed["configurations"][0];
        assert_eq!(one["timeToLive"], 86_401);
        assert_eq!(one["hints"], "SecurityKey, Hybrid");
        assert_eq!(one["createdOn"], "2026-01-01T00:00:00+00:00");
        for exists in ["transfer", "sign-in", "step-up"] {
            let answer = post("/auth-configs/add", config(exists)).await;
            let title = format!("The configuration {exists} already exists.");
            assert_eq!(answer.refusal(), (400, String::new(), title));
        }
        assert_eq!(post("/auth-configs/", config("sign-in")).await.status, 204);
        let unknown = post("/auth-configs", config("unknown")).await;
        let title = "The configuration unknown does not exist.".to_owned();
        assert_eq!(unknown.refusal(), (404, String::new(), title));
        let delete = |purpose: &str| {
            let body = json!({ "purpose": purpose, "performedBy": "ops" });
            world.post("/auth-configs/delete", SECRET, body)
        };
        assert_eq!(
            delete("step-up").await.refusal(),
            (
                400,
                String::new(),
                "The step-up configuration cannot be deleted.".to_owned()
            )
        );
        assert_eq!(delete("transfer").await.status, 204);
        for unknown in ["transfer", "no such thing!"] {
            assert_eq!(delete(unknown).await.refusal().0, 404);
        }
        let bad = json!({ "purpose": "a b", "timeToLive": "00:00:00" });
        assert_eq!(
            post("/auth-configs/add", bad).await.problem()["errors"],
            json!({
                "purpose": ["Characters are limited to A-z, 0-9, -, or _."],
                "timeToLive": ["The field TimeToLive must be a positive time span of at most 3650 days."],
                "performedBy": ["The PerformedBy field is required."],
            })
        );
    })
    .await;
}

#[actix_web::test]
async fn the_old_name_of_the_retention_is_understood() {
    let world = World::new().await;
    for (body, days) in [
        (json!({ "eventLoggingRetentionPeriod": 7 }), 7),
        (json!({ "auditLoggingRetentionPeriod": "30" }), 30),
        (json!({}), 30),
    ] {
        world.post("/apps/features", SECRET, body).await.ok();
        let features = world
            .get("/admin/apps/test/features", MANAGEMENT)
            .await
            .ok()
            .json();
        assert_eq!(features["eventLoggingRetentionPeriod"], days);
    }
    let answer = world
        .post(
            "/apps/features",
            SECRET,
            json!({ "eventLoggingRetentionPeriod": 91 }),
        )
        .await;
    assert_eq!(
        answer.problem()["errors"],
        json!({ "eventLoggingRetentionPeriod": ["The field EventLoggingRetentionPeriod must be between 0 and 90."] })
    );
}
