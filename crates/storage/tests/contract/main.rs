//! Both databases keep the promises of the storage ports.

mod sqlite;
