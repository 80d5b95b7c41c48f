//! Signing up, logging in, refreshing, logging out.

use std::time::Duration;

use actix_web::http::Method;
use passkeyd_http::HttpSettings;
use serde_json::json;

use super::{
    PASSWORD, Person, log_in, log_out, on_each_store, pool, post, refresh, refused, sign_up,
    wrong_fields,
};
use crate::world::World;

#[actix_web::test]
async fn who_signs_up_is_signed_in() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "Email-4@Test.com").await;
        let me = person.get(world, "/me").await;
        assert_eq!(
            (me.status, me.json()),
            (
                200,
                json!({
                    "email": "Email-4@Test.com",
                    "name": "Jack Black",
                    "avatar_url": "https://www.gravatar.com/avatar/b36aafe03e05a85031fd8c411b69f792?d=mm&s=200",
                })
            )
        );
    })
    .await;
}

#[actix_web::test]
async fn a_sign_up_names_everything_that_is_wrong() {
    on_each_store(async |world| {
        let nothing = post(world, "/users", json!({})).await;
        assert_eq!(wrong_fields(&nothing), ["email", "name", "password"]);
        let good = json!({ "email": "a@example.com", "name": "A", "password": PASSWORD });
        for (field, value) in [
            ("email", json!("not an address")),
            ("email", json!("")),
            ("email", json!(7)),
            ("email", json!("a\u{0}@example.com")),
            ("name", json!(" ")),
            ("name", json!(null)),
            ("name", json!("a\u{0}b")),
            ("name", json!("x".repeat(256))),
            ("password", json!("Short1")),
            ("password", json!("no-upper-case-1")),
            ("password", json!("NO-LOWER-CASE-1")),
            ("password", json!("No-Digit-At-All")),
            ("password", json!(format!("Aa1{}", "x".repeat(1022)))),
            ("password", json!(12_345_678)),
        ] {
            let mut body = good.clone();
            body[field] = value.clone();
            let answer = post(world, "/users", body).await;
            assert_eq!(wrong_fields(&answer), [field], "{value}");
        }
        assert_eq!(post(world, "/users", good).await.status, 201);
    })
    .await;
}

#[actix_web::test]
async fn an_address_is_registered_once_in_any_case() {
    on_each_store(async |world| {
        Person::signed_up(world, "jack@example.com").await;
        for email in ["jack@example.com", "JACK@Example.COM"] {
            assert_eq!(refused(&sign_up(world, email, PASSWORD).await).0, 409);
        }
        Person::signed_up(world, "jill@example.com").await;
    })
    .await;
}

#[actix_web::test]
async fn a_wrong_address_and_a_wrong_password_are_told_alike() {
    on_each_store(async |world| {
        Person::signed_up(world, "jack@example.com").await;
        Person::logged_in(world, "JACK@example.com").await;
        let wrong_password = log_in(world, "jack@example.com", "the-secret-123").await;
        let wrong_address = log_in(world, "jill@example.com", PASSWORD).await;
        assert_eq!(refused(&wrong_password).0, 401);
        assert_eq!(wrong_password.text(), wrong_address.text());
        let nothing = post(world, "/access-tokens", json!({})).await;
        assert_eq!(wrong_fields(&nothing), ["email", "password"]);
        let long = log_in(world, "jack@example.com", &"x".repeat(1025)).await;
        assert_eq!(wrong_fields(&long), ["password"]);
        let nul = log_in(world, "jack@example.com\0", PASSWORD).await;
        assert_eq!(wrong_fields(&nul), ["email"]);
        let nul = json!({ "refresh_token": "a\0b" });
        let nul = post(world, "/access-tokens/refresh", nul).await;
        assert_eq!(wrong_fields(&nul), ["refresh_token"]);
    })
    .await;
}

#[actix_web::test]
async fn failures_at_an_account_are_bounded_and_a_success_clears_them() {
    on_each_store(async |world| {
        Person::signed_up(world, "jack@example.com").await;
        let wrong = async || log_in(world, "jack@example.com", "Wrong-Secret-1").await;
        for _ in 0..9 {
            assert_eq!(wrong().await.status, 401);
        }
        Person::logged_in(world, "jack@example.com").await;
        for _ in 0..10 {
            assert_eq!(wrong().await.status, 401);
        }
        let bounded = log_in(world, "Jack@Example.com", PASSWORD).await;
        assert_eq!(refused(&bounded).0, 429);
        let wait: u64 = bounded.header("retry-after").parse().unwrap();
        assert!((1..=600).contains(&wait), "{wait}");
        // Others are not affected, and time heals.
        assert_eq!(
            log_in(world, "jill@example.com", PASSWORD).await.status,
            401
        );
        world.advance(Duration::from_secs(wait));
        Person::logged_in(world, "jack@example.com").await;
    })
    .await;
}

#[actix_web::test]
async fn each_log_in_is_a_session_of_its_own() {
    on_each_store(async |world| {
        let first = Person::signed_up(world, "jack@example.com").await;
        let second = Person::logged_in(world, "jack@example.com").await;
        assert_ne!(first.refresh_token, second.refresh_token);
        let sessions = second.get(world, "/me/sessions").await.json();
        assert_eq!(sessions.as_array().unwrap().len(), 2);
        let current = |index: usize| sessions[index]["current"].as_bool().unwrap();
        assert!(current(0) ^ current(1));
        assert_eq!(
            log_out(world, &second, &second.refresh_token).await.status,
            204
        );
        assert_eq!(second.get(world, "/me").await.status, 401);
        assert_eq!(first.get(world, "/me").await.status, 200);
        assert_eq!(refresh(world, &first.refresh_token).await.status, 200);
    })
    .await;
}

