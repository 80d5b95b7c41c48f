use async_trait::async_trait;
use thiserror::Error;

/// The methods that we use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpMethod {
    /// Reads.
    Get,
    /// Writes.
    Post,
    /// Replaces.
    Put,
}

/// A request to a server that is not ours.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: HttpMethod,
    /// An absolute `http` or `https` URL.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for HttpRequest {
    /// Without values of headers and without the body: both may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// The answer.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values that are text.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The first header of that name, which is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Is it one of 200 to 299?
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Does it say that the same request may be taken later: 429, or one of 500 to 599?
    fn is_passing(&self) -> bool {
        self.status == 429 || (500..600).contains(&self.status)
    }
}

impl std::fmt::Debug for HttpResponse {
    /// Without the body, which may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpError {
    /// Not an absolute `http` or `https` URL, or not one that may be asked for.
    #[error("this URL can't be asked: {0}")]
    Url(String),
    /// The host is in a private network, and the operator does not allow that.
    #[error("the host '{host}' has no public address")]
    PrivateAddress {
        /// The host.
        host: String,
    },
    /// The answer did not come in time.
    #[error("no answer in time")]
    TimedOut,
    /// The answer is larger than we take.
    #[error("the answer has more than {limit} bytes")]
    TooLarge {
        /// How many we take.
        limit: usize,
    },
    /// The server could not be reached, or broke off.
    #[error("the server can't be reached: {0}")]
    Unreachable(String),
}

impl HttpError {
    /// May the same request be answered later? A request that ran out of time may have been taken, and is not sent twice.
    fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }
}

/// Why something that was handed to a server was not taken; in it, what happened.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NotTaken {
    /// It may be taken later.
    #[error("{0}")]
    Now(String),
    /// It will not be taken, or may have been: it is not to be sent again.
    #[error("{0}")]
    Ever(String),
}

/// What became of something that was handed to a server: a status of 200 to 299 says that it is taken.
///
/// # Errors
/// [`NotTaken`].
pub fn taken(answer: Result<HttpResponse, HttpError>) -> Result<(), NotTaken> {
    let (is_passing, reason) = match answer {
        Ok(answer) if answer.is_success() => return Ok(()),
        Ok(answer) => (
            answer.is_passing(),
            format!("it answered with status {}", answer.status),
        ),
        Err(error) => (error.is_passing(), error.to_string()),
    };
    Err(if is_passing {
        NotTaken::Now(reason)
    } else {
        NotTaken::Ever(reason)
    })
}

/// Asks servers that are not ours. Time and size are limited, redirects are not followed, and a host with a private
/// address is refused unless the operator allows it.
#[async_trait]
pub trait HttpClient: Send + Sync + 'static {
    /// Sends the request and reads the whole answer, whatever its status.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError>;
}
