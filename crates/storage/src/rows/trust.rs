use diesel::{Queryable, Selectable};
use passkeyd_domain::{TrustBinding, UserKey};

use super::{Read, Reader};
use crate::schema::trust_bindings;

#[derive(Queryable, Selectable)]
#[diesel(table_name = trust_bindings)]
pub(crate) struct TrustRow {
    tenant: String,
    id: String,
    user_key: Vec<u8>,
    device: Option<String>,
    bound_at: i64,
}

impl TrustRow {
    pub(crate) fn binding(self) -> Read<TrustBinding> {
        let key = format!("{}/{}", self.tenant, self.id);
        let read = Reader {
            table: "trust_bindings",
            key: &key,
        };
        Ok(TrustBinding {
            user: UserKey(read.uuid("user_key", &self.user_key)?),
            bound_at: read.time("bound_at", self.bound_at)?,
            device: self.device,
        })
    }
}
