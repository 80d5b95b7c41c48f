//! Codes, profiles and what back ends do with users, on the LoginID surface.

mod codes;
mod lookups;
mod management;
mod profiles;

use actix_web::{http::Method, test::TestRequest};
use passkeyd_domain::{AddressKind, Identifier, IdentifierKind, Person, TenantId};
use passkeyd_service::{apps::DEVELOPMENT_API_KEY, bearer_tokens::shown_user_id};
use passkeyd_storage_contract::samples;
use serde_json::{Value, json};

use crate::world::{Answer, World};

pub(crate) const KEY: Option<&str> = Some(DEVELOPMENT_API_KEY);

pub(crate) fn tenant() -> TenantId {
    "test".parse().unwrap()
}

impl World {
    /// Sends a request of this surface, with what stands in `Authorization`.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        authorization: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        let uri = format!("/fido2/v2{path}");
        let mut request = TestRequest::default().method(method).uri(&uri);
        if let Some(authorization) = authorization {
            request = request.insert_header(("Authorization", authorization));
        }
        match body {
            Some(body) => self.send_json(request, body).await,
            None => self.send(request).await,
        }
    }

    pub(crate) async fn call_post(
        &self,
        path: &str,
        authorization: Option<&str>,
        body: Value,
    ) -> Answer {
        self.call(Method::POST, path, authorization, Some(body))
            .await
    }

    /// Makes somebody of this name with a proven mail address and a telephone number; gives the id that is shown.
    pub(crate) async fn person(&self, name: &str) -> String {
        let mut person = Person::new(samples::user(&tenant(), name));
        person.identifiers = vec![Identifier {
            kind: IdentifierKind::Other,
            value: name.to_owned(),
            source: Identifier::LOGINID.to_owned(),
            verified_at: None,
        }];
        let now = self.service.now();
        person.prove(
            AddressKind::Email,
            &format!("{name}@example.com"),
            false,
            now,
        );
        let id = shown_user_id(&person.user.handle);
        let store = self.service.store();
        store.create_person(person, None).await.unwrap();
        id
    }

    /// A key with these scopes.
    async fn key(&self, scopes: &[&str]) -> String {
        let scopes = scopes
            .iter()
            .map(|word| passkeyd_domain::Scope((*word).to_owned()));
        let key = self
            .service
            .create_api_key(&tenant(), scopes.collect(), "")
            .await;
        key.unwrap().text().to_owned()
    }

    /// Every way of showing no good key is 401, and a key without the scope 403.
    async fn needs_scope(&self, method: Method, path: &str, scope: &str, body: Option<Value>) {
        for authorization in [
            None,
            Some(""),
            Some("lid_nobodys"),
            Some("Basic bGlkX25vYm9keXM6"),
        ] {
            let answer = self
                .call(method.clone(), path, authorization, body.clone())
                .await;
            assert_eq!(answer.refused(), (401, "unauthorized".to_owned()), "{path}");
        }
        let others = passkeyd_domain::Scope::OF_API_KEYS;
        let others: Vec<_> = others.into_iter().filter(|word| *word != scope).collect();
        let key = self.key(&others).await;
        let answer = self.call(method, path, Some(&key), body).await;
        assert_eq!(answer.refused(), (403, "forbidden".to_owned()), "{path}");
    }
}

impl Answer {
    /// Status and code of a refusal of this surface.
    pub(crate) fn refused(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/json");
        let body = self.json();
        assert!(body["msg"].as_str().is_some_and(|msg| !msg.is_empty()));
        (self.status, body["msgCode"].as_str().unwrap().to_owned())
    }

    pub(crate) fn is_bad_request(&self) {
        assert_eq!(
            self.refused(),
            (400, "bad_request".to_owned()),
            "{}",
            self.text()
        );
    }

    pub(crate) fn is_not_found(&self) {
        assert_eq!(
            self.refused(),
            (404, "not_found".to_owned()),
            "{}",
            self.text()
        );
    }

    pub(crate) fn is_empty(&self) {
        assert_eq!((self.status, self.text()), (204, ""));
    }
}

/// The claims of a token, unchecked.
pub(crate) fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    let bytes = data_encoding::BASE64URL_NOPAD.decode(part.as_bytes());
    serde_json::from_slice(&bytes.unwrap()).unwrap()
}

pub(crate) fn user(name: &str) -> Value {
    json!({ "user": { "username": name } })
}
