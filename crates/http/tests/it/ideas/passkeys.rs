//! Passkeys of an account, on the store that all surfaces share.

use actix_web::{http::Method, test::TestRequest};
use passkeyd_authenticator::{Device, passwordless::SignInAs};
use serde_json::{Value, json};

use super::{Person, on_each_store, refused};
use crate::world::{Answer, ORIGIN, World};

async fn from_page(
    world: &World,
    person: Option<&Person>,
    path: &str,
    body: Option<Value>,
) -> Answer {
    let mut request = TestRequest::post()
        .uri(path)
        .insert_header(("Origin", ORIGIN));
    if let Some(person) = person {
        request = request.insert_header(("X-Access-Token", person.jwt.as_str()));
    }
    match body {
        Some(body) => world.send_json(request, body).await,
        None => world.send(request).await,
    }
}

/// Adds a passkey of the device to the account, and returns what is answered.
async fn add(world: &World, person: &Person, device: &mut Device) -> Answer {
    let begun = from_page(world, Some(person), "/me/passkeys/begin", None).await;
    assert_eq!(begun.status, 200, "{}", begun.text());
    let begun = begun.json();
    let made = device.create(&begun["options"], ORIGIN).unwrap();
    let body =
        json!({ "session": begun["session"], "credential": made.to_json(), "name": "my phone" });
    from_page(world, Some(person), "/me/passkeys", Some(body)).await
}

/// Begins a log-in and signs it with the device.
async fn signed(world: &World, device: &mut Device) -> Value {
    let begun = from_page(world, None, "/access-tokens/passkey/begin", None).await;
    assert_eq!(begun.status, 200, "{}", begun.text());
    let begun = begun.json();
    assert_eq!(begun["options"]["allowCredentials"], json!([]));
    let signed = device.get(&begun["options"], ORIGIN).unwrap();
    json!({ "session": begun["session"], "credential": signed.to_json() })
}

async fn log_in(world: &World, body: Value) -> Answer {
    from_page(world, None, "/access-tokens/passkey", Some(body)).await
}

#[actix_web::test]
async fn a_passkey_is_added_and_signs_in() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        let mut device = Device::new(1);
        let added = add(world, &person, &mut device).await;
        assert_eq!(added.status, 201, "{}", added.text());
        assert_eq!(added.json()["name"], "my phone");
        assert_eq!(added.json()["created_at"], 1_767_225_600);
        assert_eq!(
            person.get(world, "/me/passkeys").await.json(),
            json!([added.json()])
        );

        let body = signed(world, &mut device).await;
        let again = Person::of(&log_in(world, body.clone()).await);
        let me = again.get(world, "/me").await.json();
        assert_eq!(
            (&me["email"], &me["name"]),
            (&json!("jack@example.com"), &json!("Jack Black"))
        );
        assert_eq!(refused(&log_in(world, body).await).0, 401);
    })
    .await;
}

#[actix_web::test]
async fn a_passkey_of_one_surface_signs_in_through_the_other() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        let mut device = Device::new(1);
        add(world, &person, &mut device).await;
        world.sign_in(&mut device, &SignInAs::Discoverable).await;

        let mut other = Device::new(2);
        world.register(&mut other, "ada").await;
        let body = signed(world, &mut other).await;
        let ada = Person::of(&log_in(world, body).await);
        assert_eq!(ada.get(world, "/me").await.json()["email"], "ada");
    })
    .await;
}

#[actix_web::test]
async fn an_answer_that_is_wrong_signs_nobody_in() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        let mut device = Device::new(1);
        add(world, &person, &mut device).await;
        for change in ["signature", "userHandle", "clientDataJSON"] {
            let mut body = signed(world, &mut device).await;
            body["credential"]["response"][change] = json!("AAAA");
            assert_eq!(refused(&log_in(world, body).await).0, 401, "{change}");
        }
        let mut nameless = signed(world, &mut device).await;
        nameless["credential"]["response"]
            .as_object_mut()
            .unwrap()
            .remove("userHandle");
        assert_eq!(refused(&log_in(world, nameless).await).0, 401);
        let mut sessionless = signed(world, &mut device).await;
        sessionless["session"] = json!("session_AAAA");
        assert_eq!(refused(&log_in(world, sessionless).await).0, 401);
        assert_eq!(refused(&log_in(world, json!({})).await).0, 401);
    })
    .await;
}

#[actix_web::test]
async fn a_passkey_is_deleted_by_its_owner_only() {
    on_each_store(async |world| {
        let jack = Person::signed_up(world, "jack@example.com").await;
        let jill = Person::signed_up(world, "jill@example.com").await;
        let mut device = Device::new(1);
        let added = add(world, &jack, &mut device).await.json();
        let path = format!("/me/passkeys/{}", added["id"].as_str().unwrap());
        for (person, path, status) in [
            (&jill, path.as_str(), 404),
            (&jack, "/me/passkeys/AAAA", 404),
            (&jack, "/me/passkeys/!", 404),
            (&jack, &path, 204),
            (&jack, &path, 404),
        ] {
            let answer = person.send(world, Method::DELETE, path, None).await;
            assert_eq!(answer.status, status, "{path}");
        }
        let body = signed(world, &mut device).await;
        assert_eq!(refused(&log_in(world, body).await).0, 401);
    })
    .await;
}

#[actix_web::test]
async fn nobody_completes_what_another_began() {
    on_each_store(async |world| {
        let jack = Person::signed_up(world, "jack@example.com").await;
        let jill = Person::signed_up(world, "jill@example.com").await;
        let mut device = Device::new(1);
        let begun = from_page(world, Some(&jack), "/me/passkeys/begin", None)
            .await
            .json();
        let made = device.create(&begun["options"], ORIGIN).unwrap();
        let body = json!({ "session": begun["session"], "credential": made.to_json() });
        let stolen = from_page(world, Some(&jill), "/me/passkeys", Some(body.clone())).await;
        assert_eq!(refused(&stolen).0, 400);
        let kept = from_page(world, Some(&jack), "/me/passkeys", Some(body)).await;
        assert_eq!(kept.status, 201, "{}", kept.text());
        assert_eq!(jill.get(world, "/me/passkeys").await.json(), json!([]));
    })
    .await;
}

#[actix_web::test]
async fn a_page_without_an_origin_has_no_passkeys() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        let answer = person.post(world, "/me/passkeys/begin", json!({})).await;
        assert_eq!(refused(&answer).0, 400);
    })
    .await;
}
