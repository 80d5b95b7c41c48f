//! People: a user with the names under which it is found and the addresses at which it is reached.

use std::str::FromStr;

use jiff::Timestamp;

use crate::{Identifier, IdentifierKind, TextError, User, text};

/// A user with everything that surfaces know of the person behind it, credentials and password apart.
///
/// It is read, changed by plain code, and written back whole, where [`version`](Self::version) keeps two changes from
/// undoing each other; see [`People`](crate::ports::People).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The user. Of it only [`active`](User::active) can change.
    pub user: User,
    /// Counts the changes that were written; a new person has 1.
    pub version: u64,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Names and whatever else a directory keeps.
    pub profile: Profile,
    /// The names it is found by: the primary one first, then by their compared form.
    pub identifiers: Vec<Identifier>,
    /// Where it is reached: by kind, of a kind the primary one first, then the proven ones, oldest first.
    pub addresses: Vec<Address>,
}

/// What a directory keeps of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The whole name as it is shown.
    pub display_name: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The whole name as a directory formats it, where it says so.
    pub formatted_name: Option<String>,
    /// The name of the person in somebody else's directory, compared exactly.
    pub external_id: Option<String>,
}

/// What an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AddressKind {
    /// A mail address.
    Email,
    /// A telephone number.
    Phone,
}

impl AddressKind {
    /// The word under which it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }

    /// The kind of identifier that an address of this kind can be.
    pub const fn identifier(self) -> IdentifierKind {
        match self {
            Self::Email => IdentifierKind::Email,
            Self::Phone => IdentifierKind::Phone,
        }
    }
}

impl FromStr for AddressKind {
    type Err = TextError;

    fn from_str(word: &str) -> Result<Self, TextError> {
        [Self::Email, Self::Phone]
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or(TextError::Form("email or phone"))
    }
}

/// Where a person is reached. Of one person no two of a kind are the same without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// What it is.
    pub kind: AddressKind,
    /// As it was given.
    pub value: String,
    /// What the person uses it for: `work`, `home`, ….
    pub label: Option<String>,
    /// The one of its kind to be used where nobody says which.
    pub is_primary: bool,
    /// When it was proven that the person has it; none: it is pending.
    pub verified_at: Option<Timestamp>,
    /// Messages may be sent to it. Only telephone numbers are asked for this.
    pub consent: bool,
}

impl Address {
    /// The form that is compared.
    pub fn folded(&self) -> String {
        text::folded(&self.value)
    }

    /// Is it this address?
    pub fn is(&self, kind: AddressKind, value: &str) -> bool {
        self.kind == kind && self.folded() == text::folded(value)
    }
}

/// A telephone number as E.164 has it: `+`, and 7 to 15 digits of which the first is not 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Phone(String);

impl Phone {
    /// The number as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Phone {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        let good = text.strip_prefix('+').is_some_and(|digits| {
            (7..=15).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_digit())
                && !digits.starts_with('0')
        });
        good.then(|| Self(text.to_owned())).ok_or(TextError::Form(
            "a telephone number with its country, such as +46701234567",
        ))
    }
}

impl Person {
    /// A user of whom nothing is known yet.
    pub fn new(user: User) -> Self {
        Self {
            version: 1,
            updated_at: user.created_at,
            user,
            profile: Profile::default(),
            identifiers: Vec::new(),
            addresses: Vec::new(),
        }
    }

    /// The name that stands for the person where nobody says which: the primary identifier, else the app's name for the
    /// user.
    pub fn username(&self) -> &str {
        self.identifiers
            .first()
            .map_or_else(|| self.user.user_id.as_str(), |primary| &primary.value)
    }

    /// The stored form of the name that was given, where it is one of the person's identifiers.
    pub fn identifier(&self, name: &str) -> Option<&Identifier> {
        let name = text::folded(name);
        self.identifiers
            .iter()
            .find(|identifier| identifier.folded() == name)
    }

    /// Is this a name under which the person is found: an identifier in any case, or the app's name exactly?
    pub fn is_named(&self, name: &str) -> bool {
        self.identifier(name).is_some() || self.user.user_id.as_str() == name
    }

    /// An address of the person, pending or proven.
    pub fn address(&self, kind: AddressKind, value: &str) -> Option<&Address> {
        self.addresses
            .iter()
            .find(|address| address.is(kind, value))
    }

    /// The mail addresses to which codes may go, the primary one first: those that are proven, and identifiers that the
    /// person itself registered as a mail address, which a code proves when it comes back.
    pub fn deliverable_emails(&self) -> Vec<&str> {
        let proven = |address: &&Address| {
            address.kind == AddressKind::Email && address.verified_at.is_some()
        };
        let (primary, others): (Vec<_>, Vec<_>) = self
            .addresses
            .iter()
            .filter(proven)
            .partition(|address| address.is_primary);
        let named = self.identifiers.iter().filter(|identifier| {
            identifier.kind == IdentifierKind::Email
                && (identifier.verified_at.is_some() || identifier.source == Identifier::LOGINID)
        });
        let all = primary
            .into_iter()
            .map(|address| address.value.as_str())
            .chain(named.map(|identifier| identifier.value.as_str()))
            .chain(others.into_iter().map(|address| address.value.as_str()));
        let mut found: Vec<&str> = Vec::new();
        for value in all {
            if !found
                .iter()
                .any(|known| text::folded(known) == text::folded(value))
            {
                found.push(value);
            }
        }
        found
    }

