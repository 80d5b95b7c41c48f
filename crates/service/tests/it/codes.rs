use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use passkeyd_domain::{
    AddressKind, CodePurpose, Identifier, IdentifierKind, Person, TenantId, TenantSettings,
    application::{EmailChannel, SmsChannel},
    ports::{PersonLookup, PersonOutcome, SmsError},
};
use passkeyd_service::{
    ApplicationError, Settings, accounts::Realm, api_keys::ApiKeyCaller, apps::DEVELOPMENT_API_KEY,
};
use passkeyd_storage_contract::samples;
use serde_json::Value;

use crate::world::World;

const EMAIL: &str = "ada@example.com";
const PHONE: &str = "+46701234567";

pub(crate) fn tenant() -> TenantId {
    "test".parse().unwrap()
}

impl World {
    pub(crate) async fn realm(&self) -> Realm {
        self.service.realm(&tenant()).await.unwrap().unwrap()
    }

    pub(crate) async fn api_key(&self) -> ApiKeyCaller {
        let caller = self.service.authenticate_api_key(DEVELOPMENT_API_KEY).await;
        caller.unwrap().unwrap()
    }

    /// Somebody with a name, and what else is done to them.
    pub(crate) async fn person(&self, name: &str, change: impl FnOnce(&mut Person)) -> Person {
        let mut person = Person::new(samples::user(&tenant(), name));
        person.identifiers = vec![Identifier {
            kind: IdentifierKind::Other,
            value: name.to_owned(),
            source: Identifier::LOGINID.to_owned(),
            verified_at: None,
        }];
        change(&mut person);
        let store = self.service.store();
        let made = store.create_person(person.clone(), None).await.unwrap();
        assert_eq!(made, PersonOutcome::Written);
        person
    }

    /// Somebody with a mail address and a telephone number.
    pub(crate) async fn ada(&self) -> Person {
        let now = self.service.now();
        self.person("ada", |person| {
            person.prove(AddressKind::Email, EMAIL, false, now);
            person.prove(AddressKind::Phone, PHONE, true, now);
        })
        .await
    }

    pub(crate) async fn named(&self, name: &str) -> Option<Person> {
        let lookup = PersonLookup::Name(name.to_owned());
        let store = self.service.store();
        store.person(&tenant(), &lookup).await.unwrap()
    }

    async fn send_code(&self, name: &str, by: AddressKind) {
        let realm = self.realm().await;
        self.service
            .send_sign_in_code(&realm, name, by)
            .await
            .unwrap();
    }

    async fn redeem(&self, name: &str, code: &str) -> Result<Person, String> {
        let realm = self.realm().await;
        let redeemed = self.service.redeem_sign_in_code(&realm, name, code).await;
        redeemed.map_err(|error| error.to_string())
    }

