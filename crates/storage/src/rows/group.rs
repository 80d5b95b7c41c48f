use diesel::{Insertable, Queryable, Selectable};
use passkeyd_domain::{Group, GroupId, Member, Membership, UserHandle, UserKey, text::folded};

use super::{Read, Reader, hex, millis};
use crate::schema::groups;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = groups, treat_none_as_default_value = false)]
pub(crate) struct GroupRow {
    id: Vec<u8>,
    tenant: String,
    display_name: String,
    display_name_folded: String,
    external_id: Option<String>,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

impl GroupRow {
    pub(crate) fn of(group: &Group) -> Self {
        Self {
            id: group.id.0.as_bytes().to_vec(),
            tenant: group.tenant.to_string(),
            display_name: group.display_name.clone(),
            display_name_folded: folded(&group.display_name),
            external_id: group.external_id.clone(),
            version: 1,
            created_at: millis(group.created_at),
            updated_at: millis(group.updated_at),
        }
    }

    pub(crate) fn group(self) -> Read<Group> {
        let key = hex(&self.id);
        let read = Reader {
            table: "groups",
            key: &key,
        };
        Ok(Group {
            id: GroupId(read.uuid("id", &self.id)?),
            tenant: read.of("tenant", self.tenant.parse())?,
            display_name: self.display_name,
            external_id: self.external_id,
            version: read.of("version", u64::try_from(self.version))?,
            created_at: read.time("created_at", self.created_at)?,
            updated_at: read.time("updated_at", self.updated_at)?,
        })
    }
}

#[derive(Queryable)]
pub(crate) struct MemberRow {
    group_id: Vec<u8>,
    user_key: Vec<u8>,
    handle: Vec<u8>,
    display_name: Option<String>,
    identifier: Option<String>,
    user_id: String,
}

impl MemberRow {
    pub(crate) fn member(self) -> Read<Member> {
        let key = hex(&self.group_id);
        let read = Reader {
            table: "group_members",
            key: &key,
        };
        Ok(Member {
            group: GroupId(read.uuid("group_id", &self.group_id)?),
            user: UserKey(read.uuid("user_key", &self.user_key)?),
            handle: read.of("handle", UserHandle::new(self.handle))?,
            display: self
                .display_name
                .or(self.identifier)
                .unwrap_or(self.user_id),
        })
    }
}

#[derive(Queryable)]
pub(crate) struct MembershipRow {
    user_key: Vec<u8>,
    group_id: Vec<u8>,
    display_name: String,
}

impl MembershipRow {
    pub(crate) fn membership(self) -> Read<Membership> {
        let key = hex(&self.group_id);
        let read = Reader {
            table: "group_members",
            key: &key,
        };
        Ok(Membership {
            user: UserKey(read.uuid("user_key", &self.user_key)?),
            group: GroupId(read.uuid("group_id", &self.group_id)?),
            display_name: self.display_name,
        })
    }
}

/// A user by its handle.
pub(crate) fn handle_and_key(handle: Vec<u8>, key: &[u8]) -> Read<(UserHandle, UserKey)> {
    let name = hex(key);
    let read = Reader {
        table: "users",
        key: &name,
    };
    Ok((
        read.of("handle", UserHandle::new(handle))?,
        UserKey(read.uuid("key", key)?),
    ))
}
