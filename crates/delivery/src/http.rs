//! Requests to servers that are not ours.

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_trait::async_trait;
use passkeyd_domain::ports::{HttpClient, HttpError, HttpMethod, HttpRequest, HttpResponse};
use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{HeaderName, HeaderValue},
    redirect::Policy,
};
use thiserror::Error;
use url::{Host, Url};

use crate::{public_address::is_public, roots};

/// What an operator decides about outgoing requests.
#[derive(Clone, Debug)]
pub struct OutgoingSettings {
    /// From the start of the connection to the end of the answer.
    pub timeout: Duration,
    /// The largest answer that is taken, in bytes.
    pub max_answer: usize,
    /// Hosts that may have a private address: names and addresses, compared without regard to case.
    pub allowed_hosts: Vec<String>,
    /// Every host may have a private address: for requests whose target the operator set, never for a tenant's.
    pub allow_private: bool,
    /// Authorities that are trusted beside the system's, in DER.
    pub authorities: Vec<Vec<u8>>,
}

impl Default for OutgoingSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            max_answer: 1024 * 1024,
            allowed_hosts: Vec::new(),
            allow_private: false,
            authorities: Vec::new(),
        }
    }
}

/// Why the client could not be made.
#[derive(Debug, Error)]
#[error("outgoing requests can't be set up")]
struct SetUpError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// An [`HttpClient`]: rustls with ring, no redirects, no proxies of the environment (a proxy would look names up where we
/// can't see what they lead to), time and size limited, private addresses refused.
pub struct OutgoingHttp {
    settings: OutgoingSettings,
    /// Made for the first request: many servers never make one, and the roots of TLS take room.
    client: OnceLock<Client>,
    max_answer: usize,
    guard: Arc<Guard>,
}

/// Decides where requests may go.
struct Guard {
    allowed_hosts: Vec<String>,
    allow_private: bool,
}

impl Guard {
    fn may_be_private(&self, host: &str) -> bool {
        self.allow_private
            || self
                .allowed_hosts
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(host))
    }
}

impl OutgoingHttp {
    /// A client with these settings.
    pub fn new(settings: OutgoingSettings) -> Self {
        let guard = Arc::new(Guard {
            allowed_hosts: settings.allowed_hosts.clone(),
            allow_private: settings.allow_private,
        });
        Self {
            max_answer: settings.max_answer,
            settings,
            client: OnceLock::new(),
            guard,
        }
    }

    fn client(&self) -> Result<&Client, SetUpError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = self.connected()?;
        Ok(self.client.get_or_init(|| client))
    }

    fn connected(&self) -> Result<Client, SetUpError> {
        let settings = &self.settings;
        let authorities: Vec<_> = settings
            .authorities
            .iter()
            .map(|der| der.clone().into())
            .collect();
        let tls = roots::client_config(&authorities).map_err(|error| SetUpError(error.into()))?;
        Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Arc::new(GuardedResolver(Arc::clone(&self.guard))))
            .redirect(Policy::none())
            .no_proxy()
            .timeout(settings.timeout)
            .user_agent(concat!("passkeyd/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| SetUpError(error.into()))
    }

    /// Refuses what is no URL of a server, and a private address that is written out; names are the resolver's matter.
    fn target(&self, url: &str) -> Result<Url, HttpError> {
        let url = Url::parse(url).map_err(|error| HttpError::Url(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(HttpError::Url("it is neither http nor https".to_owned()));
        }
        let address: Option<IpAddr> = match url.host() {
            None => return Err(HttpError::Url("it names no host".to_owned())),
            Some(Host::Domain(_)) => None,
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
        };
        match address {
            Some(address)
                if !is_public(address) && !self.guard.may_be_private(&address.to_string()) =>
            {
                Err(HttpError::PrivateAddress {
                    host: address.to_string(),
                })
            }
            _ => Ok(url),
        }
    }
}

#[async_trait]
impl HttpClient for OutgoingHttp {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let url = self.target(&request.url)?;
        let method = match request.method {
            HttpMethod::Get => reqwest::Method::GET,
            HttpMethod::Post => reqwest::Method::POST,
            HttpMethod::Put => reqwest::Method::PUT,
        };
        let client = self
            .client()
            .map_err(|error| HttpError::Unreachable(format!("{error}: {}", error.0)))?;
        let mut outgoing = client.request(method, url);
        for (name, value) in &request.headers {
            let name = HeaderName::try_from(name.as_str());
            let value = HeaderValue::try_from(value.as_str());
            let (Ok(name), Ok(value)) = (name, value) else {
                return Err(HttpError::Url("a header is malformed".to_owned()));
            };
            outgoing = outgoing.header(name, value);
        }
        if !request.body.is_empty() {
            outgoing = outgoing.body(request.body);
        }
        let mut answer = outgoing.send().await.map_err(failure)?;
        let status = answer.status().as_u16();
        let headers = answer
            .headers()
            .iter()
            .filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
            })
            .collect();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > self.max_answer {
                return Err(HttpError::TooLarge {
                    limit: self.max_answer,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpResponse {
            status,
            headers,
            body,
        })
    }
}

/// What the resolver says when nothing public is left.
#[derive(Debug, Error)]
#[error("the host '{0}' has no public address")]
struct NoPublicAddress(String);

struct GuardedResolver(Arc<Guard>);

impl Resolve for GuardedResolver {
    /// Looks the name up and keeps what is public, so that the address that was checked is the one that is connected to.
    fn resolve(&self, name: Name) -> Resolving {
        let guard = Arc::clone(&self.0);
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            if guard.may_be_private(&host) {
                return Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs);
            }
            let public: Vec<_> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NoPublicAddress(host).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

fn failure(error: reqwest::Error) -> HttpError {
    if error.is_timeout() {
        return HttpError::TimedOut;
    }
    // The URL may hold a secret.
    let error = error.without_url();
    let mut innermost: &(dyn std::error::Error + 'static) = &error;
    loop {
        if let Some(NoPublicAddress(host)) = innermost.downcast_ref() {
            return HttpError::PrivateAddress { host: host.clone() };
        }
        match innermost.source() {
            Some(source) => innermost = source,
            None => return HttpError::Unreachable(innermost.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
