//! What was acknowledged is there when the store is opened again.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use super::populated::populate;
use crate::{
    running::clauses,
    samples::{consumption, credential_id, delete_wholly, sign_in, user_id, uuid},
};

clauses! { $ durability_clauses durability;
    /// Closing and opening loses nothing and brings nothing back.
    async fn what_was_acknowledged_is_there_after_reopening(backend: Backend) {
        let store = backend.store();
        let id = populate(&store, "acme").await;
        let gone = populate(&store, "gone").await;
        store.record_sign_in(&id, sign_in(b"bob's", 3)).await.unwrap();
        delete_wholly(&*store, &gone).await;
        let snapshot = store.tenant_snapshot(&id).await.unwrap();
        let credential = store.credential(&id, &credential_id(b"bob's")).await.unwrap();
        let events = store.events(&id, 1, 9).await.unwrap();
        drop(store);

        backend.reopen().await;
        let store = backend.store();
        assert_eq!(store.tenant_snapshot(&id).await.unwrap(), snapshot);
        let read = store.credential(&id, &credential_id(b"bob's")).await.unwrap();
        assert_eq!(read, credential);
        assert_eq!(store.events(&id, 1, 9).await.unwrap(), events);
        assert!(!store.consume(&id, consumption(3)).await.unwrap());
        assert_eq!(store.state(&id, uuid(2)).await.unwrap().as_deref(), Some("state"));
        assert_eq!(store.aliases(&id, &user_id("bob")).await.unwrap().len(), 1);
        assert_eq!(store.tenant(&gone).await.unwrap(), None);
    }

    /// A store that is open answers.
    async fn an_open_store_answers(store: Store) {
        store.ping().await.unwrap();
        assert!(!store.engine().is_empty());
    }
}
