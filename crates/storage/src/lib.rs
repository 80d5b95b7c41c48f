//! The domain's storage ports on SQLite and PostgreSQL.
