//! Lists of credentials and their deletion.

use passkeyd_domain::{CredentialId, EventKind, UserId, ports::OwnedCredential};
use passkeyd_webauthn::public_key::CoseKey;

use crate::{Caller, Error, Service};

impl Service {
    /// The credentials of a user, oldest first; none for a user that is unknown.
    pub async fn list_credentials(
        &self,
        caller: &Caller,
        user_id: &UserId,
    ) -> Result<Vec<OwnedCredential>, Error> {
        Ok(self.store.credentials_of(caller.tenant(), user_id).await?)
    }

    /// Deletes a credential.
    ///
    /// # Errors
    /// [`Error::UnknownCredential`].
    pub async fn delete_credential(
        &self,
        caller: &Caller,
        credential_id: &CredentialId,
    ) -> Result<(), Error> {
        let owned = self
            .store
            .credential(caller.tenant(), credential_id)
            .await?
            .ok_or(Error::UnknownCredential)?;
        let message = format!("A credential of user {} was deleted.", owned.user_id);
        let event = caller.event(
            EventKind::ApiUserDeleteCredential,
            ("System", owned.user_id.as_str()),
            message,
        );
        let deleted = self
            .store
            .delete_credential(caller.tenant(), credential_id, event)
            .await?;
        if deleted {
            Ok(())
        } else {
            Err(Error::UnknownCredential)
        }
    }

    /// Gives a credential another name for people, or none.
    ///
    /// # Errors
    /// [`Error::UnknownCredential`].
    pub async fn rename_credential(
        &self,
        caller: &Caller,
        credential_id: &CredentialId,
        nickname: Option<String>,
    ) -> Result<(), Error> {
        let renamed = self
            .store
            .rename_credential(caller.tenant(), credential_id, nickname)
            .await?;
        if renamed {
            Ok(())
        } else {
            Err(Error::UnknownCredential)
        }
    }
}

/// The COSE algorithm of a public key; none: it is no key that a sign-in can be verified with.
pub fn algorithm_of(public_key: &[u8]) -> Option<i64> {
    let key = CoseKey::parse(public_key).ok()?;
    key.validate().ok()?;
    Some(key.algorithm().id())
}
