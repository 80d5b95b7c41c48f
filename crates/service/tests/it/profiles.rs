use std::time::Duration;

use passkeyd_domain::{
    AddressKind, Person, UserHandle,
    ports::{PersonLookup, PersonOutcome},
};
use passkeyd_service::{ApplicationError, profiles::NewPhone};

use crate::{codes::tenant, world::World};

const EMAIL: AddressKind = AddressKind::Email;
const PHONE: AddressKind = AddressKind::Phone;

impl World {
    async fn add_email(
        &self,
        user: &UserHandle,
        email: &str,
        verify: bool,
    ) -> Result<(), ApplicationError> {
        let caller = self.api_key().await;
        let email = email.parse().unwrap();
        self.service.add_email(&caller, user, &email, verify).await
    }

    async fn add_phone(
        &self,
        user: &UserHandle,
        number: &str,
        consent: bool,
        verify: bool,
    ) -> Result<(), ApplicationError> {
        let caller = self.api_key().await;
        let phone = NewPhone {
            number: number.parse().unwrap(),
            consent,
            verify,
        };
        self.service.add_phone(&caller, user, phone).await
    }

    async fn remove_email(&self, user: &UserHandle, email: &str) -> Result<(), ApplicationError> {
        let caller = self.api_key().await;
        self.service.remove_email(&caller, user, email).await
    }

    async fn prove(
        &self,
        kind: AddressKind,
        name: &str,
        code: &str,
    ) -> Result<(), ApplicationError> {
        let realm = self.realm().await;
        self.service.verify_address(&realm, kind, name, code).await
    }
}

fn is_invalid(result: &Result<(), ApplicationError>) -> bool {
    matches!(result, Err(ApplicationError::Invalid(_)))
}

fn emails(person: &Person) -> Vec<&str> {
    person.deliverable_emails()
}

