//! Client data, broken member by member, in both ceremonies.

use passkeyd_webauthn::Algorithm;
use passkeyd_webauthn::origin::{AllowedOrigins, OriginRules, RpId, TopOrigins};
use passkeyd_webauthn::policy::Strictness;

use crate::authentication_case::AuthenticationCase;
use crate::mutation::{Row, run};
use crate::registration_case::{ClientDataCase, RP_ID, RegistrationCase};

/// The same rows for either case, whose client data and policy have the same names.
macro_rules! rows {
    ($case:ty, $other_type:literal) => {{
        let rows: &[Row<$case>] = &[
            (
                "another type",
                |c| c.client_data.set("type", concat!("\"", $other_type, "\"")),
                "ClientDataTypeMismatch",
            ),
            (
                "a payment's type",
                |c| c.client_data.set("type", "\"payment.get\""),
                "ClientDataTypeMismatch",
            ),
            (
                "the type in capitals",
                |c| c.client_data.set("type", "\"WEBAUTHN.GET\""),
                "ClientDataTypeMismatch",
            ),
            (
                "an empty type",
                |c| c.client_data.set("type", "\"\""),
                "ClientDataTypeMismatch",
            ),
            (
                "no type",
                |c| c.client_data.remove("type"),
                "ClientDataMalformed(\"type\")",
            ),
            (
                "a number as type",
                |c| c.client_data.set("type", "1"),
                "ClientDataMalformed(\"type\")",
            ),
            (
                "type named in capitals",
                |c| {
                    c.client_data.remove("type");
                    c.client_data.add("Type", "\"webauthn.get\"")
                },
                "ClientDataMalformed(\"type\")",
            ),
            (
                "another challenge",
                |c| c.client_data.set("challenge", "\"AAAAAAAAAAAAAAAAAAAAAA\""),
                "ChallengeMismatch",
            ),
            (
                "an empty challenge",
                |c| c.client_data.set("challenge", "\"\""),
                "ChallengeMismatch",
            ),
            (
                "a padded challenge",
                |c| {
                    let s = c.client_data.members[1].1.replace("\"", "");
                    c.client_data.set("challenge", &format!("\"{s}=\""))
                },
                "ChallengeMismatch",
            ),
            (
                "a challenge cut short",
                |c| {
                    let s = c.client_data.members[1].1[1..20].to_owned();
                    c.client_data.set("challenge", &format!("\"{s}\""))
                },
                "ChallengeMismatch",
            ),
            (
                "no challenge",
                |c| c.client_data.remove("challenge"),
                "ClientDataMalformed(\"challenge\")",
            ),
            (
                "null as challenge",
                |c| c.client_data.set("challenge", "null"),
                "ClientDataMalformed(\"challenge\")",
            ),
            (
                "another origin",
                |c| c.client_data.set("origin", "\"https://evil.example\""),
                "OriginNotAllowed(\"https://evil.example\")",
            ),
            (
                "a subdomain",
                |c| c.client_data.set("origin", "\"https://a.example.com\""),
                "OriginNotAllowed",
            ),
            (
                "an origin with a slash",
                |c| c.client_data.set("origin", "\"https://example.com/\""),
                "OriginNotAllowed",
            ),
            (
                "an origin with its port",
                |c| c.client_data.set("origin", "\"https://example.com:443\""),
                "OriginNotAllowed",
            ),
            (
                "an origin without encryption",
                |c| c.client_data.set("origin", "\"http://example.com\""),
                "OriginNotAllowed",
            ),
            (
                "an origin in capitals",
                |c| c.client_data.set("origin", "\"https://Example.com\""),
                "OriginNotAllowed",
            ),
            (
                "the opaque origin",
                |c| c.client_data.set("origin", "\"null\""),
                "OriginNotAllowed(\"null\")",
            ),
            (
                "an app's origin",
                |c| c.client_data.set("origin", "\"android:apk-key-hash:AAAA\""),
                "OriginNotAllowed",
            ),
            (
                "no origin",
                |c| c.client_data.remove("origin"),
                "ClientDataMalformed(\"origin\")",
            ),
            (
                "an array as origin",
                |c| c.client_data.set("origin", "[\"https://example.com\"]"),
                "ClientDataMalformed(\"origin\")",
            ),
            (
                "a cross-origin frame",
                |c| c.client_data.set("crossOrigin", "true"),
                "CrossOriginNotAllowed",
            ),
            (
                "text as crossOrigin",
                |c| c.client_data.set("crossOrigin", "\"false\""),
                "ClientDataMalformed(\"crossOrigin\")",
            ),
            (
                "null as crossOrigin",
                |c| c.client_data.set("crossOrigin", "null"),
                "ClientDataMalformed(\"crossOrigin\")",
            ),
            (
                "a top origin",
                |c| c.client_data.set("topOrigin", "\"https://example.com\""),
                "CrossOriginNotAllowed",
            ),
            (
                "null as topOrigin",
                |c| c.client_data.set("topOrigin", "null"),
                "ClientDataMalformed(\"topOrigin\")",
            ),
            (
                "a top origin, and frames allowed",
                |c| {
                    c.policy.cross_origin = true;
                    c.client_data.set("crossOrigin", "true");
                    c.client_data.set("topOrigin", "\"https://a.example\"")
                },
                "TopOriginNotAllowed(\"https://a.example\")",
            ),
            (
                "a top origin without crossOrigin",
                |c| {
                    c.policy.cross_origin = true;
                    c.state.ceremony.top_origins = TopOrigins::Any;
                    c.client_data.set("topOrigin", "\"https://a.example\"")
                },
                "TopOriginNotAllowed",
            ),
            (
                "an opaque top origin",
                |c| {
                    c.policy.cross_origin = true;
                    c.state.ceremony.top_origins = TopOrigins::Any;
                    c.client_data.set("crossOrigin", "true");
                    c.client_data.set("topOrigin", "\"null\"")
                },
                "TopOriginNotAllowed",
            ),
            (
                "a listed top origin",
                |c| {
                    c.policy.cross_origin = true;
                    c.state.ceremony.top_origins =
                        TopOrigins::listed(["https://a.example"]).unwrap();
                    c.client_data.set("crossOrigin", "true");
                    c.client_data.set("topOrigin", "\"https://a.example\"")
                },
                "ok",
            ),
            (
                "the origin itself on top",
                |c| {
                    c.policy.cross_origin = true;
                    c.state.ceremony.top_origins = TopOrigins::SameAsOrigin;
                    c.client_data.set("crossOrigin", "true");
                    c.client_data.set("topOrigin", "\"https://example.com\"")
                },
                "ok",
            ),
            (
                "another on top than itself",
                |c| {
                    c.policy.cross_origin = true;
                    c.state.ceremony.top_origins = TopOrigins::SameAsOrigin;
                    c.client_data.set("crossOrigin", "true");
                    c.client_data.set("topOrigin", "\"https://b.example\"")
                },
                "TopOriginNotAllowed",
            ),
            (
                "a frame that names no top origin",
                |c| {
                    c.policy.cross_origin = true;
                    c.client_data.set("crossOrigin", "true")
                },
                "ok",
            ),
            (
                "the same where it must be named",
                |c| {
                    c.policy.cross_origin = true;
                    c.policy.require_top_origin = true;
                    c.client_data.set("crossOrigin", "true")
                },
                "TopOriginMissing",
            ),
            (
                "token binding",
                |c| {
                    c.client_data
                        .add("tokenBinding", "{\"status\":\"present\",\"id\":\"AA\"}")
                },
                "TokenBindingPresent",
            ),
            (
                "token binding that was only supported",
                |c| {
                    c.client_data
                        .add("tokenBinding", "{\"status\":\"supported\"}")
                },
                "ok",
            ),
            (
                "a bare word as token binding",
                |c| c.client_data.add("tokenBinding", "\"unused\""),
                "ok",
            ),
            (
                "the same under validation",
                |c| {
                    c.policy.validate_token_binding = true;
                    c.client_data.add("tokenBinding", "\"unused\"")
                },
                "ClientDataMalformed(\"tokenBinding\")",
            ),
            (
                "an unknown status under validation",
                |c| {
                    c.policy.validate_token_binding = true;
                    c.client_data.add("tokenBinding", "{\"status\":\"x\"}")
                },
                "ClientDataMalformed(\"tokenBinding\")",
            ),
            (
                "an unknown member",
                |c| {
                    c.client_data
                        .add("other_keys_can_be_added_here", "\"do not compare\"")
                },
                "ok",
            ),
            (
                "the type twice",
                |c| c.client_data.add("type", "\"webauthn.get\""),
                "ClientDataDuplicateMember",
            ),
            (
                "the origin twice, once escaped",
                |c| c.client_data.add("\\u006frigin", "\"https://example.com\""),
                "ClientDataDuplicateMember",
            ),
            (
                "an unknown member twice, further down",
                |c| c.client_data.add("x", "[{\"a\":1,\"a\":1}]"),
                "ClientDataDuplicateMember",
            ),
            (
                "a byte-order mark",
                |c| c.client_data.prefix = b"\xef\xbb\xbf".to_vec(),
                "ok",
            ),
            (
                "two byte-order marks",
                |c| c.client_data.prefix = b"\xef\xbb\xbf\xef\xbb\xbf".to_vec(),
                "ClientDataMalformed",
            ),
            (
                "broken UTF-8",
                |c| c.client_data.suffix = vec![0xff],
                "ClientDataNotUtf8",
            ),
            (
                "white space after",
                |c| c.client_data.suffix = b" \n".to_vec(),
                "ok",
            ),
            (
                "more after",
                |c| c.client_data.suffix = b"{}".to_vec(),
                "ClientDataMalformed",
            ),
            (
                "a zero byte after",
                |c| c.client_data.suffix = vec![0],
                "ClientDataMalformed",
            ),
            (
                "an array around",
                |c| {
                    c.client_data.prefix = b"[".to_vec();
                    c.client_data.suffix = b"]".to_vec()
                },
                "ClientDataMalformed(\"not an object\")",
            ),
            (
                "deep nesting",
                |c| {
                    c.client_data
                        .add("x", &format!("{}{}", "[".repeat(40), "]".repeat(40)))
                },
                "TooLarge(\"the nesting of clientDataJSON\")",
            ),
            (
                "nesting that policy allows",
                |c| {
                    c.policy.limits.json_nesting = 41;
                    c.client_data
                        .add("x", &format!("{}{}", "[".repeat(40), "]".repeat(40)))
                },
                "ok",
            ),
            (
                "nesting beyond what policy allows",
                |c| {
                    c.policy.limits.json_nesting = 2;
                    c.client_data.add("x", "[[]]")
                },
                "TooLarge(\"the nesting of clientDataJSON\")",
            ),
            (
                "17 KiB",
                |c| {
                    c.client_data
                        .add("x", &format!("\"{}\"", "x".repeat(17 * 1024)))
                },
                "TooLarge(\"clientDataJSON\")",
            ),
            (
                "members in another order",
                |c| c.client_data.members.reverse(),
                "ok",
            ),
            (
                "the same where the template is required",
                |c| {
                    c.policy.client_data_template = Strictness::Refuse;
                    c.client_data.members.reverse()
                },
                "ClientDataNotSerializedAsSpecified",
            ),
            (
                "an escaped letter where the template is required",
                |c| {
                    c.policy.client_data_template = Strictness::Refuse;
                    c.client_data.set("origin", "\"https://ex\\u0061mple.com\"")
                },
                "ClientDataNotSerializedAsSpecified",
            ),
            (
                "the template as required",
                |c| c.policy.client_data_template = Strictness::Refuse,
                "ok",
            ),
            (
                "an expired ceremony",
                |c| c.state.ceremony.expires_at = Some(c.now),
                "CeremonyExpired",
            ),
            (
                "a ceremony that is not over",
                |c| c.state.ceremony.expires_at = Some(c.now + jiff::SignedDuration::from_secs(1)),
                "ok",
            ),
        ];
        rows
    }};
}

