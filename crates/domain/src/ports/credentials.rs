use async_trait::async_trait;
use uuid::Uuid;

use super::{Consumption, CredentialEvidence, StoreError};
use crate::{
    Alias, AliasHash, Credential, CredentialDescriptor, CredentialId, Device, Event, Identifier,
    Purpose, TenantId, Timestamp, Transaction, User, UserHandle, UserId,
};

/// By what a user is looked up at the beginning of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserLookup {
    /// The app's name for the user.
    UserId(UserId),
    /// An alias.
    Alias(AliasHash),
}

/// A user with what options say of its credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCredentials {
    /// The app's name for the user.
    pub user_id: UserId,
    /// The user's handle.
    pub handle: UserHandle,
    /// Whether the user may sign in.
    pub active: bool,
    /// Oldest first.
    pub credentials: Vec<CredentialDescriptor>,
}

/// A credential with what is needed of its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedCredential {
    /// The credential.
    pub credential: Credential,
    /// The app's name for its owner.
    pub user_id: UserId,
    /// The owner's handle.
    pub handle: UserHandle,
    /// Whether the owner may sign in.
    pub active: bool,
}

/// Whose a new credential is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The user of that name, who is made if there is none; an existing user keeps its row and its handle.
    Ensured,
    /// A user who is made, with this as the primary identifier. It must resolve to nobody.
    New {
        /// The name that the user is found by.
        identifier: Identifier,
        /// The person's name.
        display_name: Option<String>,
    },
    /// The user of that name, who must be there and active.
    Existing,
}

/// A registration to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCredential {
    /// The session that it completes.
    pub consumption: Consumption,
    /// The owner.
    pub user: User,
    /// Whether the owner is made or is there.
    pub owner: Owner,
    /// The credential; its `user` is replaced by the row of an existing user.
    pub credential: Credential,
    /// What is kept of its attestation, where policy keeps it.
    pub evidence: Option<CredentialEvidence>,
    /// Where given: the user's aliases from now on.
    pub aliases: Option<Vec<Alias>>,
    /// The device that it was made on; what is stored of one of that name is replaced, but the time at which it was made.
    pub device: Option<Device>,
    /// Written with it.
    pub event: Option<Event>,
}

/// What became of a registration. Whatever it is, the session is consumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationOutcome {
    /// All is recorded.
    Registered,
    /// The session was consumed before, or its tenant is gone; nothing changed.
    AlreadyConsumed,
    /// The tenant has a credential of that id; only the session's consumption is recorded.
    CredentialTaken,
    /// An alias belongs to another user; only the session's consumption is recorded.
    AliasConflict,
    /// The identifier of a new user resolves to somebody; only the session's consumption is recorded.
    NameTaken,
    /// There is no such user any more who is active; only the session's consumption is recorded.
    OwnerGone,
}

/// What the completion of a sign-in reads, in one read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInFacts {
    /// The session was completed before.
    pub consumed: bool,
    /// The credential of that id, if the tenant has one.
    pub credential: Option<OwnedCredential>,
}

/// A verified sign-in to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRecord {
    /// The session that it completes.
    pub consumption: Consumption,
    /// The credential that signed.
    pub credential_id: CredentialId,
    /// The counter that verification compared with; another one stored by now means a race.
    pub expected_sign_count: u32,
    /// The counter from now on.
    pub sign_count: u32,
    /// The backup state from now on.
    pub backed_up: bool,
    /// The user was verified.
    pub user_verified: bool,
    /// The device, for people.
    pub device: String,
    /// The country; empty where unknown.
    pub country: String,
    /// When.
    pub now: Timestamp,
    /// Where given: the configuration whose last use this is; a built-in one gets its row now. A last use less than a
    /// second before this one may stay as it is, so that the sign-ins of a tenant don't wait for each other.
    pub used_config: Option<Purpose>,
    /// The device that it was used on, recorded as with a registration; none: the last one stays.
    pub used_device: Option<Device>,
    /// The transaction that it confirms.
    pub transaction: Option<Transaction>,
    /// Written with it.
    pub event: Option<Event>,
}

/// What became of a sign-in. Whatever it is, the session is consumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInOutcome {
    /// All is recorded.
    Recorded,
    /// The session was consumed before; nothing changed.
    AlreadyConsumed,
    /// The counter moved, or the credential or its tenant went meanwhile; only the session's consumption is recorded.
    CredentialChanged,
}

/// Credentials and the ceremonies' writes.
#[async_trait]
pub trait Credentials {
    /// The user that is looked up with descriptors of its credentials, in one read; none where nobody is found.
    async fn user_credentials(
        &self,
        tenant: &TenantId,
        user: &UserLookup,
    ) -> Result<Option<UserCredentials>, StoreError>;

    /// The credentials of a user, oldest first.
    async fn credentials_of(
        &self,
        tenant: &TenantId,
        user_id: &UserId,
    ) -> Result<Vec<OwnedCredential>, StoreError>;

    /// What the completion of a sign-in needs to know.
    async fn sign_in_facts(
        &self,
        tenant: &TenantId,
        ceremony: Uuid,
        credential_id: &CredentialId,
    ) -> Result<SignInFacts, StoreError>;

    /// Consumes the session and, in the same transaction, updates the credential and writes the event.
    async fn record_sign_in(
        &self,
        tenant: &TenantId,
        record: SignInRecord,
    ) -> Result<SignInOutcome, StoreError>;

    /// Consumes the session and, in the same transaction, stores user, credential, aliases and event.
    async fn register_credential(
        &self,
        registration: NewCredential,
    ) -> Result<RegistrationOutcome, StoreError>;

    /// A credential by its id.
    async fn credential(
        &self,
        tenant: &TenantId,
        credential_id: &CredentialId,
    ) -> Result<Option<OwnedCredential>, StoreError>;

    /// A credential by its row.
    async fn credential_by_row(
        &self,
        tenant: &TenantId,
        id: Uuid,
    ) -> Result<Option<OwnedCredential>, StoreError>;

    /// Deletes a credential and writes the event. False: the tenant has no such credential, and nothing is written.
    async fn delete_credential(
        &self,
        tenant: &TenantId,
        credential_id: &CredentialId,
        event: Option<Event>,
    ) -> Result<bool, StoreError>;

    /// Gives a credential another name for people. False: the tenant has no such credential.
    async fn rename_credential(
        &self,
        tenant: &TenantId,
        credential_id: &CredentialId,
        nickname: Option<String>,
    ) -> Result<bool, StoreError>;
}
