//! A server without HTTP: everything deterministic.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use data_encoding::BASE64URL_NOPAD;
use passkeyd_authenticator::{Assertion, Device, Registration};
use passkeyd_domain::{
    KeyKind, Timestamp, UserId,
    ports::{Clock, Entropy, HttpClient, Mailer, OutboxFile, SmsGateway},
};
use passkeyd_service::{
    AssertionResponse, AttestationResponse, Caller, Error, Outgoing, Service, Settings,
    apps::{DEVELOPMENT_PUBLIC_KEY, DEVELOPMENT_SECRET_KEY},
    registration::{
        BeginRegistration, BegunRegistration, CompleteRegistration, CreateRegisterToken,
        CreationOptions,
    },
    sign_in::{BeginSignIn, BegunSignIn, CompleteSignIn, RequestOptions, SignInUser},
};
use passkeyd_storage_contract::MemoryStore;
use passkeyd_tokens::MasterKey;
use ring::digest;
use serde_json::{Value, json};

use crate::outgoing::{Mailbox, PlainTexts, Web};

pub(crate) const ORIGIN: &str = "http://localhost:8080";
pub(crate) const RP_ID: &str = "localhost";

/// A clock that stands still.
pub(crate) struct MovedClock(AtomicI64);

impl MovedClock {
    pub(crate) fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap();
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// Randomness that is the same in every run.
pub(crate) struct Seeded(AtomicU64);

impl Entropy for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let block = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
            let hash = digest::digest(&digest::SHA256, &block);
            chunk.copy_from_slice(&hash.as_ref()[..chunk.len()]);
        }
    }
}

/// A service with the development tenant.
pub(crate) struct World {
    pub(crate) service: Arc<Service>,
    pub(crate) clock: Arc<MovedClock>,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) web: Arc<Web>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        Self::reaching(settings, None, None).await
    }

    /// One that reaches these servers, where they are given.
    pub(crate) async fn reaching(
        settings: Settings,
        servers: Option<Arc<dyn HttpClient>>,
        master_key: Option<MasterKey>,
    ) -> Self {
        let clock = Arc::new(MovedClock(AtomicI64::new(1_767_225_600_000)));
        let settings = Settings {
            tenant_cache: Duration::ZERO,
            ..settings
        };
        let service = Service::new(
            Arc::new(MemoryStore::default()),
            Arc::clone(&clock) as Arc<dyn Clock>,
            Arc::new(Seeded(AtomicU64::new(1))),
            settings,
            master_key,
        );
        let (mailbox, web) = (Arc::new(Mailbox::default()), Arc::new(Web::default()));
        let service = Arc::new(service.with_outgoing(Outgoing {
            mailer: Arc::clone(&mailbox) as Arc<dyn Mailer>,
            templates: Arc::new(PlainTexts),
            http: servers.unwrap_or_else(|| Arc::clone(&web) as Arc<dyn HttpClient>),
            sms: Some(Arc::clone(&web) as Arc<dyn SmsGateway>),
            outbox: Some(Arc::clone(&web) as Arc<dyn OutboxFile>),
        }));
        service.ensure_development_app().await.unwrap();
        Self {
            service,
            clock,
            mailbox,
            web,
        }
    }

    async fn caller(&self, kind: KeyKind, key: &str) -> Caller {
        let now = self.service.now();
        self.service
            .authenticate(kind, key, now)
            .await
            .unwrap()
            .unwrap()
    }

    pub(crate) async fn front_end(&self) -> Caller {
        self.caller(KeyKind::Public, DEVELOPMENT_PUBLIC_KEY).await
    }

    pub(crate) async fn back_end(&self) -> Caller {
        self.caller(KeyKind::Secret, DEVELOPMENT_SECRET_KEY).await
    }

    pub(crate) async fn register_token(
        &self,
        command: CreateRegisterToken,
    ) -> Result<String, Error> {
        self.service
            .create_register_token(&self.back_end().await, command)
            .await
    }

    pub(crate) async fn begin_registration(&self, token: &str) -> Result<BegunRegistration, Error> {
        let command = BeginRegistration {
            token: Some(token.to_owned()),
            rp_id: Some(RP_ID.to_owned()),
            origin: Some(ORIGIN.to_owned()),
        };
        self.service
            .begin_registration(&self.front_end().await, command)
            .await
    }

    pub(crate) async fn complete_registration(
        &self,
        session: &str,
        made: &Registration,
    ) -> Result<String, Error> {
        let command = CompleteRegistration {
            session: Some(session.to_owned()),
            response: AttestationResponse {
                raw_id: made.credential_id.clone(),
                client_data_json: made.client_data.clone(),
                attestation_object: made.attestation_object.clone(),
                transports: Some(made.transports.clone()),
                discoverable: made.discoverable,
            },
            nickname: Some("phone".to_owned()),
            origin: Some(ORIGIN.to_owned()),
            device: "Chrome, Linux".to_owned(),
            country: "SE".to_owned(),
        };
        self.service
            .complete_registration(&self.front_end().await, command)
            .await
    }

    /// Registers a passkey of the device for the user, and returns the verify token.
    pub(crate) async fn register(
        &self,
        device: &mut Device,
        user_id: &str,
    ) -> Result<String, Error> {
        let token = self.register_token(wanted(user_id)).await?;
        let begun = self.begin_registration(&token).await?;
        let made = device.create(&creation_json(&begun), ORIGIN).unwrap();
        self.complete_registration(&begun.session, &made).await
    }

    pub(crate) async fn begin_sign_in(&self, user_id: Option<&str>) -> Result<BegunSignIn, Error> {
        self.begin_sign_in_for(user_id, None).await
    }

    pub(crate) async fn begin_sign_in_for(
        &self,
        user_id: Option<&str>,
        purpose: Option<&str>,
    ) -> Result<BegunSignIn, Error> {
        let command = BeginSignIn {
            user: user_id.map(|id| SignInUser::UserId(id.to_owned())),
            purpose: purpose.map(str::to_owned),
            rp_id: Some(RP_ID.to_owned()),
            origin: Some(ORIGIN.to_owned()),
        };
        self.service
            .begin_sign_in(&self.front_end().await, command)
            .await
    }

    pub(crate) async fn complete_sign_in(
        &self,
        session: &str,
        signed: &Assertion,
    ) -> Result<String, Error> {
        let command = CompleteSignIn {
            session: Some(session.to_owned()),
            response: AssertionResponse {
                raw_id: signed.credential_id.clone(),
                client_data_json: signed.client_data.clone(),
                authenticator_data: signed.authenticator_data.clone(),
                signature: signed.signature.clone(),
                user_handle: signed.user_handle.clone(),
            },
            origin: Some(ORIGIN.to_owned()),
            device: "Firefox, Linux".to_owned(),
            country: String::new(),
        };
        self.service
            .complete_sign_in(&self.front_end().await, command)
            .await
    }

    /// Signs in with the device, and returns the verify token.
    pub(crate) async fn sign_in(
        &self,
        device: &mut Device,
        user_id: Option<&str>,
    ) -> Result<String, Error> {
        let begun = self.begin_sign_in(user_id).await?;
        let signed = device.get(&request_json(&begun), ORIGIN).unwrap();
        self.complete_sign_in(&begun.session, &signed).await
    }
}

