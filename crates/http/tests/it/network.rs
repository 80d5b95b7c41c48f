//! The server on a real socket: what a client can do wrong below the level of requests.

use std::{net::SocketAddr, time::Duration};

use actix_web::rt::{self, task::JoinHandle};
use passkeyd_http::{HttpSettings, serve};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
};

use crate::world::{SECRET, World, settings};

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<std::io::Result<()>>,
}

async fn start(http: HttpSettings) -> Server {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let http = HttpSettings {
        workers: Some(1),
        ..http
    };
    let (service, _) = World::in_memory().await;
    let ended = rt::spawn(serve(vec![listener], service, http, async {
        let _ = stopped.await;
    }));
    Server {
        address,
        stop,
        ended,
    }
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends the bytes, and reads until the server closes the connection.
    async fn ask(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // The server may close before all is sent.
        let _ = stream.write_all(bytes).await;
        rest(&mut stream).await
    }

    async fn end(self) {
        self.stop.send(()).unwrap();
        self.ended.await.unwrap().unwrap();
    }
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("")
}

fn problem(answer: &str) -> Value {
    assert!(
        answer.contains("content-type: application/problem+json\r\n"),
        "{answer}"
    );
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}

fn head(path: &str, more: &str) -> String {
    let (name, key) = SECRET;
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\n{name}: {key}\r\nContent-Type: application/json\r\n{more}\r\n"
    )
}

const BODY: &str = r#"{"userId":"u","username":"a"}"#;

fn whole(more: &str) -> String {
    let length = BODY.len();
    let head = head(
        "/register/token",
        &format!("Content-Length: {length}\r\n{more}"),
    );
    format!("{head}{BODY}")
}

#[actix_web::test]
async fn a_head_that_does_not_come_is_not_waited_for() {
    let mut http = settings();
    http.limits.head_time = Duration::from_millis(300);
    let server = start(http).await;
    let answer = server
        .ask(b"POST /register/token HTTP/1.1\r\nHost: loc")
        .await;
    assert!(["", "408"].contains(&status(&answer)), "{answer}");
    server.end().await;
}

#[actix_web::test]
async fn a_body_that_does_not_come_is_408() {
    let mut http = settings();
    http.limits.body_time = Duration::from_millis(300);
    let server = start(http).await;
    let head = head(
        "/register/token",
        "Content-Length: 29\r\nConnection: close\r\n",
    );
    let answer = server.ask(format!("{head}{{").as_bytes()).await;
    assert_eq!(problem(&answer)["status"], 408);
    server.end().await;
}

#[actix_web::test]
async fn a_broken_body_is_refused() {
    let server = start(settings()).await;
    let head = head(
        "/register/token",
        "Transfer-Encoding: chunked\r\nConnection: close\r\n",
    );
    let answer = server.ask(format!("{head}zz\r\n").as_bytes()).await;
    assert_eq!(status(&answer), "400", "{answer}");
    server.end().await;
}

#[actix_web::test]
async fn bytes_that_are_no_request_are_survived() {
    let server = start(settings()).await;
    for bytes in [
        b"\0\0\0\0\r\n\r\n".as_slice(),
        b"GET\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let mut stream = server.connect().await;
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let answer = rest(&mut stream).await;
        let first = status(&answer).bytes().next();
        assert!(
            matches!(first, None | Some(b'2' | b'4')),
            "{bytes:?} → {answer}"
        );
    }
    let answer = server.ask(whole("Connection: close\r\n").as_bytes()).await;
    assert_eq!(status(&answer), "200");
    server.end().await;
}

#[actix_web::test]
async fn a_refusal_arrives_although_the_body_was_not_read() {
    let server = start(settings()).await;
    let body = "x".repeat(900_000);
    let length = body.len();
    for (key, expected) in [("ApiSecret: nothing\r\n", "401"), ("", "401")] {
        let request = format!(
            "POST /register/token HTTP/1.1\r\nHost: localhost\r\n{key}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        let answer = server.ask(request.as_bytes()).await;
        assert_eq!(
            problem(&answer)["status"],
            json!(expected.parse::<u16>().unwrap())
        );
    }
    server.end().await;
}

#[actix_web::test]
async fn heads_beyond_all_measure_are_refused() {
    let server = start(settings()).await;
    for bytes in [40_000, 400_000] {
        let filler = "x".repeat(bytes);
        let answer = server
            .ask(whole(&format!("X: {filler}\r\nConnection: close\r\n")).as_bytes())
            .await;
        assert!(
            ["431", "413", "400", ""].contains(&status(&answer)),
            "{bytes} {}",
            status(&answer)
        );
    }
    server.end().await;
}

#[actix_web::test]
async fn a_request_that_runs_is_finished_before_the_server_ends() {
    let server = start(settings()).await;
    let mut stream = server.connect().await;
    let request = whole("Connection: close\r\n");
    let (before, after) = request.split_at(request.len() - 5);
    stream.write_all(before.as_bytes()).await.unwrap();
    // A second request on another connection shows that the first one is being served.
    let answer = server.ask(whole("Connection: close\r\n").as_bytes()).await;
    assert_eq!(status(&answer), "200");
    server.stop.send(()).unwrap();
    stream.write_all(after.as_bytes()).await.unwrap();
    assert_eq!(status(&rest(&mut stream).await), "200");
    server.ended.await.unwrap().unwrap();
}

#[actix_web::test]
async fn head_is_answered_without_a_body() {
    let server = start(settings()).await;
    let answer = server
        .ask(b"HEAD /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await;
    assert_eq!(status(&answer), "200");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-length: 7"), "{head}");
    assert_eq!(body, "");
    server.end().await;
}
