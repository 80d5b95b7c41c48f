use super::*;
use crate::{UserHandle, UserId, UserKey};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn person() -> Person {
    let user_id = UserId::new("u-1").unwrap();
    Person::new(User {
        key: UserKey(uuid::Uuid::from_u128(1)),
        tenant: "acme".parse().unwrap(),
        handle: UserHandle::of(&user_id).unwrap(),
        user_id,
        active: true,
        created_at: at(0),
    })
}

fn identifier(kind: IdentifierKind, value: &str, source: &str) -> Identifier {
    Identifier {
        kind,
        value: value.to_owned(),
        source: source.to_owned(),
        verified_at: None,
    }
}

#[test]
fn a_phone_number_is_e164() {
    for good in ["+46701234567", "+1234567", " +123456789012345 "] {
        assert!(good.parse::<Phone>().is_ok(), "{good}");
    }
    for bad in [
        "",
        "+",
        "46701234567",
        "+123456",
        "+1234567890123456",
        "+46 70 123",
        "+0123456789",
        "+١٢٣٤٥٦٧٨",
    ] {
        assert!(bad.parse::<Phone>().is_err(), "{bad}");
    }
}

#[test]
fn the_first_address_that_is_proven_is_the_primary_one() {
    let mut ada = person();
    ada.prove(AddressKind::Email, "b@example.com", false, at(1));
    ada.prove(AddressKind::Email, "A@example.com", false, at(2));
    assert_eq!(ada.deliverable_emails(), ["b@example.com", "A@example.com"]);
    assert!(ada.is_named("a@EXAMPLE.com"));
    assert_eq!(ada.username(), "b@example.com");
    assert!(ada.forget(AddressKind::Email, "B@example.com"));
    assert_eq!(ada.deliverable_emails(), ["A@example.com"]);
    assert!(ada.addresses[0].is_primary);
    assert_eq!(ada.username(), "A@example.com");
    assert!(!ada.forget(AddressKind::Email, "b@example.com"));
}

#[test]
fn the_oldest_proof_takes_the_place_of_the_primary_address() {
    let mut ada = person();
    for (value, second) in [("z@x.se", 1), ("y@x.se", 2), ("a@x.se", 3)] {
        ada.prove(AddressKind::Email, value, false, at(second));
    }
    ada.await_proof(AddressKind::Email, "0@x.se", false);
    ada.forget(AddressKind::Email, "z@x.se");
    assert_eq!(ada.deliverable_emails(), ["y@x.se", "a@x.se"]);
}

#[test]
fn an_address_that_was_registered_stays_in_front_of_later_ones() {
    let mut ada = person();
    let kind = IdentifierKind::Email;
    ada.identifiers = vec![identifier(kind, "own@x.se", Identifier::LOGINID)];
    ada.prove(AddressKind::Email, "later@x.se", false, at(1));
    assert_eq!(ada.deliverable_emails(), ["own@x.se", "later@x.se"]);
    assert!(!ada.addresses[0].is_primary);
}

#[test]
fn codes_do_not_go_to_what_another_surface_never_proved() {
    let mut ada = person();
    let kind = IdentifierKind::Email;
    ada.identifiers = vec![
        identifier(kind, "own@x.se", "idea-pool"),
        identifier(IdentifierKind::Other, "ada", Identifier::LOGINID),
    ];
    ada.await_proof(AddressKind::Email, "pending@x.se", false);
    assert!(ada.deliverable_emails().is_empty());
    ada.prove(AddressKind::Email, "OWN@x.se", false, at(4));
    assert_eq!(ada.deliverable_emails(), ["OWN@x.se"]);
    assert_eq!(ada.identifiers[0].value, "own@x.se");
    assert_eq!(ada.identifiers[0].verified_at, Some(at(4)));
}

#[test]
fn one_phone_number_replaces_another_when_it_is_proven() {
    let mut ada = person();
    ada.prove(AddressKind::Phone, "+46700000001", true, at(1));
    ada.await_proof(AddressKind::Phone, "+46700000002", true);
    ada.await_proof(AddressKind::Phone, "+46700000003", true);
    assert_eq!(ada.addresses.len(), 2);
    assert_eq!(ada.deliverable_phone(), Some("+46700000001"));
    ada.prove(AddressKind::Phone, "+46700000003", false, at(2));
    assert_eq!(ada.addresses.len(), 1);
    assert_eq!(ada.deliverable_phone(), Some("+46700000003"));
    assert!(!ada.is_named("+46700000001"));
    assert!(ada.is_named("+46700000003"));
    assert!(ada.forget_phone());
    assert!(ada.identifiers.is_empty());
    assert!(!ada.forget_phone());
}

#[test]
fn a_name_that_is_proven_again_stays_the_primary_one() {
    let mut ada = person();
    ada.prove(AddressKind::Phone, "+46700000001", false, at(1));
    ada.prove(AddressKind::Email, "a@x.se", false, at(2));
    assert_eq!(ada.username(), "+46700000001");
    ada.prove(AddressKind::Phone, "+46700000001", true, at(3));
    assert_eq!(ada.username(), "+46700000001");
    assert_eq!(ada.deliverable_phone(), Some("+46700000001"));
}

#[test]
fn a_number_without_consent_is_never_used() {
    let mut ada = person();
    ada.prove(AddressKind::Phone, "+46700000001", false, at(1));
    assert_eq!(ada.deliverable_phone(), None);
    ada.prove(AddressKind::Phone, "+46700000001", true, at(2));
    assert_eq!(ada.deliverable_phone(), Some("+46700000001"));
}

#[test]
fn forgetting_what_is_pending_takes_no_name_away() {
    let mut ada = person();
    ada.prove(AddressKind::Email, "a@x.se", false, at(1));
    ada.await_proof(AddressKind::Email, "b@x.se", false);
    assert!(ada.forget(AddressKind::Email, "B@x.se"));
    assert_eq!(ada.identifiers.len(), 1);
}
