//! Mail: an ordered list of providers, the first that takes a mail sends it.

mod file;
mod http_api;
mod smtp;

use async_trait::async_trait;
use lettre::message::{
    Mailbox, MultiPart,
    header::{HeaderName, HeaderValue},
};
use passkeyd_domain::ports::{MailChannel, MailError, MailProviderHealth, Mailer, Message};
use thiserror::Error;

pub use file::FileProvider;
pub use http_api::{HttpApiProvider, VALUES};
pub use smtp::{SmtpProvider, SmtpSettings, SmtpTls};

/// The header by which Amazon SES is told of a configuration set.
const CONFIGURATION_SET: HeaderName = HeaderName::new_from_ascii_str("X-SES-CONFIGURATION-SET");

/// Who a mail is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// An address.
    pub from: String,
    /// A name; a message's own name goes before it.
    pub from_name: Option<String>,
    /// The configuration set of Amazon SES that its mails belong to.
    pub configuration_set: Option<String>,
}

/// The senders of a provider, by channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Senders {
    default: Sender,
    magic_links: Option<Sender>,
    codes: Option<Sender>,
}

impl Senders {
    /// One sender for everything.
    ///
    /// # Errors
    /// [`SetUpError::Sender`].
    pub fn new(default: Sender) -> Result<Self, SetUpError> {
        checked(&default)?;
        Ok(Self {
            default,
            magic_links: None,
            codes: None,
        })
    }

    /// Another sender for a channel.
    ///
    /// # Errors
    /// [`SetUpError::Sender`].
    pub fn with(mut self, channel: MailChannel, sender: Sender) -> Result<Self, SetUpError> {
        checked(&sender)?;
        match channel {
            MailChannel::Default => self.default = sender,
            MailChannel::MagicLinks => self.magic_links = Some(sender),
            MailChannel::Codes => self.codes = Some(sender),
        }
        Ok(self)
    }

    fn of_channel(&self, channel: MailChannel) -> &Sender {
        match channel {
            MailChannel::Default => None,
            MailChannel::MagicLinks => self.magic_links.as_ref(),
            MailChannel::Codes => self.codes.as_ref(),
        }
        .unwrap_or(&self.default)
    }

    /// The sender of a message, with the name that it shows.
    fn of<'a>(&'a self, message: &'a Message) -> (&'a str, Option<&'a str>) {
        let sender = self.of_channel(message.channel);
        let name = message.sender_name.as_deref();
        (&sender.from, name.or(sender.from_name.as_deref()))
    }
}

fn checked(sender: &Sender) -> Result<(), SetUpError> {
    sender
        .from
        .parse::<lettre::Address>()
        .map(|_| ())
        .map_err(|_| SetUpError::Sender(sender.from.clone()))
}

/// Why a provider could not be set up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SetUpError {
    /// `From` is not an address.
    #[error("'{0}' is no address to send mail from")]
    Sender(String),
    /// The file of authorities is no PEM, or TLS can't be set up.
    #[error("TLS for mail can't be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why one provider did not take a mail.
#[derive(Debug, Error)]
#[error("{provider}: {reason}")]
pub struct ProviderError {
    provider: String,
    reason: String,
}

/// Something that may take a mail.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// Takes the mail, or says why not.
    async fn deliver(&self, message: &Message) -> Result<(), ProviderError>;

    /// Whether the server is there; none for a provider that is no server.
    async fn health(&self) -> Option<MailProviderHealth> {
        None
    }
}

/// A [`Mailer`] that asks its providers in order.
pub struct Providers(Vec<Box<dyn Provider>>);

impl Providers {
    /// Takes the providers in the order in which they are asked.
    pub fn new(providers: Vec<Box<dyn Provider>>) -> Self {
        Self(providers)
    }
}

#[async_trait]
impl Mailer for Providers {
    fn can_reach(&self, address: &str) -> bool {
        address.parse::<lettre::Address>().is_ok()
    }

    async fn send(&self, message: &Message) -> Result<(), MailError> {
        if !self.can_reach(&message.to) {
            return Err(MailError::Recipient);
        }
        let mut failures = Vec::new();
        for provider in &self.0 {
            match provider.deliver(message).await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    tracing::warn!(%error, "a mail provider did not take a mail");
                    failures.push(error.to_string());
                }
            }
        }
        if failures.is_empty() {
            return Err(MailError::NoProvider);
        }
        Err(MailError::NotTaken(failures))
    }

    async fn health(&self) -> Vec<MailProviderHealth> {
        let mut servers = Vec::new();
        for provider in &self.0 {
            servers.extend(provider.health().await);
        }
        servers
    }
}

/// The message as it goes over the wire: text and HTML as alternatives.
fn composed(
    senders: &Senders,
    message: &Message,
) -> Result<lettre::Message, Box<dyn std::error::Error + Send + Sync>> {
    let (from, name) = senders.of(message);
    let from = Mailbox::new(name.map(str::to_owned), from.parse()?);
    let to = Mailbox::new(None, message.to.parse()?);
    let parts = MultiPart::alternative_plain_html(message.text.clone(), message.html.clone());
    let mut builder = lettre::Message::builder()
        .from(from)
        .to(to)
        .subject(message.subject.as_str())
        .message_id(None);
    if let Some(set) = &senders.of_channel(message.channel).configuration_set {
        builder = builder.raw_header(HeaderValue::new(CONFIGURATION_SET, set.clone()));
    }
    Ok(builder.multipart(parts)?)
}

#[cfg(test)]
mod tests;
