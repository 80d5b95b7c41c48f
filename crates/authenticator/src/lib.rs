//! A software authenticator on the passkey crates, for doctor and for tests.
