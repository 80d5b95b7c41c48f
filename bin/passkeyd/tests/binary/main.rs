//! The built binary: its command line, its configuration, and how it starts and ends.

#![expect(missing_docs, reason = "tests")]

mod administration;
mod configuration;
mod durability;
mod place;
mod server;
mod visitor;
