//! The demo page and the small back end that it needs. In development only: it holds the secret key of an app.

use actix_web::{
    HttpResponse,
    http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderValue},
    web,
};
use passkeyd_domain::{KeyKind, UserId};
use passkeyd_service::{Caller, Service, registration::CreateRegisterToken};
use serde::Serialize;

use crate::{
    context::Call,
    edge::not_found,
    passwordless::VerifyReply,
    problem::Problem,
    respond,
    routes::{Routes, get, post},
    settings::Demo,
    validation::Validation,
};

pub(crate) fn configure(app: &mut web::ServiceConfig) {
    // No part of the API, and so in no description.
    let mut routes = Routes::of(app);
    routes
        .add("/demo", [get(page)])
        .add("/demo/demo.js", [get(script)])
        .add("/demo/demo.css", [get(style)])
        .add("/demo/ideas", [get(ideas)])
        .add("/demo/ideas.js", [get(ideas_script)])
        .add("/demo/ideas.css", [get(ideas_style)])
        .add("/demo/api/config", [get(config)])
        .add("/demo/api/register-token", [post(register_token)])
        .add("/demo/api/verify", [post(verify)]);
}

async fn page() -> HttpResponse {
    file("text/html; charset=utf-8", include_str!("demo/index.html"))
}

async fn script() -> HttpResponse {
    file(
        "text/javascript; charset=utf-8",
        include_str!("demo/demo.js"),
    )
}

async fn style() -> HttpResponse {
    file("text/css; charset=utf-8", include_str!("demo/demo.css"))
}

/// The page of the Idea Pool, which speaks to the API under the other name of this machine.
async fn ideas(call: Call) -> Result<HttpResponse, Problem> {
    if !call.settings().surfaces.idea_pool {
        return Err(not_found());
    }
    let mut page = file("text/html; charset=utf-8", include_str!("demo/ideas.html"));
    let policy = HeaderValue::from_static(
        "default-src 'self'; connect-src http://localhost:* http://127.0.0.1:*;",
    );
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    Ok(page)
}

async fn ideas_script() -> HttpResponse {
    file(
        "text/javascript; charset=utf-8",
        include_str!("demo/ideas.js"),
    )
}

async fn ideas_style() -> HttpResponse {
    file("text/css; charset=utf-8", include_str!("demo/ideas.css"))
}

fn file(content_type: &'static str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, content_type))
        .body(text)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfigReply<'a> {
    api_url: String,
    api_key: &'a str,
    rp_id: &'a str,
}

async fn config(call: Call) -> Result<HttpResponse, Problem> {
    let demo = demo(&call)?;
    let host = call.request().headers().get(HOST);
    let host = host
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let base_path = &call.settings().base_path;
    let api_url = match &call.settings().public_url {
        Some(url) => url.clone(),
        None => format!("http://{host}{base_path}"),
    };
    respond::json(&ConfigReply {
        api_url,
        api_key: &demo.public_key,
        rp_id: &demo.rp_id,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RegisterTokenReply {
    token: String,
    user_id: String,
}

/// What an app's own back end does when a user signs up: it names the user, and asks for a token.
async fn register_token(call: Call) -> Result<HttpResponse, Problem> {
    let caller = caller(call.service(), demo(&call)?).await?;
    let context = call.context();
    let body = call.body("RegisterToken").await?;
    let mut rules = Validation::default();
    let username = rules.required("username", body.members()?.text("username")?);
    rules.finish()?;
    let user_id: String = format!("demo-{}", username.trim().to_lowercase());
    if user_id.len() > 64 {
        rules = Validation::default();
        rules.add("username", "The field Username must have at most 59 bytes.");
        rules.finish()?;
    }
    let command = CreateRegisterToken {
        user_id: UserId::new(user_id.as_str()).map_err(Problem::internal)?,
        username,
        display_name: None,
        attestation: None,
        authenticator_type: None,
        discoverable: true,
        user_verification: None,
        expires_at: None,
        aliases: Vec::new(),
        alias_hashing: true,
        hints: Vec::new(),
    };
    let token = context
        .service()
        .create_register_token(&caller, command)
        .await?;
    respond::json(&RegisterTokenReply { token, user_id })
}

async fn verify(call: Call) -> Result<HttpResponse, Problem> {
    let caller = caller(call.service(), demo(&call)?).await?;
    let context = call.context();
    let body = call.body("SignInVerify").await?;
    let token = body.members()?.text("token")?;
    let verified = context
        .service()
        .verify_token(&caller, token.as_deref())
        .await?;
    respond::json(&VerifyReply::of(&verified))
}

fn demo(call: &Call) -> Result<&Demo, Problem> {
    call.settings().demo.as_ref().ok_or_else(not_found)
}

async fn caller(service: &Service, demo: &Demo) -> Result<Caller, Problem> {
    let secret = String::from_utf8_lossy(demo.secret_key.expose());
    service
        .authenticate(KeyKind::Secret, &secret, service.now())
        .await?
        .map_err(|_| Problem::internal("the demo's secret key is not one of its app's"))
}
