//! Keys in headers, and what is said of wrong ones (contract sections 1.1 and 1.4).

use std::borrow::Cow;

use actix_web::http::{
    StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE},
};

use crate::{description::Scheme, problem::Problem};

/// A header that holds a key, which is also the name of its authentication scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyHeader {
    /// The public key of an app.
    ApiKey,
    /// The secret key of an app.
    ApiSecret,
    /// The operator's key.
    ManagementKey,
}

const API_KEY: HeaderName = HeaderName::from_static("apikey");
const API_SECRET: HeaderName = HeaderName::from_static("apisecret");
const MANAGEMENT_KEY_HEADER: HeaderName = HeaderName::from_static("managementkey");

/// The public key, in a description.
pub(crate) static PUBLIC_KEY: Scheme = Scheme {
    name: "ApiKey",
    header: Some("ApiKey"),
    description: "Front end: the public key of an app, `APP:public:…`, in browsers and mobile apps.",
};

/// The secret key, in a description.
pub(crate) static SECRET_KEY: Scheme = Scheme {
    name: "ApiSecret",
    header: Some("ApiSecret"),
    description: "Back end: the secret key of an app, `APP:secret:…`, which never leaves its servers.",
};

/// The operator's key, in a description.
pub(crate) static MANAGEMENT_KEY: Scheme = Scheme {
    name: "ManagementKey",
    header: Some("ManagementKey"),
    description: "Operator: the key that the setting `management.key` names.",
};

impl KeyHeader {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "ApiKey",
            Self::ApiSecret => "ApiSecret",
            Self::ManagementKey => "ManagementKey",
        }
    }

    /// The value shown, if any: of a repeated header the first, and an empty one is as good as absent.
    pub(crate) fn value(self, headers: &HeaderMap) -> Option<Cow<'_, str>> {
        let name = match self {
            Self::ApiKey => API_KEY,
            Self::ApiSecret => API_SECRET,
            Self::ManagementKey => MANAGEMENT_KEY_HEADER,
        };
        let value = headers.get(name)?.as_bytes().trim_ascii();
        (!value.is_empty()).then(|| String::from_utf8_lossy(value))
    }

    const fn other(self) -> Option<Self> {
        match self {
            Self::ApiKey => Some(Self::ApiSecret),
            Self::ApiSecret => Some(Self::ApiKey),
            Self::ManagementKey => None,
        }
    }
}

/// The 401 for a request that did not show a good key. `locked`: the key is right, but locked.
pub(crate) fn unauthenticated(header: KeyHeader, headers: &HeaderMap, locked: bool) -> Problem {
    let shown = header.value(headers);
    let other = header.other();
    let other_shown = other.is_some_and(|other| other.value(headers).is_some());
    let name = header.as_str();
    let problem = Problem::documented(
        StatusCode::UNAUTHORIZED,
        name,
        locked.then_some("api_key_locked"),
        format!("A valid '{name}' header is required."),
    )
    .with_header(WWW_AUTHENTICATE, HeaderValue::from_static(name));
    match detail(header, shown.as_deref(), other_shown) {
        Some(detail) => problem.with_detail(detail),
        None => problem,
    }
}

