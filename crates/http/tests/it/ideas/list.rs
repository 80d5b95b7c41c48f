//! The ideas.

use std::time::Duration;

use actix_web::{http::Method, test::TestRequest};
use serde_json::{Value, json};

use super::{Person, idea, on_each_store, refused, wrong_fields};

#[actix_web::test]
async fn an_idea_comes_back_with_its_mean() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        let kept = person
            .post(world, "/ideas", idea("the-content", [8, 8, 8]))
            .await;
        assert_eq!(kept.status, 201);
        assert!(
            kept.text().contains(r#""average_score":8.0"#),
            "{}",
            kept.text()
        );
        let kept = kept.json();
        let members: Vec<_> = kept
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let mut expected = [
            "id",
            "content",
            "impact",
            "ease",
            "confidence",
            "average_score",
            "created_at",
        ];
        expected.sort_unstable();
        let mut members = members;
        members.sort_unstable();
        assert_eq!(members, expected);
        assert_eq!(kept["created_at"], 1_767_225_600);
        let id = kept["id"].as_str().unwrap();
        assert!(
            id.len() <= 12
                && id
                    .bytes()
                    .all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
        );
        let third = person.keep(world, "x", [3, 8, 8]).await;
        assert_eq!(third["average_score"].to_string(), "6.333333333333333");
    })
    .await;
}

#[actix_web::test]
async fn every_field_of_an_idea_is_checked() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        let id = person.keep(world, "x", [1, 1, 1]).await["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let nothing = person.post(world, "/ideas", json!({})).await;
        assert_eq!(
            wrong_fields(&nothing),
            ["confidence", "content", "ease", "impact"]
        );
        let mut cases: Vec<(&str, Value)> = Vec::new();
        for field in ["impact", "ease", "confidence"] {
            for value in [
                json!("8"),
                json!(8.5),
                json!(8.0),
                json!(true),
                json!(null),
                json!(0),
                json!(11),
                json!(-1),
                json!(1e30),
                json!([8]),
                json!({}),
            ] {
                cases.push((field, value));
            }
        }
        for value in [
            json!(""),
            json!("  "),
            json!(7),
            json!(null),
            json!("x".repeat(256)),
            json!("💡".repeat(256)),
            json!("a\u{0}b"),
        ] {
            cases.push(("content", value));
        }
        for (field, value) in cases {
            let mut body = idea("fine", [8, 8, 8]);
            body[field] = value.clone();
            let posted = person.post(world, "/ideas", body.clone()).await;
            assert_eq!(wrong_fields(&posted), [field], "{value}");
            let put = person
                .send(world, Method::PUT, &format!("/ideas/{id}"), Some(body))
                .await;
            assert_eq!(wrong_fields(&put), [field], "{value}");
        }
        for content in ["x".repeat(255), "💡".repeat(255), "e\u{301}".to_owned()] {
            let kept = person.keep(world, &content, [1, 10, 1]).await;
            assert_eq!(kept["content"], content);
        }
    })
    .await;
}

#[actix_web::test]
async fn pages_hold_ten_best_and_newest_first() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        let stranger = Person::signed_up(world, "jill@example.com").await;
        stranger.keep(world, "not mine", [10, 10, 10]).await;
        let mut expected = Vec::new();
        // Twelve with equal sums, some of one instant, and one that is better than all of them.
        for number in 0..12 {
            if number % 3 == 0 {
                world.advance(Duration::from_millis(700));
            }
            let scores = [[3, 8, 8], [8, 3, 8], [9, 9, 1]][number % 3];
            expected.push(person.keep(world, &format!("idea {number}"), scores).await);
        }
        expected.push(person.keep(world, "the best", [10, 10, 10]).await);
        expected.sort_by(|a, b| {
            let key = |idea: &Value| {
                let sum = ["impact", "ease", "confidence"]
                    .iter()
                    .map(|name| idea[*name].as_i64().unwrap())
                    .sum::<i64>();
                // Ids grow with time.
                (sum, idea["id"].as_str().unwrap().to_owned())
            };
            key(b).cmp(&key(a))
        });
        let page = async |query: &str| {
            let answer = person.get(world, &format!("/ideas{query}")).await;
            assert_eq!(answer.status, 200, "{query}");
            answer.json().as_array().unwrap().clone()
        };
        assert_eq!(page("").await, expected[..10]);
        assert_eq!(page("?page=1").await, expected[..10]);
        assert_eq!(page("?page=2").await, expected[10..]);
        for past in ["?page=3", "?page=4294967296", "?page=99999999999999999999"] {
            assert!(page(past).await.is_empty(), "{past}");
        }
        for bad in ["0", "-1", "abc", "1.5", "", "1e1"] {
            let answer = person.get(world, &format!("/ideas?page={bad}")).await;
            assert_eq!(wrong_fields(&answer), ["page"], "{bad}");
        }
    })
    .await;
}

