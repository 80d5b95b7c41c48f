//! Section 6.4: each event that the API raises, with its severity, performer and subject.

use actix_web::test::TestRequest;
use passkeyd_authenticator::{Device, passwordless::SignInAs};
use serde_json::{Value, json};

use super::{link_to, rows};
use crate::world::{MANAGEMENT, ORIGIN, PUBLIC, RP_ID, SECRET, World};

/// What an event says: type, severity, performer, subject, and the end of the key that it was done with.
type Said<'a> = [&'a str; 5];

/// The end of the public key, and of the secret one.
const PUBLIC_END: &str = "9795";
const SECRET_END: &str = "6d02";

/// Fails unless the newest event of its kind says this.
async fn assert_raised(world: &World, said: Said<'_>) {
    let page = world.get("/events?pageNumber=1", SECRET).await.ok().json();
    let events = page["events"].as_array().unwrap();
    let event = events.iter().find(|event| event["eventType"] == said[0]);
    let event = event.unwrap_or_else(|| panic!("no {} in {events:#?}", said[0]));
    let members = [
        "eventType",
        "severity",
        "performedBy",
        "subject",
        "apiKeyId",
    ];
    assert_eq!(members.map(|member| event[member].as_str().unwrap()), said);
    assert_eq!(
        (&event["tenantId"], &event["performedAt"]),
        (&json!("test"), &json!("2026-01-01T00:00:00"))
    );
    assert!(!event["message"].as_str().unwrap().is_empty());
}

async fn ask(world: &World, path: &str, body: Value) {
    world.post(path, SECRET, body).await.ok();
}

async fn manage(world: &World, path: &str, body: Value) {
    world
        .post(&format!("/admin/apps/test{path}"), MANAGEMENT, body)
        .await
        .ok();
}

async fn config(world: &World, path: &str) {
    let body = json!({ "purpose": "transfer", "timeToLive": "00:05:00", "performedBy": "ops" });
    ask(world, path, body).await;
}

/// Makes another key, so that locking it locks nobody out; the end of it.
async fn another_key(world: &World) -> String {
    let body = json!({ "scopes": [0] });
    let made = world
        .post("/admin/apps/test/secret-keys", MANAGEMENT, body)
        .await
        .ok()
        .json();
    let key = made["apiKey"].as_str().unwrap();
    key[key.len() - 4..].to_owned()
}

const INFORMATIONAL: &str = "Informational";
const ALERT: &str = "Alert";
const NOBODY: &str = "Unknown User";

