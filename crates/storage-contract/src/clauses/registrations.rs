//! Registrations: what becomes of a credential that is new.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use std::sync::Arc;

use passkeyd_domain::{
    Credential, CredentialDescriptor, Person, User,
    ports::{
        OwnedCredential, Owner, PersonLookup, RegistrationOutcome, UserCredentials, UserLookup,
    },
};
use uuid::Uuid;

use crate::{
    running::{clauses, count, race},
    samples::{
        alias, at, consumption, credential, credential_id, event, identifier, make_tenant,
        registration, tenant_id, user, user_id, uuid,
    },
};

use RegistrationOutcome::{
    AliasConflict, AlreadyConsumed, CredentialTaken, NameTaken, OwnerGone, Registered,
};

clauses! { $ registrations_clauses registrations;
    /// All that is known of a credential and its owner is what is read.
    async fn a_credential_is_read_as_it_was_registered(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let mut bob = user(&id, "bob");
        bob.active = false;
        let every_byte: Vec<u8> = (0..=255).collect();
        let whole = Credential {
            public_key: every_byte.clone(),
            algorithm: -65535,
            sign_count: u32::MAX,
            user_verified: true,
            discoverable: Some(true),
            country: "SE".to_owned(),
            ..credential(&bob, &every_byte)
        };
        let bare = Credential {
            transports: None,
            aaguid: Uuid::nil(),
            backup_eligible: None,
            backed_up: None,
            nickname: None,
            created_at: at(9),
            last_used_at: at(12),
            ..credential(&bob, &[0])
        };
        for (session, credential) in [(1, &whole), (2, &bare)] {
            let mut new = registration(&bob, b"x", session);
            new.credential = credential.clone();
            new.event = Some(event(&id, "registered"));
            assert_eq!(store.register_credential(new).await.unwrap(), Registered);
        }
        let owned = |credential: &Credential| OwnedCredential {
            credential: credential.clone(),
            user_id: bob.user_id.clone(),
            handle: bob.handle.clone(),
            active: false,
        };
        // The bare one was made first.
        let read = store.credentials_of(&id, &bob.user_id).await.unwrap();
        assert_eq!(read, [owned(&bare), owned(&whole)]);
        let read = store.credential(&id, &whole.credential_id).await.unwrap();
        assert_eq!(read, Some(owned(&whole)));
        let other = make_tenant(&*store, "other").await;
        for (tenant, row, expected) in [(&id, bare.id, Some(owned(&bare))), (&id, uuid(1), None), (&other, bare.id, None)] {
            assert_eq!(store.credential_by_row(tenant, row).await.unwrap(), expected);
        }
        assert_eq!(store.user(&id, &bob.user_id).await.unwrap(), Some(bob.clone()));
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 2);
        assert!(store.is_consumed(&id, consumption(1).id).await.unwrap());
    }

    /// A new user has the name that it registered under, and of those who want one name at once exactly one gets it.
    async fn a_new_user_is_made_with_its_name(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let outcomes = race((1..=6_u8).map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move {
                let owner = user(&id, &format!("u{number}"));
                let mut new = registration(&owner, &[number], u128::from(number));
                let name = if number % 2 == 0 { "Jörg" } else { "JÖRG" };
                new.owner = Owner::New {
                    identifier: identifier(name),
                    display_name: Some("Jörg \u{1F511}".to_owned()),
                };
                store.register_credential(new).await.unwrap()
            }
        }))
        .await;
        assert_eq!(count(&outcomes, &Registered), 1);
        assert_eq!(count(&outcomes, &NameTaken), 5);
        assert_eq!(store.count_users_with_credentials(&id).await.unwrap(), 1);
        let lookup = PersonLookup::Name("jörg".to_owned());
        let person = store.person(&id, &lookup).await.unwrap().unwrap();
        assert_eq!(person.profile.display_name.as_deref(), Some("Jörg \u{1F511}"));
        assert_eq!(person.identifiers.len(), 1);
        assert_eq!(store.credentials_of(&id, &person.user.user_id).await.unwrap().len(), 1);

        // An app's name of a user counts as well.
        let mut new = registration(&user(&id, "zoe"), b"zoe", 20);
        new.owner = Owner::New {
            identifier: identifier(person.user.user_id.as_str()),
            display_name: None,
        };
        assert_eq!(store.register_credential(new).await.unwrap(), NameTaken);
    }

    /// Where the user must be there it must be active as well; the session is consumed all the same.
    async fn an_existing_user_must_be_there_and_active(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let mut bob = user(&id, "bob");
        let existing = |owner: &User, credential: &[u8], session| {
            let mut new = registration(owner, credential, session);
            new.owner = Owner::Existing;
            store.register_credential(new)
        };
        assert_eq!(existing(&bob, b"1", 1).await.unwrap(), OwnerGone);
        assert!(store.is_consumed(&id, consumption(1).id).await.unwrap());
        assert_eq!(store.user(&id, &bob.user_id).await.unwrap(), None);
        store.register_credential(registration(&bob, b"2", 2)).await.unwrap();
        assert_eq!(existing(&bob, b"3", 3).await.unwrap(), Registered);
        bob.active = false;
        let person = store.person(&id, &PersonLookup::UserId(bob.user_id.clone())).await.unwrap().unwrap();
        store.replace_person(Person { user: bob.clone(), ..person }, None).await.unwrap();
        assert_eq!(existing(&bob, b"4", 4).await.unwrap(), OwnerGone);
        assert_eq!(store.credentials_of(&id, &bob.user_id).await.unwrap().len(), 2);
    }

    /// A user is found by name or alias, with descriptors of its credentials, oldest first.
    async fn a_user_is_looked_up_with_its_credentials(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let bob = user(&id, "bob");
        let by_name = UserLookup::UserId(bob.user_id.clone());
        let by_alias = UserLookup::Alias(alias(&id, "bobby").hash);
        assert_eq!(store.user_credentials(&id, &by_name).await.unwrap(), None);
        assert_eq!(store.user_credentials(&id, &by_alias).await.unwrap(), None);

        store.replace_aliases(bob.clone(), vec![alias(&id, "bobby")], None).await.unwrap();
        let mut expected = UserCredentials {
            user_id: bob.user_id.clone(),
            handle: bob.handle.clone(),
            active: true,
            credentials: Vec::new(),
        };
        for lookup in [&by_name, &by_alias] {
            let read = store.user_credentials(&id, lookup).await.unwrap();
            assert_eq!(read, Some(expected.clone()));
        }
        for (session, bytes, created_at) in [(1, b"new", at(70)), (2, b"old", at(60))] {
            let mut new = registration(&bob, bytes, session);
            new.credential.created_at = created_at;
            store.register_credential(new).await.unwrap();
        }
        expected.credentials = [b"old", b"new"]
            .map(|bytes| CredentialDescriptor {
                aaguid: uuid(0xaa_6d),
                credential_id: credential_id(bytes),
                transports: credential(&bob, bytes).transports,
            })
            .into();
        for lookup in [&by_name, &by_alias] {
            let read = store.user_credentials(&id, lookup).await.unwrap();
            assert_eq!(read, Some(expected.clone()));
            assert_eq!(store.user_credentials(&other, lookup).await.unwrap(), None);
        }
    }

    /// A user of that name keeps its row and its handle, and the credential is its.
    async fn an_existing_user_keeps_row_and_handle(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let bob = user(&id, "bob");
        store.register_credential(registration(&bob, b"one", 1)).await.unwrap();
        let mut second = registration(&bob, b"two", 2);
        second.user = user(&id, "somebody else");
        second.user.user_id = bob.user_id.clone();
        second.credential.user = second.user.key;
        assert_eq!(store.register_credential(second).await.unwrap(), Registered);
        assert_eq!(store.user(&id, &bob.user_id).await.unwrap(), Some(bob.clone()));
        let read = store.credentials_of(&id, &bob.user_id).await.unwrap();
        assert_eq!(read.len(), 2);
        assert!(read.iter().all(|owned| owned.credential.user == bob.key));
    }

    /// A credential id is one user's within a tenant; the session is consumed all the same, and nothing else changes.
    async fn a_credential_id_is_taken_once(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let (bob, eve) = (user(&id, "bob"), user(&id, "eve"));
        store.register_credential(registration(&bob, b"one", 1)).await.unwrap();
        let mut second = registration(&eve, b"one", 2);
        second.credential.id = uuid(77);
        second.aliases = Some(vec![alias(&id, "evie")]);
        second.event = Some(event(&id, "registered"));
        assert_eq!(store.register_credential(second.clone()).await.unwrap(), CredentialTaken);
        assert!(store.is_consumed(&id, second.consumption.id).await.unwrap());
        assert_eq!(store.register_credential(second).await.unwrap(), AlreadyConsumed);
        assert_eq!(store.user(&id, &eve.user_id).await.unwrap(), None);
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 0);
        let elsewhere = registration(&user(&other, "eve"), b"one", 2);
        assert_eq!(store.register_credential(elsewhere).await.unwrap(), Registered);
    }

    /// Aliases given with a registration replace those before; none given leaves them; one of another stops it.
    async fn a_registration_sets_aliases(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let (bob, eve) = (user(&id, "bob"), user(&id, "eve"));
        let with = |owner, bytes: &[u8], session, aliases: Option<&[&str]>| {
            let mut new = registration(owner, bytes, session);
            new.aliases = aliases.map(|texts| texts.iter().map(|text| alias(&id, text)).collect());
            store.register_credential(new)
        };
        assert_eq!(with(&bob, b"1", 1, Some(&["a", "b"])).await.unwrap(), Registered);
        assert_eq!(with(&bob, b"2", 2, None).await.unwrap(), Registered);
        assert_eq!(store.aliases(&id, &bob.user_id).await.unwrap().len(), 2);
        assert_eq!(with(&eve, b"3", 3, Some(&["c", "a"])).await.unwrap(), AliasConflict);
        assert_eq!(with(&eve, b"3", 3, None).await.unwrap(), AlreadyConsumed);
        assert_eq!(store.user(&id, &eve.user_id).await.unwrap(), None);
        assert_eq!(with(&bob, b"4", 4, Some(&["a"])).await.unwrap(), Registered);
        assert_eq!(store.aliases(&id, &bob.user_id).await.unwrap(), [alias(&id, "a")]);
        assert_eq!(with(&eve, b"5", 5, Some(&["b"])).await.unwrap(), Registered);
    }

    /// A tenant that is gone has no session that could be completed.
    async fn an_unknown_tenant_registers_nothing(store: Store) {
        let nobody = tenant_id("nobody");
        let tried = registration(&user(&nobody, "bob"), b"one", 1);
        assert_eq!(store.register_credential(tried).await.unwrap(), AlreadyConsumed);
        make_tenant(&*store, "nobody").await;
        assert_eq!(store.credentials_of(&nobody, &user_id("bob")).await.unwrap(), []);
    }

    /// Of those who register one credential id at once, with a session each, exactly one does.
    async fn one_of_many_registers_a_credential_id(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let outcomes = race((0..8u32).map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move {
                let owner = user(&id, &format!("user {number}"));
                let mut new = registration(&owner, b"wanted", number.into());
                new.credential.id = uuid(number.into());
                store.register_credential(new).await.unwrap()
            }
        }))
        .await;
        assert_eq!(count(&outcomes, &Registered), 1);
        assert_eq!(count(&outcomes, &CredentialTaken), 7);
        assert_eq!(store.count_users_with_credentials(&id).await.unwrap(), 1);
        for number in 0..8 {
            assert!(store.is_consumed(&id, uuid(number)).await.unwrap());
        }
    }

    /// Of those who complete one session at once exactly one does.
    async fn one_of_many_completes_a_registration(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let outcomes = race((0..8).map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move {
                let owner = user(&id, "bob");
                let new = registration(&owner, &[number], 1);
                store.register_credential(new).await.unwrap()
            }
        }))
        .await;
        assert_eq!(count(&outcomes, &Registered), 1);
        assert_eq!(count(&outcomes, &AlreadyConsumed), 7);
        assert_eq!(store.credentials_of(&id, &user_id("bob")).await.unwrap().len(), 1);
    }

    /// A user who registers on many devices for the first time at once is one user.
    async fn many_registrations_make_one_user(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let outcomes = race((0..8u8).map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move {
                let mut owner = user(&id, "bob");
                owner.key = passkeyd_domain::UserKey(uuid(number.into()));
                let new = registration(&owner, &[number], number.into());
                store.register_credential(new).await.unwrap()
            }
        }))
        .await;
        assert_eq!(count(&outcomes, &Registered), 8);
        assert_eq!(store.credentials_of(&id, &user_id("bob")).await.unwrap().len(), 8);
        assert_eq!(store.list_users(&id, None, 9).await.unwrap().len(), 1);
    }

    /// Of those who register with one alias at once exactly one gets it, and no one else has a credential.
    async fn one_of_many_registers_with_an_alias(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let outcomes = race((0..8u8).map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move {
                let owner = user(&id, &format!("user {number}"));
                let mut new = registration(&owner, &[number], number.into());
                new.aliases = Some(vec![alias(&id, "wanted")]);
                store.register_credential(new).await.unwrap()
            }
        }))
        .await;
        assert_eq!(count(&outcomes, &Registered), 1);
        assert_eq!(count(&outcomes, &AliasConflict), 7);
        assert_eq!(store.count_users_with_credentials(&id).await.unwrap(), 1);
    }

    /// A user that is deleted while it registers has its credential or is gone, but there is no credential without user.
    async fn a_registration_races_the_deletion_of_its_user(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        for round in 0..6u8 {
            let owner = user(&id, "bob");
            store.register_credential(registration(&owner, &[round, 0], u128::from(round) * 2)).await.unwrap();
            race((0..2u8).map(|racer| {
                let (store, id, owner) = (Arc::clone(&store), id.clone(), owner.clone());
                async move {
                    if racer == 0 {
                        store.delete_user(&id, &owner.user_id, None).await.unwrap();
                    } else {
                        let session = u128::from(round) * 2 + 1;
                        let new = registration(&owner, &[round, 1], session);
                        assert_eq!(store.register_credential(new).await.unwrap(), Registered);
                    }
                }
            }))
            .await;
            let listed = store.list_users(&id, None, 9).await.unwrap();
            let held = store.credentials_of(&id, &owner.user_id).await.unwrap();
            assert!(held.len() <= 2);
            assert_eq!(listed.len(), usize::from(!held.is_empty()));
            store.delete_user(&id, &owner.user_id, None).await.unwrap();
        }
    }
}
