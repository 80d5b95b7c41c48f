//! The origin that a client names.

use url::Url;

/// The ASCII serialisation of an origin, so that it can be compared with the one in the client data: scheme and host in
/// lower case, no default port, no path. What has no host, such as `android:apk-key-hash:…`, stays as it is. None: it is
/// no URI at all.
pub(crate) fn normalised(named: &str) -> Option<String> {
    let url = Url::parse(named.trim()).ok()?;
    match url.scheme() {
        "https" | "http" => Some(url.origin().ascii_serialization()),
        _ => Some(named.trim().to_owned()),
    }
}

/// Is an origin, as [`normalised`] gives it, one of those that were listed by hand?
pub(crate) fn lists(listed: &[String], origin: &str) -> bool {
    // As a rule it is written exactly so, and nothing needs to be parsed.
    listed.iter().any(|listed| listed == origin)
        || listed
            .iter()
            .any(|listed| normalised(listed).as_deref() == Some(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_listed_in_any_spelling() {
        let listed = ["https://a.example", "HTTPS://B.example/", "no origin"].map(str::to_owned);
        for origin in ["https://a.example", "https://b.example"] {
            assert!(lists(&listed, origin), "{origin}");
        }
        for origin in ["https://c.example", "https://a.example:8443"] {
            assert!(!lists(&listed, origin), "{origin}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (named, origin) in [
            (
                "https://bitwarden.com/products/passwordless/",
                "https://bitwarden.com",
            ),
            ("HTTPS://Example.COM:443?x=1", "https://example.com"),
            ("http://localhost:80", "http://localhost"),
            ("http://localhost:7002/", "http://localhost:7002"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("android:apk-key-hash:AbC_-9", "android:apk-key-hash:AbC_-9"),
        ] {
            assert_eq!(normalised(named).as_deref(), Some(origin), "{named}");
        }
        for bad in ["", "example.com", "//x", "https://", "https://a b"] {
            assert_eq!(normalised(bad), None, "{bad}");
        }
    }
}
