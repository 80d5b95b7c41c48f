use async_trait::async_trait;
use thiserror::Error;

/// What a mail is about; an operator may give each its own sender and configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MailChannel {
    /// Everything that has no channel of its own.
    #[default]
    Default,
    /// Links that sign a user in.
    MagicLinks,
    /// One-time codes.
    Codes,
}

impl MailChannel {
    /// The word in configurations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "Default",
            Self::MagicLinks => "MagicLinks",
            Self::Codes => "Codes",
        }
    }
}

/// A mail to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it is about.
    pub channel: MailChannel,
    /// The recipient's address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The sender's name, instead of the configured one.
    pub sender_name: Option<String>,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// Why a mail did not go out.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MailError {
    /// The recipient's address is not one.
    #[error("the recipient's address is not valid")]
    Recipient,
    /// No provider is configured.
    #[error("no mail provider is configured")]
    NoProvider,
    /// Every provider failed; what each said, in the order in which they were asked.
    #[error("no mail provider took the mail: {}", .0.join("; "))]
    NotTaken(Vec<String>),
}

/// A mail provider and whether it can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailProviderHealth {
    /// `smtp`, with the server's name.
    pub name: String,
    /// What is wrong, or nothing.
    pub failure: Option<String>,
}

/// Sends mail.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Whether mail can go to an address, as far as its form tells.
    fn can_reach(&self, address: &str) -> bool;

    /// Hands the mail to the first provider that takes it.
    async fn send(&self, message: &Message) -> Result<(), MailError>;

    /// Asks the providers that are servers whether they are there; no others are in the answer.
    async fn health(&self) -> Vec<MailProviderHealth>;
}

/// The texts of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailTexts {
    /// One line.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// What a mail says; each variant has templates of its own, which an operator may replace.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Letter {
    /// A link that signs a user in.
    MagicLink {
        /// The whole link.
        link: String,
        /// The host that it leads to.
        host: String,
        /// How long it is good, in seconds.
        lifetime: u64,
    },
    /// A code to be typed.
    OneTimeCode {
        /// The code.
        code: String,
        /// Whose code: the name of the tenant, for people.
        name: String,
        /// How long it is good, in seconds.
        lifetime: u64,
    },
}

/// Why the texts of a mail could not be made: a defect in an operator's template.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the mail template '{template}' can't be rendered: {reason}")]
pub struct TemplateError {
    /// The file.
    pub template: String,
    /// What is wrong.
    pub reason: String,
}

/// Makes the texts of mails.
pub trait MailTemplates: Send + Sync + 'static {
    /// Subject, text and HTML of a letter; values are escaped in the HTML.
    fn render(&self, letter: &Letter) -> Result<MailTexts, TemplateError>;
}
