//! An `OpenID` Connect provider without a network.

use std::{collections::HashMap, sync::Mutex};

use async_trait::async_trait;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use passkeyd_domain::{
    Timestamp,
    ports::{HttpClient, HttpError, HttpMethod, HttpRequest, HttpResponse},
};
use passkeyd_tokens::jwt::{Jwks, SigningKey, SigningPurpose, issue};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};
use uuid::Uuid;

pub(super) const ISSUER: &str = "https://id.example";
pub(super) const CLIENT: &str = "we & us";
pub(super) const SECRET: &str = "secret:with/odd+characters";
const ACCESS_TOKEN: &str = "at-1";

/// Changes what an ID token says.
type Change = Box<dyn Fn(&mut Value) + Send>;

/// What it does next.
pub(super) struct Script {
    pub(super) keys: Vec<SigningKey>,
    /// The key that signs; the keys that are shown may lack it.
    pub(super) signer: SigningKey,
    pub(super) claims: Value,
    pub(super) change: Option<Change>,
    /// Takes the place of the ID token that would be signed.
    pub(super) id_token: Option<String>,
    pub(super) user_info: Option<Value>,
    /// Takes the place of the answer at a path.
    pub(super) failures: HashMap<&'static str, u16>,
    pub(super) metadata: Value,
    /// The challenge and nonce of the sign-in under way.
    pub(super) challenge: String,
    pub(super) nonce: String,
    pub(super) code: Option<String>,
}

pub(super) struct Provider {
    pub(super) script: Mutex<Script>,
    pub(super) requests: Mutex<Vec<HttpRequest>>,
}

pub(super) fn key(number: u8, purpose: SigningPurpose) -> SigningKey {
    let id = Uuid::from_u128(number.into());
    SigningKey::generate(purpose, id, Timestamp::UNIX_EPOCH, [number; 32]).unwrap()
}

impl Provider {
    /// Vouches for Ada, at that time.
    pub(super) fn new(now: Timestamp) -> Self {
        let path = |path| format!("{ISSUER}/{path}");
        Self {
            script: Mutex::new(Script {
                keys: vec![key(1, SigningPurpose::LOGINID)],
                signer: key(1, SigningPurpose::LOGINID),
                claims: json!({
                    "iss": ISSUER,
                    "sub": "ada-1",
                    "aud": CLIENT,
                    "iat": now.as_second(),
                    "exp": now.as_second() + 60,
                    "email": "Ada@example.com",
                    "email_verified": true,
                    "name": "Ada Lovelace",
                }),
                change: None,
                id_token: None,
                user_info: None,
                failures: HashMap::new(),
                metadata: json!({
                    "issuer": ISSUER,
                    "authorization_endpoint": path("authorize?prompt=login"),
                    "token_endpoint": path("token"),
                    "userinfo_endpoint": path("me"),
                    "jwks_uri": path("keys"),
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                }),
                challenge: String::new(),
                nonce: String::new(),
                code: None,
            }),
            requests: Mutex::default(),
        }
    }

    pub(super) fn script<T>(&self, change: impl FnOnce(&mut Script) -> T) -> T {
        change(&mut self.script.lock().unwrap())
    }

    /// A browser comes and signs in; gives the code and the state that it goes back with.
    pub(super) fn visit(&self, location: &str) -> (String, String) {
        let asked: HashMap<String, String> = Url::parse(location)
            .unwrap()
            .query_pairs()
            .into_owned()
            .collect();
        self.script(|script| {
            script.challenge.clone_from(&asked["code_challenge"]);
            script.nonce.clone_from(&asked["nonce"]);
            script.code = Some("code-1".to_owned());
        });
        ("code-1".to_owned(), asked["state"].clone())
    }

    /// How often that path was asked for.
    pub(super) fn asked(&self, path: &str) -> usize {
        let url = format!("{ISSUER}/{path}");
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|asked| asked.url == url).count()
    }

    fn token(script: &mut Script, request: &HttpRequest) -> (u16, Value) {
        let form: HashMap<String, String> =
            form_urlencoded::parse(&request.body).into_owned().collect();
        let header = |name: &str| {
            let mut headers = request.headers.iter();
            headers
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
        };
        let encoded =
            |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let basic = format!("{}:{}", encoded(CLIENT), encoded(SECRET));
        let basic = format!("Basic {}", BASE64.encode(basic.as_bytes()));
        let by_header = header("authorization") == Some(basic.as_str());
        let by_body = form.get("client_id").map(String::as_str) == Some(CLIENT)
            && form.get("client_secret").map(String::as_str) == Some(SECRET);
        if by_header == by_body {
            return (401, json!({ "error": "invalid_client" }));
        }
        let verifier = digest(&SHA256, form["code_verifier"].as_bytes());
        let good = request.method == HttpMethod::Post
            && form["grant_type"] == "authorization_code"
            && form["redirect_uri"] == super::CALLBACK
            && BASE64URL_NOPAD.encode(verifier.as_ref()) == script.challenge
            && script.code.take() == Some(form["code"].clone());
        if !good {
            return (400, json!({ "error": "invalid_grant" }));
        }
        let mut claims = script.claims.clone();
        claims["nonce"] = json!(script.nonce);
        if let Some(change) = &script.change {
            change(&mut claims);
        }
        let id_token = script
            .id_token
            .clone()
            .unwrap_or_else(|| issue(&script.signer, &claims).unwrap());
        let mut answer =
            json!({ "access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 60 });
        if !id_token.is_empty() {
            answer["id_token"] = json!(id_token);
        }
        (200, answer)
    }
}

#[async_trait]
impl HttpClient for Provider {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.requests.lock().unwrap().push(request.clone());
        let path = request.url.strip_prefix(ISSUER).unwrap().to_owned();
        let (status, body) = self.script(|script| {
            if let Some((_, status)) = script.failures.get_key_value(path.as_str()) {
                return (*status, json!({ "error": "temporarily_unavailable" }));
            }
            match path.as_str() {
                "/.well-known/openid-configuration" => (200, script.metadata.clone()),
                "/keys" => {
                    let keys: Jwks = script.keys.iter().collect();
                    (200, serde_json::to_value(keys).unwrap())
                }
                "/token" => Self::token(script, &request),
                "/me" => {
                    let shown = ("authorization".to_owned(), format!("Bearer {ACCESS_TOKEN}"));
                    match &script.user_info {
                        Some(claims) if request.headers.contains(&shown) => (200, claims.clone()),
                        _ => (401, Value::Null),
                    }
                }
                other => panic!("{other}"),
            }
        });
        Ok(HttpResponse {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into_bytes(),
        })
    }
}
