//! Lists of authenticators.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use std::sync::Arc;

use passkeyd_domain::ports::{ListedAuthenticator, StoreError};

use crate::{
    running::{clauses, race},
    samples::{at, event, make_tenant, tenant_id, uuid},
};

fn listed(number: u128, allowed: bool, millis: i64) -> ListedAuthenticator {
    ListedAuthenticator {
        aaguid: uuid(number),
        allowed,
        created_at: at(millis),
    }
}

clauses! { $ authenticators_clauses authenticators;
    /// A make is on one list; it moves to the other with its time.
    async fn an_authenticator_is_on_one_list(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let put = |numbers: &[u128], allowed, now| {
            let aaguids = numbers.iter().copied().map(uuid).collect();
            store.list_authenticators(&id, aaguids, allowed, at(now), Some(event(&id, "listed")))
        };
        put(&[9, 2], true, 20).await.unwrap();
        put(&[5], false, 10).await.unwrap();
        let expected = [listed(5, false, 10), listed(2, true, 20), listed(9, true, 20)];
        assert_eq!(store.listed_authenticators(&id).await.unwrap(), expected);
        put(&[2, 2, 3], false, 30).await.unwrap();
        let expected = [listed(5, false, 10), listed(2, false, 20), listed(9, true, 20), listed(3, false, 30)];
        assert_eq!(store.listed_authenticators(&id).await.unwrap(), expected);
        assert_eq!(store.listed_authenticators(&other).await.unwrap(), []);

        let told = || Some(event(&id, "delisted"));
        store.delist_authenticators(&other, vec![uuid(5)], None).await.unwrap();
        store.delist_authenticators(&id, vec![uuid(9), uuid(77), uuid(5)], told()).await.unwrap();
        store.delist_authenticators(&id, Vec::new(), told()).await.unwrap();
        let expected = [listed(2, false, 20), listed(3, false, 30)];
        assert_eq!(store.listed_authenticators(&id).await.unwrap(), expected);
        assert_eq!(store.events(&id, 1, 99).await.unwrap().total, 5);
    }

    /// Those who put the same makes on lists at once, in whatever order, all succeed.
    async fn many_list_authenticators_at_once(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        race((0..8).map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move {
                let mut aaguids: Vec<_> = (0..6).map(uuid).collect();
                aaguids.rotate_left(number % 6);
                store.list_authenticators(&id, aaguids, number % 2 == 0, at(1), None).await.unwrap();
            }
        }))
        .await;
        assert_eq!(store.listed_authenticators(&id).await.unwrap().len(), 6);
    }

    /// There is no list without a tenant.
    async fn an_unknown_tenant_lists_nothing(store: Store) {
        let nobody = tenant_id("nobody");
        let refused = store.list_authenticators(&nobody, vec![uuid(1)], true, at(0), None).await;
        assert!(matches!(refused, Err(StoreError::TenantGone)), "{refused:?}");
        assert_eq!(store.listed_authenticators(&nobody).await.unwrap(), []);
    }
}
