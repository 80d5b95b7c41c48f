use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use passkeyd_domain::ports::{HttpClient, Message, taken};

use super::{Provider, ProviderError, Senders};
use crate::RequestTemplate;

/// The names that a request's template may use.
pub const VALUES: [&str; 7] = [
    "to",
    "from",
    "from_name",
    "subject",
    "text",
    "html",
    "channel",
];

/// Hands mails to the HTTP API of a mail service, by a request that the operator describes.
pub struct HttpApiProvider {
    name: String,
    client: Arc<dyn HttpClient>,
    request: RequestTemplate,
    senders: Senders,
}

impl HttpApiProvider {
    /// Sends the request, with the [`VALUES`] of a mail put in. The name is for the log.
    pub fn new(
        name: impl Into<String>,
        client: Arc<dyn HttpClient>,
        request: RequestTemplate,
        senders: Senders,
    ) -> Self {
        Self {
            name: name.into(),
            client,
            request,
            senders,
        }
    }

    fn failed(&self, reason: &impl ToString) -> ProviderError {
        ProviderError {
            provider: self.name.clone(),
            reason: reason.to_string(),
        }
    }
}

#[async_trait]
impl Provider for HttpApiProvider {
    /// Taken is what is answered with a status of 200 to 299.
    async fn deliver(&self, message: &Message) -> Result<(), ProviderError> {
        let (from, from_name) = self.senders.of(message);
        let values = BTreeMap::from([
            ("to", message.to.as_str()),
            ("from", from),
            ("from_name", from_name.unwrap_or_default()),
            ("subject", &message.subject),
            ("text", &message.text),
            ("html", &message.html),
            ("channel", message.channel.as_str()),
        ]);
        let request = self
            .request
            .fill(&values)
            .map_err(|error| self.failed(&error))?;
        taken(self.client.send(request).await).map_err(|refusal| self.failed(&refusal))
    }
}
