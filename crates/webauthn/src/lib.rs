#![doc = include_str!("../README.md")]
#![warn(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]
#![cfg_attr(
    test,
    expect(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::unwrap_used,
        reason = "a test may panic"
    )
)]

mod algorithm;
pub mod attestation;
pub mod authenticator_data;
pub mod cbor;
mod crypto;
mod der;
mod error;
mod observation;
pub mod options;
pub mod policy;
pub mod public_key;
pub mod trust;

pub use algorithm::{Algorithm, Curve, HashAlgorithm, SignatureScheme};
pub use error::{CertificateFault, Error, Excerpt, Result};
pub use observation::Observation;
pub use policy::Policy;
