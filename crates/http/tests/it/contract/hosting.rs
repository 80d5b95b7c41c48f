//! Sections 5.8 and 7: what surrounds a request, and what the server says of itself.

use std::net::SocketAddr;

use actix_web::{
    http::{Method, header::HeaderName},
    test::TestRequest,
};
use passkeyd_authenticator::{Device, passwordless::SignInAs};
use passkeyd_http::{HttpSettings, proxies::TrustedProxies};
use serde_json::{Value, json};

use super::rows;
use crate::world::{ORIGIN, PUBLIC, RP_ID, SECRET, World, on_each_store_with, settings};

fn behind_a_proxy() -> HttpSettings {
    HttpSettings {
        trusted_proxies: TrustedProxies::from_iter(["10.0.0.0/8".parse().unwrap()]),
        country_header: Some(HeaderName::from_static("cf-ipcountry")),
        ..settings()
    }
}

/// Signs a user in from that peer, with that user agent; what the back end is told.
async fn signed_in_from(world: &World, peer: &str, agent: &str) -> Value {
    let mut device = Device::new(1);
    world.register(&mut device, "u1").await;
    let begun = world.sign_in_begin(&SignInAs::UserId("u1")).await;
    let signed = device.get(&begun["data"], ORIGIN).unwrap();
    let body = world
        .page
        .sign_in_complete(begun["session"].as_str().unwrap(), &signed);
    let peer: SocketAddr = peer.parse().unwrap();
    let request = TestRequest::post()
        .uri("/signin/complete")
        .peer_addr(peer)
        .insert_header(PUBLIC)
        .insert_header(("CF-IPCountry", "SE"))
        .insert_header(("User-Agent", agent));
    let token = world.send_json(request, body).await.ok().token();
    let verified = world.verify(&token).await.ok().json();
    let listed = world
        .get("/credentials/list?userId=u1", SECRET)
        .await
        .ok()
        .json();
    assert_eq!(listed["values"][0]["country"], verified["country"]);
    assert_eq!(listed["values"][0]["device"], verified["device"]);
    world
        .post("/users/delete", SECRET, json!({ "userId": "u1" }))
        .await
        .ok();
    verified
}

#[actix_web::test]
async fn section_5_8_the_country_is_believed_from_trusted_proxies_only() {
    on_each_store_with(behind_a_proxy(), async |world| {
        assert_eq!(
            signed_in_from(world, "10.1.2.3:4", "").await["country"],
            "SE"
        );
        assert_eq!(signed_in_from(world, "11.1.2.3:4", "").await["country"], "");
    })
    .await;
}

#[actix_web::test]
async fn section_7_3_the_api_can_stand_below_a_base_path() {
    let settings = HttpSettings {
        base_path: "/api".to_owned(),
        ..settings()
    };
    on_each_store_with(settings, async |world| {
        let body = json!({ "RPID": RP_ID, "Origin": ORIGIN });
        world
            .post("/api/signin/begin", PUBLIC, body.clone())
            .await
            .ok();
        world
            .post("//api//signin/begin/", PUBLIC, body.clone())
            .await
            .ok();
        assert_eq!(world.post("/signin/begin", PUBLIC, body).await.status, 404);
        world.bare(Method::GET, "/api/health").await.ok();
        let page = world.bare(Method::GET, "/api/openapi").await.ok();
        assert!(
            page.text().contains("src=\"/api/openapi/page.js\""),
            "{}",
            page.text()
        );
        let document = world
            .bare(Method::GET, "/api/openapi.json")
            .await
            .ok()
            .json();
        assert_eq!(document["servers"], json!([{ "url": "/api" }]));
    })
    .await;
}

rows! {
    section_5_8_the_device_is_browser_and_system: async |world| {
        for (agent, device) in [
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", "Chrome, Mac OS X 10"),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox, Windows 10"),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "Mobile Safari, iOS 17"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox, Linux"),
            ("", "Other, Other"),
        ] {
            assert_eq!(signed_in_from(world, "127.0.0.1:1", agent).await["device"], device, "{agent}");
        }
    };

    section_7_1_a_preflight_needs_no_key: async |world| {
        let request = TestRequest::default()
            .method(Method::OPTIONS)
            .uri("/register/begin")
            .insert_header(("Origin", ORIGIN))
            .insert_header(("Access-Control-Request-Method", "POST"))
            .insert_header(("Access-Control-Request-Headers", "apikey,client-version,content-type"));
        let answer = world.send(request).await;
        assert_eq!((answer.status, answer.text()), (204, ""));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-allow-methods"), "POST");
        assert_eq!(answer.header("access-control-allow-headers"), "apikey,client-version,content-type");
    };

    section_7_1_refusals_may_be_read_by_any_origin: async |world| {
        let request = TestRequest::post().uri("/register/begin").insert_header(("Origin", ORIGIN));
        let answer = world.send(request).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (401, "*"));
        for (header, value) in [
            ("content-security-policy", "default-src 'self';"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("server", ""),
        ] {
            assert_eq!(answer.header(header), value, "{header}");
        }
    };

    section_7_5_the_description_is_where_it_was: async |world| {
        let document = world.bare(Method::GET, "/swagger/v4/swagger.json").await.ok();
        assert_eq!(document.header("access-control-allow-origin"), "*");
        let schemes = document.json()["components"]["securitySchemes"].clone();
        assert_eq!(schemes["ApiKey"]["in"], "header");
        assert_eq!(schemes["ApiSecret"]["name"], "ApiSecret");
        assert_eq!(world.bare(Method::GET, "/swagger").await.ok().header("content-type"), "text/html; charset=utf-8");
    };

    section_7_6_static_files_are_there: async |world| {
        for path in ["/humans.txt", "/security.txt", "/favicon.ico"] {
            world.bare(Method::GET, path).await.ok();
        }
    };
}
