use std::time::Duration;

use passkeyd_authenticator::{Attestation, Behaviour, Deviations, Device, SignatureFault};
use serde_json::{Value, json};

use crate::world::{ORIGIN, PUBLIC, SECRET, World, on_each_store};

async fn begin_with(world: &World, wanted: Value) -> crate::world::Answer {
    let token = world
        .post("/register/token", SECRET, wanted)
        .await
        .ok()
        .token();
    let body = world.page.register_begin(&token);
    world.post("/register/begin", PUBLIC, body).await
}

#[actix_web::test]
async fn the_options_are_the_contracts_to_the_byte() {
    on_each_store(async |world| {
        let wanted = json!({ "userId": "u1", "username": "ada" });
        let answer = begin_with(world, wanted).await.ok();
        let begun = answer.json();
        let challenge = begun["data"]["challenge"].as_str().unwrap();
        let session = begun["session"].as_str().unwrap();
        assert_eq!(challenge.len(), 43);
        assert!(session.starts_with("session_"));
        let algorithms: Vec<String> = [-8, -7, -257, -37, -35, -258, -38, -36, -259, -39]
            .iter()
            .map(|alg| format!(r#"{{"type":"public-key","alg":{alg}}}"#))
            .collect();
        assert_eq!(
            answer.text(),
            format!(
                r#"{{"data":{{"rp":{{"id":"localhost","name":"localhost"}},"user":{{"name":"ada","id":"dTE","displayName":"ada"}},"challenge":"{challenge}","pubKeyCredParams":[{}],"timeout":60000,"attestation":"none","attestationFormats":[],"authenticatorSelection":{{"residentKey":"required","requireResidentKey":true,"userVerification":"preferred"}},"hints":[],"excludeCredentials":[],"extensions":{{"credProps":true}}}},"session":"{session}"}}"#,
                algorithms.join(",")
            )
        );
    })
    .await;
}

#[actix_web::test]
async fn what_the_back_end_asks_for_reaches_the_options() {
    let world = World::new().await;
    let wanted = json!({
        "userId": 7, "username": "ada", "displayName": "Ada L.", "discoverable": false,
        "attestation": "Direct", "authenticatorType": "platform", "userVerification": "REQUIRED",
        "hints": ["SecurityKey", "hybrid"],
    });
    let data = begin_with(&world, wanted).await.ok().json()["data"].clone();
    assert_eq!(
        data["user"],
        json!({ "name": "ada", "id": "Nw", "displayName": "Ada L." })
    );
    assert_eq!(data["attestation"], "direct");
    assert_eq!(data["hints"], json!(["security-key", "hybrid"]));
    assert_eq!(
        data["authenticatorSelection"],
        json!({
            "authenticatorAttachment": "cross-platform", "residentKey": "discouraged",
            "requireResidentKey": false, "userVerification": "required",
        })
    );
}

#[actix_web::test]
async fn words_without_meaning_are_refused_where_the_contract_says() {
    let world = World::new().await;
    let wanted = |member: &str, word: &str| json!({ "userId": "u", "username": "a", member: word });
    for word in ["enterprise", "some"] {
        let body = wanted("attestation", word);
        let answer = world.post("/register/token", SECRET, body).await;
        assert_eq!(
            answer.refusal(),
            (
                400,
                "invalid_attestation".to_owned(),
                "Attestation type not supported".to_owned()
            )
        );
    }
    for (member, word) in [
        ("authenticatorType", "roaming"),
        ("userVerification", "optional"),
    ] {
        let answer = begin_with(&world, wanted(member, word)).await;
        let (status, code, title) = answer.refusal();
        assert_eq!((status, code.as_str()), (400, "invalid_argument"));
        assert!(title.contains(word), "{title}");
    }
}

#[actix_web::test]
async fn origin_and_rp_id_are_asked_for_in_this_order_after_the_token() {
    let world = World::new().await;
    let token = world.register_token("u").await;
    for (body, code, title) in [
        (json!({ "token": "x" }), "invalid_token", None),
        (json!({ "token": token }), "", Some("Origin is required.")),
        (
            json!({ "token": token, "Origin": "", "RPID": "localhost" }),
            "",
            Some("Origin is required."),
        ),
        (
            json!({ "token": token, "Origin": ORIGIN }),
            "",
            Some("RPID is required."),
        ),
    ] {
        let answer = world.post("/register/begin", PUBLIC, body).await;
        let refusal = answer.refusal();
        assert_eq!((refusal.0, refusal.1.as_str()), (400, code));
        if let Some(title) = title {
            assert_eq!(refusal.2, title);
            assert_eq!(answer.problem()["errorCode"], Value::Null);
        }
    }
}

#[actix_web::test]
async fn a_registration_can_be_verified_and_is_listed() {
    on_each_store(async |world| {
        let token = world.register(&mut Device::new(1), "u1").await;
        let verified = world.verify(&token).await.ok().json();
        let credential_id = verified["credentialId"].clone();
        assert_eq!(
            verified,
            json!({
                "userId": "u1", "timestamp": "2026-01-01T00:00:00Z", "rpId": "localhost", "rpid": "localhost",
                "origin": "http://localhost:8080", "success": true, "device": "Other, Other", "country": "",
                "nickname": "phone", "credentialId": credential_id, "purpose": null,
                "expiresAt": "2026-01-01T00:02:00Z", "tokenId": verified["tokenId"], "type": "passkey_register",
            })
        );
        let begun = world.register_begin("u1").await;
        let excluded = begun["data"]["excludeCredentials"].as_array().unwrap();
        assert_eq!(excluded.len(), 1);
        assert_eq!(excluded[0]["type"], "public-key");
    })
    .await;
}

#[actix_web::test]
async fn a_nickname_has_at_most_64_characters() {
    let world = World::new().await;
    let mut device = Device::new(1);
    let begun = world.register_begin("u").await;
    let made = device.create(&begun["data"], ORIGIN).unwrap();
    let session = begun["session"].as_str().unwrap();
    for (length, status) in [(65, 400), (64, 200)] {
        let nickname = "å".repeat(length);
        let body = world
            .page
            .register_complete(session, &made, Some(&nickname));
        let answer = world.post("/register/complete", PUBLIC, body).await;
        assert_eq!(answer.status, status);
        if status == 400 {
            assert_eq!(
                answer.problem()["errors"],
                json!({ "nickname": ["Nickname cannot be longer than 64 characters."] })
            );
        }
    }
}

#[actix_web::test]
async fn a_session_registers_once_and_not_after_five_minutes() {
    on_each_store(async |world| {
        let begun = world.register_begin("u").await;
        let made = Device::new(1).create(&begun["data"], ORIGIN).unwrap();
        let session = begun["session"].as_str().unwrap();
        let body = world.page.register_complete(session, &made, None);
        let send = || world.post("/register/complete", PUBLIC, body.clone());
        send().await.ok();
        assert_eq!(send().await.code(), (400, "invalid_token".to_owned()));

        let begun = world.register_begin("u").await;
        let made = Device::new(2).create(&begun["data"], ORIGIN).unwrap();
        let session = begun["session"].as_str().unwrap();
        let body = world.page.register_complete(session, &made, None);
        world.advance(Duration::from_secs(310));
        assert_eq!(
            world
                .post("/register/complete", PUBLIC, body)
                .await
                .refusal(),
            (
                403,
                "expired_token".to_owned(),
                "The token expired 10 seconds ago.".to_owned()
            )
        );
    })
    .await;
}

#[actix_web::test]
async fn a_credential_id_is_registered_once() {
    on_each_store(async |world| {
        world.register(&mut Device::new(1), "u1").await;
        // The same seed makes the same credential id, for another user.
        let begun = world.register_begin("u2").await;
        let made = Device::new(1).create(&begun["data"], ORIGIN).unwrap();
        let session = begun["session"].as_str().unwrap();
        let body = world.page.register_complete(session, &made, None);
        let answer = world.post("/register/complete", PUBLIC, body).await;
        assert_eq!(
            answer.code(),
            (400, "fido2_invalid_registration".to_owned())
        );
    })
    .await;
}

#[actix_web::test]
async fn what_an_authenticator_or_its_client_does_wrong_is_refused() {
    on_each_store(async |world| {
        let one = |change: fn(&mut Deviations)| {
            let mut deviations = Deviations::default();
            change(&mut deviations);
            deviations
        };
        let packed = Behaviour {
            attestation: Attestation::PackedSelf,
            ..Behaviour::default()
        };
        let plain = Behaviour::default();
        let cases: Vec<(&str, Behaviour, Deviations)> = vec![
            (
                "type",
                plain.clone(),
                one(|d| d.client_data_type = Some("webauthn.get".to_owned())),
            ),
            (
                "challenge",
                plain.clone(),
                one(|d| d.challenge = Some("AAAA".to_owned())),
            ),
            (
                "origin",
                plain.clone(),
                one(|d| d.origin = Some("https://evil.example".to_owned())),
            ),
            (
                "client data",
                plain.clone(),
                one(|d| d.client_data = Some(b"{".to_vec())),
            ),
            (
                "RP id",
                plain.clone(),
                one(|d| d.rp_id = Some("evil.example".to_owned())),
            ),
            ("user present", plain.clone(), one(|d| d.flags = Some(0x5c))),
            (
                "no attested data",
                plain.clone(),
                one(|d| d.flags = Some(0x1d)),
            ),
            (
                "backed up, not eligible",
                plain.clone(),
                one(|d| d.flags = Some(0x55)),
            ),
            (
                "key",
                plain.clone(),
                one(|d| d.public_key = Some(vec![0xa0])),
            ),
            (
                "credential id",
                plain.clone(),
                one(|d| d.credential_id = Some(vec![1; 1024])),
            ),
            ("trailing", plain.clone(), one(|d| d.trailing = vec![0])),
            (
                "format",
                plain.clone(),
                one(|d| d.attestation = Some(("new".to_owned(), vec![0xa0]))),
            ),
            (
                "statement",
                plain.clone(),
                one(|d| d.attestation = Some(("none".to_owned(), vec![0xa1, 0x01, 0x01]))),
            ),
            (
                "statement's CBOR",
                plain,
                one(|d| d.attestation = Some(("none".to_owned(), vec![0xff]))),
            ),
            (
                "signature",
                packed.clone(),
                one(|d| d.signature = SignatureFault::FlippedBit),
            ),
            (
                "signature of another message",
                packed.clone(),
                one(|d| d.signature = SignatureFault::OtherMessage),
            ),
            (
                "no signature",
                packed,
                one(|d| d.signature = SignatureFault::Empty),
            ),
        ];
        for (seed, (fault, behaviour, deviations)) in (10_u64..).zip(cases) {
            let begun = world.register_begin("u").await;
            let mut device = Device::with(seed, behaviour);
            let made = device
                .create_deviating(&begun["data"], ORIGIN, &deviations)
                .unwrap();
            let session = begun["session"].as_str().unwrap();
            let body = world.page.register_complete(session, &made, None);
            let answer = world.post("/register/complete", PUBLIC, body.clone()).await;
            let (status, code, title) = answer.refusal();
            assert_eq!(
                (status, code.as_str()),
                (400, "fido2_invalid_registration"),
                "{fault}: {title}"
            );
            assert!(!title.is_empty());
            // The attempt has used the session up.
            let again = world.post("/register/complete", PUBLIC, body).await;
            assert_eq!(again.code(), (400, "invalid_token".to_owned()), "{fault}");
        }
        let listed = world.get("/credentials/list?userId=u", SECRET).await.ok();
        assert_eq!(listed.text(), r#"{"values":[]}"#);
    })
    .await;
}

#[actix_web::test]
async fn an_algorithm_that_was_not_offered_is_refused() {
    let world = World::new().await;
    let behaviour = Behaviour {
        algorithm: passkeyd_authenticator::Algorithm::from_number(-47),
        ..Behaviour::default()
    };
    assert!(behaviour.algorithm.is_some());
    let begun = world.register_begin("u").await;
    let made = Device::with(1, behaviour)
        .create(&begun["data"], ORIGIN)
        .unwrap();
    let session = begun["session"].as_str().unwrap();
    let body = world.page.register_complete(session, &made, None);
    let answer = world.post("/register/complete", PUBLIC, body).await;
    assert_eq!(
        answer.code(),
        (400, "fido2_invalid_registration".to_owned())
    );
}

#[actix_web::test]
async fn aliases_of_another_user_conflict() {
    on_each_store(async |world| {
        let set = json!({ "userId": "u1", "aliases": ["ada"] });
        world.post("/alias", SECRET, set).await.ok();
        let wanted = json!({ "userId": "u2", "username": "a", "aliases": ["ada"] });
        assert_eq!(
            world
                .post("/register/token", SECRET, wanted)
                .await
                .refusal(),
            (
                409,
                "alias_conflict".to_owned(),
                "Alias is already in use by another userid".to_owned()
            )
        );
    })
    .await;
}
