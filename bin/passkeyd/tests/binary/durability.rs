use crate::{place::Place, visitor::Visitor};

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let place = Place::new();
    let server = place.serve(&["--dev"]);
    let mut ada = Visitor::new("ada");
    ada.register(&server);
    server.kill();

    let server = place.serve(&["--dev"]);
    assert_eq!(ada.sign_in(&server), "ada");
}

#[test]
fn a_ceremony_that_began_before_a_restart_completes_after_it() {
    let place = Place::new();
    let server = place.serve(&["--dev"]);
    let mut ada = Visitor::new("ada");
    let begun = ada.begin_registration(&server);
    server.signal("-TERM");
    assert_eq!(server.end(), Some(0));

    let server = place.serve(&["--dev"]);
    ada.complete_registration(&server, &begun);
    let (_, begun) = ada.begin_sign_in(&server);
    server.kill();

    let server = place.serve(&["--dev"]);
    assert_eq!(ada.complete_sign_in(&server, &begun), "ada");
}

#[test]
fn a_rotated_ring_opens_what_was_sealed_before() {
    let place = Place::new();
    let server = place.serve(&["--dev"]);
    let mut ada = Visitor::new("ada");
    let begun = ada.begin_registration(&server);
    place.done(&["keyring", "rotate", "--app", "test"]);
    ada.complete_registration(&server, &begun);
    assert_eq!(ada.sign_in(&server), "ada");
}

#[test]
fn a_backup_made_while_serving_is_whole() {
    let place = Place::new();
    let server = place.serve(&["--dev"]);
    let mut ada = Visitor::new("ada");
    ada.register(&server);
    place.done(&["backup", "copy.db"]);
    assert_eq!(place.json(&["backup", "copy.db"]).0, 1, "it exists already");
    let mut bea = Visitor::new("bea");
    bea.register(&server);

    let restored = Place::new();
    std::fs::create_dir(restored.path("passkeyd-data")).unwrap();
    std::fs::copy(
        place.path("copy.db"),
        restored.path("passkeyd-data/passkeyd.db"),
    )
    .unwrap();
    let restored_server = restored.serve(&["--dev"]);
    assert_eq!(ada.sign_in(&restored_server), "ada");
    let (status, begun) = bea.begin_sign_in(&restored_server);
    assert_eq!(status, 200);
    assert_eq!(begun["data"]["allowCredentials"], serde_json::json!([]));
}
