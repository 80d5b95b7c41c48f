//! An SMTP server that keeps what it is sent (RFC 5321, 3207, 4954).

use std::sync::{Arc, Mutex};

use rcgen::{CertificateParams, KeyPair};
use tokio::{
    io::{
        AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader,
    },
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{self, ServerConfig, pki_types::PrivateKeyDer},
};

/// When TLS begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SinkTls {
    /// Never.
    None,
    /// When the client asks.
    StartTls,
    /// At once.
    Implicit,
}

/// A mail as it came in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    /// Without the doubled dots.
    pub(crate) data: String,
    pub(crate) over_tls: bool,
    /// `user:password`, where the client logged in.
    pub(crate) user: Option<String>,
}

/// The only login that is taken: `\0ada\0pass word`.
const LOGIN: &str = "AGFkYQBwYXNzIHdvcmQ=";

pub(crate) struct Sink {
    pub(crate) port: u16,
    /// The certificate, in PEM, that the server's TLS is to be checked with.
    pub(crate) authority: Vec<u8>,
    mails: Arc<Mutex<Vec<Received>>>,
}

impl Sink {
    /// Listens on a free port of `localhost`, with a certificate made for this once.
    pub(crate) async fn start(tls: SinkTls) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = Self {
            port: listener.local_addr().unwrap().port(),
            authority: certificate.pem().into_bytes(),
            mails: Arc::default(),
        };
        let mails = Arc::clone(&sink.mails);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, mails) = (acceptor.clone(), Arc::clone(&mails));
                tokio::spawn(async move {
                    let mut stream = stream;
                    if tls != SinkTls::Implicit {
                        let offers = tls == SinkTls::StartTls;
                        let talk = Conversation::new(&mails, false, offers, true);
                        if !talk.hold(&mut stream).await {
                            return;
                        }
                    }
                    if let Ok(mut stream) = acceptor.accept(stream).await {
                        let greets = tls == SinkTls::Implicit;
                        let talk = Conversation::new(&mails, true, false, greets);
                        talk.hold(&mut stream).await;
                    }
                });
            }
        });
        sink
    }

    pub(crate) fn mails(&self) -> Vec<Received> {
        self.mails.lock().unwrap().clone()
    }
}

struct Conversation<'a> {
    mails: &'a Mutex<Vec<Received>>,
    offers_tls: bool,
    greets: bool,
    mail: Received,
}

impl<'a> Conversation<'a> {
    fn new(
        mails: &'a Mutex<Vec<Received>>,
        over_tls: bool,
        offers_tls: bool,
        greets: bool,
    ) -> Self {
        let mail = Received {
            over_tls,
            ..Received::default()
        };
        Self {
            mails,
            offers_tls,
            greets,
            mail,
        }
    }

    /// Talks until the client leaves (false) or asks for TLS (true).
    async fn hold(mut self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> bool {
        let mut stream = BufReader::new(stream);
        if self.greets {
            stream.write_all(b"220 sink\r\n").await.unwrap();
        }
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return false;
            }
            let command = line.trim_end().to_owned();
            let answer = if command.eq_ignore_ascii_case("DATA") {
                stream.write_all(b"354 go on\r\n").await.unwrap();
                self.mail.data = data(&mut stream).await;
                self.mails.lock().unwrap().push(self.mail.clone());
                "250 taken\r\n".to_owned()
            } else {
                self.answer(&command)
            };
            stream.write_all(answer.as_bytes()).await.unwrap();
            match command.to_ascii_uppercase().as_str() {
                "STARTTLS" => return self.offers_tls,
                "QUIT" => return false,
                _ => (),
            }
        }
    }

    fn answer(&mut self, command: &str) -> String {
        let address = |text: &str| {
            text.trim_start_matches(|c| c != '<')
                .trim_start_matches('<')
                .split('>')
                .next()
                .unwrap()
                .to_owned()
        };
        let upper = command.to_ascii_uppercase();
        let fixed = if upper.starts_with("EHLO") {
            let starttls = if self.offers_tls {
                "250-STARTTLS\r\n"
            } else {
                ""
            };
            return format!("250-sink\r\n{starttls}250-8BITMIME\r\n250 AUTH PLAIN\r\n");
        } else if upper == "STARTTLS" && self.offers_tls {
            "220 go on"
        } else if upper.starts_with("AUTH PLAIN ") {
            if command.ends_with(LOGIN) {
                self.mail.user = Some("ada:pass word".to_owned());
                "235 welcome"
            } else {
                "535 who are you"
            }
        } else if upper.starts_with("MAIL FROM:") {
            self.mail.from = address(command);
            "250 ok"
        } else if upper.starts_with("RCPT TO:") {
            self.mail.to.push(address(command));
            "250 ok"
        } else if upper == "QUIT" {
            "221 bye"
        } else if upper == "NOOP" {
            "250 ok"
        } else {
            "502 what"
        };
        format!("{fixed}\r\n")
    }
}

async fn data(stream: &mut (impl AsyncBufRead + Unpin)) -> String {
    let mut data = String::new();
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 || line == ".\r\n" {
            return data;
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
