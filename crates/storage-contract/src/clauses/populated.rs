//! A tenant with something in every place.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

mod people;

use std::sync::Arc;

use passkeyd_domain::{
    RingPurpose, TenantId,
    ports::{CredentialFilter, EventFilter, LinkQuota, Store, UserLookup},
};

use crate::samples::{
    alias, api_key, at, auth_config, consumption, credential_id, event, make_tenant, registration,
    ring_key, sent_link, user, user_id, uuid,
};

/// Makes a tenant of that name and puts a row in every table.
pub(crate) async fn populate(store: &Arc<dyn Store>, name: &str) -> TenantId {
    let id = make_tenant(&**store, name).await;
    let mut key = api_key(&id, "aaaa");
    key.lookup = Some(format!("lookup of {name}"));
    assert!(store.add_api_key(key, None).await.unwrap());
    store
        .install_ring_key(ring_key(&id, 1, at(0)), None, None)
        .await
        .unwrap();
    store
        .add_auth_config(&id, auth_config("pay"), None)
        .await
        .unwrap();
    let bob = user(&id, "bob");
    let mut told = event(&id, "registered");
    told.notify = vec![uuid(0x3eb)];
    let mut new = registration(&bob, b"bob's", 1);
    new.aliases = Some(vec![alias(&id, "bobby")]);
    new.event = Some(told);
    store.register_credential(new).await.unwrap();
    store
        .keep_state(&id, uuid(2), "state".to_owned(), at(9000))
        .await
        .unwrap();
    assert!(
        store
            .reserve_link(sent_link(&id, 1, at(0)), None)
            .await
            .unwrap()
    );
    store
        .list_authenticators(&id, vec![uuid(5)], true, at(0), None)
        .await
        .unwrap();
    let day = jiff::civil::date(2026, 1, 2);
    store.write_report(&id, day, at(0)).await.unwrap();
    people::fill(&**store, &id).await;
    id
}

/// Looks in every table that a port can look in.
pub(crate) async fn nothing_is_left_of(store: &Arc<dyn Store>, id: &TenantId) {
    let bob = user_id("bob");
    assert_eq!(store.api_keys(id).await.unwrap(), []);
    let lookup = format!("lookup of {id}");
    assert_eq!(store.api_key_by_lookup(&lookup).await.unwrap(), None);
    assert_eq!(store.ring(id, &RingPurpose::Seal).await.unwrap(), []);
    let configs = store.tenant_snapshot(id).await.unwrap();
    assert!(configs.is_none_or(|read| read.auth_configs.is_empty()));
    assert_eq!(store.user(id, &bob).await.unwrap(), None);
    for lookup in [
        UserLookup::UserId(bob.clone()),
        UserLookup::Alias(alias(id, "bobby").hash),
    ] {
        assert_eq!(store.user_credentials(id, &lookup).await.unwrap(), None);
    }
    assert_eq!(store.credentials_of(id, &bob).await.unwrap(), []);
    let by_id = store.credential(id, &credential_id(b"bob's")).await;
    assert_eq!(by_id.unwrap(), None);
    let all = CredentialFilter::default();
    let all = store.find_credentials(id, all, None, 9).await.unwrap();
    assert_eq!(all, []);
    assert_eq!(store.aliases(id, &bob).await.unwrap(), []);
    assert_eq!(store.count_users_with_credentials(id).await.unwrap(), 0);
    assert_eq!(store.list_users(id, None, 9).await.unwrap(), []);
    assert!(!store.is_consumed(id, consumption(1).id).await.unwrap());
    assert_eq!(store.state(id, uuid(2)).await.unwrap(), None);
    assert_eq!(store.events(id, 1, 9).await.unwrap().total, 0);
    let all = EventFilter::default();
    assert_eq!(store.find_events(id, all, None, 9).await.unwrap(), []);
    let due = store.take_deliveries(at(99_000), at(0), 99).await.unwrap();
    assert!(due.iter().all(|delivery| delivery.event.tenant != *id));
    assert_eq!(store.count_links(id, at(0)).await.unwrap(), 0);
    assert_eq!(store.listed_authenticators(id).await.unwrap(), []);
    assert_eq!(store.reports(id, None, None).await.unwrap(), []);
    people::nothing_is_left(&**store, id).await;
    if store.tenant(id).await.unwrap().is_some() {
        people::attempts_are_forgotten(&**store, id).await;
    }
}

/// A quota of so many links since a time long past.
pub(crate) fn quota(limit: u64) -> LinkQuota {
    LinkQuota {
        since: at(0),
        limit,
    }
}
