//! A whole service on another framework than passkeyd's: `tiny_http`, a page, a map in memory.
//!
//! ```text
//! cargo run -p passkeyd-webauthn --example embed
//! ```
//!
//! Open <http://localhost:8000>, make a passkey, sign in with it.
//!
//! It serves one request at a time and forgets everything when it ends. A service for many users has besides:
//!
//! - accounts, each with a user handle of its own, and sessions: only who is signed in adds a passkey to an account;
//! - the state in the session of the browser that began, deleted when it is past its end;
//! - a database with a unique index on the credential id, in which the counter is written only where the old one stands.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]
#![expect(
    clippy::disallowed_methods,
    reason = "here is where time and randomness come from"
)]

use std::collections::HashMap;
use std::error::Error as StdError;

use jiff::Timestamp;
use passkeyd_webauthn::options::UserEntity;
use passkeyd_webauthn::origin::{OriginRules, RpId};
use passkeyd_webauthn::trust::NoTrust;
use passkeyd_webauthn::{
    AuthenticationRequest, AuthenticationResponse, AuthenticationState, CredentialRecord, Error,
    Policy, RegistrationRequest, RegistrationResponse, RegistrationState, RelyingParty,
    authenticate, register,
};
use ring::rand::{SecureRandom, SystemRandom};
use tiny_http::{Header, Method, Request, Response, Server};

const ADDRESS: &str = "localhost:8000";

/// What a real service keeps in its database.
#[derive(Default)]
struct Store {
    /// Ceremonies that wait for their answer, by challenge: each is taken out once. Those that are never answered stay here.
    registrations: HashMap<String, RegistrationState>,
    sign_ins: HashMap<String, AuthenticationState>,
    /// Credentials by id.
    credentials: HashMap<Vec<u8>, CredentialRecord>,
}

struct Service {
    rp: RelyingParty,
    policy: Policy,
    random: SystemRandom,
    store: Store,
}

fn main() -> Result<(), Box<dyn StdError + Send + Sync>> {
    let origins = OriginRules::exact([format!("http://{ADDRESS}")]);
    let rp = RelyingParty::with_rules(RpId::for_development("localhost")?, "Example", &origins)?;
    let mut service = Service {
        rp,
        policy: Policy::consumer(),
        random: SystemRandom::new(),
        store: Store::default(),
    };
    let server = Server::http(ADDRESS)?;
    println!("open http://{ADDRESS}");
    for mut request in server.incoming_requests() {
        let (status, kind, body) = service.answer(&mut request);
        let header: Header = format!("Content-Type: {kind}")
            .parse()
            .map_err(|()| "a header")?;
        request.respond(
            Response::from_string(body)
                .with_status_code(status)
                .with_header(header),
        )?;
    }
    Ok(())
}

impl Service {
    /// Status, content type and body.
    fn answer(&mut self, request: &mut Request) -> (u16, &'static str, String) {
        let mut body = Vec::new();
        if std::io::Read::read_to_end(
            &mut std::io::Read::take(request.as_reader(), 100_000),
            &mut body,
        )
        .is_err()
        {
            return (400, "text/plain", String::new());
        }
        let result = match (request.method(), request.url()) {
            (Method::Get, "/") => return (200, "text/html; charset=utf-8", PAGE.to_owned()),
            (Method::Post, "/register/begin") => self.begin_registration(),
            (Method::Post, "/register/complete") => self.complete_registration(&body),
            (Method::Post, "/sign-in/begin") => self.begin_sign_in(),
            (Method::Post, "/sign-in/complete") => self.complete_sign_in(&body),
            _ => return (404, "text/plain", String::new()),
        };
        match result {
            Ok(json) => (200, "application/json", json),
            // The code is stable and tells a stranger nothing new; the message (`to_string`) is for the log.
            Err(error) => (
                400,
                "application/json",
                format!(r#"{{"code":"{}","step":"{}"}}"#, error.code(), error.step()),
            ),
        }
    }

    fn random(&self, length: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; length];
        self.random
            .fill(&mut bytes)
            .map_err(|_| Error::OptionInvalid("randomness"))?;
        Ok(bytes)
    }

