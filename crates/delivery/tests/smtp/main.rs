//! Mail over SMTP, against a server that the test starts.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod sink;

use passkeyd_delivery::mail::{
    Provider as _, Sender, Senders, SmtpProvider, SmtpSettings, SmtpTls,
};
use passkeyd_domain::{
    SecretBytes,
    ports::{MailChannel, Message},
};
use sink::{Sink, SinkTls};

fn message() -> Message {
    Message {
        channel: MailChannel::MagicLinks,
        to: "ada@example.com".to_owned(),
        subject: "Sign in to bücher.example".to_owned(),
        sender_name: Some("Sign in to bücher.example".to_owned()),
        text: "https://example.com/?token=verify_abc\n.\nafter the dot\n".to_owned(),
        html: "<a href=\"https://example.com/?token=verify_abc\">Sign in</a>".to_owned(),
    }
}

fn provider(sink: &Sink, tls: SmtpTls, change: impl FnOnce(&mut SmtpSettings)) -> SmtpProvider {
    let mut settings = SmtpSettings::new("localhost", tls);
    settings.port = sink.port;
    settings.authorities = Some(sink.authority.clone());
    change(&mut settings);
    let senders = Senders::new(Sender {
        from: "noreply@example.com".to_owned(),
        from_name: Some("Example".to_owned()),
        configuration_set: None,
    });
    SmtpProvider::new(&settings, senders.unwrap()).unwrap()
}

fn login(user: &str, password: &str) -> (String, SecretBytes) {
    (user.to_owned(), SecretBytes::new(password.into()))
}

#[tokio::test]
async fn a_mail_arrives_in_the_clear_where_that_is_configured() {
    let sink = Sink::start(SinkTls::None).await;
    let provider = provider(&sink, SmtpTls::None, |_| ());
    provider.deliver(&message()).await.unwrap();
    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert!(!mail.over_tls && mail.user.is_none());
    assert_eq!(mail.from, "noreply@example.com");
    assert_eq!(mail.to, ["ada@example.com"]);
    for part in [
        "To: ada@example.com\r\n",
        "<noreply@example.com>\r\n",
        "Subject: Sign in to =?utf-8?b?",
        "Message-ID: <",
        "Content-Type: multipart/alternative;",
        "Content-Type: text/plain; charset=utf-8\r\n",
        "Content-Type: text/html; charset=utf-8\r\n",
        "https://example.com/?token=verify_abc\r\n.\r\nafter the dot\r\n",
    ] {
        assert!(
            mail.data.contains(part),
            "{part:?} is not in\n{}",
            mail.data
        );
    }
}

#[tokio::test]
async fn a_mail_arrives_over_starttls_with_a_login() {
    let sink = Sink::start(SinkTls::StartTls).await;
    for tls in [SmtpTls::StartTls, SmtpTls::StartTlsIfOffered] {
        let provider = provider(&sink, tls, |settings| {
            settings.login = Some(login("ada", "pass word"));
        });
        provider.deliver(&message()).await.unwrap();
    }
    let mails = sink.mails();
    assert_eq!(mails.len(), 2);
    for mail in mails {
        assert!(mail.over_tls);
        assert_eq!(mail.user.as_deref(), Some("ada:pass word"));
    }
}

#[tokio::test]
async fn a_mail_arrives_over_implicit_tls() {
    let sink = Sink::start(SinkTls::Implicit).await;
    let provider = provider(&sink, SmtpTls::Implicit, |_| ());
    provider.deliver(&message()).await.unwrap();
    assert!(sink.mails()[0].over_tls);
}

#[tokio::test]
async fn a_server_without_starttls_gets_nothing_where_it_is_required() {
    let sink = Sink::start(SinkTls::None).await;
    let strict = provider(&sink, SmtpTls::StartTls, |_| ());
    assert!(strict.deliver(&message()).await.is_err());
    assert!(sink.mails().is_empty());
    let lenient = provider(&sink, SmtpTls::StartTlsIfOffered, |_| ());
    lenient.deliver(&message()).await.unwrap();
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused_unless_the_server_is_trusted() {
    let sink = Sink::start(SinkTls::Implicit).await;
    let strict = provider(&sink, SmtpTls::Implicit, |settings| {
        settings.authorities = None;
    });
    let error = strict.deliver(&message()).await.unwrap_err();
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
    assert!(sink.mails().is_empty());
    let trusting = provider(&sink, SmtpTls::Implicit, |settings| {
        settings.authorities = None;
        settings.trust_server = true;
    });
    trusting.deliver(&message()).await.unwrap();
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test]
async fn a_wrong_password_is_an_error_that_does_not_hold_it() {
    let sink = Sink::start(SinkTls::StartTls).await;
    let provider = provider(&sink, SmtpTls::StartTls, |settings| {
        settings.login = Some(login("ada", "wrong"));
    });
    let error = provider.deliver(&message()).await.unwrap_err().to_string();
    assert!(error.contains("535"), "{error}");
    assert!(!error.contains("wrong"));
    assert!(sink.mails().is_empty());
}

#[tokio::test]
async fn the_health_of_a_server_is_told() {
    let sink = Sink::start(SinkTls::None).await;
    let there = provider(&sink, SmtpTls::None, |_| ());
    assert_eq!(there.health().await.unwrap().failure, None);
    // A port that was just given back.
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let gone = provider(&sink, SmtpTls::None, |settings| settings.port = port);
    assert!(gone.health().await.unwrap().failure.is_some());
}
