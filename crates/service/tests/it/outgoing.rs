//! Ways out that lead nowhere.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicU16, Ordering},
};

use async_trait::async_trait;
use passkeyd_domain::ports::{
    CodeMessage, HttpClient, HttpError, HttpRequest, HttpResponse, Letter, MailError,
    MailProviderHealth, MailTemplates, MailTexts, Mailer, Message, OutboxFile, OutboxFileError,
    SmsError, SmsGateway, TemplateError,
};

/// Keeps mails, or refuses them.
#[derive(Default)]
pub(crate) struct Mailbox {
    pub(crate) mails: Mutex<Vec<Message>>,
    pub(crate) refuses: AtomicBool,
}

#[async_trait]
impl Mailer for Mailbox {
    fn can_reach(&self, address: &str) -> bool {
        !address.contains(' ')
    }

    async fn send(&self, message: &Message) -> Result<(), MailError> {
        if self.refuses.load(Ordering::SeqCst) {
            return Err(MailError::NotTaken(vec!["full".to_owned()]));
        }
        self.mails.lock().unwrap().push(message.clone());
        Ok(())
    }

    async fn health(&self) -> Vec<MailProviderHealth> {
        Vec::new()
    }
}

/// The link as text, and nothing else.
pub(crate) struct PlainTexts;

impl MailTemplates for PlainTexts {
    fn render(&self, letter: &Letter) -> Result<MailTexts, TemplateError> {
        let (host, link) = match letter {
            Letter::MagicLink { host, link, .. } => (host.clone(), link.clone()),
            Letter::OneTimeCode { name, code, .. } => (name.clone(), code.clone()),
            other => panic!("{other:?}"),
        };
        Ok(MailTexts {
            subject: host,
            text: link,
            html: String::new(),
        })
    }
}

/// Keeps requests, and answers each with the status that was set, 200 at first.
pub(crate) struct Web {
    pub(crate) requests: Mutex<Vec<HttpRequest>>,
    /// Codes that went to telephones.
    pub(crate) texts: Mutex<Vec<CodeMessage>>,
    /// Lines of the file for codes.
    pub(crate) lines: Mutex<Vec<String>>,
    pub(crate) status: AtomicU16,
    /// What the gateway says to the next messages; then it takes them.
    pub(crate) troubles: Mutex<Vec<SmsError>>,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            requests: Mutex::default(),
            texts: Mutex::default(),
            lines: Mutex::default(),
            status: AtomicU16::new(200),
            troubles: Mutex::default(),
        }
    }
}

#[async_trait]
impl HttpClient for Web {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.requests.lock().unwrap().push(request);
        Ok(HttpResponse {
            status: self.status.load(Ordering::SeqCst),
            headers: Vec::new(),
            body: Vec::new(),
        })
    }
}

#[async_trait]
impl SmsGateway for Web {
    async fn send(&self, message: &CodeMessage) -> Result<(), SmsError> {
        self.texts.lock().unwrap().push(message.clone());
        match self.troubles.lock().unwrap().pop() {
            Some(trouble) => Err(trouble),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl OutboxFile for Web {
    async fn append(&self, path: Option<&str>, line: &str) -> Result<(), OutboxFileError> {
        assert_eq!(path, None);
        self.lines.lock().unwrap().push(line.to_owned());
        Ok(())
    }
}
