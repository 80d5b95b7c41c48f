//! What the server does by itself, at its time.
//!
//! Of many nodes one runs a job: the one that gets its lease. When the job is done the lease is kept until the job is due
//! again, so that the lease is also the record of the last run, which outlives a node. A lease is short while the job
//! runs, so that another node takes over from one that dies. Every job may be run twice without harm.

use std::{collections::BTreeMap, future::Future, pin::pin, sync::Arc, time::Duration};

use jiff::{SignedDuration, tz::TimeZone};
use passkeyd_domain::{Timestamp, ports::StoreError};
use uuid::Uuid;

use crate::{Error, Service, magic_links::RECORDED_FOR};

/// For so long a node that runs a job keeps the others off.
const LEASE: Duration = Duration::from_mins(10);
/// A job that failed, or that another node has, is looked at again after this long.
const AGAIN: Duration = Duration::from_mins(1);
/// How often the clock is looked at.
const TICK: Duration = Duration::from_secs(1);
/// Rows that one step of a sweep deletes, so that it never holds a database up.
const STEP: u32 = 1000;

/// Something that the server does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Job {
    /// Deletes events that are older than their tenant keeps them: at 00:00 UTC.
    EventRetention,
    /// Writes the day's report of every tenant: at 22:00 UTC.
    Reports,
    /// Deletes records of magic links: at 00:00 UTC.
    LinkRetention,
    /// Forgets ceremonies, sessions of accounts and counts of attempts that ended, and what deleted tenants left.
    CeremonySweep,
    /// Deletes tenants whose time has come.
    AppDeletion,
    /// Deletes confirmed transactions that are older than the operator keeps them: at 00:00 UTC.
    TransactionRetention,
    /// Replaces keys that sign JSON Web Tokens at the age that the operator set.
    SigningKeyRotation,
}

/// When a job is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Every day at this hour of UTC. Where `catch_up`, a run that was missed while no node was up is made up for.
    Daily {
        /// 0 to 23.
        hour: i8,
        /// Whether the first thing a server does is to run it.
        catch_up: bool,
    },
    /// Over and over, with this long in between.
    Every(Duration),
}

impl Job {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::EventRetention,
        Self::Reports,
        Self::LinkRetention,
        Self::CeremonySweep,
        Self::AppDeletion,
        Self::TransactionRetention,
        Self::SigningKeyRotation,
    ];

    /// The name of its lease.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EventRetention => "event-retention",
            Self::Reports => "reports",
            Self::LinkRetention => "link-retention",
            Self::CeremonySweep => "ceremony-sweep",
            Self::AppDeletion => "app-deletion",
            Self::TransactionRetention => "transaction-retention",
            Self::SigningKeyRotation => "signing-key-rotation",
        }
    }

    /// When it is due.
    pub const fn schedule(self) -> Schedule {
        let night = Schedule::Daily {
            hour: 0,
            catch_up: true,
        };
        match self {
            Self::EventRetention | Self::LinkRetention | Self::TransactionRetention => night,
            // A report tells how things stood at its hour; one that is made later would tell something else.
            Self::Reports => Schedule::Daily {
                hour: 22,
                catch_up: false,
            },
            Self::CeremonySweep => Schedule::Every(Duration::from_mins(5)),
            Self::AppDeletion | Self::SigningKeyRotation => {
                Schedule::Every(Duration::from_hours(1))
            }
        }
    }
}

impl Schedule {
    /// The first time that the job is due after this instant.
    pub fn next_after(self, instant: Timestamp) -> Timestamp {
        match self {
            Self::Every(pause) => instant + pause,
            Self::Daily { hour, .. } => {
                let day = instant.to_zoned(TimeZone::UTC).date();
                let at = |day: jiff::civil::Date| {
                    day.at(hour, 0, 0, 0)
                        .to_zoned(TimeZone::UTC)
                        .map_or(Timestamp::MAX, |then| then.timestamp())
                };
                let today = at(day);
                if today > instant {
                    today
                } else {
                    day.tomorrow().map_or(Timestamp::MAX, at)
                }
            }
        }
    }

