//! The ceremonies of the LoginID surface over HTTP, on each store: what ends them, and what they refuse.

mod lifetimes;

use std::time::Duration;

use actix_web::http::Method;
use data_encoding::BASE64URL_NOPAD;
use passkeyd_authenticator::{Assertion, Deviations, Device, SignatureFault};
use serde_json::{Value, json};

use crate::{
    mfa::{assertion_result, creation_result},
    people::KEY,
    world::{Answer, ORIGIN, World, on_each_store},
};

/// What a ceremony began with: the options for the browser, and the session.
struct Begun {
    options: Value,
    session: String,
}

impl Begun {
    fn read(answer: &Answer, options: &str) -> Self {
        let body = answer.json();
        Self {
            options: body[options].clone(),
            session: body["session"].as_str().unwrap().to_owned(),
        }
    }
}

fn reg_init(name: &str) -> Value {
    json!({ "app": { "id": "test" }, "deviceInfo": {}, "passkeyOptions": {},
        "user": { "username": name, "usernameType": "other", "displayName": name } })
}

fn auth_init(name: &str) -> Value {
    json!({ "app": { "id": "test" }, "deviceInfo": {}, "user": { "username": name } })
}

fn tx_init(name: &str) -> Value {
    json!({ "username": name, "txPayload": "Payment of $100", "txType": "raw", "nonce": "n-1" })
}

fn tx_complete(begun: &Begun, signed: &Assertion) -> Value {
    json!({
        "session": begun.session,
        "keyHandle": BASE64URL_NOPAD.encode(&signed.credential_id),
        "clientData": BASE64URL_NOPAD.encode(&signed.client_data),
        "authenticatorData": BASE64URL_NOPAD.encode(&signed.authenticator_data),
        "signature": BASE64URL_NOPAD.encode(&signed.signature),
    })
}

impl World {
    async fn begin(&self, path: &str, options: &str, body: Value) -> Begun {
        Begun::read(&self.call_post(path, None, body).await.ok(), options)
    }

    async fn begin_reg(&self, name: &str) -> Begun {
        let options = "registrationRequestOptions";
        self.begin("/reg/init", options, reg_init(name)).await
    }

    async fn begin_auth(&self, name: &str) -> Begun {
        let body = auth_init(name);
        self.begin("/auth/init", "assertionOptions", body).await
    }

    async fn begin_tx(&self, name: &str) -> Begun {
        let body = tx_init(name);
        self.begin("/tx/init", "assertionOptions", body).await
    }

    async fn end_reg(&self, begun: &Begun, device: &mut Device, fault: &Deviations) -> Answer {
        let made = device.create_deviating(&begun.options, ORIGIN, fault);
        let result = creation_result(&made.unwrap());
        let body = json!({ "session": begun.session, "creationResult": result });
        self.call_post("/reg/complete", None, body).await
    }

    async fn end_auth(&self, begun: &Begun, device: &mut Device, fault: &Deviations) -> Answer {
        let signed = device.get_deviating(&begun.options, ORIGIN, fault);
        let result = assertion_result(&signed.unwrap());
        let body = json!({ "session": begun.session, "assertionResult": result });
        self.call_post("/auth/complete", None, body).await
    }

    async fn end_tx(&self, begun: &Begun, device: &mut Device, fault: &Deviations) -> Answer {
        let signed = device.get_deviating(&begun.options, ORIGIN, fault);
        let body = tx_complete(begun, &signed.unwrap());
        self.call_post("/tx/complete", None, body).await
    }

    /// Makes a user of this name with a passkey, and gives the access token.
    async fn with_passkey(&self, name: &str, device: &mut Device) -> String {
        let begun = self.begin_reg(name).await;
        let answer = self.end_reg(&begun, device, &Deviations::default()).await;
        answer.ok().json()["jwtAccess"].as_str().unwrap().to_owned()
    }
}

fn bad_request() -> (u16, String) {
    (400, "bad_request".to_owned())
}

