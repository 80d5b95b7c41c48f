//! Passkeys as their owner sees them on the LoginID surface, and what clients tell of their ceremonies.

use std::collections::BTreeMap;

use passkeyd_domain::{Account, Device, DeviceId, EventKind, UserId, ports::OwnedCredential};
use uuid::Uuid;

use crate::{
    ApplicationError, Error, Service,
    accounts::Realm,
    application_sessions::{ApplicationSession, SessionKind},
};

/// A passkey with the device that it was last used on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPasskey {
    /// The credential.
    pub owned: OwnedCredential,
    /// The name of its make, where the table knows it.
    pub provider_name: Option<String>,
    /// The device that it was last used on, where one was named.
    pub last_used_from: Option<Device>,
}

impl Service {
    /// The passkeys of a user, newest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn user_passkeys(
        &self,
        realm: &Realm,
        account: &Account,
    ) -> Result<Vec<UserPasskey>, Error> {
        let user = &account.user;
        let mut held = self.store.credentials_of(realm.id(), &user.user_id).await?;
        held.reverse();
        let devices = self.store.devices_of(realm.id(), user.key).await?;
        let devices: BTreeMap<DeviceId, Device> = devices
            .into_iter()
            .map(|device| (device.id.clone(), device))
            .collect();
        Ok(held
            .into_iter()
            .map(|owned| {
                let device = owned.credential.last_used_from.as_ref();
                UserPasskey {
                    provider_name: self.model_name(owned.credential.aaguid),
                    last_used_from: device.and_then(|id| devices.get(id)).cloned(),
                    owned,
                }
            })
            .collect())
    }

    /// One passkey as its owner sees it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn user_passkey(
        &self,
        realm: &Realm,
        owned: OwnedCredential,
    ) -> Result<UserPasskey, Error> {
        let last_used_from = match &owned.credential.last_used_from {
            Some(id) => self.store.device(realm.id(), id).await?,
            None => None,
        };
        Ok(UserPasskey {
            provider_name: self.model_name(owned.credential.aaguid),
            last_used_from,
            owned,
        })
    }

    /// Gives a passkey of a user another name.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchPasskey`], also where it is somebody else's.
    pub async fn rename_user_passkey(
        &self,
        realm: &Realm,
        account: &Account,
        id: Uuid,
        name: String,
    ) -> Result<(), ApplicationError> {
        let owned = self.passkey_of(realm, &account.user.user_id, id).await?;
        let credential_id = &owned.credential.credential_id;
        let renamed = self
            .store
            .rename_credential(realm.id(), credential_id, Some(name))
            .await?;
        renamed.then_some(()).ok_or(ApplicationError::NoSuchPasskey)
    }

    /// Deletes a passkey of a user.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchPasskey`], also where it is somebody else's.
    pub async fn delete_user_passkey(
        &self,
        realm: &Realm,
        account: &Account,
        id: Uuid,
    ) -> Result<(), ApplicationError> {
        let user_id = &account.user.user_id;
        let owned = self.passkey_of(realm, user_id, id).await?;
        let message = format!("A credential of user {user_id} was deleted.");
        let who = (user_id.as_str(), user_id.as_str());
        let kind = EventKind::ApiUserDeleteCredential;
        let event = realm.tenant.event(kind, self.now(), who, message, None);
        let credential_id = &owned.credential.credential_id;
        let deleted = self
            .store
            .delete_credential(realm.id(), credential_id, event)
            .await?;
        deleted.then_some(()).ok_or(ApplicationError::NoSuchPasskey)
    }

    async fn passkey_of(
        &self,
        realm: &Realm,
        user_id: &UserId,
        id: Uuid,
    ) -> Result<OwnedCredential, ApplicationError> {
        let held = self.store.credentials_of(realm.id(), user_id).await?;
        let mut held = held.into_iter();
        held.find(|owned| owned.credential.id == id)
            .ok_or(ApplicationError::NoSuchPasskey)
    }

    /// Writes down what a client tells of a ceremony.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchUser`] where the user of the session is gone.
    pub async fn note_client_event(
        &self,
        session: &ApplicationSession,
        told: &str,
        is_error: bool,
    ) -> Result<(), ApplicationError> {
        let realm = session.realm();
        let signs_in = matches!(
            session.kind(),
            SessionKind::SignIn | SessionKind::Transaction
        );
        if let Some(handle) = session.user().filter(|_| signs_in)
            && self
                .store
                .account_by_handle(realm.id(), handle)
                .await?
                .is_none()
        {
            return Err(ApplicationError::NoSuchUser);
        }
        let kind = if is_error {
            EventKind::ApplicationClientFailed
        } else {
            EventKind::ApplicationClientEvent
        };
        let subject = session.user().map(crate::accounts::public_id);
        let message = format!("{told}; trace {}", session.trace_id());
        let who = (
            subject.as_deref().unwrap_or("Unknown User"),
            realm.id().as_str(),
        );
        let event = realm.tenant.event(kind, self.now(), who, message, None);
        self.note(event).await;
        Ok(())
    }
}
