//! Section 2: each endpoint answers with the status and the body of its row.

use actix_web::{http::Method, test::TestRequest};
use passkeyd_authenticator::{Device, passwordless::SignInAs};
use serde_json::{Value, json};

use super::{another_app, link_to, rows};
use crate::world::{Answer, MANAGEMENT, ORIGIN, PUBLIC, RP_ID, SECRET, World};

const AAGUID: &str = "0edd65bc-9b8d-4b1a-b208-21c6c8f1ad94";

async fn delete(world: &World, path: &str) -> Answer {
    let request = TestRequest::delete().uri(path);
    world.send(request.insert_header(MANAGEMENT)).await
}

async fn manage(world: &World, path: &str, body: Value) -> Answer {
    world.post(path, MANAGEMENT, body).await
}

fn is_empty(answer: &Answer, status: u16) {
    assert_eq!((answer.status, answer.text()), (status, ""));
}

/// The only passkey of a user.
async fn only_passkey(world: &World, user_id: &str) -> Value {
    let path = format!("/credentials/list?userId={user_id}");
    let listed = world.get(&path, SECRET).await.ok().json();
    let values = listed["values"].as_array().unwrap();
    assert_eq!(values.len(), 1);
    values[0].clone()
}

/// The id of a key of the app with that scope.
async fn key_with(world: &World, scope: &str) -> String {
    let keys = world.get("/admin/apps/test/api-keys", MANAGEMENT).await;
    let keys = keys.ok().json();
    let scoped = |key: &&Value| key["scopes"].as_array().unwrap().contains(&json!(scope));
    let key = keys.as_array().unwrap().iter().find(scoped).unwrap();
    key["id"].as_str().unwrap().to_owned()
}

fn config(purpose: &str) -> Value {
    json!({ "purpose": purpose, "timeToLive": "00:05:00", "performedBy": "ops" })
}

