//! Text messages to telephones, handed to a gateway over HTTP.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use passkeyd_domain::ports::{CodeMessage, HttpClient, NotTaken, SmsError, SmsGateway, taken};

use crate::RequestTemplate;

/// The names that the request's template may use: the number, a text with the code in it, the code itself, the tenant,
/// what the code is good for, whose it is, and when it ends.
pub const VALUES: [&str; 7] = [
    "to",
    "text",
    "code",
    "app",
    "purpose",
    "username",
    "expires_at",
];

/// Hands codes to a gateway, by a request that the operator describes.
pub struct HttpSmsGateway {
    client: Arc<dyn HttpClient>,
    request: RequestTemplate,
}

impl HttpSmsGateway {
    /// Sends the request, with the [`VALUES`] of a message put in.
    pub fn new(client: Arc<dyn HttpClient>, request: RequestTemplate) -> Self {
        Self { client, request }
    }
}

#[async_trait]
impl SmsGateway for HttpSmsGateway {
    /// Taken is what is answered with a status of 200 to 299.
    async fn send(&self, message: &CodeMessage) -> Result<(), SmsError> {
        let text = text(message);
        let expires_at = message.expires_at.to_string();
        let values = BTreeMap::from([
            ("to", message.to.as_str()),
            ("text", text.as_str()),
            ("code", message.code.as_str()),
            ("app", message.app.as_str()),
            ("purpose", message.purpose.as_str()),
            ("username", message.username.as_str()),
            ("expires_at", expires_at.as_str()),
        ]);
        let request = self.request.fill(&values);
        let request = request.map_err(|error| SmsError::Refused(error.to_string()))?;
        taken(self.client.send(request).await).map_err(|refusal| match refusal {
            NotTaken::Now(reason) => SmsError::Unavailable(reason),
            NotTaken::Ever(reason) => SmsError::Refused(reason),
        })
    }
}

/// What the person reads. One message of 160 characters has room for it, if the tenant's name is not a long one.
fn text(message: &CodeMessage) -> String {
    let minutes = message.lifetime.div_ceil(60);
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    format!(
        "{} is your code for {}. It is good for {minutes} {unit}. Give it to nobody.",
        message.code, message.app_name
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use passkeyd_domain::{
        CodePurpose, Timestamp,
        ports::{HttpError, HttpMethod, HttpRequest, HttpResponse},
    };

    use super::*;

    struct Gateway {
        status: u16,
        asked: Mutex<Vec<HttpRequest>>,
    }

    #[async_trait]
    impl HttpClient for Gateway {
        async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
            self.asked.lock().unwrap().push(request);
            Ok(HttpResponse {
                status: self.status,
                headers: Vec::new(),
                body: Vec::new(),
            })
        }
    }

    fn message() -> CodeMessage {
        CodeMessage {
            app: "acme".parse().unwrap(),
            app_name: "Acme \"Ltd\"".to_owned(),
            channel: "sms",
            to: "+46701234567".to_owned(),
            code: "012345".to_owned(),
            purpose: CodePurpose::SignIn,
            username: "ada".to_owned(),
            expires_at: Timestamp::UNIX_EPOCH,
            lifetime: 300,
        }
    }

    fn gateway(status: u16) -> (Arc<Gateway>, HttpSmsGateway) {
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        let body = r#"{"to":{{ to }},"text":{{ text }}}"#;
        let request =
            RequestTemplate::new(HttpMethod::Post, "https://x.test/", headers, body, &VALUES);
        let client = Arc::new(Gateway {
            status,
            asked: Mutex::default(),
        });
        (
            client.clone(),
            HttpSmsGateway::new(client, request.unwrap()),
        )
    }

    #[tokio::test]
    async fn the_code_stands_in_the_request_that_the_operator_describes() {
        let (client, gateway) = gateway(202);
        gateway.send(&message()).await.unwrap();
        let asked = client.asked.lock().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&asked[0].body),
            r#"{"to":"+46701234567","text":"012345 is your code for Acme \"Ltd\". It is good for 5 minutes. Give it to nobody."}"#
        );
    }

    #[tokio::test]
    async fn a_gateway_that_refuses_is_told_without_the_code() {
        let reason = |status| format!("it answered with status {status}");
        for (status, error) in [
            (400, SmsError::Refused(reason(400))),
            (302, SmsError::Refused(reason(302))),
            (429, SmsError::Unavailable(reason(429))),
            (500, SmsError::Unavailable(reason(500))),
            (599, SmsError::Unavailable(reason(599))),
        ] {
            let (_, gateway) = gateway(status);
            assert_eq!(gateway.send(&message()).await.unwrap_err(), error);
        }
        assert!(!format!("{:?}", message()).contains("012345"));
    }
}
