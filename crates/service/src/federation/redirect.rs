//! Where a browser goes after a sign-in at a provider.

use url::Url;

/// Longer than a URL that browsers and servers take.
const LONGEST: usize = 2048;

/// A URL that a browser may be sent to: absolute, `http` or `https`, without fragment, for the fragment is ours, and
/// without user name, which is there to deceive people.
pub(super) fn target(text: &str) -> Option<Url> {
    if text.len() > LONGEST || text.contains(|c: char| c.is_control() || c == '\\') {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let good = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    good.then_some(url)
}

/// The URL with the provider's reason in its fragment.
pub(super) fn with_error(target: Url, error: &str) -> String {
    // RFC 6749 section 4.1.2.1 has short words of ASCII here.
    let error: String = error
        .chars()
        .filter(|c| c.is_ascii_graphic() || *c == ' ')
        .take(64)
        .collect();
    with_fragment(target, &[("error", &error)])
}

/// The URL with these members in its fragment.
pub(super) fn with_fragment(mut target: Url, members: &[(&str, &str)]) -> String {
    let fragment = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(members)
        .finish();
    target.set_fragment(Some(&fragment));
    target.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_web_page_without_fragment() {
        for good in [
            "https://example.com",
            "https://example.com:8443/in?a=b&c=d",
            "http://localhost:7002/",
        ] {
            assert!(target(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "/in",
            "//example.com/in",
            "example.com",
            "https:",
            "https://",
            "https://example.com/#",
            "https://example.com/#x",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp://in",
            "https://example.com@evil.example/",
            "https://a:b@example.com/",
            "https:\\\\evil.example\\",
            "https://example.com\\@evil.example/",
            "https://example.com/\r\nSet-Cookie: a=b",
            "\u{1}https://example.com/",
            &format!("https://example.com/{}", "x".repeat(2048)),
        ] {
            assert_eq!(target(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_reason_stays_in_the_fragment() {
        let page = || target("https://example.com/in?a=b").unwrap();
        assert_eq!(
            with_error(page(), "access_denied"),
            "https://example.com/in?a=b#error=access_denied"
        );
        assert_eq!(
            with_error(page(), "a&access_token=b#\r\n é"),
            "https://example.com/in?a=b#error=a%26access_token%3Db%23+"
        );
        assert_eq!(with_error(page(), &"x".repeat(99)).len(), 33 + 64);
    }
}
