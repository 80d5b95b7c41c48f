//! What can be used once.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use std::sync::Arc;

use crate::{
    running::{clauses, count, race},
    samples::{at, consumption, make_tenant, uuid},
};

clauses! { $ ceremonies_clauses ceremonies;
    /// The first use succeeds, every other fails, in each tenant by itself.
    async fn a_session_is_consumed_once(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        assert!(!store.is_consumed(&id, consumption(1).id).await.unwrap());
        assert!(store.consume(&id, consumption(1)).await.unwrap());
        assert!(!store.consume(&id, consumption(1)).await.unwrap());
        assert!(store.is_consumed(&id, consumption(1).id).await.unwrap());
        let consumed_at = store.consumed_at(&id, consumption(1).id).await.unwrap();
        assert_eq!(consumed_at, Some(consumption(1).at));
        assert_eq!(store.consumed_at(&other, consumption(1).id).await.unwrap(), None);
        assert!(!store.is_consumed(&other, consumption(1).id).await.unwrap());
        assert!(store.consume(&other, consumption(1)).await.unwrap());
        assert!(store.consume(&id, consumption(2)).await.unwrap());
    }

    /// Of those who use one thing at once exactly one does.
    async fn one_of_many_consumes_a_session(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        for session in 0..4 {
            if session % 2 == 1 {
                store.keep_state(&id, uuid(session), "s".to_owned(), at(9000)).await.unwrap();
            }
            let used = race((0..8).map(|_| {
                let (store, id) = (Arc::clone(&store), id.clone());
                async move { store.consume(&id, consumption(session)).await.unwrap() }
            }))
            .await;
            assert_eq!(count(&used, &true), 1);
        }
    }

    /// State is read as it was kept last, until the session is consumed, and can't be put back then.
    async fn state_lasts_until_it_is_consumed(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let text = "{\"\u{1F511}\":\"\\u0000 'x' \u{7f}\"}".to_owned();
        assert_eq!(store.state(&id, uuid(1)).await.unwrap(), None);
        for state in ["first".to_owned(), text.clone()] {
            store.keep_state(&id, uuid(1), state, at(9000)).await.unwrap();
        }
        assert_eq!(store.state(&id, uuid(1)).await.unwrap(), Some(text));
        assert_eq!(store.state(&other, uuid(1)).await.unwrap(), None);
        assert!(!store.is_consumed(&id, uuid(1)).await.unwrap());
        assert!(store.consume(&id, consumption(1)).await.unwrap());
        assert_eq!(store.state(&id, uuid(1)).await.unwrap(), None);
        store.keep_state(&id, uuid(1), "again".to_owned(), at(9000)).await.unwrap();
        assert_eq!(store.state(&id, uuid(1)).await.unwrap(), None);
        assert!(!store.consume(&id, consumption(1)).await.unwrap());
    }

    /// A state is replaced only in the place of the one that is expected, and not once it was consumed.
    async fn a_state_is_replaced_where_it_is_the_expected_one(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let replace = async |tenant, expected: &str, replacement: &str| {
            let (expected, replacement) = (expected.to_owned(), replacement.to_owned());
            store.replace_state(tenant, uuid(1), expected, replacement).await.unwrap()
        };
        assert!(!replace(&id, "", "a").await);
        assert_eq!(store.state(&id, uuid(1)).await.unwrap(), None);
        store.keep_state(&id, uuid(1), "a".to_owned(), at(100)).await.unwrap();
        assert!(!replace(&other, "a", "b").await);
        assert!(!replace(&id, "A", "b").await);
        assert!(!replace(&id, "a ", "b").await);
        assert!(replace(&id, "a", "b \u{1F511}").await);
        assert!(!replace(&id, "a", "c").await);
        assert_eq!(store.state(&id, uuid(1)).await.unwrap().as_deref(), Some("b \u{1F511}"));
        assert_eq!(store.sweep_ceremonies(at(100), 9).await.unwrap(), 0);
        assert!(store.consume(&id, consumption(1)).await.unwrap());
        assert!(!replace(&id, "b \u{1F511}", "d").await);
        assert_eq!(store.state(&id, uuid(1)).await.unwrap(), None);
    }

    /// Of those who replace one state at once exactly one does.
    async fn one_of_many_replaces_a_state(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        store.keep_state(&id, uuid(1), "0".to_owned(), at(9000)).await.unwrap();
        let replaced = race((1..=8).map(|racer| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move {
                let replacement = racer.to_string();
                store.replace_state(&id, uuid(1), "0".to_owned(), replacement).await.unwrap()
            }
        }))
        .await;
        assert_eq!(count(&replaced, &true), 1);
        let winner = 1 + replaced.iter().position(|replaced| *replaced).unwrap();
        assert_eq!(store.state(&id, uuid(1)).await.unwrap(), Some(winner.to_string()));
    }

    /// Only what expired before now is swept, so much at a time as was asked for; of all tenants.
    async fn what_expired_is_swept(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        for (tenant, session, expires) in [(&id, 1, 10), (&id, 2, 20), (&other, 1, 10), (&id, 3, 30)] {
            let mut used = consumption(session);
            used.expires_at = at(expires);
            assert!(store.consume(tenant, used).await.unwrap());
        }
        store.keep_state(&id, uuid(4), "old".to_owned(), at(10)).await.unwrap();
        assert_eq!(store.sweep_ceremonies(at(10), 100).await.unwrap(), 0);
        assert_eq!(store.sweep_ceremonies(at(20), 2).await.unwrap(), 2);
        assert_eq!(store.sweep_ceremonies(at(20), 100).await.unwrap(), 1);
        assert_eq!(store.state(&id, uuid(4)).await.unwrap(), None);
        assert!(!store.is_consumed(&other, uuid(1)).await.unwrap());
        for session in [2, 3] {
            assert!(store.is_consumed(&id, uuid(session)).await.unwrap());
        }
    }

    /// A use is remembered until both the state and the thing itself have expired.
    async fn a_consumed_state_is_kept_long_enough(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        store.keep_state(&id, uuid(1), "s".to_owned(), at(100)).await.unwrap();
        let mut used = consumption(1);
        used.expires_at = at(50);
        assert!(store.consume(&id, used).await.unwrap());
        assert_eq!(store.sweep_ceremonies(at(100), 9).await.unwrap(), 0);
        assert!(!store.consume(&id, used).await.unwrap());
        assert_eq!(store.sweep_ceremonies(at(101), 9).await.unwrap(), 1);
    }
}
