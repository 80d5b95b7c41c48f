use serde_json::{Value, json};

use crate::place::Place;

#[test]
fn a_tenant_is_made_changed_and_deleted() {
    let place = Place::new();
    let made = place.done(&[
        "app",
        "create",
        "acme",
        "--name",
        "Acme",
        "--origin",
        "https://acme.example",
        "--admin-email",
        "a@acme.example",
    ]);
    assert_eq!(made["id"], "acme");
    for (kind, keys) in [
        ("public", &made["publicKeys"]),
        ("secret", &made["secretKeys"]),
    ] {
        let keys = keys.as_array().unwrap();
        assert_eq!(keys.len(), 2);
        for key in keys {
            assert!(key.as_str().unwrap().starts_with(&format!("acme:{kind}:")));
        }
    }
    let (code, again) = place.json(&["app", "create", "acme"]);
    assert_eq!((code, &again["error"]), (1, &json!("the name is taken")));

    place.done(&[
        "app",
        "set",
        "acme",
        "max_users=3",
        "origins=https://a.example,https://b.example",
    ]);
    let shown = place.done(&["app", "show", "acme"]);
    assert_eq!(shown["settings"]["maxUsers"], 3);
    assert_eq!(shown["settings"]["name"], "Acme");
    assert_eq!(
        shown["settings"]["origins"],
        json!(["https://a.example", "https://b.example"])
    );
    assert_eq!(shown["settings"]["adminEmails"], json!(["a@acme.example"]));
    let (code, unknown) = place.json(&["app", "set", "acme", "name=New", "max_usrs=3"]);
    assert_eq!(code, 1);
    assert!(unknown["error"].as_str().unwrap().contains("max_users"));
    assert_eq!(
        place.done(&["app", "show", "acme"])["settings"]["name"],
        "Acme"
    );

    assert_eq!(place.json(&["app", "delete", "acme"]).0, 1, "without --yes");
    place.done(&["app", "delete", "acme", "--yes"]);
    assert_eq!(place.done(&["app", "list"]), json!({ "apps": [] }));
    assert_eq!(place.json(&["app", "show", "acme"]).0, 1);
}

#[test]
fn a_key_is_made_listed_locked_and_deleted() {
    let place = Place::new();
    place.done(&["app", "create", "acme"]);
    let made = place.done(&[
        "key",
        "create",
        "--app",
        "acme",
        "--name",
        "reader",
        "--scope",
        "token_verify",
    ]);
    assert_eq!(made["kind"], "secret");
    let (key, id) = (made["key"].as_str().unwrap(), made["id"].as_str().unwrap());
    assert!(key.ends_with(id));

    let find = || -> Value {
        let listed = place.done(&["key", "list", "--app", "acme"]);
        let keys = listed["keys"].as_array().unwrap().clone();
        keys.into_iter()
            .find(|key| key["id"] == id)
            .unwrap_or(Value::Null)
    };
    let listed = find();
    assert_eq!(listed["scopes"], json!(["token_verify"]));
    assert_eq!(listed["name"], "reader");
    assert_eq!(listed["key"], Value::Null, "a secret is shown once");
    assert_eq!(listed["locked"], false);
    place.done(&["key", "lock", "--app", "acme", id]);
    assert_eq!(find()["locked"], true);
    place.done(&["key", "unlock", "--app", "acme", id]);
    assert_eq!(find()["locked"], false);
    place.done(&["key", "delete", "--app", "acme", id]);
    assert_eq!(find(), Value::Null);
    assert_eq!(place.json(&["key", "delete", "--app", "acme", id]).0, 1);

    for refused in [
        &["--scope", "everything"][..],
        &["--scope", "login,token_verify"],
        &["--kind", "public", "--scope", "token_verify"],
    ] {
        let words = [&["key", "create", "--app", "acme"], refused].concat();
        assert_eq!(place.json(&words).0, 1, "{words:?}");
    }
    let words = ["key", "create", "--app", "nobody", "--scope", "login"];
    assert_eq!(place.json(&words).0, 1);
}

#[test]
fn only_what_begins_something_makes_a_database() {
    let place = Place::new();
    for words in [
        &["app", "list"][..],
        &["app", "show", "acme"],
        &["key", "list", "--app", "acme"],
        &["keyring", "rotate"],
        &["migrate", "--check"],
        &["backup", "copy.db"],
    ] {
        assert_eq!(place.json(words).0, 1, "{words:?}");
        assert_eq!(
            std::fs::read_dir(place.path(".")).unwrap().count(),
            0,
            "{words:?}"
        );
    }
    assert!(
        !place.done(&["migrate"])["applied"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        place.done(&["migrate", "--check"]),
        json!({ "current": true, "pending": [] })
    );
    assert_eq!(place.done(&["migrate"]), json!({ "applied": [] }));
    assert_eq!(place.done(&["app", "list"]), json!({ "apps": [] }));
}
