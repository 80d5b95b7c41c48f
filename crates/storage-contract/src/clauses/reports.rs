//! Daily reports.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use jiff::civil::date;
use passkeyd_domain::ports::DailyReport;

use crate::{
    running::clauses,
    samples::{at, make_tenant, registration, tenant_id, user},
};

const DAY: i64 = 24 * 60 * 60 * 1000;

clauses! { $ reports_clauses reports;
    /// Users are counted once each; "within a day" begins 24 hours before, that instant included.
    async fn a_report_counts_users_and_credentials(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let now = 30 * DAY;
        let used = [("a", now), ("a", now - 5 * DAY), ("b", now - DAY), ("c", now - DAY - 1), ("d", now - 7 * DAY), ("e", now - 7 * DAY - 1)];
        for (session, (name, millis)) in (1u8..).zip(used) {
            let mut new = registration(&user(&id, name), &[session], session.into());
            new.credential.last_used_at = at(millis);
            store.register_credential(new).await.unwrap();
        }
        for tenant in [&id, &other] {
            store.write_report(tenant, date(2026, 3, 4), at(now)).await.unwrap();
        }
        let expected = DailyReport {
            date: date(2026, 3, 4),
            users: 5,
            credentials: 6,
            daily_active_users: 2,
            weekly_active_users: 4,
        };
        assert_eq!(store.reports(&id, None, None).await.unwrap(), [expected]);
        let nothing = DailyReport { users: 0, credentials: 0, daily_active_users: 0, weekly_active_users: 0, ..expected };
        assert_eq!(store.reports(&other, None, None).await.unwrap(), [nothing]);
        // Another one of the day takes its place.
        store.write_report(&id, date(2026, 3, 4), at(now + 1)).await.unwrap();
        let later = DailyReport { daily_active_users: 1, weekly_active_users: 3, ..expected };
        assert_eq!(store.reports(&id, None, None).await.unwrap(), [later]);
    }

    /// Reports are listed oldest first between two days, both included.
    async fn reports_are_listed_between_two_days(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        for day in [3, 1, 2] {
            store.write_report(&id, date(2026, 12, day), at(0)).await.unwrap();
        }
        store.write_report(&id, date(2027, 1, 1), at(0)).await.unwrap();
        let days = async |from: Option<i8>, to: Option<i8>| -> Vec<_> {
            let day = |day| date(2026, 12, day);
            let found = store.reports(&id, from.map(day), to.map(day)).await.unwrap();
            found.into_iter().map(|report| report.date).collect()
        };
        let (first, second, third) = (date(2026, 12, 1), date(2026, 12, 2), date(2026, 12, 3));
        assert_eq!(days(None, None).await, [first, second, third, date(2027, 1, 1)]);
        assert_eq!(days(Some(2), None).await, [second, third, date(2027, 1, 1)]);
        assert_eq!(days(None, Some(2)).await, [first, second]);
        assert_eq!(days(Some(2), Some(2)).await, [second]);
        assert_eq!(days(Some(3), Some(2)).await, []);
    }

    /// A tenant that is gone has no report.
    async fn an_unknown_tenant_has_no_report(store: Store) {
        let nobody = tenant_id("nobody");
        store.write_report(&nobody, date(2026, 1, 1), at(0)).await.unwrap();
        assert_eq!(store.reports(&nobody, None, None).await.unwrap(), []);
    }
}
