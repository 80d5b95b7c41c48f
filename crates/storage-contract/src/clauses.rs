//! The promises, by port.

pub mod accounts;
pub mod ideas;
pub mod tenants;

/// Makes a `#[test]` of each clause, in a module for each port. Takes a function without arguments that gives a future of
/// an `Option<Box<dyn Backend>>`.
#[macro_export]
macro_rules! storage_contract {
    ($open:expr) => {
        mod accounts {
            use super::*;
            $crate::accounts_clauses!($open);
        }
        mod ideas {
            use super::*;
            $crate::ideas_clauses!($open);
        }
        mod tenants {
            use super::*;
            $crate::tenants_clauses!($open);
        }
    };
}
