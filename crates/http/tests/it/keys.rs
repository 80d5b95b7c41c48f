use actix_web::{http::Method, test::TestRequest};
use serde_json::json;

use crate::world::{MANAGEMENT, PUBLIC, SECRET, World, on_each_store, settings};

/// Every endpoint that needs a key, with the header that it looks at.
pub(crate) const KEYED: &[(Method, &str, &str)] = &[
    (Method::POST, "/register/token", "ApiSecret"),
    (Method::POST, "/register/begin", "ApiKey"),
    (Method::POST, "/register/complete", "ApiKey"),
    (Method::POST, "/signin/begin", "ApiKey"),
    (Method::POST, "/signin/complete", "ApiKey"),
    (Method::POST, "/signin/verify", "ApiSecret"),
    (Method::POST, "/signin/generate-token", "ApiSecret"),
    (Method::POST, "/alias", "ApiSecret"),
    (Method::GET, "/alias/list", "ApiSecret"),
    (Method::GET, "/credentials/list", "ApiSecret"),
    (Method::POST, "/credentials/list", "ApiSecret"),
    (Method::POST, "/credentials/delete", "ApiSecret"),
    (Method::POST, "/credentials/rename", "ApiSecret"),
    (Method::GET, "/users/list", "ApiSecret"),
    (Method::GET, "/users/count", "ApiSecret"),
    (Method::POST, "/users/delete", "ApiSecret"),
    (Method::GET, "/events", "ApiSecret"),
    (Method::GET, "/auth-configs/list", "ApiSecret"),
    (Method::POST, "/auth-configs/add", "ApiSecret"),
    (Method::POST, "/auth-configs", "ApiSecret"),
    (Method::POST, "/auth-configs/delete", "ApiSecret"),
    (Method::POST, "/apps/features", "ApiSecret"),
    (Method::POST, "/magic-links/send", "ApiSecret"),
    (Method::GET, "/authenticators/list", "ApiSecret"),
    (Method::POST, "/authenticators/add", "ApiSecret"),
    (Method::POST, "/authenticators/remove", "ApiSecret"),
    (Method::GET, "/reporting/credentials/periodic", "ApiSecret"),
    (Method::GET, "/reporting/active-users/periodic", "ApiSecret"),
    (Method::GET, "/mds/attestation-types", "ManagementKey"),
    (Method::GET, "/mds/certification-statuses", "ManagementKey"),
    (Method::GET, "/mds/entries", "ManagementKey"),
    (Method::GET, "/admin/apps/acme/available", "ManagementKey"),
    (Method::POST, "/admin/apps/acme/create", "ManagementKey"),
    (Method::POST, "/admin/apps/acme/freeze", "ManagementKey"),
    (Method::POST, "/admin/apps/acme/unfreeze", "ManagementKey"),
    (
        Method::POST,
        "/admin/apps/acme/public-keys",
        "ManagementKey",
    ),
    (
        Method::POST,
        "/admin/apps/acme/secret-keys",
        "ManagementKey",
    ),
    (Method::GET, "/admin/apps/acme/api-keys", "ManagementKey"),
    (
        Method::POST,
        "/admin/apps/acme/api-keys/abcd/lock",
        "ManagementKey",
    ),
    (
        Method::POST,
        "/admin/apps/acme/api-keys/abcd/unlock",
        "ManagementKey",
    ),
    (
        Method::DELETE,
        "/admin/apps/acme/api-keys/abcd",
        "ManagementKey",
    ),
    (
        Method::POST,
        "/admin/apps/acme/mark-delete",
        "ManagementKey",
    ),
    (
        Method::POST,
        "/admin/apps/acme/cancel-delete",
        "ManagementKey",
    ),
    (
        Method::GET,
        "/admin/apps/acme/can-delete-immediately",
        "ManagementKey",
    ),
    (Method::DELETE, "/admin/apps/acme", "ManagementKey"),
    (Method::GET, "/apps/list-pending-deletion", "ManagementKey"),
    (Method::GET, "/admin/apps/acme/features", "ManagementKey"),
    (Method::POST, "/admin/apps/acme/features", "ManagementKey"),
    (Method::GET, "/admin/apps/acme/webhooks", "ManagementKey"),
    (Method::POST, "/admin/apps/acme/webhooks", "ManagementKey"),
    (
        Method::DELETE,
        "/admin/apps/acme/webhooks/0edd65bc-9b8d-4b1a-b208-21c6c8f1ad94",
        "ManagementKey",
    ),
];

#[actix_web::test]
async fn without_a_key_every_keyed_endpoint_answers_401_whatever_the_body_is() {
    let world = World::new().await;
    for (method, path, header) in KEYED {
        for body in ["", "{", "null", "{}"] {
            let request = TestRequest::default().method(method.clone()).uri(path);
            let answer = world.send(request.set_payload(body)).await;
            let problem = answer.problem();
            assert_eq!(answer.status, 401, "{method} {path}");
            assert_eq!(answer.header("www-authenticate"), *header);
            let page = format!("https://docs.passwordless.dev/guide/errors.html#{header}");
            assert_eq!(problem["type"], page);
            assert_eq!(
                problem["title"],
                format!("A valid '{header}' header is required.")
            );
            let detail = match *header {
                "ManagementKey" => json!(null),
                _ => json!(format!("A valid '{header}' header is required.")),
            };
            assert_eq!(problem.get("detail").cloned().unwrap_or_default(), detail);
            assert!(problem.get("errorCode").is_none());
        }
    }
}

