//! What the domain needs from outside: a store, a clock, randomness, and ways out: mail and HTTP.
//!
//! A port method is one atomic step of the domain, and the transaction lives inside its implementation. Rules for whoever
//! implements [`Store`] (the suite in `passkeyd-storage-contract` checks them):
//!
//! - A method either did all that it says or nothing, and what it acknowledged survives a crash.
//! - Not found is `Option`, and an expected loser of a race is a variant of the method's outcome; [`StoreError`] is for
//!   what the caller can't help.
//! - Nothing of one tenant is seen or touched through another.
//! - Text is compared byte for byte; times are kept to the millisecond.

mod accounts;
mod authenticators;
mod blacklist;
mod ceremonies;
mod credentials;
mod devices;
mod directory;
mod events;
mod evidence;
mod federation;
mod http_client;
mod ideas;
mod imports;
mod keys;
mod listings;
mod magic_links;
mod mail;
mod one_time_codes;
mod outbox;
mod people;
mod reports;
mod tenants;
mod transactions;
mod trust;
mod users;

use async_trait::async_trait;
use jiff::Timestamp;
use thiserror::Error;

pub use accounts::{
    Accounts, AttemptLimit, Attempts, Forgiven, LiveSession, NamedAccount, NewAccount, NewSession,
    Refresh, RefreshOutcome, Sessions, SignUpOutcome,
};
pub use authenticators::{Authenticators, ListedAuthenticator};
pub use blacklist::{Blacklist, BlacklistedModel};
pub use ceremonies::{Ceremonies, Consumption};
pub use credentials::{
    Credentials, NewCredential, OwnedCredential, Owner, RegistrationOutcome, SignInFacts,
    SignInOutcome, SignInRecord, UserCredentials, UserLookup,
};
pub use devices::Devices;
pub use directory::{DeleteOutcome, Directory, Found, GroupOutcome, Window};
pub use events::{EventPage, Events};
pub use evidence::{AttestedCredential, CredentialEvidence, Evidence};
pub use federation::{Federation, LinkOutcome, NewLink};
pub use http_client::{
    HttpClient, HttpError, HttpMethod, HttpRequest, HttpResponse, NotTaken, taken,
};
pub use ideas::Ideas;
pub use imports::{ImportOutcome, ImportedTenant, Imports};
pub use keys::{ApiKeys, KeyRing, NamedKeyOutcome};
pub use listings::{CredentialCursor, CredentialFilter, EventCursor, EventFilter, Listings};
pub use magic_links::{LinkQuota, MagicLinks, SentLink};
pub use mail::{
    Letter, MailChannel, MailError, MailProviderHealth, MailTemplates, MailTexts, Mailer, Message,
    TemplateError,
};
pub use one_time_codes::{
    CodeMessage, OneTimeCodes, OutboxFile, OutboxFileError, SmsError, SmsGateway,
};
pub use outbox::{Delivery, Outbox};
pub use people::{People, PersonLookup, PersonOutcome};
pub use reports::{DailyReport, Reports};
pub use tenants::{TenantSnapshot, Tenants};
pub use transactions::Transactions;
pub use trust::TrustBindings;
pub use users::{AliasOutcome, UserSummary, Users};

/// Everything that a storage backend does.
pub trait Store:
    Health
    + Tenants
    + ApiKeys
    + KeyRing
    + Users
    + Credentials
    + Evidence
    + Ceremonies
    + Events
    + MagicLinks
    + Authenticators
    + Reports
    + Outbox
    + Listings
    + Imports
    + Accounts
    + Sessions
    + Attempts
    + Ideas
    + People
    + Directory
    + OneTimeCodes
    + Federation
    + Devices
    + Transactions
    + Blacklist
    + TrustBindings
    + Send
    + Sync
    + 'static
{
}

impl<T> Store for T where
    T: Health
        + Tenants
        + ApiKeys
        + KeyRing
        + Users
        + Credentials
        + Evidence
        + Ceremonies
        + Events
        + MagicLinks
        + Authenticators
        + Reports
        + Outbox
        + Listings
        + Imports
        + Accounts
        + Sessions
        + Attempts
        + Ideas
        + People
        + Directory
        + OneTimeCodes
        + Federation
        + Devices
        + Transactions
        + Blacklist
        + TrustBindings
        + Send
        + Sync
        + 'static
{
}

/// Whether the store can be reached.
#[async_trait]
pub trait Health {
    /// Asks the database for an answer.
    async fn ping(&self) -> Result<(), StoreError>;

    /// The name of the engine: `sqlite`, `postgres`, ….
    fn engine(&self) -> &'static str;
}

/// Why a store could not do what it was asked. Nothing was written, but see [`StoreError::Unavailable`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database can't be reached, or did not answer in time; the call may be tried again. Where the connection was
    /// lost while a commit was under way, what was to be written may stand all the same.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// More waits than the store takes; the call may be tried again.
    #[error("the database is busy")]
    Busy,
    /// The tenant that the write was for was deleted meanwhile.
    #[error("there is no such tenant")]
    TenantGone,
    /// A row says what it can't say.
    #[error("inconsistent row in {table}: {what}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The key of the row and what is wrong.
        what: String,
    },
    /// The database refused a statement: a defect of ours.
    #[error("the database refused a statement")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// This instant.
    fn now(&self) -> Timestamp;
}

/// Gives randomness fit for keys.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the buffer, or stops the process: without randomness nothing that we do is safe.
    fn fill(&self, buffer: &mut [u8]);
}

impl dyn Entropy {
    /// So many random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut buffer = [0; N];
        self.fill(&mut buffer);
        buffer
    }

    /// A random (version 4) UUID.
    pub fn uuid(&self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// A UUID (version 7) that sorts by the time given.
    pub fn uuid_at(&self, now: Timestamp) -> uuid::Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }
}
