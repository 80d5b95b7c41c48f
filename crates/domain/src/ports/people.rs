use async_trait::async_trait;

use super::StoreError;
use crate::{AddressKind, Event, Person, TenantId, UserHandle, UserId, UserKey};

/// How a person is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonLookup {
    /// By a name: identifiers first, without regard to case, else the app's name of a user, exactly.
    Name(String),
    /// By the app's name of a user, exactly.
    UserId(UserId),
    /// By the user handle; ids that surfaces show are made of it.
    Handle(UserHandle),
    /// By its row.
    Key(UserKey),
}

/// What became of a person that was to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonOutcome {
    /// It is as it was given, with the next version.
    Written,
    /// An identifier resolves to another user; nothing changed.
    NameTaken,
    /// It has another version by now; nothing changed. To be read and changed again.
    Changed,
    /// There is no such user any more.
    Gone,
}

/// People: users with their names and addresses.
#[async_trait]
pub trait People {
    /// Makes a person with everything that is given; its version is 1, whatever it says. Never [`PersonOutcome::Changed`]
    /// or [`PersonOutcome::Gone`]. The key, name and handle of the user must be new.
    async fn create_person(
        &self,
        person: Person,
        event: Option<Event>,
    ) -> Result<PersonOutcome, StoreError>;

    /// A person.
    async fn person(
        &self,
        tenant: &TenantId,
        lookup: &PersonLookup,
    ) -> Result<Option<Person>, StoreError>;

    /// Those who have an address, proven or pending, without regard to case; by row, at most `limit`.
    async fn people_with_address(
        &self,
        tenant: &TenantId,
        kind: AddressKind,
        value: &str,
        limit: u32,
    ) -> Result<Vec<Person>, StoreError>;

    /// Writes the person as it is given if its version is still the one that it says. Of the user only whether it is
    /// active is written; names and addresses other than those in the person are gone afterwards.
    async fn replace_person(
        &self,
        person: Person,
        event: Option<Event>,
    ) -> Result<PersonOutcome, StoreError>;
}
