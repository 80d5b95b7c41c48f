use async_trait::async_trait;
use passkeyd_domain::{
    Alias, AliasHash, Event, TenantId, User, UserId,
    ports::{AliasOutcome, StoreError, UserSummary, Users},
};

use super::{read, write};
use crate::Database;

#[async_trait]
impl Users for Database {
    async fn user(&self, tenant: &TenantId, user_id: &UserId) -> Result<Option<User>, StoreError> {
        let tenant = tenant.clone();
        let user_id = user_id.clone();
        read!(self, users::find(&tenant, &user_id))
    }

    async fn count_users_with_credentials(&self, tenant: &TenantId) -> Result<u64, StoreError> {
        let tenant = tenant.clone();
        read!(self, users::count_with_credentials(&tenant))
    }

    async fn list_users(
        &self,
        tenant: &TenantId,
        after: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<UserSummary>, StoreError> {
        let tenant = tenant.clone();
        let after = after.cloned();
        read!(self, users::list(&tenant, after.as_ref(), limit))
    }

    async fn delete_user(
        &self,
        tenant: &TenantId,
        user_id: &UserId,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        let user_id = user_id.clone();
        write!(self, users::delete(&tenant, &user_id, event.as_ref()))
    }

    async fn replace_aliases(
        &self,
        user: User,
        aliases: Vec<Alias>,
        event: Option<Event>,
    ) -> Result<AliasOutcome, StoreError> {
        write!(
            self,
            users::replace_aliases(&user, &aliases, event.as_ref())
        )
    }

    async fn aliases(&self, tenant: &TenantId, user_id: &UserId) -> Result<Vec<Alias>, StoreError> {
        let tenant = tenant.clone();
        let user_id = user_id.clone();
        read!(self, users::aliases(&tenant, &user_id))
    }

    async fn aliases_taken_by_others(
        &self,
        tenant: &TenantId,
        user_id: &UserId,
        aliases: &[AliasHash],
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        let user_id = user_id.clone();
        let aliases = aliases.to_vec();
        read!(
            self,
            users::any_taken_by_others(&tenant, &user_id, &aliases)
        )
    }
}
