//! Access tokens that are none of ours, and the key set.

use actix_web::{http::Method, test::TestRequest};
use data_encoding::BASE64URL_NOPAD;
use ring::{
    hmac,
    signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents},
};
use serde_json::{Value, json};

use super::{Person, log_out, on_each_store, refused};
use crate::world::World;

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

fn encoded(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

async fn status_of(world: &World, token: &str) -> u16 {
    let request = TestRequest::get().uri("/me");
    let answer = world
        .send(request.insert_header(("X-Access-Token", token)))
        .await;
    if answer.status != 200 {
        refused(&answer);
    }
    answer.status
}

#[actix_web::test]
async fn an_access_token_says_what_the_contract_says() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        let (header, claims) = (part(&person.jwt, 0), part(&person.jwt, 1));
        assert_eq!(
            (&header["typ"], &header["alg"]),
            (&json!("JWT"), &json!("RS256"))
        );
        assert_eq!(claims["email"], "jack@example.com");
        assert_eq!(claims["name"], "Jack Black");
        assert_eq!(claims["aud"], "test");
        let number = |name: &str| claims[name].as_i64().unwrap();
        assert_eq!(number("exp") - number("iat"), 600);
        for name in ["id", "iss", "jti", "sid"] {
            assert!(!claims[name].as_str().unwrap().is_empty(), "{name}");
        }
    })
    .await;
}

#[actix_web::test]
async fn the_key_set_checks_what_was_issued() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        for path in ["/.well-known/jwks.json", "/apps/test/.well-known/jwks.json"] {
            let answer = world.bare(Method::GET, path).await;
            assert_eq!(answer.status, 200);
            assert!(answer.header("cache-control").contains("max-age="));
            let keys = answer.json()["keys"].as_array().unwrap().clone();
            let key = keys
                .iter()
                .find(|key| key["kid"] == part(&person.jwt, 0)["kid"])
                .unwrap();
            assert!(key.get("d").is_none());
            let bytes = |name: &str| {
                BASE64URL_NOPAD
                    .decode(key[name].as_str().unwrap().as_bytes())
                    .unwrap()
            };
            let public = RsaPublicKeyComponents {
                n: bytes("n"),
                e: bytes("e"),
            };
            let (message, signature) = person.jwt.rsplit_once('.').unwrap();
            let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
            public
                .verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature)
                .unwrap();
        }
        assert_eq!(
            world
                .bare(Method::GET, "/apps/nobody/.well-known/jwks.json")
                .await
                .status,
            404
        );
    })
    .await;
}

#[actix_web::test]
async fn a_forged_token_is_refused() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        assert_eq!(status_of(world, &person.jwt).await, 200);
        let (header, claims) = (part(&person.jwt, 0), part(&person.jwt, 1));
        let signature = person.jwt.rsplit('.').next().unwrap();

        let none = json!({ "alg": "none", "typ": "JWT", "kid": header["kid"] });
        let keys = world.bare(Method::GET, "/.well-known/jwks.json").await;
        let public = keys.json()["keys"][0].to_string();
        let hs256 = json!({ "alg": "HS256", "typ": "JWT", "kid": header["kid"] });
        let message = format!("{}.{}", encoded(&hs256), encoded(&claims));
        let mac = hmac::Key::new(hmac::HMAC_SHA256, public.as_bytes());
        let mac = BASE64URL_NOPAD.encode(hmac::sign(&mac, message.as_bytes()).as_ref());
        let mut foreign = header.clone();
        foreign["kid"] = json!("00000000-0000-0000-0000-000000000000");
        let mut longer = claims.clone();
        longer["exp"] = json!(claims["exp"].as_i64().unwrap() + 1);
        let mut another = claims.clone();
        another["aud"] = json!("other");
        for (name, token) in [
            (
                "alg none",
                format!("{}.{}.", encoded(&none), encoded(&claims)),
            ),
            (
                "alg none, signed",
                format!("{}.{}.{signature}", encoded(&none), encoded(&claims)),
            ),
            ("HS256 with the public key", format!("{message}.{mac}")),
            (
                "foreign kid",
                format!("{}.{}.{signature}", encoded(&foreign), encoded(&claims)),
            ),
            (
                "changed exp",
                format!("{}.{}.{signature}", encoded(&header), encoded(&longer)),
            ),
            (
                "changed aud",
                format!("{}.{}.{signature}", encoded(&header), encoded(&another)),
            ),
            (
                "no signature",
                format!("{}.{}", encoded(&header), encoded(&claims)),
            ),
            ("a refresh token", person.refresh_token.clone()),
            ("nothing", String::new()),
            ("nonsense", "a.b.c".to_owned()),
        ] {
            assert_eq!(status_of(world, &token).await, 401, "{name}");
        }
    })
    .await;
}

#[actix_web::test]
async fn a_token_may_come_as_a_bearer() {
    on_each_store(async |world| {
        let person = Person::signed_up(world, "jack@example.com").await;
        for (value, status) in [
            (format!("Bearer {}", person.jwt), 200),
            (format!("bearer {}", person.jwt), 200),
            (format!("Basic {}", person.jwt), 401),
            (person.jwt.clone(), 401),
        ] {
            let request = TestRequest::get().uri("/me");
            let answer = world
                .send(request.insert_header(("Authorization", value.as_str())))
                .await;
            assert_eq!(answer.status, status, "{value}");
        }
        log_out(world, &person, &person.refresh_token).await;
    })
    .await;
}

#[actix_web::test]
async fn every_endpoint_that_needs_a_token_says_so() {
    on_each_store(async |world| {
        for (method, path) in [
            (Method::DELETE, "/access-tokens"),
            (Method::GET, "/me"),
            (Method::GET, "/me/sessions"),
            (Method::DELETE, "/me/sessions/x"),
            (Method::GET, "/me/passkeys"),
            (Method::POST, "/me/passkeys/begin"),
            (Method::POST, "/me/passkeys"),
            (Method::DELETE, "/me/passkeys/x"),
            (Method::GET, "/ideas"),
            (Method::POST, "/ideas"),
            (Method::PUT, "/ideas/x"),
            (Method::DELETE, "/ideas/x"),
        ] {
            let answer = world.bare(method, path).await;
            assert_eq!(refused(&answer).0, 401, "{path}");
        }
    })
    .await;
}
