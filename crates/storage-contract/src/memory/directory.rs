use async_trait::async_trait;
use passkeyd_domain::{
    AddressKind, Event, Group, GroupId, Member, Membership, Person, TenantId, Timestamp, User,
    UserHandle, UserId, UserKey,
    directory::{
        Condition, EmailTest, GroupTest, MemberTest, MembershipTest, PersonTest, TextTest,
    },
    ports::{DeleteOutcome, Directory, Found, GroupOutcome, StoreError, Window},
    text::folded,
};

use super::{MemoryStore, TenantRows};

/// A group with its members.
#[derive(Debug)]
pub(super) struct GroupRow {
    group: Group,
    members: Vec<UserKey>,
}

fn windowed<T>(all: Vec<T>, window: Window) -> Found<T> {
    let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
    let skip = usize::try_from(window.skip).unwrap_or(usize::MAX);
    let take = usize::try_from(window.take).unwrap_or(usize::MAX);
    Found {
        total,
        items: all.into_iter().skip(skip).take(take).collect(),
    }
}

fn is(question: &TextTest, text: Option<&str>) -> bool {
    text.is_some_and(|text| question.holds(text))
}

fn is_folded(question: &TextTest, text: Option<&str>) -> bool {
    text.is_some_and(|text| question.map(folded).holds(&folded(text)))
}

fn user_name_is(test: &TextTest, person: &Person) -> bool {
    match person.identifiers.first() {
        Some(primary) => is_folded(test, Some(&primary.value)),
        None => test.holds(person.user.user_id.as_str()),
    }
}

impl TenantRows {
    fn people(&self) -> Vec<Person> {
        let mut people: Vec<_> = self
            .users
            .values()
            .map(|user| self.person_of(user))
            .collect();
        people.sort_by_key(|person| (person.user.created_at, person.user.key));
        people
    }

    fn group_of(&self, id: GroupId) -> Option<&GroupRow> {
        self.groups.iter().find(|row| row.group.id == id)
    }

    fn person_answers(&self, test: &PersonTest, person: &Person) -> bool {
        let profile = &person.profile;
        match test {
            PersonTest::Handle(handle) => person.user.handle == *handle,
            PersonTest::UserName(test) => user_name_is(test, person),
            PersonTest::DisplayName(test) => is_folded(test, profile.display_name.as_deref()),
            PersonTest::GivenName(test) => is_folded(test, profile.given_name.as_deref()),
            PersonTest::FamilyName(test) => is_folded(test, profile.family_name.as_deref()),
            PersonTest::FormattedName(test) => is_folded(test, profile.formatted_name.as_deref()),
            PersonTest::ExternalId(test) => is(test, profile.external_id.as_deref()),
            PersonTest::Active(active) => person.user.active == *active,
            PersonTest::Created(test) => test.holds(person.user.created_at),
            PersonTest::Updated(test) => test.holds(person.updated_at),
            PersonTest::Version(version) => person.version == *version,
            PersonTest::Email(condition) => person.addresses.iter().any(|address| {
                address.kind == AddressKind::Email
                    && address.verified_at.is_some()
                    && condition.holds(&|test| match test {
                        EmailTest::Value(test) => is_folded(test, Some(&address.value)),
                        EmailTest::Label(test) => is(test, address.label.as_deref()),
                        EmailTest::Primary(primary) => address.is_primary == *primary,
                    })
            }),
            PersonTest::Group(condition) => self.groups.iter().any(|row| {
                row.members.contains(&person.user.key)
                    && condition.holds(&|test| match test {
                        MembershipTest::Id(id) => row.group.id == *id,
                        MembershipTest::DisplayName(test) => {
                            is_folded(test, Some(&row.group.display_name))
                        }
                    })
            }),
        }
    }

    fn group_answers(&self, test: &GroupTest, row: &GroupRow) -> bool {
        match test {
            GroupTest::Id(id) => row.group.id == *id,
            GroupTest::DisplayName(test) => is_folded(test, Some(&row.group.display_name)),
            GroupTest::ExternalId(test) => is(test, row.group.external_id.as_deref()),
            GroupTest::Created(test) => test.holds(row.group.created_at),
            GroupTest::Updated(test) => test.holds(row.group.updated_at),
            GroupTest::Version(version) => row.group.version == *version,
            GroupTest::Member(condition) => row.members.iter().any(|key| {
                self.owner(*key).is_some_and(|user| {
                    let person = self.person_of(user);
                    condition.holds(&|test| match test {
                        MemberTest::Handle(handle) => person.user.handle == *handle,
                        MemberTest::Display(test) => match &person.profile.display_name {
                            Some(name) => is_folded(test, Some(name)),
                            None => user_name_is(test, &person),
                        },
                    })
                })
            }),
        }
    }

    fn member(&self, group: GroupId, user: &User) -> Member {
        let person = self.person_of(user);
        let display = person.profile.display_name.clone();
        Member {
            group,
            user: user.key,
            handle: user.handle.clone(),
            display: display.unwrap_or_else(|| person.username().to_owned()),
        }
    }

    /// The groups of a user lose it.
    pub(super) fn leave_groups(&mut self, user: UserKey, now: Option<Timestamp>) {
        for row in &mut self.groups {
            if row.members.contains(&user) {
                row.members.retain(|member| *member != user);
                row.group.version += 1;
                row.group.updated_at = row.group.updated_at.max(now.unwrap_or(Timestamp::MIN));
            }
        }
    }
}

#[async_trait]
impl Directory for MemoryStore {
    async fn find_people(
        &self,
        tenant: &TenantId,
        condition: Condition<PersonTest>,
        window: Window,
    ) -> Result<Found<Person>, StoreError> {
        let found = self.read(tenant, |rows| {
            let mut people = rows.people();
            people.retain(|person| condition.holds(&|test| rows.person_answers(test, person)));
            people
        });
        Ok(windowed(found.unwrap_or_default(), window))
    }

