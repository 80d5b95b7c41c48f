//! Users and their aliases.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use std::sync::Arc;

use passkeyd_domain::{Alias, UserId, ports::AliasOutcome};

use crate::{
    running::{clauses, count, race},
    samples::{alias, at, credential_id, event, make_tenant, registration, sign_in, user, user_id},
};

clauses! { $ users_clauses users;
    /// Setting aliases makes the user and replaces what was there.
    async fn aliases_replace_those_before(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let bob = user(&id, "bob");
        let hashed = Alias { plaintext: None, ..alias(&id, "hashed") };
        let told = || Some(event(&id, "set"));
        let first = vec![alias(&id, "Bob"), alias(&id, "bob"), hashed.clone()];
        let set = store.replace_aliases(bob.clone(), first.clone(), told()).await;
        assert_eq!(set.unwrap(), AliasOutcome::Replaced);
        assert_eq!(store.user(&id, &bob.user_id).await.unwrap(), Some(bob.clone()));
        let mut expected = first;
        expected.sort_by(|a, b| a.hash.cmp(&b.hash));
        assert_eq!(store.aliases(&id, &bob.user_id).await.unwrap(), expected);

        // The same user may set the same alias again, and its row stays.
        let mut same = bob.clone();
        same.key = user(&id, "another row").key;
        let set = store.replace_aliases(same, vec![hashed.clone()], told()).await;
        assert_eq!(set.unwrap(), AliasOutcome::Replaced);
        assert_eq!(store.aliases(&id, &bob.user_id).await.unwrap(), [hashed]);
        assert_eq!(store.user(&id, &bob.user_id).await.unwrap(), Some(bob.clone()));

        let set = store.replace_aliases(bob.clone(), Vec::new(), told()).await;
        assert_eq!(set.unwrap(), AliasOutcome::Replaced);
        assert_eq!(store.aliases(&id, &bob.user_id).await.unwrap(), []);
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 3);
    }

    /// An alias of another user is a conflict that changes nothing, not even that there is a user.
    async fn an_alias_belongs_to_one_user(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let (bob, eve) = (user(&id, "bob"), user(&id, "eve"));
        let taken = alias(&id, "bobby");
        store.replace_aliases(bob.clone(), vec![taken.clone()], None).await.unwrap();
        let tried = vec![alias(&id, "evie"), taken.clone()];
        let told = Some(event(&id, "set"));
        let refused = store.replace_aliases(eve.clone(), tried, told).await;
        assert_eq!(refused.unwrap(), AliasOutcome::Conflict);
        assert_eq!(store.user(&id, &eve.user_id).await.unwrap(), None);
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 0);
        assert_eq!(store.aliases(&id, &bob.user_id).await.unwrap().as_slice(), std::slice::from_ref(&taken));

        let hashes = [alias(&id, "free").hash, taken.hash.clone()];
        for (asking, answer) in [(&bob, false), (&eve, true)] {
            let asked = store.aliases_taken_by_others(&id, &asking.user_id, &hashes).await;
            assert_eq!(asked.unwrap(), answer);
        }
        assert!(!store.aliases_taken_by_others(&id, &eve.user_id, &hashes[..1]).await.unwrap());
        assert!(!store.aliases_taken_by_others(&id, &eve.user_id, &[]).await.unwrap());

        // Another tenant has names of its own, even where the hash is the same.
        let elsewhere = user(&other, "eve");
        let set = store.replace_aliases(elsewhere.clone(), vec![taken], None).await;
        assert_eq!(set.unwrap(), AliasOutcome::Replaced);
        assert!(!store.aliases_taken_by_others(&other, &elsewhere.user_id, &hashes).await.unwrap());
    }

    /// Of those who want one alias at once exactly one gets it, and the others have nothing.
    async fn one_of_many_gets_an_alias(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let outcomes = race((0..8).map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move {
                let user = user(&id, &format!("user {number}"));
                let aliases = vec![alias(&id, &number.to_string()), alias(&id, "wanted")];
                store.replace_aliases(user, aliases, None).await.unwrap()
            }
        }))
        .await;
        assert_eq!(count(&outcomes, &AliasOutcome::Replaced), 1);
        for (number, outcome) in outcomes.iter().enumerate() {
            let name = user_id(&format!("user {number}"));
            let held = store.aliases(&id, &name).await.unwrap().len();
            assert_eq!(held, if *outcome == AliasOutcome::Replaced { 2 } else { 0 });
        }
    }

    /// One user's aliases that are set at once are one of the sets in the end, whole.
    async fn aliases_of_one_user_are_set_whole(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let sets = |number: i32| -> Vec<_> {
            (0..3).map(|place| alias(&make_name(), &format!("{number} {place}"))).collect()
        };
        race((0..8).map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move {
                let user = user(&id, "bob");
                store.replace_aliases(user, sets(number), None).await.unwrap()
            }
        }))
        .await;
        let held = store.aliases(&id, &user_id("bob")).await.unwrap();
        let whole = (0..8).any(|number| {
            let mut set = sets(number);
            set.sort_by(|a, b| a.hash.cmp(&b.hash));
            set == held
        });
        assert!(whole, "{held:?}");
    }

    /// Names differ by case, by accents and by how accents are written, and come back unchanged.
    async fn names_are_compared_byte_for_byte(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let names = [
            "bob", "Bob", " bob", "bob ", "b\u{e9}", "be\u{301}", "\u{1F511}", "\u{fffd}", "\u{1}",
            "a'b\"c;--", "%", "_",
        ];
        for name in names {
            let set = store.replace_aliases(user(&id, name), vec![alias(&id, name)], None).await;
            assert_eq!(set.unwrap(), AliasOutcome::Replaced, "{name:?}");
        }
        for name in names {
            let read = store.user(&id, &user_id(name)).await.unwrap();
            assert_eq!(read, Some(user(&id, name)), "{name:?}");
            let held = store.aliases(&id, &user_id(name)).await.unwrap();
            assert_eq!(held, [alias(&id, name)], "{name:?}");
        }
    }

    /// Users that have a credential or an alias are listed by name, page by page to the end, each once.
    async fn users_are_listed_to_the_end(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        store.replace_aliases(user(&other, "a"), vec![alias(&other, "x")], None).await.unwrap();
        let names = ["Z", "a", "aa", "b", "é", "\u{1F511}"];
        for (session, name) in (0u32..).zip(names) {
            let new = registration(&user(&id, name), name.as_bytes(), session.into());
            store.register_credential(new).await.unwrap();
        }
        // Neither a user without anything nor one that has lost all is listed.
        let empty = user(&id, "empty");
        store.replace_aliases(empty.clone(), Vec::new(), None).await.unwrap();
        let with_alias = vec![alias(&id, "x"), Alias { plaintext: None, ..alias(&id, "y") }];
        store.replace_aliases(user(&id, "aliased"), with_alias.clone(), None).await.unwrap();

        let mut listed = Vec::new();
        let mut after: Option<UserId> = None;
        loop {
            let page = store.list_users(&id, after.as_ref(), 2).await.unwrap();
            let Some(last) = page.last() else { break };
            assert!(page.len() <= 2);
            after = Some(last.user_id.clone());
            listed.extend(page);
        }
        let found: Vec<_> = listed.iter().map(|user| user.user_id.as_str()).collect();
        assert_eq!(found, ["Z", "a", "aa", "aliased", "b", "é", "\u{1F511}"]);
        let mut sorted = with_alias;
        sorted.sort_by(|a, b| a.hash.cmp(&b.hash));
        let texts: Vec<_> = sorted.into_iter().map(|alias| alias.plaintext).collect();
        assert_eq!(listed[3].aliases, texts);
        assert_eq!((listed[3].credentials_count, listed[3].last_used_at), (0, None));
        assert_eq!((listed[0].credentials_count, listed[0].last_used_at), (1, Some(at(10))));
        assert_eq!(store.count_users_with_credentials(&id).await.unwrap(), 6);
        assert_eq!(store.count_users_with_credentials(&other).await.unwrap(), 0);
    }

    /// A user is counted once, and was last there when any of its credentials was used last.
    async fn a_user_with_two_credentials_is_one_user(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let bob = user(&id, "bob");
        for (session, credential) in [(1, b"one"), (2, b"two")] {
            store.register_credential(registration(&bob, credential, session)).await.unwrap();
        }
        store.record_sign_in(&id, sign_in(b"one", 3)).await.unwrap();
        assert_eq!(store.count_users_with_credentials(&id).await.unwrap(), 1);
        let listed = store.list_users(&id, None, 9).await.unwrap();
        assert_eq!((listed[0].credentials_count, listed[0].last_used_at), (2, Some(at(5000))));
    }

    /// With a user goes everything of it and nothing of another.
    async fn deleting_a_user_deletes_everything_of_it(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        for (tenant, name, session) in [(&id, "bob", 1), (&id, "eve", 2), (&other, "bob", 3)] {
            let owner = user(tenant, name);
            let mut new = registration(&owner, name.as_bytes(), session);
            new.aliases = Some(vec![alias(tenant, name)]);
            store.register_credential(new).await.unwrap();
        }
        let told = || Some(event(&id, "deleted"));
        let bob = user_id("bob");
        assert!(store.delete_user(&id, &bob, told()).await.unwrap());
        assert!(!store.delete_user(&id, &bob, told()).await.unwrap());
        // The event is written all the same.
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 2);
        assert_eq!(store.user(&id, &bob).await.unwrap(), None);
        assert_eq!(store.credential(&id, &credential_id(b"bob")).await.unwrap(), None);
        assert_eq!(store.aliases(&id, &bob).await.unwrap(), []);
        assert_eq!(store.credentials_of(&id, &user_id("eve")).await.unwrap().len(), 1);
        assert_eq!(store.credentials_of(&other, &bob).await.unwrap().len(), 1);
        // What was the user's is free again.
        let eve = vec![alias(&id, "bob")];
        let set = store.replace_aliases(user(&id, "eve"), eve, None).await.unwrap();
        assert_eq!(set, AliasOutcome::Replaced);
    }
}

fn make_name() -> passkeyd_domain::TenantId {
    crate::samples::tenant_id("acme")
}
