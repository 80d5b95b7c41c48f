//! A user at the server.

use passkeyd_authenticator::{
    Device,
    passwordless::{Page, SignInAs},
};
use serde_json::{Value, json};

use crate::place::{PUBLIC_KEY, SECRET_KEY, Server};

pub(crate) struct Visitor {
    device: Device,
    page: Page,
    user_id: &'static str,
}

impl Visitor {
    pub(crate) fn new(user_id: &'static str) -> Self {
        Self {
            device: Device::new(
                user_id
                    .bytes()
                    .fold(0, |seed, byte| seed << 8 | u64::from(byte)),
            ),
            page: Page::new("localhost", "http://localhost:1"),
            user_id,
        }
    }

    pub(crate) fn begin_registration(&self, server: &Server) -> Value {
        let body = json!({ "userId": self.user_id, "username": self.user_id });
        let token = done(server.post("/register/token", SECRET_KEY, &body));
        let body = self.page.register_begin(token["token"].as_str().unwrap());
        done(server.post("/register/begin", PUBLIC_KEY, &body))
    }

    pub(crate) fn complete_registration(&mut self, server: &Server, begun: &Value) {
        let made = self
            .device
            .create(&begun["data"], &self.page.origin)
            .unwrap();
        let session = begun["session"].as_str().unwrap();
        let body = self.page.register_complete(session, &made, None);
        done(server.post("/register/complete", PUBLIC_KEY, &body));
    }

    pub(crate) fn register(&mut self, server: &Server) {
        let begun = self.begin_registration(server);
        self.complete_registration(server, &begun);
    }

    pub(crate) fn begin_sign_in(&self, server: &Server) -> (u16, Value) {
        let body = self.page.sign_in_begin(&SignInAs::UserId(self.user_id));
        server.post("/signin/begin", PUBLIC_KEY, &body)
    }

    /// Completes the sign-in and gives whom the token names.
    pub(crate) fn complete_sign_in(&mut self, server: &Server, begun: &Value) -> Value {
        let signed = self.device.get(&begun["data"], &self.page.origin).unwrap();
        let session = begun["session"].as_str().unwrap();
        let body = self.page.sign_in_complete(session, &signed);
        let token = done(server.post("/signin/complete", PUBLIC_KEY, &body));
        done(server.post("/signin/verify", SECRET_KEY, &token))["userId"].clone()
    }

    pub(crate) fn sign_in(&mut self, server: &Server) -> Value {
        let begun = done(self.begin_sign_in(server));
        self.complete_sign_in(server, &begun)
    }
}

fn done((status, body): (u16, Value)) -> Value {
    assert_eq!(status, 200, "{body}");
    body
}
