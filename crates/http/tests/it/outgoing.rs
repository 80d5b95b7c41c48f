//! Ways out that lead nowhere: mail to `refused.example` is refused, all other is taken; codes are lines.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use passkeyd_domain::ports::{
    HttpClient, HttpError, HttpRequest, HttpResponse, Letter, MailError, MailProviderHealth,
    MailTemplates, MailTexts, Mailer, Message, OutboxFile, OutboxFileError, TemplateError,
};
use passkeyd_service::Outgoing;
use serde_json::Value;

pub(crate) fn outgoing(outbox: Arc<Lines>, servers: Arc<dyn HttpClient>) -> Outgoing {
    Outgoing {
        mailer: Arc::new(Nowhere),
        templates: Arc::new(Nowhere),
        http: servers,
        sms: None,
        outbox: Some(outbox),
    }
}

pub(crate) struct Nowhere;

#[async_trait]
impl Mailer for Nowhere {
    fn can_reach(&self, address: &str) -> bool {
        !address.contains(' ')
    }

    async fn send(&self, message: &Message) -> Result<(), MailError> {
        if message.to.ends_with("@refused.example") {
            return Err(MailError::NotTaken(vec!["not here".to_owned()]));
        }
        Ok(())
    }

    async fn health(&self) -> Vec<MailProviderHealth> {
        Vec::new()
    }
}

impl MailTemplates for Nowhere {
    fn render(&self, _: &Letter) -> Result<MailTexts, TemplateError> {
        Ok(MailTexts {
            subject: "a link".to_owned(),
            text: "a link".to_owned(),
            html: String::new(),
        })
    }
}

#[async_trait]
impl HttpClient for Nowhere {
    async fn send(&self, _: HttpRequest) -> Result<HttpResponse, HttpError> {
        Ok(HttpResponse {
            status: 200,
            headers: Vec::new(),
            body: Vec::new(),
        })
    }
}

/// The lines of a file.
#[derive(Default)]
pub(crate) struct Lines(Mutex<Vec<String>>);

impl Lines {
    /// The lines since the last time.
    pub(crate) fn take(&self) -> Vec<Value> {
        let lines = std::mem::take(&mut *self.0.lock().unwrap());
        lines
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The code of the last line, where there is one.
    pub(crate) fn code(&self) -> String {
        let line = self.take().pop().unwrap();
        line["code"].as_str().unwrap().to_owned()
    }
}

#[async_trait]
impl OutboxFile for Lines {
    async fn append(&self, _: Option<&str>, line: &str) -> Result<(), OutboxFileError> {
        self.0.lock().unwrap().push(line.to_owned());
        Ok(())
    }
}
