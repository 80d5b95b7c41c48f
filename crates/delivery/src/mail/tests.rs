use std::sync::{Arc, Mutex};

use passkeyd_domain::{
    Timestamp,
    ports::{Clock, HttpClient, HttpError, HttpMethod, HttpRequest, HttpResponse},
};

use super::*;
use crate::RequestTemplate;

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        "2026-01-02T12:00:00Z".parse().unwrap()
    }
}

/// Takes mails, or refuses them.
#[derive(Default)]
struct Recorder {
    taken: Arc<Mutex<Vec<String>>>,
    refuses: bool,
}

#[async_trait]
impl Provider for Recorder {
    async fn deliver(&self, message: &Message) -> Result<(), ProviderError> {
        if self.refuses {
            return Err(ProviderError {
                provider: "recorder".to_owned(),
                reason: "no".to_owned(),
            });
        }
        self.taken.lock().unwrap().push(message.to.clone());
        Ok(())
    }
}

fn message() -> Message {
    Message {
        channel: MailChannel::MagicLinks,
        to: "ada@example.com".to_owned(),
        subject: "Sign in".to_owned(),
        sender_name: None,
        text: "text with “quotes”".to_owned(),
        html: "<p>html</p>".to_owned(),
    }
}

fn sender(from: &str, name: Option<&str>) -> Sender {
    Sender {
        from: from.to_owned(),
        from_name: name.map(str::to_owned),
        configuration_set: None,
    }
}

#[tokio::test]
async fn the_first_provider_that_takes_a_mail_is_the_last_one_asked() {
    let (first, second) = (Recorder::default(), Recorder::default());
    let (taken, untouched) = (Arc::clone(&first.taken), Arc::clone(&second.taken));
    let refusing = Recorder {
        refuses: true,
        ..Recorder::default()
    };
    let providers = Providers::new(vec![Box::new(refusing), Box::new(first), Box::new(second)]);
    providers.send(&message()).await.unwrap();
    assert_eq!(*taken.lock().unwrap(), ["ada@example.com"]);
    assert!(untouched.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_mail_that_nobody_takes_is_told_with_every_reason() {
    let refusing = || {
        Box::new(Recorder {
            refuses: true,
            ..Recorder::default()
        })
    };
    let providers = Providers::new(vec![refusing(), refusing()]);
    assert_eq!(
        providers.send(&message()).await,
        Err(MailError::NotTaken(vec!["recorder: no".to_owned(); 2]))
    );
    assert_eq!(
        Providers::new(Vec::new()).send(&message()).await,
        Err(MailError::NoProvider)
    );
}

#[tokio::test]
async fn a_recipient_that_is_no_address_is_refused_before_anybody_is_asked() {
    let recorder = Recorder::default();
    let taken = Arc::clone(&recorder.taken);
    let providers = Providers::new(vec![Box::new(recorder)]);
    for bad in ["ada", "ada@", "ada@b\r\nBcc: x@y.z", "a b@c.d"] {
        let message = Message {
            to: bad.to_owned(),
            ..message()
        };
        assert_eq!(providers.send(&message).await, Err(MailError::Recipient));
    }
    assert!(taken.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_file_gets_a_heading_with_the_time_and_the_text_part() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.md");
    let file = FileProvider::new(path.clone(), Arc::new(Noon));
    file.deliver(&message()).await.unwrap();
    file.deliver(&message()).await.unwrap();
    let entry =
        "# 2026-01-02T12:00:00Z\n\nTo: ada@example.com\nSubject: Sign in\n\ntext with “quotes”\n\n";
    assert_eq!(std::fs::read_to_string(path).unwrap(), entry.repeat(2));
}

#[test]
fn a_channel_has_its_sender_and_a_message_its_name() {
    let senders = Senders::new(sender("a@x.example", Some("A")))
        .unwrap()
        .with(MailChannel::MagicLinks, sender("b@x.example", None))
        .unwrap();
    assert_eq!(senders.of(&message()), ("b@x.example", None));
    let other = Message {
        channel: MailChannel::Codes,
        ..message()
    };
    assert_eq!(senders.of(&other), ("a@x.example", Some("A")));
    let named = Message {
        sender_name: Some("Own".to_owned()),
        ..other
    };
    assert_eq!(senders.of(&named), ("a@x.example", Some("Own")));
    assert!(Senders::new(sender("nobody", None)).is_err());
}

#[test]
fn the_settings_of_a_passwordless_server_mean_what_they_meant() {
    let of = SmtpTls::from_passwordless;
    assert_eq!(of(25, false, false, false), SmtpTls::None);
    assert_eq!(of(25, true, false, false), SmtpTls::StartTlsIfOffered);
    assert_eq!(of(465, false, true, false), SmtpTls::Implicit);
    assert_eq!(of(587, false, true, false), SmtpTls::StartTlsIfOffered);
    assert_eq!(of(587, false, true, true), SmtpTls::Implicit);
    assert_eq!(of(2525, false, false, false), SmtpTls::StartTlsIfOffered);
}

/// Answers with a status and keeps what it was sent.
struct Api {
    status: u16,
    seen: Mutex<Vec<HttpRequest>>,
}

#[async_trait]
impl HttpClient for Api {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.seen.lock().unwrap().push(request);
        Ok(HttpResponse {
            status: self.status,
            headers: Vec::new(),
            body: Vec::new(),
        })
    }
}

#[tokio::test]
async fn an_http_api_is_sent_the_operators_request() {
    let template = RequestTemplate::new(
        HttpMethod::Post,
        "https://api.example.com/v3/mail/send",
        vec![
            ("Authorization".to_owned(), "Bearer key".to_owned()),
            ("Content-Type".to_owned(), "application/json".to_owned()),
        ],
        r#"{"to":[{"email":{{ to }}}],"from":{"email":{{ from }},"name":{{ from_name }}},"text":{{ text }}}"#,
        &VALUES,
    )
    .unwrap();
    for (status, taken) in [(202, true), (401, false), (302, false)] {
        let api = Arc::new(Api {
            status,
            seen: Mutex::default(),
        });
        let senders = Senders::new(sender("a@x.example", Some("A \"B\""))).unwrap();
        let client = Arc::clone(&api) as Arc<dyn HttpClient>;
        let provider = HttpApiProvider::new("api", client, template.clone(), senders);
        assert_eq!(
            provider.deliver(&message()).await.is_ok(),
            taken,
            "{status}"
        );
        let seen = api.seen.lock().unwrap();
        assert_eq!(
            String::from_utf8(seen[0].body.clone()).unwrap(),
            r#"{"to":[{"email":"ada@example.com"}],"from":{"email":"a@x.example","name":"A \"B\""},"text":"text with “quotes”"}"#
        );
    }
}
