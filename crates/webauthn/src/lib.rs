#![doc = include_str!("../README.md")]
#![warn(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]
mod algorithm;
pub mod attestation;
mod authentication;
pub mod authenticator_data;
mod base64url;
pub mod capabilities;
pub mod cbor;
pub mod ceremony;
pub mod client_data;
mod crypto;
mod der;
mod error;
pub mod extensions;
mod json;
mod jws;
pub mod metadata;
mod observation;
pub mod options;
pub mod origin;
pub mod payment;
pub mod policy;
pub mod public_key;
mod record;
mod registration;
pub mod related_origins;
mod relying_party;
pub mod response;
pub mod signals;
mod strict_json;
pub mod trust;
mod verification;
pub mod x509;

pub use algorithm::{Algorithm, Curve, HashAlgorithm, SignatureScheme};
pub use authentication::{Authentication, authenticate};
pub use authenticator_data::Aaguid;
pub use ceremony::{AuthenticationState, Ceremony, RegistrationState};
pub use error::{CertificateFault, Error, Excerpt, Result};
pub use observation::Observation;
pub use policy::Policy;
pub use record::{AttestationRecord, CredentialRecord, StoredCredential, Transports};
pub use registration::{Registration, register};
pub use relying_party::{
    AuthenticationRequest, MIN_CHALLENGE_LENGTH, RegistrationRequest, RelyingParty,
    plausible_credentials,
};
pub use response::{AuthenticationResponse, RegistrationResponse};
