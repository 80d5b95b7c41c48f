//! What the crate promises to its callers.
#![expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::decimal_bitwise_operands,
    clippy::unwrap_used,
    clippy::semicolon_if_nothing_returned,
    reason = "a test may panic, and its tables are terse"
)]

mod algorithms;
mod authentication_case;
mod cbor;
mod ceremonies;
mod keys;
mod mutated_attestation_object;
mod mutated_authentication;
mod mutated_client_data;
mod mutated_extensions;
mod mutated_keys;
mod mutated_registration;
mod mutated_signatures;
mod mutation;
mod payments;
mod properties;
mod registration_case;
mod seeds;
mod vectors;
mod wire;
