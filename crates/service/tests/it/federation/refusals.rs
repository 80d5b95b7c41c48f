//! Each thing that ends a sign-in at a provider.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use passkeyd_domain::ClientAuthentication;
use passkeyd_service::federation::{
    AddProvider, CompleteFederated, FederationError, IdentityError, ProviderAnswer, StateDefect,
};
use passkeyd_tokens::jwt::{SigningPurpose, issue};
use ring::hmac;
use serde_json::{Value, json};

use super::{
    CLIENT, PAGE, Scene, added,
    provider::{SECRET, key},
};

/// Makes an ID token of claims.
type Make<'a> = &'a dyn Fn(&Value) -> String;

fn defect<T: std::fmt::Debug>(refused: Result<T, FederationError>) -> StateDefect {
    match refused {
        Err(FederationError::State(defect)) => defect,
        other => panic!("{other:?}"),
    }
}

fn unproven<T: std::fmt::Debug>(refused: Result<T, FederationError>) -> IdentityError {
    match refused {
        Err(FederationError::NotVouchedFor(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_browser_is_sent_to_no_foreign_page() {
    let scene = Scene::new().await;
    for bad in [
        "https://evil.example/",
        "https://shop.example.evil.example/",
        "https://shop.example@evil.example/",
        "http://shop.example/in",
        "https://shop.example:8443/in",
        "https://shop.example/in#x",
        "//shop.example/in",
        "/in",
        "javascript:alert(1)//https://shop.example",
        "https://evil.example\\@shop.example/",
        "",
    ] {
        let refused = scene.begin_at(bad).await;
        assert!(
            matches!(refused, Err(FederationError::RedirectUri)),
            "{bad}: {refused:?}"
        );
    }
    assert!(scene.begin_at("HTTPS://Shop.Example:443").await.is_ok());
}

#[tokio::test]
async fn a_state_is_good_for_its_browser_and_provider_and_tenant() {
    let scene = Scene::new().await;
    let begun = scene.begin().await;
    let good = scene.back(&begun);
    let with = |change: &dyn Fn(&mut CompleteFederated)| {
        let mut command = good.clone();
        change(&mut command);
        scene.complete(command)
    };
    assert_eq!(
        defect(with(&|c| c.state = None).await),
        StateDefect::Unknown
    );
    for bad in ["", "x", "AAAA"] {
        let refused = with(&|c| c.state = Some(bad.to_owned())).await;
        assert_eq!(defect(refused), StateDefect::Unknown, "{bad}");
    }
    let state = good.state.clone().unwrap();
    for at in [0, 20, 40, state.len() - 2] {
        let mut bytes = state.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        let refused = with(&|c| c.state = Some(changed.clone())).await;
        assert_eq!(defect(refused), StateDefect::Unknown, "{at}");
    }
    assert_eq!(
        defect(with(&|c| c.cookie = None).await),
        StateDefect::OtherBrowser
    );
    let foreign = scene.begin().await.cookie;
    let refused = with(&|c| c.cookie = Some(foreign.clone())).await;
    assert_eq!(defect(refused), StateDefect::OtherBrowser);

    let other = AddProvider {
        client_id: "another".to_owned(),
        client_authentication: ClientAuthentication::Post,
        ..added()
    };
    let service = &scene.world.service;
    let other = service.add_provider(&scene.tenant, other).await.unwrap().id;
    let refused = with(&|c| c.provider = other.clone()).await;
    assert_eq!(defect(refused), StateDefect::OtherProvider);

    // Nothing of this used the state up, and nothing was asked of the provider.
    assert_eq!(scene.provider.asked("token"), 0);
    assert!(scene.complete(good).await.is_ok());
}

#[tokio::test]
async fn a_state_is_good_once() {
    let scene = Scene::new().await;
    let back = scene.back(&scene.begin().await);
    assert!(scene.complete(back.clone()).await.is_ok());
    assert_eq!(defect(scene.complete(back).await), StateDefect::Used);

    // Also where the code turned out to be bad.
    let mut back = scene.back(&scene.begin().await);
    back.answer = ProviderAnswer::Code("stolen".to_owned());
    assert!(matches!(
        unproven(scene.complete(back.clone()).await),
        IdentityError::Exchange(_)
    ));
    assert_eq!(defect(scene.complete(back).await), StateDefect::Used);
}

#[tokio::test]
async fn a_state_is_good_for_ten_minutes() {
    let scene = Scene::new().await;
    for (seconds, good) in [(599, true), (600, false)] {
        let back = scene.back(&scene.begin().await);
        scene.world.clock.advance(Duration::from_secs(seconds));
        scene.provider.script(|script| {
            let later = json!(scene.world.service.now().as_second() + 60);
            script.claims["exp"] = later;
        });
        let outcome = scene.complete(back).await;
        if good {
            assert!(outcome.is_ok(), "{outcome:?}");
        } else {
            assert_eq!(defect(outcome), StateDefect::Expired);
        }
    }
}

#[tokio::test]
async fn a_code_of_another_sign_in_is_worth_nothing() {
    let scene = Scene::new().await;
    let victim = scene.begin().await;
    let (code, _) = scene.provider.visit(&victim.location);
    // The attacker's own browser brings the victim's code: PKCE binds it to the victim's sign-in.
    let attacker = scene.begin().await;
    let mut back = scene.back(&attacker);
    scene.provider.visit(&victim.location);
    back.answer = ProviderAnswer::Code(code);
    assert!(matches!(
        unproven(scene.complete(back).await),
        IdentityError::Exchange(_)
    ));
}

#[tokio::test]
async fn an_id_token_says_what_it_must_or_nothing() {
    let scene = Scene::new().await;
    let now = scene.world.service.now().as_second();
    // A claim, and what it says instead; null: the claim is missing.
    let changes = [
        ("iss", json!("https://evil.example")),
        ("iss", Value::Null),
        ("aud", json!("them")),
        ("aud", json!([CLIENT, "them"])),
        ("aud", json!([])),
        ("exp", json!(now)),
        ("exp", Value::Null),
        ("iat", json!(now + 61)),
        ("nonce", json!("x")),
        ("nonce", Value::Null),
        ("sub", Value::Null),
        ("sub", json!("")),
        ("sub", json!("a\u{0}b")),
        ("azp", json!("them")),
        ("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ")),
    ];
    for (claim, value) in changes {
        let what = format!("{claim}: {value}");
        scene.provider.script(|script| {
            script.change = Some(Box::new(move |claims| {
                claims[claim] = value.clone();
                if let Some(claims) = claims.as_object_mut().filter(|_| value.is_null()) {
                    claims.remove(claim);
                }
            }));
        });
        let refused = scene.sign_in().await;
        assert!(
            matches!(refused, Err(FederationError::NotVouchedFor(_))),
            "{what}: {refused:?}"
        );
    }
    let store = scene.world.service.store();
    let users = store
        .account_by_name(&scene.tenant, "ada@example.com")
        .await;
    assert_eq!(users.unwrap(), None);

    // A clock that is a little ahead is none of these.
    scene.provider.script(|script| {
        script.change = Some(Box::new(move |claims| {
            claims["iat"] = json!(now + 60);
            claims["azp"] = json!(CLIENT);
            claims["at_hash"] = json!("R8PYaIQdcYEdkSc9TeGyiQ");
        }));
    });
    assert!(scene.sign_in().await.is_ok());
}

#[tokio::test]
async fn an_id_token_is_signed_by_the_provider_or_nothing() {
    let scene = Scene::new().await;
    let claims = |nonce: &str| {
        let mut claims = scene.provider.script(|script| script.claims.clone());
        claims["nonce"] = json!(nonce);
        claims
    };
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let unsigned = |header: &Value, claims: &Value| format!("{}.{}.", part(header), part(claims));
    let by_secret = |claims: &Value| {
        let text = unsigned(&json!({ "alg": "HS256" }), claims);
        let text = text.trim_end_matches('.');
        let tag = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()),
            text.as_bytes(),
        );
        format!("{text}.{}", BASE64URL_NOPAD.encode(tag.as_ref()))
    };
    let forged = |claims: &Value| {
        // The right name, and another key.
        let header = json!({ "alg": "ES256", "kid": key(1, SigningPurpose::LOGINID).kid() });
        let token = issue(&key(9, SigningPurpose::LOGINID), claims).unwrap();
        let (_, signature) = token.rsplit_once('.').unwrap();
        format!("{}{signature}", unsigned(&header, claims))
    };
    let by_other_algorithm = |claims: &Value| {
        let purpose = SigningPurpose {
            algorithm: passkeyd_tokens::jwt::Algorithm::EdDsa,
            surface: "x",
        };
        scene
            .provider
            .script(|script| script.keys.push(key(5, purpose)));
        issue(&key(5, purpose), claims).unwrap()
    };
    let makers: [(&str, Make<'_>); 6] = [
        ("not at all", &|claims| {
            unsigned(&json!({ "alg": "none" }), claims)
        }),
        ("with the secret", &by_secret),
        ("with another key", &forged),
        ("in another way", &by_other_algorithm),
        ("no token", &|_| "x.y.z".to_owned()),
        ("absent", &|_| String::new()),
    ];
    for (what, make) in makers {
        let begun = scene.begin().await;
        let back = scene.back(&begun);
        let nonce = scene.provider.script(|script| script.nonce.clone());
        let token = make(&claims(&nonce));
        scene
            .provider
            .script(|script| script.id_token = Some(token));
        let refused = scene.complete(back).await;
        assert!(
            matches!(refused, Err(FederationError::NotVouchedFor(_))),
            "{what}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn what_the_provider_declines_is_told_to_the_page() {
    let scene = Scene::new().await;
    let mut back = scene.back(&scene.begin().await);
    back.answer = ProviderAnswer::Error("access_denied".to_owned());
    let declined = scene.complete(back.clone()).await.unwrap();
    assert_eq!(declined.location, format!("{PAGE}#error=access_denied"));
    assert_eq!(declined.account, None);
    assert_eq!(defect(scene.complete(back).await), StateDefect::Used);
}

#[tokio::test]
async fn an_answer_of_another_issuer_is_refused() {
    let scene = Scene::new().await;
    let mut back = scene.back(&scene.begin().await);
    back.issuer = Some("https://evil.example".to_owned());
    assert!(matches!(
        unproven(scene.complete(back).await),
        IdentityError::Issuer { .. }
    ));
    assert_eq!(scene.provider.asked("token"), 0);
}

#[tokio::test]
async fn a_provider_that_fails_is_left_alone_for_a_moment() {
    let scene = Scene::new().await;
    let document = "/.well-known/openid-configuration";
    scene.provider.script(|script| {
        script.failures.insert(document, 503);
    });
    for _ in 0..3 {
        let refused = scene.begin_at(PAGE).await;
        assert!(
            matches!(refused, Err(FederationError::Unreachable(_))),
            "{refused:?}"
        );
    }
    assert_eq!(scene.provider.asked(&document[1..]), 1);
    scene.provider.script(|script| script.failures.clear());
    scene.world.clock.advance(Duration::from_secs(5));
    let back = scene.back(&scene.begin().await);
    scene.provider.script(|script| {
        script.failures.insert("/token", 500);
    });
    assert!(matches!(
        unproven(scene.complete(back).await),
        IdentityError::Exchange(_)
    ));
}

#[tokio::test]
async fn a_provider_that_says_it_is_another_or_sends_secrets_in_the_clear_is_refused() {
    for (member, value) in [
        ("issuer", "https://evil.example"),
        ("token_endpoint", "http://id.example/token"),
        ("authorization_endpoint", "javascript:alert(1)"),
        ("userinfo_endpoint", "http://id.example/me"),
    ] {
        let scene = Scene::new().await;
        scene
            .provider
            .script(|script| script.metadata[member] = json!(value));
        let refused = scene.begin_at(PAGE).await;
        assert!(
            matches!(refused, Err(FederationError::Unreachable(_))),
            "{member}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn nobody_signs_in_to_a_frozen_app() {
    let scene = Scene::new().await;
    let back = scene.back(&scene.begin().await);
    let store = scene.world.service.store();
    let now = scene.world.service.now();
    assert!(
        store
            .freeze_tenant(&scene.tenant, now, None, None)
            .await
            .unwrap()
    );
    let refused = scene.begin_at(PAGE).await;
    assert!(
        matches!(refused, Err(FederationError::Frozen)),
        "{refused:?}"
    );
    let refused = scene.complete(back).await;
    assert!(
        matches!(refused, Err(FederationError::Frozen)),
        "{refused:?}"
    );
}
