use std::{future::Future, sync::Arc};

use async_trait::async_trait;
use passkeyd_domain::ports::Store;
use tokio::sync::Barrier;

/// A backend under test, with a database that is its own and empty.
#[async_trait]
pub trait Backend: Send {
    /// The store that is open now.
    fn store(&self) -> Arc<dyn Store>;

    /// Closes the store and opens it again on the same data; a backend without durability does nothing.
    async fn reopen(&mut self);
}

/// Runs a clause on a freshly opened backend, on a runtime of two threads. Where `open` gives none, which it should say,
/// nothing is run.
///
/// # Panics
/// As the clause does, and where there can be no runtime.
#[expect(clippy::expect_used, reason = "a test without a runtime has failed")]
pub fn run<O>(open: impl FnOnce() -> O, clause: impl AsyncFnOnce(&mut dyn Backend))
where
    O: Future<Output = Option<Box<dyn Backend>>>,
{
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(async {
            if let Some(mut backend) = open().await {
                clause(&mut *backend).await;
            }
        });
}

/// Runs the futures at once and gives what they came to, in the order in which they were given.
#[expect(
    clippy::expect_used,
    reason = "a racer that panics has failed its clause"
)]
pub(crate) async fn race<T: Send + 'static>(
    racers: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let racers: Vec<_> = racers.into_iter().collect();
    let line = Arc::new(Barrier::new(racers.len()));
    let mut running = Vec::new();
    for racer in racers {
        let line = Arc::clone(&line);
        running.push(tokio::spawn(async move {
            line.wait().await;
            racer.await
        }));
    }
    let mut outcomes = Vec::new();
    for racer in running {
        outcomes.push(racer.await.expect("no racer panics"));
    }
    outcomes
}

/// How many of the outcomes are this.
pub(crate) fn count<T: PartialEq>(outcomes: &[T], wanted: &T) -> usize {
    outcomes.iter().filter(|outcome| *outcome == wanted).count()
}

/// Defines clauses and a macro that makes a `#[test]` of each. The first token is a dollar sign, which the inner macro
/// needs.
macro_rules! clauses {
    ($d:tt $tests:ident $module:ident; $(
        $(#[$doc:meta])*
        async fn $name:ident($store:ident: $kind:ident) $body:block
    )+) => {
        $(
            $(#[$doc])*
            ///
            /// # Panics
            /// Where the backend breaks the promise.
            pub async fn $name(backend: &mut dyn $crate::Backend) {
                $crate::running::clauses!(@given $store backend $kind);
                $body
            }
        )+

        #[doc(hidden)]
        #[macro_export]
        macro_rules! $tests {
            ($d open:expr) => {
                $(
                    #[test]
                    fn $name() {
                        $crate::run($d open, $crate::clauses::$module::$name);
                    }
                )+
            };
        }
    };
    (@given $store:ident $backend:ident Store) => {
        let $store = $backend.store();
    };
    (@given $store:ident $backend:ident Backend) => {
        let $store = $backend;
    };
}

pub(crate) use clauses;
