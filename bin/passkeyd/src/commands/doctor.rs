//! A whole registration and sign-in at a running server, over HTTP, with a software authenticator.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use passkeyd_authenticator::{
    Client, ClientSetup,
    passwordless::{Page, SignInAs},
};
use passkeyd_domain::ports::Entropy;
use reqwest::{StatusCode, Url, redirect};
use serde_json::{Value, json};
use thiserror::Error;

use crate::{
    cli::Doctor,
    output::{Report, say},
    world::SystemEntropy,
};

const TIMEOUT: Duration = Duration::from_secs(10);

/// Why a step failed.
#[derive(Debug, Error)]
enum StepError {
    #[error("the server can't be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("{path} answered {status}: {reason}")]
    Refused {
        path: &'static str,
        status: StatusCode,
        reason: String,
    },
    #[error("{path} answered without {missing}")]
    Incomplete {
        path: &'static str,
        missing: &'static str,
    },
    #[error("{what} is {received}, not {expected}")]
    Unexpected {
        what: &'static str,
        expected: String,
        received: String,
    },
    #[error(transparent)]
    Authenticator(#[from] passkeyd_authenticator::Error),
}

/// Why there was nothing to try.
#[derive(Debug, Error)]
pub(crate) enum DoctorError {
    /// The server's address is none.
    #[error("'{0}' is no http or https URL with a host")]
    Url(String),
    /// The page's address is none.
    #[error("'{0}' is no origin")]
    Origin(String),
    /// The HTTP client could not be made.
    #[error("no HTTP client")]
    Client(#[source] reqwest::Error),
}

/// Drives the ceremonies, and cleans up whatever happened.
pub(crate) async fn run(command: Doctor, as_json: bool) -> Result<Report, Box<dyn Error>> {
    let mut visit = Visit::prepare(command, as_json)?;
    let outcome = visit.ceremonies().await;
    let cleaned = visit.clean_up().await;
    let failure = outcome.and(cleaned).err();
    let json = json!({
        "ok": failure.is_none(),
        "user": visit.user_id,
        "steps": visit.steps,
        "error": failure,
    });
    Ok(match failure {
        None => Report::new("all is well", json),
        Some(reason) => Report::new(format!("failed: {reason}"), json).refusing(),
    })
}

struct Visit {
    http: reqwest::Client,
    base: String,
    public_key: String,
    secret_key: String,
    page: Page,
    user_id: String,
    client: Client,
    credential_id: Option<String>,
    steps: Vec<Value>,
    as_json: bool,
}

impl Visit {
    fn prepare(command: Doctor, as_json: bool) -> Result<Self, Box<dyn Error>> {
        let bad_url = || DoctorError::Url(command.url.clone());
        let url = Url::parse(&command.url).map_err(|_| bad_url())?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(bad_url().into());
        }
        let origin = command.origin.unwrap_or_else(|| default_origin(&url));
        let rp_id = match command.rp_id {
            Some(rp_id) => rp_id,
            None => Url::parse(&origin)
                .ok()
                .and_then(|origin| origin.host_str().map(str::to_owned))
                .ok_or_else(|| DoctorError::Origin(origin.clone()))?,
        };
        // Only the first call installs it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .build()
            .map_err(DoctorError::Client)?;
        let entropy = SystemEntropy::new();
        let entropy: &dyn Entropy = &entropy;
        Ok(Self {
            http,
            base: command.url.trim_end_matches('/').to_owned(),
            public_key: command.public_key,
            secret_key: command.secret_key,
            page: Page::new(rp_id, origin),
            user_id: format!("passkeyd-doctor-{}", entropy.uuid()),
            client: Client::new(ClientSetup::default())?,
            credential_id: None,
            steps: Vec::new(),
            as_json,
        })
    }

    async fn ceremonies(&mut self) -> Result<(), String> {
        let started = Instant::now();
        let ready = self.ask("/health/ready").await;
        self.step("the server is ready", started, ready)?;

        let body = json!({
            "userId": self.user_id,
            "username": self.user_id,
            "displayName": "passkeyd doctor",
        });
        let token = self.secret("get a register token", "/register/token", &body);
        let token = text_of(&token.await?, "/register/token", "token")?;

        let body = self.page.register_begin(&token);
        let begun = self
            .public("begin the registration", "/register/begin", &body)
            .await?;

        let started = Instant::now();
        let made = self.client.create(&begun["data"], &self.page.origin).await;
        let made = self.step("make a passkey", started, made.map_err(StepError::from))?;

        let session = text_of(&begun, "/register/begin", "session")?;
        let body = self
            .page
            .register_complete(&session, &made, Some("passkeyd doctor"));
        self.credential_id = made.to_json()["id"].as_str().map(str::to_owned);
        self.public("complete the registration", "/register/complete", &body)
            .await?;

        let body = self.page.sign_in_begin(&SignInAs::UserId(&self.user_id));
        let begun = self
            .public("begin the sign-in", "/signin/begin", &body)
            .await?;

        let started = Instant::now();
        let signed = self.client.get(&begun["data"], &self.page.origin).await;
        let signed = self.step(
            "sign with the passkey",
            started,
            signed.map_err(StepError::from),
        )?;

        let session = text_of(&begun, "/signin/begin", "session")?;
        let body = self.page.sign_in_complete(&session, &signed);
        let token = self
            .public("complete the sign-in", "/signin/complete", &body)
            .await?;
        let token = text_of(&token, "/signin/complete", "token")?;

        let started = Instant::now();
        let verified = self
            .post(
                "/signin/verify",
                ("ApiSecret", &self.secret_key),
                &json!({ "token": token }),
            )
            .await
            .and_then(|verified| self.is_ours(&verified));
        self.step("verify the token", started, verified)
    }

