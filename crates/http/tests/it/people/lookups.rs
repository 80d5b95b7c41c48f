use actix_web::http::Method;
use data_encoding::BASE64URL_NOPAD;
use passkeyd_authenticator::{Assertion, Device, Registration};
use serde_json::{Value, json};

use super::KEY;
use crate::world::{Answer, ORIGIN, World, on_each_store};

const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";
const NO_MAKE: &str = "00000000-0000-0000-0000-000000000001";

fn text(bytes: &[u8]) -> Value {
    BASE64URL_NOPAD.encode(bytes).into()
}

fn creation(session: &Value, made: &Registration) -> Value {
    json!({
        "session": session,
        "creationResult": {
            "credentialId": text(&made.credential_id),
            "clientDataJSON": text(&made.client_data),
            "attestationObject": text(&made.attestation_object),
        },
    })
}

fn assertion(session: &Value, signed: &Assertion) -> Value {
    json!({
        "session": session,
        "assertionResult": {
            "credentialId": text(&signed.credential_id),
            "clientDataJSON": text(&signed.client_data),
            "authenticatorData": text(&signed.authenticator_data),
            "signature": text(&signed.signature),
            "userHandle": signed.user_handle.as_deref().map(text),
        },
    })
}

impl World {
    async fn discover(&self, name: &str) -> Answer {
        let body = json!({
            "user": { "username": name, "usernameType": "email" },
            "userAgent": IPHONE,
            "deviceInfo": { "deviceId": "phone-1" },
            "traceId": "trace-1",
        });
        self.call_post("/mgmt/discover", KEY, body).await
    }

    /// Somebody who registered a passkey in a session that a back end began.
    async fn registered(&self, device: &mut Device, name: &str) -> Value {
        let found = self.discover(name).await.ok().json();
        assert_eq!(found["matchResult"], "UserNotFound");
        let made = device.create(&found["regRequestOptions"], ORIGIN).unwrap();
        let body = creation(&found["session"], &made);
        let registered = self.call_post("/reg/complete", None, body).await;
        let registered = registered.ok().json();
        assert_eq!(registered["userId"], found["userId"]);
        assert_eq!(registered["deviceId"], "phone-1");
        registered
    }
}

#[actix_web::test]
async fn a_discovered_session_is_good_for_either_completion_once() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        let registered = world.registered(&mut device, "ada@example.com").await;
        let found = world.discover("ADA@example.com").await.ok().json();
        assert_eq!(found["matchResult"], "PasskeyFound");
        assert_eq!(found["userId"], registered["userId"]);
        assert_eq!(found["traceId"], "trace-1");
        assert_eq!(found["lastLoginDeviceId"], "phone-1");
        assert_eq!(found["lastLoginTs"], "2026-01-01T00:00:00Z");
        let signed = device.get(&found["authRequestOptions"], ORIGIN).unwrap();
        let complete = async |path: &str, body: Value| world.call_post(path, None, body).await;
        let sign_in = assertion(&found["session"], &signed);
        let signed_in = complete("/auth/complete", sign_in.clone())
            .await
            .ok()
            .json();
        assert_eq!(signed_in["passkeyId"], registered["passkeyId"]);
        complete("/auth/complete", sign_in).await.is_bad_request();
        let another = Device::new(2).create(&found["regRequestOptions"], ORIGIN);
        let another = creation(&found["session"], &another.unwrap());
        complete("/reg/complete", another).await.is_bad_request();

        // And the other way round.
        let found = world.discover("ada@example.com").await.ok().json();
        let signed = device.get(&found["authRequestOptions"], ORIGIN).unwrap();
        let another = Device::new(2).create(&found["regRequestOptions"], ORIGIN);
        let another = creation(&found["session"], &another.unwrap());
        complete("/reg/complete", another).await.ok();
        let sign_in = assertion(&found["session"], &signed);
        complete("/auth/complete", sign_in).await.is_bad_request();
    })
    .await;
}

