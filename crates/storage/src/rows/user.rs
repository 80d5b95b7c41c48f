use diesel::{Insertable, Queryable, Selectable};
use passkeyd_domain::{Alias, AliasHash, TenantId, User, UserHandle, UserId, UserKey};

use super::{Read, Reader, hex};
use crate::schema::{aliases, users};

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(crate) struct UserRow {
    key: Vec<u8>,
    tenant: String,
    user_id: String,
    handle: Vec<u8>,
    active: bool,
    created_at: i64,
}

impl UserRow {
    pub(crate) fn user(self) -> Read<User> {
        let key = hex(&self.key);
        let read = Reader {
            table: "users",
            key: &key,
        };
        Ok(User {
            key: UserKey(read.uuid("key", &self.key)?),
            tenant: read.of("tenant", self.tenant.parse())?,
            user_id: read.of("user_id", UserId::new(self.user_id))?,
            handle: read.of("handle", UserHandle::new(self.handle))?,
            active: self.active,
            created_at: read.time("created_at", self.created_at)?,
        })
    }
}

/// What is read of a user beside its credentials.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(crate) struct OwnerRow {
    user_id: String,
    handle: Vec<u8>,
    active: bool,
}

impl OwnerRow {
    pub(crate) fn owner(self) -> Read<(UserId, UserHandle, bool)> {
        let key = self.user_id.clone();
        let read = Reader {
            table: "users",
            key: &key,
        };
        Ok((
            read.of("user_id", UserId::new(self.user_id))?,
            read.of("handle", UserHandle::new(self.handle))?,
            self.active,
        ))
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = aliases, treat_none_as_default_value = false)]
pub(crate) struct AliasRow {
    tenant: String,
    hash: String,
    user_key: Vec<u8>,
    plaintext: Option<String>,
}

impl AliasRow {
    pub(crate) fn of(tenant: &TenantId, user: &[u8], alias: &Alias) -> Self {
        Self {
            tenant: tenant.to_string(),
            hash: alias.hash.as_str().to_owned(),
            user_key: user.to_vec(),
            plaintext: alias.plaintext.clone(),
        }
    }

    pub(crate) fn alias(self) -> Alias {
        Alias {
            hash: AliasHash::from_stored(self.hash),
            plaintext: self.plaintext,
        }
    }
}
