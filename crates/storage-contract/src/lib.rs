//! The promises of the storage ports as a test suite for any backend, and [`MemoryStore`], the backend that keeps them
//! with the least ado.

pub mod memory;

pub use memory::MemoryStore;