#[tokio::test]
async fn an_address_counts_once_its_code_came_back() {
    let world = World::new().await;
    let ada = world.person("ada", |_| ()).await.user.handle;
    world
        .add_email(&ada, "Ada@example.com", true)
        .await
        .unwrap();
    let sent = world.outbox().pop().unwrap();
    assert_eq!(
        (&sent["purpose"], &sent["to"]),
        (&"email-verify".into(), &"Ada@example.com".into())
    );
    assert!(world.named("ada@example.com").await.is_none());
    let person = world.named("ada").await.unwrap();
    assert!(emails(&person).is_empty());

    let code = world.last_code();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert!(is_invalid(&world.prove(EMAIL, "ada", wrong).await));
    // By the address that waits, in any case, as well as by a name.
    world.prove(EMAIL, "ADA@example.com", &code).await.unwrap();
    let person = world.named("ada@example.com").await.unwrap();
    assert_eq!(emails(&person), ["Ada@example.com"]);
    let again = world.prove(EMAIL, "ada", &code).await;
    assert!(
        matches!(again, Err(ApplicationError::NoSuchUser)),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_code_of_one_purpose_is_nothing_for_another() {
    let world = World::new().await;
    let ada = world.person("ada", |_| ()).await.user.handle;
    world
        .add_email(&ada, "ada@example.com", true)
        .await
        .unwrap();
    let code = world.last_code();
    let realm = world.realm().await;
    let signed_in = world
        .service
        .redeem_sign_in_code(&realm, "ada", &code)
        .await;
    assert!(signed_in.is_err());
    let phone = world.prove(PHONE, "ada", &code).await;
    assert!(matches!(phone, Err(ApplicationError::NoSuchUser)));
    world.prove(EMAIL, "ada", &code).await.unwrap();
}

#[tokio::test]
async fn an_address_that_needs_no_proof_counts_at_once() {
    let world = World::new().await;
    let ada = world.person("ada", |_| ()).await.user.handle;
    world
        .add_email(&ada, "one@example.com", false)
        .await
        .unwrap();
    world
        .add_email(&ada, "two@example.com", false)
        .await
        .unwrap();
    // What is proven is not asked for again.
    world
        .add_email(&ada, "ONE@example.com", true)
        .await
        .unwrap();
    assert!(world.outbox().is_empty());
    let person = world.named("two@example.com").await.unwrap();
    assert_eq!(emails(&person), ["one@example.com", "two@example.com"]);

    world.remove_email(&ada, "ONE@example.com").await.unwrap();
    let person = world.named("ada").await.unwrap();
    assert_eq!(emails(&person), ["two@example.com"]);
    assert!(person.addresses[0].is_primary);
    let again = world.remove_email(&ada, "one@example.com").await;
    assert!(matches!(again, Err(ApplicationError::NotFound(_))));
}

#[tokio::test]
async fn an_address_belongs_to_one_user() {
    let world = World::new().await;
    let ada = world.person("ada", |_| ()).await.user.handle;
    let bob = world.person("bob@example.com", |_| ()).await.user.handle;
    for verify in [true, false] {
        let taken = world.add_email(&ada, "BOB@example.com", verify).await;
        assert!(is_invalid(&taken));
    }
    // Both may wait for one address; the first who proves it has it.
    world
        .add_email(&ada, "new@example.com", true)
        .await
        .unwrap();
    let of_ada = world.last_code();
    world.clock.advance(Duration::from_secs(30));
    world
        .add_email(&bob, "new@example.com", true)
        .await
        .unwrap();
    let of_bob = world.last_code();
    world
        .prove(EMAIL, "new@example.com", &of_bob)
        .await
        .unwrap();
    assert!(is_invalid(&world.prove(EMAIL, "ada", &of_ada).await));
    let owner = world.named("new@example.com").await.unwrap();
    assert_eq!(owner.user.handle, bob);
}

#[tokio::test]
async fn the_last_name_of_a_user_stays() {
    let world = World::new().await;
    let now = world.service.now();
    let ada = world
        .person("ada", |person| {
            person.identifiers.clear();
            person.prove(EMAIL, "ada@example.com", false, now);
        })
        .await
        .user
        .handle;
    assert!(is_invalid(
        &world.remove_email(&ada, "ada@example.com").await
    ));
    world
        .add_email(&ada, "two@example.com", false)
        .await
        .unwrap();
    world.remove_email(&ada, "ada@example.com").await.unwrap();
    let person = world.named("two@example.com").await.unwrap();
    assert_eq!(person.username(), "two@example.com");
}

#[tokio::test]
async fn taking_a_pending_address_away_makes_its_code_void() {
    let world = World::new().await;
    let ada = world.person("ada", |_| ()).await.user.handle;
    world
        .add_email(&ada, "ada@example.com", true)
        .await
        .unwrap();
    let code = world.last_code();
    world.remove_email(&ada, "ada@example.com").await.unwrap();
    let proven = world.prove(EMAIL, "ada", &code).await;
    assert!(matches!(proven, Err(ApplicationError::NoSuchUser)));
    assert!(world.named("ada@example.com").await.is_none());
}

#[tokio::test]
async fn a_telephone_number_needs_consent_and_replaces_another() {
    let world = World::new().await;
    let ada = world.person("ada", |_| ()).await.user.handle;
    assert!(is_invalid(
        &world.add_phone(&ada, "+46700000001", false, true).await
    ));
    world
        .add_phone(&ada, "+46700000001", false, false)
        .await
        .unwrap();
    assert_eq!(world.named("ada").await.unwrap().deliverable_phone(), None);
    world
        .add_phone(&ada, "+46700000002", true, true)
        .await
        .unwrap();
    world.service.send_waiting_codes().await;
    let text = world.web.texts.lock().unwrap().pop().unwrap();
    assert_eq!(text.to, "+46700000002");
    // Until then the old one stays.
    assert!(world.named("+46700000001").await.is_some());
    world
        .prove(PHONE, "+46700000002", &text.code)
        .await
        .unwrap();
    let person = world.named("+46700000002").await.unwrap();
    assert_eq!(person.deliverable_phone(), Some("+46700000002"));
    assert!(world.named("+46700000001").await.is_none());

    let caller = world.api_key().await;
    world.service.remove_phone(&caller, &ada).await.unwrap();
    let again = world.service.remove_phone(&caller, &ada).await;
    assert!(matches!(again, Err(ApplicationError::NotFound(_))));
}

#[tokio::test]
async fn of_two_changes_at_once_none_is_lost() {
    let world = World::new().await;
    let ada = world.person("ada", |_| ()).await.user.handle;
    let tasks: Vec<_> = (0..6)
        .map(|number| {
            let (service, ada) = (world.service.clone(), ada.clone());
            tokio::spawn(async move {
                let key = passkeyd_service::apps::DEVELOPMENT_API_KEY;
                let caller = service.authenticate_api_key(key).await.unwrap().unwrap();
                let email = format!("{number}@example.com").parse().unwrap();
                service
                    .add_email(&caller, &ada, &email, false)
                    .await
                    .unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(emails(&world.named("ada").await.unwrap()).len(), 6);
}

#[tokio::test]
async fn a_deleted_user_is_gone_from_every_surface() {
    let world = World::new().await;
    let ada = world.ada().await;
    let caller = world.api_key().await;
    world
        .service
        .delete_person(&caller, &ada.user.handle)
        .await
        .unwrap();
    let again = world.service.delete_person(&caller, &ada.user.handle).await;
    assert!(matches!(again, Err(ApplicationError::NoSuchUser)));
    for lookup in [
        PersonLookup::UserId(ada.user.user_id.clone()),
        PersonLookup::Name("ada".to_owned()),
        PersonLookup::Name("ada@example.com".to_owned()),
    ] {
        let store = world.service.store();
        assert_eq!(store.person(&tenant(), &lookup).await.unwrap(), None);
    }
    let again = world.service.store().create_person(ada, None).await;
    assert_eq!(again.unwrap(), PersonOutcome::Written);
}