/// What is wrong with the key, in the first words that fit; none for the management key.
fn detail(header: KeyHeader, shown: Option<&str>, other_shown: bool) -> Option<String> {
    let other = header.other()?.as_str();
    let name = header.as_str();
    let (kind, other_kind) = match header {
        KeyHeader::ApiSecret => ("secret", ":public:"),
        KeyHeader::ApiKey | KeyHeader::ManagementKey => ("public", ":secret:"),
    };
    Some(match shown {
        Some(value) if value.starts_with("verify_") => {
            format!("A verify token was supplied instead of your '{name}'.")
        }
        Some(value) if value.starts_with("register_") => {
            format!("A register token was supplied instead of your '{name}'.")
        }
        Some(value) if value.contains(other_kind) => match header {
            KeyHeader::ApiSecret => {
                "Your ApiSecret header contained a public ApiKey instead of your 'ApiSecret'."
                    .to_owned()
            }
            KeyHeader::ApiKey | KeyHeader::ManagementKey => {
                "Your ApiKey header contained a ApiSecret instead of your 'ApiKey'.".to_owned()
            }
        },
        Some(value) if !value.contains(kind) => {
            let start: String = value.chars().take(10).collect();
            format!(
                "We don't recognize the value you supplied for your '{name}'. It started with: '{start}'."
            )
        }
        Some(_) => format!("The value of your '{name}' is not valid."),
        None if other_shown => format!(
            "A '{other}' header was supplied when a '{name}' header should have been supplied."
        ),
        None => format!("A valid '{name}' header is required."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_detail_is_that_of_the_first_row_that_fits() {
        use KeyHeader::{ApiKey, ApiSecret, ManagementKey};
        let rows: &[(KeyHeader, Option<&str>, bool, &str)] = &[
            (
                ApiSecret,
                Some("verify_abc"),
                false,
                "A verify token was supplied instead of your 'ApiSecret'.",
            ),
            (
                ApiKey,
                Some("verify_abc:secret:"),
                true,
                "A verify token was supplied instead of your 'ApiKey'.",
            ),
            (
                ApiSecret,
                Some("register_abc"),
                false,
                "A register token was supplied instead of your 'ApiSecret'.",
            ),
            (
                ApiKey,
                Some("register_abc"),
                false,
                "A register token was supplied instead of your 'ApiKey'.",
            ),
            (
                ApiSecret,
                Some("test:public:2e728aa5986f4ba8b073a5b28a939795"),
                false,
                "Your ApiSecret header contained a public ApiKey instead of your 'ApiSecret'.",
            ),
            (
                ApiKey,
                Some("test:secret:a679563b331846c79c20b114a4f56d02"),
                false,
                "Your ApiKey header contained a ApiSecret instead of your 'ApiKey'.",
            ),
            (
                ApiSecret,
                Some("something-else"),
                false,
                "We don't recognize the value you supplied for your 'ApiSecret'. It started with: 'something-'.",
            ),
            (
                ApiKey,
                Some("short"),
                true,
                "We don't recognize the value you supplied for your 'ApiKey'. It started with: 'short'.",
            ),
            (
                ApiSecret,
                Some("test:secret:unknown"),
                false,
                "The value of your 'ApiSecret' is not valid.",
            ),
            (
                ApiKey,
                Some("test:public:unknown"),
                false,
                "The value of your 'ApiKey' is not valid.",
            ),
            (
                ApiSecret,
                None,
                true,
                "A 'ApiKey' header was supplied when a 'ApiSecret' header should have been supplied.",
            ),
            (
                ApiKey,
                None,
                true,
                "A 'ApiSecret' header was supplied when a 'ApiKey' header should have been supplied.",
            ),
            (
                ApiSecret,
                None,
                false,
                "A valid 'ApiSecret' header is required.",
            ),
            (ApiKey, None, false, "A valid 'ApiKey' header is required."),
        ];
        for (header, shown, other, expected) in rows {
            assert_eq!(
                detail(*header, *shown, *other).as_deref(),
                Some(*expected),
                "{header:?} {shown:?} {other}"
            );
        }
        assert_eq!(detail(ManagementKey, Some("wrong"), true), None);
    }

    #[test]
    fn of_a_repeated_header_the_first_value_counts() {
        let mut headers = HeaderMap::new();
        headers.append(API_SECRET, HeaderValue::from_static("one"));
        headers.append(API_SECRET, HeaderValue::from_static("two"));
        headers.append(API_KEY, HeaderValue::from_static(""));
        assert_eq!(KeyHeader::ApiSecret.value(&headers).as_deref(), Some("one"));
        assert_eq!(KeyHeader::ApiKey.value(&headers), None);
        assert_eq!(KeyHeader::ManagementKey.value(&headers), None);
    }
}
