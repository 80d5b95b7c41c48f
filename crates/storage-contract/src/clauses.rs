//! The promises, by port.

pub mod tenants;

/// Makes a `#[test]` of each clause, in a module for each port. Takes a function without arguments that gives a future of
/// an `Option<Box<dyn Backend>>`.
#[macro_export]
macro_rules! storage_contract {
    ($open:expr) => {
        mod tenants {
            use super::*;
            $crate::tenants_clauses!($open);
        }
    };
}
