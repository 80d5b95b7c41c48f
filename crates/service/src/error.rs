use std::time::Duration;

use passkeyd_domain::ports::{MailError, StoreError, TemplateError};
use thiserror::Error;

/// Why a use case did not do what it was asked. Exhaustive on purpose: a new reason must choose its status on every surface.
#[derive(Debug, Error)]
pub enum Error {
    /// No token was sent where one is needed.
    #[error("a token that starts with '{prefix}' is needed")]
    MissingToken {
        /// What it should start with.
        prefix: &'static str,
    },
    /// What was sent does not start like the token that is needed.
    #[error("a token that starts with '{prefix}' is needed, not one that starts with '{start}'")]
    WrongToken {
        /// What it should start with.
        prefix: &'static str,
        /// The first ten characters of what was sent.
        start: String,
    },
    /// The token is not base64url, or too short to be one.
    #[error("the token is malformed")]
    MalformedToken,
    /// The token was not made by this tenant's keys for this use, or was used before.
    #[error("the token is not valid")]
    InvalidToken,
    /// The token ended.
    #[error("the token expired {} s ago", ago.as_secs())]
    ExpiredToken {
        /// How long ago.
        ago: Duration,
    },
    /// The client named no origin.
    #[error("an origin is needed")]
    OriginRequired,
    /// The client named no RP id.
    #[error("an RP id is needed")]
    RpIdRequired,
    /// Another user would be more than the tenant may have.
    #[error("the tenant may have no further users")]
    MaxUsersReached,
    /// The attestation asked for is none of `none`, `indirect` and `direct`.
    #[error("this attestation conveyance is not supported")]
    InvalidAttestation,
    /// The tenant may not ask for attestation.
    #[error("the tenant may not ask for attestation")]
    AttestationNotAllowed,
    /// An alias belongs to another user.
    #[error("an alias belongs to another user")]
    AliasConflict,
    /// A word is none of those that have a meaning here.
    #[error("'{word}' is no {what}; allowed are {allowed}")]
    InvalidArgument {
        /// What the word stands for.
        what: &'static str,
        /// The word, cut to 64 characters.
        word: String,
        /// Those that have a meaning.
        allowed: &'static str,
    },
    /// The registration failed verification.
    #[error("the registration is refused: {reason}")]
    RegistrationRefused {
        /// Why, in a sentence.
        reason: String,
    },
    /// The sign-in failed verification.
    #[error("the sign-in is refused: {reason}")]
    SignInRefused {
        /// Why, in a sentence.
        reason: String,
    },
    /// The tenant has no credential of this id.
    #[error("no such credential")]
    UnknownCredential,
    /// The tenant has a list of authenticators, and without attestation nothing proves that this is one of them.
    #[error("attestation is required")]
    AttestationRequired,
    /// The tenant's blacklist of models names this one.
    #[error("this model of authenticator is not accepted")]
    AuthenticatorBlacklisted,
    /// The tenant's lists of authenticators leave this one out.
    #[error("this authenticator is not allowed")]
    AuthenticatorNotAllowed,
    /// The user id has more than the 64 bytes of a user handle.
    #[error("a user id has at most 64 bytes")]
    UserIdTooLong,
    /// The purpose has a configuration already.
    #[error("the configuration {purpose} exists")]
    AuthConfigExists {
        /// The purpose.
        purpose: String,
    },
    /// The purpose has no configuration.
    #[error("the configuration {purpose} does not exist")]
    AuthConfigNotFound {
        /// The purpose.
        purpose: String,
    },
    /// A built-in configuration stays.
    #[error("the configuration {purpose} is built in")]
    AuthConfigBuiltIn {
        /// The purpose.
        purpose: String,
    },
    /// The tenant does not use generated tokens.
    #[error("generated tokens are switched off")]
    GeneratedTokensDisabled,
    /// There is no such tenant.
    #[error("no such app")]
    AppNotFound,
    /// The tenant is marked for deletion already.
    #[error("the app is to be deleted already")]
    AppPendingDeletion,
    /// The tenant is not marked for deletion.
    #[error("the app is not to be deleted")]
    AppNotPendingDeletion,
    /// The tenant's time of deletion has not come.
    #[error("the app can't be deleted yet")]
    AppDeletionNotDue,
    /// The name of the tenant is taken.
    #[error("the name is taken")]
    AppExists,
    /// There is no such key.
    #[error("no such key")]
    KeyNotFound,
    /// A key without any scope can do nothing.
    #[error("a key needs at least one scope")]
    ScopesRequired,
    /// The tenant keeps no events.
    #[error("event logging is switched off")]
    EventLoggingDisabled,
    /// A password could not be hashed.
    #[error("the password could not be hashed")]
    Password,
    /// The tenant does not use magic links.
    #[error("magic links are switched off")]
    MagicLinksDisabled,
    /// Too many at once.
    #[error("too many requests; the next is taken in {} s", retry_after.as_secs())]
    RateLimited {
        /// When the next one is taken.
        retry_after: Duration,
    },
    /// The tenant is young, and the recipient none of its administrators.
    #[error("the links of a new app go to its administrators only")]
    MagicLinkAdminOnly,
    /// The tenant's quota of mails is used up.
    #[error("the quota of magic links is used up")]
    MagicLinkQuotaExceeded,
    /// The mail did not go out.
    #[error(transparent)]
    MailNotSent(#[from] MailError),
    /// The texts of a mail could not be made.
    #[error(transparent)]
    MailTemplate(#[from] TemplateError),
    /// The tenant may not use lists of authenticators.
    #[error("the tenant may not use lists of authenticators")]
    AuthenticatorListsNotAllowed,
    /// The metadata does not know at least one of these makes.
    #[error("at least one authenticator is unknown")]
    UnknownAuthenticators,
    /// The place that a page is to begin after is none that we gave.
    #[error("the cursor is not valid")]
    InvalidCursor,
    /// A webhook needs an absolute `http` or `https` URL.
    #[error("a webhook needs an absolute http or https URL")]
    WebhookUrl,
    /// The tenant has as many webhooks as a tenant may have.
    #[error("the app may have no further webhooks")]
    TooManyWebhooks,
    /// There is no such webhook.
    #[error("no such webhook")]
    WebhookNotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key ring holds a key that can't be used.
    #[error("the key ring is not usable: {0}")]
    KeyRing(String),
}
