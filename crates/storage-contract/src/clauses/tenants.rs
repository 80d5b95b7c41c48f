//! Tenants, their settings and configurations.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use crate::{
    running::clauses,
    samples::{api_key, event, make_tenant, tenant, tenant_id},
};

clauses! { $ tenants_clauses tenants;
    /// What is stored of a tenant is what is read.
    async fn a_tenant_is_read_as_it_was_made(store: Store) {
        let made = tenant("acme");
        let keys = vec![api_key(&made.id, "aaaa"), api_key(&made.id, "bbbb")];
        assert!(
            store
                .create_tenant(made.clone(), keys.clone(), Some(event(&made.id, "made")))
                .await
                .unwrap()
        );
        assert_eq!(store.tenant(&made.id).await.unwrap(), Some(made.clone()));
        let snapshot = store.tenant_snapshot(&made.id).await.unwrap().unwrap();
        assert_eq!(snapshot.tenant, made);
        assert_eq!(snapshot.api_keys, keys);
        assert_eq!(store.events(&made.id, 1, 10).await.unwrap().total, 1);
    }

    /// A name is given once; who comes second changes nothing.
    async fn a_tenants_name_is_taken_once(store: Store) {
        let first = make_tenant(&*store, "acme").await;
        let mut second = tenant("acme");
        second.settings.name = "second".to_owned();
        let event = event(&first, "second");
        let keys = vec![api_key(&first, "aaaa")];
        assert!(!store.create_tenant(second, keys, Some(event)).await.unwrap());
        let read = store.tenant_snapshot(&first).await.unwrap().unwrap();
        assert_eq!(read.tenant, tenant("acme"));
        assert!(read.api_keys.is_empty());
        assert_eq!(store.events(&first, 1, 10).await.unwrap().total, 0);
    }

    /// What is not there is none, and no error.
    async fn an_unknown_tenant_is_none(store: Store) {
        let nobody = tenant_id("nobody");
        assert_eq!(store.tenant(&nobody).await.unwrap(), None);
        assert_eq!(store.tenant_snapshot(&nobody).await.unwrap(), None);
        assert!(!store.delete_tenant(&nobody).await.unwrap());
    }
}
