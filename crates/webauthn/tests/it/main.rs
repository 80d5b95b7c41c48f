//! What the crate promises to its callers.
#![expect(clippy::as_conversions, reason = "lengths in tests are small")]

mod algorithms;
mod authentication_case;
mod cbor;
mod keys;
mod mutation;
mod registration_case;
mod vectors;
