//! Magic links that were sent.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use std::sync::Arc;

use passkeyd_domain::ports::{LinkQuota, StoreError};

use super::populated::quota;
use crate::{
    running::{clauses, count, race},
    samples::{at, make_tenant, sent_link, tenant_id, uuid},
};

clauses! { $ magic_links_clauses magic_links;
    /// Links count from an instant on, the instant included, and only until the quota is used up.
    async fn a_quota_counts_from_its_instant(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        for (number, time) in [(1, 10), (2, 20), (3, 30)] {
            assert!(store.reserve_link(sent_link(&id, number, at(time)), None).await.unwrap());
        }
        for (since, found) in [(10, 3), (11, 2), (30, 1), (31, 0)] {
            assert_eq!(store.count_links(&id, at(since)).await.unwrap(), found);
        }
        let since = |millis, limit| Some(LinkQuota { since: at(millis), limit });
        assert!(!store.reserve_link(sent_link(&id, 4, at(40)), since(10, 3)).await.unwrap());
        assert_eq!(store.count_links(&id, at(0)).await.unwrap(), 3);
        assert!(store.reserve_link(sent_link(&id, 4, at(40)), since(11, 3)).await.unwrap());
        assert!(!store.reserve_link(sent_link(&id, 5, at(40)), Some(quota(0))).await.unwrap());
        assert_eq!(store.count_links(&other, at(0)).await.unwrap(), 0);
        assert!(store.reserve_link(sent_link(&other, 1, at(40)), Some(quota(1))).await.unwrap());
    }

    /// Of many at once no more than the quota allows get through, and not fewer either.
    async fn a_quota_holds_for_many_at_once(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let reserved = race((0..12u32).map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move {
                let link = sent_link(&id, number.into(), at(10));
                store.reserve_link(link, Some(quota(5))).await.unwrap()
            }
        }))
        .await;
        assert_eq!(count(&reserved, &true), 5);
        assert_eq!(store.count_links(&id, at(0)).await.unwrap(), 5);
    }

    /// A link that did not go out does not count.
    async fn a_forgotten_link_does_not_count(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        assert!(store.reserve_link(sent_link(&id, 1, at(10)), Some(quota(1))).await.unwrap());
        store.forget_link(&tenant_id("other"), uuid(1)).await.unwrap();
        assert!(!store.reserve_link(sent_link(&id, 2, at(10)), Some(quota(1))).await.unwrap());
        for _ in 0..2 {
            store.forget_link(&id, uuid(1)).await.unwrap();
        }
        assert!(store.reserve_link(sent_link(&id, 2, at(10)), Some(quota(1))).await.unwrap());
    }

    /// There is no link without a tenant.
    async fn an_unknown_tenant_sends_no_link(store: Store) {
        let nobody = tenant_id("nobody");
        for quota in [None, Some(quota(9))] {
            let refused = store.reserve_link(sent_link(&nobody, 1, at(10)), quota).await;
            assert!(matches!(refused, Err(StoreError::TenantGone)), "{refused:?}");
        }
    }

    /// Only records from before the instant are deleted, so many at a time as was asked for; of all tenants.
    async fn old_links_are_deleted(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        for tenant in [&id, &other] {
            for (number, time) in [(1, 10), (2, 20), (3, 30)] {
                assert!(store.reserve_link(sent_link(tenant, number, at(time)), None).await.unwrap());
            }
        }
        assert_eq!(store.delete_links_before(at(10), 99).await.unwrap(), 0);
        assert_eq!(store.delete_links_before(at(30), 3).await.unwrap(), 3);
        assert_eq!(store.delete_links_before(at(30), 3).await.unwrap(), 1);
        for tenant in [&id, &other] {
            assert_eq!(store.count_links(tenant, at(0)).await.unwrap(), 1);
        }
    }
}
