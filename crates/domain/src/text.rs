//! Checks on text that will be stored.

use thiserror::Error;

/// Why a text can't be an identifier or can't be stored.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextError {
    /// Nothing but white space, or nothing at all.
    #[error("must not be empty")]
    Empty,
    /// U+0000, which PostgreSQL's text can't hold, so that no backend takes it.
    #[error("must not contain the character U+0000")]
    Nul,
    /// More than the limit given.
    #[error("must be at most {limit} {unit} long")]
    TooLong {
        /// The greatest length allowed.
        limit: usize,
        /// What is counted: `bytes` or `characters`.
        unit: &'static str,
    },
    /// Not of the form that the identifier has.
    #[error("must be {0}")]
    Form(&'static str),
}

/// Refuses U+0000.
///
/// # Errors
/// [`TextError::Nul`].
pub fn storable(text: &str) -> Result<(), TextError> {
    if text.contains('\0') {
        Err(TextError::Nul)
    } else {
        Ok(())
    }
}

/// The text in the form in which it is compared without regard to case: Unicode lower case, made by Rust and never by a
/// database, whose tables differ.
pub fn folded(text: &str) -> String {
    text.to_lowercase()
}
