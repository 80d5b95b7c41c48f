use async_trait::async_trait;
use passkeyd_domain::{
    CredentialId, Event, TenantId, UserId,
    ports::{
        Credentials, NewCredential, OwnedCredential, RegistrationOutcome, SignInFacts,
        SignInOutcome, SignInRecord, StoreError, UserCredentials, UserLookup,
    },
};
use uuid::Uuid;

use super::{read, write, write_at_once};
use crate::{Database, Engine, sqlite};

#[async_trait]
impl Credentials for Database {
    async fn user_credentials(
        &self,
        tenant: &TenantId,
        user: &UserLookup,
    ) -> Result<Option<UserCredentials>, StoreError> {
        let tenant = tenant.clone();
        let user = user.clone();
        read!(self, credentials::of_looked_up(&tenant, &user))
    }

    async fn credentials_of(
        &self,
        tenant: &TenantId,
        user_id: &UserId,
    ) -> Result<Vec<OwnedCredential>, StoreError> {
        let tenant = tenant.clone();
        let user_id = user_id.clone();
        read!(self, credentials::of_user(&tenant, &user_id))
    }

    async fn sign_in_facts(
        &self,
        tenant: &TenantId,
        ceremony: Uuid,
        credential_id: &CredentialId,
    ) -> Result<SignInFacts, StoreError> {
        let tenant = tenant.clone();
        let credential_id = credential_id.clone();
        read!(
            self,
            credentials::sign_in_facts(&tenant, ceremony, &credential_id)
        )
    }

    async fn record_sign_in(
        &self,
        tenant: &TenantId,
        record: SignInRecord,
    ) -> Result<SignInOutcome, StoreError> {
        let tenant = tenant.clone();
        match &self.engine {
            Engine::Sqlite(db) => {
                db.write(move |conn| {
                    sqlite::queries::credentials::record_sign_in(conn, &tenant, &record)
                })
                .await
            }
            Engine::Postgres(db) => db.record_sign_in(tenant, record).await,
        }
    }

    async fn register_credential(
        &self,
        registration: NewCredential,
    ) -> Result<RegistrationOutcome, StoreError> {
        match write!(self, credentials::register(&registration)) {
            Err(StoreError::TenantGone) => Ok(RegistrationOutcome::AlreadyConsumed),
            outcome => outcome,
        }
    }

    async fn credential(
        &self,
        tenant: &TenantId,
        credential_id: &CredentialId,
    ) -> Result<Option<OwnedCredential>, StoreError> {
        let tenant = tenant.clone();
        let credential_id = credential_id.clone();
        read!(self, credentials::find(&tenant, &credential_id))
    }

    async fn credential_by_row(
        &self,
        tenant: &TenantId,
        id: Uuid,
    ) -> Result<Option<OwnedCredential>, StoreError> {
        let tenant = tenant.clone();
        read!(self, credentials::find_row(&tenant, id))
    }

    async fn delete_credential(
        &self,
        tenant: &TenantId,
        credential_id: &CredentialId,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        let credential_id = credential_id.clone();
        write!(
            self,
            credentials::delete(&tenant, &credential_id, event.as_ref())
        )
    }

    async fn rename_credential(
        &self,
        tenant: &TenantId,
        credential_id: &CredentialId,
        nickname: Option<String>,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        let credential_id = credential_id.clone();
        write_at_once!(
            self,
            credentials::rename(&tenant, &credential_id, nickname.as_deref())
        )
    }
}
