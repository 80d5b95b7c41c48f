//! A tenant is deleted: it is gone at once, and its rows go in steps.

use passkeyd_domain::TenantId;

use crate::{Error, Service};

/// Rows that one step deletes, so that no other writer waits long.
const STEP: u32 = 250;
/// Steps that the deletion itself makes: most tenants are cleared by them. [`crate::jobs::Job::CeremonySweep`] makes the
/// others.
const STEPS_AT_ONCE: u32 = 40;

impl Service {
    /// Deletes a tenant with everything of it: from here on nobody finds it. While something is left of a great one, no
    /// other can have its name.
    ///
    /// # Errors
    /// [`Error::AppNotFound`].
    pub async fn delete_app(&self, id: &TenantId) -> Result<(), Error> {
        let deleted = self.store.delete_tenant(id).await?;
        self.tenants.forget(id);
        if !deleted {
            return Err(Error::AppNotFound);
        }
        for _ in 0..STEPS_AT_ONCE {
            match self.store.clear_deleted_tenant(id, STEP).await {
                Ok(true) => break,
                Ok(false) => (),
                // The tenant is gone all the same.
                Err(error) => {
                    tracing::warn!(
                        tenant = %id,
                        error = &error as &dyn std::error::Error,
                        "what is left of a deleted tenant is cleared later"
                    );
                    break;
                }
            }
        }
        Ok(())
    }

    /// Clears all that is left of a tenant that was deleted, however long it takes.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn clear_deleted_app(&self, id: &TenantId) -> Result<(), Error> {
        while !self.store.clear_deleted_tenant(id, STEP).await? {}
        Ok(())
    }

    /// Clears all that is left of all of them.
    pub(crate) async fn clear_deleted_apps(&self) -> Result<(), Error> {
        for id in self.store.deleted_tenants().await? {
            self.clear_deleted_app(&id).await?;
            tracing::info!(tenant = %id, "what was left of a deleted tenant was cleared");
        }
        Ok(())
    }

    /// Whether a tenant of this name could be made.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn is_app_name_free(&self, id: &TenantId) -> Result<bool, Error> {
        Ok(self.store.tenant(id).await?.is_none()
            && !self.store.deleted_tenants().await?.contains(id))
    }
}
