use proptest::prelude::*;

use super::*;

fn members(json: &str) -> Members<'_> {
    Members::parse(json.as_bytes(), "Test").unwrap()
}

#[test]
fn names_match_in_any_letter_case_and_the_last_one_wins() {
    let body = members(r#"{"USERID":"a","userid":"b","us\u0065rId":"c","other":1}"#);
    assert_eq!(body.text("userId").unwrap().as_deref(), Some("c"));
    assert_eq!(body.text("username").unwrap(), None);
}

#[test]
fn whatever_stands_where_text_is_asked_for_becomes_text() {
    for (json, text) in [
        (r#""a\n\"""#, Some("a\n\"")),
        ("123", Some("123")),
        ("-1.50e3", Some("-1.50e3")),
        ("12345678901234567890123", Some("12345678901234567890123")),
        ("true", Some("True")),
        ("false", Some("False")),
        (r#"{ "a" : [1] }"#, Some(r#"{ "a" : [1] }"#)),
        ("[1, 2]", Some("[1, 2]")),
        ("null", None),
        (r#""""#, Some("")),
        (r#""\ud83d\ude00""#, Some("😀")),
    ] {
        let json = format!(r#"{{"m":{json}}}"#);
        assert_eq!(members(&json).text("m").unwrap().as_deref(), text, "{json}");
    }
}

#[test]
fn texts_that_no_database_can_keep_are_refused() {
    for json in [r#"{"m":"a\u0000b"}"#, r#"{"m":"\ud800"}"#] {
        assert!(members(json).text("m").is_err(), "{json}");
    }
    assert!(Members::parse(b"{\"m\":\"a\0b\"}", "Test").is_err());
}

#[test]
fn elements_of_arrays_become_text_too() {
    let body = members(r#"{"m":["a",1,null,true],"n":"no array"}"#);
    let texts = body.texts("m").unwrap().unwrap();
    let texts: Vec<_> = texts.iter().map(Option::as_deref).collect();
    assert_eq!(texts, [Some("a"), Some("1"), None, Some("True")]);
    assert!(body.texts("n").is_err());
}

#[test]
fn integers_may_stand_in_quotes() {
    let body = members(
        r#"{"a":30,"b":"30","c":-1,"d":1.5,"e":"x","f":99999999999,"g":null,"h":"+3","i":true}"#,
    );
    assert_eq!(body.integer("a").unwrap(), Some(30));
    assert_eq!(body.integer("b").unwrap(), Some(30));
    assert_eq!(body.integer("c").unwrap(), Some(-1));
    assert_eq!(body.integer::<i32>("g").unwrap(), None);
    assert_eq!(body.integer("f").unwrap(), Some(99_999_999_999_i64));
    for wrong in ["d", "e", "f", "h", "i"] {
        assert!(body.integer::<i32>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn switches_are_true_or_false() {
    let body = members(r#"{"a":true,"b":"true","c":null,"d":1}"#);
    assert!(body.flag("a", false).unwrap());
    assert!(body.flag("absent", true).unwrap());
    assert_eq!(body.optional_flag("c").unwrap(), None);
    for wrong in ["b", "c", "d"] {
        assert!(body.flag(wrong, true).is_err(), "{wrong}");
    }
}

#[test]
fn an_instant_without_an_offset_is_utc() {
    let body = members(
        r#"{"a":"2026-01-02T03:04:05.123456","b":"2026-01-02T05:04:05+02:00","c":"2026-01-02T03:04:05Z",
            "d":"0001-01-01T00:00:00","e":"tomorrow","f":5}"#,
    );
    let instant = |name| {
        body.instant(name)
            .map(|instant| instant.unwrap().to_string())
    };
    assert_eq!(instant("a").unwrap(), "2026-01-02T03:04:05.123456Z");
    assert_eq!(instant("b").unwrap(), "2026-01-02T03:04:05Z");
    assert_eq!(instant("c").unwrap(), "2026-01-02T03:04:05Z");
    assert_eq!(instant("d").unwrap(), "0001-01-01T00:00:00Z");
    assert!(instant("e").is_err());
    assert!(instant("f").is_err());
}

#[test]
fn bytes_are_base64url_with_or_without_padding() {
    let body = members(r#"{"a":"-_8","b":"-_8=","c":"+/8","d":"-_9","e":"","f":1}"#);
    assert_eq!(body.bytes("a").unwrap().unwrap(), [0xfb, 0xff]);
    assert_eq!(body.bytes("b").unwrap().unwrap(), [0xfb, 0xff]);
    assert!(body.bytes("e").unwrap().unwrap().is_empty());
    assert_eq!(body.bytes("absent").unwrap(), None);
    for wrong in ["c", "d", "f"] {
        assert!(body.bytes(wrong).is_err(), "{wrong}");
    }
    assert!(body.required_bytes("absent").is_err());
}

#[test]
fn only_strict_json_objects_are_read() {
    for bad in [
        "",
        "null",
        "[]",
        "1",
        r#""text""#,
        "{",
        r#"{"a":1,}"#,
        r#"{"a":1} x"#,
        r#"{"a":1 /* why */}"#,
        "{'a':1}",
        "{a:1}",
        r#"{"a":01}"#,
        r#"{"a":NaN}"#,
    ] {
        assert!(Members::parse(bad.as_bytes(), "Test").is_err(), "{bad}");
    }
    assert!(Members::parse(b"{\"a\":\"\xff\"}", "Test").is_err());
}

#[test]
fn deep_nesting_is_refused_before_it_is_read() {
    let nested = |depth| format!(r#"{{"a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert!(Members::parse(nested(63).as_bytes(), "Test").is_ok());
    assert!(Members::parse(nested(64).as_bytes(), "Test").is_err());
    assert!(Members::parse("[".repeat(1_000_000).as_bytes(), "Test").is_err());
    assert!(
        Members::parse(
            br#"{"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}"#,
            "Test"
        )
        .is_ok()
    );
}

#[test]
fn content_types_of_json_are_known() {
    for good in [
        "application/json",
        "application/json; charset=UTF-8",
        "Application/JSON",
        "application/problem+json",
        "application/x+JSON;q=1",
    ] {
        assert!(is_json(good), "{good}");
    }
    for bad in [
        "",
        "text/plain",
        "application/jsonp",
        "json",
        "text/json5",
        "multipart/form-data",
    ] {
        assert!(!is_json(bad), "{bad}");
    }
}

proptest! {
    #[test]
    fn reading_never_panics(json in any::<Vec<u8>>()) {
        if let Ok(body) = Members::parse(&json, "Test") {
            let _ = (body.text("a"), body.texts("a"), body.integer::<i32>("a"), body.instant("a"), body.time_span("a"));
        }
    }

    #[test]
    fn every_text_is_read_as_it_was_written(text in "[^\0]*") {
        let json = serde_json::to_string(&serde_json::json!({ "m": text })).unwrap();
        let read = members(&json).text("m").unwrap().unwrap().into_owned();
        prop_assert_eq!(read, text);
    }
}
