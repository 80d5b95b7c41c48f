//! As much of HTTP/1.1 as the load needs: what it costs is not the server's cost, so it should be little.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// What current browsers send, since the server reads it.
const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";

/// A kept-alive connection.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    host: SocketAddr,
    request: Vec<u8>,
    line: String,
    body: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(host: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self {
            stream: BufReader::with_capacity(16 * 1024, stream),
            host,
            request: Vec::new(),
            line: String::new(),
            body: Vec::new(),
        })
    }

    /// Posts JSON and gives the JSON of a 200.
    pub(crate) fn post(
        &mut self,
        path: &str,
        key: (&str, &str),
        origin: &str,
        body: &Value,
    ) -> Result<Value, String> {
        let body = body.to_string();
        self.request.clear();
        write!(
            self.request,
            "POST {path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {USER_AGENT}\r\nAccept: */*\r\nOrigin: {origin}\r\n\
             Content-Type: application/json\r\nClient-Version: js-1.1.0\r\n{}: {}\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            key.0,
            key.1,
            body.len()
        )
        .and_then(|()| self.stream.get_mut().write_all(&self.request))
        .map_err(|error| format!("{path}: {error}"))?;
        let status = self.answer().map_err(|error| format!("{path}: {error}"))?;
        let text = String::from_utf8_lossy(&self.body);
        if status != 200 {
            return Err(format!("{path} answered {status}: {text}"));
        }
        serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))
    }

    /// Reads an answer, whose body it leaves in `self.body`.
    fn answer(&mut self) -> io::Result<u16> {
        let bad = || {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "no HTTP/1.1 answer with a length",
            )
        };
        self.line.clear();
        self.stream.read_line(&mut self.line)?;
        let status = self
            .line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .ok_or_else(bad)?;
        let mut length = None;
        loop {
            self.line.clear();
            self.stream.read_line(&mut self.line)?;
            let header = self.line.trim_end();
            if header.is_empty() {
                break;
            }
            if let Some((name, value)) = header.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().ok();
            }
        }
        self.body.resize(length.ok_or_else(bad)?, 0);
        self.stream.read_exact(&mut self.body)?;
        Ok(status)
    }
}
