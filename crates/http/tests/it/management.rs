use std::time::Duration;

use passkeyd_authenticator::Device;
use serde_json::{Value, json};

use crate::world::{MANAGEMENT, SECRET, on_each_store};

#[actix_web::test]
async fn an_app_is_made_with_four_keys_that_work() {
    on_each_store(async |world| {
        let available = || world.get("/admin/apps/acme/available", MANAGEMENT);
        assert_eq!(available().await.ok().text(), r#"{"available":true}"#);
        let made = world.post("/admin/apps/acme/create", MANAGEMENT, json!({})).await;
        let keys = made.ok().json();
        assert_eq!(keys["message"], "Store keys safely. They will only be shown to you once.");
        for (name, kind) in [
            ("apiKey1", "public"),
            ("apiKey2", "public"),
            ("apiSecret1", "secret"),
            ("apiSecret2", "secret"),
        ] {
            let key = keys[name].as_str().unwrap();
            let (start, hex) = key.split_at(12);
            assert_eq!(start, format!("acme:{kind}:"));
            assert!(hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        }
        let secret = ("ApiSecret", keys["apiSecret2"].as_str().unwrap());
        world.get("/users/count", secret).await.ok();
        assert_eq!(available().await.text(), r#"{"available":false}"#);
        let again = world.post("/admin/apps/acme/create", MANAGEMENT, json!({})).await;
        assert_eq!(
            again.refusal(),
            (
                409,
                String::new(),
                "accountName 'acme' is not available".to_owned()
            )
        );
        let features = world.get("/admin/apps/acme/features", MANAGEMENT).await;
        assert_eq!(
            features.ok().text(),
            r#"{"eventLoggingIsEnabled":false,"eventLoggingRetentionPeriod":365,"developerLoggingEndsAt":null,"maxUsers":null,"allowAttestation":false,"isGenerateSignInTokenEndpointEnabled":true,"isMagicLinksEnabled":true}"#
        );
    })
    .await;
}

#[actix_web::test]
async fn the_names_of_apps_have_two_grammars() {
    on_each_store(async |world| {
        for (name, available, creatable) in [
            ("ab", false, false),
            ("Acme", false, false),
            ("1abc", false, false),
            ("a-b-c", false, false),
            ("localhost", true, false),
            (&"a".repeat(50) as &str, true, true),
            (&"a".repeat(51), false, true),
            (&"a".repeat(62), false, true),
            (&"a".repeat(63), false, false),
        ] {
            let path = format!("/admin/apps/{name}/available");
            let status = if available { 200 } else { 400 };
            let answer = world.get(&path, MANAGEMENT).await;
            assert_eq!(answer.status, status, "{name}");
            if !available {
                assert!(answer.problem()["errors"]["appId"].is_array());
            }
            let path = format!("/admin/apps/{name}/create");
            let status = if creatable { 200 } else { 400 };
            assert_eq!(
                world.post(&path, MANAGEMENT, json!({})).await.status,
                status,
                "{name}"
            );
        }
    })
    .await;
}

#[actix_web::test]
async fn keys_are_made_listed_and_deleted() {
    on_each_store(async |world| {
        let create = |path: &'static str, scopes: Value| {
            world.post(path, MANAGEMENT, json!({ "scopes": scopes }))
        };
        let made = create("/admin/apps/test/secret-keys", json!([0]))
            .await
            .ok()
            .json();
        let key = made["apiKey"].as_str().unwrap().to_owned();
        let id = &key[key.len() - 4..];
        let listed = world
            .get("/admin/apps/test/api-keys", MANAGEMENT)
            .await
            .ok()
            .json();
        let of = |id: &str| {
            let found = listed
                .as_array()
                .unwrap()
                .iter()
                .find(|key| key["id"] == id);
            found.unwrap().clone()
        };
        assert_eq!(
            of(id),
            json!({
                "id": id, "createdAt": "2026-01-01T00:00:00",
                "apiKey": format!("test:secret:{}{id}", "*".repeat(28)), "type": 2,
                "scopes": ["token_register"], "isLocked": false, "lastLockedAt": null,
            })
        );
        let public = of("9795");
        assert_eq!(
            public["apiKey"],
            "test:public:2e728aa5986f4ba8b073a5b28a939795"
        );
        assert_eq!(
            (&public["type"], &public["scopes"]),
            (&json!(1), &json!(["login", "register"]))
        );
        for none in [json!([]), Value::Null] {
            assert_eq!(
                create("/admin/apps/test/public-keys", none).await.refusal(),
                (
                    400,
                    "create_api_key_scopes_required".to_owned(),
                    "Please select at least one scope.".to_owned()
                )
            );
        }
        let path = format!("/admin/apps/test/api-keys/{id}");
        let delete = || {
            let request = actix_web::test::TestRequest::delete().uri(&path);
            world.send(request.insert_header(MANAGEMENT))
        };
        assert_eq!(delete().await.status, 204);
        assert_eq!(
            world.get("/users/count", ("ApiSecret", &key)).await.status,
            401
        );
        assert_eq!(
            delete().await.refusal(),
            (
                404,
                "api_key_not_found".to_owned(),
                "Apikey was not found".to_owned()
            )
        );
        let listed = world.get("/admin/apps/nobody/api-keys", MANAGEMENT).await;
        assert_eq!(listed.ok().text(), "[]");
    })
    .await;
}

#[actix_web::test]
async fn a_frozen_app_is_locked_until_it_thaws() {
    on_each_store(async |world| {
        let post = |path: &'static str| world.post(path, MANAGEMENT, json!({}));
        assert_eq!(post("/admin/apps/test/freeze").await.status, 204);
        let answer = world.get("/users/count", SECRET).await;
        assert_eq!(answer.code(), (401, "api_key_locked".to_owned()));
        assert_eq!(post("/admin/apps/test/unfreeze").await.status, 204);
        world.get("/users/count", SECRET).await.ok();
        for path in ["/admin/apps/nobody/freeze", "/admin/apps/no.body/unfreeze"] {
            assert_eq!(
                post(path).await.refusal(),
                (
                    400,
                    "app_not_found".to_owned(),
                    "App was not found.".to_owned()
                )
            );
        }
    })
    .await;
}

#[actix_web::test]
async fn an_app_in_use_is_deleted_a_month_after_it_was_marked() {
    on_each_store(async |world| {
        let delete = || {
            let request = actix_web::test::TestRequest::delete().uri("/admin/apps/test");
            world.send(request.insert_header(MANAGEMENT))
        };
        let post = |path: &'static str, body| world.post(path, MANAGEMENT, body);
        assert_eq!(
            delete().await.refusal(),
            (
                400,
                "app_not_pending_deletion".to_owned(),
                "App was not scheduled for deletion.".to_owned()
            )
        );
        world.register(&mut Device::new(1), "u1").await;
        let at_once = || world.get("/admin/apps/test/can-delete-immediately", MANAGEMENT);
        assert_eq!(at_once().await.ok().text(), "true");
        world.advance(Duration::from_secs(30 * 86_400));
        assert_eq!(at_once().await.ok().text(), "false");

        let mark = || {
            post(
                "/admin/apps/test/mark-delete",
                json!({ "deletedBy": "ops", "appId": "x" }),
            )
        };
        let marked = mark().await.ok().json();
        assert_eq!(marked["isDeleted"], false);
        assert_eq!(marked["deleteAt"], "2026-02-28T00:00:00Z");
        assert_eq!(marked["adminEmails"], json!(["test@test.com"]));
        assert_eq!(
            world.get("/users/count", SECRET).await.code().1,
            "api_key_locked"
        );
        assert_eq!(
            mark().await.refusal(),
            (
                400,
                "app_pending_deletion".to_owned(),
                "App is already pending to be deleted.".to_owned()
            )
        );
        assert_eq!(delete().await.refusal().2, "App cannot be deleted yet.");

        post("/admin/apps/test/cancel-delete", json!({})).await.ok();
        world.get("/users/count", SECRET).await.ok();

        mark().await.ok();
        world.advance(Duration::from_secs(40 * 86_400));
        let due = world.get("/apps/list-pending-deletion", MANAGEMENT).await;
        assert_eq!(due.ok().text(), r#"["test"]"#);
        assert_eq!(delete().await.ok().json()["isDeleted"], true);
        assert_eq!(delete().await.code(), (400, "app_not_found".to_owned()));
        let answer = world.get("/users/count", SECRET).await;
        assert_eq!(answer.code(), (401, String::new()));
    })
    .await;
}

#[actix_web::test]
async fn a_young_app_is_deleted_at_once() {
    on_each_store(async |world| {
        let path = "/admin/apps/test/mark-delete";
        let answer = world
            .post(path, MANAGEMENT, json!({ "deletedBy": "ops" }))
            .await;
        let deleted = answer.ok().json();
        assert_eq!(
            (&deleted["isDeleted"], &deleted["deleteAt"]),
            (&json!(true), &json!("2026-01-01T00:00:00Z"))
        );
        assert_eq!(world.get("/users/count", SECRET).await.status, 401);
    })
    .await;
}
