//! RP IDs and origins: which pages and apps may run a ceremony.

use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Excerpt, Result};

/// A [relying party identifier](https://www.w3.org/TR/webauthn-3/#relying-party-identifier): a lower-case ASCII domain.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RpId(Arc<str>);

impl TryFrom<String> for RpId {
    type Error = Error;

    fn try_from(domain: String) -> Result<Self> {
        Self::for_development(&domain)
    }
}

impl From<RpId> for String {
    fn from(id: RpId) -> Self {
        id.as_str().to_owned()
    }
}

impl RpId {
    /// Takes a public domain name, in its ASCII form.
    ///
    /// # Errors
    /// [`Error::RpIdInvalid`] for anything else: upper case, ports, schemes, trailing dots, IP addresses, `localhost`.
    pub fn new(domain: &str) -> Result<Self> {
        let id = Self::for_development(domain)?;
        if is_localhost(domain) || !domain.contains('.') {
            Err(invalid(domain))
        } else {
            Ok(id)
        }
    }

    /// As [`RpId::new`], and `localhost`, its subdomains and single labels too.
    ///
    /// # Errors
    /// [`Error::RpIdInvalid`].
    pub fn for_development(domain: &str) -> Result<Self> {
        if is_domain(domain) {
            Ok(Self(domain.into()))
        } else {
            Err(invalid(domain))
        }
    }

    /// The domain.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Is the host this domain, or below it?
    fn covers(&self, host: &str) -> bool {
        host.strip_suffix(self.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

impl fmt::Display for RpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

fn invalid(domain: &str) -> Error {
    Error::RpIdInvalid(Excerpt::new(domain))
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A last label of digits, or of `0x` and digits, is how an IPv4 address ends.
    let last = domain.rsplit('.').next().unwrap_or_default();
    let numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let address = numeric(last)
        || last
            .strip_prefix("0x")
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    domain.len() <= 253 && !address && domain.split('.').all(label)
}

fn is_localhost(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

/// A web origin in its ASCII serialisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct WebOrigin<'a> {
    https: bool,
    host: &'a str,
    /// Absent: the scheme's own.
    port: Option<u16>,
}

impl<'a> WebOrigin<'a> {
    /// Reads exactly what a browser writes; anything else is none.
    fn parse(text: &'a str) -> Option<Self> {
        let (https, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        };
        let port = match port {
            None => None,
            Some(digits) => {
                let canonical =
                    !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
                let port = digits.parse::<u16>().ok().filter(|_| canonical)?;
                if port == if https { 443 } else { 80 } {
                    return None;
                }
                Some(port)
            }
        };
        is_domain(host).then_some(Self { https, host, port })
    }
}

/// How origins relate to the RP ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginRelation {
    /// Every web origin is at or below the RP ID, or declared as related.
    #[default]
    Check,
    /// The client checked it: origins may lie outside of the RP ID. Risks that a mistake in the configuration goes unnoticed.
    TrustClient,
}

/// What [`AllowedOrigins`] is made from. Begin with [`OriginRules::exact`] and set the fields that differ.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct OriginRules {
    /// Web origins (`https://host[:port]`, or `http` for localhost) and app origins (`android:apk-key-hash:…`, from
    /// [`android_origin`]).
    pub origins: Vec<String>,
    /// Web origins outside of the RP ID that `/.well-known/webauthn` declares ([`related_origins`](crate::related_origins)).
    pub related: Vec<String>,
    /// Accept every `https` origin at or below the RP ID, with the default port or one of `ports`. Risks that a page on any
    /// subdomain can ask for sign-ins.
    pub subdomains: bool,
    /// The ports for `subdomains`.
    pub ports: Vec<u16>,
    /// Accept any port, and `http` for localhost: for development.
    pub any_port: bool,
    /// How origins relate to the RP ID.
    pub relation: OriginRelation,
}

impl OriginRules {
    /// These origins and no others.
    pub fn exact<I, S>(origins: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        Self {
            origins: origins.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }
}

/// The origins that may run a ceremony. Checked when it is made; cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct AllowedOrigins(Arc<Allowed>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Allowed {
    exact: Vec<String>,
    subdomains_of: Option<RpId>,
    ports: Vec<u16>,
    any_port: bool,
}

impl AllowedOrigins {
    /// Checks the rules against the RP ID.
    ///
    /// # Errors
    /// [`Error::OriginInvalid`] for an origin that no browser would send, that is not `https` (or `http` on localhost),
    /// or that is neither at or below the RP ID nor related.
    pub fn new(rp_id: &RpId, rules: &OriginRules) -> Result<Self> {
        for origin in &rules.origins {
            let related = rules.relation == OriginRelation::TrustClient;
            check_allowed(origin, if related { None } else { Some(rp_id) })?;
        }
        for origin in &rules.related {
            check_allowed(origin, None)?;
        }
        Ok(Self(Arc::new(Allowed {
            exact: rules
                .origins
                .iter()
                .chain(&rules.related)
                .cloned()
                .collect(),
            subdomains_of: rules.subdomains.then(|| rp_id.clone()),
            ports: rules.ports.clone(),
            any_port: rules.any_port,
        })))
    }

