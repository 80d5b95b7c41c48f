//! What the `Authorization` header may hold (contract section 3): an API key in four forms, a token or a session in two.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};

/// What stands for a header that is no ASCII: no credential that anybody has.
const UNREADABLE: &str = "?";

/// The value of the header; an empty one is as good as none.
fn authorization(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?;
    let value = value.to_str().unwrap_or(UNREADABLE).trim();
    (!value.is_empty()).then_some(value)
}

/// What follows the name of a scheme.
fn of_scheme<'a>(value: &'a str, scheme: &str) -> Option<&'a str> {
    let (name, rest) = value.split_once(' ')?;
    name.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

/// A token or a session: bare, or after `Bearer`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = authorization(headers)?;
    let token = of_scheme(value, "Bearer").unwrap_or(value);
    (!token.is_empty()).then_some(token)
}

/// An API key: as the user name of `Basic`, with or without the colon; after `Bearer`; or bare.
pub(crate) fn api_key(headers: &HeaderMap) -> Option<String> {
    let value = authorization(headers)?;
    let Some(encoded) = of_scheme(value, "Basic") else {
        return bearer(headers).map(str::to_owned);
    };
    let bytes = decode_base64(encoded)?;
    let text = String::from_utf8(bytes).ok()?;
    let key = text.split_once(':').map_or(text.as_str(), |(key, _)| key);
    (!key.is_empty()).then(|| key.to_owned())
}

/// Decodes base64 or base64url, with or without padding.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let url = text.contains(['-', '_']);
    let padded = text.ends_with('=');
    let encoding = match (url, padded) {
        (true, true) => &BASE64URL,
        (true, false) => &BASE64URL_NOPAD,
        (false, true) => &BASE64,
        (false, false) => &BASE64_NOPAD,
    };
    encoding.decode(text.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn header(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn an_api_key_is_read_in_each_of_its_forms() {
        let encoded = |text: &str| BASE64.encode(text.as_bytes());
        for value in [
            format!("Basic {}", encoded("lid_key:")),
            format!("basic {}", encoded("lid_key:password")),
            format!("Basic {}", encoded("lid_key")),
            format!("Basic {}", encoded("lid_key:").trim_end_matches('=')),
            "Bearer lid_key".to_owned(),
            "lid_key".to_owned(),
        ] {
            assert_eq!(
                api_key(&header(&value)).as_deref(),
                Some("lid_key"),
                "{value}"
            );
        }
        for value in ["", " ", "Basic", "Basic :", "Basic Og==", "Bearer "] {
            let read = api_key(&header(value));
            assert!(
                read.is_none()
                    || read.as_deref() == Some("Basic")
                    || read.as_deref() == Some("Bearer"),
                "{value}"
            );
        }
    }

    #[test]
    fn a_token_comes_bare_or_after_bearer() {
        for value in ["a.b.c", "Bearer a.b.c", "bearer  a.b.c ", " a.b.c"] {
            assert_eq!(bearer(&header(value)), Some("a.b.c"), "{value}");
        }
        assert_eq!(bearer(&header("")), None);
        assert_eq!(bearer(&header("é")), Some(UNREADABLE));
        assert_eq!(bearer(&HeaderMap::new()), None);
    }

    #[test]
    fn each_base64_is_read() {
        for text in ["-_-_", "+/+/"] {
            assert_eq!(decode_base64(text), Some(vec![0xfb, 0xff, 0xbf]), "{text}");
        }
        for text in ["_w", "_w==", "/w", "/w=="] {
            assert_eq!(decode_base64(text), Some(vec![0xff]), "{text}");
        }
        assert_eq!(decode_base64("-/"), None);
    }
}