#[actix_web::test]
async fn an_idea_is_changed_and_keeps_its_id_and_time() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        let kept = person.keep(world, "old", [1, 1, 1]).await;
        world.advance(Duration::from_secs(5));
        let path = format!("/ideas/{}", kept["id"].as_str().unwrap());
        let changed = person
            .send(world, Method::PUT, &path, Some(idea("new", [8, 8, 8])))
            .await;
        let mut expected = kept;
        for (name, value) in [
            ("content", json!("new")),
            ("impact", json!(8)),
            ("ease", json!(8)),
            ("confidence", json!(8)),
            ("average_score", json!(8.0)),
        ] {
            expected[name] = value;
        }
        assert_eq!((changed.status, changed.json()), (200, expected.clone()));
        assert_eq!(person.get(world, "/ideas").await.json(), json!([expected]));
    })
    .await;
}

#[actix_web::test]
async fn somebody_elses_idea_is_as_good_as_absent() {
    on_each_store(async |world| {
        let jack = Person::signed_up(world, "jack@example.com").await;
        let jill = Person::signed_up(world, "jill@example.com").await;
        let kept = jack.keep(world, "jack's", [1, 2, 3]).await;
        let path = format!("/ideas/{}", kept["id"].as_str().unwrap());
        for method in [Method::PUT, Method::DELETE] {
            let body = (method == Method::PUT).then(|| idea("jill's", [1, 1, 1]));
            let theirs = jill.send(world, method.clone(), &path, body.clone()).await;
            let nobodys = jill
                .send(world, method.clone(), "/ideas/zzz", body.clone())
                .await;
            assert_eq!(refused(&theirs).0, 404);
            assert_eq!(theirs.text(), nobodys.text());
            let impossible = jill.send(world, method, "/ideas/NO-ID", body).await;
            assert_eq!(impossible.text(), nobodys.text());
        }
        assert_eq!(jack.get(world, "/ideas").await.json(), json!([kept]));
        let deleted = jack.send(world, Method::DELETE, &path, None).await;
        assert_eq!((deleted.status, deleted.text()), (204, ""));
        assert_eq!(
            jack.send(world, Method::DELETE, &path, None).await.status,
            404
        );
        assert_eq!(jack.get(world, "/ideas").await.json(), json!([]));
    })
    .await;
}

#[actix_web::test]
async fn what_is_no_json_object_is_refused() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        let send = async |content_type: &str, body: &str| {
            let request = TestRequest::post().uri("/ideas");
            let request = request.insert_header(("X-Access-Token", person.jwt.as_str()));
            let request = request.insert_header(("Content-Type", content_type));
            refused(&world.send(request.set_payload(body.to_owned())).await).0
        };
        for body in [
            "{",
            "[]",
            "7",
            "null",
            "\"x\"",
            "",
            "{\"a\":1,}",
            "\u{feff}{}",
        ] {
            assert_eq!(send("application/json", body).await, 400, "{body}");
        }
        assert_eq!(send("text/plain", "{}").await, 415);
        let deep = "[".repeat(10_000);
        assert_eq!(send("application/json", &deep).await, 400);
        let large = format!("{{\"content\":\"{}\"}}", "x".repeat(1024 * 1024));
        assert_eq!(send("application/json", &large).await, 413);
    })
    .await;
}
