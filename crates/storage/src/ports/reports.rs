use async_trait::async_trait;
use jiff::civil::Date;
use passkeyd_domain::{
    TenantId, Timestamp,
    ports::{DailyReport, Reports, StoreError},
};

use super::{read, write_at_once};
use crate::Database;

#[async_trait]
impl Reports for Database {
    async fn write_report(
        &self,
        tenant: &TenantId,
        date: Date,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tenant = tenant.clone();
        write_at_once!(self, reports::write(&tenant, date, now))
    }

    async fn reports(
        &self,
        tenant: &TenantId,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Vec<DailyReport>, StoreError> {
        let tenant = tenant.clone();
        read!(self, reports::list(&tenant, from, to))
    }
}
