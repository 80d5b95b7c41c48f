//! A throw-away folder, the commands run in it, and servers started on it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) const PUBLIC_KEY: &str = "test:public:2e728aa5986f4ba8b073a5b28a939795";
pub(crate) const SECRET_KEY: &str = "test:secret:a679563b331846c79c20b114a4f56d02";

/// Far above what anything here takes: only a defect reaches it.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A command that runs in this folder, with no settings but those that it is given.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_passkeyd"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PASSKEYD")) {
            command.env_remove(name);
        }
        command.current_dir(self.0.path()).args(words);
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs a command with `--json` and gives its exit code and its document.
    pub(crate) fn json(&self, words: &[&str]) -> (i32, Value) {
        let output = self.command(words).arg("--json").output().unwrap();
        let document = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{words:?}: {error}: {output:?}"));
        (output.status.code().unwrap(), document)
    }

    /// Runs a command that has to succeed.
    pub(crate) fn done(&self, words: &[&str]) -> Value {
        let (code, document) = self.json(words);
        assert_eq!(code, 0, "{words:?}: {document}");
        document
    }

    /// Starts a server on a free port, with `--dev` or other words, and reads what it announces.
    pub(crate) fn serve(&self, words: &[&str]) -> Server {
        let mut command = self.command(&["serve", "--json", "--bind", "127.0.0.1:0"]);
        command
            .args(words)
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(self.path("log")).unwrap());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let announced: Value = serde_json::from_str(&line).unwrap_or_else(|error| {
            panic!(
                "{error}: {line} {}",
                std::fs::read_to_string(self.path("log")).unwrap()
            )
        });
        Server {
            child,
            out,
            announced,
            log: self.path("log"),
        }
    }
}

pub(crate) struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    pub(crate) announced: Value,
    log: PathBuf,
}

impl Server {
    pub(crate) fn address(&self) -> &str {
        self.announced["address"].as_str().unwrap()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(Path::new(&self.log)).unwrap()
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end and gives the exit code; none: a signal ended it.
    pub(crate) fn end(mut self) -> Option<i32> {
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                let mut rest = String::new();
                self.out.read_to_string(&mut rest).unwrap();
                assert_eq!(rest, "", "one document was announced");
                return status.code();
            }
            assert!(Instant::now() < deadline, "the server did not end");
            std::thread::yield_now();
        }
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn get(&self, path: &str) -> (u16, Value) {
        self.request(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n"), "")
    }

    pub(crate) fn post(&self, path: &str, key: &str, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        self.request(&head(path, key, body.len()), &body)
    }

    fn request(&self, head: &str, body: &str) -> (u16, Value) {
        let mut stream = self.connect();
        write!(stream, "{head}Connection: close\r\n\r\n{body}").unwrap();
        answer(stream)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The head of a post with the key in its header, without the empty line at its end.
pub(crate) fn head(path: &str, key: &str, length: usize) -> String {
    let header = if key.contains(":public:") {
        "ApiKey"
    } else {
        "ApiSecret"
    };
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         {header}: {key}\r\nContent-Length: {length}\r\n"
    )
}

/// Reads the answer to the end of the connection.
pub(crate) fn answer(mut stream: TcpStream) -> (u16, Value) {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or_else(|| panic!("no answer: {text:?}"));
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}
