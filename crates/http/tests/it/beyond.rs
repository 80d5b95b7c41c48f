//! What upstream does not have: pages, filters, names that can be changed, webhooks.

use passkeyd_authenticator::Device;
use serde_json::{Value, json};

use crate::world::{Answer, MANAGEMENT, SECRET, World, on_each_store};

/// Reads a list to its end, page by page, and tells what `pick` finds in each element.
async fn read_all(
    world: &World,
    path: &str,
    list: &str,
    pick: fn(&Value) -> String,
) -> Vec<String> {
    let mut read = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = world
            .get(&format!("{path}{cursor}"), SECRET)
            .await
            .ok()
            .json();
        let elements = page[list].as_array().unwrap();
        assert!(elements.len() <= 2, "{page}");
        read.extend(elements.iter().map(pick));
        assert!(read.len() < 100, "the list has no end");
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return read,
        }
    }
}

#[actix_web::test]
async fn lists_are_read_page_by_page_without_repeats_or_gaps() {
    on_each_store(async |world| {
        for user in 1..=5 {
            world
                .register(&mut Device::new(user), &format!("u{user}"))
                .await;
        }
        let user_id = |one: &Value| one["userId"].as_str().unwrap().to_owned();
        let users = ["u1", "u2", "u3", "u4", "u5"];
        assert_eq!(
            read_all(world, "/users/list?limit=2", "values", user_id).await,
            users
        );
        let mut owners = read_all(world, "/credentials/list?limit=2", "values", user_id).await;
        owners.sort();
        assert_eq!(owners, users);
        let kind = |one: &Value| one["eventType"].as_str().unwrap().to_owned();
        let events = read_all(world, "/events?limit=2", "events", kind).await;
        assert_eq!(events.len(), 15);
        assert_eq!(events[0], "ApiAuthPasskeyRegistrationCompleted");
    })
    .await;
}

#[actix_web::test]
async fn a_page_of_passkeys_names_the_models_that_are_known() {
    const BITWARDEN: u128 = 0xd548826e_79b4_db40_a3d8_11116f7e8349;
    on_each_store(async |world| {
        let mut known = Device::new(1);
        known.behaviour.aaguid = BITWARDEN.to_be_bytes();
        world.register(&mut known, "u1").await;
        world.register(&mut Device::new(2), "u2").await;
        let page = world.get("/credentials/list?limit=5", SECRET).await;
        let models = page.ok().json()["authenticators"].clone();
        assert_eq!(models.as_object().unwrap().len(), 1);
        let model = &models["d548826e-79b4-db40-a3d8-11116f7e8349"];
        assert_eq!(model["name"], "Bitwarden");
        for icon in ["iconLight", "iconDark"] {
            assert!(model[icon].as_str().unwrap().starts_with("data:image/"));
        }
        // A plain call gets nothing but what it always got.
        let plain = world.get("/credentials/list?userId=u1", SECRET).await;
        let plain = plain.ok().json();
        assert_eq!(
            plain.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["values"]
        );
    })
    .await;
}

#[actix_web::test]
async fn lists_are_narrowed_by_filters() {
    on_each_store(async |world| {
        for user in 1..=2 {
            world
                .register(&mut Device::new(user), &format!("u{user}"))
                .await;
        }
        let count = async |path: &str, list: &str| {
            let page = world.get(path, SECRET).await.ok().json();
            page[list].as_array().unwrap().len()
        };
        for (path, list, expected) in [
            ("/users/list?prefix=u", "values", 2),
            ("/users/list?prefix=u2", "values", 1),
            ("/users/list?prefix=%25", "values", 0),
            ("/credentials/list?limit=5&userId=u1", "values", 1),
            ("/credentials/list?limit=5&userId=%20", "values", 0),
            ("/credentials/list?rpId=localhost", "values", 2),
            ("/credentials/list?rpId=example.com", "values", 0),
            (
                "/credentials/list?aaGuid=00000000-0000-0000-0000-000000000000",
                "values",
                2,
            ),
            ("/events?eventType=ApiAuthUserRegistered", "events", 2),
            (
                "/events?eventType=ApiAuthUserRegistered&eventType=ApiAuthPasskeyRegistrationBegan",
                "events",
                4,
            ),
            ("/events?performedBy=u1", "events", 3),
            ("/events?subject=test&limit=1", "events", 1),
            ("/events?from=2026-01-01T00:00:00Z", "events", 6),
            ("/events?before=2026-01-01T00:00:00Z", "events", 0),
        ] {
            assert_eq!(count(path, list).await, expected, "{path}");
        }
        for bad in [
            "/users/list?limit=0",
            "/users/list?limit=1001",
            "/users/list?limit=x",
            "/users/list?cursor=%21",
            "/credentials/list?cursor=AAAA",
            "/credentials/list?aaGuid=x",
            "/events?cursor=AAAA",
            "/events?eventType=Nothing",
            "/events?from=yesterday",
        ] {
            assert_eq!(world.get(bad, SECRET).await.refusal().0, 400, "{bad}");
        }
    })
    .await;
}

#[actix_web::test]
async fn a_passkey_gets_another_name_or_none() {
    on_each_store(async |world| {
        world.register(&mut Device::new(1), "u1").await;
        let listed = async || {
            let answer = world.get("/credentials/list?userId=u1", SECRET).await;
            answer.ok().json()["values"][0].clone()
        };
        let id = listed().await["descriptor"]["id"].clone();
        let rename = |id: &Value, nickname: Value| {
            let body = json!({ "credentialId": id, "nickname": nickname });
            world.post("/credentials/rename", SECRET, body)
        };
        for nickname in [json!("key ring"), Value::Null] {
            assert_eq!(rename(&id, nickname.clone()).await.status, 204);
            assert_eq!(listed().await["nickname"], nickname);
        }
        let unknown = rename(&json!("AQ"), json!("x")).await;
        assert_eq!(unknown.code(), (400, "unknown_credential".to_owned()));
        let long = rename(&Value::Null, json!("x".repeat(65))).await;
        assert_eq!(
            long.problem()["errors"],
            json!({
                "credentialId": ["The CredentialId field is required."],
                "nickname": ["Nickname cannot be longer than 64 characters."],
            })
        );
    })
    .await;
}

#[actix_web::test]
async fn webhooks_are_made_listed_and_deleted() {
    on_each_store(async |world| {
        let path = "/admin/apps/test/webhooks";
        let create = |body: Value| world.post(path, MANAGEMENT, body);
        let body = json!({ "url": "https://example.com/hook", "eventTypes": ["ApiUserSignInCompleted"] });
        let made = create(body).await;
        assert_eq!(made.status, 201);
        let made = made.json();
        assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
        let id = made["id"].as_str().unwrap();
        let listed = world.get(path, MANAGEMENT).await.ok();
        assert_eq!(
            listed.text(),
            format!(r#"{{"values":[{{"id":"{id}","url":"https://example.com/hook","eventTypes":["ApiUserSignInCompleted"]}}]}}"#)
        );
        for bad in [
            json!({}),
            json!({ "url": "ftp://example.com" }),
            json!({ "url": "/hook" }),
            json!({ "url": "https://example.com", "eventTypes": ["Nothing"] }),
        ] {
            assert_eq!(create(bad).await.refusal().0, 400);
        }
        let delete = async || -> Answer {
            let request = actix_web::test::TestRequest::delete().uri(&format!("{path}/{id}"));
            world.send(request.insert_header(MANAGEMENT)).await
        };
        assert_eq!(delete().await.status, 204);
        assert_eq!(delete().await.refusal().0, 404);
    })
    .await;
}
