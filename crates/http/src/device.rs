//! The device of a request in words for people: `Chrome, Mac OS X 10` (contract section 5.8).
//!
//! Families are named as the public `uap-core` patterns name them. What they know of ten thousand agents is told here of
//! those that make passkeys, without a regular expression: this runs in every ceremony.

/// What a `User-Agent` says of browser and system; `Other, Other` for one that says nothing known.
pub(crate) fn describe(user_agent: &str) -> String {
    let agent = user_agent
        .char_indices()
        .nth(LONGEST)
        .map_or(user_agent, |(at, _)| &user_agent[..at]);
    let (system, version) = system(agent);
    let version = &version[..version.len().min(5)];
    let space = if version.is_empty() { "" } else { " " };
    format!("{}, {system}{space}{version}", browser(agent))
}

/// Longer agents are not read to their end.
const LONGEST: usize = 512;

/// A mark in the agent, and the family on a desktop and on a phone; the first one found decides.
const BROWSERS: &[(&str, &str, &str)] = &[
    ("EdgiOS/", "Edge Mobile", "Edge Mobile"),
    ("EdgA/", "Edge Mobile", "Edge Mobile"),
    ("Edg/", "Edge", "Edge Mobile"),
    ("Edge/", "Edge", "Edge Mobile"),
    ("OPT/", "Opera Touch", "Opera Touch"),
    ("OPiOS/", "Opera Mini", "Opera Mini"),
    ("OPR/", "Opera", "Opera Mobile"),
    ("Opera/", "Opera", "Opera Mobile"),
    ("SamsungBrowser/", "Samsung Internet", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser", "Yandex Browser"),
    ("Vivaldi/", "Vivaldi", "Vivaldi"),
    ("DuckDuckGo/", "DuckDuckGo", "DuckDuckGo Mobile"),
    ("FxiOS/", "Firefox iOS", "Firefox iOS"),
    ("Focus/", "Firefox Focus", "Firefox Focus"),
    ("SeaMonkey/", "SeaMonkey", "SeaMonkey"),
    ("Firefox/", "Firefox", "Firefox Mobile"),
    ("CriOS/", "Chrome Mobile iOS", "Chrome Mobile iOS"),
    ("HeadlessChrome/", "HeadlessChrome", "HeadlessChrome"),
    ("Electron/", "Electron", "Electron"),
    ("Chromium/", "Chromium", "Chromium"),
    ("Chrome/", "Chrome", "Chrome Mobile"),
    ("MSIE ", "IE", "IE Mobile"),
    ("Trident/", "IE", "IE Mobile"),
    ("Safari/", "Safari", "Mobile Safari"),
    ("okhttp/", "okhttp", "okhttp"),
    ("curl/", "curl", "curl"),
    ("Wget/", "Wget", "Wget"),
    ("python-requests/", "Python Requests", "Python Requests"),
    ("axios/", "axios", "axios"),
    ("PostmanRuntime/", "PostmanRuntime", "PostmanRuntime"),
    (
        "Apache-HttpClient/",
        "Apache-HttpClient",
        "Apache-HttpClient",
    ),
    ("Go-http-client/", "Go-http-client", "Go-http-client"),
    ("CFNetwork/", "CFNetwork", "CFNetwork"),
];

fn browser(agent: &str) -> &'static str {
    let mobile = ["Mobile", "Tablet", "iPhone", "iPad"]
        .iter()
        .any(|mark| agent.contains(mark));
    match BROWSERS.iter().find(|(mark, ..)| agent.contains(mark)) {
        Some(("Chrome/", ..)) if agent.contains("; wv)") => "Chrome Mobile WebView",
        Some((_, _, on_phone)) if mobile => on_phone,
        Some((_, on_desktop, _)) => on_desktop,
        None if agent.contains("iPhone") || agent.contains("iPad") => "Mobile Safari UI/WKWebView",
        None => "Other",
    }
}

/// The family of the system, and its major version.
fn system(agent: &str) -> (&'static str, &str) {
    let number = |mark: &str| agent.split_once(mark).map(|(_, rest)| leading_digits(rest));
    if let Some((_, rest)) = agent.split_once("Windows NT ") {
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let version = match &rest[..end] {
            "10.0" => "10",
            "6.3" | "6.2" => "8",
            "6.1" => "7",
            "6.0" => "Vista",
            "5.1" | "5.2" => "XP",
            _ => "",
        };
        return ("Windows", version);
    }
    for (mark, family) in [
        ("Windows Phone ", "Windows Phone"),
        ("iPhone OS ", "iOS"),
        ("CPU OS ", "iOS"),
        ("Mac OS X ", "Mac OS X"),
        ("Android ", "Android"),
        ("Tizen ", "Tizen"),
        ("HarmonyOS ", "HarmonyOS"),
    ] {
        if let Some(version) = number(mark) {
            return (family, version);
        }
    }
    if let Some((_, rest)) = agent.split_once("CrOS ") {
        // The architecture stands before the version.
        return (
            "Chrome OS",
            rest.split(' ').nth(1).map_or("", leading_digits),
        );
    }
    let known = [
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("Macintosh", "Mac OS X"),
        ("Darwin/", "iOS"),
        ("Ubuntu", "Ubuntu"),
        ("Fedora", "Fedora"),
        ("Linux", "Linux"),
        ("FreeBSD", "FreeBSD"),
        ("OpenBSD", "OpenBSD"),
    ];
    let family = known.iter().find(|(mark, _)| agent.contains(mark));
    (family.map_or("Other", |(_, family)| family), "")
}

fn leading_digits(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn devices_are_told_in_the_words_of_the_contract() {
        for (agent, device) in [
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
                "Chrome, Mac OS X 10",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Firefox, Windows 10",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                "Mobile Safari, iOS 17",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 16_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
                "Chrome Mobile iOS, iOS 16",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
                "Mobile Safari UI/WKWebView, iOS 17",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
                "Safari, Mac OS X 10",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
                "Chrome Mobile, Android 14",
            ),
            (
                "Mozilla/5.0 (Linux; Android 13; SM-S918B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36",
                "Chrome Mobile WebView, Android 13",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S928U) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
                "Samsung Internet, Android 14",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
                "Edge, Windows 10",
            ),
            (
                "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36 OPR/95.0.0.0",
                "Opera, Windows 7",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Firefox, Linux",
            ),
            (
                "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Firefox, Ubuntu",
            ),
            (
                "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0",
                "Firefox Mobile, Android 14",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
                "Chrome, Chrome OS 14541",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
                "HeadlessChrome, Linux",
            ),
            ("okhttp/4.12.0", "okhttp, Other"),
            ("curl/8.5.0", "curl, Other"),
            ("MyApp/1 CFNetwork/1494.0.7 Darwin/23.4.0", "CFNetwork, iOS"),
            ("", "Other, Other"),
            ("Windows NT 99.9", "Other, Windows"),
        ] {
            assert_eq!(describe(agent), device, "{agent}");
        }
    }

    proptest! {
        #[test]
        fn every_agent_has_a_short_description(agent in "\\PC{0,600}") {
            prop_assert!(describe(&agent).len() < 64, "{}", agent);
        }

        #[test]
        fn marks_followed_by_anything_are_read(mark in "(Windows NT |CrOS |Mac OS X |Android )", rest in "\\PC{0,20}") {
            let device = describe(&format!("{mark}{rest}"));
            prop_assert!(!device.ends_with(' '), "{}", device);
        }
    }
}