    fn is_ours(&self, verified: &Value) -> Result<(), StepError> {
        for (what, expected) in [
            ("success", json!(true)),
            ("userId", json!(self.user_id)),
            ("rpId", json!(self.page.rp_id)),
        ] {
            if verified[what] != expected {
                return Err(StepError::Unexpected {
                    what,
                    expected: expected.to_string(),
                    received: verified[what].to_string(),
                });
            }
        }
        Ok(())
    }

    /// Deletes what was registered, and the user where the server knows how.
    async fn clean_up(&mut self) -> Result<(), String> {
        let Some(credential_id) = self.credential_id.take() else {
            return Ok(());
        };
        let started = Instant::now();
        let key = ("ApiSecret", self.secret_key.as_str());
        let body = json!({ "credentialId": credential_id });
        let mut deleted = self.post("/credentials/delete", key, &body).await;
        if deleted.is_ok() {
            let body = json!({ "userId": self.user_id });
            match self.post("/users/delete", key, &body).await {
                Err(StepError::Refused { status, .. })
                    if status == StatusCode::NOT_FOUND
                        || status == StatusCode::METHOD_NOT_ALLOWED => {}
                outcome => deleted = outcome,
            }
        }
        self.step("clean up", started, deleted).map(drop)
    }

    async fn public(
        &mut self,
        name: &'static str,
        path: &'static str,
        body: &Value,
    ) -> Result<Value, String> {
        let started = Instant::now();
        let answer = self.post(path, ("ApiKey", &self.public_key), body).await;
        self.step(name, started, answer)
    }

    async fn secret(
        &mut self,
        name: &'static str,
        path: &'static str,
        body: &Value,
    ) -> Result<Value, String> {
        let started = Instant::now();
        let answer = self.post(path, ("ApiSecret", &self.secret_key), body).await;
        self.step(name, started, answer)
    }

    async fn ask(&self, path: &'static str) -> Result<Value, StepError> {
        let url = format!("{}{path}", self.base);
        answer(path, self.http.get(url).send().await).await
    }

    async fn post(
        &self,
        path: &'static str,
        (header, key): (&str, &str),
        body: &Value,
    ) -> Result<Value, StepError> {
        let url = format!("{}{path}", self.base);
        let request = self.http.post(url).header(header, key).json(body);
        answer(path, request.send().await).await
    }

    /// Notes a step, and tells a person at once.
    fn step<T>(
        &mut self,
        name: &'static str,
        started: Instant,
        outcome: Result<T, StepError>,
    ) -> Result<T, String> {
        let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
        let mark = if outcome.is_ok() { "ok" } else { "failed" };
        if !self.as_json {
            say(&format!("{mark:6}  {milliseconds:8.1} ms  {name}"));
        }
        self.steps.push(json!({
            "step": name,
            "ok": outcome.is_ok(),
            "milliseconds": milliseconds,
        }));
        outcome.map_err(|error| match error.source() {
            Some(cause) => format!("{name}: {error}: {cause}"),
            None => format!("{name}: {error}"),
        })
    }
}

/// That of the URL; a loopback address can't be a relying party, so that it becomes `localhost`.
fn default_origin(url: &Url) -> String {
    let mut url = url.clone();
    if matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "0.0.0.0")) {
        // It has a host, so that it can have another.
        let _ = url.set_host(Some("localhost"));
    }
    url.origin().ascii_serialization()
}

async fn answer(
    path: &'static str,
    response: reqwest::Result<reqwest::Response>,
) -> Result<Value, StepError> {
    let response = response.map_err(StepError::Unreachable)?;
    let status = response.status();
    let text = response.text().await.map_err(StepError::Unreachable)?;
    let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    if status.is_success() {
        return Ok(body);
    }
    let said = |member: &str| body[member].as_str();
    Err(StepError::Refused {
        path,
        status,
        reason: said("detail")
            .or_else(|| said("title"))
            .map_or_else(|| text.chars().take(200).collect(), str::to_owned),
    })
}

fn text_of(body: &Value, path: &'static str, missing: &'static str) -> Result<String, String> {
    match body[missing].as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(StepError::Incomplete { path, missing }.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_that_of_the_url_and_never_an_address() {
        for (url, origin) in [
            ("https://auth.example.com/api/", "https://auth.example.com"),
            ("http://127.0.0.1:8080", "http://localhost:8080"),
            ("http://[::1]:8080/", "http://localhost:8080"),
        ] {
            assert_eq!(default_origin(&Url::parse(url).unwrap()), origin);
        }
    }
}
