//! The commands, one module each.

pub(crate) mod app;
pub(crate) mod attestation;
pub(crate) mod backup;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod import;
pub(crate) mod key;
pub(crate) mod keyring;
pub(crate) mod migrate;
pub(crate) mod oidc;
pub(crate) mod serve;
