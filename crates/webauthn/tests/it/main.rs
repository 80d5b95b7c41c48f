//! What the crate promises to its callers.

mod vectors;
