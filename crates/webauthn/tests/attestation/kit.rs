//! A certification authority, authenticators and a metadata service for tests, each of which can be told to err.

pub(crate) mod android;
pub(crate) mod cbor;
pub(crate) mod certificate;
pub(crate) mod der;
pub(crate) mod jwt;
pub(crate) mod key;
pub(crate) mod table;
pub(crate) mod tpm;
pub(crate) mod world;
