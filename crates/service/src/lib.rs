//! The use cases of passkeyd: registration, sign-in and what surrounds them.
//!
//! A use case takes a typed command and the [`Caller`] that a key made, keeps the rules, and speaks to the world through
//! the ports of `passkeyd-domain`. It knows no HTTP and no SQL: an adapter parses, calls one use case, and renders.
//!
//! The modules are the capabilities. They share one [`Service`], whose methods they add:
//!
//! | module | adds |
//! | --- | --- |
//! | [`authentication`] | who calls: API keys, scopes, refusals |
//! | [`registration`] | registration tokens, and the two halves of a registration |
//! | [`sign_in`] | the two halves of a sign-in |
//! | [`verification`] | verify tokens: what a back end learns of a sign-in |
//! | [`credentials`] | lists of credentials and their deletion |
//! | [`aliases`] | other names under which a user signs in |
//! | [`trust`] | browsers that are known again |
//! | [`users`] | lists of users and their deletion |
//! | [`auth_configs`] | what a sign-in for a purpose asks for |
//! | [`federation`] | sign-in at the OpenID Connect providers of a tenant |
//! | [`features`] | switches of a tenant |
//! | [`apps`] | tenants and their keys |
//! | [`app_lifecycle`] | frozen, marked for deletion, deleted |
//! | [`accounts`] | people who sign themselves up |
//! | [`sessions`] | access tokens and refresh tokens |
//! | [`codes`] | one-time codes |
//! | [`people`] | changes to what is known of a user |
//! | [`management`] | what back ends do with the users of an application |
//! | [`discovery`] | what a back end finds out before a ceremony |
//! | [`configured_apps`] | tenants as a configuration wants them |
//! | [`profiles`] | mail addresses and telephone numbers |
//! | [`account_passkeys`] | the passkeys of an account |
//! | [`applications`] | tenants as the LoginID surface sees them |
//! | [`api_keys`] | keys with scopes of that surface |
//! | [`bearer_tokens`] | its JSON Web Tokens |
//! | [`application_sessions`] | its ceremonies under way |
//! | [`application_registration`] | the two halves of a registration there |
//! | [`application_sign_in`] | the two halves of a sign-in there |
//! | [`transactions`] | payloads that people confirm with a passkey |
//! | [`user_passkeys`] | passkeys as their owner sees them there |
//! | [`fitness`] | whether a tenant's settings can work |
//! | [`models`] | names and icons of makes of authenticators |
//! | [`ceremony_state`] | what its ceremonies keep between their steps |
//! | [`mfa`] | its sign-ins of several factors |
//! | [`ideas`] | the ideas of an account |
//! | [`signing`] | the keys behind access tokens |
//! | [`events`] | what administrators are told |
//! | [`listings`] | the lists page by page, with filters |
//! | [`magic_links`] | sign-in links by mail |
//! | [`authenticators`] | which makes of authenticators a tenant allows |
//! | [`metadata`] | what the FIDO metadata says of makes |
//! | [`reporting`] | reports by day |
//! | [`related_origins`] | which origins share an RP id |
//! | [`scim`] | users and groups of a company's directory |
//! | [`webhooks`] | events told to the tenant's own servers |
//! | [`jobs`] | what the server does by itself |

pub mod account_passkeys;
pub mod accounts;
pub mod aliases;
pub mod api_keys;
mod app_deletion;
pub mod app_lifecycle;
pub mod application_registration;
pub mod application_sessions;
pub mod application_sign_in;
pub mod applications;
pub mod apps;
pub mod auth_configs;
pub mod authentication;
pub mod authenticators;
pub mod bearer_tokens;
mod ceremony;
pub mod ceremony_state;
pub mod codes;
pub mod configured_apps;
pub mod credentials;
pub mod discovery;
mod error;
pub mod events;
pub mod features;
pub mod federation;
pub mod fitness;
pub mod ideas;
pub mod jobs;
pub mod listings;
pub mod magic_links;
pub mod management;
pub mod metadata;
pub mod mfa;
pub mod models;
mod origin;
pub mod passwords;
pub mod people;
pub mod profiles;
pub mod registration;
pub mod related_origins;
pub mod reporting;
pub mod scim;
mod sealing;
mod session;
pub mod sessions;
mod settings;
pub mod sign_in;
pub mod signing;
mod tenants;
pub mod transactions;
pub mod trust;
pub mod user_passkeys;
pub mod users;
pub mod verification;
pub mod webhooks;
mod wrapping;

use std::{
    sync::{Arc, RwLock},
    time::Duration,
};

