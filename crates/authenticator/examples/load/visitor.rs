//! A user with a passkey, at a connection.

use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, Instant},
};

use passkeyd_authenticator::{
    Algorithm, Behaviour, Device,
    passwordless::{Page, SignInAs},
};
use serde_json::{Value, json};

use crate::connection::Connection;

/// The tenant's keys.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) public: String,
    pub(crate) secret: String,
}

/// How long the calls of one sign-in took.
pub(crate) struct Taken {
    pub(crate) begin: Duration,
    pub(crate) complete: Duration,
    pub(crate) verify: Option<Duration>,
}

pub(crate) struct Visitor {
    connection: Rc<RefCell<Connection>>,
    keys: Keys,
    page: Page,
    user_id: String,
    device: Device,
}

impl Visitor {
    pub(crate) fn register(
        connection: &Rc<RefCell<Connection>>,
        keys: &Keys,
        page: &Page,
        number: u64,
    ) -> Result<Self, String> {
        let mut visitor = Self {
            connection: Rc::clone(connection),
            keys: keys.clone(),
            page: page.clone(),
            // Unique, so that the same database can be used again.
            user_id: format!("load-{}-{number}", std::process::id()),
            device: Device::with(
                (u64::from(std::process::id()) << 32) | number,
                Behaviour {
                    algorithm: Some(Algorithm::Es256),
                    counts: true,
                    ..Behaviour::default()
                },
            ),
        };
        let body = json!({ "userId": visitor.user_id, "username": visitor.user_id });
        let token = visitor.secret("/register/token", &body)?;
        let body = page.register_begin(text(&token, "token")?);
        let begun = visitor.public("/register/begin", &body)?;
        let made = visitor
            .device
            .create(&begun["data"], &page.origin)
            .map_err(|error| error.to_string())?;
        let body = page.register_complete(text(&begun, "session")?, &made, None);
        visitor.public("/register/complete", &body)?;
        Ok(visitor)
    }

    pub(crate) fn sign_in(&mut self, verify: bool) -> Result<Taken, String> {
        let body = self.page.sign_in_begin(&SignInAs::UserId(&self.user_id));
        let started = Instant::now();
        let begun = self.public("/signin/begin", &body)?;
        let beginning = started.elapsed();

        let signed = self
            .device
            .get(&begun["data"], &self.page.origin)
            .map_err(|error| error.to_string())?;
        let body = self
            .page
            .sign_in_complete(text(&begun, "session")?, &signed);
        let started = Instant::now();
        let token = self.public("/signin/complete", &body)?;
        let complete = started.elapsed();

        let verify = verify
            .then(|| {
                let body = json!({ "token": text(&token, "token")? });
                let started = Instant::now();
                self.secret("/signin/verify", &body)?;
                Ok::<_, String>(started.elapsed())
            })
            .transpose()?;
        Ok(Taken {
            begin: beginning,
            complete,
            verify,
        })
    }

    fn public(&self, path: &str, body: &Value) -> Result<Value, String> {
        let key = ("ApiKey", self.keys.public.as_str());
        self.connection
            .borrow_mut()
            .post(path, key, &self.page.origin, body)
    }

    fn secret(&self, path: &str, body: &Value) -> Result<Value, String> {
        let key = ("ApiSecret", self.keys.secret.as_str());
        self.connection
            .borrow_mut()
            .post(path, key, &self.page.origin, body)
    }
}

fn text<'a>(body: &'a Value, member: &str) -> Result<&'a str, String> {
    body[member]
        .as_str()
        .ok_or_else(|| format!("an answer without {member}"))
}
