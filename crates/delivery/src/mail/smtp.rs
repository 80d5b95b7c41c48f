use std::time::Duration;

use async_trait::async_trait;
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor,
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
    },
};
use passkeyd_domain::{
    SecretBytes,
    ports::{MailProviderHealth, Message},
};

use super::{Provider, ProviderError, Senders, SetUpError, composed};

/// How the connection to the server is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// Not at all: for a relay on the same machine.
    None,
    /// By STARTTLS if the server offers it; somebody in between can take the offer away.
    StartTlsIfOffered,
    /// By STARTTLS, and not otherwise.
    StartTls,
    /// From the first byte on (port 465).
    Implicit,
}

impl SmtpTls {
    /// What the settings of a Passwordless server mean: plain on port 25 unless something is asked for, implicit where
    /// `Ssl` is (but on port 587 only with `SslOverride`), else STARTTLS if offered.
    pub const fn from_passwordless(
        port: u16,
        start_tls: bool,
        ssl: bool,
        ssl_override: bool,
    ) -> Self {
        if port == 25 && !start_tls && !ssl {
            Self::None
        } else if ssl && (port != 587 || ssl_override) {
            Self::Implicit
        } else {
            Self::StartTlsIfOffered
        }
    }
}

/// An SMTP server.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// Its name, which its certificate must have.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept secret.
    pub tls: SmtpTls,
    /// User and password; none: no login.
    pub login: Option<(String, SecretBytes)>,
    /// Take any certificate. It makes TLS worthless against whoever sits in between.
    pub trust_server: bool,
    /// Authorities, in PEM, that are trusted beside the built-in ones.
    pub authorities: Option<Vec<u8>>,
    /// For each step of the conversation; a mail has three times as long in all.
    pub timeout: Duration,
}

impl SmtpSettings {
    /// A server on its usual port for that kind of TLS, without login.
    pub fn new(host: impl Into<String>, tls: SmtpTls) -> Self {
        Self {
            host: host.into(),
            port: match tls {
                SmtpTls::None => 25,
                SmtpTls::StartTlsIfOffered | SmtpTls::StartTls => 587,
                SmtpTls::Implicit => 465,
            },
            tls,
            login: None,
            trust_server: false,
            authorities: None,
            timeout: Duration::from_secs(10),
        }
    }
}

/// Hands mails to an SMTP server, each over a connection of its own.
pub struct SmtpProvider {
    name: String,
    timeout: Duration,
    transport: AsyncSmtpTransport<Tokio1Executor>,
    senders: Senders,
}

impl SmtpProvider {
    /// Sets the connection up, without making it.
    pub fn new(settings: &SmtpSettings, senders: Senders) -> Result<Self, SetUpError> {
        let tls = match settings.tls {
            SmtpTls::None => Tls::None,
            SmtpTls::StartTlsIfOffered => Tls::Opportunistic(parameters(settings)?),
            SmtpTls::StartTls => Tls::Required(parameters(settings)?),
            SmtpTls::Implicit => Tls::Wrapper(parameters(settings)?),
        };
        let mut transport =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.as_str())
                .port(settings.port)
                .tls(tls)
                .timeout(Some(settings.timeout));
        if let Some((user, password)) = &settings.login {
            let password = String::from_utf8_lossy(password.expose()).into_owned();
            transport = transport.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Self {
            name: format!("smtp {}:{}", settings.host, settings.port),
            timeout: settings.timeout.saturating_mul(3),
            transport: transport.build(),
            senders,
        })
    }

    /// The answer, unless it does not come in time.
    async fn in_time<T, E: std::error::Error>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, ProviderError> {
        let failed = |reason| ProviderError {
            provider: self.name.clone(),
            reason,
        };
        tokio::time::timeout(self.timeout, work)
            .await
            .map_err(|_| failed("no answer in time".to_owned()))?
            .map_err(|error| failed(chain(&error)))
    }
}

#[async_trait]
impl Provider for SmtpProvider {
    async fn deliver(&self, message: &Message) -> Result<(), ProviderError> {
        let composed = composed(&self.senders, message).map_err(|error| ProviderError {
            provider: self.name.clone(),
            reason: error.to_string(),
        })?;
        self.in_time(self.transport.send(composed)).await?;
        Ok(())
    }

    async fn health(&self) -> Option<MailProviderHealth> {
        let answer = self.in_time(self.transport.test_connection()).await;
        Some(MailProviderHealth {
            name: self.name.clone(),
            failure: match answer {
                Ok(true) => None,
                Ok(false) => Some("it does not answer".to_owned()),
                Err(error) => Some(error.reason),
            },
        })
    }
}

fn parameters(settings: &SmtpSettings) -> Result<TlsParameters, SetUpError> {
    let failed = |error: lettre::transport::smtp::Error| SetUpError::Tls(error.into());
    let mut parameters = TlsParameters::builder(settings.host.clone())
        .dangerous_accept_invalid_certs(settings.trust_server);
    if let Some(pem) = &settings.authorities {
        let authority = Certificate::from_pem(pem).map_err(failed)?;
        parameters = parameters.add_root_certificate(authority);
    }
    parameters.build_rustls().map_err(failed)
}

/// The error with what caused it: lettre's own text leaves that out.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
