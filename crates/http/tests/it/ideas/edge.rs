//! Headers, other origins, and which tenant is meant.

use actix_web::{http::Method, test::TestRequest};

use super::{Person, on_each_store, refused};
use crate::world::{Answer, World};

async fn get_with(world: &World, person: &Person, path: &str, header: (&str, &str)) -> Answer {
    let request = TestRequest::get().uri(path).insert_header(header);
    let request = request.insert_header(("X-Access-Token", person.jwt.as_str()));
    world.send(request).await
}

#[actix_web::test]
async fn every_answer_has_the_headers_of_the_contract() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        let answer = person.get(world, "/ideas").await;
        for (name, value) in [
            ("x-frame-options", "SAMEORIGIN"),
            ("x-xss-protection", "1; mode=block"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "max-age=0, private, must-revalidate"),
            ("vary", "Accept-Encoding, Origin"),
            ("content-type", "application/json; charset=utf-8"),
        ] {
            assert_eq!(answer.header(name), value, "{name}");
        }
        assert!(answer.header("x-request-id").parse::<uuid::Uuid>().is_ok());
        assert!(answer.header("x-runtime").parse::<f64>().is_ok());
        let path = format!("/access-tokens?refresh_token={}", person.refresh_token);
        let gone = person.send(world, Method::DELETE, &path, None).await;
        assert_eq!(
            (gone.status, gone.header("cache-control")),
            (204, "no-cache")
        );
    })
    .await;
}

#[actix_web::test]
async fn an_unchanged_answer_is_not_sent_again() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        let tag = person.get(world, "/me").await.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{tag}");
        for known in [&*tag, &tag[2..], "*", &format!("\"other\", {tag}")] {
            let answer = get_with(world, &person, "/me", ("If-None-Match", known)).await;
            assert_eq!((answer.status, answer.text()), (304, ""), "{known}");
            assert_eq!(answer.header("etag"), tag);
        }
        let answer = get_with(world, &person, "/me", ("If-None-Match", "\"other\"")).await;
        assert_eq!(answer.status, 200);
        person.keep(world, "x", [1, 1, 1]).await;
        let tag = person.get(world, "/ideas").await.header("etag").to_owned();
        person.keep(world, "y", [1, 1, 1]).await;
        let answer = get_with(world, &person, "/ideas", ("If-None-Match", &tag)).await;
        assert_eq!(answer.status, 200);
    })
    .await;
}

#[actix_web::test]
async fn pages_of_another_origin_may_ask_where_the_tenant_lists_it() {
    on_each_store(async |world| {
        let preflight = async |origin: &str| {
            let request = TestRequest::default()
                .method(Method::OPTIONS)
                .uri("/ideas/x");
            let request = request.insert_header(("Origin", origin));
            let request = request.insert_header(("Access-Control-Request-Method", "PUT"));
            world.send(request).await
        };
        // In development, where the tenant lists none, every origin may.
        let answer = preflight("https://app.example").await;
        assert_eq!(answer.status, 204);
        assert_eq!(
            answer.header("access-control-allow-origin"),
            "https://app.example"
        );
        for method in ["GET", "POST", "PUT", "DELETE"] {
            assert!(
                answer
                    .header("access-control-allow-methods")
                    .contains(method)
            );
        }
        for name in ["Content-Type", "X-Access-Token", "Authorization"] {
            assert!(answer.header("access-control-allow-headers").contains(name));
        }
        let person = Person::signed_up(world, "jack@example.com").await;
        let answer = get_with(world, &person, "/me", ("Origin", "https://app.example")).await;
        assert_eq!(
            answer.header("access-control-allow-origin"),
            "https://app.example"
        );
        let none = person.get(world, "/me").await;
        assert!(none.headers.get("access-control-allow-origin").is_none());
    })
    .await;
}

#[actix_web::test]
async fn a_tenant_is_meant_by_path_host_or_token_and_they_must_agree() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        for path in ["/me", "/apps/test/me"] {
            assert_eq!(person.get(world, path).await.status, 200, "{path}");
        }
        let by_host = get_with(world, &person, "/me", ("Host", "test.localhost:8080")).await;
        assert_eq!(by_host.status, 200);
        let unknown_host = get_with(world, &person, "/me", ("Host", "nobody.localhost")).await;
        assert_eq!(unknown_host.status, 200);
        let body = serde_json::json!({ "email": "a@example.com", "password": "x" });
        let elsewhere = super::post(world, "/apps/nobody/access-tokens", body).await;
        assert_eq!(refused(&elsewhere).0, 404);
        let nowhere = person.get(world, "/apps/nobody/me").await;
        assert_eq!(refused(&nowhere).0, 401);
    })
    .await;
}

#[actix_web::test]
async fn an_unknown_method_is_told_which_ones_there_are() {
    on_each_store(async |world| {
        for (path, method, allow) in [
            ("/users", Method::GET, "POST"),
            ("/access-tokens", Method::PUT, "POST, DELETE"),
            ("/ideas/x", Method::POST, "PUT, DELETE"),
            ("/me", Method::DELETE, "GET"),
        ] {
            let answer = world.bare(method, path).await;
            assert_eq!(refused(&answer).0, 405, "{path}");
            assert_eq!(answer.header("allow"), allow);
        }
    })
    .await;
}
