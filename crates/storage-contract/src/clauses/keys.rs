//! API keys and key rings.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use std::sync::Arc;

use passkeyd_domain::{ApiKey, KeyId, KeyKind, RingPurpose, Scope, ports::NamedKeyOutcome};

use crate::{
    running::{clauses, count, race},
    samples::{api_key, at, event, make_tenant, ring_key, tenant_id, uuid},
};

fn whole(tenant: &passkeyd_domain::TenantId) -> ApiKey {
    ApiKey {
        kind: KeyKind::Api,
        name: "Größe \u{1F5DD}".to_owned(),
        scopes: ["mfa:begin", "z", "a b", "\"q\""]
            .map(|scope| Scope(scope.to_owned()))
            .into(),
        lookup: Some("0a".to_owned()),
        locked_at: Some(at(3)),
        last_locked_at: Some(at(4)),
        expires_at: Some(at(5)),
        ..api_key(tenant, "key \u{e9}")
    }
}

clauses! { $ keys_clauses keys;
    /// What is stored of a key is what is read, and a key id is used once in a tenant.
    async fn a_key_is_read_as_it_was_added(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let key = whole(&id);
        let told = || Some(event(&id, "added"));
        assert!(store.add_api_key(key.clone(), told()).await.unwrap());
        let mut again = key.clone();
        again.lookup = None;
        assert!(!store.add_api_key(again, told()).await.unwrap());
        assert_eq!(store.api_keys(&id).await.unwrap().as_slice(), std::slice::from_ref(&key));
        assert_eq!(store.api_key_by_lookup("0a").await.unwrap(), Some(key));
        assert_eq!(store.api_key_by_lookup("0b").await.unwrap(), None);
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 1);
    }

    /// A key that a configuration gives is there afterwards with its scopes, and no other of its name; one that it does not
    /// give is made once and kept.
    async fn configured_keys_are_put_once(store: Store) {
        let (one, two) = (make_tenant(&*store, "one").await, make_tenant(&*store, "two").await);
        let key = |number: u8| ApiKey {
            key_id: KeyId(format!("id {number}")),
            lookup: Some(format!("lookup {number}")),
            locked_at: None,
            ..whole(&one)
        };
        for (number, is_given, expected) in [
            (1, false, NamedKeyOutcome::Made),
            (2, false, NamedKeyOutcome::Kept),
            (3, true, NamedKeyOutcome::Made),
            (3, true, NamedKeyOutcome::Kept),
        ] {
            let put = store.put_named_key(key(number), is_given).await.unwrap();
            assert_eq!(put, expected, "{number}");
        }
        assert_eq!(store.api_keys(&one).await.unwrap(), [key(3)]);
        store.set_api_key_lock(&one, &key(3).key_id, Some(at(9)), None).await.unwrap();
        let mut scoped = key(3);
        scoped.scopes = [Scope("one".to_owned())].into();
        for is_given in [true, false] {
            let put = store.put_named_key(scoped.clone(), is_given).await.unwrap();
            assert_eq!(put, NamedKeyOutcome::Kept);
        }
        let held = store.api_keys(&one).await.unwrap();
        assert_eq!((held[0].scopes.clone(), held[0].locked_at), (scoped.scopes.clone(), Some(at(9))));

        // Another tenant, or another name, may not have the same text.
        let mut other_tenant = key(3);
        other_tenant.tenant = two.clone();
        let mut other_name = key(3);
        "other".clone_into(&mut other_name.name);
        for mut taken in [other_tenant, other_name] {
            taken.key_id = KeyId("fresh".to_owned());
            let put = store.put_named_key(taken, true).await.unwrap();
            assert_eq!(put, NamedKeyOutcome::Taken);
        }
        assert_eq!(store.api_keys(&one).await.unwrap(), held);
        let mut nobody = key(4);
        nobody.tenant = tenant_id("nobody");
        assert_eq!(store.put_named_key(nobody, true).await.unwrap(), NamedKeyOutcome::NoTenant);
    }

    /// Of those who configure a key at once one makes it.
    async fn a_configured_key_is_made_by_one(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let made = race((0..8).map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move {
                let key = ApiKey {
                    key_id: KeyId(format!("id {number}")),
                    lookup: Some(format!("lookup {number}")),
                    ..whole(&id)
                };
                store.put_named_key(key, false).await.unwrap()
            }
        }))
        .await;
        assert_eq!(count(&made, &NamedKeyOutcome::Made), 1);
        assert_eq!(store.api_keys(&id).await.unwrap().len(), 1);
    }

    /// There is no key without a tenant.
    async fn an_unknown_tenant_gets_no_key(store: Store) {
        let nobody = tenant_id("nobody");
        assert!(!store.add_api_key(api_key(&nobody, "aaaa"), None).await.unwrap());
        assert_eq!(store.api_keys(&nobody).await.unwrap(), []);
    }

    /// Key ids are each tenant's own; what a key is looked up by is everybody's.
    async fn a_lookup_is_unique_over_all_tenants(store: Store) {
        let (one, two) = (make_tenant(&*store, "one").await, make_tenant(&*store, "two").await);
        assert!(store.add_api_key(whole(&one), None).await.unwrap());
        assert!(!store.add_api_key(whole(&two), None).await.unwrap());
        let mut other = whole(&two);
        other.lookup = None;
        assert!(store.add_api_key(other, None).await.unwrap());
        let found = store.api_key_by_lookup("0a").await.unwrap().unwrap();
        assert_eq!(found.tenant, one);
    }

    /// Keys are listed by key id, byte for byte.
    async fn keys_are_listed_by_key_id(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        for key_id in ["b", "B", "é", "a", "_"] {
            assert!(store.add_api_key(api_key(&id, key_id), None).await.unwrap());
        }
        let listed = store.api_keys(&id).await.unwrap();
        let ids: Vec<_> = listed.iter().map(|key| key.key_id.0.as_str()).collect();
        assert_eq!(ids, ["B", "_", "a", "b", "é"]);
    }

    /// Of those who add one key id at once exactly one succeeds.
    async fn one_of_many_adds_a_key_id(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let added = race((0..8).map(|_| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move { store.add_api_key(api_key(&id, "aaaa"), None).await.unwrap() }
        }))
        .await;
        assert_eq!(count(&added, &true), 1);
    }

    /// A lock has a time, and the last one stays known.
    async fn a_key_is_locked_and_unlocked(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        assert!(store.add_api_key(api_key(&id, "aaaa"), None).await.unwrap());
        let key_id = KeyId("aaaa".to_owned());
        let told = || Some(event(&id, "lock"));
        for (lock, locked_at, last_locked_at) in [
            (Some(at(1)), Some(at(1)), Some(at(1))),
            (Some(at(2)), Some(at(2)), Some(at(2))),
            (None, None, Some(at(2))),
            (None, None, Some(at(2))),
        ] {
            assert!(store.set_api_key_lock(&id, &key_id, lock, told()).await.unwrap());
            let read = store.api_keys(&id).await.unwrap();
            assert_eq!((read[0].locked_at, read[0].last_locked_at), (locked_at, last_locked_at));
        }
        assert!(!store.set_api_key_lock(&other, &key_id, Some(at(3)), told()).await.unwrap());
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 4);
    }

    /// What is stored of a key is replaced only where it is what the caller read.
    async fn a_stored_key_is_replaced_if_it_is_as_expected(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        assert!(store.add_api_key(api_key(&id, "aaaa"), None).await.unwrap());
        let key_id = KeyId("aaaa".to_owned());
        assert!(!store.replace_stored_key(&id, &key_id, "else", "new").await.unwrap());
        assert!(store.replace_stored_key(&id, &key_id, "sha256:aaaa", "new").await.unwrap());
        assert!(!store.replace_stored_key(&id, &key_id, "sha256:aaaa", "newer").await.unwrap());
        assert_eq!(store.api_keys(&id).await.unwrap()[0].stored, "new");
    }

    /// A key that was deleted is gone, once, and only in its tenant.
    async fn a_key_is_deleted_once(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let key_id = KeyId("aaaa".to_owned());
        for tenant in [&id, &other] {
            assert!(store.add_api_key(api_key(tenant, "aaaa"), None).await.unwrap());
        }
        let told = || Some(event(&id, "deleted"));
        assert!(store.delete_api_key(&id, &key_id, told()).await.unwrap());
        assert!(!store.delete_api_key(&id, &key_id, told()).await.unwrap());
        assert_eq!(store.api_keys(&other).await.unwrap().len(), 1);
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 1);
    }

    /// A ring is one purpose's, newest first, and its keys come back byte for byte.
    async fn a_ring_is_read_newest_first(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let (old, new) = (ring_key(&id, 1, at(0)), ring_key(&id, 2, at(10)));
        let mut jwt = ring_key(&id, 3, at(5));
        jwt.purpose = RingPurpose::Sign("jwt:es256:loginid".to_owned());
        jwt.wrapped = false;
        for key in [&new, &jwt, &old] {
            store.install_ring_key(key.clone(), None, None).await.unwrap();
        }
        assert_eq!(store.ring(&id, &RingPurpose::Seal).await.unwrap(), [new.clone(), old.clone()]);
        assert_eq!(store.ring(&id, &jwt.purpose).await.unwrap(), [jwt.clone()]);
        let snapshot = store.tenant_snapshot(&id).await.unwrap().unwrap();
        assert_eq!(snapshot.ring, [new, jwt, old]);
    }

    /// The newest wrapped key is that of all tenants and purposes, and one that rests as it is does not count.
    async fn the_newest_wrapped_key_is_found(store: Store) {
        let (one, other) = (make_tenant(&*store, "acme").await, make_tenant(&*store, "other").await);
        let mut bare = ring_key(&one, 1, at(30));
        bare.wrapped = false;
        store.install_ring_key(bare, None, None).await.unwrap();
        assert_eq!(store.newest_wrapped_key().await.unwrap(), None);
        let (old, mut new) = (ring_key(&one, 2, at(10)), ring_key(&other, 3, at(20)));
        new.purpose = RingPurpose::Sign("jwt:es256:loginid".to_owned());
        for key in [&new, &old] {
            store.install_ring_key(key.clone(), None, None).await.unwrap();
        }
        assert_eq!(store.newest_wrapped_key().await.unwrap(), Some(new));
    }

    /// A key is not installed where there is a newer one; "newer" and "before" leave the instant itself out.
    async fn a_ring_key_is_installed_unless_there_is_a_newer_one(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let ids = |ring: Vec<passkeyd_domain::RingKey>| -> Vec<u128> {
            ring.iter().map(|key| key.id.as_u128()).collect()
        };
        let install = |number, created, unless, retire| {
            store.install_ring_key(ring_key(&id, number, at(created)), unless, retire)
        };
        assert_eq!(ids(install(1, 10, Some(at(0)), None).await.unwrap()), [1]);
        // Key 1 was made after 9, but not after 10.
        assert_eq!(ids(install(2, 20, Some(at(9)), None).await.unwrap()), [1]);
        assert_eq!(ids(install(2, 20, Some(at(10)), None).await.unwrap()), [2, 1]);
        // Key 1 was not made before 10, but before 11.
        assert_eq!(ids(install(3, 30, Some(at(0)), Some(at(10))).await.unwrap()), [2, 1]);
        assert_eq!(ids(install(3, 30, None, Some(at(11))).await.unwrap()), [3, 2]);
    }

    /// Those who install a key at once agree on one ring.
    async fn many_install_one_ring_key(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        store.install_ring_key(ring_key(&id, 99, at(-100)), None, None).await.unwrap();
        let rings = race((0..8u32).map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move {
                let key = ring_key(&id, number.into(), at(i64::from(number)));
                store.install_ring_key(key, Some(at(-50)), None).await.unwrap()
            }
        }))
        .await;
        assert_eq!(rings[0].len(), 2);
        assert_eq!(rings[0][1].id, uuid(99));
        assert_eq!(count(&rings, &rings[0]), 8);
    }
}
