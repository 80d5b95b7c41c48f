//! Sealed tokens, the key ring, JSON Web Tokens, refresh tokens and one-time codes.
//!
//! Everything here is a pure function of its arguments: keys, time and randomness come from the caller, and what is kept
//! (the ring, the hashes) is kept by the caller.
//!
//! ```
//! use passkeyd_domain::{TenantId, Timestamp};
//! use passkeyd_tokens::{SealingKey, TokenKind, open, seal};
//!
//! let tenant: TenantId = "acme".parse()?;
//! // Randomness is fixed here only because this is an example.
//! let key = SealingKey::generate(uuid::Uuid::nil(), Timestamp::UNIX_EPOCH, [7; 32]);
//!
//! let token = seal(&key, TokenKind::VERIFY, &tenant, b"who signed in", [1; 12])?;
//! assert!(token.starts_with("verify_"));
//! assert_eq!(&*open(&[key], TokenKind::VERIFY, &tenant, &token)?, b"who signed in");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod api_key;
pub mod jwt;
pub mod master_key;
pub mod one_time_code;
pub mod refresh;
pub mod ring_secret;
pub mod sealed;
pub mod secret_hash;
pub mod trust;

pub use master_key::{MasterKey, RingKeyError};
pub use sealed::{OpenError, SealError, SealingKey, TokenKind, open, seal};
