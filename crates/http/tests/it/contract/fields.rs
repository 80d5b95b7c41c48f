//! Section 2: the rule of each field, in the contract's sentences, and the failures of binding.

use serde_json::{Value, json};

use super::{link_to, rows};
use crate::world::{MANAGEMENT, PUBLIC, SECRET, World};

const TIME: &str = "The field TimeToLive must be a positive time span of at most 3650 days.";
const LINK: &str = "https://tools.ietf.org/html/rfc9110#section-15.5.1";

/// Fails unless the body is refused for exactly this.
async fn refused(world: &World, path: &str, body: Value, errors: Value) {
    let answer = world.post(path, SECRET, body).await;
    let problem = answer.problem();
    assert_eq!(answer.status, 400, "{path}: {}", answer.text());
    assert_eq!(problem["errors"], errors, "{path}");
    assert_eq!(
        (&problem["type"], &problem["title"]),
        (
            &json!(LINK),
            &json!("One or more validation errors occurred.")
        )
    );
    assert!(problem.get("errorCode").is_none());
}

fn with(mut body: Value, member: &str, value: Value) -> Value {
    body[member] = value;
    body
}

fn texts(count: usize) -> Value {
    (0..count)
        .map(|number| json!(format!("a{number}")))
        .collect()
}

rows! {
    register_token_needs_a_user_and_a_name: async |world| {
        const USER: &str = "The UserId field is required.";
        const NAME: &str = "The Username field is required.";
        for nothing in [json!(null), json!(""), json!(" \t")] {
            refused(world, "/register/token", json!({ "userId": nothing, "username": "a" }), json!({ "userId": [USER] })).await;
            refused(world, "/register/token", json!({ "userId": "u", "username": nothing }), json!({ "username": [NAME] })).await;
        }
        refused(world, "/register/token", json!({}), json!({ "userId": [USER], "username": [NAME] })).await;
    };

    register_token_takes_64_bytes_of_a_user: async |world| {
        let body = |length| json!({ "userId": "u".repeat(length), "username": "a" });
        world.post("/register/token", SECRET, body(64)).await.ok();
        let answer = world.post("/register/token", SECRET, body(65)).await;
        assert!(answer.problem()["errors"]["userId"].is_array());
    };

    aliases_are_ten_of_250_characters_and_none_blank: async |world| {
        let token = |aliases: Value| json!({ "userId": "u", "username": "a", "aliases": aliases });
        let alias = |aliases: Value| json!({ "userId": "u", "aliases": aliases });
        for (path, body) in [("/register/token", &token as &dyn Fn(Value) -> Value), ("/alias", &alias)] {
            world.post(path, SECRET, body(texts(10))).await.ok();
            world.post(path, SECRET, body(json!(["å".repeat(250)]))).await.ok();
            world.post(path, SECRET, body(json!(vec!["same"; 11]))).await.ok();
            refused(world, path, body(texts(11)), json!({ "aliases": ["The field Aliases must be a string or array type with a maximum length of '10'."] })).await;
            refused(world, path, body(json!(["a".repeat(251)])), json!({ "aliases": ["The field Aliases must be a collection that contains strings with a maximum length of '250'."] })).await;
            for blank in [json!([null]), json!(["a", " "])] {
                refused(world, path, body(blank), json!({ "aliases": ["The field Aliases must be a collection where every item is required."] })).await;
            }
        }
        refused(world, "/alias", json!({ "userId": "u" }), json!({ "aliases": ["The Aliases field is required."] })).await;
        refused(world, "/alias", json!({ "aliases": [] }), json!({ "userId": ["The UserId field is required."] })).await;
    };

    hints_are_three_known_words: async |world| {
        let body = |hints: Value| json!({ "userId": "u", "username": "a", "hints": hints });
        refused(world, "/register/token", body(json!([0, 1, 2, 0])), json!({ "hints": ["The field Hints must be a string or array type with a maximum length of '3'."] })).await;
        assert_eq!(world.post("/register/token", SECRET, body(json!(["what"]))).await.status, 400);
        for known in [json!(["security-key"]), json!(["SecurityKey", "HYBRID"]), json!([2])] {
            world.post("/register/token", SECRET, body(known)).await.ok();
        }
    };

    generate_token_needs_a_user_and_takes_a_week: async |world| {
        let body = |seconds: Value| json!({ "userId": "u", "timeToLive": seconds });
        for good in [json!(1), json!(604_800), json!(null), json!("60")] {
            world.post("/signin/generate-token", SECRET, body(good)).await.ok();
        }
        for bad in [0, -1, 604_801] {
            refused(world, "/signin/generate-token", body(json!(bad)), json!({ "timeToLive": ["The field TimeToLiveSeconds must be between 1 and 604800."] })).await;
        }
        refused(world, "/signin/generate-token", json!({}), json!({ "userId": ["The UserId field is required."] })).await;
    };

    magic_links_check_the_address: async |world| {
        for bad in ["a", "@a", "a@", "a@b@c", "a@b\n.c"] {
            refused(world, "/magic-links/send", link_to(bad), json!({ "emailAddress": ["The EmailAddress field is not a valid e-mail address."] })).await;
        }
        refused(world, "/magic-links/send", link_to(" "), json!({ "emailAddress": ["The EmailAddress field is required."] })).await;
        // Even where nothing could be sent: what no mail can go to is told first.
        world.post("/apps/features", SECRET, json!({ "enableMagicLinks": false })).await.ok();
        refused(world, "/magic-links/send", link_to("a b@example.com"), json!({ "emailAddress": ["The EmailAddress field is not a valid e-mail address."] })).await;
    };

    magic_links_check_the_template: async |world| {
        let body = |url: &str| with(link_to("ada@example.com"), "urlTemplate", json!(url));
        for bad in ["https://www.example.com", "https://www.example.com?token=$token"] {
            refused(world, "/magic-links/send", body(bad), json!({ "urlTemplate": ["You have provided a UrlTemplate without a $TOKEN template. Please include it like so: https://www.example.com?token=$TOKEN"] })).await;
        }
        for bad in ["/path?$TOKEN", "ftp://example.com/$TOKEN", "javascript:alert('$TOKEN')"] {
            refused(world, "/magic-links/send", body(bad), json!({ "urlTemplate": ["You have provided a UrlTemplate that cannot be converted to a URL."] })).await;
        }
    };

    magic_links_take_a_week: async |world| {
        for bad in [0, 604_801] {
            let body = with(link_to("ada@example.com"), "timeToLive", json!(bad));
            refused(world, "/magic-links/send", body, json!({ "timeToLive": ["The field TimeToLive must be between 1 and 604800."] })).await;
        }
    };

    events_are_asked_for_within_bounds: async |world| {
        for (query, errors) in [
            ("pageNumber=0", json!({ "pageNumber": ["The field PageNumber must be between 1 and 2147483647."] })),
            ("pageNumber=1&numberOfResults=0", json!({ "numberOfResults": ["The field NumberOfResults must be between 1 and 1000."] })),
            ("pageNumber=1&numberOfResults=1001", json!({ "numberOfResults": ["The field NumberOfResults must be between 1 and 1000."] })),
        ] {
            let answer = world.get(&format!("/events?{query}"), SECRET).await;
            assert_eq!(answer.problem()["errors"], errors);
        }
    };

    auth_configs_check_purpose_time_and_performer: async |world| {
        let good = || json!({ "purpose": "transfer", "timeToLive": "00:01:00", "performedBy": "ops" });
        for path in ["/auth-configs/add", "/auth-configs"] {
            refused(world, path, with(good(), "purpose", json!("a b")), json!({ "purpose": ["Characters are limited to A-z, 0-9, -, or _."] })).await;
            refused(world, path, with(good(), "purpose", json!("ä")), json!({ "purpose": ["Characters are limited to A-z, 0-9, -, or _."] })).await;
            refused(world, path, with(good(), "purpose", json!("a".repeat(256))), json!({ "purpose": ["The field Purpose must be a string or array type with a maximum length of '255'."] })).await;
            refused(world, path, with(good(), "purpose", json!("")), json!({ "purpose": ["The Purpose field is required."] })).await;
            for bad in [json!(null), json!("00:00:00"), json!("-00:01:00")] {
                refused(world, path, with(good(), "timeToLive", bad), json!({ "timeToLive": [TIME] })).await;
            }
            refused(world, path, with(good(), "performedBy", json!(" ")), json!({ "performedBy": ["The PerformedBy field is required."] })).await;
            for bad in [with(good(), "timeToLive", json!("soon")), with(good(), "userVerificationRequirement", json!("optional"))] {
                assert_eq!(world.post(path, SECRET, bad).await.status, 400);
            }
        }
        refused(world, "/auth-configs/delete", json!({}), json!({ "purpose": ["The Purpose field is required."], "performedBy": ["The PerformedBy field is required."] })).await;
    };

    apps_features_take_90_days: async |world| {
        for bad in [-1, 91] {
            refused(world, "/apps/features", json!({ "eventLoggingRetentionPeriod": bad }), json!({ "eventLoggingRetentionPeriod": ["The field EventLoggingRetentionPeriod must be between 0 and 90."] })).await;
        }
        let answer = world.post("/admin/apps/test/features", MANAGEMENT, json!({ "eventLoggingRetentionPeriod": 91 })).await;
        assert_eq!(answer.problem()["errors"], json!({ "eventLoggingRetentionPeriod": ["The field EventLoggingRetentionPeriod must be between 0 and 90."] }));
    };

    names_of_apps_have_two_grammars: async |world| {
        for bad in ["ab", "1ab", "A1b", "a-b", &"a".repeat(63)] {
            let answer = world.post(&format!("/admin/apps/{bad}/create"), MANAGEMENT, json!({})).await;
            assert_eq!(
                answer.problem()["errors"],
                json!({ "appId": ["'AppId' must be between 3 and 62 characters, contain only lowercase letters and numbers, and start with a lowercase letter."] }),
                "{bad}"
            );
        }
        let short = world.get("/admin/apps/ab/available", MANAGEMENT).await.problem();
        assert_eq!(short["errors"]["appId"][1], "The field AppId must be a string or array type with a minimum length of '3'.");
        assert_eq!(world.get(&format!("/admin/apps/{}/available", "a".repeat(51)), MANAGEMENT).await.status, 400);
        world.post(&format!("/admin/apps/{}/create", "a".repeat(51)), MANAGEMENT, json!({})).await.ok();
    };

    queries_that_do_not_bind_are_told_in_the_sentence_of_the_contract: async |world| {
        for (path, title) in [
            ("/credentials/list", "Required parameter \"string UserId\" was not provided from query string."),
            ("/alias/list", "Required parameter \"string userId\" was not provided from query string."),
            ("/events", "Required parameter \"int PageNumber\" was not provided from query string."),
            ("/events?pageNumber=abc", "Failed to bind parameter \"int PageNumber\" from \"abc\"."),
            ("/authenticators/list", "Required parameter \"bool IsAllowed\" was not provided from query string."),
        ] {
            let answer = world.get(path, SECRET).await;
            assert_eq!(answer.refusal(), (400, String::new(), title.to_owned()));
            let problem = answer.problem();
            assert_eq!(problem["type"], LINK);
            assert!(problem.get("errorCode").is_none() && problem.get("errors").is_none());
        }
    };

    texts_may_be_numbers_switches_and_json: async |world| {
        for (user, listed) in [(json!(123), "123"), (json!(true), "True"), (json!({ "a": 1 }), "%7B%22a%22:1%7D")] {
            let body = json!({ "USERID": user, "aliases": [format!("of {listed}")] });
            world.post("/alias", SECRET, body).await.ok();
            let list = world.get(&format!("/alias/list?userid={listed}"), SECRET).await.ok().json();
            assert_eq!(list["values"].as_array().unwrap().len(), 1, "{listed}");
        }
        let body = json!({ "origin": "http://localhost:8080", "rpid": "localhost", "unknown": [1, 2] });
        world.post("/SignIn/Begin/", PUBLIC, body).await.ok();
    };
}
