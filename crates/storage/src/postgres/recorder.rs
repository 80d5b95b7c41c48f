//! Sign-ins that come at once are recorded together: the group costs one round trip and one commit.

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{self, Receiver, SyncSender, TrySendError},
    thread,
};

use passkeyd_domain::{
    TenantId,
    ports::{SignInOutcome, SignInRecord, StoreError},
};
use tokio::sync::oneshot;

use super::{ATTEMPTS, Session, sign_ins::record_sign_ins};
use crate::{
    error::Unanswered,
    workers::{Limits, STACK, Slot as _, Ticket},
};

/// How many sign-ins are recorded together at most.
const GROUP: usize = 64;

/// A sign-in of a tenant.
pub(crate) struct SignIn {
    pub(crate) tenant: TenantId,
    pub(crate) record: SignInRecord,
}

type Outcome = Result<SignInOutcome, StoreError>;

/// The thread that records, and its queue. Dropping it lets the thread finish what waits and end.
pub(crate) struct Recorder {
    /// Boxed, since the channel keeps room for all that may wait.
    queue: SyncSender<Box<Waiting>>,
    limits: Limits,
}

struct Waiting {
    sign_in: SignIn,
    ticket: Ticket,
    reply: oneshot::Sender<Outcome>,
}

impl Recorder {
    /// Starts the thread, which owns a connection.
    pub(crate) fn start(mut session: Session, limits: Limits) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::sync_channel(limits.waiting);
        thread::Builder::new()
            .name("postgres-record".to_owned())
            .stack_size(STACK)
            .spawn(move || record_groups(&mut session, &waiting))?;
        Ok(Self { queue, limits })
    }

    /// Records a sign-in; answers once it is committed.
    pub(crate) async fn record(&self, sign_in: SignIn) -> Outcome {
        let (reply, answer) = oneshot::channel();
        let ticket = Ticket::default();
        let waiting = Box::new(Waiting {
            sign_in,
            ticket: ticket.clone(),
            reply,
        });
        self.queue
            .try_send(waiting)
            .map_err(|refused| match refused {
                TrySendError::Full(_) => StoreError::Busy,
                TrySendError::Disconnected(_) => Unanswered::WorkerEnded.into(),
            })?;
        ticket.wait(answer, self.limits).await
    }
}

fn record_groups(session: &mut Session, queue: &Receiver<Box<Waiting>>) {
    let mut waiting = Vec::new();
    loop {
        if waiting.is_empty() {
            match queue.recv() {
                Ok(first) => waiting.push(first),
                Err(_) => return,
            }
        }
        let room = GROUP.saturating_sub(waiting.len());
        waiting.extend(queue.try_iter().take(room));
        let (group, later) = independent(waiting);
        waiting = later;
        let (sign_ins, replies): (Vec<_>, Vec<_>) = group
            .into_iter()
            .filter(|waiting| waiting.ticket.begin())
            .map(|waiting| (waiting.sign_in, waiting.reply))
            .unzip();
        for (reply, outcome) in replies.into_iter().zip(record(session, &sign_ins)) {
            // Whoever asked may have left; it is done all the same.
            drop(reply.send(outcome));
        }
    }
}

/// Those that one statement can record, and those that wait for one of them since they use the same session or credential.
fn independent(waiting: Vec<Box<Waiting>>) -> (Vec<Box<Waiting>>, Vec<Box<Waiting>>) {
    let (mut sessions, mut credentials) = (HashSet::new(), HashSet::new());
    let (mut group, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|waiting| {
        let SignIn { tenant, record } = &waiting.sign_in;
        let new_session = sessions.insert((tenant.clone(), record.consumption.id));
        let new_credential = credentials.insert((tenant.clone(), record.credential_id.clone()));
        new_session && new_credential
    });
    // All nodes lock rows in the same order, so that none waits for one that waits for it.
    group.sort_by(|one, other| key(&one.sign_in).cmp(&key(&other.sign_in)));
    (group, later)
}

fn key(sign_in: &SignIn) -> (&str, &[u8]) {
    let SignIn { tenant, record } = sign_in;
    (tenant.as_str(), record.credential_id.as_bytes())
}

/// The outcomes, in the order of the sign-ins.
fn record(session: &mut Session, sign_ins: &[SignIn]) -> Vec<Outcome> {
    if sign_ins.is_empty() {
        return Vec::new();
    }
    match together(session, sign_ins) {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
        // None is refused for another's sake.
        Err(StoreError::Refused(_)) if sign_ins.len() > 1 => sign_ins
            .chunks(1)
            .flat_map(|sign_in| record(session, sign_in))
            .collect(),
        Err(error) => {
            if sign_ins.len() > 1 {
                tracing::warn!(%error, sign_ins = sign_ins.len(), "a group of sign-ins was not recorded");
            }
            let others = sign_ins.iter().skip(1);
            let others = others.map(|_| Err(Unanswered::NotCommitted.into()));
            std::iter::once(Err(error)).chain(others).collect()
        }
    }
}

fn together(session: &mut Session, sign_ins: &[SignIn]) -> Result<Vec<SignInOutcome>, StoreError> {
    let mut attempt = 1;
    loop {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            session.attempt(&|conn: &mut _| record_sign_ins(conn, sign_ins))
        }));
        match outcome {
            Ok(Ok(outcomes)) => return Ok(outcomes),
            Ok(Err(failure)) if failure.is_lost_race() && attempt < ATTEMPTS => attempt += 1,
            Ok(Err(failure)) => return Err(failure.into()),
            Err(_) => {
                session.discard();
                return Err(Unanswered::Panicked.into());
            }
        }
    }
}