    async fn memberships(
        &self,
        tenant: &TenantId,
        users: Vec<UserKey>,
    ) -> Result<Vec<Membership>, StoreError> {
        let found = self.read(tenant, |rows| {
            let mut found = Vec::new();
            for row in &rows.groups {
                let members = row.members.iter().filter(|user| users.contains(user));
                found.extend(members.map(|user| Membership {
                    user: *user,
                    group: row.group.id,
                    display_name: row.group.display_name.clone(),
                }));
            }
            found.sort_by_key(|membership| (membership.user, membership.group));
            found
        });
        Ok(found.unwrap_or_default())
    }

    async fn users_by_handle(
        &self,
        tenant: &TenantId,
        handles: Vec<UserHandle>,
    ) -> Result<Vec<(UserHandle, UserKey)>, StoreError> {
        let found = self.read(tenant, |rows| {
            let users = rows.users.values();
            users
                .filter(|user| handles.contains(&user.handle))
                .map(|user| (user.handle.clone(), user.key))
                .collect()
        });
        Ok(found.unwrap_or_default())
    }

    async fn delete_person(
        &self,
        tenant: &TenantId,
        user_id: &UserId,
        version: Option<u64>,
        now: Timestamp,
        event: Option<Event>,
    ) -> Result<DeleteOutcome, StoreError> {
        let outcome = self.write(tenant, |rows| {
            let Some(user) = rows.users.get(user_id).cloned() else {
                return DeleteOutcome::Unknown;
            };
            let found = rows.person_of(&user).version;
            if version.is_some_and(|version| version != found) {
                return DeleteOutcome::Changed;
            }
            rows.leave_groups(user.key, Some(now));
            rows.delete_user(user_id);
            rows.events.extend(event);
            DeleteOutcome::Deleted
        });
        Ok(outcome.unwrap_or(DeleteOutcome::Unknown))
    }

    async fn find_groups(
        &self,
        tenant: &TenantId,
        condition: Condition<GroupTest>,
        window: Window,
    ) -> Result<Found<Group>, StoreError> {
        let found = self.read(tenant, |rows| {
            let found = rows
                .groups
                .iter()
                .filter(|row| condition.holds(&|test| rows.group_answers(test, row)));
            let mut found: Vec<_> = found.map(|row| row.group.clone()).collect();
            found.sort_by_key(|group| (group.created_at, group.id));
            found
        });
        Ok(windowed(found.unwrap_or_default(), window))
    }

    async fn group(&self, tenant: &TenantId, id: GroupId) -> Result<Option<Group>, StoreError> {
        Ok(self
            .read(tenant, |rows| {
                rows.group_of(id).map(|row| row.group.clone())
            })
            .flatten())
    }

    async fn members(
        &self,
        tenant: &TenantId,
        groups: Vec<GroupId>,
    ) -> Result<Vec<Member>, StoreError> {
        let found = self.read(tenant, |rows| {
            let mut found = Vec::new();
            for row in rows
                .groups
                .iter()
                .filter(|row| groups.contains(&row.group.id))
            {
                let users = row.members.iter().filter_map(|key| rows.owner(*key));
                found.extend(users.map(|user| rows.member(row.group.id, user)));
            }
            found.sort_by_key(|member| (member.group, member.user));
            found
        });
        Ok(found.unwrap_or_default())
    }

    async fn create_group(
        &self,
        group: Group,
        mut members: Vec<UserKey>,
    ) -> Result<GroupOutcome, StoreError> {
        let tenant = group.tenant.clone();
        self.write(&tenant, |rows| {
            if members.iter().any(|key| rows.owner(*key).is_none()) {
                return GroupOutcome::UnknownMember;
            }
            members.sort_unstable();
            members.dedup();
            let group = Group {
                version: 1,
                ..group
            };
            rows.groups.push(GroupRow { group, members });
            GroupOutcome::Written
        })
    }

    async fn replace_group(
        &self,
        group: Group,
        added: Vec<UserKey>,
        removed: Vec<UserKey>,
    ) -> Result<GroupOutcome, StoreError> {
        let tenant = group.tenant.clone();
        let outcome = self.write(&tenant, |rows| {
            let unknown = added.iter().any(|key| rows.owner(*key).is_none());
            let Some(row) = rows.groups.iter_mut().find(|row| row.group.id == group.id) else {
                return GroupOutcome::Gone;
            };
            if unknown {
                return GroupOutcome::UnknownMember;
            }
            if row.group.version != group.version {
                return GroupOutcome::Changed;
            }
            row.group = Group {
                version: group.version + 1,
                created_at: row.group.created_at,
                ..group
            };
            row.members.retain(|member| !removed.contains(member));
            row.members.extend(added);
            row.members.sort_unstable();
            row.members.dedup();
            GroupOutcome::Written
        });
        Ok(outcome.unwrap_or(GroupOutcome::Gone))
    }

    async fn delete_group(
        &self,
        tenant: &TenantId,
        id: GroupId,
        version: Option<u64>,
    ) -> Result<DeleteOutcome, StoreError> {
        let outcome = self.write(tenant, |rows| {
            let Some(row) = rows.group_of(id) else {
                return DeleteOutcome::Unknown;
            };
            if version.is_some_and(|version| version != row.group.version) {
                return DeleteOutcome::Changed;
            }
            rows.groups.retain(|row| row.group.id != id);
            DeleteOutcome::Deleted
        });
        Ok(outcome.unwrap_or(DeleteOutcome::Unknown))
    }
}