#[actix_web::test]
async fn what_is_known_of_a_user_is_told_to_back_ends() {
    on_each_store(async |world| {
        world.person("bob").await;
        let found = world.discover("bob@example.com").await.ok().json();
        assert_eq!(found["matchResult"], "PasskeyNotFound");
        assert_eq!(found.get("authRequestOptions"), None);
        let path = format!(
            "/mgmt/users/{}/deactivate",
            found["userId"].as_str().unwrap()
        );
        world.call(Method::PUT, &path, KEY, None).await.is_empty();
        let inactive = world.discover("bob@example.com").await;
        assert_eq!(inactive.refused(), (403, "forbidden".to_owned()));
    })
    .await;
}

#[actix_web::test]
async fn a_user_is_looked_up_with_devices_and_passkeys() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        let registered = world.registered(&mut device, "ada@example.com").await;
        let answer = world
            .call(
                Method::GET,
                "/mgmt/users?username=ADA%40example.com",
                KEY,
                None,
            )
            .await
            .ok()
            .json();
        let user = json!({
            "userId": registered["userId"],
            "usernames": [{ "username": "ada@example.com", "usernameType": "email" }],
        });
        assert_eq!(answer["user"], user);
        assert_eq!(answer["devices"][0]["deviceId"], "phone-1");
        assert_eq!(answer["devices"][0]["name"], "iPhone");
        let passkey = &answer["passkeys"][0];
        assert_eq!(passkey["passkeyId"], registered["passkeyId"]);
        assert_eq!(passkey["createdFromDeviceId"], "phone-1");

        let answer = world
            .call(Method::GET, "/mgmt/devices/phone-1", KEY, None)
            .await
            .ok()
            .json();
        assert_eq!(answer["deviceInfo"]["osName"], "iOS");
        assert_eq!(answer["users"], json!([user]));
        world
            .call(Method::GET, "/mgmt/devices/phone-2", KEY, None)
            .await
            .is_not_found();
        world
            .call(Method::GET, "/mgmt/users", KEY, None)
            .await
            .is_bad_request();
        world
            .call(Method::GET, "/mgmt/users?username=nobody", KEY, None)
            .await
            .is_not_found();
    })
    .await;
}

#[actix_web::test]
async fn a_back_end_renames_and_deletes_passkeys() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        let registered = world.registered(&mut device, "ada@example.com").await;
        let path = format!(
            "/mgmt/passkeys/{}",
            registered["passkeyId"].as_str().unwrap()
        );
        let show = async || world.call(Method::GET, &path, KEY, None).await;
        let shown = show().await.ok().json();
        assert_eq!(shown["passkeyInfo"]["id"], registered["passkeyId"]);
        assert_eq!(shown["user"]["userId"], registered["userId"]);
        let rename = async |name: Value| {
            let body = json!({ "passkeyName": name });
            world.call(Method::PUT, &path, KEY, Some(body)).await
        };
        rename("  Work key ".into()).await.is_empty();
        assert_eq!(show().await.json()["passkeyInfo"]["name"], "Work key");
        for bad in [json!(""), json!(" "), json!(7), json!("x".repeat(256))] {
            rename(bad).await.is_bad_request();
        }
        world
            .call(Method::DELETE, &path, KEY, None)
            .await
            .is_empty();
        show().await.is_not_found();
        rename("x".into()).await.is_not_found();
        world
            .call(Method::DELETE, &path, KEY, None)
            .await
            .is_not_found();
        world
            .call(Method::GET, "/mgmt/passkeys/x", KEY, None)
            .await
            .is_not_found();
    })
    .await;
}

