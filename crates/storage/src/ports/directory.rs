use async_trait::async_trait;
use passkeyd_domain::{
    Event, Group, GroupId, Member, Membership, Person, TenantId, Timestamp, UserHandle, UserId,
    UserKey,
    directory::{Condition, GroupTest, PersonTest},
    ports::{DeleteOutcome, Directory, Found, GroupOutcome, StoreError, Window},
};

use super::{read, write};
use crate::Database;

#[async_trait]
impl Directory for Database {
    async fn find_people(
        &self,
        tenant: &TenantId,
        condition: Condition<PersonTest>,
        window: Window,
    ) -> Result<Found<Person>, StoreError> {
        let tenant = tenant.clone();
        read!(self, directory::find_people(&tenant, &condition, window))
    }

    async fn memberships(
        &self,
        tenant: &TenantId,
        users: Vec<UserKey>,
    ) -> Result<Vec<Membership>, StoreError> {
        let tenant = tenant.clone();
        read!(self, directory::memberships(&tenant, &users))
    }

    async fn users_by_handle(
        &self,
        tenant: &TenantId,
        handles: Vec<UserHandle>,
    ) -> Result<Vec<(UserHandle, UserKey)>, StoreError> {
        let tenant = tenant.clone();
        read!(self, directory::users_by_handle(&tenant, &handles))
    }

    async fn delete_person(
        &self,
        tenant: &TenantId,
        user_id: &UserId,
        version: Option<u64>,
        now: Timestamp,
        event: Option<Event>,
    ) -> Result<DeleteOutcome, StoreError> {
        let tenant = tenant.clone();
        let user_id = user_id.clone();
        write!(
            self,
            groups::delete_person(&tenant, &user_id, version, now, event.as_ref())
        )
    }

    async fn find_groups(
        &self,
        tenant: &TenantId,
        condition: Condition<GroupTest>,
        window: Window,
    ) -> Result<Found<Group>, StoreError> {
        let tenant = tenant.clone();
        read!(self, directory::find_groups(&tenant, &condition, window))
    }

    async fn group(&self, tenant: &TenantId, id: GroupId) -> Result<Option<Group>, StoreError> {
        let tenant = tenant.clone();
        read!(self, groups::find(&tenant, id))
    }

    async fn members(
        &self,
        tenant: &TenantId,
        groups: Vec<GroupId>,
    ) -> Result<Vec<Member>, StoreError> {
        let tenant = tenant.clone();
        read!(self, groups::members(&tenant, &groups))
    }

    async fn create_group(
        &self,
        group: Group,
        members: Vec<UserKey>,
    ) -> Result<GroupOutcome, StoreError> {
        write!(self, groups::create(&group, &members))
    }

    async fn replace_group(
        &self,
        group: Group,
        added: Vec<UserKey>,
        removed: Vec<UserKey>,
    ) -> Result<GroupOutcome, StoreError> {
        write!(self, groups::replace(&group, &added, &removed))
    }

    async fn delete_group(
        &self,
        tenant: &TenantId,
        id: GroupId,
        version: Option<u64>,
    ) -> Result<DeleteOutcome, StoreError> {
        let tenant = tenant.clone();
        write!(self, groups::delete(&tenant, id, version))
    }
}
