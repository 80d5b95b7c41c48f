use actix_web::{http::Method, test::TestRequest};
use passkeyd_authenticator::{Device, passwordless::SignInAs};
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use crate::{
    keys::KEYED,
    world::{MANAGEMENT, ORIGIN, PUBLIC, SECRET, World},
};

const ROUNDS: usize = 40;

/// JSON of any shape, with members that endpoints look at.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        Just("\0".to_owned()),
        Just("register_AAAA".to_owned()),
        Just("session_AAAA".to_owned()),
        Just("verify_AAAA".to_owned()),
        Just("AAAA".to_owned()),
        Just("public-key".to_owned()),
        Just("u".to_owned()),
        Just("9999-12-31T23:59:59Z".to_owned()),
        Just("10675199.02:48:05.4775807".to_owned()),
        Just("x".repeat(5000)),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-3_i64..10).prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "userId",
        "username",
        "displayName",
        "aliases",
        "hints",
        "expiresAt",
        "token",
        "session",
        "RPID",
        "Origin",
        "response",
        "id",
        "rawId",
        "type",
        "clientDataJSON",
        "attestationObject",
        "authenticatorData",
        "signature",
        "userHandle",
        "transports",
        "clientExtensionResults",
        "credProps",
        "rk",
        "nickname",
        "purpose",
        "timeToLive",
        "credentialId",
        "alias",
        "scopes",
        "performedBy",
        "deletedBy",
        "maxUsers",
        "eventLoggingRetentionPeriod",
        "discoverable",
        "attestation",
        "userVerification",
        "hashing",
        "magicLinkEmailMonthlyQuota",
        "adminEmail",
        "userVerificationRequirement",
    ]);
    leaf.prop_recursive(4, 48, 10, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..12).prop_map(|members| {
                let members = members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value));
                Value::Object(members.collect())
            }),
        ]
    })
}

fn object() -> impl Strategy<Value = Vec<u8>> {
    any_json().prop_map(|json| {
        let json = if json.is_object() {
            json
        } else {
            json!({ "response": json })
        };
        serde_json::to_vec(&json).unwrap()
    })
}

/// Whatever is sent, the answer is never our failure, and an error always has a problem body.
async fn survives(world: &World, method: &Method, path: &str, header: &str, body: Vec<u8>) {
    let key = match header {
        "ApiKey" => PUBLIC,
        "ApiSecret" => SECRET,
        _ => MANAGEMENT,
    };
    let shown = String::from_utf8_lossy(&body).into_owned();
    let request = TestRequest::default()
        .method(method.clone())
        .uri(path)
        .insert_header(key)
        .insert_header(("Content-Type", "application/json"));
    let answer = world.send(request.set_payload(body)).await;
    assert!(
        answer.status < 500,
        "{method} {path} {shown} → {}",
        answer.text()
    );
    if answer.status >= 400 {
        answer.problem();
    }
}

fn runner() -> TestRunner {
    TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    )
}

#[actix_web::test]
async fn no_body_makes_an_endpoint_fail() {
    let mut runner = runner();
    let strategy = prop_oneof![
        1 => any::<Vec<u8>>(),
        1 => any_json().prop_map(|json| serde_json::to_vec(&json).unwrap()),
        4 => object(),
    ];
    for (method, path, header) in KEYED {
        // The keys of the app that is played with must stay good.
        let world = World::new().await;
        for _ in 0..ROUNDS {
            let body = strategy.new_tree(&mut runner).unwrap().current();
            survives(&world, method, path, header, body).await;
        }
    }
}

#[actix_web::test]
async fn no_path_and_no_query_makes_an_endpoint_fail() {
    let world = World::new().await;
    let mut runner = runner();
    let part = prop_oneof!["[a-zA-Z0-9%/?&=._~-]{0,40}", "(%[0-9a-fA-F]{2}){0,12}"];
    for (method, path, header) in KEYED {
        for _ in 0..ROUNDS {
            let tail = part.new_tree(&mut runner).unwrap().current();
            for uri in [
                format!("{path}?userId={tail}&pageNumber={tail}&purpose={tail}"),
                path.replace("acme", &tail.replace(['?', '/'], "%2f")),
                format!("{path}/{tail}"),
            ] {
                if uri.parse::<actix_web::http::Uri>().is_ok() {
                    survives(&world, method, &uri, header, Vec::new()).await;
                }
            }
        }
    }
}

/// Puts something else in one place of a good message.
fn mutate(json: &mut Value, place: usize, other: &Value) {
    fn visit(json: &mut Value, place: &mut usize, other: &Value) -> bool {
        if *place == 0 {
            *json = other.clone();
            return true;
        }
        *place -= 1;
        match json {
            Value::Object(members) => members.values_mut().any(|value| visit(value, place, other)),
            Value::Array(elements) => elements.iter_mut().any(|value| visit(value, place, other)),
            _ => false,
        }
    }
    visit(json, &mut place.clone(), other);
}

#[actix_web::test]
async fn no_change_to_a_good_ceremony_makes_an_endpoint_fail() {
    let world = World::new().await;
    let mut runner = runner();
    let strategy = (0_usize..14, any_json());
    let mut device = Device::new(1);
    world.register(&mut device, "u").await;
    let begun = world.sign_in_begin(&SignInAs::Discoverable).await;
    let signed = device.get(&begun["data"], ORIGIN).unwrap();
    let sign_in = world
        .page
        .sign_in_complete(begun["session"].as_str().unwrap(), &signed);
    let begun = world.register_begin("v").await;
    let made = Device::new(2).create(&begun["data"], ORIGIN).unwrap();
    let registration =
        world
            .page
            .register_complete(begun["session"].as_str().unwrap(), &made, Some("n"));
    for (path, good) in [
        ("/signin/complete", &sign_in),
        ("/register/complete", &registration),
    ] {
        for _ in 0..300 {
            let (place, other) = strategy.new_tree(&mut runner).unwrap().current();
            let mut body = good.clone();
            mutate(&mut body, place, &other);
            let body = serde_json::to_vec(&body).unwrap();
            survives(&world, &Method::POST, path, "ApiKey", body).await;
        }
    }
}

#[actix_web::test]
async fn no_flipped_bit_in_an_authenticators_answer_is_accepted_or_fails() {
    let world = World::new().await;
    let mut device = Device::new(1);
    world.register(&mut device, "u").await;
    for at in 0..60 {
        let begun = world.sign_in_begin(&SignInAs::UserId("u")).await;
        let mut signed = device.get(&begun["data"], ORIGIN).unwrap();
        let parts = [
            &mut signed.authenticator_data,
            &mut signed.client_data,
            &mut signed.signature,
        ];
        for part in parts.into_iter().skip(at % 3).take(1) {
            let place = at / 3 * 7 % part.len();
            part[place] ^= 1 << (at % 8);
        }
        let session = begun["session"].as_str().unwrap();
        let body = world.page.sign_in_complete(session, &signed);
        let answer = world.post("/signin/complete", PUBLIC, body).await;
        assert_eq!(
            answer.code(),
            (400, "signin_complete_error".to_owned()),
            "{at}"
        );
    }
}
