use async_trait::async_trait;
use passkeyd_domain::{
    AddressKind, CodePurpose, Event, KeptCode, Person, TenantId, Timestamp,
    ports::{OneTimeCodes, People, PersonLookup, PersonOutcome, StoreError},
};
use uuid::Uuid;

use super::{read, write, write_at_once};
use crate::Database;

#[async_trait]
impl People for Database {
    async fn create_person(
        &self,
        person: Person,
        event: Option<Event>,
    ) -> Result<PersonOutcome, StoreError> {
        write!(self, people::create(&person, event.as_ref()))
    }

    async fn person(
        &self,
        tenant: &TenantId,
        lookup: &PersonLookup,
    ) -> Result<Option<Person>, StoreError> {
        let tenant = tenant.clone();
        let lookup = lookup.clone();
        read!(self, people::find(&tenant, &lookup))
    }

    async fn people_with_address(
        &self,
        tenant: &TenantId,
        kind: AddressKind,
        value: &str,
        limit: u32,
    ) -> Result<Vec<Person>, StoreError> {
        let tenant = tenant.clone();
        let value = value.to_owned();
        read!(self, people::with_address(&tenant, kind, &value, limit))
    }

    async fn replace_person(
        &self,
        person: Person,
        event: Option<Event>,
    ) -> Result<PersonOutcome, StoreError> {
        write!(self, people::replace(&person, event.as_ref()))
    }
}

#[async_trait]
impl OneTimeCodes for Database {
    async fn keep_code(&self, code: KeptCode) -> Result<bool, StoreError> {
        write!(self, codes::keep(&code))
    }

    async fn guess_code(
        &self,
        tenant: &TenantId,
        subject: Uuid,
        purpose: CodePurpose,
        now: Timestamp,
    ) -> Result<Option<KeptCode>, StoreError> {
        let tenant = tenant.clone();
        write_at_once!(self, codes::guess(&tenant, subject, purpose, now))
    }

    async fn use_code(
        &self,
        tenant: &TenantId,
        subject: Uuid,
        purpose: CodePurpose,
        hash: &str,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        let hash = hash.to_owned();
        write_at_once!(self, codes::take(&tenant, subject, purpose, &hash))
    }

    async fn pending_code(
        &self,
        tenant: &TenantId,
        subject: Uuid,
        purpose: CodePurpose,
        now: Timestamp,
    ) -> Result<Option<KeptCode>, StoreError> {
        let tenant = tenant.clone();
        read!(self, codes::pending(&tenant, subject, purpose, now))
    }

    async fn void_code(
        &self,
        tenant: &TenantId,
        subject: Uuid,
        purpose: CodePurpose,
    ) -> Result<(), StoreError> {
        let tenant = tenant.clone();
        write_at_once!(self, codes::void(&tenant, subject, purpose))
    }

    async fn sweep_codes(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        write_at_once!(self, codes::sweep(now, limit))
    }
}
