//! A connection, and the runtime that drives it on the thread that owns it.

use std::{
    cell::RefCell,
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::connection::SimpleConnection;
use diesel_async::{
    AsyncPgConnection,
    async_connection_wrapper::{AsyncConnectionWrapper, BlockOn},
};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::AbortHandle,
};

use super::connector::Connector;

pub(crate) type Conn = AsyncConnectionWrapper<AsyncPgConnection, Driver>;

/// The server ends a statement after this time; we end the connection if it does not even do that.
const SETTINGS: &str = "SET statement_timeout = '10s'; SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '30s'";
const ANSWER: Duration = Duration::from_secs(15);

/// A connection that was not used for so long is looked at before it is used again.
const IDLE: Duration = Duration::from_millis(500);

/// An open connection.
pub(crate) struct Link {
    conn: Conn,
    runtime: Arc<Runtime>,
    lost: Arc<AtomicBool>,
    last_used: Instant,
}

impl Link {
    /// Connects, on a runtime of its own that only runs while somebody waits for an answer: a statement then costs no
    /// change of threads.
    ///
    /// `settings` are statements that this connection begins with, besides those of all connections.
    pub(crate) fn connect(
        connector: &Connector,
        settings: &str,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let runtime = Arc::new(Builder::new_current_thread().enable_all().build()?);
        let lost = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&lost);
        let (client, task) = runtime.block_on(async {
            let (client, connection) = connector.connect().await?;
            let task = tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::warn!(%error, "a connection to the database was lost");
                }
                told.store(true, Ordering::Release);
            });
            Ok::<_, Box<dyn Error + Send + Sync>>((client, task))
        })?;
        let inner = runtime.block_on(AsyncPgConnection::try_from(client))?;
        let driver = Driver {
            runtime: Some(Arc::clone(&runtime)),
            task: Some(task.abort_handle()),
        };
        NEXT.set(Some(driver));
        let mut conn = Conn::from(inner);
        conn.batch_execute(&format!("{SETTINGS}; {settings}"))?;
        Ok(Self {
            conn,
            runtime,
            lost,
            last_used: Instant::now(),
        })
    }

    /// The connection, to be used now.
    pub(crate) fn conn(&mut self) -> &mut Conn {
        self.last_used = Instant::now();
        &mut self.conn
    }

    /// Did the server end it?
    pub(crate) fn is_lost(&mut self) -> bool {
        if self.last_used.elapsed() > IDLE {
            // Nothing was read while nobody waited; this has the runtime look.
            self.runtime.block_on(async {
                tokio::task::yield_now().await;
                tokio::task::yield_now().await;
            });
        }
        self.lost.load(Ordering::Acquire)
    }
}

thread_local! {
    /// How a driver reaches the connection that is being made: diesel-async asks for one without a word.
    static NEXT: RefCell<Option<Driver>> = const { RefCell::new(None) };
}

/// Waits for answers of one connection.
pub(crate) struct Driver {
    runtime: Option<Arc<Runtime>>,
    task: Option<AbortHandle>,
}

impl BlockOn for Driver {
    fn block_on<F: Future>(&self, answer: F) -> F::Output {
        let patient = async {
            let mut answer = std::pin::pin!(answer);
            if let Ok(answer) = tokio::time::timeout(ANSWER, answer.as_mut()).await {
                return answer;
            }
            // Without its task the connection is closed, and so the answer is that it is.
            if let Some(task) = &self.task {
                task.abort();
            }
            answer.await
        };
        match &self.runtime {
            Some(runtime) => runtime.block_on(patient),
            None => Handle::current().block_on(patient),
        }
    }

    fn get_runtime() -> Self {
        NEXT.take().unwrap_or(Self {
            runtime: None,
            task: None,
        })
    }
}
