//! People: users with their names and addresses.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use std::sync::Arc;

use passkeyd_domain::{
    AddressKind, Person, TenantId, UserHandle,
    ports::{PersonLookup, PersonOutcome, SignUpOutcome, Store},
};

use crate::{
    running::{clauses, count, race},
    samples::{
        alias, at, event, identifier, make_tenant, new_account, person, registration, user, user_id,
    },
};

async fn named(store: &dyn Store, tenant: &TenantId, name: &str) -> Option<Person> {
    let lookup = PersonLookup::Name(name.to_owned());
    store.person(tenant, &lookup).await.unwrap()
}

clauses! { $ people_clauses people;
    /// What is written of a person is what is read, however it is looked for.
    async fn a_person_is_read_as_it_was_made(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let mut made = person(&id, "bob");
        let told = Some(event(&id, "made"));
        assert_eq!(store.create_person(made.clone(), told).await.unwrap(), PersonOutcome::Written);
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 1);
        made.sort();
        let lookups = [
            PersonLookup::Name("BOB@EXAMPLE.COM".to_owned()),
            PersonLookup::Name("bob".to_owned()),
            PersonLookup::UserId(user_id("bob")),
            PersonLookup::Handle(made.user.handle.clone()),
            PersonLookup::Key(made.user.key),
        ];
        for lookup in lookups {
            assert_eq!(store.person(&id, &lookup).await.unwrap().as_ref(), Some(&made), "{lookup:?}");
        }
        let account = store.account_by_name(&id, "bob@example.com").await.unwrap().unwrap();
        assert_eq!(account.identifier.as_deref(), Some("Bob@example.com"));
        assert_eq!(account.name, made.profile.display_name);
        for lookup in [
            PersonLookup::Name("BOB".to_owned()),
            PersonLookup::UserId(user_id("Bob@example.com")),
            PersonLookup::Handle(UserHandle::new(*b"eve").unwrap()),
        ] {
            assert_eq!(store.person(&id, &lookup).await.unwrap(), None, "{lookup:?}");
        }
    }

    /// A user of any surface is a person, and one of another tenant is not.
    async fn every_user_is_a_person(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let app_user = user(&id, "app user");
        store.register_credential(registration(&app_user, b"c", 1)).await.unwrap();
        assert_eq!(named(&*store, &id, "app user").await, Some(Person::new(app_user.clone())));
        let account = new_account(&id, "a@example.com", 1, 1);
        store.sign_up(account.clone()).await.unwrap();
        let found = named(&*store, &id, "A@example.com").await.unwrap();
        assert_eq!(found.identifiers, [account.identifier]);
        assert_eq!(found.profile.display_name.as_deref(), Some(account.name.as_str()));
        assert_eq!(found.username(), "a@example.com");
        for lookup in [
            PersonLookup::Name("a@example.com".to_owned()),
            PersonLookup::Key(app_user.key),
            PersonLookup::Handle(app_user.handle),
        ] {
            assert_eq!(store.person(&other, &lookup).await.unwrap(), None, "{lookup:?}");
        }
    }

    /// A name that leads to another user, as an identifier in any case or as the app's name exactly, is taken; nothing
    /// changes.
    async fn names_belong_to_one(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let app_user = user(&id, "app user");
        store.register_credential(registration(&app_user, b"c", 1)).await.unwrap();
        store.create_person(person(&id, "bob"), None).await.unwrap();
        let told = || Some(event(&id, "made"));
        for (taken, expected) in [
            ("bOb@example.com", PersonOutcome::NameTaken),
            ("app user", PersonOutcome::NameTaken),
            ("App user", PersonOutcome::Written),
        ] {
            let mut eve = person(&id, "eve");
            eve.identifiers.push(identifier(taken));
            assert_eq!(store.create_person(eve, told()).await.unwrap(), expected, "{taken}");
        }
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 1);

        let eve = named(&*store, &id, "eve").await.unwrap();
        let mut wants_name = eve.clone();
        wants_name.identifiers.push(identifier("bob@example.com"));
        wants_name.user.active = false;
        let refused = store.replace_person(wants_name, told()).await.unwrap();
        assert_eq!(refused, PersonOutcome::NameTaken);
        assert_eq!(named(&*store, &id, "eve").await, Some(eve));
        // A name that a person has cannot be signed up with.
        let refused = store.sign_up(new_account(&id, "BOB@example.com", 1, 1)).await.unwrap();
        assert_eq!(refused, SignUpOutcome::NameTaken);
    }

    /// A person is replaced whole; what it had before and has no more is free.
    async fn a_person_is_replaced_whole(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        store.create_person(person(&id, "bob"), None).await.unwrap();
        let mut bob = named(&*store, &id, "bob").await.unwrap();
        bob.user.active = false;
        bob.updated_at = at(77);
        bob.profile.given_name = None;
        bob.profile.external_id = Some("x-2".to_owned());
        bob.identifiers.remove(0);
        bob.addresses.retain(|address| address.kind == AddressKind::Email);
        bob.prove(AddressKind::Phone, "+46700000009", true, at(77));
        let told = Some(event(&id, "changed"));
        assert_eq!(store.replace_person(bob.clone(), told).await.unwrap(), PersonOutcome::Written);
        bob.version += 1;
        assert_eq!(named(&*store, &id, "bob").await, Some(bob.clone()));
        assert_eq!(store.user(&id, &bob.user.user_id).await.unwrap(), Some(bob.user));
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 1);
        assert_eq!(named(&*store, &id, "bob@example.com").await, None);
        let signed_up = store.sign_up(new_account(&id, "bob@example.com", 1, 1)).await.unwrap();
        assert_eq!(signed_up, SignUpOutcome::SignedUp);
    }

    /// Of changes to what was read at once one is written, and the others are told to read again.
    async fn changes_do_not_undo_each_other(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        store.create_person(person(&id, "bob"), None).await.unwrap();
        let read = named(&*store, &id, "bob").await.unwrap();
        let outcomes = race((0..8).map(|number| {
            let (store, mut bob) = (Arc::clone(&store), read.clone());
            async move {
                bob.prove(AddressKind::Email, &format!("{number}@example.com"), false, at(5));
                store.replace_person(bob, None).await.unwrap()
            }
        }))
        .await;
        assert_eq!(count(&outcomes, &PersonOutcome::Written), 1);
        assert_eq!(count(&outcomes, &PersonOutcome::Changed), 7);
        let now = named(&*store, &id, "bob").await.unwrap();
        assert_eq!(now.version, 2);
        assert_eq!(now.addresses.len(), read.addresses.len() + 1);
    }

    /// Of people who want one name at once one gets it.
    async fn one_of_many_gets_a_name(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let outcomes = race((0..8).map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move {
                let name = format!("u{number}");
                let mut new = person(&id, &name);
                let made = if number % 2 == 0 {
                    new.identifiers.push(identifier("wanted"));
                    store.create_person(new, None).await.unwrap()
                } else {
                    store.create_person(new, None).await.unwrap();
                    let mut read = named(&*store, &id, &name).await.unwrap();
                    read.identifiers.push(identifier("WANTED"));
                    store.replace_person(read, None).await.unwrap()
                };
                (made, name)
            }
        }))
        .await;
        let winners: Vec<_> = outcomes.iter().filter(|(made, _)| *made == PersonOutcome::Written).collect();
        assert_eq!(winners.len(), 1, "{outcomes:?}");
        let owner = named(&*store, &id, "Wanted").await.unwrap();
        assert_eq!(owner.user.user_id.as_str(), winners[0].1);
        let refused = outcomes.iter().filter(|(made, _)| *made == PersonOutcome::NameTaken);
        assert_eq!(refused.count(), 7);
    }

    /// Nothing is written of a person that is gone, and everything of it goes with it.
    async fn nothing_is_left_of_a_deleted_person(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        store.create_person(person(&id, "bob"), None).await.unwrap();
        let bob = named(&*store, &id, "bob").await.unwrap();
        assert!(store.delete_user(&id, &bob.user.user_id, None).await.unwrap());
        let told = Some(event(&id, "changed"));
        assert_eq!(store.replace_person(bob.clone(), told).await.unwrap(), PersonOutcome::Gone);
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 0);
        assert_eq!(named(&*store, &id, "bob@example.com").await, None);
        let found = store.people_with_address(&id, AddressKind::Email, "bob@example.com", 9).await;
        assert_eq!(found.unwrap(), []);
        // All of it is free again.
        let again = store.create_person(person(&id, "bob"), None).await.unwrap();
        assert_eq!(again, PersonOutcome::Written);
    }

    /// An address is found in any case, proven or pending, with all who have it.
    async fn addresses_are_found_with_all_who_have_them(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        for (tenant, name) in [(&id, "bob"), (&id, "eve"), (&other, "joe")] {
            let mut new = person(tenant, name);
            new.await_proof(AddressKind::Email, "Shared@example.com", false);
            store.create_person(new, None).await.unwrap();
        }
        let aliased = user(&id, "without");
        store.replace_aliases(aliased, vec![alias(&id, "w")], None).await.unwrap();
        let found = store.people_with_address(&id, AddressKind::Email, "sHared@example.com", 9).await.unwrap();
        let mut names: Vec<_> = found.iter().map(|person| person.user.user_id.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["bob", "eve"]);
        let few = store.people_with_address(&id, AddressKind::Email, "shared@example.com", 1).await.unwrap();
        assert_eq!(few, found[..1]);
        let phones = store.people_with_address(&id, AddressKind::Phone, "shared@example.com", 9).await.unwrap();
        assert_eq!(phones, []);
    }
}
