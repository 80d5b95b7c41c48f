//! Both databases keep the promises of the storage ports.
#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod opening;
mod oracle;
mod postgres;
mod schema;
mod sign_in_groups;
mod sqlite;
