//! Sign-ins that come at once are recorded together: the group costs one round trip and one commit.

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{self, Receiver, SyncSender},
};

use passkeyd_domain::{
    TenantId,
    ports::{SignInOutcome, SignInRecord, StoreError},
};
use tokio::sync::oneshot;

use super::{Session, sign_ins::record_sign_ins};
use crate::{
    error::{Failure, Unanswered},
    workers::{Limits, Slot as _, Ticket, enqueue, start_thread},
};

/// How many sign-ins are recorded together at most.
const GROUP: usize = 64;

/// How many are looked at to find them: some may wait for others.
const DRAWN: usize = 4 * GROUP;

/// What the recorder's connection begins with. Rows are found by their indexes, however small their tables were when the
/// statement was planned. Nobody's lock holds up the sign-ins of all.
pub(crate) const SETTINGS: &str = "SET enable_seqscan = off; SET lock_timeout = '300ms'";

/// A sign-in of a tenant.
pub(crate) struct SignIn {
    pub(crate) tenant: TenantId,
    pub(crate) record: SignInRecord,
}

/// What became of a sign-in.
pub(crate) enum Answer {
    /// It was recorded or refused.
    Outcome(SignInOutcome),
    /// The group failed, nothing is recorded: it may be recorded by itself.
    Alone(Box<SignIn>),
}

type Reply = Result<Answer, StoreError>;

/// The thread that records, and its queue. Dropping it lets the thread finish what waits and end.
pub(crate) struct Recorder {
    queue: SyncSender<Waiting>,
    limits: Limits,
}

/// The channel keeps room for all that may wait, and so it is small.
struct Waiting {
    sign_in: Box<SignIn>,
    ticket: Ticket,
    reply: oneshot::Sender<Reply>,
}

impl Recorder {
    /// Starts the thread, which owns a connection.
    pub(crate) fn start(mut session: Session, limits: Limits) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::sync_channel(limits.waiting);
        start_thread("postgres-record".to_owned(), move || {
            record_groups(&mut session, &waiting);
        })?;
        Ok(Self { queue, limits })
    }

    /// Records a sign-in; answers once it is committed.
    pub(crate) async fn record(&self, sign_in: SignIn) -> Reply {
        let (reply, answer) = oneshot::channel();
        let ticket = Ticket::default();
        let waiting = Waiting {
            sign_in: Box::new(sign_in),
            ticket: ticket.clone(),
            reply,
        };
        enqueue(&self.queue, waiting)?;
        ticket.wait(answer, self.limits).await
    }
}

fn record_groups(session: &mut Session, queue: &Receiver<Waiting>) {
    let mut waiting = Vec::new();
    loop {
        if waiting.is_empty() {
            match queue.recv() {
                Ok(first) => waiting.push(first),
                Err(_) => return,
            }
        }
        let room = DRAWN.saturating_sub(waiting.len());
        waiting.extend(queue.try_iter().take(room));
        waiting.retain(|waiting| !waiting.ticket.is_given_up());
        let (group, later) = independent(waiting);
        waiting = later;
        let (sign_ins, replies): (Vec<_>, Vec<_>) = group
            .into_iter()
            .filter(|waiting| waiting.ticket.begin())
            .map(|waiting| (*waiting.sign_in, waiting.reply))
            .unzip();
        for (reply, outcome) in replies.into_iter().zip(record(session, sign_ins)) {
            // Whoever asked may have left.
            drop(reply.send(outcome));
        }
    }
}

/// Those that one statement can record, and those that wait: for room, or for one that uses the same session or credential.
fn independent(waiting: Vec<Waiting>) -> (Vec<Waiting>, Vec<Waiting>) {
    let (mut sessions, mut credentials) = (HashSet::new(), HashSet::new());
    let mut room = GROUP;
    let (mut group, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|waiting| {
        let SignIn { tenant, record } = &*waiting.sign_in;
        // Both are noted of one that waits, too, so that none overtakes it.
        let new_session = sessions.insert((tenant.clone(), record.consumption.id));
        let new_credential = credentials.insert((tenant.clone(), record.credential_id.clone()));
        let taken = new_session && new_credential && room > 0;
        room = room.saturating_sub(usize::from(taken));
        taken
    });
    // All nodes lock credentials in the same order, so that none waits for one that waits for it.
    group.sort_by(|one, other| key(&one.sign_in).cmp(&key(&other.sign_in)));
    (group, later)
}

fn key(sign_in: &SignIn) -> (&str, &[u8]) {
    let SignIn { tenant, record } = sign_in;
    (tenant.as_str(), record.credential_id.as_bytes())
}

/// The answers, in the order of the sign-ins.
fn record(session: &mut Session, sign_ins: Vec<SignIn>) -> Vec<Reply> {
    if sign_ins.is_empty() {
        return Vec::new();
    }
    let recorded = catch_unwind(AssertUnwindSafe(|| {
        session.attempt(&|conn: &mut _| record_sign_ins(conn, &sign_ins))
    }));
    let unanswered = match recorded {
        Ok(Ok(outcomes)) => {
            let outcomes = outcomes.into_iter();
            return outcomes
                .map(|outcome| Ok(Answer::Outcome(outcome)))
                .collect();
        }
        // Whether it was committed nobody knows.
        Ok(Err(failure)) if failure.is_connection_lost() => Unanswered::ConnectionLost,
        Ok(Err(Failure::Unreachable(_))) => Unanswered::NoConnection,
        Ok(Err(failure)) => {
            let error = StoreError::from(failure);
            tracing::warn!(%error, sign_ins = sign_ins.len(), "sign-ins are recorded one by one");
            let alone = sign_ins.into_iter();
            return alone
                .map(|sign_in| Ok(Answer::Alone(Box::new(sign_in))))
                .collect();
        }
        Err(_) => {
            session.discard();
            Unanswered::Panicked
        }
    };
    sign_ins.iter().map(|_| Err(unanswered.into())).collect()
}
