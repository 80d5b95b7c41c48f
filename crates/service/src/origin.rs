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

#[cfg(test)]
mod tests {
    use super::*;

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
