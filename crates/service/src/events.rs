//! What administrators are told.

use passkeyd_domain::{Event, ports::EventPage};

use crate::{Caller, Error, Service};

impl Service {
    /// A page of the tenant's events, newest first.
    ///
    /// # Errors
    /// [`Error::EventLoggingDisabled`].
    pub async fn list_events(
        &self,
        caller: &Caller,
        page: u32,
        size: u32,
    ) -> Result<EventPage, Error> {
        if !caller.tenant.tenant.settings.event_logging_is_enabled {
            return Err(Error::EventLoggingDisabled);
        }
        Ok(self.store.events(caller.tenant(), page, size).await?)
    }

    /// Writes an event that no other write carries. Its failure is logged and never fails the request.
    pub(crate) async fn note(&self, event: Option<Event>) {
        if let Some(event) = event
            && let Err(error) = self.store.append_events(vec![event]).await
        {
            tracing::error!(%error, "an event could not be written");
        }
    }
}