    fn begin_registration(&mut self) -> Result<String, Error> {
        // A new account at each try. For an account that is there: its handle and names, and its credentials in
        // `exclude_credentials`.
        let user = UserEntity::new(self.random(16)?, "ann@example.com", "Ann");
        let request = RegistrationRequest::new(user);
        let (options, state) =
            self.rp
                .start_registration(request, self.random(32)?, Timestamp::now())?;
        self.store
            .registrations
            .insert(challenge(&state.ceremony.challenge), state);
        options.to_json()
    }

    fn complete_registration(&mut self, body: &[u8]) -> Result<String, Error> {
        let response = RegistrationResponse::from_json(body)?;
        let challenge = claimed_challenge(&response.client_data_json)?;
        let state = self
            .store
            .registrations
            .remove(&challenge)
            .ok_or(Error::ChallengeMismatch)?;
        let done = register(&response, &state, &self.policy, &NoTrust, Timestamp::now())?;
        // A database refuses the insert instead, by its unique index.
        if self.store.credentials.contains_key(&done.credential.id) {
            return Err(Error::CredentialAlreadyRegistered);
        }
        self.store
            .credentials
            .insert(done.credential.id.clone(), done.credential);
        Ok("{}".to_owned())
    }

    fn begin_sign_in(&mut self) -> Result<String, Error> {
        let request = AuthenticationRequest::discoverable();
        let (options, state) =
            self.rp
                .start_authentication(request, self.random(32)?, Timestamp::now())?;
        self.store
            .sign_ins
            .insert(challenge(&state.ceremony.challenge), state);
        options.to_json()
    }

    fn complete_sign_in(&mut self, body: &[u8]) -> Result<String, Error> {
        let response = AuthenticationResponse::from_json(body)?;
        let challenge = claimed_challenge(&response.client_data_json)?;
        let state = self
            .store
            .sign_ins
            .remove(&challenge)
            .ok_or(Error::ChallengeMismatch)?;
        let record = self
            .store
            .credentials
            .get_mut(&response.id)
            .ok_or(Error::CredentialNotFound)?;
        let done = authenticate(
            &response,
            &state,
            &record.stored(),
            &self.policy,
            Timestamp::now(),
        )?;
        // Here one request is served at a time; else this is one statement, on condition that the counter is the old one.
        record.sign_count = done.sign_count;
        record.backed_up = done.backed_up;
        // Who has signed in is the owner of `record.user_handle`: here a session would begin.
        Ok(format!(r#"{{"userVerified":{}}}"#, done.user_verified))
    }
}

fn challenge(bytes: &[u8]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(bytes)
}

/// Which ceremony the answer claims to belong to; verification then compares for good.
fn claimed_challenge(client_data_json: &[u8]) -> Result<String, Error> {
    let data = passkeyd_webauthn::client_data::ClientData::parse(client_data_json)?;
    Ok(data.challenge.into_owned())
}

const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>Passkeys</title>
<button id="register">Make a passkey</button> <button id="signIn">Sign in</button> <output id="out"></output>
<script>
const post = async (path, body) => (await fetch(path, { method: "POST", body: JSON.stringify(body ?? {}) })).json();
const show = (what) => { out.textContent = JSON.stringify(what); };
register.onclick = async () => {
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(await post("/register/begin"));
  const credential = await navigator.credentials.create({ publicKey: options });
  show(await post("/register/complete", credential.toJSON()));
};
signIn.onclick = async () => {
  const options = PublicKeyCredential.parseRequestOptionsFromJSON(await post("/sign-in/begin"));
  const credential = await navigator.credentials.get({ publicKey: options });
  show(await post("/sign-in/complete", credential.toJSON()));
};
</script>
"#;
