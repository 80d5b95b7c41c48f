use async_trait::async_trait;
use thiserror::Error;
use uuid::Uuid;

use super::StoreError;
use crate::{CodePurpose, KeptCode, TenantId, Timestamp};

/// One-time codes, counted for all nodes together.
#[async_trait]
pub trait OneTimeCodes {
    /// Keeps a code in the place of the one before of the same subject and purpose. False: its user is gone.
    async fn keep_code(&self, code: KeptCode) -> Result<bool, StoreError>;

    /// Takes one of the guesses that are left and gives what is kept, to be compared; in it, `guesses` is what is left
    /// after this one. None: there is no code that is good at `now`, or no guess is left. Of any number at once no more
    /// than were left get the code.
    async fn guess_code(
        &self,
        tenant: &TenantId,
        subject: Uuid,
        purpose: CodePurpose,
        now: Timestamp,
    ) -> Result<Option<KeptCode>, StoreError>;

    /// Uses a code up, if it is still the one with this hash. False: somebody was faster. Of any number at once one gets
    /// true.
    async fn use_code(
        &self,
        tenant: &TenantId,
        subject: Uuid,
        purpose: CodePurpose,
        hash: &str,
    ) -> Result<bool, StoreError>;

    /// Is there a code that is good at `now` and has guesses left, and where did it go?
    async fn pending_code(
        &self,
        tenant: &TenantId,
        subject: Uuid,
        purpose: CodePurpose,
        now: Timestamp,
    ) -> Result<Option<KeptCode>, StoreError>;

    /// Makes a code void.
    async fn void_code(
        &self,
        tenant: &TenantId,
        subject: Uuid,
        purpose: CodePurpose,
    ) -> Result<(), StoreError>;

    /// Forgets codes that ended by `now`, at most `limit`; tells how many.
    async fn sweep_codes(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// A code on its way out.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeMessage {
    /// The tenant.
    pub app: TenantId,
    /// The tenant's name for people.
    pub app_name: String,
    /// `email` or `sms`.
    pub channel: &'static str,
    /// The address.
    pub to: String,
    /// The code.
    pub code: String,
    /// What it is good for.
    pub purpose: CodePurpose,
    /// Whose code.
    pub username: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// How long it is good, in seconds.
    pub lifetime: u64,
}

impl std::fmt::Debug for CodeMessage {
    /// Without the code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodeMessage")
            .field("app", &self.app)
            .field("channel", &self.channel)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

/// Why a text message did not go out.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SmsError {
    /// The gateway does not want it, now or later.
    #[error("the SMS gateway did not take the message: {0}")]
    Refused(String),
    /// The gateway can't be reached or is in trouble, and may take it later.
    #[error("the SMS gateway takes no message now: {0}")]
    Unavailable(String),
}

/// Sends text messages to telephones.
#[async_trait]
pub trait SmsGateway: Send + Sync + 'static {
    /// Hands the code over.
    async fn send(&self, message: &CodeMessage) -> Result<(), SmsError>;
}

/// Why a code could not be appended to its file.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the file '{path}' can't be written: {reason}")]
pub struct OutboxFileError {
    /// The file.
    pub path: String,
    /// Why not.
    pub reason: String,
}

/// Appends lines to a file, for those who look there.
#[async_trait]
pub trait OutboxFile: Send + Sync + 'static {
    /// Appends a line to this file; none: the one that the server has for it.
    async fn append(&self, path: Option<&str>, line: &str) -> Result<(), OutboxFileError>;
}
