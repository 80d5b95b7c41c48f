//! The Idea Pool surface, line by line of its contract.

mod accounts;
mod edge;
mod list;
mod passkeys;
mod tokens;

use actix_web::{http::Method, test::TestRequest};
use passkeyd_http::{HttpSettings, settings::Surfaces};
use serde_json::{Value, json};

use crate::world::{Answer, World, on_each_store_with, settings};

const PASSWORD: &str = "the-Secret-123";

/// Plays a story on each kind of store, with the surface switched on.
async fn on_each_store(story: impl AsyncFn(&World)) {
    on_each_store_with(pool(), story).await;
}

fn pool() -> HttpSettings {
    HttpSettings {
        surfaces: Surfaces {
            idea_pool: true,
            ..Surfaces::default()
        },
        ..settings()
    }
}

/// Somebody who signed up or logged in.
struct Person {
    jwt: String,
    refresh_token: String,
}

impl Person {
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 201, "{}", answer.text());
        let json = answer.json();
        let text = |name: &str| json[name].as_str().unwrap().to_owned();
        let person = Self {
            jwt: text("jwt"),
            refresh_token: text("refresh_token"),
        };
        assert_eq!(person.refresh_token.len(), 64);
        person
    }

    async fn signed_up(world: &World, email: &str) -> Self {
        Self::of(&sign_up(world, email, PASSWORD).await)
    }

    async fn logged_in(world: &World, email: &str) -> Self {
        Self::of(&log_in(world, email, PASSWORD).await)
    }

    async fn send(&self, world: &World, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = TestRequest::default().method(method).uri(path);
        let request = request.insert_header(("X-Access-Token", self.jwt.as_str()));
        match body {
            Some(body) => world.send_json(request, body).await,
            None => world.send(request).await,
        }
    }

    async fn get(&self, world: &World, path: &str) -> Answer {
        self.send(world, Method::GET, path, None).await
    }

    async fn post(&self, world: &World, path: &str, body: Value) -> Answer {
        self.send(world, Method::POST, path, Some(body)).await
    }

    /// Keeps an idea with these scores, and returns it.
    async fn keep(&self, world: &World, content: &str, scores: [i64; 3]) -> Value {
        let kept = self.post(world, "/ideas", idea(content, scores)).await;
        assert_eq!(kept.status, 201, "{}", kept.text());
        kept.json()
    }
}

fn idea(content: &str, [impact, ease, confidence]: [i64; 3]) -> Value {
    json!({ "content": content, "impact": impact, "ease": ease, "confidence": confidence })
}

async fn post(world: &World, path: &str, body: Value) -> Answer {
    world.send_json(TestRequest::post().uri(path), body).await
}

async fn sign_up(world: &World, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "name": "Jack Black", "password": password });
    post(world, "/users", body).await
}

async fn log_in(world: &World, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    post(world, "/access-tokens", body).await
}

async fn refresh(world: &World, token: &str) -> Answer {
    let body = json!({ "refresh_token": token });
    post(world, "/access-tokens/refresh", body).await
}

async fn log_out(world: &World, person: &Person, token: &str) -> Answer {
    let body = json!({ "refresh_token": token });
    person
        .send(world, Method::DELETE, "/access-tokens", Some(body))
        .await
}

/// A refusal: its status, and its reason, which is a sentence.
fn refused(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["status"], answer.status);
    let reason = problem["reason"].as_str().unwrap().to_owned();
    assert!(reason.ends_with('.'), "{reason}");
    assert_eq!(problem["detail"], reason.as_str());
    assert!(problem["type"].is_string() && problem["title"].is_string());
    (answer.status, reason)
}

/// The fields that a refusal names.
fn wrong_fields(answer: &Answer) -> Vec<String> {
    assert_eq!(refused(answer).0, 400, "{}", answer.text());
    let errors = answer.json()["errors"].as_object().cloned();
    errors.unwrap_or_default().keys().cloned().collect()
}