    /// The telephone number to which codes may go: proven, and with the person's consent.
    pub fn deliverable_phone(&self) -> Option<&str> {
        self.addresses
            .iter()
            .find(|address| {
                address.kind == AddressKind::Phone
                    && address.verified_at.is_some()
                    && address.consent
            })
            .map(|address| address.value.as_str())
    }

    /// Puts an address that is proven now among the person's, and makes it a name the person is found by. The first mail
    /// address is the primary one, and a telephone number replaces the one before.
    pub fn prove(&mut self, kind: AddressKind, value: &str, consent: bool, now: Timestamp) {
        let known = self.address(kind, value).cloned();
        let is_first = kind == AddressKind::Phone || self.deliverable_emails().is_empty();
        if kind == AddressKind::Phone {
            self.forget_other_phones(value);
        }
        self.addresses.retain(|address| !address.is(kind, value));
        let address = match known {
            Some(known) => Address {
                is_primary: known.is_primary || (known.verified_at.is_none() && is_first),
                verified_at: known.verified_at.or(Some(now)),
                consent: known.consent || consent,
                ..known
            },
            None => Address {
                kind,
                value: value.to_owned(),
                label: None,
                is_primary: is_first,
                verified_at: Some(now),
                consent,
            },
        };
        let folded = address.folded();
        match self
            .identifiers
            .iter_mut()
            .find(|identifier| identifier.folded() == folded)
        {
            Some(identifier) => identifier.verified_at = identifier.verified_at.or(Some(now)),
            None => self.identifiers.push(Identifier {
                kind: kind.identifier(),
                value: address.value.clone(),
                source: Identifier::PROFILE.to_owned(),
                verified_at: Some(now),
            }),
        }
        self.addresses.push(address);
        self.sort();
    }

    /// Keeps an address until it is proven. A telephone number takes the place of another that is pending.
    pub fn await_proof(&mut self, kind: AddressKind, value: &str, consent: bool) {
        self.addresses.retain(|address| {
            let same = address.is(kind, value);
            !(address.verified_at.is_none()
                && (same || kind == AddressKind::Phone && address.kind == kind))
        });
        if self.address(kind, value).is_none() {
            self.addresses.push(Address {
                kind,
                value: value.to_owned(),
                label: None,
                is_primary: false,
                verified_at: None,
                consent,
            });
        }
        self.sort();
    }

    /// Takes an address away, and with it the identifier of the same text. Where it was the primary one, the one that was
    /// proven first takes its place. False: the person has no such address.
    pub fn forget(&mut self, kind: AddressKind, value: &str) -> bool {
        let folded = text::folded(value);
        let before = (self.addresses.len(), self.identifiers.len());
        let was_primary = self
            .address(kind, value)
            .is_some_and(|address| address.is_primary);
        // What is only pending is no name of the person yet, whoever else has it.
        let pending = self
            .address(kind, value)
            .is_some_and(|address| address.verified_at.is_none());
        self.addresses.retain(|address| !address.is(kind, value));
        if !pending {
            self.identifiers.retain(|identifier| {
                identifier.kind != kind.identifier() || identifier.folded() != folded
            });
        }
        if was_primary
            && let Some(oldest) = self
                .addresses
                .iter_mut()
                .filter(|address| address.kind == kind && address.verified_at.is_some())
                .min_by_key(|address| address.verified_at)
        {
            oldest.is_primary = true;
        }
        self.sort();
        before != (self.addresses.len(), self.identifiers.len())
    }

    /// Takes the telephone number away, and one that is pending. False: there is none.
    pub fn forget_phone(&mut self) -> bool {
        self.forget_other_phones("")
    }

    fn forget_other_phones(&mut self, kept: &str) -> bool {
        let numbers: Vec<String> = self
            .addresses
            .iter()
            .filter(|address| address.kind == AddressKind::Phone && address.value != kept)
            .map(|address| address.value.clone())
            .collect();
        let mut forgotten = false;
        for number in numbers {
            forgotten |= self.forget(AddressKind::Phone, &number);
        }
        forgotten
    }

    /// Brings identifiers and addresses into the order in which stores give them.
    pub fn sort(&mut self) {
        if let Some((_, others)) = self.identifiers.split_first_mut() {
            others.sort_by_key(Identifier::folded);
        }
        self.addresses.sort_by_key(|address| {
            (
                address.kind,
                !address.is_primary,
                address.verified_at.is_none(),
                address.verified_at,
                address.folded(),
            )
        });
    }
}

#[cfg(test)]
mod tests;