#[actix_web::test]
async fn a_session_lives_ten_minutes_and_of_a_transaction_five() {
    on_each_store(async |world| {
        let right = Deviations::default();
        let mut device = Device::new(1);
        let (late, in_time) = (Duration::from_secs(601), Duration::from_secs(599));

        let begun = world.begin_reg("ada").await;
        world.advance(late);
        let answer = world.end_reg(&begun, &mut device, &right).await;
        assert_eq!(answer.refused(), bad_request());
        let begun = world.begin_reg("ada").await;
        world.advance(in_time);
        world.end_reg(&begun, &mut device, &right).await.ok();

        let begun = world.begin_auth("ada").await;
        world.advance(late);
        let answer = world.end_auth(&begun, &mut device, &right).await;
        assert_eq!(answer.refused(), bad_request());
        let begun = world.begin_auth("ada").await;
        world.advance(in_time);
        world.end_auth(&begun, &mut device, &right).await.ok();

        let begun = world.begin_tx("ada").await;
        world.advance(Duration::from_secs(301));
        let answer = world.end_tx(&begun, &mut device, &right).await;
        assert_eq!(answer.refused(), bad_request());
        let begun = world.begin_tx("ada").await;
        world.advance(Duration::from_secs(299));
        world.end_tx(&begun, &mut device, &right).await.ok();
    })
    .await;
}

#[actix_web::test]
async fn an_access_token_lives_ten_minutes() {
    on_each_store(async |world| {
        let token = world.with_passkey("ada", &mut Device::new(1)).await;
        let list = async || {
            world
                .call(Method::GET, "/passkeys", Some(&token), None)
                .await
        };
        world.advance(Duration::from_secs(599));
        assert_eq!(list().await.ok().json().as_array().unwrap().len(), 1);
        world.advance(Duration::from_secs(1));
        assert_eq!(list().await.refused(), (401, "unauthorized".to_owned()));
    })
    .await;
}

#[actix_web::test]
async fn a_failed_verification_uses_the_session_up() {
    on_each_store(async |world| {
        let right = Deviations::default();
        let wrong = Deviations {
            signature: SignatureFault::FlippedBit,
            ..Deviations::default()
        };
        let mut device = Device::new(1);
        world.with_passkey("ada", &mut device).await;

        let begun = world.begin_auth("ada").await;
        for fault in [&wrong, &right] {
            let answer = world.end_auth(&begun, &mut device, fault).await;
            assert_eq!(answer.refused(), bad_request());
        }
        let begun = world.begin_tx("ada").await;
        let answer = world.end_tx(&begun, &mut device, &wrong).await;
        assert_eq!(answer.refused(), (403, "forbidden".to_owned()));
        let answer = world.end_tx(&begun, &mut device, &right).await;
        assert_eq!(answer.refused(), bad_request());
    })
    .await;
}

#[actix_web::test]
async fn a_malformed_body_leaves_the_session_alone() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        world.with_passkey("ada", &mut device).await;
        let begun = world.begin_auth("ada").await;
        for result in [
            json!(null),
            json!({}),
            json!({ "credentialId": "%" }),
            json!([]),
        ] {
            let body = json!({ "session": begun.session, "assertionResult": result });
            let answer = world.call_post("/auth/complete", None, body).await;
            assert_eq!(answer.refused(), bad_request());
        }
        let right = Deviations::default();
        world.end_auth(&begun, &mut device, &right).await.ok();
    })
    .await;
}

#[actix_web::test]
async fn a_session_is_good_at_its_own_end_only() {
    on_each_store(async |world| {
        let right = Deviations::default();
        let mut device = Device::new(1);
        world.with_passkey("ada", &mut device).await;
        let (auth, tx) = (world.begin_auth("ada").await, world.begin_tx("ada").await);
        let answer = world.end_tx(&auth, &mut device, &right).await;
        assert_eq!(answer.refused(), bad_request());
        let answer = world.end_auth(&tx, &mut device, &right).await;
        assert_eq!(answer.refused(), bad_request());
    })
    .await;
}

#[actix_web::test]
async fn of_two_ends_at_once_one_wins() {
    on_each_store(async |world| {
        let right = Deviations::default();
        let mut device = Device::new(1);
        let begun = world.begin_reg("ada").await;
        let (mut one, mut two) = (Device::new(2), Device::new(3));
        let (one, two) = tokio::join!(
            world.end_reg(&begun, &mut one, &right),
            world.end_reg(&begun, &mut two, &right)
        );
        assert_eq!(sorted(&one, &two), [200, 400]);

        world.with_passkey("bob", &mut device).await;
        let begun = world.begin_tx("bob").await;
        let signed = device.get(&begun.options, ORIGIN).unwrap();
        let end = || world.call_post("/tx/complete", None, tx_complete(&begun, &signed));
        let (one, two) = tokio::join!(end(), end());
        assert_eq!(sorted(&one, &two), [200, 400]);
    })
    .await;
}

