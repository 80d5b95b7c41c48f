//! The master key, under which the keys of the rings are wrapped: it must be the one that the database wants.

use passkeyd_tokens::{MasterKey, ring_secret};

use crate::{Error, Service};

impl Service {
    /// Refuses where the database holds keys that are wrapped under another master key than the one that is configured, or
    /// under any where none is. Without this a forgotten setting would put keys into it that rest there as they are.
    ///
    /// # Errors
    /// [`Error::KeyRing`], and those of the store.
    pub async fn check_master_key(&self) -> Result<(), Error> {
        if let Some(key) = self.store.newest_wrapped_key().await? {
            ring_secret::from_ring_key(&key, self.master_key.as_ref())
                .map_err(|error| Error::KeyRing(error.to_string()))?;
        }
        Ok(())
    }

    /// What a new key is wrapped under; none: nothing.
    pub(crate) async fn wrapping(&self) -> Result<Option<&MasterKey>, Error> {
        self.check_master_key().await?;
        Ok(self.master_key.as_ref())
    }
}
