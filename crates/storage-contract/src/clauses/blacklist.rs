//! Models that a tenant does not want.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use std::sync::Arc;

use passkeyd_domain::ports::BlacklistedModel;

use crate::{
    running::{clauses, race},
    samples::{event, make_tenant, uuid},
};

fn entry(number: u128, registration: bool, sign_in: bool) -> BlacklistedModel {
    BlacklistedModel {
        aaguid: uuid(number),
        registration,
        sign_in,
    }
}

clauses! { $ blacklist_clauses blacklist;
    /// What is said of a make last is what counts; the snapshot of the tenant shows it.
    async fn the_last_word_on_a_make_counts(store: Store) {
        let (acme, other) = (make_tenant(&*store, "acme").await, make_tenant(&*store, "other").await);
        let told = || Some(event(&acme, "changed"));
        let first = vec![entry(2, true, false), entry(1, false, false)];
        store.put_blacklist(&acme, first, told()).await.unwrap();
        store.put_blacklist(&acme, vec![entry(2, false, true), entry(2, true, true)], told()).await.unwrap();
        let expected = [entry(1, false, false), entry(2, true, true)];
        assert_eq!(store.blacklist(&acme).await.unwrap(), expected);
        assert_eq!(store.tenant_snapshot(&acme).await.unwrap().unwrap().blacklist, expected);
        assert_eq!(store.blacklist(&other).await.unwrap(), []);
        store.remove_from_blacklist(&other, vec![uuid(1)], None).await.unwrap();
        store.remove_from_blacklist(&acme, vec![uuid(1), uuid(9)], told()).await.unwrap();
        assert_eq!(store.blacklist(&acme).await.unwrap(), [entry(2, true, true)]);
        assert_eq!(store.events(&acme, 1, 9).await.unwrap().total, 3);
    }

    /// Those who change the same entries at once, in whatever order, all succeed.
    async fn many_change_the_blacklist_at_once(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        race((0..8).map(|number| {
            let (store, acme) = (Arc::clone(&store), acme.clone());
            async move {
                let mut entries: Vec<_> = (0..6).map(|make| entry(make, true, true)).collect();
                entries.rotate_left(number % 6);
                store.put_blacklist(&acme, entries, None).await.unwrap();
            }
        }))
        .await;
        assert_eq!(store.blacklist(&acme).await.unwrap().len(), 6);
    }
}
