#![doc = include_str!("../README.md")]

pub mod clauses;
pub mod memory;
mod running;
pub mod samples;

pub use memory::MemoryStore;
pub use running::{Backend, run};