rows! {
    event_1000_api_auth_user_registered: async |world| {
        world.register_token("u1").await;
        assert_raised(world, ["ApiAuthUserRegistered", INFORMATIONAL, "u1", "test", SECRET_END]).await;
    };

    event_1001_api_auth_passkey_registration_began: async |world| {
        world.register_begin("u1").await;
        assert_raised(world, ["ApiAuthPasskeyRegistrationBegan", INFORMATIONAL, "u1", "test", PUBLIC_END]).await;
    };

    event_1002_api_auth_passkey_registration_completed: async |world| {
        world.register(&mut Device::new(1), "u1").await;
        assert_raised(world, ["ApiAuthPasskeyRegistrationCompleted", INFORMATIONAL, "u1", "test", PUBLIC_END]).await;
    };

    event_1003_api_auth_invalid_secret_key_used: async |world| {
        let wrong = ("ApiSecret", "test:secret:00000000000000000000000000006d02");
        assert_eq!(world.get("/users/count", wrong).await.status, 401);
        assert_raised(world, ["ApiAuthInvalidSecretKeyUsed", ALERT, NOBODY, "test", SECRET_END]).await;
    };

    event_1004_api_auth_invalid_public_key_used: async |world| {
        let wrong = ("ApiKey", "test:public:00000000000000000000000000009795");
        assert_eq!(world.post("/signin/begin", wrong, json!({})).await.status, 401);
        assert_raised(world, ["ApiAuthInvalidPublicKeyUsed", ALERT, NOBODY, "test", PUBLIC_END]).await;
    };

    event_1005_api_auth_disabled_secret_key_used: async |world| {
        manage(world, "/api-keys/6d02/lock", json!({})).await;
        assert_eq!(world.get("/users/count", SECRET).await.status, 401);
        // Only the right key can raise it.
        let wrong = ("ApiSecret", "test:secret:00000000000000000000000000006d02");
        world.get("/users/count", wrong).await;
        manage(world, "/api-keys/6d02/unlock", json!({})).await;
        assert_raised(world, ["ApiAuthDisabledSecretKeyUsed", ALERT, NOBODY, "test", SECRET_END]).await;
        let page = world.get("/events?pageNumber=1", SECRET).await.ok().json();
        let events = page["events"].as_array().unwrap();
        let of = |kind: &str| events.iter().filter(|event| event["eventType"] == kind).count();
        assert_eq!((of("ApiAuthDisabledSecretKeyUsed"), of("ApiAuthInvalidSecretKeyUsed")), (1, 1));
    };

    event_1006_api_auth_disabled_public_key_used: async |world| {
        manage(world, "/api-keys/9795/lock", json!({})).await;
        assert_eq!(world.post("/signin/begin", PUBLIC, json!({})).await.status, 401);
        assert_raised(world, ["ApiAuthDisabledPublicKeyUsed", ALERT, NOBODY, "test", PUBLIC_END]).await;
    };

    event_1100_api_user_set_aliases: async |world| {
        ask(world, "/alias", json!({ "userId": "u1", "aliases": ["a"] })).await;
        assert_raised(world, ["ApiUserSetAliases", INFORMATIONAL, "u1", "u1", SECRET_END]).await;
    };

    event_1101_api_user_delete_credential: async |world| {
        world.register(&mut Device::new(1), "u1").await;
        let listed = world.get("/credentials/list?userId=u1", SECRET).await.ok().json();
        let id = listed["values"][0]["descriptor"]["id"].clone();
        ask(world, "/credentials/delete", json!({ "credentialId": id })).await;
        assert_raised(world, ["ApiUserDeleteCredential", INFORMATIONAL, "System", "u1", SECRET_END]).await;
    };

    event_1103_api_user_sign_in_completed: async |world| {
        let mut device = Device::new(1);
        world.register(&mut device, "u1").await;
        world.sign_in(&mut device, &SignInAs::Discoverable).await.ok();
        assert_raised(world, ["ApiUserSignInCompleted", INFORMATIONAL, "u1", "test", PUBLIC_END]).await;
    };

    event_1104_api_user_sign_in_verified: async |world| {
        let token = world.register(&mut Device::new(1), "u1").await;
        world.verify(&token).await.ok();
        assert_raised(world, ["ApiUserSignInVerified", INFORMATIONAL, "u1", "test", SECRET_END]).await;
    };

    event_1105_api_user_deleted: async |world| {
        world.register(&mut Device::new(1), "u1").await;
        ask(world, "/users/delete", json!({ "userId": "u1" })).await;
        assert_raised(world, ["ApiUserDeleted", INFORMATIONAL, "System", "u1", SECRET_END]).await;
    };

    event_1106_api_user_signin_token_created: async |world| {
        ask(world, "/signin/generate-token", json!({ "userId": "u1" })).await;
        assert_raised(world, ["ApiUserSigninTokenCreated", INFORMATIONAL, "u1", "test", SECRET_END]).await;
    };

    event_1107_api_user_magic_link_created: async |world| {
        ask(world, "/magic-links/send", link_to("ada@example.com")).await;
        assert_raised(world, ["ApiUserMagicLinkCreated", INFORMATIONAL, "u1", "test", SECRET_END]).await;
    };

    event_1200_api_management_app_marked_for_deletion: async |world| {
        world.register(&mut Device::new(1), "u1").await;
        world.advance(std::time::Duration::from_secs(4 * 86_400));
        manage(world, "/mark-delete", json!({ "deletedBy": "ops" })).await;
        manage(world, "/cancel-delete", json!({})).await;
        let page = world.get("/events?eventType=ApiManagementAppMarkedForDeletion", SECRET).await.ok().json();
        let event = &page["events"][0];
        assert_eq!((&event["severity"], &event["performedBy"], &event["subject"], &event["apiKeyId"]),
            (&json!(INFORMATIONAL), &json!("ops"), &json!("test"), &json!("")));
    };

    event_1201_api_management_app_deletion_cancelled: async |world| {
        manage(world, "/cancel-delete", json!({})).await;
        assert_raised(world, ["ApiManagementAppDeletionCancelled", INFORMATIONAL, "System", "test", ""]).await;
    };

    event_1202_api_management_app_created: async |world| {
        let body = json!({ "eventLoggingIsEnabled": true, "adminEmail": "boss@example.com" });
        let made = world.post("/admin/apps/shop/create", MANAGEMENT, body).await.ok().json();
        let key = ("ApiSecret", made["apiSecret1"].as_str().unwrap());
        let page = world.get("/events?pageNumber=1", key).await.ok().json();
        let event = &page["events"][0];
        assert_eq!(
            (&event["eventType"], &event["severity"], &event["performedBy"], &event["subject"]),
            (&json!("ApiManagementAppCreated"), &json!(INFORMATIONAL), &json!("boss@example.com"), &json!("shop"))
        );
    };

    event_1203_api_management_app_frozen: async |world| {
        manage(world, "/freeze", json!({})).await;
        manage(world, "/unfreeze", json!({})).await;
        assert_raised(world, ["ApiManagementAppFrozen", ALERT, "System", "test", ""]).await;
    };

    event_1204_api_management_app_unfrozen: async |world| {
        manage(world, "/unfreeze", json!({})).await;
        assert_raised(world, ["ApiManagementAppUnfrozen", ALERT, "System", "test", ""]).await;
    };

    event_1300_api_authenticators_allowlisted: async |world| {
        for allowed in [true, false] {
            let body = json!({ "aaGuids": ["0edd65bc-9b8d-4b1a-b208-21c6c8f1ad94"], "isAllowed": allowed });
            ask(world, "/authenticators/add", body).await;
        }
        assert_raised(world, ["ApiAuthenticatorsAllowlisted", INFORMATIONAL, NOBODY, "test", SECRET_END]).await;
    };

    event_1302_api_authenticators_delisted: async |world| {
        ask(world, "/authenticators/remove", json!({ "aaGuids": ["0edd65bc-9b8d-4b1a-b208-21c6c8f1ad94"] })).await;
        assert_raised(world, ["ApiAuthenticatorsDelisted", INFORMATIONAL, NOBODY, "test", SECRET_END]).await;
    };

    event_1400_api_authentication_configuration_created: async |world| {
        config(world, "/auth-configs/add").await;
        assert_raised(world, ["ApiAuthenticationConfigurationCreated", INFORMATIONAL, "ops", "test", SECRET_END]).await;
    };

    event_1401_api_authentication_configuration_updated: async |world| {
        config(world, "/auth-configs/add").await;
        config(world, "/auth-configs").await;
        assert_raised(world, ["ApiAuthenticationConfigurationUpdated", INFORMATIONAL, "ops", "test", SECRET_END]).await;
    };

    event_1402_api_authentication_configuration_deleted: async |world| {
        config(world, "/auth-configs/add").await;
        config(world, "/auth-configs/delete").await;
        assert_raised(world, ["ApiAuthenticationConfigurationDeleted", INFORMATIONAL, "ops", "test", SECRET_END]).await;
    };

    event_7008_admin_api_key_created: async |world| {
        another_key(world).await;
        assert_raised(world, ["AdminApiKeyCreated", INFORMATIONAL, NOBODY, "test", ""]).await;
    };

    event_7009_admin_api_key_deleted: async |world| {
        let path = format!("/admin/apps/test/api-keys/{}", another_key(world).await);
        world.send(TestRequest::delete().uri(&path).insert_header(MANAGEMENT)).await.ok();
        assert_raised(world, ["AdminApiKeyDeleted", INFORMATIONAL, NOBODY, "test", ""]).await;
    };

    event_7010_admin_api_key_locked: async |world| {
        manage(world, &format!("/api-keys/{}/lock", another_key(world).await), json!({})).await;
        assert_raised(world, ["AdminApiKeyLocked", INFORMATIONAL, NOBODY, "test", ""]).await;
    };

    event_7011_admin_api_key_unlocked: async |world| {
        manage(world, &format!("/api-keys/{}/unlock", another_key(world).await), json!({})).await;
        assert_raised(world, ["AdminApiKeyUnlocked", INFORMATIONAL, NOBODY, "test", ""]).await;
    };

    event_7012_admin_api_keys_enumerated: async |world| {
        world.get("/admin/apps/test/api-keys", MANAGEMENT).await.ok();
        assert_raised(world, ["AdminApiKeysEnumerated", INFORMATIONAL, NOBODY, "test", ""]).await;
    };

    event_7013_admin_generate_sign_in_token_endpoint_enabled: async |world| {
        let body = json!({ "enableManuallyGeneratedAuthenticationTokens": true, "performedBy": "ops" });
        ask(world, "/apps/features", body).await;
        assert_raised(world, ["AdminGenerateSignInTokenEndpointEnabled", ALERT, "ops", "test", SECRET_END]).await;
    };

    event_7014_admin_generate_sign_in_token_endpoint_disabled: async |world| {
        ask(world, "/apps/features", json!({ "enableManuallyGeneratedAuthenticationTokens": false })).await;
        assert_raised(world, ["AdminGenerateSignInTokenEndpointDisabled", ALERT, "Api", "test", SECRET_END]).await;
    };

    event_7015_admin_magic_links_enabled: async |world| {
        ask(world, "/apps/features", json!({ "enableMagicLinks": true, "performedBy": " " })).await;
        assert_raised(world, ["AdminMagicLinksEnabled", ALERT, NOBODY, "test", SECRET_END]).await;
    };

    event_7016_admin_magic_links_disabled: async |world| {
        ask(world, "/apps/features", json!({ "enableMagicLinks": false, "performedBy": null })).await;
        assert_raised(world, ["AdminMagicLinksDisabled", ALERT, NOBODY, "test", SECRET_END]).await;
    };

    nothing_is_logged_of_an_app_that_does_not_ask_for_it: async |world| {
        manage(world, "/features", json!({})).await;
        world.register_token("u1").await;
        let body = json!({ "RPID": RP_ID, "Origin": ORIGIN });
        world.post("/signin/begin", PUBLIC, body).await.ok();
        manage(world, "/features", json!({ "eventLoggingIsEnabled": true })).await;
        let page = world.get("/events?pageNumber=1", SECRET).await.ok().json();
        assert_eq!(page["totalEventCount"], 0);
    };
}
