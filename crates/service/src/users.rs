//! Users as a back end sees them: those that have a credential or an alias.

use passkeyd_domain::{EventKind, UserId, ports::UserSummary};

use crate::{Caller, Error, Service};

impl Service {
    /// Users by name, after the one given.
    pub async fn list_users(
        &self,
        caller: &Caller,
        after: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<UserSummary>, Error> {
        Ok(self.store.list_users(caller.tenant(), after, limit).await?)
    }

    /// How many users have a credential.
    pub async fn count_users(&self, caller: &Caller) -> Result<u64, Error> {
        Ok(self
            .store
            .count_users_with_credentials(caller.tenant())
            .await?)
    }

    /// Deletes a user with everything of it. A user that is unknown is gone already.
    pub async fn delete_user(&self, caller: &Caller, user_id: &UserId) -> Result<(), Error> {
        let message = format!("User {user_id} was deleted.");
        let event = caller.event(
            EventKind::ApiUserDeleted,
            ("System", user_id.as_str()),
            message,
        );
        self.store
            .delete_user(caller.tenant(), user_id, event)
            .await?;
        Ok(())
    }
}
