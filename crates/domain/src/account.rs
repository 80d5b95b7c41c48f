//! Accounts: what a user is to the surfaces on which people sign themselves up.

use std::{fmt, str::FromStr};

use jiff::Timestamp;

use crate::{TextError, User, text};

/// A mail address of the form that browsers accept in an `email` field, with a dot in its domain, and with letters
/// outside of ASCII allowed; at most 254 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    const FORM: TextError = TextError::Form("a mail address, such as name@example.com");

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that is compared.
    pub fn folded(&self) -> String {
        text::folded(&self.0)
    }
}

impl FromStr for Email {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.len() > 254 {
            return Err(TextError::TooLong {
                limit: 254,
                unit: "bytes",
            });
        }
        let letter = |c: char| c.is_alphanumeric();
        let (local, domain) = text.rsplit_once('@').ok_or(Self::FORM)?;
        let local_is_good = (1..=64).contains(&local.len())
            && local
                .chars()
                .all(|c| letter(c) || ".!#$%&'*+/=?^_`{|}~-".contains(c));
        let label_is_good = |label: &str| {
            (1..=63).contains(&label.len())
                && label.starts_with(letter)
                && label.ends_with(letter)
                && label.chars().all(|c| letter(c) || c == '-')
        };
        if local_is_good && domain.contains('.') && domain.split('.').all(label_is_good) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Self::FORM)
        }
    }
}

/// What an identifier is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum IdentifierKind {
    /// A mail address.
    Email,
    /// A telephone number.
    Phone,
    /// Any other name.
    Other,
}

impl IdentifierKind {
    /// The word under which it is stored, and that of the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Other => "other",
        }
    }
}

impl FromStr for IdentifierKind {
    type Err = TextError;

    fn from_str(word: &str) -> Result<Self, TextError> {
        [Self::Email, Self::Phone, Self::Other]
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or(TextError::Form("email, phone or other"))
    }
}

/// A name under which a person signs in, unique in its tenant without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// As it was given.
    pub value: String,
    /// The surface that made it.
    pub source: String,
    /// When it was proven that the user has it; none: it was not.
    pub verified_at: Option<Timestamp>,
}

impl Identifier {
    /// The source of what a person registered through the LoginID surface.
    pub const LOGINID: &'static str = "loginid";
    /// The source of what a back end or a code made a name of a person.
    pub const PROFILE: &'static str = "profile";
    /// The source of what a directory provisioned.
    pub const SCIM: &'static str = "scim";
    /// The source of what another provider says.
    pub const OIDC: &'static str = "oidc";

    /// The form that is compared.
    pub fn folded(&self) -> String {
        text::folded(&self.value)
    }
}

/// The hash of a password, a PHC string. Absent from `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes the text that a password hash function made.
    pub fn new(phc: impl Into<String>) -> Self {
        Self(phc.into())
    }

    /// The text, to be stored or verified.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// A user as an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user.
    pub user: User,
    /// The person's name; none where no surface asked for it.
    pub name: Option<String>,
    /// The primary identifier, as it was given; none where the user has none.
    pub identifier: Option<String>,
    /// None: no password signs in.
    pub password_hash: Option<PasswordHash>,
}

impl Account {
    /// What the account is shown under: its primary identifier, else the app's name for the user.
    pub fn login(&self) -> &str {
        self.identifier
            .as_deref()
            .unwrap_or_else(|| self.user.user_id.as_str())
    }

    /// What the person is shown under: the name, else [`login`](Self::login).
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or_else(|| self.login())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_has_a_local_part_and_a_domain_with_a_dot() {
        for good in [
            "a@b.c",
            "jack-black@codementor.io",
            "O'Neil+tag@Example.COM",
            "jörg@bücher.example",
            " padded@example.com ",
        ] {
            assert!(good.parse::<Email>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "@",
            "a@",
            "@b.c",
            "a@b",
            "a b@c.d",
            "a@b@c.d",
            "a@-b.c",
            "a@b-.c",
            "a@b..c",
            "a@.c",
            "a@b.c\0",
            "a@b.c\nd",
            "<a@b.c>",
            &format!("{}@b.c", "x".repeat(65)),
            &format!("a@{}.c", "x".repeat(64)),
            &format!("a@{}", "x.".repeat(130)),
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad}");
        }
    }

    #[test]
    fn case_is_kept_and_not_compared() {
        let email: Email = "Jörg@Example.COM".parse().unwrap();
        assert_eq!(email.as_str(), "Jörg@Example.COM");
        assert_eq!(email.folded(), "jörg@example.com");
    }

    #[test]
    fn a_password_hash_is_not_shown() {
        assert_eq!(
            format!("{:?}", PasswordHash::new("$argon2id$")),
            "PasswordHash(…)"
        );
    }
}
