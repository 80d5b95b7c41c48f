//! Reports: how a tenant stood, day by day.

use jiff::{civil::Date, tz::TimeZone};
use passkeyd_domain::{TenantId, ports::DailyReport};

use crate::{Caller, Error, Service};

impl Service {
    /// The reports between two days, both included, oldest first.
    pub async fn reports(
        &self,
        caller: &Caller,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Vec<DailyReport>, Error> {
        Ok(self.store.reports(caller.tenant(), from, to).await?)
    }

    /// Writes today's report of a tenant, in place of one that is there; today is a day of UTC.
    pub(crate) async fn write_report(&self, tenant: &TenantId) -> Result<(), Error> {
        let now = self.now();
        let today = now.to_zoned(TimeZone::UTC).date();
        Ok(self.store.write_report(tenant, today, now).await?)
    }
}
