//! What other servers' databases hold, in the domain's words.

pub mod passwordless;
