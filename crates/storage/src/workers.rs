//! Threads that each own a connection and take units of work from one queue.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
        mpsc::{SyncSender, TrySendError},
    },
    thread,
    time::Duration,
};

use passkeyd_domain::ports::StoreError;
use tokio::sync::oneshot;

use crate::error::Unanswered;

/// What a worker owns: a connection, or what it takes to get one.
pub(crate) trait Slot: 'static {
    /// Called after a unit of work panicked: nothing that the slot holds can be trusted.
    fn discard(&mut self);
}

type Job<S> = Box<dyn FnOnce(&mut S) + Send>;

/// A bounded queue and the threads that empty it. Dropping it lets them finish what waits and end.
pub(crate) struct Workers<S> {
    queue: Arc<Queue<S>>,
    limits: Limits,
}

/// How much waits, and how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// More than this is refused.
    pub(crate) waiting: usize,
    /// Work that was not begun by then is given up.
    pub(crate) begin_within: Duration,
    /// An answer that did not come by then is not waited for any longer; none: the engine itself sees to it.
    pub(crate) answer_within: Option<Duration>,
}

struct Queue<S> {
    state: Mutex<QueueState<S>>,
    filled: Condvar,
}

struct QueueState<S> {
    jobs: VecDeque<Job<S>>,
    closed: bool,
}

impl<S> Queue<S> {
    fn lock(&self) -> MutexGuard<'_, QueueState<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Job<S>> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state = self
                .filled
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<S: Slot> Workers<S> {
    /// Starts so many threads; each makes its slot by itself.
    pub(crate) fn start(
        name: &str,
        count: usize,
        limits: Limits,
        slot: impl Fn() -> S + Send + Clone + 'static,
    ) -> std::io::Result<Self> {
        let queue = Arc::new(Queue {
            state: Mutex::new(QueueState {
                jobs: VecDeque::new(),
                closed: false,
            }),
            filled: Condvar::new(),
        });
        for number in 0..count {
            let (queue, slot) = (Arc::clone(&queue), slot.clone());
            start_thread(format!("{name}-{number}"), move || {
                let mut slot = slot();
                while let Some(job) = queue.next() {
                    job(&mut slot);
                }
            })?;
        }
        Ok(Self { queue, limits })
    }

    /// Has a worker do this, and gives its answer.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut S) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (ticket, answer, job) = ticketed(move |slot: &mut S| {
            catch_unwind(AssertUnwindSafe(|| work(slot))).unwrap_or_else(|_| {
                slot.discard();
                Err(Unanswered::Panicked.into())
            })
        });
        {
            let mut state = self.queue.lock();
            if state.jobs.len() >= self.limits.waiting {
                return Err(StoreError::Busy);
            }
            state.jobs.push_back(job);
        }
        self.queue.filled.notify_one();
        ticket.wait(answer, self.limits).await
    }
}

fn ticketed<S, T: Send + 'static>(
    work: impl FnOnce(&mut S) -> Result<T, StoreError> + Send + 'static,
) -> (Ticket, oneshot::Receiver<Result<T, StoreError>>, Job<S>) {
    let ticket = Ticket::default();
    let (reply, answer) = oneshot::channel();
    let taken = ticket.clone();
    let job: Job<S> = Box::new(move |slot| {
        if taken.begin() {
            // Whoever asked may have left; the work is done all the same.
            drop(reply.send(work(slot)));
        }
    });
    (ticket, answer, job)
}

impl<S> Drop for Workers<S> {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.filled.notify_all();
    }
}

/// The stack of a worker's thread: queries are shallow.
const STACK: usize = 512 * 1024;

/// Starts a thread that owns a connection.
pub(crate) fn start_thread(
    name: String,
    work: impl FnOnce() + Send + 'static,
) -> std::io::Result<()> {
    let thread = thread::Builder::new().name(name).stack_size(STACK);
    thread.spawn(work).map(drop)
}

/// Puts work into the bounded queue of such a thread.
pub(crate) fn enqueue<T>(queue: &SyncSender<T>, work: T) -> Result<(), StoreError> {
    queue.try_send(work).map_err(|refused| match refused {
        TrySendError::Full(_) => StoreError::Busy,
        TrySendError::Disconnected(_) => Unanswered::WorkerEnded.into(),
    })
}

/// Settles whether a unit of work was begun or given up: never both.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ticket(Arc<AtomicU8>);

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const GIVEN_UP: u8 = 2;

impl Ticket {
    /// True: it is ours to do.
    pub(crate) fn begin(&self) -> bool {
        self.settle(BEGUN)
    }

    fn give_up(&self) -> bool {
        self.settle(GIVEN_UP)
    }

    /// Nobody waits for it any more.
    pub(crate) fn is_given_up(&self) -> bool {
        self.0.load(Ordering::Acquire) == GIVEN_UP
    }

    fn settle(&self, outcome: u8) -> bool {
        self.0
            .compare_exchange(WAITING, outcome, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// Waits for the answer within the limits.
    pub(crate) async fn wait<T>(
        &self,
        mut answer: oneshot::Receiver<Result<T, StoreError>>,
        limits: Limits,
    ) -> Result<T, StoreError> {
        let ended = |_| StoreError::from(Unanswered::WorkerEnded);
        if let Ok(answered) = tokio::time::timeout(limits.begin_within, &mut answer).await {
            return answered.map_err(ended)?;
        }
        if self.give_up() {
            return Err(Unanswered::TimedOut.into());
        }
        match limits.answer_within {
            None => answer.await.map_err(ended)?,
            Some(limit) => tokio::time::timeout(limit, answer)
                .await
                .map_err(|_| StoreError::from(Unanswered::TimedOut))?
                .map_err(ended)?,
        }
    }
}
