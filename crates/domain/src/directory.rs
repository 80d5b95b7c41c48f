//! What a company's directory keeps with us beside people: groups, and the questions that it asks about both.

mod condition;

use uuid::Uuid;

use crate::{TenantId, Timestamp, UserHandle, UserKey};

pub use condition::{Condition, TextTest, TimeTest};

/// The name of a group, made once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(pub Uuid);

/// A set of users. It means nothing to sign-ins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name for clients.
    pub id: GroupId,
    /// Whose group.
    pub tenant: TenantId,
    /// Its name for people; several may have the same.
    pub display_name: String,
    /// The group's name in somebody else's directory, compared exactly.
    pub external_id: Option<String>,
    /// Counts the changes of the group and of its members; a new group has 1.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it or its members last changed.
    pub updated_at: Timestamp,
}

/// A user as a member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The group.
    pub group: GroupId,
    /// The user.
    pub user: UserKey,
    /// What surfaces know the user by.
    pub handle: UserHandle,
    /// The name under which the user is shown: the display name, else the primary identifier, else the app's name.
    pub display: String,
}

/// A group as something that a user is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The user.
    pub user: UserKey,
    /// The group.
    pub group: GroupId,
    /// The group's name for people.
    pub display_name: String,
}

/// A question about a person. Where there is no value the answer is no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonTest {
    /// Has this handle.
    Handle(UserHandle),
    /// The primary identifier, without regard to case; of a person without identifiers the app's name, exactly.
    UserName(TextTest),
    /// The display name, without regard to case.
    DisplayName(TextTest),
    /// The given name, without regard to case.
    GivenName(TextTest),
    /// The family name, without regard to case.
    FamilyName(TextTest),
    /// The whole name as a directory formats it, without regard to case.
    FormattedName(TextTest),
    /// The name in somebody else's directory, exactly.
    ExternalId(TextTest),
    /// Whether it can sign in.
    Active(bool),
    /// When it was made.
    Created(TimeTest),
    /// When it was last changed.
    Updated(TimeTest),
    /// Has this version.
    Version(u64),
    /// One of the proven mail addresses satisfies this.
    Email(Condition<EmailTest>),
    /// One of the groups satisfies this.
    Group(Condition<MembershipTest>),
}

/// A question about a mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmailTest {
    /// The address, without regard to case.
    Value(TextTest),
    /// What it is used for, exactly.
    Label(TextTest),
    /// Whether it is the primary one.
    Primary(bool),
}

/// A question about a group that somebody is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MembershipTest {
    /// It is this group.
    Id(GroupId),
    /// Its name, without regard to case.
    DisplayName(TextTest),
}

/// A question about a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupTest {
    /// It is this group.
    Id(GroupId),
    /// Its name, without regard to case.
    DisplayName(TextTest),
    /// The name in somebody else's directory, exactly.
    ExternalId(TextTest),
    /// When it was made.
    Created(TimeTest),
    /// When it or its members last changed.
    Updated(TimeTest),
    /// Has this version.
    Version(u64),
    /// One of the members satisfies this.
    Member(Condition<MemberTest>),
}

/// A question about a member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberTest {
    /// Has this handle.
    Handle(UserHandle),
    /// The name that [`Member::display`] is, without regard to case; the app's name, where it is that, exactly.
    Display(TextTest),
}