rows! {
    row_1_register_token_gives_a_register_token: async |world| {
        assert!(world.register_token("u1").await.starts_with("register_"));
    };

    row_2_register_begin_gives_options_and_a_session: async |world| {
        let begun = world.register_begin("u1").await;
        assert!(begun["session"].as_str().unwrap().starts_with("session_"));
        assert_eq!(begun["data"]["user"]["id"], "dTE");
        // The token is not used up.
        let body = world.page.register_begin(&world.register_token("u1").await);
        for _ in 0..2 {
            world.post("/register/begin", PUBLIC, body.clone()).await.ok();
        }
    };

    row_3_register_complete_gives_a_verify_token_of_passkey_register: async |world| {
        let token = world.register(&mut Device::new(1), "u1").await;
        let verified = world.verify(&token).await.ok().json();
        assert_eq!((&verified["type"], &verified["purpose"]), (&json!("passkey_register"), &json!(null)));
        assert_eq!(verified["expiresAt"], "2026-01-01T00:02:00Z");
    };

    row_4_signin_begin_gives_options_and_a_session: async |world| {
        let begun = world.sign_in_begin(&SignInAs::Discoverable).await;
        assert!(begun["session"].as_str().unwrap().starts_with("session_"));
        assert_eq!(begun["data"]["allowCredentials"], json!([]));
        // The iOS client sends an empty alias.
        let body = json!({ "alias": "", "userId": "", "RPID": RP_ID, "Origin": ORIGIN });
        world.post("/signin/begin", PUBLIC, body).await.ok();
    };

    row_5_signin_complete_gives_a_verify_token_of_passkey_signin: async |world| {
        let mut device = Device::new(1);
        world.register(&mut device, "u1").await;
        let token = world.sign_in(&mut device, &SignInAs::UserId("u1")).await.ok().token();
        let verified = world.verify(&token).await.ok().json();
        assert_eq!((&verified["type"], &verified["purpose"]), (&json!("passkey_signin"), &json!("sign-in")));
    };

    row_6_signin_verify_tells_who_signed_in: async |world| {
        let token = world.register(&mut Device::new(1), "u1").await;
        let verified = world.verify(&token).await.ok().json();
        let passkey = only_passkey(world, "u1").await;
        assert_eq!(
            verified,
            json!({
                "userId": "u1", "timestamp": "2026-01-01T00:00:00Z", "rpId": "localhost", "rpid": "localhost",
                "origin": ORIGIN, "success": true, "device": "Other, Other", "country": "", "nickname": "phone",
                "credentialId": verified["credentialId"], "purpose": null, "expiresAt": "2026-01-01T00:02:00Z",
                "tokenId": verified["tokenId"], "type": "passkey_register",
            })
        );
        let id = passkey["descriptor"]["id"].as_str().unwrap().replace('-', "+").replace('_', "/");
        assert_eq!(verified["credentialId"].as_str().unwrap().trim_end_matches('='), id);
    };

    row_7_signin_generate_token_gives_a_verify_token: async |world| {
        let body = json!({ "userId": "anybody", "timeToLive": "30", "purpose": "recovery" });
        let token = world.post("/signin/generate-token", SECRET, body).await.ok().token();
        let verified = world.verify(&token).await.ok().json();
        assert_eq!((&verified["type"], &verified["purpose"]), (&json!("generated_signin"), &json!("recovery")));
        assert_eq!((&verified["rpId"], &verified["origin"]), (&json!(null), &json!("")));
        assert!(verified.get("rpid").is_none());
        assert_eq!(verified["expiresAt"], "2026-01-01T00:00:30Z");
    };

    row_8_alias_is_204_and_replaces_all: async |world| {
        for aliases in [json!(["a", "b", "a"]), json!(["c"]), json!([])] {
            is_empty(&world.post("/alias", SECRET, json!({ "userId": "u1", "aliases": aliases })).await, 204);
        }
        assert_eq!(world.get("/alias/list?userId=u1", SECRET).await.ok().text(), r#"{"values":[]}"#);
    };

    row_9_alias_list_tells_hashes_and_the_tenant: async |world| {
        let body = json!({ "userId": "u1", "aliases": ["pjfry@passwordless.dev"] });
        world.post("/alias", SECRET, body).await.ok();
        let listed = world.get("/alias/list?userId=u1", SECRET).await.ok().json();
        let hash = "+iH1rNOgC9PsMZpqOJ9twmq+0OgHR8sNtwVMCxABRNc=";
        let alias = json!({ "userId": "u1", "alias": hash, "plaintext": null, "tenant": "test" });
        assert_eq!(listed, json!({ "values": [alias] }));
    };

    row_10_credentials_list_by_get_is_wrapped_in_values: async |world| {
        world.register(&mut Device::new(1), "u1").await;
        assert_eq!(only_passkey(world, "u1").await["userId"], "u1");
    };

    row_11_credentials_list_by_post_is_wrapped_in_values: async |world| {
        world.register(&mut Device::new(1), "u1").await;
        let listed = world.post("/credentials/list", SECRET, json!({ "userId": "u1" })).await;
        assert_eq!(listed.ok().json()["values"].as_array().unwrap().len(), 1);
    };

    row_12_credentials_delete_is_204: async |world| {
        world.register(&mut Device::new(1), "u1").await;
        let id = only_passkey(world, "u1").await["descriptor"]["id"].clone();
        is_empty(&world.post("/credentials/delete", SECRET, json!({ "credentialId": id })).await, 204);
    };

    row_13_users_list_has_everybody_with_a_passkey_or_an_alias: async |world| {
        world.register(&mut Device::new(1), "u1").await;
        let aliases = json!({ "userId": "u2", "aliases": ["plain"], "hashing": false });
        world.post("/alias", SECRET, aliases).await.ok();
        let listed = world.get("/users/list", SECRET).await.ok().json();
        assert_eq!(
            listed,
            json!({ "values": [
                { "userId": "u1", "aliasCount": 0, "aliases": [], "credentialsCount": 1, "lastUsedAt": "2026-01-01T00:00:00" },
                { "userId": "u2", "aliasCount": 1, "aliases": ["plain"], "credentialsCount": 0, "lastUsedAt": null },
            ] })
        );
    };

    row_14_users_count_has_everybody_with_a_passkey: async |world| {
        world.register(&mut Device::new(1), "u1").await;
        world.post("/alias", SECRET, json!({ "userId": "u2", "aliases": ["a"] })).await.ok();
        assert_eq!(world.get("/users/count", SECRET).await.ok().text(), r#"{"count":1}"#);
    };

    row_15_users_delete_is_200_without_a_body: async |world| {
        world.register(&mut Device::new(1), "u1").await;
        for _ in 0..2 {
            is_empty(&world.post("/users/delete", SECRET, json!({ "userId": "u1" })).await, 200);
        }
        assert_eq!(world.get("/users/count", SECRET).await.ok().text(), r#"{"count":0}"#);
    };

    row_16_magic_links_send_is_204: async |world| {
        is_empty(&world.post("/magic-links/send", SECRET, link_to("ada@example.com")).await, 204);
    };

    row_17_events_tells_a_page: async |world| {
        let page = world.get("/events?pageNumber=1", SECRET).await.ok().json();
        assert_eq!(page, json!({ "tenantId": "test", "totalEventCount": 0, "events": [] }));
    };

    row_18_auth_configs_list_has_the_two_of_every_app: async |world| {
        let listed = world.get("/auth-configs/list", SECRET).await.ok().json();
        let told = |at: usize| {
            let config = &listed["configurations"][at];
            (config["purpose"].clone(), config["timeToLive"].clone(), config["userVerificationRequirement"].clone())
        };
        let mut both = [told(0), told(1)];
        both.sort_by_key(|(purpose, ..)| purpose.to_string());
        assert_eq!(both[0], (json!("sign-in"), json!(120), json!("preferred")));
        assert_eq!(both[1], (json!("step-up"), json!(180), json!("required")));
        let none = world.get("/auth-configs/list?purpose=unknown", SECRET).await.ok().json();
        assert_eq!(none, json!({ "configurations": [] }));
    };

    row_19_auth_configs_add_is_201_without_a_body: async |world| {
        is_empty(&world.post("/auth-configs/add", SECRET, config("transfer")).await, 201);
    };

    row_20_auth_configs_edit_is_204: async |world| {
        is_empty(&world.post("/auth-configs", SECRET, config("step-up")).await, 204);
        let listed = world.get("/auth-configs/list?purpose=step-up", SECRET).await.ok().json();
        let one = &listed["configurations"][0];
        assert_eq!((&one["createdBy"], &one["createdOn"]), (&json!("System"), &json!(null)));
        assert_eq!(
            (&one["editedBy"], &one["editedOn"], &one["timeToLive"]),
            (&json!("ops"), &json!("2026-01-01T00:00:00+00:00"), &json!(300))
        );
    };

    row_21_auth_configs_delete_is_204: async |world| {
        world.post("/auth-configs/add", SECRET, config("transfer")).await.ok();
        let body = json!({ "purpose": "transfer", "performedBy": "ops" });
        is_empty(&world.post("/auth-configs/delete", SECRET, body).await, 204);
    };

    row_22_apps_features_is_204_and_leaves_alone_what_it_does_not_name: async |world| {
        let body = json!({ "eventLoggingRetentionPeriod": 7, "enableMagicLinks": null });
        is_empty(&world.post("/apps/features", SECRET, body).await, 204);
        let features = world.get("/admin/apps/test/features", MANAGEMENT).await.ok().json();
        assert_eq!(features["eventLoggingRetentionPeriod"], 7);
        assert_eq!(features["isMagicLinksEnabled"], true);
    };

    row_23_authenticators_list_is_a_bare_array: async |world| {
        assert_eq!(world.get("/authenticators/list?isAllowed=true", SECRET).await.ok().text(), "[]");
    };

    row_24_authenticators_add_is_204: async |world| {
        let body = json!({ "aaGuids": [AAGUID], "isAllowed": true });
        is_empty(&world.post("/authenticators/add", SECRET, body).await, 204);
        let listed = world.get("/authenticators/list?isAllowed=true", SECRET).await.ok().json();
        assert_eq!(listed, json!([{ "aaGuid": AAGUID, "createdAt": "2026-01-01T00:00:00" }]));
    };

    row_25_authenticators_remove_is_204: async |world| {
        is_empty(&world.post("/authenticators/remove", SECRET, json!({ "aaGuids": [AAGUID] })).await, 204);
    };

    row_26_reporting_credentials_is_a_bare_array: async |world| {
        assert_eq!(world.get("/reporting/credentials/periodic?from=2026-01-01", SECRET).await.ok().text(), "[]");
    };

    row_27_reporting_active_users_is_a_bare_array: async |world| {
        assert_eq!(world.get("/reporting/active-users/periodic", SECRET).await.ok().text(), "[]");
    };

    row_28_app_available_tells_whether_the_name_is_free: async |world| {
        for (app, free) in [("nobody", true), ("test", false)] {
            let path = format!("/admin/apps/{app}/available");
            assert_eq!(world.get(&path, MANAGEMENT).await.ok().json(), json!({ "available": free }));
        }
    };

    row_29_app_create_shows_four_keys_once: async |world| {
        let made = manage(world, "/admin/apps/shop/create", json!({})).await.ok().json();
        assert_eq!(made["message"], "Store keys safely. They will only be shown to you once.");
        for (name, kind) in [("apiKey1", "public"), ("apiKey2", "public"), ("apiSecret1", "secret"), ("apiSecret2", "secret")] {
            assert!(made[name].as_str().unwrap().starts_with(&format!("shop:{kind}:")), "{name}");
        }
        let features = world.get("/admin/apps/shop/features", MANAGEMENT).await.ok().json();
        assert_eq!(
            features,
            json!({
                "eventLoggingIsEnabled": false, "eventLoggingRetentionPeriod": 365, "developerLoggingEndsAt": null,
                "maxUsers": null, "allowAttestation": false, "isGenerateSignInTokenEndpointEnabled": true,
                "isMagicLinksEnabled": true,
            })
        );
    };

    row_30_app_freeze_is_204_and_locks_every_key: async |world| {
        is_empty(&manage(world, "/admin/apps/test/freeze", json!({})).await, 204);
        assert_eq!(world.get("/users/count", SECRET).await.code().1, "api_key_locked");
        assert_eq!(world.post("/signin/begin", PUBLIC, json!({})).await.code().1, "api_key_locked");
    };

    row_31_app_unfreeze_is_204_and_unlocks_every_key: async |world| {
        let key = key_with(world, "token_verify").await;
        manage(world, &format!("/admin/apps/test/api-keys/{key}/lock"), json!({})).await.ok();
        manage(world, "/admin/apps/test/freeze", json!({})).await.ok();
        is_empty(&manage(world, "/admin/apps/test/unfreeze", json!({})).await, 204);
        world.get("/users/count", SECRET).await.ok();
    };

    row_32_public_keys_shows_a_key_with_its_scopes: async |world| {
        let made = manage(world, "/admin/apps/test/public-keys", json!({ "scopes": [1] })).await.ok().json();
        let key = made["apiKey"].as_str().unwrap();
        assert!(key.starts_with("test:public:") && key.len() == "test:public:".len() + 32);
        let begin = json!({ "RPID": RP_ID, "Origin": ORIGIN });
        world.post("/signin/begin", ("ApiKey", key), begin).await.ok();
        assert_eq!(world.post("/register/begin", ("ApiKey", key), json!({})).await.code(), (403, "forbidden".to_owned()));
    };

    row_33_secret_keys_shows_a_key_with_its_scopes: async |world| {
        let made = manage(world, "/admin/apps/test/secret-keys", json!({ "scopes": ["token_register"] })).await.ok().json();
        let key = ("ApiSecret", made["apiKey"].as_str().unwrap());
        world.post("/register/token", key, json!({ "userId": "u", "username": "u" })).await.ok();
        assert_eq!(world.post("/signin/verify", key, json!({})).await.code(), (403, "forbidden".to_owned()));
        world.get("/users/count", key).await.ok();
    };

    row_34_api_keys_hides_all_of_a_secret_but_its_end: async |world| {
        let keys = world.get("/admin/apps/test/api-keys", MANAGEMENT).await.ok().json();
        let of = |kind: u8| keys.as_array().unwrap().iter().find(|key| key["type"] == kind).unwrap().clone();
        assert_eq!((&of(1)["apiKey"], &of(1)["id"]), (&json!(PUBLIC.1), &json!("9795")));
        assert_eq!(of(2)["apiKey"], format!("test:secret:{}6d02", "*".repeat(28)));
        assert_eq!(of(2)["scopes"], json!(["token_register", "token_verify"]));
        assert_eq!((&of(2)["isLocked"], &of(2)["lastLockedAt"]), (&json!(false), &json!(null)));
        assert_eq!(world.get("/admin/apps/nobody/api-keys", MANAGEMENT).await.ok().text(), "[]");
    };

    row_35_api_key_lock_is_204: async |world| {
        is_empty(&manage(world, "/admin/apps/test/api-keys/6d02/lock", json!({})).await, 204);
        assert_eq!(world.get("/users/count", SECRET).await.code().1, "api_key_locked");
    };

    row_36_api_key_unlock_is_204: async |world| {
        manage(world, "/admin/apps/test/api-keys/6d02/lock", json!({})).await.ok();
        is_empty(&manage(world, "/admin/apps/test/api-keys/6d02/unlock", json!({})).await, 204);
        world.get("/users/count", SECRET).await.ok();
    };

    row_37_api_key_delete_is_204: async |world| {
        is_empty(&delete(world, "/admin/apps/test/api-keys/6d02").await, 204);
        assert_eq!(world.get("/users/count", SECRET).await.code(), (401, String::new()));
    };

    row_38_mark_delete_tells_when: async |world| {
        let marked = manage(world, "/admin/apps/test/mark-delete", json!({ "deletedBy": "ops" })).await.ok().json();
        assert_eq!(marked["isDeleted"], true);
        assert!(marked["message"].is_string() && marked["adminEmails"].is_array() && marked["deleteAt"].is_string());
    };

    row_39_cancel_delete_tells_a_message: async |world| {
        let told = manage(world, "/admin/apps/test/cancel-delete", json!({})).await.ok().json();
        assert!(told["message"].is_string());
    };

    row_40_can_delete_immediately_is_a_bare_boolean: async |world| {
        let told = world.get("/admin/apps/test/can-delete-immediately", MANAGEMENT).await;
        assert_eq!(told.ok().text(), "true");
    };

    row_41_delete_app_tells_when_its_time_has_come: async |world| {
        world.register(&mut Device::new(1), "u1").await;
        world.advance(std::time::Duration::from_secs(4 * 86_400));
        manage(world, "/admin/apps/test/mark-delete", json!({ "deletedBy": "ops" })).await.ok();
        world.advance(std::time::Duration::from_secs(32 * 86_400));
        assert_eq!(delete(world, "/admin/apps/test").await.ok().json()["isDeleted"], true);
    };

    row_42_list_pending_deletion_is_a_bare_array: async |world| {
        assert_eq!(world.get("/apps/list-pending-deletion", MANAGEMENT).await.ok().text(), "[]");
    };

    row_43_features_of_an_unknown_app_are_those_of_an_empty_row: async |world| {
        let features = world.get("/admin/apps/nobody/features", MANAGEMENT).await.ok().json();
        assert_eq!(
            features,
            json!({
                "eventLoggingIsEnabled": false, "eventLoggingRetentionPeriod": 0, "developerLoggingEndsAt": null,
                "maxUsers": null, "allowAttestation": false, "isGenerateSignInTokenEndpointEnabled": true,
                "isMagicLinksEnabled": true,
            })
        );
    };

    row_44_features_are_replaced_whole: async |world| {
        let body = json!({ "allowAttestation": true, "maxUsers": 1 });
        is_empty(&manage(world, "/admin/apps/test/features", body).await, 204);
        is_empty(&manage(world, "/admin/apps/test/features", json!({ "eventLoggingIsEnabled": true })).await, 204);
        let features = world.get("/admin/apps/test/features", MANAGEMENT).await.ok().json();
        assert_eq!((&features["allowAttestation"], &features["maxUsers"]), (&json!(false), &json!(null)));
    };

    rows_45_to_47_mds_are_bare_arrays: async |world| {
        for path in ["/mds/attestation-types", "/mds/certification-statuses", "/mds/entries"] {
            assert!(world.get(path, MANAGEMENT).await.ok().json().is_array(), "{path}");
        }
    };

    rows_48_to_51_health_is_reported: async |world| {
        assert_eq!(world.bare(Method::GET, "/health/http").await.ok().text(), "Healthy");
        for path in ["/health/storage", "/health/version", "/health/mail"] {
            assert_eq!(world.bare(Method::GET, path).await.ok().json()["status"], "Healthy", "{path}");
        }
    };

    rows_52_and_53_throw_what_they_are_for: async |world| {
        assert_eq!(world.bare(Method::GET, "/health/throw/api").await.code(), (400, "test_error".to_owned()));
        assert_eq!(world.bare(Method::GET, "/health/throw/exception").await.status, 500);
    };

    row_54_the_root_points_people_to_the_documentation: async |world| {
        let root = world.bare(Method::GET, "/").await.ok();
        assert!(root.header("content-type").starts_with("text/plain") && root.text().contains("https://"));
    };

    what_is_another_apps_is_as_good_as_absent: async |world| {
        world.register(&mut Device::new(1), "u1").await;
        let id = only_passkey(world, "u1").await["descriptor"]["id"].clone();
        let (_, secret) = another_app(world, "other", 0).await;
        let other = ("ApiSecret", secret.as_str());
        for path in ["/credentials/list?userId=u1", "/users/list"] {
            assert_eq!(world.get(path, other).await.ok().text(), r#"{"values":[]}"#);
        }
        let gone = world.post("/credentials/delete", other, json!({ "credentialId": id })).await;
        assert_eq!(gone.code(), (400, "unknown_credential".to_owned()));
        world.post("/users/delete", other, json!({ "userId": "u1" })).await.ok();
        assert_eq!(only_passkey(world, "u1").await["userId"], "u1");
    };
}
