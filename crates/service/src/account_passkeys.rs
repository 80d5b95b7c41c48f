//! Passkeys of an account: the same ceremonies and the same store as on every other surface, with the account in the
//! place of a back end.

use jiff::Timestamp;
use passkeyd_domain::{CredentialId, EventKind, UserId, ports::OwnedCredential};
use passkeyd_tokens::sealed::TokenKind;
use url::Url;

use crate::{
    AccountError, AssertionResponse, AttestationResponse, Caller, Error, Service,
    accounts::{Client, Realm},
    origin,
    registration::{
        BeginRegistration, BegunRegistration, CompleteRegistration, CreateRegisterToken,
    },
    session::RegistrationSession,
    sessions::{Grant, SignedIn},
    sign_in::{BeginSignIn, BegunSignIn, CompleteSignIn},
    verification::Verified,
};

/// A passkey as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// The authenticator's name for it.
    pub id: CredentialId,
    /// The owner's name for it.
    pub name: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl From<OwnedCredential> for Passkey {
    fn from(owned: OwnedCredential) -> Self {
        Self {
            id: owned.credential.credential_id,
            name: owned.credential.nickname,
            created_at: owned.credential.created_at,
        }
    }
}

impl Service {
    /// Makes the options with which a signed-in person adds a passkey.
    ///
    /// # Errors
    /// [`AccountError::NoPasskeysHere`], and those of a registration.
    pub async fn begin_adding_passkey(
        &self,
        signed_in: &SignedIn,
        page_origin: Option<&str>,
    ) -> Result<BegunRegistration, AccountError> {
        let rp_id = self.rp_id(&signed_in.realm, page_origin)?;
        let caller = self.own_caller(&signed_in.realm);
        let account = &signed_in.account;
        let token = CreateRegisterToken {
            user_id: account.user.user_id.clone(),
            username: account.login().to_owned(),
            display_name: Some(account.display_name().to_owned()),
            attestation: None,
            authenticator_type: None,
            discoverable: true,
            user_verification: None,
            expires_at: None,
            aliases: Vec::new(),
            alias_hashing: true,
            hints: Vec::new(),
        };
        let token = self.create_register_token(&caller, token).await?;
        let command = BeginRegistration {
            token: Some(token),
            rp_id: Some(rp_id),
            origin: page_origin.map(str::to_owned),
        };
        Ok(self.begin_registration(&caller, command).await?)
    }

    /// Verifies the authenticator's answer and adds the passkey to the account.
    ///
    /// # Errors
    /// Those of a registration; a session that was begun for somebody else is [`Error::InvalidToken`].
    pub async fn add_passkey(
        &self,
        signed_in: &SignedIn,
        client: &Client,
        page_origin: Option<&str>,
        command: AddPasskey,
    ) -> Result<Passkey, AccountError> {
        let caller = self.own_caller(&signed_in.realm);
        let session: RegistrationSession = self
            .open(
                &caller.tenant,
                TokenKind::REGISTER_SESSION,
                command.session.as_deref(),
            )
            .await?;
        if session.user_id != signed_in.account.user.user_id.as_str() {
            return Err(Error::InvalidToken.into());
        }
        let completed = CompleteRegistration {
            session: command.session,
            response: command.response,
            nickname: command.name,
            origin: page_origin.map(str::to_owned),
            device: client.device.clone(),
            country: String::new(),
        };
        let token = self.complete_registration(&caller, completed).await?;
        let verified: Verified = self
            .open(&caller.tenant, TokenKind::VERIFY, Some(&token))
            .await?;
        Ok(Passkey {
            id: CredentialId::new(verified.credential_id).map_err(|_| Error::InvalidToken)?,
            name: verified.nickname,
            created_at: verified.timestamp,
        })
    }

