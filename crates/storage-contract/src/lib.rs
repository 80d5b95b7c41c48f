//! The promises of the storage ports as a test suite for any backend.
