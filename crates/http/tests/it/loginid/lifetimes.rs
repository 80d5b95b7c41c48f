//! How long tokens, sessions, codes and transactions live, to the second.

use std::time::Duration;

use actix_web::http::Method;
use passkeyd_authenticator::{Deviations, Device};
use passkeyd_service::jobs::Job;
use serde_json::json;

use crate::{
    people::{KEY, claims, tenant, user},
    world::{World, on_each_store},
};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);

fn unauthorized() -> (u16, String) {
    (401, "unauthorized".to_owned())
}

#[actix_web::test]
async fn an_authorization_token_lives_half_a_minute() {
    let world = World::new().await;
    world.with_passkey("ada", &mut Device::new(1)).await;
    let grant = json!({ "grants": ["passkey:read"], "username": "ada" });
    let token = world
        .call_post("/mgmt/grant", KEY, grant)
        .await
        .ok()
        .token();
    let list = async || {
        world
            .call(Method::GET, "/passkeys", Some(&token), None)
            .await
    };
    world.advance(SECOND * 29);
    list().await.ok();
    world.advance(SECOND);
    assert_eq!(list().await.refused(), unauthorized());
}

#[actix_web::test]
async fn tokens_live_as_long_as_the_tenant_says() {
    let world = World::new().await;
    world
        .change(|settings| {
            let lifetimes = &mut settings.application.token_ttl;
            (lifetimes.access, lifetimes.authz, lifetimes.external_auth) = (60, 7, 8);
        })
        .await;
    let life = |token: &str| {
        let claims = claims(token);
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()
    };
    assert_eq!(
        life(&world.with_passkey("ada", &mut Device::new(1)).await),
        60
    );
    let grant = json!({ "grants": ["passkey:read"], "username": "ada" });
    let token = world
        .call_post("/mgmt/grant", KEY, grant)
        .await
        .ok()
        .token();
    assert_eq!(life(&token), 7);
    let path = "/mgmt/grant/external-auth";
    let body = json!({ "username": "ada" });
    assert_eq!(
        life(&world.call_post(path, KEY, body).await.ok().token()),
        8
    );
}

#[actix_web::test]
async fn a_session_speaks_for_a_minute_after_it_was_used() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        let begun = world.begin_reg("ada").await;
        let submit = async || {
            let body = json!({ "event": "x" });
            let session = Some(begun.session.as_str());
            world
                .call_post("/client-events/submit", session, body)
                .await
        };
        submit().await.ok();
        let right = Deviations::default();
        world.end_reg(&begun, &mut device, &right).await.ok();
        world.advance(SECOND * 60);
        submit().await.ok();
        world.advance(SECOND);
        assert_eq!(submit().await.refused(), unauthorized());

        // One that nobody used speaks until it ends.
        let begun = world.begin_auth("ada").await;
        let submit = async || {
            let body = json!({ "event": "x" });
            let session = Some(begun.session.as_str());
            world
                .call_post("/client-events/submit", session, body)
                .await
        };
        world.advance(SECOND * 600);
        submit().await.ok();
        world.advance(SECOND);
        assert_eq!(submit().await.refused(), unauthorized());
    })
    .await;
}

#[actix_web::test]
async fn a_code_lives_five_minutes_and_five_wrong_guesses() {
    on_each_store(async |world| {
        world.person("ada").await;
        let verify = async |code: &str| {
            let mut body = user("ada");
            body["authCode"] = code.into();
            world.call_post("/auth/otp/verify", None, body).await
        };
        let asked = async || {
            world.advance(SECOND * 30);
            let answer = world.call_post("/auth/otp/email", None, user("ada")).await;
            answer.is_empty();
            world.outbox.code()
        };
        let code = asked().await;
        world.advance(SECOND * 299);
        verify(&code).await.ok();
        let code = asked().await;
        world.advance(SECOND * 300);
        verify(&code).await.is_bad_request();
        let code = asked().await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        for _ in 0..5 {
            verify(wrong).await.is_bad_request();
        }
        verify(&code).await.is_bad_request();
        let code = asked().await;
        for _ in 0..4 {
            verify(wrong).await.is_bad_request();
        }
        verify(&code).await.ok();
    })
    .await;
}

#[actix_web::test]
async fn a_confirmed_transaction_is_kept_for_a_year() {
    on_each_store(async |world| {
        let (mut device, right) = (Device::new(1), Deviations::default());
        world.with_passkey("ada", &mut device).await;
        let mut confirm = async || {
            let begun = world.begin_tx("ada").await;
            let answer = world.end_tx(&begun, &mut device, &right).await.ok();
            let token = answer.json()["token"].as_str().unwrap().to_owned();
            let id = &claims(&token)["txId"];
            id.as_str().unwrap().parse::<uuid::Uuid>().unwrap()
        };
        let store = world.service.store();
        let purge = || world.service.run_job(Job::TransactionRetention);
        let first = confirm().await;
        world.advance(DAY * 100);
        let second = confirm().await;
        world.advance(DAY * 265);
        purge().await.unwrap();
        let is_kept = async |id| store.transaction(&tenant(), id).await.unwrap().is_some();
        assert!(is_kept(first).await && is_kept(second).await);
        world.advance(Duration::from_millis(1));
        purge().await.unwrap();
        assert!(!is_kept(first).await && is_kept(second).await);
    })
    .await;
}
