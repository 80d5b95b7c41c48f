use diesel::{Insertable, Queryable, Selectable};
use passkeyd_domain::{TenantId, ports::ListedAuthenticator};

use super::{Read, Reader, millis};
use crate::schema::authenticators;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = authenticators)]
pub(crate) struct ListedRow {
    tenant: String,
    aaguid: Vec<u8>,
    allowed: bool,
    created_at: i64,
}

impl ListedRow {
    pub(crate) fn of(tenant: &TenantId, listed: &ListedAuthenticator) -> Self {
        Self {
            tenant: tenant.to_string(),
            aaguid: listed.aaguid.as_bytes().to_vec(),
            allowed: listed.allowed,
            created_at: millis(listed.created_at),
        }
    }

    pub(crate) fn listed(self) -> Read<ListedAuthenticator> {
        let read = Reader {
            table: "authenticators",
            key: &self.tenant,
        };
        Ok(ListedAuthenticator {
            aaguid: read.uuid("aaguid", &self.aaguid)?,
            allowed: self.allowed,
            created_at: read.time("created_at", self.created_at)?,
        })
    }
}