#[actix_web::test]
async fn the_detail_names_what_is_wrong_with_the_key() {
    on_each_store(async |world| {
        let unknown = "test:secret:00000000000000000000000000006d02";
        for (headers, path, detail) in [
            (
                vec![("ApiSecret", PUBLIC.1)],
                "/signin/verify",
                "Your ApiSecret header contained a public ApiKey instead of your 'ApiSecret'.",
            ),
            (
                vec![("ApiKey", SECRET.1)],
                "/signin/begin",
                "Your ApiKey header contained a ApiSecret instead of your 'ApiKey'.",
            ),
            (
                vec![("ApiSecret", unknown)],
                "/signin/verify",
                "The value of your 'ApiSecret' is not valid.",
            ),
            (
                vec![("ApiSecret", "nobody:secret:a679563b331846c79c20b114a4f56d02")],
                "/signin/verify",
                "The value of your 'ApiSecret' is not valid.",
            ),
            (
                vec![PUBLIC],
                "/signin/verify",
                "A 'ApiKey' header was supplied when a 'ApiSecret' header should have been supplied.",
            ),
            (
                vec![SECRET],
                "/signin/begin",
                "A 'ApiSecret' header was supplied when a 'ApiKey' header should have been supplied.",
            ),
            (
                vec![("ApiSecret", ""), PUBLIC],
                "/signin/verify",
                "A 'ApiKey' header was supplied when a 'ApiSecret' header should have been supplied.",
            ),
            (
                vec![("ApiSecret", "verify_123")],
                "/signin/verify",
                "A verify token was supplied instead of your 'ApiSecret'.",
            ),
            (
                vec![("ApiKey", "hello world")],
                "/signin/begin",
                "We don't recognize the value you supplied for your 'ApiKey'. It started with: 'hello worl'.",
            ),
            // Of a repeated header the first value counts.
            (
                vec![("ApiSecret", unknown), SECRET],
                "/signin/verify",
                "The value of your 'ApiSecret' is not valid.",
            ),
        ] {
            let mut request = TestRequest::post().uri(path).set_json(json!({}));
            for header in headers {
                request = request.append_header(header);
            }
            let answer = world.send(request).await;
            assert_eq!((answer.status, &answer.problem()["detail"]), (401, &json!(detail)));
        }
    })
    .await;
}

#[actix_web::test]
async fn other_key_headers_are_ignored() {
    let world = World::new().await;
    let request = TestRequest::get()
        .uri("/users/count")
        .insert_header(("ApiKey", "wrong"))
        .insert_header(SECRET)
        .insert_header(("ManagementKey", "wrong"));
    assert_eq!(world.send(request).await.ok().text(), r#"{"count":0}"#);
}

#[actix_web::test]
async fn a_locked_key_is_refused_with_its_code_until_it_is_unlocked() {
    on_each_store(async |world| {
        let path = "/admin/apps/test/api-keys/6d02/lock";
        assert_eq!(world.post(path, MANAGEMENT, json!({})).await.status, 204);
        let answer = world.get("/users/count", SECRET).await;
        assert_eq!(
            answer.refusal(),
            (
                401,
                "api_key_locked".to_owned(),
                "A valid 'ApiSecret' header is required.".to_owned()
            )
        );
        assert_eq!(
            answer.problem()["detail"],
            "The value of your 'ApiSecret' is not valid."
        );
        // Only the right key is told that it is locked.
        let wrong = ("ApiSecret", "test:secret:000000000000000000000000000d6d02");
        assert_eq!(
            world.get("/users/count", wrong).await.code(),
            (401, String::new())
        );
        let path = "/admin/apps/test/api-keys/6d02/unlock";
        world.post(path, MANAGEMENT, json!({})).await.ok();
        world.get("/users/count", SECRET).await.ok();
    })
    .await;
}

#[actix_web::test]
async fn a_key_without_the_scope_is_forbidden() {
    on_each_store(async |world| {
        let made = |path, scopes| {
            let world = &world;
            async move {
                let body = json!({ "scopes": [scopes] });
                let answer = world.post(path, MANAGEMENT, body).await.ok();
                answer.json()["apiKey"].as_str().unwrap().to_owned()
            }
        };
        let login_only = made("/admin/apps/test/public-keys", "login").await;
        let verify_only = made("/admin/apps/test/secret-keys", "token_verify").await;
        for (header, key, path, scope) in [
            ("ApiKey", &login_only, "/register/begin", "register"),
            ("ApiKey", &login_only, "/register/complete", "register"),
            ("ApiSecret", &verify_only, "/register/token", "token_register"),
        ] {
            let answer = world.post_raw(path, (header, key), b"not even JSON").await;
            let problem = answer.problem();
            assert_eq!(answer.status, 403);
            assert_eq!(
                problem["type"],
                "https://docs.passwordless.dev/guide/errors.html#forbidden"
            );
            assert_eq!(problem["title"], "You are forbidden from accessing this resource.");
            assert_eq!(problem["errorCode"], "forbidden");
            assert_eq!(
                problem["detail"],
                format!("You are unable to access this resource because you do not have the required permissions. Required scopes: {scope}")
            );
        }
        // Endpoints without a scope take any key of the kind.
        world.get("/users/count", ("ApiSecret", &verify_only)).await.ok();
    })
    .await;
}

#[actix_web::test]
async fn without_a_configured_management_key_none_is_good() {
    let mut settings = settings();
    settings.management_key = None;
    let world = World::with(settings).await;
    for key in [
        MANAGEMENT,
        ("ManagementKey", ""),
        ("ManagementKey", "shared_dev_key"),
    ] {
        assert_eq!(
            world.get("/apps/list-pending-deletion", key).await.status,
            401
        );
    }
    let world = World::new().await;
    let wrong = ("ManagementKey", "the operator's kez");
    assert_eq!(
        world.get("/apps/list-pending-deletion", wrong).await.status,
        401
    );
    let right = world.get("/apps/list-pending-deletion", MANAGEMENT).await;
    assert_eq!(right.ok().text(), "[]");
}
