//! The real clock and the real randomness.

use passkeyd_domain::{
    Timestamp,
    ports::{Clock, Entropy},
};
use ring::rand::{SecureRandom as _, SystemRandom};

/// The clock of the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock port's adapter"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The randomness of the operating system.
#[derive(Clone, Debug)]
pub(crate) struct SystemEntropy(SystemRandom);

impl SystemEntropy {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the entropy port's adapter"
    )]
    pub(crate) fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        if self.0.fill(buffer).is_err() {
            crate::output::complain("the operating system gives no randomness");
            std::process::abort();
        }
    }
}
