//! Users: born on any surface, the same for all.

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{TenantId, TextError, text};

/// The key of a user's row. Made once, shown to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserKey(pub Uuid);

/// The name that an app gave its user, compared exactly.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(String);

impl UserId {
    /// Takes a name that is not blank and can be stored.
    ///
    /// # Errors
    /// [`TextError::Empty`] and [`TextError::Nul`].
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        if text.trim().is_empty() {
            return Err(TextError::Empty);
        }
        text::storable(&text)?;
        Ok(Self(text))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The user handle of WebAuthn §5.4.3: 1 to 64 bytes, made once and never derived again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserHandle(Vec<u8>);

impl UserHandle {
    /// Takes 1 to 64 bytes.
    ///
    /// # Errors
    /// [`TextError::Empty`] and [`TextError::TooLong`].
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, TextError> {
        let bytes = bytes.into();
        match bytes.len() {
            0 => Err(TextError::Empty),
            1..=64 => Ok(Self(bytes)),
            _ => Err(TextError::TooLong {
                limit: 64,
                unit: "bytes",
            }),
        }
    }

    /// The handle of a user born through the Passwordless surface: the UTF-8 bytes of its id.
    ///
    /// # Errors
    /// [`TextError::TooLong`] for an id of more than 64 bytes.
    pub fn of(user: &UserId) -> Result<Self, TextError> {
        Self::new(user.as_str().as_bytes())
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A user. Exists until deleted; the Passwordless surface shows those that have a credential or an alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The row.
    pub key: UserKey,
    /// Whose user.
    pub tenant: TenantId,
    /// The app's name for the user.
    pub user_id: UserId,
    /// What authenticators know the user by.
    pub handle: UserHandle,
    /// An inactive user signs in nowhere.
    pub active: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_is_not_blank_and_holds_no_nul() {
        assert_eq!(UserId::new(" \t"), Err(TextError::Empty));
        assert_eq!(UserId::new("a\0b"), Err(TextError::Nul));
        assert_eq!(UserId::new(" a ").unwrap().as_str(), " a ");
    }

    #[test]
    fn a_handle_has_64_bytes_at_most() {
        assert!(UserHandle::of(&UserId::new("å".repeat(32)).unwrap()).is_ok());
        assert_eq!(
            UserHandle::of(&UserId::new("å".repeat(33)).unwrap()),
            Err(TextError::TooLong {
                limit: 64,
                unit: "bytes"
            })
        );
    }
}
