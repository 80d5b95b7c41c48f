//! Sign-ins, and what else happens to a credential.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use std::sync::Arc;

use passkeyd_domain::{
    AuthConfig, Credential, Purpose, TenantId,
    ports::{SignInFacts, SignInOutcome, SignInRecord, Store},
};

use crate::{
    running::{clauses, count, race},
    samples::{
        at, auth_config, consumption, credential_id, event, make_tenant, registration, sign_in,
        user, user_id, uuid,
    },
};

use SignInOutcome::{AlreadyConsumed, CredentialChanged, Recorded};

/// A tenant of that name whose user "bob" has a credential "one".
async fn with_credential(store: &dyn Store, name: &str) -> TenantId {
    let id = make_tenant(store, name).await;
    let new = registration(&user(&id, "bob"), b"one", 1000);
    store.register_credential(new).await.unwrap();
    id
}

async fn read(store: &dyn Store, id: &TenantId) -> Credential {
    let read = store.credential(id, &credential_id(b"one")).await;
    read.unwrap().unwrap().credential
}

clauses! { $ sign_ins_clauses sign_ins;
    /// The facts are the credential with its owner, and whether the session was completed.
    async fn the_facts_of_a_sign_in_are_read_at_once(store: Store) {
        let id = with_credential(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let session = consumption(1).id;
        let (known, unknown) = (credential_id(b"one"), credential_id(b"two"));
        let owned = store.credential(&id, &known).await.unwrap();
        assert!(owned.is_some());
        for consumed in [false, true] {
            let facts = store.sign_in_facts(&id, session, &known).await.unwrap();
            assert_eq!(facts, SignInFacts { consumed, credential: owned.clone() });
            let facts = store.sign_in_facts(&id, session, &unknown).await.unwrap();
            assert_eq!(facts, SignInFacts { consumed, credential: None });
            let facts = store.sign_in_facts(&other, session, &known).await.unwrap();
            assert_eq!(facts, SignInFacts { consumed: false, credential: None });
            // What is kept for the session does not complete it.
            if !consumed {
                store.keep_state(&id, session, "state".to_owned(), at(9000)).await.unwrap();
                let facts = store.sign_in_facts(&id, session, &known).await.unwrap();
                assert!(!facts.consumed);
            }
            store.consume(&id, consumption(1)).await.unwrap();
        }
    }

    /// A sign-in changes what it should of the credential, and writes its event and when its configuration was used.
    async fn a_sign_in_is_recorded_whole(store: Store) {
        let id = with_credential(&*store, "acme").await;
        let before = read(&*store, &id).await;
        let record = SignInRecord {
            used_config: Some(Purpose::sign_in()),
            event: Some(event(&id, "signed in")),
            ..sign_in(b"one", 1)
        };
        assert_eq!(store.record_sign_in(&id, record.clone()).await.unwrap(), Recorded);
        let expected = Credential {
            sign_count: record.sign_count,
            backed_up: Some(true),
            user_verified: true,
            device: record.device,
            country: record.country,
            last_used_at: record.now,
            ..before
        };
        assert_eq!(read(&*store, &id).await, expected);
        let snapshot = store.tenant_snapshot(&id).await.unwrap().unwrap();
        let used = AuthConfig {
            last_used_on: Some(record.now),
            ..AuthConfig::built_in(&Purpose::sign_in())
        };
        assert_eq!(snapshot.auth_configs, [used]);
        assert_eq!(store.events(&id, 1, 9).await.unwrap().events, [event(&id, "signed in")]);
        assert!(store.is_consumed(&id, record.consumption.id).await.unwrap());
    }

    /// A user that was verified once stays so; the backup state is the last one.
    async fn verification_is_remembered(store: Store) {
        let id = with_credential(&*store, "acme").await;
        for (session, user_verified, backed_up) in [(1, true, true), (2, false, false)] {
            let record = SignInRecord {
                user_verified,
                backed_up,
                sign_count: 0,
                ..sign_in(b"one", session)
            };
            assert_eq!(store.record_sign_in(&id, record).await.unwrap(), Recorded);
        }
        let read = read(&*store, &id).await;
        assert_eq!((read.user_verified, read.backed_up), (true, Some(false)));
    }

    /// A session is completed once; what comes second changes nothing.
    async fn a_sign_in_is_recorded_once(store: Store) {
        let id = with_credential(&*store, "acme").await;
        let record = SignInRecord { event: Some(event(&id, "in")), ..sign_in(b"one", 1) };
        assert_eq!(store.record_sign_in(&id, record.clone()).await.unwrap(), Recorded);
        let before = read(&*store, &id).await;
        let again = SignInRecord { expected_sign_count: 1, sign_count: 2, now: at(9999), ..record };
        assert_eq!(store.record_sign_in(&id, again).await.unwrap(), AlreadyConsumed);
        assert_eq!(read(&*store, &id).await, before);
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 1);
    }

    /// Where the counter moved or the credential went, only the session's consumption is recorded.
    async fn a_sign_in_needs_the_counter_it_saw(store: Store) {
        let id = with_credential(&*store, "acme").await;
        let other = with_credential(&*store, "other").await;
        let before = read(&*store, &id).await;
        let record = SignInRecord {
            expected_sign_count: 7,
            used_config: Some(Purpose::sign_in()),
            event: Some(event(&id, "in")),
            ..sign_in(b"one", 1)
        };
        assert_eq!(store.record_sign_in(&id, record).await.unwrap(), CredentialChanged);
        let unknown = SignInRecord { event: Some(event(&id, "in")), ..sign_in(b"two", 2) };
        assert_eq!(store.record_sign_in(&id, unknown).await.unwrap(), CredentialChanged);
        assert_eq!(read(&*store, &id).await, before);
        for session in [1, 2] {
            assert!(store.is_consumed(&id, uuid(session)).await.unwrap());
            assert!(!store.is_consumed(&other, uuid(session)).await.unwrap());
        }
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 0);
        let snapshot = store.tenant_snapshot(&id).await.unwrap().unwrap();
        assert_eq!(snapshot.auth_configs, []);
    }

    /// A session that state was kept for is consumed as any other.
    async fn a_session_with_state_is_consumed_by_its_sign_in(store: Store) {
        let id = with_credential(&*store, "acme").await;
        store.keep_state(&id, uuid(1), "state".to_owned(), at(9000)).await.unwrap();
        assert_eq!(store.record_sign_in(&id, sign_in(b"one", 1)).await.unwrap(), Recorded);
        assert_eq!(store.state(&id, uuid(1)).await.unwrap(), None);
        let again = SignInRecord { expected_sign_count: 1, ..sign_in(b"one", 1) };
        assert_eq!(store.record_sign_in(&id, again).await.unwrap(), AlreadyConsumed);
    }

    /// Of those who complete one session at once exactly one does.
    async fn one_of_many_completes_a_sign_in(store: Store) {
        let id = with_credential(&*store, "acme").await;
        for round in 0..4u32 {
            let outcomes = race((0..8).map(|_| {
                let (store, id) = (Arc::clone(&store), id.clone());
                async move {
                    let record = SignInRecord {
                        expected_sign_count: 0,
                        sign_count: 0,
                        event: Some(event(&id, "in")),
                        used_config: Some(Purpose::sign_in()),
                        ..sign_in(b"one", round.into())
                    };
                    store.record_sign_in(&id, record).await.unwrap()
                }
            }))
            .await;
            assert_eq!(count(&outcomes, &Recorded), 1, "{outcomes:?}");
            assert_eq!(count(&outcomes, &AlreadyConsumed), 7, "{outcomes:?}");
        }
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 4);
    }

    /// Of those who raise one counter at once exactly one does: nobody overwrites what another wrote.
    async fn one_of_many_moves_a_counter(store: Store) {
        let id = with_credential(&*store, "acme").await;
        for round in 0..4u32 {
            let outcomes = race((0..8u32).map(|number| {
                let (store, id) = (Arc::clone(&store), id.clone());
                async move {
                    let record = SignInRecord {
                        expected_sign_count: round,
                        sign_count: round + 1,
                        event: Some(event(&id, "in")),
                        ..sign_in(b"one", u128::from(round * 8 + number))
                    };
                    store.record_sign_in(&id, record).await.unwrap()
                }
            }))
            .await;
            assert_eq!(count(&outcomes, &Recorded), 1, "{outcomes:?}");
            assert_eq!(count(&outcomes, &CredentialChanged), 7, "{outcomes:?}");
        }
        assert_eq!(read(&*store, &id).await.sign_count, 4);
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 4);
    }

    /// A stored configuration gets its last use and no other change; one that was deleted does not come back.
    async fn the_last_use_of_a_configuration_is_noted(store: Store) {
        let id = with_credential(&*store, "acme").await;
        store.add_auth_config(&id, auth_config("pay"), None).await.unwrap();
        let purpose = auth_config("pay").purpose;
        let used = |session, now| SignInRecord {
            used_config: Some(purpose.clone()),
            sign_count: 0,
            now,
            ..sign_in(b"one", session)
        };
        assert_eq!(store.record_sign_in(&id, used(1, at(5000))).await.unwrap(), Recorded);
        // An earlier one, from a node whose clock is behind, does not take the time back.
        assert_eq!(store.record_sign_in(&id, used(2, at(3000))).await.unwrap(), Recorded);
        let snapshot = store.tenant_snapshot(&id).await.unwrap().unwrap();
        let expected = AuthConfig { last_used_on: Some(at(5000)), ..auth_config("pay") };
        assert_eq!(snapshot.auth_configs, [expected]);
        assert_eq!(store.record_sign_in(&id, used(3, at(6000))).await.unwrap(), Recorded);
        let snapshot = store.tenant_snapshot(&id).await.unwrap().unwrap();
        assert_eq!(snapshot.auth_configs[0].last_used_on, Some(at(6000)));
        assert!(store.delete_auth_config(&id, &purpose, None).await.unwrap());
        assert_eq!(store.record_sign_in(&id, used(4, at(9000))).await.unwrap(), Recorded);
        let snapshot = store.tenant_snapshot(&id).await.unwrap().unwrap();
        assert_eq!(snapshot.auth_configs, []);
    }

    /// Of sign-ins at once the latest is the configuration's last use.
    async fn the_latest_of_sign_ins_at_once_is_the_last_use(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        store.add_auth_config(&id, auth_config("pay"), None).await.unwrap();
        for number in 0..12u8 {
            let owner = user(&id, &format!("user {number}"));
            let new = registration(&owner, &[number], 100 + u128::from(number));
            store.register_credential(new).await.unwrap();
        }
        let purposes = [auth_config("pay").purpose, Purpose::sign_in()];
        race((0..12u8).map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            let record = SignInRecord {
                used_config: Some(purposes[usize::from(number % 2)].clone()),
                now: at(5000 + 2000 * i64::from(number * 5 % 12)),
                ..sign_in(&[number], number.into())
            };
            async move { store.record_sign_in(&id, record).await.unwrap() }
        }))
        .await;
        let snapshot = store.tenant_snapshot(&id).await.unwrap().unwrap();
        for (purpose, last) in purposes.iter().zip([25_000, 27_000]) {
            let used = snapshot.auth_configs.iter().find(|config| config.purpose == *purpose);
            assert_eq!(used.unwrap().last_used_on, Some(at(last)), "{purpose}");
        }
    }

    /// A built-in configuration that was edited keeps its edits when it is used.
    async fn a_used_configuration_keeps_its_edits(store: Store) {
        let id = with_credential(&*store, "acme").await;
        let edited = AuthConfig { purpose: Purpose::sign_in(), ..auth_config("x") };
        assert!(store.edit_auth_config(&id, edited.clone(), true, None).await.unwrap());
        let record = SignInRecord { used_config: Some(Purpose::sign_in()), ..sign_in(b"one", 1) };
        assert_eq!(store.record_sign_in(&id, record).await.unwrap(), Recorded);
        let snapshot = store.tenant_snapshot(&id).await.unwrap().unwrap();
        let expected = AuthConfig { last_used_on: Some(at(5000)), ..edited };
        assert_eq!(snapshot.auth_configs, [expected]);
    }

    /// Of sign-ins at once each has its own outcome, of several tenants too.
    async fn sign_ins_at_once_are_judged_one_by_one(store: Store) {
        let (acme, other) = (
            with_credential(&*store, "acme").await,
            with_credential(&*store, "other").await,
        );
        for number in 2..5u8 {
            let owner = user(&acme, &format!("user {number}"));
            let new = registration(&owner, &[number], 2000 + u128::from(number));
            store.register_credential(new).await.unwrap();
        }
        store.consume(&acme, consumption(3)).await.unwrap();
        let moved = SignInRecord { expected_sign_count: 9, ..sign_in(&[4], 4) };
        let cases = [
            (&acme, sign_in(b"one", 1), Recorded),
            (&acme, sign_in(&[2], 2), Recorded),
            (&acme, sign_in(&[3], 3), AlreadyConsumed),
            (&acme, moved, CredentialChanged),
            (&acme, sign_in(b"nobody's", 5), CredentialChanged),
            (&other, sign_in(b"one", 1), Recorded),
        ];
        let outcomes = race(cases.clone().into_iter().map(|(id, record, _)| {
            let (store, id) = (Arc::clone(&store), id.clone());
            let record = SignInRecord { event: Some(event(&id, "in")), ..record };
            async move { store.record_sign_in(&id, record).await.unwrap() }
        }))
        .await;
        assert_eq!(outcomes, cases.map(|(_, _, outcome)| outcome));
        assert_eq!(store.events(&acme, 1, 9).await.unwrap().total, 2);
        assert_eq!(store.events(&other, 1, 9).await.unwrap().total, 1);
        for session in 1..6 {
            assert!(store.is_consumed(&acme, consumption(session).id).await.unwrap());
        }
    }

    /// Many sign-ins at once, each with its own credential, are all recorded.
    async fn many_sign_in_at_once(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        for number in 0..32u8 {
            let owner = user(&id, &format!("user {number}"));
            let new = registration(&owner, &[number], 100 + u128::from(number));
            store.register_credential(new).await.unwrap();
        }
        let outcomes = race((0..32u8).map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move {
                let record = SignInRecord {
                    event: Some(event(&id, "in")),
                    used_config: Some(Purpose::sign_in()),
                    ..sign_in(&[number], number.into())
                };
                store.record_sign_in(&id, record).await.unwrap()
            }
        }))
        .await;
        assert_eq!(count(&outcomes, &Recorded), 32);
        assert_eq!(store.events(&id, 1, 99).await.unwrap().events.len(), 32);
        let snapshot = store.tenant_snapshot(&id).await.unwrap().unwrap();
        assert_eq!(snapshot.auth_configs.len(), 1);
    }

    /// A credential is renamed and deleted by its id, in its tenant only; its owner stays.
    async fn a_credential_is_renamed_and_deleted(store: Store) {
        let id = with_credential(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let one = credential_id(b"one");
        let name = Some("\u{1F511} at work".to_owned());
        assert!(store.rename_credential(&id, &one, name.clone()).await.unwrap());
        assert!(!store.rename_credential(&other, &one, None).await.unwrap());
        assert_eq!(read(&*store, &id).await.nickname, name);
        assert!(store.rename_credential(&id, &one, None).await.unwrap());
        assert_eq!(read(&*store, &id).await.nickname, None);

        let told = || Some(event(&id, "deleted"));
        assert!(!store.delete_credential(&other, &one, told()).await.unwrap());
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 0);
        assert!(store.delete_credential(&id, &one, told()).await.unwrap());
        assert!(!store.delete_credential(&id, &one, told()).await.unwrap());
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 1);
        assert_eq!(store.credential(&id, &one).await.unwrap(), None);
        assert!(store.user(&id, &user_id("bob")).await.unwrap().is_some());
        assert_eq!(store.count_users_with_credentials(&id).await.unwrap(), 0);
    }
}
