//! The nouns of passkeyd, their errors, and the ports that the outer crates implement.
//!
//! A *tenant* (an "app" in the Passwordless words, an "application" in LoginID's) owns users, credentials, aliases,
//! keys and events; nothing crosses from one tenant to another. The rules that work on these nouns live in
//! `passkeyd-service`; where they are kept is the business of whoever implements [`ports::Store`].
//!
//! ```
//! use passkeyd_domain::{TenantId, UserHandle, UserId};
//!
//! let tenant: TenantId = "acme".parse()?;
//! let user = UserId::new("u-123")?;
//! // The handle of a user born through the Passwordless surface is the text of its id.
//! assert_eq!(UserHandle::of(&user)?.as_bytes(), b"u-123");
//! assert_eq!(tenant.as_str(), "acme");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod account;
pub mod alias;
pub mod api_key;
pub mod application;
pub mod auth_config;
pub mod credential;
pub mod device;
pub mod directory;
pub mod event;
pub mod federation;
pub mod idea;
pub mod key_ring;
pub mod one_time_code;
pub mod person;
pub mod ports;
pub mod secret;
pub mod session;
pub mod tenant;
pub mod text;
pub mod transaction;
pub mod trust;
pub mod user;

pub use account::{Account, Email, Identifier, IdentifierKind, PasswordHash};
pub use alias::{Alias, AliasHash};
pub use api_key::{ApiKey, KeyId, KeyKind, Scope};
pub use application::ApplicationSettings;
pub use auth_config::{AuthConfig, Hint, Purpose, UserVerification};
pub use credential::{AttestationConveyance, Credential, CredentialDescriptor, CredentialId};
pub use device::{ClientType, Device, DeviceDetails, DeviceId};
pub use directory::{Group, GroupId, Member, Membership};
pub use event::{Event, EventKind, Severity};
pub use federation::{ClientAuthentication, OidcProvider, ProviderId};
pub use idea::{Idea, IdeaContent, IdeaId, Score, Scores};
pub use key_ring::{RingKey, RingPurpose};
pub use one_time_code::{CodePurpose, KeptCode};
pub use person::{Address, AddressKind, Person, Phone, Profile};
pub use secret::SecretBytes;
pub use session::{RefreshHash, Session};
pub use tenant::{Tenant, TenantId, TenantSettings, Webhook};
pub use text::TextError;
pub use transaction::Transaction;
pub use trust::{TrustBinding, TrustIdentifier, TrustKind};
pub use user::{User, UserHandle, UserId, UserKey};

/// An instant; times are kept to the millisecond.
pub use jiff::Timestamp;
