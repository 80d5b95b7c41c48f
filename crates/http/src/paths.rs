//! One spelling for every path, so that each is matched once (contract section 0.1).

use std::borrow::Cow;

/// First segments of paths that are matched without regard to letter case.
const CASE_BLIND: &[&str] = &[
    "admin",
    "alias",
    "apps",
    "auth-configs",
    "authenticators",
    "credentials",
    "events",
    "health",
    "magic-links",
    "mds",
    "register",
    "reporting",
    "signin",
    "swagger",
    "users",
];

/// Where those who watch a container of the Passwordless.dev server ask whether it runs, whatever its base path.
pub(crate) const ALIVE: &str = "/alive";

/// The path without the base path, repeated slashes and one trailing slash, its fixed words in lower case. None: not below
/// the base path.
pub(crate) fn canonical<'a>(path: &'a str, base_path: &str) -> Option<Cow<'a, str>> {
    let path = if base_path.is_empty() || path == ALIVE {
        Cow::Borrowed(path)
    } else {
        let path = single_slashes(path);
        let start = path.get(..base_path.len())?;
        let rest = path.get(base_path.len()..)?;
        if !start.eq_ignore_ascii_case(base_path) || !(rest.is_empty() || rest.starts_with('/')) {
            return None;
        }
        Cow::Owned(if rest.is_empty() { "/" } else { rest }.to_owned())
    };
    let plain = !path.contains("//")
        && !path.bytes().any(|byte| byte.is_ascii_uppercase())
        && (path == "/" || !path.ends_with('/'));
    if plain {
        return Some(path);
    }
    let single = single_slashes(&path);
    let trimmed = match single.strip_suffix('/') {
        Some("") | None => single.as_ref(),
        Some(trimmed) => trimmed,
    };
    Some(Cow::Owned(lower_case_words(trimmed)))
}

fn single_slashes(path: &str) -> Cow<'_, str> {
    if !path.contains("//") {
        return Cow::Borrowed(path);
    }
    let mut single = String::with_capacity(path.len());
    for letter in path.chars() {
        if letter != '/' || !single.ends_with('/') {
            single.push(letter);
        }
    }
    Cow::Owned(single)
}

/// Lower-cases what is no parameter: app ids and key ids stay as they were written.
fn lower_case_words(path: &str) -> String {
    let words: Vec<&str> = path.split('/').collect();
    let is = |at: usize, word: &str| {
        words
            .get(at)
            .is_some_and(|it| it.eq_ignore_ascii_case(word))
    };
    // Below `/apps/ID` stand the paths of surfaces that know cases apart.
    let below_an_app = is(1, "apps") && words.len() > 3;
    if below_an_app || !CASE_BLIND.iter().any(|word| is(1, word)) {
        return path.to_owned();
    }
    let of_an_app = is(1, "admin") && is(2, "apps");
    let parameter = |at| of_an_app && (at == 3 || at == 5 && is(4, "api-keys"));
    let lowered = words.iter().enumerate().map(|(at, word)| {
        if parameter(at) {
            Cow::Borrowed(*word)
        } else {
            Cow::Owned(word.to_ascii_lowercase())
        }
    });
    lowered.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_path_is_one_path() {
        for (path, one) in [
            ("/", "/"),
            ("//", "/"),
            ("/register/begin", "/register/begin"),
            ("//register/begin", "/register/begin"),
            ("/Register//BEGIN/", "/register/begin"),
            ("/auth-configs/", "/auth-configs"),
            (
                "/admin/apps/Acme/Api-Keys/aB1c/LOCK",
                "/admin/apps/Acme/api-keys/aB1c/lock",
            ),
            ("/demo/", "/demo"),
            ("/Apps/Features", "/apps/features"),
            ("/apps/acme/me/passkeys/aB", "/apps/acme/me/passkeys/aB"),
            ("/fido2/v2/Users", "/fido2/v2/Users"),
        ] {
            assert_eq!(canonical(path, "").as_deref(), Some(one), "{path}");
        }
        assert!(matches!(
            canonical("/signin/begin", ""),
            Some(Cow::Borrowed(_))
        ));
    }

    #[test]
    fn only_paths_below_the_base_path_are_ours() {
        assert_eq!(canonical("/api/alias", "/api").as_deref(), Some("/alias"));
        assert_eq!(
            canonical("//API//alias/", "/api").as_deref(),
            Some("/alias")
        );
        assert_eq!(canonical("/api", "/api").as_deref(), Some("/"));
        assert_eq!(canonical(ALIVE, "/api").as_deref(), Some(ALIVE));
        for outside in ["/", "/alias", "/apix/alias", "/ap"] {
            assert_eq!(canonical(outside, "/api"), None, "{outside}");
        }
    }
}
