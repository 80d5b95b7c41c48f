//! The life of a tenant after its creation: frozen, marked for deletion, deleted.

use jiff::{SignedDuration, ToSpan as _, Unit, tz::TimeZone};
use passkeyd_domain::{Event, EventKind, Tenant, TenantId, Timestamp};

use crate::{Error, Service};

/// A tenant that is younger may be deleted at once.
const YOUNG: SignedDuration = SignedDuration::from_hours(3 * 24);

/// What became of a deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// It is gone; otherwise it is frozen until then.
    pub is_deleted: bool,
    /// When it goes, or went.
    pub delete_at: Timestamp,
    /// Whom to tell.
    pub admin_emails: Vec<String>,
}

impl Service {
    /// Locks every key of a tenant.
    ///
    /// # Errors
    /// [`Error::AppNotFound`].
    pub async fn freeze_app(&self, app: &TenantId) -> Result<(), Error> {
        let now = self.now();
        let event = self
            .life_event(
                app,
                EventKind::ApiManagementAppFrozen,
                "System",
                "frozen",
                now,
            )
            .await?;
        let found = self.store.freeze_tenant(app, now, None, event).await?;
        self.tenants.forget(app);
        if found {
            Ok(())
        } else {
            Err(Error::AppNotFound)
        }
    }

    /// Unlocks every key of a tenant and forgets a planned deletion.
    ///
    /// # Errors
    /// [`Error::AppNotFound`].
    pub async fn unfreeze_app(&self, app: &TenantId) -> Result<(), Error> {
        self.thaw(app, EventKind::ApiManagementAppUnfrozen, "unfrozen")
            .await
    }

    /// Takes a planned deletion back.
    ///
    /// # Errors
    /// [`Error::AppNotFound`].
    pub async fn cancel_deletion(&self, app: &TenantId) -> Result<(), Error> {
        self.thaw(
            app,
            EventKind::ApiManagementAppDeletionCancelled,
            "no longer to be deleted",
        )
        .await
    }

    async fn thaw(&self, app: &TenantId, kind: EventKind, word: &str) -> Result<(), Error> {
        let event = self
            .life_event(app, kind, "System", word, self.now())
            .await?;
        let found = self.store.unfreeze_tenant(app, event).await?;
        self.tenants.forget(app);
        if found {
            Ok(())
        } else {
            Err(Error::AppNotFound)
        }
    }

    /// Whether a tenant would be deleted at once: it is young, or nobody has a credential there.
    ///
    /// # Errors
    /// [`Error::AppNotFound`].
    pub async fn can_delete_immediately(&self, app: &TenantId) -> Result<bool, Error> {
        let tenant = self.app(app).await?;
        self.may_go_at_once(&tenant).await
    }

    async fn may_go_at_once(&self, tenant: &Tenant) -> Result<bool, Error> {
        Ok(self.now().duration_since(tenant.created_at) < YOUNG
            || self.store.count_users_with_credentials(&tenant.id).await? == 0)
    }

    /// Deletes a tenant at once where that is allowed, else freezes it and plans its deletion in a month.
    ///
    /// # Errors
    /// [`Error::AppNotFound`], [`Error::AppPendingDeletion`].
    pub async fn mark_for_deletion(
        &self,
        app: &TenantId,
        deleted_by: &str,
    ) -> Result<Deletion, Error> {
        let tenant = self.app(app).await?;
        if tenant.delete_at.is_some() {
            return Err(Error::AppPendingDeletion);
        }
        let now = self.now();
        let admin_emails = tenant.settings.admin_emails.clone();
        if self.may_go_at_once(&tenant).await? {
            self.delete_app(app).await?;
            return Ok(Deletion {
                is_deleted: true,
                delete_at: now,
                admin_emails,
            });
        }
        let delete_at = in_a_month(now);
        let kind = EventKind::ApiManagementAppMarkedForDeletion;
        let event = self
            .life_event(app, kind, deleted_by, "marked for deletion", now)
            .await?;
        if !self
            .store
            .freeze_tenant(app, now, Some(delete_at), event)
            .await?
        {
            return Err(Error::AppNotFound);
        }
        self.tenants.forget(app);
        Ok(Deletion {
            is_deleted: false,
            delete_at,
            admin_emails,
        })
    }

    /// Deletes a tenant whose time has come.
    ///
    /// # Errors
    /// [`Error::AppNotFound`], [`Error::AppNotPendingDeletion`], [`Error::AppDeletionNotDue`].
    pub async fn delete_due_app(&self, app: &TenantId) -> Result<Deletion, Error> {
        let tenant = self.app(app).await?;
        let delete_at = tenant.delete_at.ok_or(Error::AppNotPendingDeletion)?;
        let now = self.now();
        if delete_at > now {
            return Err(Error::AppDeletionNotDue);
        }
        self.delete_app(app).await?;
        Ok(Deletion {
            is_deleted: true,
            delete_at: now,
            admin_emails: tenant.settings.admin_emails,
        })
    }

    /// The tenants whose time of deletion has passed.
    pub async fn apps_due_for_deletion(&self) -> Result<Vec<TenantId>, Error> {
        let now = self.now();
        let tenants = self.store.tenants().await?.into_iter();
        Ok(tenants
            .filter(|tenant| tenant.delete_at.is_some_and(|at| at <= now))
            .map(|tenant| tenant.id)
            .collect())
    }

    async fn life_event(
        &self,
        app: &TenantId,
        kind: EventKind,
        performed_by: &str,
        word: &str,
        now: Timestamp,
    ) -> Result<Option<Event>, Error> {
        let tenant = self.read_tenant(app).await?.ok_or(Error::AppNotFound)?;
        let message = format!("The app {app} was {word}.");
        Ok(tenant.event(kind, now, (performed_by, app.as_str()), message, None))
    }
}

/// One calendar month on, in UTC.
fn in_a_month(now: Timestamp) -> Timestamp {
    let zoned = now.to_zoned(TimeZone::UTC);
    let later = zoned.checked_add(1.month()).map(|then| then.timestamp());
    later
        .and_then(|then| then.round(Unit::Millisecond))
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_a_calendar_month() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(
            in_a_month(at("2026-01-31T10:00:00Z")),
            at("2026-02-28T10:00:00Z")
        );
        assert_eq!(
            in_a_month(at("2026-11-21T00:00:00Z")),
            at("2026-12-21T00:00:00Z")
        );
    }
}
