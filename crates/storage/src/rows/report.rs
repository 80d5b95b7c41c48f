use diesel::{Queryable, Selectable};
use passkeyd_domain::ports::DailyReport;

use super::{Read, Reader};
use crate::schema::reports;

#[derive(Queryable, Selectable)]
#[diesel(table_name = reports)]
pub(crate) struct ReportRow {
    tenant: String,
    date: String,
    users: i64,
    credentials: i64,
    daily_active_users: i64,
    weekly_active_users: i64,
}

impl ReportRow {
    pub(crate) fn report(self) -> Read<DailyReport> {
        let key = format!("{}/{}", self.tenant, self.date);
        let read = Reader {
            table: "reports",
            key: &key,
        };
        Ok(DailyReport {
            date: read.of("date", self.date.parse())?,
            users: read.of("users", u64::try_from(self.users))?,
            credentials: read.of("credentials", u64::try_from(self.credentials))?,
            daily_active_users: read
                .of("daily_active_users", u64::try_from(self.daily_active_users))?,
            weekly_active_users: read.of(
                "weekly_active_users",
                u64::try_from(self.weekly_active_users),
            )?,
        })
    }
}
