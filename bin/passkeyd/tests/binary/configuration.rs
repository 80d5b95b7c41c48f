use serde_json::json;

use crate::place::Place;

#[test]
fn wrong_usage_is_2_and_a_refusal_1() {
    let place = Place::new();
    for wrong in [
        &["nonsense"][..],
        &[],
        &["serve", "--bind", "here"],
        &["app", "create", "Not A Name"],
        &["key", "create", "--app", "a"],
    ] {
        let output = place.run(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(!output.stderr.is_empty(), "{wrong:?}");
    }
    let refused = place.run(&["app", "list", "--config", "missing.toml"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        String::from_utf8(refused.stderr)
            .unwrap()
            .contains("missing.toml")
    );
}

#[test]
fn an_unknown_setting_is_refused_with_the_nearest_known_one() {
    let place = Place::new();
    place.write("passkeyd.toml", "[server]\nshutdown_grase = \"1s\"");
    let (code, document) = place.json(&["config", "check"]);
    assert_eq!(code, 1);
    let told = document["error"].as_str().unwrap();
    assert!(told.contains("server.shutdown_grace"), "{told}");

    let other = place.write("other.toml", "");
    let mut command = place.command(&["config", "check", "--config", other.to_str().unwrap()]);
    let output = command
        .env("PASSKEYD__LOG__LEVLE", "info")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("log.level")
    );
}

#[test]
fn the_reference_is_a_good_configuration() {
    let place = Place::new();
    let reference = place.run(&["config", "reference"]);
    assert!(reference.status.success());
    let reference = String::from_utf8(reference.stdout).unwrap();
    place.write("passkeyd.toml", &reference);
    assert_eq!(place.done(&["config", "check"]), json!({ "good": true }));
    let table = place.done(&["config", "reference"]);
    for setting in table["settings"].as_array().unwrap() {
        let name = setting["key"].as_str().unwrap().rsplit('.').next().unwrap();
        assert!(reference.contains(&format!("{name} = ")), "{setting}");
    }
}

#[test]
fn a_secret_comes_from_a_file() {
    let place = Place::new();
    let good = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let file = place.write("master", &format!("{good}\n"));
    let check = |file: &str| {
        let mut command = place.command(&["config", "check"]);
        command.env("PASSKEYD__KEYRING__MASTER_KEY_FILE", file);
        command.output().unwrap()
    };
    assert!(check(file.to_str().unwrap()).status.success());
    assert_eq!(check("/nowhere").status.code(), Some(1));

    place.write("master", "too short");
    let refused = check(file.to_str().unwrap());
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("keyring.master_key"), "{told}");
    assert!(!told.contains("too short"), "{told}");
}

#[test]
fn a_typo_in_the_database_makes_no_file() {
    let place = Place::new();
    for url in ["postgre://h/d", "sqlite3://a.db", "a.db", "sqlite:a.db"] {
        let mut command = place.command(&["migrate"]);
        let output = command
            .env("PASSKEYD__DATABASE__URL", url)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{url}");
    }
    let here = place.path(".");
    assert_eq!(std::fs::read_dir(here).unwrap().count(), 0);
}