#[test]
fn a_registration_with_broken_client_data_is_refused_by_name() {
    run(
        || RegistrationCase::none(Algorithm::Es256),
        rows!(RegistrationCase, "webauthn.get"),
    );
}

#[test]
fn a_sign_in_with_broken_client_data_is_refused_by_name() {
    run(
        || AuthenticationCase::new(Algorithm::Es256),
        rows!(AuthenticationCase, "webauthn.create"),
    );
}

#[test]
fn template_and_embedding_leave_observations() {
    use passkeyd_webauthn::Observation;
    let mut case = AuthenticationCase::new(Algorithm::Es256);
    case.client_data.members.reverse();
    case.client_data.set("crossOrigin", "true");
    case.policy.cross_origin = true;
    let observations = case.authenticate().unwrap().observations;
    assert_eq!(
        observations,
        [
            Observation::ClientDataNotSerializedAsSpecified,
            Observation::TopOriginMissing
        ]
    );
}

#[test]
fn subdomains_and_ports_are_accepted_where_the_rules_say_so() {
    let rp_id = RpId::new(RP_ID).unwrap();
    let mut rules = OriginRules::default();
    rules.subdomains = true;
    rules.ports = vec![8443];
    for (origin, good) in [
        ("https://a.example.com", true),
        ("https://a.example.com:8443", true),
        ("https://a.example.com:9443", false),
        ("https://evilexample.com", false),
    ] {
        let mut case = RegistrationCase::none(Algorithm::Es256);
        case.state.ceremony.origins = AllowedOrigins::new(&rp_id, &rules).unwrap();
        case.client_data = ClientDataCase::new("webauthn.create");
        case.client_data.set("origin", &format!("\"{origin}\""));
        assert_eq!(case.register().is_ok(), good, "{origin}");
    }
}