    /// Is this string, as a client sent it, one of them?
    pub fn allows(&self, received: &str) -> bool {
        let Allowed {
            exact,
            subdomains_of,
            ports,
            any_port,
        } = &*self.0;
        if received == "null" {
            return false;
        }
        if exact.iter().any(|allowed| allowed == received) {
            return true;
        }
        if !any_port && subdomains_of.is_none() {
            return false;
        }
        let Some(origin) = WebOrigin::parse(received) else {
            return false;
        };
        if !(origin.https || *any_port && is_localhost(origin.host)) {
            return false;
        }
        let port_fits = *any_port || origin.port.is_none_or(|port| ports.contains(&port));
        let host_fits = subdomains_of
            .as_ref()
            .is_some_and(|rp_id| rp_id.covers(origin.host))
            || exact
                .iter()
                .filter_map(|allowed| WebOrigin::parse(allowed))
                .any(|allowed| allowed.host == origin.host);
        port_fits && host_fits
    }

    /// The listed ones.
    pub fn listed(&self) -> &[String] {
        &self.0.exact
    }
}

impl fmt::Debug for AllowedOrigins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Serialize for AllowedOrigins {
    fn serialize<S: serde::Serializer>(
        &self,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AllowedOrigins {
    fn deserialize<D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<Self, D::Error> {
        Allowed::deserialize(deserializer).map(|allowed| Self(Arc::new(allowed)))
    }
}

fn check_allowed(origin: &str, below: Option<&RpId>) -> Result<()> {
    let refused = || Error::OriginInvalid(Excerpt::new(origin));
    if !origin.starts_with("http:") && !origin.starts_with("https:") {
        return if is_app_origin(origin) {
            Ok(())
        } else {
            Err(refused())
        };
    }
    let web = WebOrigin::parse(origin).ok_or_else(refused)?;
    let secure = web.https || is_localhost(web.host);
    if secure && below.is_none_or(|rp_id| rp_id.covers(web.host)) {
        Ok(())
    } else {
        Err(refused())
    }
}

/// The host of a web origin as a browser writes it, over `https`, or `http` on localhost.
pub(crate) fn check_web_origin(origin: &str) -> Option<&str> {
    let web = WebOrigin::parse(origin)?;
    (web.https || is_localhost(web.host)).then_some(web.host)
}

/// An opaque origin of an app: a scheme, a colon, something printable, and no `null`.
fn is_app_origin(origin: &str) -> bool {
    if let Some(hash) = origin.strip_prefix(APK_KEY_HASH) {
        let length = BASE64URL_NOPAD
            .decode(hash.as_bytes())
            .map(|bytes| bytes.len());
        return matches!(length, Ok(20 | 32));
    }
    origin.bytes().all(|byte| byte.is_ascii_graphic())
        && origin.split_once(':').is_some_and(|(scheme, rest)| {
            !rest.is_empty()
                && scheme.starts_with(|c: char| c.is_ascii_lowercase())
                && scheme
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        })
}

const APK_KEY_HASH: &str = "android:apk-key-hash:";

/// The origin that an Android app reports: from the SHA-256 fingerprint of its signing certificate, `AA:BB:…`.
///
/// # Errors
/// [`Error::OriginInvalid`] where it is not 32 bytes in hex.
pub fn android_origin(fingerprint: &str) -> Result<String> {
    let hex: String = fingerprint.split(':').collect();
    let bytes = data_encoding::HEXUPPER_PERMISSIVE
        .decode(hex.as_bytes())
        .ok()
        .filter(|bytes| bytes.len() == 32);
    let bytes = bytes.ok_or_else(|| Error::OriginInvalid(Excerpt::new(fingerprint)))?;
    Ok([APK_KEY_HASH, &BASE64URL_NOPAD.encode(&bytes)].concat())
}

/// The pages that may embed a ceremony in a frame.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TopOrigins {
    /// None: no embedding by a page that names itself.
    #[default]
    Forbidden,
    /// These.
    Listed(Vec<String>),
    /// Those that may run the ceremony themselves.
    SameAsOrigin,
    /// Any. Risks frames on pages of strangers.
    Any,
}

impl TopOrigins {
    /// A list of web origins.
    ///
    /// # Errors
    /// [`Error::OriginInvalid`].
    pub fn listed<I, S>(origins: I) -> Result<Self>
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        let origins: Vec<String> = origins.into_iter().map(Into::into).collect();
        for origin in &origins {
            check_allowed(origin, None)?;
        }
        Ok(if origins.is_empty() {
            Self::Forbidden
        } else {
            Self::Listed(origins)
        })
    }