#[actix_web::test]
async fn a_session_is_revoked_from_another() {
    on_each_store(async |world| {
        let first = Person::signed_up(world, "jack@example.com").await;
        let second = Person::logged_in(world, "jack@example.com").await;
        let stranger = Person::signed_up(world, "jill@example.com").await;
        let sessions = second.get(world, "/me/sessions").await.json();
        let listed = sessions.as_array().unwrap().iter();
        let other = listed
            .clone()
            .find(|held| held["current"] == false)
            .unwrap();
        let path = format!("/me/sessions/{}", other["id"].as_str().unwrap());
        for (person, path, status) in [
            (&stranger, path.as_str(), 404),
            (&second, "/me/sessions/nonsense", 404),
            (&second, &path, 204),
            (&second, &path, 404),
        ] {
            let answer = person.send(world, Method::DELETE, path, None).await;
            assert_eq!(answer.status, status, "{path}");
        }
        assert_eq!(first.get(world, "/me").await.status, 401);
        assert_eq!(refresh(world, &first.refresh_token).await.status, 401);
        assert_eq!(second.get(world, "/me").await.status, 200);
    })
    .await;
}

#[actix_web::test]
async fn a_refresh_gives_a_new_access_token_and_keeps_the_refresh_token() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        world.advance(Duration::from_secs(599));
        assert_eq!(person.get(world, "/me").await.status, 200);
        world.advance(Duration::from_secs(1));
        assert_eq!(refused(&person.get(world, "/me").await).0, 401);
        let once = || refresh(world, &person.refresh_token);
        let (first, second, third) = tokio::join!(once(), once(), once());
        for answer in [first, second, third] {
            assert_eq!(answer.status, 200);
            let json = answer.json();
            assert_eq!(
                json.as_object().unwrap().keys().collect::<Vec<_>>(),
                ["jwt"]
            );
            let renewed = Person {
                jwt: json["jwt"].as_str().unwrap().to_owned(),
                refresh_token: person.refresh_token.clone(),
            };
            assert_eq!(renewed.get(world, "/me").await.status, 200);
        }
    })
    .await;
}

#[actix_web::test]
async fn a_session_slides_and_ends() {
    on_each_store(async |world| {
        const DAY: Duration = Duration::from_hours(24);
        let person = Person::signed_up(world, "jack@example.com").await;
        for _ in 0..2 {
            world.advance(29 * DAY);
            assert_eq!(refresh(world, &person.refresh_token).await.status, 200);
        }
        world.advance(30 * DAY);
        assert_eq!(refused(&refresh(world, &person.refresh_token).await).0, 401);
    })
    .await;
}

#[actix_web::test]
async fn what_is_no_refresh_token_of_a_session_is_refused() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        for token in [
            "the-token-str-2",
            &"0".repeat(64),
            &person.refresh_token.to_uppercase(),
            &format!("{}0", person.refresh_token),
            &person.jwt,
        ] {
            assert_eq!(refused(&refresh(world, token).await).0, 401, "{token}");
        }
        let missing = post(world, "/access-tokens/refresh", json!({})).await;
        assert_eq!(wrong_fields(&missing), ["refresh_token"]);
    })
    .await;
}

#[actix_web::test]
async fn a_log_out_ends_access_at_once() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        let answer = log_out(world, &person, &person.refresh_token).await;
        assert_eq!((answer.status, answer.text()), (204, ""));
        assert_eq!(refused(&person.get(world, "/me").await).0, 401);
        assert_eq!(refused(&refresh(world, &person.refresh_token).await).0, 401);
        assert_eq!(
            log_out(world, &person, &person.refresh_token).await.status,
            401
        );

        let again = Person::logged_in(world, "jack@example.com").await;
        let path = format!("/access-tokens?refresh_token={}", again.refresh_token);
        let answer = again.send(world, Method::DELETE, &path, None).await;
        assert_eq!(answer.status, 204);
        assert_eq!(again.get(world, "/me").await.status, 401);
    })
    .await;
}

#[actix_web::test]
async fn nobody_logs_another_out() {
    on_each_store(async |world| {
        let jack = Person::signed_up(world, "jack@example.com").await;
        let jill = Person::signed_up(world, "jill@example.com").await;
        assert_eq!(
            refused(&log_out(world, &jill, &jack.refresh_token).await).0,
            401
        );
        assert_eq!(jack.get(world, "/me").await.status, 200);
        assert_eq!(jill.get(world, "/me").await.status, 200);
        let missing = jill
            .send(world, Method::DELETE, "/access-tokens", Some(json!({})))
            .await;
        assert_eq!(wrong_fields(&missing), ["refresh_token"]);
    })
    .await;
}

#[actix_web::test]
async fn a_surface_that_is_off_does_not_exist() {
    let off = HttpSettings {
        surfaces: passkeyd_http::settings::Surfaces::default(),
        ..pool()
    };
    let world = World::with(off).await;
    for path in ["/users", "/access-tokens", "/ideas", "/me"] {
        assert_eq!(post(&world, path, json!({})).await.status, 404, "{path}");
    }
}
