//! Devices, and the transactions that are confirmed on them.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use std::sync::Arc;

use passkeyd_domain::{
    Device,
    ports::{RegistrationOutcome, SignInOutcome, SignInRecord},
};

use crate::{
    running::{clauses, count, race},
    samples::{
        at, credential_id, delete_wholly, device, make_tenant, registration, sign_in, transaction,
        user, uuid,
    },
};

clauses! { $ devices_clauses devices;
    /// A device is recorded with a registration and a sign-in, keeps the time at which it was made, and is its users'.
    async fn a_device_is_recorded_with_the_ceremonies_on_it(store: Store) {
        let (acme, other) = (make_tenant(&*store, "acme").await, make_tenant(&*store, "other").await);
        let (bob, eve) = (user(&acme, "bob"), user(&acme, "eve"));
        let made = device(&acme, "phone \u{1F4F1}", 10);
        for (owner, session) in [(&bob, 1), (&eve, 2)] {
            let id = owner.user_id.as_str().as_bytes();
            let mut new = registration(owner, id, session);
            new.device = Some(made.clone());
            new.credential.created_from = Some(made.id.clone());
            new.credential.last_used_from = Some(made.id.clone());
            assert_eq!(store.register_credential(new).await.unwrap(), RegistrationOutcome::Registered);
        }
        assert_eq!(store.device(&acme, &made.id).await.unwrap(), Some(made.clone()));
        assert_eq!(store.device(&other, &made.id).await.unwrap(), None);

        let mut used = device(&acme, "tablet", 20);
        "18.2".clone_into(&mut used.details.os_version);
        for (session, now) in [(3, 20), (4, 40)] {
            used.last_used_at = at(now);
            let record = SignInRecord {
                used_device: Some(used.clone()),
                expected_sign_count: u32::try_from(session - 3).unwrap(),
                sign_count: u32::try_from(session - 2).unwrap(),
                ..sign_in(b"bob", session)
            };
            assert_eq!(store.record_sign_in(&acme, record).await.unwrap(), SignInOutcome::Recorded);
        }
        let devices = store.devices_of(&acme, bob.key).await.unwrap();
        assert_eq!(devices, [used.clone(), made.clone()]);
        assert_eq!(devices[0].created_at, at(20));
        assert_eq!(store.devices_of(&acme, eve.key).await.unwrap(), std::slice::from_ref(&made));
        assert_eq!(store.devices_of(&other, bob.key).await.unwrap(), []);
        let mut both = vec![bob.key, eve.key];
        both.sort();
        assert_eq!(store.users_of_device(&acme, &made.id).await.unwrap(), both);
        assert_eq!(store.users_of_device(&other, &made.id).await.unwrap(), []);
        let credential = store.credential(&acme, &credential_id(b"bob")).await.unwrap().unwrap().credential;
        assert_eq!(credential.created_from, Some(made.id.clone()));
        assert_eq!(credential.last_used_from, Some(used.id.clone()));

        // On its own, and only for a user of the tenant.
        let alone = device(&acme, "phone \u{1F4F1}", 60);
        assert!(store.record_device(alone.clone(), eve.key).await.unwrap());
        let recorded = store.device(&acme, &made.id).await.unwrap().unwrap();
        assert_eq!((recorded.created_at, recorded.last_used_at), (made.created_at, at(60)));
        let foreign = Device { tenant: other.clone(), ..alone };
        assert!(!store.record_device(foreign.clone(), eve.key).await.unwrap());
        assert_eq!(store.device(&other, &foreign.id).await.unwrap(), None);

        // A sign-in without a device leaves the last one.
        let without = SignInRecord { expected_sign_count: 2, sign_count: 3, ..sign_in(b"bob", 5) };
        store.record_sign_in(&acme, without).await.unwrap();
        let credential = store.credential(&acme, &credential_id(b"bob")).await.unwrap().unwrap().credential;
        assert_eq!(credential.last_used_from, Some(used.id));

        store.delete_user(&acme, &eve.user_id, None).await.unwrap();
        assert_eq!(store.users_of_device(&acme, &made.id).await.unwrap(), [bob.key]);
        assert!(store.device(&acme, &made.id).await.unwrap().is_some());
        delete_wholly(&*store, &acme).await;
        assert_eq!(store.device(&acme, &made.id).await.unwrap(), None);
    }

    /// A transaction is written once, with the sign-in that confirms it, and outlives its user.
    async fn a_transaction_is_written_with_its_sign_in(store: Store) {
        let (acme, other) = (make_tenant(&*store, "acme").await, make_tenant(&*store, "other").await);
        let bob = user(&acme, "bob");
        store.register_credential(registration(&bob, b"bob", 1)).await.unwrap();
        let outcomes = race((0..6).map(|_| {
            let (store, acme) = (Arc::clone(&store), acme.clone());
            async move {
                let record = SignInRecord {
                    transaction: Some(transaction(&acme, 7)),
                    ..sign_in(b"bob", 2)
                };
                store.record_sign_in(&acme, record).await.unwrap()
            }
        }))
        .await;
        assert_eq!(count(&outcomes, &SignInOutcome::Recorded), 1);
        assert_eq!(count(&outcomes, &SignInOutcome::AlreadyConsumed), 5);
        store.delete_user(&acme, &bob.user_id, None).await.unwrap();
        let kept = store.transaction(&acme, uuid(7)).await.unwrap();
        assert_eq!(kept, Some(transaction(&acme, 7)));
        assert_eq!(store.transaction(&other, uuid(7)).await.unwrap(), None);

        // A sign-in that is not recorded confirms nothing.
        let record = SignInRecord {
            transaction: Some(transaction(&acme, 8)),
            ..sign_in(b"unknown", 3)
        };
        assert_eq!(store.record_sign_in(&acme, record).await.unwrap(), SignInOutcome::CredentialChanged);
        assert_eq!(store.transaction(&acme, uuid(8)).await.unwrap(), None);
    }
    /// Only transactions that were confirmed before the instant are deleted, the oldest first, so many at a time as was
    /// asked for; of all tenants.
    async fn old_transactions_are_deleted(store: Store) {
        let (acme, other) = (make_tenant(&*store, "acme").await, make_tenant(&*store, "other").await);
        for (tenant, first) in [(&acme, 10), (&other, 20)] {
            let bob = user(tenant, "bob");
            store.register_credential(registration(&bob, b"bob", 1)).await.unwrap();
            for (number, count) in [(1, 0u32), (2, 1), (3, 2)] {
                let mut confirmed = transaction(tenant, number);
                confirmed.confirmed_at = at(first + i64::from(count) * 20);
                let record = SignInRecord {
                    transaction: Some(confirmed),
                    expected_sign_count: count,
                    sign_count: count + 1,
                    ..sign_in(b"bob", number + 1)
                };
                assert_eq!(store.record_sign_in(tenant, record).await.unwrap(), SignInOutcome::Recorded);
            }
        }
        // Acme's are of 10, 30 and 50, the other's of 20, 40 and 60.
        assert_eq!(store.delete_transactions_before(at(10), 99).await.unwrap(), 0);
        assert_eq!(store.delete_transactions_before(at(50), 3).await.unwrap(), 3);
        let are_kept = async |expected: [bool; 6]| {
            for (number, is_kept) in (1..).zip(expected) {
                let (tenant, id) = if number > 3 { (&other, number - 3) } else { (&acme, number) };
                let kept = store.transaction(tenant, uuid(id)).await.unwrap();
                assert_eq!(kept.is_some(), is_kept, "{tenant} {id}");
            }
        };
        are_kept([false, false, true, false, true, true]).await;
        assert_eq!(store.delete_transactions_before(at(50), 3).await.unwrap(), 1);
        are_kept([false, false, true, false, false, true]).await;
    }
}