fn sorted(one: &Answer, two: &Answer) -> [u16; 2] {
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    statuses
}

#[actix_web::test]
async fn each_fault_of_an_assertion_is_refused() {
    let text = |text: &str| Some(text.to_owned());
    let faults = [
        Deviations {
            client_data_type: text("webauthn.create"),
            ..Deviations::default()
        },
        Deviations {
            challenge: text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            ..Deviations::default()
        },
        Deviations {
            origin: text("https://evil.example"),
            ..Deviations::default()
        },
        Deviations {
            rp_id: text("evil.example"),
            ..Deviations::default()
        },
        // Neither UP, nor UV, nor BE where it was set.
        Deviations {
            flags: Some(0b0001_1100),
            ..Deviations::default()
        },
        Deviations {
            flags: Some(0b0001_1001),
            ..Deviations::default()
        },
        Deviations {
            flags: Some(0b0000_0101),
            ..Deviations::default()
        },
        Deviations {
            user_handle: Some(Some(b"somebody".to_vec())),
            ..Deviations::default()
        },
        Deviations {
            signature: SignatureFault::OtherMessage,
            ..Deviations::default()
        },
        Deviations {
            signature: SignatureFault::Truncated,
            ..Deviations::default()
        },
        Deviations {
            signature: SignatureFault::Empty,
            ..Deviations::default()
        },
        Deviations {
            trailing: vec![0],
            ..Deviations::default()
        },
    ];
    let world = World::new().await;
    let mut device = Device::new(1);
    world.with_passkey("ada", &mut device).await;
    for fault in &faults {
        let begun = world.begin_auth("ada").await;
        let answer = world.end_auth(&begun, &mut device, fault).await;
        assert_eq!(answer.refused(), bad_request(), "{fault:?}");
    }
    let begun = world.begin_auth("ada").await;
    let right = Deviations::default();
    world.end_auth(&begun, &mut device, &right).await.ok();
}

#[actix_web::test]
async fn each_fault_of_a_registration_is_refused_and_nothing_is_stored() {
    let text = |text: &str| Some(text.to_owned());
    let faults = [
        Deviations {
            client_data_type: text("webauthn.get"),
            ..Deviations::default()
        },
        Deviations {
            challenge: text("AAAA"),
            ..Deviations::default()
        },
        Deviations {
            origin: text("http://localhost.evil.example"),
            ..Deviations::default()
        },
        Deviations {
            rp_id: text("evil.example"),
            ..Deviations::default()
        },
        // No UP; BS without BE.
        Deviations {
            flags: Some(0b0101_1100),
            ..Deviations::default()
        },
        Deviations {
            flags: Some(0b0101_0101),
            ..Deviations::default()
        },
        Deviations {
            public_key: Some(vec![0xa0]),
            ..Deviations::default()
        },
        Deviations {
            trailing: vec![0],
            ..Deviations::default()
        },
    ];
    let world = World::new().await;
    for fault in &faults {
        let begun = world.begin_reg("ada").await;
        let answer = world.end_reg(&begun, &mut Device::new(1), fault).await;
        assert_eq!(answer.refused(), bad_request(), "{fault:?}");
        let answer = world
            .call(Method::GET, "/mgmt/users?username=ada", KEY, None)
            .await;
        assert_eq!(answer.refused(), (404, "not_found".to_owned()));
    }
    world.with_passkey("ada", &mut Device::new(1)).await;
}

#[actix_web::test]
async fn frames_of_other_origins_are_the_tenants_to_allow() {
    let world = World::new().await;
    let mut device = Device::new(1);
    world.with_passkey("ada", &mut device).await;
    let framed = Deviations {
        cross_origin: Some(true),
        top_origin: Some("https://shop.example".to_owned()),
        ..Deviations::default()
    };
    let mut status = async |world: &World| {
        let begun = world.begin_auth("ada").await;
        world.end_auth(&begun, &mut device, &framed).await.status
    };
    assert_eq!(status(&world).await, 200);
    world
        .change(|settings| settings.application.top_origins = vec!["https://other.example".into()])
        .await;
    assert_eq!(status(&world).await, 400);
    world
        .change(|settings| settings.application.top_origins = vec!["https://shop.example".into()])
        .await;
    assert_eq!(status(&world).await, 200);
    world
        .change(|settings| settings.application.allow_cross_origin = false)
        .await;
    assert_eq!(status(&world).await, 400);
}