    /// The passkeys of the account, newest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list_passkeys(&self, signed_in: &SignedIn) -> Result<Vec<Passkey>, AccountError> {
        let owner = &signed_in.account.user.user_id;
        let found = self
            .store
            .credentials_of(signed_in.realm.id(), owner)
            .await?;
        Ok(found.into_iter().rev().map(Passkey::from).collect())
    }

    /// Deletes a passkey of the account.
    ///
    /// # Errors
    /// [`AccountError::NoSuchPasskey`], also where it is somebody else's.
    pub async fn delete_passkey(
        &self,
        signed_in: &SignedIn,
        id: &CredentialId,
    ) -> Result<(), AccountError> {
        let (tenant, owner) = (signed_in.realm.id(), &signed_in.account.user.user_id);
        self.store
            .credential(tenant, id)
            .await?
            .filter(|owned| owned.user_id == *owner)
            .ok_or(AccountError::NoSuchPasskey)?;
        let message = format!("A credential of user {owner} was deleted.");
        let who = (owner.as_str(), owner.as_str());
        let kind = EventKind::ApiUserDeleteCredential;
        let event = signed_in
            .realm
            .tenant
            .event(kind, self.now(), who, message, None);
        if self.store.delete_credential(tenant, id, event).await? {
            Ok(())
        } else {
            Err(AccountError::NoSuchPasskey)
        }
    }

    /// Makes the options for a sign-in with whichever passkey the person picks.
    ///
    /// # Errors
    /// [`AccountError::NoPasskeysHere`], and for a frozen tenant [`AccountError::Unauthenticated`].
    pub async fn begin_passkey_log_in(
        &self,
        realm: &Realm,
        page_origin: Option<&str>,
    ) -> Result<BegunSignIn, AccountError> {
        if realm.tenant.tenant.settings.frozen {
            return Err(AccountError::Unauthenticated);
        }
        let command = BeginSignIn {
            user: None,
            purpose: None,
            rp_id: Some(self.rp_id(realm, page_origin)?),
            origin: page_origin.map(str::to_owned),
        };
        Ok(self.begin_sign_in(&self.own_caller(realm), command).await?)
    }

    /// Verifies the authenticator's answer and opens a session of the passkey's owner.
    ///
    /// # Errors
    /// [`AccountError::WrongCredentials`], whatever is wrong with the answer.
    pub async fn log_in_with_passkey(
        &self,
        realm: &Realm,
        client: &Client,
        page_origin: Option<&str>,
        session: Option<String>,
        response: AssertionResponse,
    ) -> Result<Grant, AccountError> {
        // Nobody was named at the beginning, so the authenticator must name the owner (WebAuthn §7.2 step 6).
        if realm.tenant.tenant.settings.frozen || response.user_handle.is_none() {
            return Err(AccountError::WrongCredentials);
        }
        let caller = self.own_caller(realm);
        let command = CompleteSignIn {
            session,
            response,
            origin: page_origin.map(str::to_owned),
            device: client.device.clone(),
            country: String::new(),
        };
        let token = match self.complete_sign_in(&caller, command).await {
            Err(error @ (Error::Store(_) | Error::KeyRing(_))) => return Err(error.into()),
            Err(_) => return Err(AccountError::WrongCredentials),
            Ok(token) => token,
        };
        let verified: Verified = self
            .open(&caller.tenant, TokenKind::VERIFY, Some(&token))
            .await?;
        let user_id = UserId::new(verified.user_id).map_err(|_| Error::InvalidToken)?;
        let account = self.store.account(realm.id(), &user_id).await?;
        let account = account.ok_or(AccountError::WrongCredentials)?;
        self.open_session(realm, client, &account, Vec::new()).await
    }

    /// The tenant speaking for itself, without a key.
    fn own_caller(&self, realm: &Realm) -> Caller {
        Caller {
            tenant: realm.tenant.clone(),
            key_id: None,
            started_at: self.now(),
        }
    }

    /// The RP id for a page: the longest of the tenant's that the page may use, else, where the tenant lists none, the
    /// page's host. Only in development may a page use passkeys that the tenant does not list as an origin.
    fn rp_id(&self, realm: &Realm, page_origin: Option<&str>) -> Result<String, AccountError> {
        let settings = &realm.tenant.tenant.settings;
        let host = page_origin
            .and_then(origin::normalised)
            .filter(|origin| self.serves(realm, origin))
            .and_then(|origin| Url::parse(&origin).ok()?.host_str().map(str::to_owned))
            .ok_or(AccountError::NoPasskeysHere)?;
        if settings.rp_ids.is_empty() {
            return Ok(host);
        }
        let below = |rp_id: &str| {
            host == rp_id
                || host
                    .strip_suffix(rp_id)
                    .is_some_and(|rest| rest.ends_with('.'))
        };
        let usable = settings.rp_ids.iter().filter(|rp_id| below(rp_id));
        usable
            .max_by_key(|rp_id| rp_id.len())
            .cloned()
            .ok_or(AccountError::NoPasskeysHere)
    }
}

/// What a page sends to add a passkey.
#[derive(Clone, Debug)]
pub struct AddPasskey {
    /// The session of the beginning.
    pub session: Option<String>,
    /// The authenticator's answer.
    pub response: AttestationResponse,
    /// The owner's name for it.
    pub name: Option<String>,
}