use moka::sync::Cache;
use passkeyd_domain::{
    TenantId, TenantSettings, Timestamp,
    ports::{
        Clock, Entropy, HttpClient, MailProviderHealth, MailTemplates, Mailer, OutboxFile,
        SmsGateway, Store,
    },
};
use passkeyd_tokens::MasterKey;

pub use accounts::AccountError;
pub use applications::ApplicationError;
pub use authentication::{Caller, KeyRefusal};
pub use ceremony::{AssertionResponse, AttestationResponse};
pub use error::Error;
pub use passkeyd_webauthn::Policy;
pub use settings::{AccountSettings, Settings};

/// The use cases, over a store, a clock and a source of randomness. Cheap to share behind an [`Arc`]; keeps nothing that
/// another node would have to know.
pub struct Service {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    settings: Settings,
    master_key: Option<MasterKey>,
    tenants: tenants::TenantCache,
    verifier: ceremony::Verifier,
    passwords: passwords::Passwords,
    signing: signing::SigningKeys,
    /// Which tenant is the only one, for a moment.
    only_tenant: Cache<(), Option<TenantId>>,
    /// The settings of all tenants, for a moment.
    all_settings: Cache<(), Arc<Vec<TenantSettings>>>,
    outgoing: Option<Outgoing>,
    model_cards: models::ModelCards,
    catalogue: RwLock<Option<Arc<metadata::Catalogue>>>,
    revocations: RwLock<Arc<metadata::Revocations>>,
    link_rate: magic_links::LinkRate,
    mail_health: tokio::sync::Mutex<Option<(Timestamp, Vec<MailProviderHealth>)>>,
    related_origins: Cache<String, Option<Vec<String>>>,
    known_providers: federation::KnownProviders,
    code_queue: codes::CodeQueue,
}

/// The ways out of the server.
#[derive(Clone)]
pub struct Outgoing {
    /// Sends mail.
    pub mailer: Arc<dyn Mailer>,
    /// Makes the texts of mails.
    pub templates: Arc<dyn MailTemplates>,
    /// Asks servers that tenants name.
    pub http: Arc<dyn HttpClient>,
    /// Sends text messages.
    pub sms: Option<Arc<dyn SmsGateway>>,
    /// Takes codes that are not sent.
    pub outbox: Option<Arc<dyn OutboxFile>>,
}

impl Service {
    /// Puts the parts together. Without a master key the key rings rest unwrapped in the store.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: Settings,
        master_key: Option<MasterKey>,
    ) -> Self {
        let tenants = tenants::TenantCache::new(settings.tenant_cache);
        let verifier = ceremony::Verifier::new(&settings);
        let only_tenant = Cache::builder().time_to_live(settings.tenant_cache).build();
        let passwords = passwords::Passwords::new(settings.accounts.password_cost);
        Self {
            store,
            clock,
            entropy,
            settings,
            master_key,
            tenants,
            verifier,
            passwords,
            signing: signing::SigningKeys::new(),
            outgoing: None,
            model_cards: models::ModelCards::default(),
            catalogue: RwLock::default(),
            revocations: RwLock::default(),
            link_rate: magic_links::LinkRate::default(),
            mail_health: tokio::sync::Mutex::default(),
            related_origins: Cache::builder()
                .max_capacity(1024)
                .time_to_live(Duration::from_secs(5))
                .build(),
            only_tenant,
            all_settings: Cache::builder()
                .time_to_live(Duration::from_secs(5))
                .build(),
            known_providers: federation::KnownProviders::new(),
            code_queue: codes::CodeQueue::default(),
        }
    }

    /// Opens the ways out. Without them no mail is sent and no webhook told.
    #[must_use]
    pub fn with_outgoing(mut self, outgoing: Outgoing) -> Self {
        self.outgoing = Some(outgoing);
        self
    }

    /// Whether the mail servers are there. They are asked once in ten seconds at most, however often we are.
    pub async fn mail_health(&self) -> Vec<MailProviderHealth> {
        const FRESH: Duration = Duration::from_secs(10);
        let mut known = self.mail_health.lock().await;
        let now = self.now();
        if let Some((asked_at, health)) = &*known
            && now < *asked_at + FRESH
        {
            return health.clone();
        }
        let health = match &self.outgoing {
            Some(outgoing) => outgoing.mailer.health().await,
            None => Vec::new(),
        };
        *known = Some((now, health.clone()));
        health
    }

    /// The ways out, where they are open.
    pub fn outgoing(&self) -> Option<&Outgoing> {
        self.outgoing.as_ref()
    }

    /// This instant, by the clock that every rule goes by.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The store, for health checks and for those who run the server.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }
}
