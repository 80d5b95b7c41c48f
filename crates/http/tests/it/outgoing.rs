//! Ways out that lead nowhere: mail to `refused.example` is refused, all other is taken.

use std::sync::Arc;

use async_trait::async_trait;
use passkeyd_domain::ports::{
    HttpClient, HttpError, HttpRequest, HttpResponse, Letter, MailError, MailProviderHealth,
    MailTemplates, MailTexts, Mailer, Message, TemplateError,
};
use passkeyd_service::Outgoing;

pub(crate) fn nowhere() -> Outgoing {
    Outgoing {
        mailer: Arc::new(Nowhere),
        templates: Arc::new(Nowhere),
        http: Arc::new(Nowhere),
    }
}

struct Nowhere;

#[async_trait]
impl Mailer for Nowhere {
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
