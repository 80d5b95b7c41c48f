//! The promises, by port.

pub mod accounts;
pub mod authenticators;
pub mod blacklist;
pub mod ceremonies;
pub mod codes;
pub mod devices;
pub mod directory;
pub mod durability;
pub mod events;
pub mod evidence;
pub mod federation;
pub mod ideas;
pub mod imports;
pub mod keys;
pub mod listings;
pub mod magic_links;
pub mod people;
mod populated;
pub mod registrations;
pub mod reports;
pub mod sign_ins;
pub mod tenants;
pub mod trust;
pub mod users;

/// Makes a `#[test]` of each clause, in a module for each port. Takes a function without arguments that gives a future of
/// an `Option<Box<dyn Backend>>`.
#[macro_export]
macro_rules! storage_contract {
    ($open:expr) => {
        mod accounts {
            use super::*;
            $crate::accounts_clauses!($open);
        }
        mod authenticators {
            use super::*;
            $crate::authenticators_clauses!($open);
        }
        mod blacklist {
            use super::*;
            $crate::blacklist_clauses!($open);
        }
        mod ceremonies {
            use super::*;
            $crate::ceremonies_clauses!($open);
        }
        mod codes {
            use super::*;
            $crate::codes_clauses!($open);
        }
        mod devices {
            use super::*;
            $crate::devices_clauses!($open);
        }
        mod directory {
            use super::*;
            $crate::directory_clauses!($open);
        }
        mod durability {
            use super::*;
            $crate::durability_clauses!($open);
        }
        mod evidence {
            use super::*;
            $crate::evidence_clauses!($open);
        }
        mod events {
            use super::*;
            $crate::events_clauses!($open);
        }
        mod federation {
            use super::*;
            $crate::federation_clauses!($open);
        }
        mod ideas {
            use super::*;
            $crate::ideas_clauses!($open);
        }
        mod imports {
            use super::*;
            $crate::imports_clauses!($open);
        }
        mod keys {
            use super::*;
            $crate::keys_clauses!($open);
        }
        mod listings {
            use super::*;
            $crate::listings_clauses!($open);
        }
        mod magic_links {
            use super::*;
            $crate::magic_links_clauses!($open);
        }
        mod people {
            use super::*;
            $crate::people_clauses!($open);
        }
        mod registrations {
            use super::*;
            $crate::registrations_clauses!($open);
        }
        mod reports {
            use super::*;
            $crate::reports_clauses!($open);
        }
        mod sign_ins {
            use super::*;
            $crate::sign_ins_clauses!($open);
        }
        mod tenants {
            use super::*;
            $crate::tenants_clauses!($open);
        }
        mod trust {
            use super::*;
            $crate::trust_clauses!($open);
        }
        mod users {
            use super::*;
            $crate::users_clauses!($open);
        }
    };
}