#[actix_web::test]
async fn the_blacklist_is_obeyed_from_the_next_request_on() {
    on_each_store(async |world| {
        const PATH: &str = "/mgmt/aaguid/blacklist";
        let mut device = Device::new(1);
        let registered = world.registered(&mut device, "ada@example.com").await;
        let path = format!(
            "/mgmt/passkeys/{}",
            registered["passkeyId"].as_str().unwrap()
        );
        let shown = world.call(Method::GET, &path, KEY, None).await.ok().json();
        let make = shown["passkeyInfo"]["aaguid"].as_str().unwrap().to_owned();
        let list = async || world.call(Method::GET, PATH, KEY, None).await.ok().json();
        let put = async |method: Method, aaguid: &str, reg: bool, auth: bool| {
            let items = json!({ "items": [{ "aaguid": aaguid, "reg": reg, "auth": auth }] });
            world.call(method, PATH, KEY, Some(items)).await
        };
        assert_eq!(list().await, json!([]));
        put(Method::POST, &make.to_uppercase(), false, false)
            .await
            .is_empty();
        put(Method::PUT, &make, false, true).await.is_empty();
        assert_eq!(
            list().await,
            json!([{ "aaguid": make, "reg": false, "auth": true }])
        );
        let found = world.discover("ada@example.com").await.ok().json();
        assert_eq!(found["matchResult"], "PasskeyNotFound");

        for bad in [
            json!({}),
            json!({ "items": [] }),
            json!({ "items": [{ "aaguid": "x", "reg": true, "auth": true }] }),
        ] {
            world.call_post(PATH, KEY, bad).await.is_bad_request();
        }
        for bad in [json!({}), json!({ "aaguids": ["x"] })] {
            world
                .call(Method::DELETE, PATH, KEY, Some(bad))
                .await
                .is_bad_request();
        }
        let off = json!({ "aaguids": [make, NO_MAKE] });
        world
            .call(Method::DELETE, PATH, KEY, Some(off))
            .await
            .is_empty();
        assert_eq!(list().await, json!([]));
        let found = world.discover("ada@example.com").await.ok().json();
        assert_eq!(found["matchResult"], "PasskeyFound");
    })
    .await;
}

#[actix_web::test]
async fn makes_have_names_and_icons() {
    let world = World::new().await;
    let make = async |aaguid: &str| {
        let path = format!("/mgmt/aaguid/{aaguid}");
        world.call(Method::GET, &path, KEY, None).await
    };
    let apple = make("FBFC3007-154E-4ECC-8C0B-6E020557D7BD")
        .await
        .ok()
        .json();
    assert_eq!(apple["name"], "Apple Passwords");
    assert_eq!(apple["id"], "fbfc3007-154e-4ecc-8c0b-6e020557d7bd");
    for icon in ["iconLight", "iconDark"] {
        assert!(
            apple[icon]
                .as_str()
                .unwrap()
                .starts_with("data:image/svg+xml;base64,")
        );
    }
    make(NO_MAKE).await.is_not_found();
    make("x").await.is_bad_request();
}

#[actix_web::test]
async fn each_look_up_needs_its_scope() {
    let world = World::new().await;
    let discover = json!({ "user": { "username": "a" }, "userAgent": "" });
    let make = "fbfc3007-154e-4ecc-8c0b-6e020557d7bd";
    let items = json!({ "items": [{ "aaguid": make, "reg": true, "auth": true }] });
    let passkey = format!("/mgmt/passkeys/{NO_MAKE}");
    for (method, path, scope, body) in [
        (
            Method::GET,
            format!("/mgmt/aaguid/{make}"),
            "passkey:read",
            None,
        ),
        (
            Method::GET,
            "/mgmt/aaguid/blacklist".to_owned(),
            "passkey:read",
            None,
        ),
        (
            Method::POST,
            "/mgmt/aaguid/blacklist".to_owned(),
            "passkey:write",
            Some(items),
        ),
        (
            Method::DELETE,
            "/mgmt/aaguid/blacklist".to_owned(),
            "passkey:write",
            Some(json!({ "aaguids": [] })),
        ),
        (Method::GET, "/mgmt/devices/x".to_owned(), "user:read", None),
        (
            Method::POST,
            "/mgmt/discover".to_owned(),
            "user:read",
            Some(discover),
        ),
        (Method::GET, passkey.clone(), "passkey:read", None),
        (
            Method::PUT,
            passkey.clone(),
            "passkey:write",
            Some(json!({ "passkeyName": "x" })),
        ),
        (Method::DELETE, passkey, "passkey:write", None),
        (
            Method::GET,
            "/mgmt/users?username=a".to_owned(),
            "user:read",
            None,
        ),
    ] {
        world.needs_scope(method, &path, scope, body).await;
    }
}
