//! Events, leases, and what webhooks are told.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use std::{collections::BTreeSet, sync::Arc};

use passkeyd_domain::{Event, EventKind};

use crate::{
    running::{clauses, count, race},
    samples::{at, event, make_tenant, registration, sign_in, user, uuid},
};

clauses! { $ events_clauses events;
    /// Events are read newest first; of one time, the one written last first; page by page, with the number of all.
    async fn events_are_read_newest_first(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let written: Vec<_> = [10, 30, 20, 20, 20]
            .into_iter()
            .enumerate()
            .map(|(number, time)| Event {
                performed_at: at(time),
                ..event(&id, &format!("{number} \u{1F511} 'x' {{}}"))
            })
            .collect();
        store.append_events(written.clone()).await.unwrap();
        store.append_events(vec![event(&other, "x")]).await.unwrap();
        store.append_events(Vec::new()).await.unwrap();
        let expected: Vec<_> = [1, 4, 3, 2, 0].map(|number| written[number].clone()).into();
        for (page, size, found) in [(1, 9, 0..5), (1, 2, 0..2), (2, 2, 2..4), (3, 2, 4..5), (4, 2, 5..5)] {
            let read = store.events(&id, page, size).await.unwrap();
            assert_eq!(read.events, expected[found]);
            assert_eq!(read.total, 5);
        }
        assert_eq!(store.events(&id, u32::MAX, 1000).await.unwrap().events, []);
    }

    /// Every kind of event is read as what it was, with and without a key.
    async fn every_kind_of_event_is_read(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let written = EventKind::ALL.iter().map(|kind| Event {
            kind: *kind,
            api_key_id: None,
            message: String::new(),
            ..event(&id, "x")
        });
        let mut written: Vec<_> = written.collect();
        store.append_events(written.clone()).await.unwrap();
        written.reverse();
        assert_eq!(store.events(&id, 1, 1000).await.unwrap().events, written);
    }

    /// Only what happened before the instant is deleted, and only of the tenant.
    async fn old_events_are_deleted(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        for tenant in [&id, &other] {
            for time in [10, 20, 30] {
                let event = Event { performed_at: at(time), ..event(tenant, "x") };
                store.append_events(vec![event]).await.unwrap();
            }
        }
        assert_eq!(store.delete_events_before(&id, at(10), 9).await.unwrap(), 0);
        // In steps, the oldest first.
        assert_eq!(store.delete_events_before(&id, at(30), 1).await.unwrap(), 1);
        assert_eq!(store.events(&id, 1, 9).await.unwrap().events[1].performed_at, at(20));
        assert_eq!(store.delete_events_before(&id, at(30), 9).await.unwrap(), 1);
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 1);
        assert_eq!(store.events(&other, 1, 9).await.unwrap().total, 3);
    }

    /// A lease has one holder until it ends; the holder may renew it.
    async fn a_lease_has_one_holder(store: Store) {
        let take = |holder, now, until| store.take_lease("sweep", uuid(holder), at(now), at(until));
        assert!(take(1, 0, 100).await.unwrap());
        assert!(!take(2, 99, 200).await.unwrap());
        assert!(take(1, 50, 150).await.unwrap());
        assert!(!take(2, 149, 200).await.unwrap());
        assert!(take(2, 150, 200).await.unwrap());
        assert!(!take(1, 160, 300).await.unwrap());
        assert!(store.take_lease("report", uuid(1), at(160), at(300)).await.unwrap());
    }

    /// Of those who want a lease at once exactly one gets it.
    async fn one_of_many_gets_a_lease(store: Store) {
        for until in [100, 300] {
            let taken = race((0..8).map(|holder| {
                let store = Arc::clone(&store);
                let now = at(until - 100);
                async move { store.take_lease("sweep", uuid(holder), now, at(until)).await.unwrap() }
            }))
            .await;
            assert_eq!(count(&taken, &true), 1);
        }
    }

    /// Whatever writes an event writes a delivery for each webhook that it names.
    async fn every_event_is_delivered_to_its_webhooks(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let told = |message: &str, webhooks: &[u128]| Event {
            notify: webhooks.iter().copied().map(uuid).collect(),
            ..event(&id, message)
        };
        let bob = user(&id, "bob");
        let mut new = registration(&bob, b"one", 1);
        new.event = Some(told("registered", &[7, 8]));
        store.register_credential(new).await.unwrap();
        let mut record = sign_in(b"one", 2);
        record.event = Some(told("signed in", &[7]));
        store.record_sign_in(&id, record).await.unwrap();
        store.append_events(vec![told("appended", &[7]), told("untold", &[])]).await.unwrap();
        // A sign-in that is not recorded is not told either.
        let mut record = sign_in(b"one", 2);
        record.event = Some(told("again", &[7]));
        store.record_sign_in(&id, record).await.unwrap();

        let taken = store.take_deliveries(at(30), at(500), 99).await.unwrap();
        let found: Vec<_> = taken
            .iter()
            .map(|due| (due.event.message.as_str(), due.webhook.as_u128(), due.attempts))
            .collect();
        let expected = [("registered", 7, 1), ("registered", 8, 1), ("signed in", 7, 1), ("appended", 7, 1)];
        assert_eq!(found, expected);
        assert_eq!(taken[0].event, event(&id, "registered"));
        assert_eq!(store.events(&id, 1, 9).await.unwrap().events.len(), 4);
    }

    /// What was taken comes back when its time has come, the longest due first, unless it was deleted.
    async fn a_delivery_is_tried_until_it_is_deleted(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        for (message, time) in [("b", 20), ("a", 10), ("c", 30)] {
            let notify = vec![uuid(1)];
            let event = Event { notify, performed_at: at(time), ..event(&id, message) };
            store.append_events(vec![event]).await.unwrap();
        }
        let messages = async |now: i64, until: i64, limit: u32| {
            let taken = store.take_deliveries(at(now), at(until), limit).await.unwrap();
            let messages: Vec<_> = taken.iter().map(|due| (due.event.message.clone(), due.attempts)).collect();
            (messages, taken)
        };
        let is = |message: &str, attempts: u32| (message.to_owned(), attempts);
        assert_eq!(messages(9, 100, 9).await.0, []);
        let (found, first) = messages(25, 100, 1).await;
        assert_eq!(found, [is("a", 1)]);
        let (found, second) = messages(25, 100, 9).await;
        assert_eq!(found, [is("b", 1)]);
        assert_eq!(messages(29, 100, 9).await.0, []);
        store.put_off_delivery(second[0].number, at(60)).await.unwrap();
        assert_eq!(messages(60, 70, 9).await.0, [is("c", 1), is("b", 2)]);
        store.delete_delivery(first[0].number).await.unwrap();
        store.delete_delivery(first[0].number).await.unwrap();
        assert_eq!(messages(100, 200, 9).await.0, [is("b", 3), is("c", 2)]);
        // An event that is deleted is delivered all the same.
        assert_eq!(store.delete_events_before(&id, at(99), 9).await.unwrap(), 3);
        assert_eq!(messages(200, 300, 9).await.0, [is("b", 4), is("c", 3)]);
    }

    /// Those who take deliveries at once take each once.
    async fn a_delivery_is_taken_once(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        for number in 0..24 {
            let event = Event { notify: vec![uuid(number)], ..event(&id, "x") };
            store.append_events(vec![event]).await.unwrap();
        }
        let taken = race((0..8).map(|_| {
            let store = Arc::clone(&store);
            async move { store.take_deliveries(at(99), at(500), 3).await.unwrap() }
        }))
        .await;
        let mut numbers = BTreeSet::new();
        for delivery in taken.iter().flatten() {
            assert!(numbers.insert(delivery.number), "{delivery:?} was taken twice");
        }
        // Nobody has to get as many as were asked for while others take, but what is left is there.
        let rest = store.take_deliveries(at(99), at(500), 99).await.unwrap();
        assert_eq!(numbers.len() + rest.len(), 24);
    }
}
