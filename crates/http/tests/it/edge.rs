use std::net::SocketAddr;

use actix_web::{http::Method, test::TestRequest};
use passkeyd_http::proxies::TrustedProxies;
use serde_json::json;

use crate::{
    keys::KEYED,
    world::{PUBLIC, SECRET, World, settings},
};

#[actix_web::test]
async fn a_preflight_needs_no_key_and_gets_what_it_asks_for() {
    let world = World::new().await;
    for path in ["/signin/begin", "/health/http", "/nowhere"] {
        let request = TestRequest::default()
            .method(Method::OPTIONS)
            .uri(path)
            .insert_header(("Origin", "https://example.com"))
            .insert_header(("Access-Control-Request-Method", "POST"))
            .insert_header((
                "Access-Control-Request-Headers",
                "apikey,client-version,content-type",
            ));
        let answer = world.send(request).await;
        assert_eq!((answer.status, answer.text()), (204, ""));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-allow-methods"), "POST");
        assert_eq!(
            answer.header("access-control-allow-headers"),
            "apikey,client-version,content-type"
        );
    }
}

#[actix_web::test]
async fn every_answer_may_be_read_by_any_origin_and_has_the_security_headers() {
    let world = World::new().await;
    for (path, key) in [
        ("/users/count", SECRET),
        ("/users/count", PUBLIC),
        ("/nowhere", SECRET),
        ("/signin/begin", SECRET),
        ("/health/throw/exception", SECRET),
    ] {
        let request = TestRequest::get().uri(path).insert_header(key);
        let answer = world
            .send(request.insert_header(("Origin", "https://example.com")))
            .await;
        for (header, value) in [
            ("access-control-allow-origin", "*"),
            ("content-security-policy", "default-src 'self';"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("strict-transport-security", ""),
            ("server", ""),
            ("access-control-allow-credentials", ""),
        ] {
            assert_eq!(answer.header(header), value, "{path} {header}");
        }
    }
    let same_origin = world.get("/users/count", SECRET).await;
    assert_eq!(same_origin.header("access-control-allow-origin"), "");
    assert_eq!(
        same_origin.header("content-type"),
        "application/json; charset=utf-8"
    );
}

#[actix_web::test]
async fn paths_are_matched_in_any_letter_case_and_with_stray_slashes() {
    let world = World::new().await;
    for path in [
        "/users/count",
        "/Users/COUNT",
        "//users/count",
        "/users//count/",
        "/users/count/?x=1",
    ] {
        world.get(path, SECRET).await.ok();
    }
    let body = json!({ "userId": "u", "username": "a" });
    world.post("//register/token", SECRET, body).await.ok();
}

#[actix_web::test]
async fn below_a_base_path_nothing_else_is_there() {
    let mut settings = settings();
    settings.base_path = "/api".to_owned();
    let world = World::with(settings).await;
    world.get("/api/users/count", SECRET).await.ok();
    world.get("//API/users/count/", SECRET).await.ok();
    for path in ["/users/count", "/apiusers/count", "/"] {
        assert_eq!(world.get(path, SECRET).await.refusal().0, 404, "{path}");
    }
    // But for those who watch a container as that of the other server.
    for path in ["/alive", "/api/alive"] {
        world.bare(Method::GET, path).await.ok();
    }
}

#[actix_web::test]
async fn unknown_paths_are_404_even_with_a_bad_key() {
    let world = World::new().await;
    for path in [
        "/nowhere",
        "/register",
        "/stepup",
        "/admin/apps",
        "/demo",
        "/demo/api/config",
    ] {
        let answer = world.get(path, ("ApiSecret", "bad")).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(
            answer.problem()["type"],
            "https://tools.ietf.org/html/rfc9110#section-15.5.5"
        );
    }
}

#[actix_web::test]
async fn wrong_methods_are_405_and_told_the_right_ones() {
    let world = World::new().await;
    for (_, path, _) in KEYED {
        let answer = world.bare(Method::PUT, path).await;
        assert_eq!(answer.refusal().0, 405, "{path}");
        let allowed: Vec<_> = answer
            .header("allow")
            .split(", ")
            .map(str::to_owned)
            .collect();
        let known: Vec<_> = KEYED.iter().filter(|(_, other, _)| other == path).collect();
        assert_eq!(allowed.len(), known.len(), "{path} {allowed:?}");
        for (method, ..) in known {
            assert!(allowed.iter().any(|one| one == method.as_str()), "{path}");
        }
    }
    assert_eq!(world.bare(Method::POST, "/health/http").await.status, 405);
    assert_eq!(
        world.bare(Method::OPTIONS, "/users/count").await.status,
        405
    );
}

#[actix_web::test]
async fn too_much_header_is_431() {
    let world = World::new().await;
    let request = TestRequest::get()
        .uri("/")
        .insert_header(("X", "x".repeat(33_000)));
    assert_eq!(world.send(request).await.refusal().0, 431);
}

#[actix_web::test]
async fn only_trusted_proxies_speak_for_the_client() {
    let mut settings = settings();
    settings.trusted_proxies = TrustedProxies::from_iter(["10.0.0.0/8".parse().unwrap()]);
    let world = World::with(settings).await;
    let from = |peer: &str| {
        let peer: SocketAddr = peer.parse().unwrap();
        let request = TestRequest::get().uri("/").peer_addr(peer);
        world.send(
            request
                .insert_header(("Host", "passkeys.example"))
                .insert_header(("X-Forwarded-Proto", "https"))
                .insert_header(("X-Request-Id", "given-7")),
        )
    };
    let trusted = from("10.1.2.3:4").await;
    assert_eq!(
        trusted.header("strict-transport-security"),
        "max-age=2592000"
    );
    assert_eq!(trusted.header("x-request-id"), "given-7");
    let stranger = from("11.1.2.3:4").await;
    assert_eq!(stranger.header("strict-transport-security"), "");
    assert_ne!(stranger.header("x-request-id"), "given-7");
}

#[actix_web::test]
async fn health_the_description_and_the_files_of_every_site_answer_head_as_well() {
    let world = World::new().await;
    for path in [
        "/",
        "/health",
        "/health/live",
        "/health/ready",
        "/health/http",
        "/health/storage",
        "/health/version",
        "/health/mail",
        "/openapi",
        "/openapi.json",
        "/favicon.ico",
    ] {
        world.bare(Method::HEAD, path).await.ok();
        let refused = world.bare(Method::POST, path).await;
        assert_eq!(refused.refusal().0, 405, "{path}");
        assert_eq!(refused.header("allow"), "GET, HEAD", "{path}");
    }
    assert_eq!(world.bare(Method::HEAD, "/users/count").await.status, 405);
}

#[actix_web::test]
async fn the_files_that_every_site_has_are_there() {
    let world = World::new().await;
    let icon = world.bare(Method::GET, "/favicon.ico").await.ok();
    assert_eq!(icon.header("content-type"), "image/x-icon");
    assert!(icon.body.starts_with(&[0, 0, 1, 0]));
    let humans = world.bare(Method::GET, "/humans.txt").await.ok();
    assert!(humans.text().starts_with("passkeyd"));
    for path in ["/security.txt", "/.well-known/security.txt"] {
        let security = world.bare(Method::GET, path).await.ok();
        assert_eq!(security.header("content-type"), "text/plain; charset=utf-8");
        assert!(security.text().starts_with("Contact: https://"));
        assert!(
            security
                .text()
                .contains("\nExpires: 2026-06-30T00:00:00Z\n"),
            "{}",
            security.text()
        );
    }
}

#[actix_web::test]
async fn health_is_told_without_a_key() {
    let world = World::new().await;
    let http = world.bare(Method::GET, "/health/http").await.ok();
    assert_eq!(
        (http.text(), http.header("content-type")),
        ("Healthy", "text/plain")
    );
    for path in ["/", "/health", "/health/live", "/health/ready"] {
        world.bare(Method::GET, path).await.ok();
    }
    for (path, part) in [("/health/storage", "db"), ("/health/version", "version")] {
        let answer = world.bare(Method::GET, path).await.ok();
        assert_eq!(
            answer.header("content-type"),
            "application/json; charset=utf-8"
        );
        let report = answer.json();
        assert_eq!(report["status"], "Healthy");
        assert!(report["elapsedMilliseconds"].is_number());
        assert_eq!(report["results"][part]["status"], "Healthy");
        assert!(report["results"][part]["data"].is_object());
    }
    let version = world.bare(Method::GET, "/health/version").await.json();
    assert!(version["results"]["version"]["data"]["version"].is_string());
    let mail = world.bare(Method::GET, "/health/mail").await.ok().json();
    assert_eq!(mail["results"], json!({}));
    assert_eq!(
        world.bare(Method::GET, "/health/throw/api").await.refusal(),
        (
            400,
            "test_error".to_owned(),
            "Testing error response".to_owned()
        )
    );
    let failure = world.bare(Method::GET, "/health/throw/exception").await;
    assert_eq!(
        failure.problem()["detail"],
        "The api has encountered an error"
    );
    assert_eq!(
        failure.refusal(),
        (
            500,
            String::new(),
            "An error occurred while processing your request.".to_owned()
        )
    );
}
