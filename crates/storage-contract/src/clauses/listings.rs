//! Lists that are read page by page.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use passkeyd_domain::{
    Event, EventKind,
    ports::{CredentialCursor, CredentialFilter, EventFilter},
};

use crate::{
    running::clauses,
    samples::{alias, at, event, make_tenant, registration, user, user_id, uuid},
};

clauses! { $ listings_clauses listings;
    /// Each event of one time is on exactly one page, also when others are written meanwhile.
    async fn events_are_paged_to_the_end(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let times = [10, 20, 20, 20, 20, 30];
        for (number, time) in times.into_iter().enumerate() {
            let event = Event { performed_at: at(time), ..event(&id, &number.to_string()) };
            store.append_events(vec![event]).await.unwrap();
        }
        store.append_events(vec![event(&other, "x")]).await.unwrap();
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = store.find_events(&id, EventFilter::default(), after, 2).await.unwrap();
            let Some((cursor, _)) = page.last() else { break };
            after = Some(*cursor);
            found.extend(page.into_iter().map(|(_, event)| event.message));
            let newer = Event { performed_at: at(99), ..event(&id, "new") };
            store.append_events(vec![newer]).await.unwrap();
        }
        assert_eq!(found, ["5", "4", "3", "2", "1", "0"]);
    }

    /// Every filter narrows, and all together.
    async fn events_are_filtered(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let (a, b) = (EventKind::ApiUserDeleted, EventKind::AdminApiKeyLocked);
        for (number, (kind, who, subject, time)) in [
            (a, "u", "s", 10), (b, "u", "s", 20), (a, "v", "s", 30), (a, "u", "t", 40),
        ].into_iter().enumerate() {
            store.append_events(vec![Event {
                kind,
                performed_by: who.to_owned(),
                subject: subject.to_owned(),
                performed_at: at(time),
                ..event(&id, &number.to_string())
            }]).await.unwrap();
        }
        let all = EventFilter::default;
        let text = |text: &str| Some(text.to_owned());
        for (filter, expected) in [
            (all(), "3210"),
            (EventFilter { kinds: vec![a], ..all() }, "320"),
            (EventFilter { kinds: vec![a, b], ..all() }, "3210"),
            (EventFilter { performed_by: text("u"), ..all() }, "310"),
            (EventFilter { performed_by: text("U"), ..all() }, ""),
            (EventFilter { subject: text("s"), ..all() }, "210"),
            (EventFilter { from: Some(at(20)), ..all() }, "321"),
            (EventFilter { before: Some(at(20)), ..all() }, "0"),
            (EventFilter { kinds: vec![a], performed_by: text("u"), subject: text("s"), from: Some(at(10)), before: Some(at(11)) }, "0"),
        ] {
            let found = store.find_events(&id, filter.clone(), None, 9).await.unwrap();
            let found: String = found.into_iter().map(|(_, event)| event.message).collect();
            assert_eq!(found, expected, "{filter:?}");
        }
    }

    /// Each credential is on exactly one page, oldest first, and every filter narrows.
    async fn credentials_are_paged_and_filtered(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        store.register_credential(registration(&user(&other, "a"), b"x", 1)).await.unwrap();
        for (number, name, rp_id, aaguid, time) in [
            (4u8, "a", "one.example", 1, 10), (3, "b", "two.example", 1, 20),
            (1, "a", "one.example", 2, 20), (2, "a", "two.example", 2, 20),
        ] {
            let mut new = registration(&user(&id, name), &[number], number.into());
            new.credential.id = uuid(number.into());
            new.credential.rp_id = rp_id.to_owned();
            new.credential.aaguid = uuid(aaguid);
            new.credential.created_at = at(time);
            store.register_credential(new).await.unwrap();
        }
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = store.find_credentials(&id, CredentialFilter::default(), after, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(CredentialCursor { created_at: last.credential.created_at, id: last.credential.id });
            found.extend(page.into_iter().map(|owned| owned.credential.id.as_u128()));
        }
        assert_eq!(found, [4, 1, 2, 3]);
        let all = CredentialFilter::default;
        for (filter, expected) in [
            (CredentialFilter { user_id: Some(user_id("a")), ..all() }, vec![4, 1, 2]),
            (CredentialFilter { rp_id: Some("two.example".to_owned()), ..all() }, vec![2, 3]),
            (CredentialFilter { aaguid: Some(uuid(1)), ..all() }, vec![4, 3]),
            (CredentialFilter { user_id: Some(user_id("a")), rp_id: Some("one.example".to_owned()), aaguid: Some(uuid(2)) }, vec![1]),
        ] {
            let found = store.find_credentials(&id, filter.clone(), None, 9).await.unwrap();
            let found: Vec<_> = found.into_iter().map(|owned| owned.credential.id.as_u128()).collect();
            assert_eq!(found, expected, "{filter:?}");
        }
    }

    /// A prefix is taken as it is, whatever a pattern would make of it.
    async fn users_are_found_by_prefix(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let names = ["a", "A", "a%", "a%b", "a_", "ab", "b", "a\u{10ffff}", "a\u{10ffff}z", "a\u{d7ff}", "a\u{e000}"];
        for name in names {
            store.replace_aliases(user(&id, name), vec![alias(&id, name)], None).await.unwrap();
        }
        for prefix in ["", "a", "a%", "a_", "A", "z", "a\u{10ffff}", "a\u{d7ff}", "\u{10ffff}"] {
            let found = store.find_users(&id, prefix.to_owned(), None, 99).await.unwrap();
            let found: Vec<_> = found.iter().map(|user| user.user_id.as_str()).collect();
            let mut expected: Vec<_> = names.iter().copied().filter(|name| name.starts_with(prefix)).collect();
            expected.sort_unstable();
            assert_eq!(found, expected, "{prefix:?}");
        }
        let page = store.find_users(&id, "a".to_owned(), Some(user_id("a%")), 2).await.unwrap();
        let page: Vec<_> = page.iter().map(|user| user.user_id.as_str()).collect();
        assert_eq!(page, ["a%b", "a_"]);
    }
}
