//! What a back end does with the users of its application (LoginID contract section 11.K).

use passkeyd_domain::{
    Device, DeviceId, Event, EventKind, Person, Scope, UserHandle,
    ports::{BlacklistedModel, OwnedCredential, PersonLookup},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    ApplicationError, Service,
    accounts::Realm,
    api_keys::ApiKeyCaller,
    bearer_tokens::{BearerKind, object, scopes, shown_user_id},
};

/// The scopes that an authorization token can carry.
pub const GRANTABLE: [&str; 6] = [
    Scope::PASSKEY_READ,
    Scope::PASSKEY_WRITE,
    Scope::PROFILE_READ,
    Scope::PROFILE_WRITE,
    Scope::REG_WRITE,
    Scope::AUTH_WRITE,
];

impl Service {
    /// The person behind the id under which a surface shows it.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchUser`].
    pub async fn person_by_handle(
        &self,
        realm: &Realm,
        handle: &UserHandle,
    ) -> Result<Person, ApplicationError> {
        let lookup = PersonLookup::Handle(handle.clone());
        self.person(realm.id(), &lookup).await
    }

    /// The person whom a name leads to.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchUser`].
    pub async fn person_by_name(
        &self,
        realm: &Realm,
        name: &str,
    ) -> Result<Person, ApplicationError> {
        let lookup = PersonLookup::Name(name.to_owned());
        self.person(realm.id(), &lookup).await
    }

    /// A person with its devices, the last used first, and its passkeys, oldest first.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchUser`].
    pub async fn person_with_passkeys(
        &self,
        realm: &Realm,
        name: &str,
    ) -> Result<(Person, Vec<Device>, Vec<OwnedCredential>), ApplicationError> {
        let person = self.person_by_name(realm, name).await?;
        let devices = self.store.devices_of(realm.id(), person.user.key).await?;
        let user_id = &person.user.user_id;
        let passkeys = self.store.credentials_of(realm.id(), user_id).await?;
        Ok((person, devices, passkeys))
    }

    /// A device with those who use it.
    ///
    /// # Errors
    /// [`ApplicationError::NotFound`].
    pub async fn device_with_users(
        &self,
        realm: &Realm,
        id: &DeviceId,
    ) -> Result<(Device, Vec<Person>), ApplicationError> {
        let device = self.store.device(realm.id(), id).await?;
        let device = device.ok_or(ApplicationError::NotFound("device"))?;
        let mut people = Vec::new();
        for key in self.store.users_of_device(realm.id(), id).await? {
            let lookup = PersonLookup::Key(key);
            people.extend(self.store.person(realm.id(), &lookup).await?);
        }
        Ok((device, people))
    }

    /// A passkey with its owner.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchPasskey`].
    pub async fn passkey_with_owner(
        &self,
        realm: &Realm,
        id: Uuid,
    ) -> Result<(OwnedCredential, Person), ApplicationError> {
        let owned = self.store.credential_by_row(realm.id(), id).await?;
        let owned = owned.ok_or(ApplicationError::NoSuchPasskey)?;
        match self.person_by_handle(realm, &owned.handle).await {
            Ok(person) => Ok((owned, person)),
            Err(ApplicationError::NoSuchUser) => Err(ApplicationError::NoSuchPasskey),
            Err(error) => Err(error),
        }
    }

    /// Gives a passkey of whichever user another name.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchPasskey`].
    pub async fn rename_passkey(
        &self,
        caller: &ApiKeyCaller,
        id: Uuid,
        name: String,
    ) -> Result<(), ApplicationError> {
        let realm = caller.realm();
        let owned = self.store.credential_by_row(realm.id(), id).await?;
        let owned = owned.ok_or(ApplicationError::NoSuchPasskey)?;
        let credential_id = &owned.credential.credential_id;
        let renamed = self
            .store
            .rename_credential(realm.id(), credential_id, Some(name))
            .await?;
        if !renamed {
            return Err(ApplicationError::NoSuchPasskey);
        }
        let user_id = owned.user_id.as_str();
        let message = format!("A passkey of user {user_id} was renamed.");
        let who = ("System", user_id);
        self.note(caller.event(self, EventKind::PasskeyRenamed, who, message))
            .await;
        Ok(())
    }

