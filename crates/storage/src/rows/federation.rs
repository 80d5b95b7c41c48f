use diesel::{Queryable, Selectable};
use passkeyd_domain::OidcProvider;

use super::{Read, Reader};
use crate::schema::oidc_providers;

#[derive(Queryable, Selectable)]
#[diesel(table_name = oidc_providers)]
pub(crate) struct ProviderRow {
    tenant: String,
    id: String,
    name: String,
    issuer: String,
    client_id: String,
    client_authentication: String,
    created_at: i64,
}

impl ProviderRow {
    pub(crate) fn provider(self) -> Read<OidcProvider> {
        let key = format!("{}/{}", self.tenant, self.id);
        let read = Reader {
            table: "oidc_providers",
            key: &key,
        };
        Ok(OidcProvider {
            tenant: read.of("tenant", self.tenant.parse())?,
            id: read.of("id", self.id.parse())?,
            name: self.name,
            issuer: self.issuer,
            client_id: self.client_id,
            client_authentication: read
                .of("client_authentication", self.client_authentication.parse())?,
            created_at: read.time("created_at", self.created_at)?,
        })
    }
}
