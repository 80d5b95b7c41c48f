use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::{SignedDuration, civil::Date};
use passkeyd_domain::{
    TenantId, Timestamp,
    ports::{DailyReport, Reports, StoreError},
};

use super::{MemoryStore, TenantRows};

impl TenantRows {
    fn report(&self, date: Date, now: Timestamp) -> DailyReport {
        let users = |since: Option<Timestamp>| {
            let used = self
                .credentials
                .iter()
                .filter(|held| since.is_none_or(|since| held.last_used_at >= since));
            let users: BTreeSet<_> = used.map(|held| held.user).collect();
            u64::try_from(users.len()).unwrap_or(u64::MAX)
        };
        DailyReport {
            date,
            users: users(None),
            credentials: u64::try_from(self.credentials.len()).unwrap_or(u64::MAX),
            daily_active_users: users(Some(now - SignedDuration::from_hours(24))),
            weekly_active_users: users(Some(now - SignedDuration::from_hours(7 * 24))),
        }
    }
}

#[async_trait]
impl Reports for MemoryStore {
    async fn write_report(
        &self,
        tenant: &TenantId,
        date: Date,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        // A tenant that is gone has no report.
        let _ = self.write(tenant, |rows| {
            rows.reports.insert(date, rows.report(date, now));
        });
        Ok(())
    }

    async fn reports(
        &self,
        tenant: &TenantId,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Vec<DailyReport>, StoreError> {
        let found = self.read(tenant, |rows| {
            rows.reports
                .values()
                .filter(|report| from.is_none_or(|from| report.date >= from))
                .filter(|report| to.is_none_or(|to| report.date <= to))
                .copied()
                .collect()
        });
        Ok(found.unwrap_or_default())
    }
}
