//! Every query, written once: plain functions over `&mut Conn`. `sqlite.rs` and `postgres.rs` each mount this folder and
//! say what `Conn` is; where the two databases need different words, the function stands in their `dialect`.

pub(crate) mod accounts;
pub(crate) mod attempts;
pub(crate) mod authenticators;
pub(crate) mod blacklist;
pub(crate) mod ceremonies;
pub(crate) mod codes;
pub(crate) mod credentials;
pub(crate) mod deletions;
pub(crate) mod devices;
pub(crate) mod directory;
pub(crate) mod events;
pub(crate) mod evidence;
pub(crate) mod federation;
pub(crate) mod groups;
pub(crate) mod ideas;
pub(crate) mod imports;
pub(crate) mod keys;
pub(crate) mod links;
pub(crate) mod listings;
pub(crate) mod migrations;
pub(crate) mod outbox;
pub(crate) mod people;
pub(crate) mod reports;
pub(crate) mod sessions;
pub(crate) mod tenants;
pub(crate) mod trust;
pub(crate) mod users;

use super::{Conn, dialect};
