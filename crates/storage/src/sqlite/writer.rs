//! The one writer: what waits is committed together, so that a group of writes costs one sync.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{self, SyncSender},
    thread,
    time::Duration,
};

use diesel::{
    Connection, RunQueryDsl,
    connection::{TransactionDepthChange, TransactionManager, TransactionManagerStatus},
};
use passkeyd_domain::ports::StoreError;
use tokio::sync::oneshot;

use super::Conn;
use crate::{
    error::{Unanswered, is_busy},
    rows::Read,
    statement::statement,
    workers::{Limits, Ticket, enqueue, start_thread},
};

/// How many writes are committed together at most.
const GROUP: usize = 128;

/// How often a unit of work that lost a race is done again.
const ATTEMPTS: usize = 3;

/// Told once the fate of the group is known.
type Ack = Box<dyn FnOnce(bool) + Send>;

/// One unit of work. Done in a savepoint; none: the transaction around it is gone, and with it the whole group.
type Job = Box<dyn FnOnce(&mut Conn) -> Option<Ack> + Send>;

pub(crate) struct Writer {
    queue: SyncSender<Job>,
    limits: Limits,
}

impl Writer {
    pub(crate) fn start(mut conn: Conn, limits: Limits) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::sync_channel(limits.waiting);
        start_thread("sqlite-write".to_owned(), move || {
            commit_groups(&mut conn, &jobs);
        })?;
        Ok(Self { queue, limits })
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Conn) -> Read<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let ticket = Ticket::default();
        let taken = ticket.clone();
        let job: Job = Box::new(move |conn| {
            if !taken.begin() {
                return Some(Box::new(|_| ()));
            }
            let outcome = in_savepoint(conn, &work)?;
            Some(Box::new(move |committed| {
                let answer = if committed {
                    outcome
                } else {
                    Err(Unanswered::NotCommitted.into())
                };
                drop(reply.send(answer));
            }))
        });
        enqueue(&self.queue, job)?;
        ticket.wait(answer, self.limits).await
    }
}

fn run(conn: &mut Conn, sql: &'static str) -> diesel::QueryResult<usize> {
    statement::<()>(sql).execute(conn)
}

fn commit_groups(conn: &mut Conn, jobs: &mpsc::Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        if let Err(error) = begin(conn) {
            tracing::error!(%error, "a write transaction can't begin");
            // The jobs are dropped, which tells whoever waits; without a pause a broken disk would keep us spinning.
            thread::sleep(Duration::from_millis(50));
            continue;
        }
        let mut acks = Vec::new();
        let mut intact = true;
        for job in std::iter::once(first).chain(jobs.try_iter()).take(GROUP) {
            let Some(ack) = job(conn) else {
                intact = false;
                break;
            };
            acks.push(ack);
        }
        let committed = intact && commit(conn);
        note_transaction(conn, false);
        for ack in acks {
            ack(committed);
        }
    }
}

/// Tells diesel whether a transaction is open, since ours are begun and ended by statements that are prepared once; a
/// transaction inside is then a savepoint.
fn note_transaction(conn: &mut Conn, open: bool) {
    let mut status = TransactionManagerStatus::default();
    if let (true, TransactionManagerStatus::Valid(valid)) = (open, &mut status) {
        // From no transaction to one there is always a way.
        drop(valid.change_transaction_depth(TransactionDepthChange::IncreaseDepth));
    }
    *<Conn as Connection>::TransactionManager::transaction_manager_status_mut(conn) = status;
}

/// Another process that writes is no error: it will be done.
fn begin(conn: &mut Conn) -> diesel::QueryResult<()> {
    loop {
        match run(conn, "BEGIN IMMEDIATE") {
            Ok(_) => {
                note_transaction(conn, true);
                return Ok(());
            }
            Err(error) if is_busy(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

fn commit(conn: &mut Conn) -> bool {
    match run(conn, "COMMIT") {
        Ok(_) => true,
        Err(error) => {
            tracing::error!(%error, "a group of writes was not committed");
            // Where SQLite has rolled back by itself there is nothing left to do, and it says so.
            drop(run(conn, "ROLLBACK"));
            false
        }
    }
}

/// Runs a unit of work so that it leaves all of itself or nothing. None: the transaction is gone.
fn in_savepoint<T>(
    conn: &mut Conn,
    work: &impl Fn(&mut Conn) -> Read<T>,
) -> Option<Result<T, StoreError>> {
    let mut attempt = 1;
    loop {
        run(conn, "SAVEPOINT job").ok()?;
        let outcome = catch_unwind(AssertUnwindSafe(|| work(conn)));
        if let Ok(Ok(done)) = outcome {
            run(conn, "RELEASE job").ok()?;
            return Some(Ok(done));
        }
        let undone = run(conn, "ROLLBACK TO job").and_then(|_| run(conn, "RELEASE job"));
        if undone.is_err() {
            drop(run(conn, "ROLLBACK"));
            return None;
        }
        match outcome {
            Ok(Err(failure)) if failure.is_lost_race() && attempt < ATTEMPTS => attempt += 1,
            Ok(Err(failure)) => return Some(Err(failure.into())),
            _ => return Some(Err(Unanswered::Panicked.into())),
        }
    }
}
