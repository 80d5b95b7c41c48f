use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    place::{PUBLIC_KEY, Place, SECRET_KEY, answer, head},
    visitor::Visitor,
};

#[test]
fn the_development_server_tells_all_that_one_needs() {
    let place = Place::new();
    let server = place.serve(&["--dev"]);
    assert_eq!(server.get("/health/ready").0, 200);
    let announced = &server.announced;
    assert_eq!(announced["publicKey"], PUBLIC_KEY);
    assert_eq!(announced["secretKey"], SECRET_KEY);
    assert_eq!(announced["rpId"], "localhost");
    assert_eq!(announced["app"], "test");
    assert!(announced["managementKey"].as_str().unwrap().len() >= 16);
    assert!(
        announced["demo"]
            .as_str()
            .unwrap()
            .starts_with("http://localhost:")
    );
    assert_eq!(server.get("/demo").0, 200);
    assert!(place.path("passkeyd-data/passkeyd.db").exists());

    let mut ada = Visitor::new("ada");
    ada.register(&server);
    assert_eq!(ada.sign_in(&server), "ada");
}

#[test]
fn the_development_server_is_for_this_machine_only() {
    let place = Place::new();
    let refused = place.run(&["serve", "--dev", "--bind", "0.0.0.0:0"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(!place.path("passkeyd-data").exists());
}

#[test]
fn without_dev_there_is_no_demo_and_no_known_key() {
    let place = Place::new();
    let server = place.serve(&[]);
    assert_eq!(server.get("/health/ready").0, 200);
    assert_eq!(server.get("/demo").0, 404);
    let body = json!({ "userId": "ada", "username": "ada" });
    assert_eq!(server.post("/register/token", SECRET_KEY, &body).0, 401);
    assert!(
        server.log().contains("keyring.master_key"),
        "rings rest unwrapped, and the log says so"
    );
}

#[test]
fn an_address_in_use_is_told() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = place.run(&["serve", "--bind", &address]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        String::from_utf8(refused.stderr)
            .unwrap()
            .contains(&address)
    );
}

#[test]
fn doctor_finds_a_well_server_well_and_cleans_up() {
    let place = Place::new();
    let server = place.serve(&["--dev"]);
    let url = server.url();
    let words = [
        "doctor",
        "--url",
        &url,
        "--public-key",
        PUBLIC_KEY,
        "--secret-key",
    ];
    let report = place.done(&[&words[..], &[SECRET_KEY]].concat());
    assert_eq!(report["ok"], true);
    for step in report["steps"].as_array().unwrap() {
        assert_eq!(step["ok"], true, "{step}");
        assert!(step["milliseconds"].as_f64().unwrap() > 0.0, "{step}");
    }
    let body = json!({ "userId": report["user"] });
    let (status, left) = server.post("/credentials/list", SECRET_KEY, &body);
    assert_eq!((status, left), (200, json!({ "values": [] })));

    let wrong = SECRET_KEY.replace("6d02", "6d03");
    let (code, report) = place.json(&[&words[..], &[&wrong]].concat());
    assert_eq!(code, 1);
    assert!(
        report["error"]
            .as_str()
            .unwrap()
            .contains("/register/token answered 401"),
        "{report}"
    );
}

#[test]
fn doctor_says_that_nobody_is_there() {
    let place = Place::new();
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://{free}");
    let words = [
        "doctor",
        "--url",
        &url,
        "--public-key",
        PUBLIC_KEY,
        "--secret-key",
        SECRET_KEY,
    ];
    let (code, report) = place.json(&words);
    assert_eq!(code, 1);
    assert!(
        report["error"]
            .as_str()
            .unwrap()
            .contains("can't be reached"),
        "{report}"
    );
    let wrong = [
        "doctor",
        "--url",
        "nowhere",
        "--public-key",
        "a",
        "--secret-key",
        "b",
    ];
    assert_eq!(place.json(&wrong).0, 1);
}

#[test]
fn a_key_locked_on_the_command_line_stops_within_a_second() {
    let place = Place::new();
    let server = place.serve(&["--dev"]);
    let mut ada = Visitor::new("ada");
    ada.register(&server);
    let becomes = |status: u16| {
        let deadline = Instant::now() + Duration::from_secs(1);
        while ada.begin_sign_in(&server).0 != status {
            assert!(Instant::now() < deadline, "not {status} within a second");
        }
    };
    let id = &PUBLIC_KEY[PUBLIC_KEY.len() - 4..];
    place.done(&["key", "lock", "--app", "test", id]);
    becomes(401);
    place.done(&["key", "unlock", "--app", "test", id]);
    becomes(200);
}

#[test]
fn what_runs_is_finished_before_the_end() {
    for signal in ["-TERM", "-INT"] {
        let place = Place::new();
        let server = place.serve(&["--dev"]);
        let body = json!({ "userId": "ada", "username": "ada" }).to_string();
        let mut slow = server.connect();
        let head = head("/register/token", SECRET_KEY, body.len());
        write!(
            slow,
            "{head}Connection: close\r\nExpect: 100-continue\r\n\r\n"
        )
        .unwrap();
        // The server has the request and waits for its body.
        let mut asked = [0; 25];
        slow.read_exact(&mut asked).unwrap();
        assert_eq!(asked, *b"HTTP/1.1 100 Continue\r\n\r\n");
        server.signal(signal);
        while TcpStream::connect(server.address()).is_ok() {
            std::thread::yield_now();
        }
        slow.write_all(body.as_bytes()).unwrap();
        let (status, answered) = answer(slow);
        assert_eq!(status, 200, "{answered}");
        assert_eq!(server.end(), Some(0));
    }
}

#[test]
fn no_secret_is_logged() {
    let place = Place::new();
    place.write(
        "passkeyd.toml",
        "[log]\nlevel = \"debug\"\nformat = \"json\"",
    );
    let server = place.serve(&["--dev"]);
    let management = server.announced["managementKey"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut ada = Visitor::new("ada");
    ada.register(&server);
    ada.sign_in(&server);
    let bad = json!({ "token": "verify_garbage" });
    assert_eq!(server.post("/signin/verify", SECRET_KEY, &bad).0, 400);
    let wrong = SECRET_KEY.replace("6d02", "6d03");
    assert_eq!(server.post("/signin/verify", &wrong, &bad).0, 401);
    server.signal("-TERM");
    let path = place.path("log");
    assert_eq!(server.end(), Some(0));
    let log = std::fs::read_to_string(path).unwrap();
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line)
            .unwrap_or_else(|error| panic!("{error}: {line}"));
    }
    for secret in [
        SECRET_KEY,
        &wrong,
        &management,
        "register_",
        "session_",
        "verify_",
    ] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[test]
fn metrics_are_served_on_a_listener_of_their_own() {
    let place = Place::new();
    place.write("passkeyd.toml", "[metrics]\nbind = \"127.0.0.1:0\"");
    let server = place.serve(&["--dev"]);
    assert_eq!(server.get("/metrics").0, 404);
    let metrics = server.announced["metrics"].as_str().unwrap().to_owned();
    let address = metrics
        .strip_prefix("http://")
        .and_then(|rest| rest.strip_suffix("/metrics"))
        .unwrap();

    let ask = |path: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    for path in ["/health/version", "/nothing/here"] {
        server.get(path);
    }
    let text = ask("/metrics");
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    for line in [
        "passkeyd_database_up 1",
        "passkeyd_http_requests_in_flight 0",
        r#"passkeyd_http_requests_total{method="GET",path="/health/version",status="200"} 1"#,
        r#"passkeyd_http_requests_total{method="GET",path="",status="404"} 2"#,
    ] {
        let is_there = text.lines().any(|told| told.trim_end() == line);
        assert!(is_there, "{line} is not in {text}");
    }
    assert!(ask("/health/live").starts_with("HTTP/1.1 404"));
    server.signal("-TERM");
    assert_eq!(server.end(), Some(0));
}
