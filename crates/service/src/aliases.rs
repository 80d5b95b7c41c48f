//! Aliases: other names under which a user signs in.

use passkeyd_domain::{
    Alias, AliasHash, EventKind, TenantId, User, UserHandle, UserId, UserKey, ports::AliasOutcome,
};

use crate::{Caller, Error, Service};

impl Service {
    /// Makes these, and no others, the aliases of a user, who need not have credentials. Repeats collapse.
    ///
    /// # Errors
    /// [`Error::AliasConflict`], and then nothing changed; [`Error::UserIdTooLong`].
    pub async fn set_aliases(
        &self,
        caller: &Caller,
        user_id: UserId,
        aliases: Vec<String>,
        hashing: bool,
    ) -> Result<(), Error> {
        let now = self.now();
        let message = format!("The aliases of user {user_id} were set.");
        let event = caller.event(
            EventKind::ApiUserSetAliases,
            (user_id.as_str(), user_id.as_str()),
            message,
        );
        let user = User {
            key: UserKey(self.entropy.uuid_at(now)),
            tenant: caller.tenant().clone(),
            handle: UserHandle::of(&user_id).map_err(|_| Error::UserIdTooLong)?,
            user_id,
            active: true,
            created_at: now,
        };
        let aliases = hashed(caller.tenant(), aliases, hashing);
        match self.store.replace_aliases(user, aliases, event).await? {
            AliasOutcome::Replaced => Ok(()),
            AliasOutcome::Conflict => Err(Error::AliasConflict),
        }
    }

    /// The aliases of a user, by hash; none for a user that is unknown.
    pub async fn list_aliases(
        &self,
        caller: &Caller,
        user_id: &UserId,
    ) -> Result<Vec<Alias>, Error> {
        Ok(self.store.aliases(caller.tenant(), user_id).await?)
    }
}

/// The aliases as they are stored, each once, in the order given.
pub(crate) fn hashed(tenant: &TenantId, aliases: Vec<String>, hashing: bool) -> Vec<Alias> {
    let mut seen = std::collections::HashSet::new();
    aliases
        .into_iter()
        .map(|text| Alias {
            hash: AliasHash::of(tenant, &text),
            plaintext: (!hashing).then_some(text),
        })
        .filter(|alias| seen.insert(alias.hash.clone()))
        .collect()
}
