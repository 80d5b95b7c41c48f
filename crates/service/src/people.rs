//! People: changes to what is known of a user, which every surface makes in the same way.

use passkeyd_domain::{
    Event, Person, TenantId,
    ports::{PersonLookup, PersonOutcome, StoreError},
};

use crate::{ApplicationError, Service};

/// How often a change is made anew when somebody else was faster.
const ATTEMPTS: usize = 16;

impl Service {
    /// A person.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchUser`].
    pub async fn person(
        &self,
        tenant: &TenantId,
        lookup: &PersonLookup,
    ) -> Result<Person, ApplicationError> {
        let found = self.store.person(tenant, lookup).await?;
        found.ok_or(ApplicationError::NoSuchUser)
    }

    /// Changes a person; of two changes at once none is lost. The change tells whether there is anything to write, and may
    /// refuse.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchUser`], [`ApplicationError::Invalid`] where another user has one of the names, and those
    /// of the change.
    pub(crate) async fn change_person(
        &self,
        tenant: &TenantId,
        lookup: &PersonLookup,
        event: Option<Event>,
        change: impl Fn(&mut Person) -> Result<bool, ApplicationError> + Send,
    ) -> Result<Person, ApplicationError> {
        for _ in 0..ATTEMPTS {
            let mut person = self.person(tenant, lookup).await?;
            if !change(&mut person)? {
                return Ok(person);
            }
            person.updated_at = self.now();
            let written = self
                .store
                .replace_person(person.clone(), event.clone())
                .await?;
            match written {
                PersonOutcome::Written => return Ok(person),
                PersonOutcome::NameTaken => {
                    return Err(ApplicationError::Invalid("another user has this name"));
                }
                PersonOutcome::Gone => return Err(ApplicationError::NoSuchUser),
                PersonOutcome::Changed => {}
            }
        }
        Err(StoreError::Busy.into())
    }
}
