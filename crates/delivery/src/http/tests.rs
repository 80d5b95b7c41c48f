use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;

/// Answers each connection with these bytes, and then closes it or keeps it open.
async fn server(answer: Vec<u8>, closes: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(&answer).await;
            if !closes {
                open.push(stream);
            }
        }
    });
    address
}

fn client(change: impl FnOnce(&mut OutgoingSettings)) -> OutgoingHttp {
    let mut settings = OutgoingSettings {
        max_answer: 64,
        ..OutgoingSettings::default()
    };
    change(&mut settings);
    OutgoingHttp::new(settings)
}

fn get(url: impl Into<String>) -> HttpRequest {
    HttpRequest {
        method: HttpMethod::Get,
        url: url.into(),
        headers: Vec::new(),
        body: Vec::new(),
    }
}

const REDIRECT: &[u8] =
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nhi";

#[tokio::test]
async fn an_answer_is_read_whole_and_a_redirect_is_not_followed() {
    let address = server(REDIRECT.to_vec(), true).await;
    let allowed = client(|settings| settings.allowed_hosts = vec!["127.0.0.1".to_owned()]);
    let answer = allowed
        .send(get(format!("http://{address}/")))
        .await
        .unwrap();
    assert_eq!((answer.status, &*answer.body), (302, &b"hi"[..]));
    assert_eq!(answer.header("location"), Some("http://127.0.0.1:1/"));
    assert!(!answer.is_success());
}

#[tokio::test]
async fn a_private_address_is_refused_by_number_and_by_name() {
    let address = server(REDIRECT.to_vec(), true).await;
    let guarded = client(|_| ());
    let port = address.port();
    for (url, host) in [
        (format!("http://127.0.0.1:{port}/"), "127.0.0.1"),
        (format!("http://2130706433:{port}/"), "127.0.0.1"),
        (format!("http://0x7f.1:{port}/"), "127.0.0.1"),
        (
            format!("http://[::ffff:127.0.0.1]:{port}/"),
            "::ffff:127.0.0.1",
        ),
        (format!("http://localhost:{port}/"), "localhost"),
    ] {
        let refused = guarded.send(get(url.clone())).await;
        let host = host.to_owned();
        assert_eq!(refused, Err(HttpError::PrivateAddress { host }), "{url}");
    }
    let trusting = client(|settings| settings.allow_private = true);
    let url = format!("http://localhost:{port}/");
    assert_eq!(trusting.send(get(url)).await.unwrap().status, 302);
}

#[tokio::test]
async fn only_web_servers_are_asked() {
    for url in ["file:///etc/passwd", "ftp://example.com/", "http://", "x"] {
        let refused = client(|_| ()).send(get(url)).await;
        assert!(matches!(refused, Err(HttpError::Url(_))), "{url}");
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_kept() {
    let mut large = b"HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n".to_vec();
    large.extend([b'x'; 65]);
    let address = server(large, true).await;
    let trusting = client(|settings| settings.allow_private = true);
    let answer = trusting.send(get(format!("http://{address}/"))).await;
    assert_eq!(answer, Err(HttpError::TooLarge { limit: 64 }));
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for() {
    let address = server(Vec::new(), false).await;
    let hasty = client(|settings| {
        settings.allow_private = true;
        settings.timeout = Duration::from_millis(50);
    });
    let answer = hasty.send(get(format!("http://{address}/"))).await;
    assert_eq!(answer, Err(HttpError::TimedOut));
}