    /// Deletes a passkey of whichever user.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchPasskey`].
    pub async fn remove_passkey(
        &self,
        caller: &ApiKeyCaller,
        id: Uuid,
    ) -> Result<(), ApplicationError> {
        let realm = caller.realm();
        let owned = self.store.credential_by_row(realm.id(), id).await?;
        let owned = owned.ok_or(ApplicationError::NoSuchPasskey)?;
        let user_id = owned.user_id.as_str();
        let message = format!("A credential of user {user_id} was deleted.");
        let kind = EventKind::ApiUserDeleteCredential;
        let event = caller.event(self, kind, ("System", user_id), message);
        let credential_id = &owned.credential.credential_id;
        let deleted = self
            .store
            .delete_credential(realm.id(), credential_id, event)
            .await?;
        deleted.then_some(()).ok_or(ApplicationError::NoSuchPasskey)
    }

    /// The models that the application does not want.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn blacklist(
        &self,
        realm: &Realm,
    ) -> Result<Vec<BlacklistedModel>, ApplicationError> {
        Ok(self.store.blacklist(realm.id()).await?)
    }

    /// Puts models on the list; what it says of one already is replaced. The next request goes by it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn put_blacklist(
        &self,
        caller: &ApiKeyCaller,
        models: Vec<BlacklistedModel>,
    ) -> Result<(), ApplicationError> {
        let tenant = caller.realm().id();
        let event = self.blacklist_event(caller);
        self.store.put_blacklist(tenant, models, event).await?;
        self.tenants.forget(tenant);
        Ok(())
    }

    /// Takes models off the list; those that are not on it are ignored.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn remove_from_blacklist(
        &self,
        caller: &ApiKeyCaller,
        aaguids: Vec<Uuid>,
    ) -> Result<(), ApplicationError> {
        let tenant = caller.realm().id();
        let event = self.blacklist_event(caller);
        self.store
            .remove_from_blacklist(tenant, aaguids, event)
            .await?;
        self.tenants.forget(tenant);
        Ok(())
    }

    fn blacklist_event(&self, caller: &ApiKeyCaller) -> Option<Event> {
        let message = "The blacklist of models was changed.".to_owned();
        let who = ("System", caller.realm().id().as_str());
        let kind = EventKind::ApplicationBlacklistChanged;
        caller.event(self, kind, who, message)
    }

    /// Deletes a user with everything of it.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchUser`].
    pub async fn delete_person(
        &self,
        caller: &ApiKeyCaller,
        handle: &UserHandle,
    ) -> Result<(), ApplicationError> {
        let realm = caller.realm();
        let user_id = self.person_by_handle(realm, handle).await?.user.user_id;
        let message = format!("User {user_id} was deleted.");
        let who = ("System", user_id.as_str());
        let event = caller.event(self, EventKind::ApiUserDeleted, who, message);
        if self.store.delete_user(realm.id(), &user_id, event).await? {
            Ok(())
        } else {
            Err(ApplicationError::NoSuchUser)
        }
    }

    /// Lets a user sign in, or no longer; on all surfaces.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchUser`].
    pub async fn set_active(
        &self,
        caller: &ApiKeyCaller,
        handle: &UserHandle,
        active: bool,
    ) -> Result<(), ApplicationError> {
        let realm = caller.realm();
        let person = self.person_by_handle(realm, handle).await?;
        let user_id = person.user.user_id.as_str();
        let (kind, word) = if active {
            (EventKind::UserActivated, "activated")
        } else {
            (EventKind::UserDeactivated, "deactivated")
        };
        let message = format!("User {user_id} was {word}.");
        let event = caller.event(self, kind, ("System", user_id), message);
        let lookup = PersonLookup::Handle(handle.clone());
        self.change_person(realm.id(), &lookup, event, |person| {
            let changes = person.user.active != active;
            person.user.active = active;
            Ok(changes)
        })
        .await?;
        Ok(())
    }

    /// An authorization token for a user, who need not exist: what its bearer may do is what the key may.
    ///
    /// # Errors
    /// [`ApplicationError::Invalid`] for grants that there are none of, [`ApplicationError::Forbidden`] for one that the
    /// key does not have.
    pub async fn grant(
        &self,
        caller: &ApiKeyCaller,
        issuer: &str,
        grants: Vec<String>,
        username: Option<&str>,
    ) -> Result<String, ApplicationError> {
        if grants.is_empty() {
            return Err(ApplicationError::Invalid("grants must not be empty"));
        }
        if !grants
            .iter()
            .all(|grant| GRANTABLE.contains(&grant.as_str()))
        {
            return Err(ApplicationError::Invalid(
                "grants has a scope that can't be granted",
            ));
        }
        if !grants.iter().all(|grant| caller.allows(grant)) {
            return Err(ApplicationError::Forbidden(
                "the key does not have what it grants",
            ));
        }
        let realm = caller.realm();
        let mut claims = object(json!({
            "scopes": scopes(grants),
            "jti": self.entropy.uuid(),
        }));
        if let Some(name) = username {
            let lookup = PersonLookup::Name(name.to_owned());
            let person = self.store.person(realm.id(), &lookup).await?;
            if let Some(person) = &person {
                claims.insert("sub".to_owned(), shown_user_id(&person.user.handle).into());
            }
            claims.insert("username".to_owned(), name.into());
        }
        self.issue_grant(caller, issuer, BearerKind::Authorization, claims)
            .await
    }

    /// A token that says that the back end signed this user in, who need not exist.
    ///
    /// # Errors
    /// Those of the store and the key ring.
    pub async fn grant_external_auth(
        &self,
        caller: &ApiKeyCaller,
        issuer: &str,
        username: &str,
    ) -> Result<String, ApplicationError> {
        let claims = object(json!({
            "username": username,
            "scopes": [Scope::EXTERNAL_VERIFY],
            "jti": self.entropy.uuid(),
        }));
        self.issue_grant(caller, issuer, BearerKind::ExternalAuth, claims)
            .await
    }

    async fn issue_grant(
        &self,
        caller: &ApiKeyCaller,
        issuer: &str,
        kind: BearerKind,
        claims: Map<String, Value>,
    ) -> Result<String, ApplicationError> {
        let name = claims.get("username").and_then(Value::as_str);
        let (event_kind, what) = match kind {
            BearerKind::ExternalAuth => (EventKind::ExternalAuthGranted, "vouched for"),
            _ => (EventKind::GrantIssued, "given to"),
        };
        let name = name.unwrap_or("nobody").to_owned();
        let message = format!("A token was {what} {name}.");
        let who = (caller.key_id().0.as_str(), name.as_str());
        self.note(caller.event(self, event_kind, who, message))
            .await;
        Ok(self
            .issue_token(caller.realm(), issuer, kind, claims)
            .await?)
    }

    /// Is this a token of the application that a back end may have verified?
    ///
    /// # Errors
    /// [`ApplicationError::Invalid`] for what is no token, [`ApplicationError::Unauthenticated`] for one that is not good.
    pub async fn verify_bearer(&self, realm: &Realm, token: &str) -> Result<(), ApplicationError> {
        if !is_shaped_as_token(token) {
            return Err(ApplicationError::Invalid("this is no token"));
        }
        let checked = self
            .check_token(realm, &BearerKind::VERIFIABLE, token)
            .await?;
        match checked {
            Some(_) => Ok(()),
            None => Err(ApplicationError::Unauthenticated),
        }
    }
}

/// Three parts, of which the first two are JSON objects in base64url (RFC 7515 section 7.1).
fn is_shaped_as_token(token: &str) -> bool {
    let parts: Vec<_> = token.split('.').collect();
    let is_object = |part: &&str| {
        let bytes = data_encoding::BASE64URL_NOPAD.decode(part.as_bytes());
        bytes.is_ok_and(|bytes| serde_json::from_slice::<Map<String, Value>>(&bytes).is_ok())
    };
    parts.len() == 3 && parts.iter().take(2).all(is_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_two_objects_and_a_signature() {
        assert!(is_shaped_as_token("e30.e30.c2ln"));
        for other in ["", "a.b.c", "e30.e30", "e30.e30.a.b", "W10.e30.a", "e30..a"] {
            assert!(!is_shaped_as_token(other), "{other}");
        }
    }
}