    /// What was written to the file for codes.
    pub(crate) fn outbox(&self) -> Vec<Value> {
        let lines = self.web.lines.lock().unwrap();
        lines
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub(crate) fn last_code(&self) -> String {
        let lines = self.outbox();
        lines.last().unwrap()["code"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn set(&self, change: impl Fn(&mut TenantSettings) + Send) {
        self.service.change_app(&tenant(), change).await.unwrap();
    }
}

/// A code of as many digits that is not this one.
fn wrong(code: &str) -> String {
    let last = if code.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &code[..code.len() - 1])
}

const REFUSED: &str = "the code is not valid";

#[tokio::test]
async fn a_code_signs_its_owner_in_once() {
    let world = World::new().await;
    world.ada().await;
    world.send_code("ADA", AddressKind::Email).await;
    let sent = world.outbox();
    let code = world.last_code();
    assert_eq!(code.len(), 6);
    assert_eq!(
        sent,
        [serde_json::json!({
            "app": "test", "channel": "email", "to": EMAIL, "code": code, "purpose": "auth", "username": "ada",
            "expiresAt": "2026-01-01T00:05:00Z",
        })]
    );
    let person = world.redeem("ada", &code).await.unwrap();
    assert_eq!(person.user.user_id.as_str(), "ada");
    assert_eq!(world.redeem("ada", &code).await, Err(REFUSED.to_owned()));
}

#[tokio::test]
async fn five_wrong_guesses_make_a_code_void() {
    let world = World::new().await;
    world.ada().await;
    for wrong_guesses in [4, 5] {
        world.send_code("ada", AddressKind::Email).await;
        let code = world.last_code();
        for _ in 0..wrong_guesses {
            let guessed = world.redeem("ada", &wrong(&code)).await;
            assert_eq!(guessed, Err(REFUSED.to_owned()));
        }
        let redeemed = world.redeem("ada", &code).await;
        assert_eq!(redeemed.is_ok(), wrong_guesses < 5, "{wrong_guesses}");
        world.clock.advance(Duration::from_secs(30));
    }
}

#[tokio::test]
async fn guesses_at_once_are_no_more_than_guesses_in_turn() {
    let world = Arc::new(World::new().await);
    let ada = world.ada().await;
    world.send_code("ada", AddressKind::Email).await;
    let code = world.last_code();
    let store = world.service.store();
    let guesses = futures_of(20, || {
        let (service, code) = (Arc::clone(&world.service), wrong(&code));
        async move {
            let realm = service.realm(&tenant()).await.unwrap().unwrap();
            service.redeem_sign_in_code(&realm, "ada", &code).await
        }
    })
    .await;
    assert!(guesses.iter().all(Result::is_err));
    let left = store
        .pending_code(
            &tenant(),
            ada.user.key.0,
            CodePurpose::SignIn,
            world.service.now(),
        )
        .await;
    assert_eq!(left.unwrap(), None);

    // And of those who show the right one at once one is let in.
    world.clock.advance(Duration::from_secs(30));
    world.send_code("ada", AddressKind::Email).await;
    let code = world.last_code();
    let shown = futures_of(5, || {
        let (service, code) = (Arc::clone(&world.service), code.clone());
        async move {
            let realm = service.realm(&tenant()).await.unwrap().unwrap();
            service.redeem_sign_in_code(&realm, "ada", &code).await
        }
    })
    .await;
    assert_eq!(shown.iter().filter(|shown| shown.is_ok()).count(), 1);
}

async fn futures_of<T: Send + 'static, F>(count: usize, make: impl Fn() -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|_| tokio::spawn(make())).collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

#[tokio::test]
async fn a_code_ends_after_five_minutes() {
    for (seconds, good) in [(299, true), (300, false)] {
        let world = World::new().await;
        world.ada().await;
        world.send_code("ada", AddressKind::Email).await;
        world.clock.advance(Duration::from_secs(seconds));
        let redeemed = world.redeem("ada", &world.last_code()).await;
        assert_eq!(redeemed.is_ok(), good, "{seconds}");
    }
}

#[tokio::test]
async fn a_new_code_takes_the_place_of_the_one_before() {
    let world = World::new().await;
    let ada = world.ada().await;
    world.send_code("ada", AddressKind::Email).await;
    let mailed = world.last_code();
    let realm = world.realm().await;
    let shown = world.service.show_code(&realm, ada.user.key).await.unwrap();
    assert_eq!(shown.expires_at.to_string(), "2026-01-01T00:05:00Z");
    assert_ne!(mailed, shown.code);
    assert!(world.redeem("ada", &mailed).await.is_err());
    assert!(world.redeem(EMAIL, &shown.code).await.is_ok());
}

#[tokio::test]
async fn an_address_gets_a_message_in_half_a_minute_and_ten_in_an_hour() {
    let world = World::new().await;
    world.ada().await;
    world.send_code("ada", AddressKind::Email).await;
    let first = world.last_code();
    world.clock.advance(Duration::from_millis(29_999));
    // The same address under another name, and in another case.
    world.send_code("ADA@example.com", AddressKind::Email).await;
    assert_eq!(world.outbox().len(), 1);
    assert!(
        world.redeem("ada", &first).await.is_ok(),
        "the first one stays good"
    );
    for _ in 0..12 {
        world.clock.advance(Duration::from_secs(30));
        world.send_code("ada", AddressKind::Email).await;
    }
    assert_eq!(world.outbox().len(), 10);
    // Another address is another count.
    world.send_code("ada", AddressKind::Phone).await;
    assert_eq!(world.web.texts.lock().unwrap().len(), 0);
    world.service.send_waiting_codes().await;
    assert_eq!(world.web.texts.lock().unwrap().len(), 1);
    world.clock.advance(Duration::from_secs(3600));
    world.send_code("ada", AddressKind::Email).await;
    assert_eq!(world.outbox().len(), 11);
}

#[tokio::test]
async fn nobody_learns_who_has_an_account() {
    let world = World::new().await;
    let now = world.service.now();
    world.person("without", |_| ()).await;
    world
        .person("pending", |person| {
            person.await_proof(AddressKind::Email, "pending@example.com", false);
        })
        .await;
    world
        .person("no consent", |person| {
            person.prove(AddressKind::Phone, PHONE, false, now);
        })
        .await;
    world
        .person("gone", |person| {
            person.prove(AddressKind::Email, "gone@example.com", false, now);
            person.user.active = false;
        })
        .await;
    for name in [
        "nobody",
        "without",
        "pending",
        "pending@example.com",
        "no consent",
        "gone",
    ] {
        for by in [AddressKind::Email, AddressKind::Phone] {
            world.send_code(name, by).await;
        }
        assert_eq!(
            world.redeem(name, "000000").await,
            Err(REFUSED.to_owned()),
            "{name}"
        );
    }
    world.service.send_waiting_codes().await;
    assert_eq!(world.outbox(), [Value::Null; 0]);
    assert!(world.web.texts.lock().unwrap().is_empty());
    assert!(world.mailbox.mails.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_user_who_was_deactivated_or_deleted_meanwhile_is_not_let_in() {
    let world = World::new().await;
    let ada = world.ada().await;
    world.send_code("ada", AddressKind::Email).await;
    let code = world.last_code();
    let caller = world.api_key().await;
    let handle = &ada.user.handle;
    world
        .service
        .set_active(&caller, handle, false)
        .await
        .unwrap();
    assert!(world.redeem("ada", &code).await.is_err());
    world
        .service
        .set_active(&caller, handle, true)
        .await
        .unwrap();
    let store = world.service.store();
    store
        .delete_user(&tenant(), &ada.user.user_id, None)
        .await
        .unwrap();
    assert!(world.redeem("ada", &code).await.is_err());
}

#[tokio::test]
async fn a_code_goes_to_the_address_that_was_named_and_else_to_the_primary_one() {
    let world = World::new().await;
    let now = world.service.now();
    world
        .person("ada", |person| {
            person.prove(AddressKind::Email, "one@example.com", false, now);
            person.prove(AddressKind::Email, "two@example.com", false, now);
        })
        .await;
    for (name, address) in [
        ("ada", "one@example.com"),
        ("TWO@example.com", "two@example.com"),
    ] {
        world.send_code(name, AddressKind::Email).await;
        let outbox = world.outbox();
        assert_eq!(outbox.last().unwrap()["to"], address, "{name}");
    }
}

#[tokio::test]
async fn a_code_proves_the_address_that_was_registered() {
    let world = World::new().await;
    world
        .person("own@example.com", |person| {
            person.identifiers[0].kind = IdentifierKind::Email;
        })
        .await;
    world.send_code("own@example.com", AddressKind::Email).await;
    let person = world.redeem("own@example.com", &world.last_code()).await;
    let verified_at = Some(world.service.now());
    assert_eq!(person.unwrap().identifiers[0].verified_at, verified_at);
    let read = world.named("own@example.com").await.unwrap();
    assert_eq!(read.identifiers[0].verified_at, verified_at);
    assert!(read.addresses.is_empty());
}

#[tokio::test]
async fn a_gateway_in_trouble_is_asked_three_times_and_one_that_refuses_once() {
    let world = World::with(Settings {
        code_pauses: [Duration::ZERO; 2],
        ..Settings::default()
    })
    .await;
    world.ada().await;
    let passing = || SmsError::Unavailable("busy".to_owned());
    for (troubles, asked) in [
        (vec![], 1),
        (vec![passing()], 2),
        (vec![passing(), passing()], 3),
        (vec![passing(), passing(), passing()], 3),
        (vec![SmsError::Refused("no such number".to_owned())], 1),
    ] {
        *world.web.troubles.lock().unwrap() = troubles;
        world.clock.advance(Duration::from_secs(30));
        world.send_code("ada", AddressKind::Phone).await;
        world.service.send_waiting_codes().await;
        world.web.troubles.lock().unwrap().clear();
        let texts = std::mem::take(&mut *world.web.texts.lock().unwrap());
        assert_eq!(texts.len(), asked);
        assert!(texts.iter().all(|text| text.code == texts[0].code));
    }
}

#[tokio::test]
async fn a_webhook_for_codes_in_trouble_is_asked_three_times_and_one_that_refuses_once() {
    let world = World::with(Settings {
        code_pauses: [Duration::ZERO; 2],
        ..Settings::default()
    })
    .await;
    world.ada().await;
    world
        .set(|settings| {
            let otp = &mut settings.application.otp;
            otp.webhook_url = Some("https://example.com/codes".to_owned());
            otp.email = Some(EmailChannel::Webhook);
        })
        .await;
    for (status, asked) in [(200, 1), (400, 1), (302, 1), (429, 3), (503, 3)] {
        world.web.status.store(status, Ordering::SeqCst);
        world.clock.advance(Duration::from_secs(30));
        world.send_code("ada", AddressKind::Email).await;
        world.service.send_waiting_codes().await;
        let requests = std::mem::take(&mut *world.web.requests.lock().unwrap());
        assert_eq!(requests.len(), asked, "{status}");
    }
}

#[tokio::test]
async fn codes_go_the_way_that_the_tenant_wants() {
    let world = World::with(Settings {
        mail_is_set_up: true,
        ..Settings::default()
    })
    .await;
    world.ada().await;
    world.send_code("ada", AddressKind::Email).await;
    world.service.send_waiting_codes().await;
    let mail = world.mailbox.mails.lock().unwrap().pop().unwrap();
    assert_eq!(
        (mail.to.as_str(), mail.subject.as_str()),
        (EMAIL, "Development")
    );
    assert!(world.redeem("ada", &mail.text).await.is_ok());

    world
        .set(|settings| {
            let otp = &mut settings.application.otp;
            otp.webhook_url = Some("https://example.com/codes".to_owned());
            otp.email = Some(EmailChannel::Webhook);
            otp.sms = Some(SmsChannel::Webhook);
            otp.digits = 8;
        })
        .await;
    world.clock.advance(Duration::from_secs(30));
    world.send_code("ada", AddressKind::Email).await;
    world.send_code("ada", AddressKind::Phone).await;
    world.service.send_waiting_codes().await;
    let posted: Vec<Value> = world
        .web
        .requests
        .lock()
        .unwrap()
        .iter()
        .map(|request| serde_json::from_slice(&request.body).unwrap())
        .collect();
    assert_eq!(posted.len(), 2);
    assert_eq!(
        (&posted[0]["channel"], &posted[0]["to"]),
        (&"email".into(), &EMAIL.into())
    );
    assert_eq!(
        (&posted[1]["channel"], &posted[1]["to"]),
        (&"sms".into(), &PHONE.into())
    );
    let code = posted[1]["code"].as_str().unwrap();
    assert_eq!(code.len(), 8);
    assert!(world.redeem("ada", code).await.is_ok());

    world
        .set(|settings| {
            settings.application.otp.email = Some(EmailChannel::File);
            settings.application.otp.sms = Some(SmsChannel::File);
        })
        .await;
    world.clock.advance(Duration::from_secs(30));
    world.send_code("ada", AddressKind::Email).await;
    world.send_code("ada", AddressKind::Phone).await;
    let channels: Vec<_> = world
        .outbox()
        .iter()
        .map(|line| line["channel"].clone())
        .collect();
    assert_eq!(channels, ["email", "sms"]);
}

#[tokio::test]
async fn a_frozen_tenant_lets_nobody_in_with_a_code() {
    let world = World::new().await;
    world.ada().await;
    world.send_code("ada", AddressKind::Email).await;
    world.set(|settings| settings.frozen = true).await;
    assert!(world.redeem("ada", &world.last_code()).await.is_err());
}

#[tokio::test]
async fn there_is_no_code_for_a_user_who_is_gone() {
    let world = World::new().await;
    let realm = world.realm().await;
    let nobody = samples::user(&tenant(), "nobody").key;
    let shown = world.service.show_code(&realm, nobody).await;
    assert!(matches!(shown, Err(ApplicationError::NoSuchUser)));
}