pub(crate) fn wanted(user_id: &str) -> CreateRegisterToken {
    CreateRegisterToken {
        user_id: UserId::new(user_id).unwrap(),
        username: format!("{user_id}@example.com"),
        display_name: None,
        attestation: None,
        authenticator_type: None,
        discoverable: true,
        user_verification: None,
        expires_at: None,
        aliases: Vec::new(),
        alias_hashing: true,
        hints: Vec::new(),
    }
}

pub(crate) fn creation_json(begun: &BegunRegistration) -> Value {
    creation_options_json(&begun.options)
}

pub(crate) fn creation_options_json(options: &CreationOptions) -> Value {
    json!({
        "rp": { "id": options.rp_id, "name": options.rp_id },
        "user": {
            "id": BASE64URL_NOPAD.encode(options.handle.as_bytes()),
            "name": options.username,
            "displayName": options.display_name,
        },
        "challenge": BASE64URL_NOPAD.encode(&options.challenge),
        "pubKeyCredParams": options.algorithms.iter()
            .map(|alg| json!({ "type": "public-key", "alg": alg })).collect::<Vec<_>>(),
        "excludeCredentials": options.exclude.iter()
            .map(|known| json!({ "type": "public-key", "id": BASE64URL_NOPAD.encode(known.credential_id.as_bytes()) }))
            .collect::<Vec<_>>(),
        "authenticatorSelection": { "residentKey": if options.discoverable { "required" } else { "discouraged" } },
        "extensions": { "credProps": true },
    })
}

pub(crate) fn request_json(begun: &BegunSignIn) -> Value {
    request_options_json(&begun.options)
}

pub(crate) fn request_options_json(options: &RequestOptions) -> Value {
    json!({
        "challenge": BASE64URL_NOPAD.encode(&options.challenge),
        "rpId": options.rp_id,
        "userVerification": options.user_verification.as_str(),
        "allowCredentials": options.allow.iter()
            .map(|known| json!({ "type": "public-key", "id": BASE64URL_NOPAD.encode(known.credential_id.as_bytes()) }))
            .collect::<Vec<_>>(),
    })
}
