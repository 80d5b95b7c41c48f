//! PostgreSQL: a few threads with a connection each, tokio-postgres behind diesel's synchronous traits.

mod connector;
pub(crate) mod dialect;
mod link;
#[expect(
    clippy::duplicate_mod,
    reason = "one source of queries, compiled once for each database"
)]
#[path = "queries/mod.rs"]
pub(crate) mod queries;
mod recorder;
mod sign_ins;
mod tls;

use std::{sync::Arc, time::Duration};

use diesel::Connection;
use passkeyd_domain::{
    Event, TenantId,
    ports::{SignInOutcome, SignInRecord, StoreError},
};

use self::{
    connector::Connector,
    link::Link,
    recorder::{Answer, Recorder, SignIn},
};
use crate::{
    error::{Failure, OpenError},
    open::Options,
    rows::Read,
    workers::{Limits, Slot, Workers},
};

pub(crate) use link::Conn;

/// A pool of connections to a PostgreSQL database.
pub(crate) struct Postgres {
    workers: Workers<Session>,
    recorder: Recorder,
}

const LIMITS: Limits = Limits {
    waiting: 8192,
    begin_within: Duration::from_secs(10),
    // Each statement has its own limit.
    answer_within: None,
};

/// How often a unit of work that lost a race is done again.
const ATTEMPTS: usize = 3;

impl Postgres {
    /// Makes the pool; each thread connects when it first has something to do.
    pub(crate) fn open(url: &str, options: &Options) -> Result<Self, OpenError> {
        let failed = |error: std::io::Error| OpenError::Connect(error.into());
        let connector = Arc::new(Connector::parse(url)?);
        let session = move |settings| Session {
            connector: Arc::clone(&connector),
            settings,
            link: None,
        };
        let recorder = Recorder::start(session(recorder::SETTINGS), LIMITS).map_err(failed)?;
        // One of the connections is the recorder's.
        let sessions = options.sessions().saturating_sub(1).max(1);
        let workers =
            Workers::start("postgres", sessions, LIMITS, move || session("")).map_err(failed)?;
        Ok(Self { workers, recorder })
    }

    /// A connection of one's own, for what is done once.
    pub(crate) fn connect_apart(url: &str) -> Result<Link, OpenError> {
        Link::connect(&Connector::parse(url)?, "").map_err(OpenError::Connect)
    }

    /// Reads outside a transaction: each statement sees what was committed before it.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Conn) -> Read<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.workers
            .run(move |session| {
                // What only reads can be asked again, should the connection have been lost.
                session
                    .attempt(&work)
                    .or_else(|failure| {
                        if failure.is_connection_lost() {
                            session.attempt(&work)
                        } else {
                            Err(failure)
                        }
                    })
                    .map_err(StoreError::from)
            })
            .await
    }

    /// Runs a unit of work in a transaction.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Conn) -> Read<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.write_at_once(move |conn| conn.transaction(&work))
            .await
    }

    /// Runs a unit of work that is a single statement, and thereby a transaction of itself.
    pub(crate) async fn write_at_once<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Conn) -> Read<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.workers
            .run(move |session| {
                let mut attempt = 1;
                loop {
                    match session.attempt(&work) {
                        Err(failure) if failure.is_lost_race() && attempt < ATTEMPTS => {
                            attempt += 1;
                        }
                        outcome => return outcome.map_err(StoreError::from),
                    }
                }
            })
            .await
    }

    /// Records a sign-in, together with those that come at the same time.
    pub(crate) async fn record_sign_in(
        &self,
        tenant: TenantId,
        record: SignInRecord,
    ) -> Result<SignInOutcome, StoreError> {
        let notifies = |event: &Event| !event.notify.is_empty();
        if record.used_device.is_some()
            || record.transaction.is_some()
            || record.event.as_ref().is_some_and(notifies)
        {
            return self
                .write(move |conn| queries::credentials::record_sign_in(conn, &tenant, &record))
                .await;
        }
        match self.recorder.record(SignIn { tenant, record }).await? {
            Answer::Outcome(outcome) => Ok(outcome),
            Answer::Alone(sign_in) => {
                self.write_at_once(move |conn| sign_ins::record_alone(conn, &sign_in))
                    .await
            }
        }
    }
}

/// What a thread of the pool owns.
struct Session {
    connector: Arc<Connector>,
    settings: &'static str,
    link: Option<Link>,
}

impl Session {
    fn attempt<T>(&mut self, work: &impl Fn(&mut Conn) -> Read<T>) -> Read<T> {
        if self.link.as_mut().is_some_and(Link::is_lost) {
            self.link = None;
        }
        let link = match &mut self.link {
            Some(link) => link,
            none => none.insert(
                Link::connect(&self.connector, self.settings).map_err(Failure::Unreachable)?,
            ),
        };
        let outcome = work(link.conn());
        if matches!(&outcome, Err(failure) if failure.is_connection_lost()) {
            self.link = None;
        }
        outcome
    }
}

impl Slot for Session {
    fn discard(&mut self) {
        self.link = None;
    }
}
