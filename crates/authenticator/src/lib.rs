//! Software authenticators, for `passkeyd doctor`, for tests and for load.
//!
//! Two of them take the options of a server as it sends them and answer with what a browser would send back:
//!
//! - [`Client`] stands on the `passkey` crates and does everything right;
//! - [`Device`] is made by hand, knows every algorithm that a server may offer, is a function of a seed, and does wrong
//!   whatever [`Deviations`] asks for.
//!
//! Neither opens a connection. [`passwordless`] shapes the bodies of the Passwordless API's JavaScript client.
//!
//! ```
//! use passkeyd_authenticator::{Deviations, Device, SignatureFault};
//! use serde_json::json;
//!
//! let mut device = Device::new(7);
//! let creation = json!({
//!     "rp": { "id": "localhost", "name": "Example" },
//!     "user": { "id": "dS0x", "name": "ada", "displayName": "Ada" },
//!     "challenge": "AAECAwQFBgcICQoLDA0ODw",
//!     "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }],
//!     "authenticatorSelection": { "residentKey": "required" },
//! });
//! let made = device.create(&creation, "http://localhost:8080")?;
//! assert_eq!(made.to_json()["type"], "public-key");
//!
//! let request = json!({ "challenge": "AAECAwQFBgcICQoLDA0ODw", "rpId": "localhost" });
//! let signed = device.get(&request, "http://localhost:8080")?;
//! assert_eq!(signed.credential_id, made.credential_id);
//! assert_eq!(signed.user_handle.as_deref(), Some(&b"u-1"[..]));
//!
//! // A signature that no server may accept.
//! let deviations = Deviations { signature: SignatureFault::FlippedBit, ..Deviations::default() };
//! device.get_deviating(&request, "http://localhost:8080", &deviations)?;
//! # Ok::<(), passkeyd_authenticator::Error>(())
//! ```

mod algorithm;
mod cbor;
mod client;
mod deviation;
mod device;
mod key;
mod options;
pub mod passwordless;
mod response;

pub use algorithm::Algorithm;
pub use client::{Client, ClientSetup};
pub use deviation::{Deviations, SignatureFault};
pub use device::{Attestation, Behaviour, Device};
pub use response::{Assertion, Registration};

use thiserror::Error;

/// Why there is no credential or no signature.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The server's options are not what WebAuthn says they are.
    #[error("the server's options can't be read")]
    Options(#[source] serde_json::Error),
    /// The origin is no URL.
    #[error("'{0}' is no origin")]
    Origin(String),
    /// None of the algorithms offered is known.
    #[error("no algorithm offered is known")]
    NoAlgorithm,
    /// The authenticator holds a credential that the server excludes.
    #[error("the authenticator holds an excluded credential")]
    Excluded,
    /// The authenticator holds no credential that would do.
    #[error("the authenticator holds no credential that is asked for")]
    NoCredential,
    /// A key could not be made or used.
    #[error("the key can't be used")]
    Key,
    /// The client refused, for the reason that it names.
    #[error("the client refused: {0}")]
    Client(String),
}

#[cfg(test)]
mod tests;
