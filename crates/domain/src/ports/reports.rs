use async_trait::async_trait;
use jiff::civil::Date;

use super::StoreError;
use crate::{TenantId, Timestamp};

/// How a tenant stood at the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyReport {
    /// The day, in UTC.
    pub date: Date,
    /// Users with a credential.
    pub users: u64,
    /// Credentials.
    pub credentials: u64,
    /// Users with a credential that was used within a day.
    pub daily_active_users: u64,
    /// Users with a credential that was used within seven days.
    pub weekly_active_users: u64,
}

/// Reports, one a tenant and day.
#[async_trait]
pub trait Reports {
    /// Counts and writes the report of the day, in place of one that is there. "Within a day" is from 24 hours before
    /// `now` on. A tenant that is gone has no report, and that is no error.
    async fn write_report(
        &self,
        tenant: &TenantId,
        date: Date,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// The reports between two days, both included, oldest first.
    async fn reports(
        &self,
        tenant: &TenantId,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Vec<DailyReport>, StoreError>;
}
