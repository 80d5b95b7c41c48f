//! The journeys of section 16, and trust items in them.

use actix_web::http::Method;
use passkeyd_authenticator::Device;
use serde_json::{Value, json};

use super::{Flow, Keys, named};
use crate::{
    people::{KEY, claims},
    world::{World, on_each_store},
};

struct Checkout {
    wallet: Keys,
    merchant: Keys,
}

impl Checkout {
    fn new() -> Self {
        Self {
            wallet: Keys::new("WALLETWALLETWALLETWALLET1"),
            merchant: Keys::new("MERCHANTMERCHANTMERCHANT1"),
        }
    }

    /// What the wallet's page sends to begin.
    fn begins(&self, world: &World) -> Value {
        json!({
            "deviceInfo": {}, "payload": "order 1", "user": { "username": "", "usernameType": "other" },
            "trustItems": { "wallet": self.wallet.item(world), "merchant": self.merchant.item(world), "other": 7 },
        })
    }

    async fn discover(&self, world: &World) -> u16 {
        let body = json!({ "trustItems": { "wallet": self.wallet.item(world) } });
        world.call_post("/mfa/discover", None, body).await.status
    }
}

#[actix_web::test]
async fn a_bank_sign_in_makes_the_passkey_that_the_next_visit_is_known_by() {
    on_each_store(async |world| {
        let (checkout, mut device) = (Checkout::new(), Device::new(1));
        assert_eq!(checkout.discover(world).await, 404);
        // Journey 3.
        let flow = world.mfa_begin(checkout.begins(world)).await;
        assert_eq!(flow.actions(), ["passkey:auth", "external"]);
        let tokens = ["merchantTrustID", "walletTrustID"];
        assert_eq!(flow.trust_tokens("passkey:auth"), tokens);
        let token = world.external_token("ada").await;
        let answer = world.external_step(&flow.session, &token).await;
        let flow = Flow::read(&answer);
        assert_eq!(flow.next_action(), "passkey:reg");
        assert_eq!(flow.trust_tokens("passkey:reg"), tokens);
        let end = world.step_reg(&flow, &mut device).await.ok().json();
        assert!(!end["payloadSignature"].as_str().unwrap().is_empty());
        // Journey 1.
        assert_eq!(checkout.discover(world).await, 204);
        let flow = world.mfa_begin(checkout.begins(world)).await;
        assert_eq!(flow.actions(), ["passkey:tx", "external"]);
        assert_eq!(flow.trust_tokens("passkey:tx"), tokens);
        let trust = flow.options("passkey:tx")[1]["value"].as_str().unwrap();
        let said = claims(trust);
        assert_eq!(said["tokenType"], "merchantTrust");
        assert_eq!(said["trustId"], checkout.merchant.id);
        assert_eq!((said.get("sub"), said.get("username")), (None, None));
        assert!(world.is_verifiable(trust).await);
        let body = json!({ "payload": "order 1, final" });
        let answer = world.step(&flow.session, "payload", body).await.ok();
        let flow = Flow::read(&answer);
        assert_eq!(flow.trust_tokens("passkey:tx"), tokens);
        let end = world.step_get(&flow, "passkey:tx", &mut device).await;
        let end = end.ok().json();
        let statement = claims(end["payloadSignature"].as_str().unwrap());
        assert_eq!(statement["username"], "ada");
        // Journey 2: another browser, which has the passkey.
        let other = Checkout::new();
        let flow = world.mfa_begin(other.begins(world)).await;
        assert_eq!(flow.actions(), ["passkey:auth", "external"]);
        world
            .step_get(&flow, "passkey:auth", &mut device)
            .await
            .ok();
        assert_eq!(other.discover(world).await, 204);
    })
    .await;
}

#[actix_web::test]
async fn a_trust_item_of_somebody_else_is_ignored_where_a_name_is_given() {
    on_each_store(async |world| {
        let (checkout, mut device) = (Checkout::new(), Device::new(1));
        let flow = world.mfa_begin(checkout.begins(world)).await;
        let token = world.external_token("ada").await;
        let flow = Flow::read(&world.external_step(&flow.session, &token).await);
        world.step_reg(&flow, &mut device).await.ok();
        world.enrol("bob", &mut Device::new(2)).await;
        for (name, actions) in [
            ("ada", &["passkey:tx", "external"][..]),
            ("bob", &["passkey:tx", "external"]),
            ("new", &["passkey:reg", "external"]),
        ] {
            let mut body = checkout.begins(world);
            body["user"]["username"] = name.into();
            let flow = world.mfa_begin(body).await;
            assert_eq!(flow.actions(), actions);
            if name == "bob" {
                let token = world.external_token("ada").await;
                let answer = world.external_step(&flow.session, &token).await;
                answer.is_bad_request();
            }
        }
    })
    .await;
}

#[actix_web::test]
async fn an_auth_item_says_who_nobody_is() {
    on_each_store(async |world| {
        let (keys, mut device) = (Keys::new("AUTH"), Device::new(1));
        let mut body = named("ada", "other");
        body["trustItems"] = json!({ "auth": keys.item(world) });
        let flow = world.mfa_begin(body).await;
        assert!(flow.trust_tokens("passkey:reg").is_empty());
        world.step_reg(&flow, &mut device).await.ok();
        let body = json!({ "trustItems": { "auth": keys.item(world) }, "payload": "pay" });
        let flow = world.mfa_begin(body).await;
        assert_eq!(flow.actions(), ["passkey:auth", "external"]);
    })
    .await;
}

#[actix_web::test]
async fn a_browser_is_discovered_while_its_user_can_sign_in() {
    on_each_store(async |world| {
        for items in [json!({}), json!({ "wallet": "a.b.c" }), json!({ "x": "y" })] {
            let body = json!({ "trustItems": items });
            let answer = world.call_post("/mfa/discover", None, body).await;
            answer.is_bad_request();
        }
        let answer = world.call_post("/mfa/discover", None, json!({})).await;
        answer.is_bad_request();
        let (checkout, mut device) = (Checkout::new(), Device::new(1));
        let flow = world.mfa_begin(checkout.begins(world)).await;
        let token = world.external_token("ada").await;
        let flow = Flow::read(&world.external_step(&flow.session, &token).await);
        let end = world.step_reg(&flow, &mut device).await.ok().json();
        let access = claims(end["accessToken"].as_str().unwrap());
        let path = format!("/mgmt/users/{}/deactivate", access["sub"].as_str().unwrap());
        assert_eq!(checkout.discover(world).await, 204);
        world.call(Method::PUT, &path, KEY, None).await.is_empty();
        assert_eq!(checkout.discover(world).await, 404);
        let answer = world
            .call_post("/mfa/begin", None, checkout.begins(world))
            .await;
        assert_eq!(answer.refused(), (403, "forbidden".to_owned()));
    })
    .await;
}
