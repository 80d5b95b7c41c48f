use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::scim::{GROUP, ScimType, USER, holds, resolve};

fn user() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "2819c223", "externalId": "bJensen", "userName": "bjensen@example.com", "active": true,
        "displayName": "Babs Jensen", "name": {"givenName": "Barbara", "familyName": "O'Malley"},
        "emails": [{"value": "bjensen@example.com", "type": "work", "primary": true},
                   {"value": "babs@jensen.org", "type": "home"}],
        "groups": [{"value": "e9e30dba", "display": "Tour Guides"}],
        "meta": {"resourceType": "User", "created": "2011-05-13T04:42:34Z", "lastModified": "2011-05-13T04:42:34Z",
                 "version": "W/\"a330bc54f0671c9\""},
    })
}

fn selects(text: &str) -> bool {
    let filter = Filter::parse(text).unwrap_or_else(|refused| panic!("{text}: {refused}"));
    let condition = resolve(&filter, &USER).unwrap_or_else(|refused| panic!("{text}: {refused}"));
    holds(&condition, user().as_object().unwrap())
}

/// Figure 2 of RFC 7644 section 3.4.2.2; attributes that are not ours count as absent.
#[test]
fn the_examples_of_rfc_7644_are_read() {
    for (text, selected) in [
        (r#"userName eq "bjensen""#, false),
        (r#"name.familyName co "O'Malley""#, true),
        (r#"userName sw "J""#, false),
        (
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
            false,
        ),
        ("title pr", false),
        (r#"meta.lastModified gt "2011-05-13T04:42:34Z""#, false),
        (r#"meta.lastModified ge "2011-05-13T04:42:34Z""#, true),
        (r#"meta.lastModified lt "2011-05-13T04:42:34Z""#, false),
        (r#"meta.lastModified le "2011-05-13T04:42:34Z""#, true),
        (r#"title pr and userType eq "Employee""#, false),
        (r#"title pr or userType eq "Intern""#, false),
        (
            r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
            false,
        ),
        (
            r#"schemas eq "urn:ietf:params:scim:schemas:core:2.0:User""#,
            true,
        ),
        (
            r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
            false,
        ),
        (
            r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
            false,
        ),
        (
            r#"userType eq "Employee" and (emails.type eq "work")"#,
            false,
        ),
        (
            r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
            false,
        ),
        (
            r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
            true,
        ),
    ] {
        assert_eq!(selects(text), selected, "{text}");
    }
}

#[test]
fn operators_and_names_are_read_in_any_case_and_texts_compared_so_unless_they_are_exact() {
    for text in [
        r#"USERNAME EQ "BJENSEN@example.COM""#,
        r#"Name.FAMILYNAME Ew "MALLEY""#,
        r#"NOT (active Eq False) AND Active eq "True""#,
        r#"externalId eq "bJensen""#,
        r#"not(externalId eq "bjensen")"#,
        r#"emails[primary eq true and type eq "WORK"]"#,
        r#"groups.display sw "tour" and groups eq "e9e30dba""#,
        r#"userName eq "bjensen\u0040example.com""#,
        "(active eq true)or(displayName pr)",
        r#"name[givenName eq "barbara"]"#,
        r#"displayName gt "b" and displayName lt "C""#,
    ] {
        assert!(selects(text), "{text}");
    }
    for text in [
        r#"externalId eq "bjensen""#,
        r#"emails[primary eq true and type eq "home"]"#,
        r#"groups eq "E9E30DBA""#,
    ] {
        assert!(!selects(text), "{text}");
    }
}

#[test]
fn and_binds_more_than_or_and_not_more_than_both() {
    assert!(selects("active eq true or title pr and nickName pr"));
    assert!(!selects("(active eq true or title pr) and nickName pr"));
    assert!(selects("not (title pr) and active eq true"));
    assert!(!selects("not (title pr or active eq true)"));
}

#[test]
fn what_is_absent_differs_from_everything_and_equals_null() {
    for text in [
        r#"title ne "x""#,
        "title eq null",
        "externalId ne null",
        r#"emails ne "bjensen@example.com""#,
        r#"emails.type ne "work""#,
        "name.formatted eq null",
        "name pr",
        r#"urn:example:User:userName ne "bjensen@example.com""#,
    ] {
        assert!(selects(text), "{text}");
    }
    for text in [
        "title ne null",
        r#"title lt "x""#,
        r#"userName ne "bjensen@example.com""#,
        "userName eq null",
    ] {
        assert!(!selects(text), "{text}");
    }
    // A list with this value alone has no other.
    let one = json!({"emails": [{"value": "a@b.c"}]});
    let condition = resolve(&Filter::parse(r#"emails ne "A@b.c""#).unwrap(), &USER).unwrap();
    assert!(!holds(&condition, one.as_object().unwrap()));
    assert!(holds(&condition, json!({}).as_object().unwrap()));
}

#[test]
fn instants_are_compared_and_not_their_texts() {
    for (text, selected) in [
        (r#"meta.created eq "2011-05-13T06:42:34+02:00""#, true),
        (r#"meta.created eq "2011-05-13T04:42:34.000Z""#, true),
        (r#"meta.created eq "2011-05-13T04:42:34.5Z""#, false),
        (r#"meta.created ne "2011-05-13T04:42:34.5Z""#, true),
        (r#"meta.created lt "2011-05-13T04:42:34.5Z""#, true),
        (r#"meta.created gt "2011-05-13T04:42:33.9Z""#, true),
        (r#"meta.created ge "2011-05-13T04:42:34.1Z""#, false),
        (r#"meta.created le "2011-05-13T04:42:33.9Z""#, false),
    ] {
        assert_eq!(selects(text), selected, "{text}");
    }
}

#[test]
fn what_follows_brackets_is_asked_of_the_same_value() {
    for (written, meant) in [
        (
            r#"emails[type eq "work"].value eq "x""#,
            r#"emails[type eq "work" and value eq "x"]"#,
        ),
        (
            r#"emails[type eq "work"] co "x" and active eq true"#,
            r#"emails[type eq "work" and value co "x"] and active eq true"#,
        ),
    ] {
        assert_eq!(Filter::parse(written), Filter::parse(meant), "{written}");
    }
}

#[test]
fn what_is_no_filter_is_refused() {
    for text in [
        "",
        " ",
        "userName",
        "userName eq",
        "userName eq ",
        "userName eq bjensen",
        r#"userName eq "bjensen"#,
        r#"userName is "bjensen""#,
        r#"userName eq "a" and"#,
        r#"userName eq "a" userName eq "b""#,
        r#"userName eq "a") "#,
        r#"(userName eq "a""#,
        r#"not userName eq "a""#,
        r#"emails[type eq "work""#,
        r#"emails[type eq "work"].value"#,
        r#"emails[value[type eq "x"]]"#,
        r#"emails.type[value eq "x"]"#,
        r#"1name eq "x""#,
        r#"a.b.c eq "x""#,
        r#"http://x:userName eq "x""#,
        r#"userName eq "\x""#,
        r#"userName eq "a\u0000b""#,
        "userName eq 01",
        "userName\teq \"a\"",
    ] {
        let refused = Filter::parse(text).map_err(|refused| refused.scim_type);
        assert_eq!(refused, Err(ScimType::InvalidFilter), "{text}");
    }
}

#[test]
fn what_an_attribute_can_not_be_asked_is_refused() {
    for text in [
        "active gt true",
        r#"active co "t""#,
        r#"active eq "yes""#,
        "active eq 1",
        "userName eq 1",
        "userName eq true",
        "userName gt null",
        r#"name eq "x""#,
        r#"userName[value eq "x"]"#,
        r#"meta.created co "2011""#,
        r#"meta.created gt "yesterday""#,
        r#"emails.primary sw "t""#,
    ] {
        let refused = resolve(&Filter::parse(text).unwrap(), &USER);
        let refused = refused.map_err(|refused| refused.scim_type);
        assert_eq!(refused, Err(ScimType::InvalidFilter), "{text}");
    }
    assert!(resolve(&Filter::parse(r#"members.value eq "x""#).unwrap(), &GROUP).is_ok());
}

/// Found by the fuzzer.
#[test]
fn a_number_of_many_digits_is_read_as_the_nearest() {
    let filter = Filter::parse("metied gt 444444444444444444444444").unwrap();
    assert_eq!(filter.to_string(), "metied gt 4.4444444444444444e+23");
    assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
}

#[test]
fn length_and_depth_have_bounds() {
    let nested = |depth: usize| format!("{}a pr{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Filter::parse(&nested(MAX_DEPTH)).is_ok());
    assert!(Filter::parse(&nested(MAX_DEPTH + 1)).is_err());
    let bracketed = |depth: usize| {
        let (open, close) = ("(".repeat(depth), ")".repeat(depth));
        format!("{open}emails[{open}value pr{close}]{close}")
    };
    assert!(Filter::parse(&bracketed(15)).is_ok());
    assert!(Filter::parse(&bracketed(16)).is_err());
    let long = |length: usize| format!(r#"a eq "{}""#, "x".repeat(length - 7));
    assert!(Filter::parse(&long(MAX_LENGTH)).is_ok());
    assert!(Filter::parse(&long(MAX_LENGTH + 1)).is_err());
}

pub(crate) fn any_filter() -> impl Strategy<Value = Filter> {
    let literal = prop_oneof![
        "[ -~åÄß\u{1F600}]{0,8}".prop_map(Literal::Text),
        any::<bool>().prop_map(Literal::Boolean),
        any::<i32>().prop_map(|number| Literal::Number(number.into())),
        Just(Literal::Null),
    ];
    let name = prop::sample::select(vec![
        "userName", "EMAILS", "type", "value", "active", "not", "or", "pr", "x-y_1", "$ref",
    ]);
    let path = (
        prop::option::of(Just("urn:ietf:params:scim:schemas:core:2.0:User")),
        name.clone(),
        prop::option::of(name),
    )
        .prop_map(|(schema, name, sub)| AttributePath {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
            sub: sub.map(str::to_owned),
        });
    let operator = prop::sample::select(Operator::ALL.to_vec());
    let leaf = prop_oneof![
        path.clone().prop_map(Filter::Present),
        (path, operator, literal)
            .prop_map(|(path, operator, literal)| Filter::Compare(path, operator, literal)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Any),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

proptest! {
    #[test]
    fn a_filter_that_is_written_is_read_again(filter in any_filter()) {
        let text = filter.to_string();
        prop_assume!(text.len() <= MAX_LENGTH);
        prop_assert_eq!(Filter::parse(&text), Ok(filter));
    }

    #[test]
    fn whatever_is_sent_is_read_or_refused(text in "\\PC{0,80}") {
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        }
    }

    #[test]
    fn whatever_looks_like_a_filter_is_read_or_refused(
        words in prop::collection::vec(prop::sample::select(vec![
            "userName", "emails", "[", "]", "(", ")", "not", "and", "or", "eq", "pr", "co", "\"a\"", "\"", "true", "1", " ", ".", ":", "\\",
        ]), 0..24)
    ) {
        let text = words.join(if words.len() % 2 == 0 { " " } else { "" });
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        }
    }

    #[test]
    fn a_filter_or_its_opposite_selects_a_resource(filter in any_filter()) {
        if let Ok(condition) = resolve(&filter, &USER) {
            let user = user();
            let user = user.as_object().unwrap();
            prop_assert_ne!(holds(&condition, user), holds(&condition.negated(), user));
        }
    }
}
