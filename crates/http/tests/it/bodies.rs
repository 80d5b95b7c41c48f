use actix_web::test::TestRequest;
use serde_json::json;

use crate::world::{Answer, SECRET, World};

const PATH: &str = "/register/token";

async fn send(world: &World, body: &str) -> Answer {
    world.post_raw(PATH, SECRET, body.as_bytes()).await
}

#[actix_web::test]
async fn what_is_no_json_object_is_refused_with_the_name_of_the_payload() {
    let world = World::new().await;
    for body in [
        "{",
        "[]",
        "1",
        "\"text\"",
        "{,}",
        r#"{"userId":"u","username":"a",}"#,
        r#"{"userId":"u"} // why"#,
        "\u{0}",
        &"[".repeat(100_000),
    ] {
        let answer = send(&world, body).await;
        assert_eq!(
            answer.refusal(),
            (
                400,
                String::new(),
                "Failed to read parameter \"RegisterToken payload\" from the request body as JSON."
                    .to_owned()
            ),
            "{body:.40}"
        );
        let problem = answer.problem();
        assert_eq!(
            problem["type"],
            "https://tools.ietf.org/html/rfc9110#section-15.5.1"
        );
        assert!(problem.get("errorCode").is_none() && problem.get("errors").is_none());
    }
}

#[actix_web::test]
async fn no_body_and_null_are_a_missing_payload() {
    let world = World::new().await;
    let title = "Required parameter \"RegisterToken payload\" was not provided from body.";
    for body in ["", "null", " null "] {
        assert_eq!(
            send(&world, body).await.refusal(),
            (400, String::new(), title.to_owned())
        );
    }
    let request = TestRequest::post().uri(PATH).insert_header(SECRET);
    assert_eq!(world.send(request).await.status, 400);
}

#[actix_web::test]
async fn a_body_that_is_not_said_to_be_json_is_415() {
    let world = World::new().await;
    let body = r#"{"userId":"u","username":"a"}"#;
    let send = |content_type: Option<&'static str>| {
        let mut request = TestRequest::post().uri(PATH).insert_header(SECRET);
        if let Some(content_type) = content_type {
            request = request.insert_header(("Content-Type", content_type));
        }
        world.send(request.set_payload(body))
    };
    for wrong in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("json"),
    ] {
        let answer = send(wrong).await;
        assert_eq!(answer.status, 415, "{wrong:?}");
        assert_eq!(
            answer.problem()["type"],
            "https://tools.ietf.org/html/rfc9110#section-15.5.16"
        );
    }
    for right in [
        "application/json",
        "application/json; charset=UTF-8",
        "application/vnd.x+json",
    ] {
        send(Some(right)).await.ok();
    }
}

#[actix_web::test]
async fn a_body_of_more_than_a_mebibyte_is_413() {
    let world = World::new().await;
    let body = |length: usize| format!(r#"{{"userId":"u","username":"{}"}}"#, "a".repeat(length));
    assert_eq!(send(&world, &body(1024 * 1024)).await.refusal().0, 413);
    send(&world, &body(1024 * 1024 - 100)).await.ok();
}

#[actix_web::test]
async fn members_are_read_in_any_letter_case_and_numbers_become_text() {
    let world = World::new().await;
    for body in [
        r#"{"userId":"u","username":"a"}"#,
        r#"{"USERID":123,"UserName":true,"displayname":{"a":1}}"#,
        r#"{"userId":null,"userId":"u","username":"a","unknown":[{}]}"#,
        r#"{"userId":"u","username":"a","discoverable":false,"expiresAt":"2026-01-01T00:02:00.123456","aliases":["a",1]}"#,
    ] {
        assert!(
            send(&world, body)
                .await
                .ok()
                .token()
                .starts_with("register_"),
            "{body}"
        );
    }
}

#[actix_web::test]
async fn members_of_the_wrong_type_are_named() {
    let world = World::new().await;
    for (member, value) in [
        ("discoverable", r#""true""#),
        ("discoverable", "null"),
        ("aliasHashing", "1"),
        ("expiresAt", r#""soon""#),
        ("expiresAt", "5"),
        ("aliases", r#""a""#),
        ("hints", r#"["fingerprint"]"#),
        ("hints", "[7]"),
        ("userId", r#""a\u0000b""#),
        ("username", r#""\ud800""#),
        ("displayName", r#""\u0000""#),
        ("aliases", r#"["\u0000"]"#),
    ] {
        let body = format!(r#"{{"userId":"u","username":"a","{member}":{value}}}"#);
        let answer = send(&world, &body).await;
        assert_eq!(answer.code(), (400, String::new()), "{body}");
        let detail = answer.problem()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(&format!("'{member}'")), "{detail}");
    }
}

#[actix_web::test]
async fn every_field_that_breaks_its_rule_is_reported() {
    let world = World::new().await;
    for (body, errors) in [
        (
            json!({ "username": "a" }),
            r#"{"userId":["The UserId field is required."]}"#,
        ),
        (
            json!({ "userId": "u", "username": "  " }),
            r#"{"username":["The Username field is required."]}"#,
        ),
        (
            json!({}),
            r#"{"userId":["The UserId field is required."],"username":["The Username field is required."]}"#,
        ),
        (
            json!({ "userId": "u", "username": "a", "aliases": ["a", ""] }),
            r#"{"aliases":["The field Aliases must be a collection where every item is required."]}"#,
        ),
        (
            json!({ "userId": "u", "username": "a", "aliases": (0..11).collect::<Vec<_>>() }),
            r#"{"aliases":["The field Aliases must be a string or array type with a maximum length of '10'."]}"#,
        ),
        (
            json!({ "userId": "u", "username": "a", "aliases": ["x".repeat(251)] }),
            r#"{"aliases":["The field Aliases must be a collection that contains strings with a maximum length of '250'."]}"#,
        ),
        (
            json!({ "userId": "u", "username": "a", "hints": ["hybrid", "hybrid", 0, 1] }),
            r#"{"hints":["The field Hints must be a string or array type with a maximum length of '3'."]}"#,
        ),
        (
            json!({ "userId": "å".repeat(33), "username": "a" }),
            r#"{"userId":["The field UserId must be a string with a maximum length of '64' bytes."]}"#,
        ),
    ] {
        let answer = world.post(PATH, SECRET, body).await;
        assert_eq!(
            answer.text(),
            format!(
                r#"{{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.1","title":"One or more validation errors occurred.","status":400,"errors":{errors},"traceId":"{}"}}"#,
                answer.header("x-request-id")
            )
        );
        answer.problem();
    }
}