    pub(crate) fn allows(&self, received: &str, origins: &AllowedOrigins) -> bool {
        match self {
            Self::Forbidden => false,
            Self::Listed(listed) => listed.iter().any(|allowed| allowed == received),
            Self::SameAsOrigin => origins.allows(received),
            Self::Any => received != "null",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rp_id_is_a_lower_case_public_domain() {
        for good in [
            "example.com",
            "login.example.co.uk",
            "xn--bcher-kva.example",
            "1.example",
        ] {
            assert!(RpId::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "Example.com",
            "example.com.",
            ".example.com",
            "example..com",
            "https://example.com",
            "example.com:443",
            "127.0.0.1",
            "1.2.3",
            "[::1]",
            "localhost",
            "a.localhost",
            "com",
            "exa_mple.com",
            "-a.com",
            "a-.com",
            "bücher.example",
            "0x7f.0x1",
            "example.com/",
        ] {
            assert_eq!(RpId::new(bad), Err(Error::RpIdInvalid(bad.into())), "{bad}");
        }
        assert!(RpId::for_development("localhost").is_ok());
        assert!(RpId::for_development("127.0.0.1").is_err());
    }

    #[test]
    fn a_listed_origin_is_what_a_browser_writes_at_or_below_the_rp_id() {
        let rp = RpId::new("example.com").unwrap();
        let try_one = |origin: &str| AllowedOrigins::new(&rp, &OriginRules::exact([origin]));
        for good in [
            "https://example.com",
            "https://a.example.com:8443",
            "android:apk-key-hash:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "ios:bundle-id:com.example",
        ] {
            assert!(try_one(good).unwrap().allows(good), "{good}");
        }
        for bad in [
            "http://example.com",
            "https://example.com/",
            "https://example.com:443",
            "https://EXAMPLE.com",
            "https://user@example.com",
            "https://evil-example.com",
            "https://example.org",
            "null",
            "",
            "example.com",
            "https://example.com:0443",
            "https://example.com:99999",
            "https://example.com#",
            "android:apk-key-hash:AA",
        ] {
            assert_eq!(try_one(bad), Err(Error::OriginInvalid(bad.into())), "{bad}");
        }
    }

    #[test]
    fn subdomains_need_the_dot() {
        let rp = RpId::new("example.com").unwrap();
        let rules = OriginRules {
            subdomains: true,
            ports: vec![8443],
            ..OriginRules::default()
        };
        let allowed = AllowedOrigins::new(&rp, &rules).unwrap();
        for good in [
            "https://example.com",
            "https://a.b.example.com",
            "https://a.example.com:8443",
        ] {
            assert!(allowed.allows(good), "{good}");
        }
        for bad in [
            "https://evilexample.com",
            "http://example.com",
            "https://example.com:8444",
            "https://example.com.evil.org",
            "https://a.example.com/",
            "null",
        ] {
            assert!(!allowed.allows(bad), "{bad}");
        }
    }

    #[test]
    fn any_port_lets_localhost_speak_http() {
        let rp = RpId::for_development("localhost").unwrap();
        let rules = OriginRules {
            subdomains: true,
            any_port: true,
            ..OriginRules::default()
        };
        let allowed = AllowedOrigins::new(&rp, &rules).unwrap();
        assert!(allowed.allows("http://localhost:3000"));
        assert!(allowed.allows("http://app.localhost:1"));
        assert!(!allowed.allows("http://localhost.example:3000"));
    }

    #[test]
    fn unrelated_origins_need_to_be_declared() {
        let rp = RpId::new("example.com").unwrap();
        let mut rules = OriginRules {
            related: vec!["https://example.org".to_owned()],
            ..OriginRules::default()
        };
        assert!(
            AllowedOrigins::new(&rp, &rules)
                .unwrap()
                .allows("https://example.org")
        );
        rules = OriginRules::exact(["https://example.org"]);
        rules.relation = OriginRelation::TrustClient;
        assert!(
            AllowedOrigins::new(&rp, &rules)
                .unwrap()
                .allows("https://example.org")
        );
    }

    #[test]
    fn an_android_origin_comes_from_a_fingerprint() {
        let fingerprint = ["0F"; 32].join(":");
        let origin = android_origin(&fingerprint).unwrap();
        assert_eq!(origin.len(), APK_KEY_HASH.len() + 43);
        assert!(android_origin("AA:BB").is_err());
    }
}