    /// When a server that starts at this instant runs the job first.
    pub fn first(self, started: Timestamp) -> Timestamp {
        match self {
            Self::Daily {
                catch_up: false, ..
            } => self.next_after(started),
            _ => started,
        }
    }
}

/// Which jobs are due next on this node.
#[derive(Clone, Debug)]
pub struct Agenda(BTreeMap<Job, Timestamp>);

impl Agenda {
    /// The agenda of a node that starts at this instant.
    pub fn new(started: Timestamp) -> Self {
        let jobs = Job::ALL.into_iter();
        Self(
            jobs.map(|job| (job, job.schedule().first(started)))
                .collect(),
        )
    }

    /// The jobs that are due.
    pub fn due(&self, now: Timestamp) -> Vec<Job> {
        let due = self.0.iter().filter(|(_, at)| **at <= now);
        due.map(|(job, _)| *job).collect()
    }

    /// Puts a job off until then.
    pub fn put_off(&mut self, job: Job, until: Timestamp) {
        self.0.insert(job, until);
    }
}

/// The jobs of one node.
pub struct Jobs {
    service: Arc<Service>,
    holder: Uuid,
    agenda: Agenda,
}

impl Jobs {
    /// The jobs of a node that starts now.
    pub fn new(service: Arc<Service>) -> Self {
        Self {
            holder: service.entropy.uuid(),
            agenda: Agenda::new(service.now()),
            service,
        }
    }

    /// Runs what is due and has no other node running it, and tells which jobs ran to their end. Errors are logged: the
    /// job is tried again.
    pub async fn run_due(&mut self) -> Vec<Job> {
        let mut done = Vec::new();
        for job in self.agenda.due(self.service.now()) {
            match self.run_leased(job).await {
                Ok(true) => done.push(job),
                Ok(false) => self.agenda.put_off(job, self.service.now() + AGAIN),
                Err(error) => {
                    tracing::error!(
                        job = job.as_str(),
                        error = &error as &dyn std::error::Error,
                        "a job failed; it is tried again"
                    );
                    self.agenda.put_off(job, self.service.now() + AGAIN);
                }
            }
        }
        done
    }

    async fn run_leased(&mut self, job: Job) -> Result<bool, Error> {
        let (store, began) = (&self.service.store, self.service.now());
        let lease = |now, until| store.take_lease(job.as_str(), self.holder, now, until);
        if !lease(began, began + LEASE).await? {
            return Ok(false);
        }
        if let Err(error) = self.service.run_job(job).await {
            let now = self.service.now();
            lease(now, now + AGAIN).await?;
            return Err(error);
        }
        let (now, next) = (self.service.now(), job.schedule().next_after(began));
        lease(now, next).await?;
        self.agenda.put_off(job, next);
        Ok(true)
    }

    /// Runs jobs and tells webhooks of events, until `stop` is there.
    pub async fn run_until(mut self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = &mut stop => return,
                _ = tick.tick() => (),
            }
            self.run_due().await;
            self.deliver().await;
        }
    }

    async fn deliver(&self) {
        loop {
            match self.service.deliver_webhooks().await {
                Ok(0) => return,
                Ok(_) => (),
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "webhooks could not be told"
                    );
                    return;
                }
            }
        }
    }
}

/// Deletes rows, [`STEP`] at the most in one step, until a step finds fewer. Gives how many there were.
async fn in_steps<F>(mut step: impl FnMut() -> F) -> Result<u64, StoreError>
where
    F: Future<Output = Result<u64, StoreError>>,
{
    let mut deleted = 0;
    loop {
        let found = step().await?;
        deleted += found;
        if found < u64::from(STEP) {
            return Ok(deleted);
        }
    }
}

impl Service {
    /// Runs a job now, whoever else may be running it.
    pub async fn run_job(&self, job: Job) -> Result<(), Error> {
        match job {
            Job::EventRetention => self.delete_old_events().await,
            Job::Reports => self.write_reports().await,
            Job::LinkRetention => self.delete_old_links().await,
            Job::CeremonySweep => self.sweep().await,
            Job::AppDeletion => self.delete_due_apps().await,
            Job::TransactionRetention => self.delete_old_transactions().await,
            Job::SigningKeyRotation => self.rotate_old_signing_keys().await,
        }
    }

