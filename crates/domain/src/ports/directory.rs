use async_trait::async_trait;

use super::StoreError;
use crate::{
    Event, Group, GroupId, Member, Membership, Person, TenantId, Timestamp, UserHandle, UserId,
    UserKey,
    directory::{Condition, GroupTest, PersonTest},
};

/// A part of a long list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// How many are left out in front.
    pub skip: u64,
    /// How many follow at most; 0: only their number is wanted.
    pub take: u32,
}

/// A part of what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// How many there are in all.
    pub total: u64,
    /// Those of the window.
    pub items: Vec<T>,
}

/// What became of a group that was to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupOutcome {
    /// It is as it was given, with the next version.
    Written,
    /// At least one who was to be a member is no user; nothing changed.
    UnknownMember,
    /// It has another version by now; nothing changed. To be read and changed again.
    Changed,
    /// There is no such group any more.
    Gone,
}

/// What became of something that was to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteOutcome {
    /// It is gone.
    Deleted,
    /// It has another version by now; nothing changed.
    Changed,
    /// There is none.
    Unknown,
}

/// What a company's directory asks for: lists by condition, and groups. Lists are in the order in which their items were
/// made, and of one instant in that of the rows' keys, so that windows fit together.
#[async_trait]
pub trait Directory {
    /// The people that a condition holds for.
    async fn find_people(
        &self,
        tenant: &TenantId,
        condition: Condition<PersonTest>,
        window: Window,
    ) -> Result<Found<Person>, StoreError>;

    /// The groups of these users, by user, then by group.
    async fn memberships(
        &self,
        tenant: &TenantId,
        users: Vec<UserKey>,
    ) -> Result<Vec<Membership>, StoreError>;

    /// Which users have these handles, in no order.
    async fn users_by_handle(
        &self,
        tenant: &TenantId,
        handles: Vec<UserHandle>,
    ) -> Result<Vec<(UserHandle, UserKey)>, StoreError>;

    /// Deletes a user as [`Users::delete_user`](super::Users::delete_user) does, if its version is the one given, where one
    /// is given; the event is written only then.
    async fn delete_person(
        &self,
        tenant: &TenantId,
        user_id: &UserId,
        version: Option<u64>,
        now: Timestamp,
        event: Option<Event>,
    ) -> Result<DeleteOutcome, StoreError>;

    /// The groups that a condition holds for.
    async fn find_groups(
        &self,
        tenant: &TenantId,
        condition: Condition<GroupTest>,
        window: Window,
    ) -> Result<Found<Group>, StoreError>;

    /// A group.
    async fn group(&self, tenant: &TenantId, id: GroupId) -> Result<Option<Group>, StoreError>;

    /// The members of these groups, by group, then by user.
    async fn members(
        &self,
        tenant: &TenantId,
        groups: Vec<GroupId>,
    ) -> Result<Vec<Member>, StoreError>;

    /// Makes a group with these members; its id is new. Never [`GroupOutcome::Changed`] or [`GroupOutcome::Gone`].
    async fn create_group(
        &self,
        group: Group,
        members: Vec<UserKey>,
    ) -> Result<GroupOutcome, StoreError>;

    /// Writes the group as it is given if its version is still the one that it says: those `added` are members from now on,
    /// if they weren't, and those `removed` are not.
    async fn replace_group(
        &self,
        group: Group,
        added: Vec<UserKey>,
        removed: Vec<UserKey>,
    ) -> Result<GroupOutcome, StoreError>;

    /// Deletes a group, if its version is the one given, where one is given.
    async fn delete_group(
        &self,
        tenant: &TenantId,
        id: GroupId,
        version: Option<u64>,
    ) -> Result<DeleteOutcome, StoreError>;
}