    async fn delete_old_events(&self) -> Result<(), Error> {
        let now = self.now();
        for tenant in self.store.tenants().await? {
            let days = i64::from(tenant.settings.event_logging_retention_period);
            let kept = SignedDuration::from_hours(24 * days);
            let before = now.checked_sub(kept).unwrap_or(Timestamp::MIN);
            let step = || self.store.delete_events_before(&tenant.id, before, STEP);
            let deleted = in_steps(step).await?;
            if deleted > 0 {
                tracing::info!(tenant = %tenant.id, deleted, "old events were deleted");
            }
        }
        Ok(())
    }

    async fn write_reports(&self) -> Result<(), Error> {
        for tenant in self.store.tenants().await? {
            self.write_report(&tenant.id).await?;
        }
        Ok(())
    }

    async fn delete_old_links(&self) -> Result<(), Error> {
        let before = self.now() - RECORDED_FOR;
        in_steps(|| self.store.delete_links_before(before, STEP)).await?;
        Ok(())
    }

    async fn delete_old_transactions(&self) -> Result<(), Error> {
        let Some(kept) = self.settings.transaction_retention else {
            return Ok(());
        };
        let kept = SignedDuration::try_from(kept).unwrap_or(SignedDuration::MAX);
        let before = self.now().checked_sub(kept).unwrap_or(Timestamp::MIN);
        let deleted = in_steps(|| self.store.delete_transactions_before(before, STEP)).await?;
        if deleted > 0 {
            tracing::info!(deleted, "old transactions were deleted");
        }
        Ok(())
    }

    async fn sweep(&self) -> Result<(), Error> {
        let now = self.now();
        in_steps(|| self.store.sweep_ceremonies(now, STEP)).await?;
        in_steps(|| self.store.sweep_sessions(now, STEP)).await?;
        in_steps(|| self.store.sweep_attempts(now, STEP)).await?;
        in_steps(|| self.store.sweep_codes(now, STEP)).await?;
        self.clear_deleted_apps().await
    }

    async fn delete_due_apps(&self) -> Result<(), Error> {
        if !self.settings.delete_expired_apps {
            return Ok(());
        }
        for app in self.apps_due_for_deletion().await? {
            match self.delete_due_app(&app).await {
                Ok(_) => tracing::info!(%app, "an app whose time had come was deleted"),
                // Somebody cancelled or was faster.
                Err(Error::AppNotFound | Error::AppNotPendingDeletion) => (),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_daily_job_is_due_at_its_hour_of_utc_once_a_day() {
        let reports = Job::Reports.schedule();
        for (after, next) in [
            ("2026-01-02T21:59:59.999Z", "2026-01-02T22:00:00Z"),
            ("2026-01-02T22:00:00Z", "2026-01-03T22:00:00Z"),
            ("2026-02-28T23:00:00Z", "2026-03-01T22:00:00Z"),
        ] {
            assert_eq!(reports.next_after(at(after)), at(next), "{after}");
        }
        let retention = Job::EventRetention.schedule();
        assert_eq!(
            retention.next_after(at("2026-01-02T00:00:00Z")),
            at("2026-01-03T00:00:00Z")
        );
    }

    #[test]
    fn a_server_that_starts_makes_up_for_clean_ups_but_not_for_reports() {
        let started = at("2026-01-02T10:00:00Z");
        let agenda = Agenda::new(started);
        assert_eq!(
            agenda.due(started),
            [
                Job::EventRetention,
                Job::LinkRetention,
                Job::CeremonySweep,
                Job::AppDeletion,
                Job::TransactionRetention,
                Job::SigningKeyRotation
            ]
        );
        let evening = at("2026-01-02T22:00:00Z");
        assert!(agenda.due(evening).contains(&Job::Reports));
    }
}
