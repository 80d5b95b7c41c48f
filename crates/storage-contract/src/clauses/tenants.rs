//! Tenants, their settings and configurations.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use std::{sync::Arc, time::Duration};

use passkeyd_domain::{
    AuthConfig, Purpose, RingPurpose, TenantSettings, UserVerification,
    ports::{StoreError, UserLookup},
};

use super::populated::{nothing_is_left_of, populate};
use crate::{
    running::{clauses, count, race},
    samples::{
        alias, api_key, at, auth_config, delete_wholly, event, make_tenant, registration, ring_key,
        tenant, tenant_id, user, user_id,
    },
};

fn settings(name: &str) -> TenantSettings {
    TenantSettings {
        name: name.to_owned(),
        ..TenantSettings::default()
    }
}

clauses! { $ tenants_clauses tenants;
    /// What is stored of a tenant is what is read.
    async fn a_tenant_is_read_as_it_was_made(store: Store) {
        let mut made = tenant("acme");
        made.delete_at = Some(at(77));
        let keys = vec![api_key(&made.id, "aaaa"), api_key(&made.id, "bbbb")];
        let created = store
            .create_tenant(made.clone(), keys.clone(), Some(event(&made.id, "made")))
            .await;
        assert!(created.unwrap());
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
        second.settings = settings("second");
        let event = event(&first, "second");
        let keys = vec![api_key(&first, "aaaa")];
        assert!(!store.create_tenant(second, keys, Some(event)).await.unwrap());
        let read = store.tenant_snapshot(&first).await.unwrap().unwrap();
        assert_eq!(read.tenant, tenant("acme"));
        assert!(read.api_keys.is_empty());
        assert_eq!(store.events(&first, 1, 10).await.unwrap().total, 0);
    }

    /// Of those who want one name at once exactly one gets it.
    async fn one_of_many_gets_a_tenants_name(store: Store) {
        let made = race((0..8).map(|number| {
            let store = Arc::clone(&store);
            async move {
                let mut tenant = tenant("acme");
                tenant.settings = settings(&number.to_string());
                store.create_tenant(tenant, Vec::new(), None).await.unwrap()
            }
        }))
        .await;
        assert_eq!(count(&made, &true), 1);
    }

    /// What is not there is none, and no error.
    async fn an_unknown_tenant_is_none(store: Store) {
        let nobody = tenant_id("nobody");
        assert_eq!(store.tenant(&nobody).await.unwrap(), None);
        assert_eq!(store.tenant_snapshot(&nobody).await.unwrap(), None);
        assert!(!store.delete_tenant(&nobody).await.unwrap());
        assert!(!store.freeze_tenant(&nobody, at(1), None, None).await.unwrap());
        assert!(!store.unfreeze_tenant(&nobody, None).await.unwrap());
        let (old, new) = (settings("old"), settings("new"));
        assert!(!store.replace_settings(&nobody, old, new, Vec::new()).await.unwrap());
    }

    /// What can only be written for a tenant says that there is none.
    async fn writing_for_an_unknown_tenant_is_told(store: Store) {
        let nobody = tenant_id("nobody");
        let config = auth_config("pay");
        let refused = store.add_auth_config(&nobody, config.clone(), None).await;
        assert!(matches!(refused, Err(StoreError::TenantGone)), "{refused:?}");
        let refused = store.edit_auth_config(&nobody, config, true, None).await;
        assert!(matches!(refused, Err(StoreError::TenantGone)), "{refused:?}");
        let aliases = vec![alias(&nobody, "bob")];
        let refused = store.replace_aliases(user(&nobody, "bob"), aliases, None).await;
        assert!(matches!(refused, Err(StoreError::TenantGone)), "{refused:?}");
        let refused = store.install_ring_key(ring_key(&nobody, 1, at(1)), None, None).await;
        assert!(matches!(refused, Err(StoreError::TenantGone)), "{refused:?}");
    }

    /// Tenants are listed by name, byte for byte.
    async fn tenants_are_listed_by_name(store: Store) {
        for name in ["b", "a-z", "az", "a0", "0a"] {
            make_tenant(&*store, name).await;
        }
        let listed = store.tenants().await.unwrap();
        let names: Vec<_> = listed.iter().map(|tenant| tenant.id.as_str()).collect();
        assert_eq!(names, ["0a", "a-z", "a0", "az", "b"]);
    }

    /// Settings are replaced only where they are what the caller read.
    async fn settings_are_replaced_if_they_are_as_expected(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let read = tenant("acme").settings;
        let told = || vec![event(&id, "one"), event(&id, "two")];
        let stale = store
            .replace_settings(&id, settings("stale"), settings("new"), told())
            .await;
        assert!(!stale.unwrap());
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 0);
        let fresh = store.replace_settings(&id, read, settings("new"), told()).await;
        assert!(fresh.unwrap());
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 2);
        let read = store.tenant(&id).await.unwrap().unwrap();
        assert_eq!(read.settings, settings("new"));
        assert_eq!(read.created_at, tenant("acme").created_at);
    }

    /// Of those who replace the same settings at once exactly one succeeds.
    async fn one_of_many_replaces_settings(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let replaced = race((0..8).map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move {
                let (old, new) = (tenant("acme").settings, settings(&number.to_string()));
                store.replace_settings(&id, old, new, Vec::new()).await.unwrap()
            }
        }))
        .await;
        assert_eq!(count(&replaced, &true), 1);
        let winner = replaced.iter().position(|won| *won).unwrap();
        let read = store.tenant(&id).await.unwrap().unwrap();
        assert_eq!(read.settings.name, winner.to_string());
    }

    /// Freezing locks every key, but a locked one keeps its time; unfreezing unlocks all.
    async fn a_frozen_tenant_has_locked_keys(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        for key_id in ["aaaa", "bbbb"] {
            assert!(store.add_api_key(api_key(&id, key_id), None).await.unwrap());
        }
        assert!(store.add_api_key(api_key(&other, "aaaa"), None).await.unwrap());
        let first = api_key(&id, "aaaa").key_id;
        assert!(store.set_api_key_lock(&id, &first, Some(at(50)), None).await.unwrap());

        let frozen = store
            .freeze_tenant(&id, at(100), Some(at(999)), Some(event(&id, "frozen")))
            .await;
        assert!(frozen.unwrap());
        let read = store.tenant_snapshot(&id).await.unwrap().unwrap();
        assert!(read.tenant.settings.frozen);
        assert_eq!(read.tenant.delete_at, Some(at(999)));
        let locked: Vec<_> = read.api_keys.iter().map(|key| key.locked_at).collect();
        assert_eq!(locked, [Some(at(50)), Some(at(100))]);
        assert!(!store.api_keys(&other).await.unwrap()[0].is_locked());

        // Freezing again keeps the planned deletion.
        assert!(store.freeze_tenant(&id, at(200), None, None).await.unwrap());
        let read = store.tenant(&id).await.unwrap().unwrap();
        assert_eq!(read.delete_at, Some(at(999)));

        assert!(store.unfreeze_tenant(&id, Some(event(&id, "unfrozen"))).await.unwrap());
        let read = store.tenant_snapshot(&id).await.unwrap().unwrap();
        assert_eq!(read.tenant, tenant("acme"));
        let locks = read.api_keys.iter().map(|key| (key.locked_at, key.last_locked_at));
        let locks: Vec<_> = locks.collect();
        assert_eq!(locks, [(None, Some(at(50))), (None, Some(at(100)))]);
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 2);
    }

    /// A purpose has one configuration, which is added once.
    async fn a_configuration_is_added_once(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let added = race((0..8).map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move {
                let mut config = auth_config("pay");
                config.created_by = number.to_string();
                let told = Some(event(&id, "added"));
                store.add_auth_config(&id, config, told).await.unwrap()
            }
        }))
        .await;
        assert_eq!(count(&added, &true), 1);
        let read = store.tenant_snapshot(&id).await.unwrap().unwrap();
        let winner = added.iter().position(|won| *won).unwrap().to_string();
        let expected = AuthConfig { created_by: winner, ..auth_config("pay") };
        assert_eq!(read.auth_configs, [expected]);
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 1);
    }

    /// Editing replaces what can be edited and nothing else.
    async fn editing_a_configuration_keeps_who_made_it(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let edit = AuthConfig {
            time_to_live: Duration::from_secs(7),
            user_verification: UserVerification::Required,
            hints: Vec::new(),
            created_by: "not taken".to_owned(),
            created_on: None,
            edited_by: Some("editor".to_owned()),
            edited_on: Some(at(40)),
            last_used_on: Some(at(41)),
            ..auth_config("pay")
        };
        let told = || Some(event(&id, "edited"));
        assert!(!store.edit_auth_config(&id, edit.clone(), false, told()).await.unwrap());
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 0);
        assert!(store.add_auth_config(&id, auth_config("pay"), None).await.unwrap());
        assert!(store.edit_auth_config(&id, edit.clone(), true, told()).await.unwrap());
        let read = store.tenant_snapshot(&id).await.unwrap().unwrap();
        let expected = AuthConfig {
            created_by: auth_config("pay").created_by,
            created_on: auth_config("pay").created_on,
            last_used_on: None,
            ..edit.clone()
        };
        assert_eq!(read.auth_configs.as_slice(), std::slice::from_ref(&expected));

        // One that is not there is stored whole where that is asked for.
        let whole = AuthConfig { purpose: Purpose::sign_in(), ..edit };
        assert!(store.edit_auth_config(&id, whole.clone(), true, told()).await.unwrap());
        let read = store.tenant_snapshot(&id).await.unwrap().unwrap();
        assert_eq!(read.auth_configs, [expected, whole]);
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 2);
    }

    /// Those who edit a built-in configuration for the first time at once all succeed, and there is one.
    async fn many_edit_a_configuration_that_has_no_row(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let edited = race((0..8).map(|_| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move {
                let config = AuthConfig::built_in(&Purpose::step_up());
                store.edit_auth_config(&id, config, true, None).await.unwrap()
            }
        }))
        .await;
        assert_eq!(count(&edited, &true), 8);
        let read = store.tenant_snapshot(&id).await.unwrap().unwrap();
        assert_eq!(read.auth_configs.len(), 1);
    }

    /// A configuration that was deleted is gone, once.
    async fn a_configuration_is_deleted_once(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let purpose = auth_config("pay").purpose;
        for tenant in [&id, &other] {
            assert!(store.add_auth_config(tenant, auth_config("pay"), None).await.unwrap());
        }
        let told = || Some(event(&id, "deleted"));
        assert!(store.delete_auth_config(&id, &purpose, told()).await.unwrap());
        assert!(!store.delete_auth_config(&id, &purpose, told()).await.unwrap());
        assert_eq!(store.events(&id, 1, 9).await.unwrap().total, 1);
        let read = store.tenant_snapshot(&other).await.unwrap().unwrap();
        assert_eq!(read.auth_configs, [auth_config("pay")]);
    }

    /// Whoever deletes a tenant is told once it is gone for all, and its name is taken while something of it is left.
    async fn a_deleted_tenant_is_gone_before_its_rows_are(store: Store) {
        let gone = populate(&store, "gone").await;
        let kept = make_tenant(&*store, "kept").await;
        assert_eq!(store.deleted_tenants().await.unwrap(), []);
        assert!(store.delete_tenant(&gone).await.unwrap());
        assert_eq!(store.tenant(&gone).await.unwrap(), None);
        assert_eq!(store.tenant_snapshot(&gone).await.unwrap(), None);
        let listed = store.tenants().await.unwrap();
        assert_eq!(listed.iter().map(|tenant| &tenant.id).collect::<Vec<_>>(), [&kept]);
        assert_eq!(store.api_keys(&gone).await.unwrap(), []);
        assert_eq!(store.api_key_by_lookup("lookup of gone").await.unwrap(), None);
        assert_eq!(store.ring(&gone, &RingPurpose::Seal).await.unwrap(), []);
        assert!(!store.delete_tenant(&gone).await.unwrap());
        assert!(!store.freeze_tenant(&gone, at(1), None, None).await.unwrap());
        assert!(!store.unfreeze_tenant(&gone, None).await.unwrap());
        assert!(!store.add_api_key(api_key(&gone, "bbbb"), None).await.unwrap());
        if store.deleted_tenants().await.unwrap() == [gone.clone()] {
            let again = store.create_tenant(tenant("gone"), Vec::new(), None).await;
            assert!(!again.unwrap());
            while !store.clear_deleted_tenant(&gone, 1).await.unwrap() {}
        }
        assert_eq!(store.deleted_tenants().await.unwrap(), []);
        nothing_is_left_of(&store, &gone).await;
        make_tenant(&*store, "gone").await;
        // What was not deleted is not cleared.
        assert!(store.clear_deleted_tenant(&kept, 9).await.unwrap());
        assert!(store.tenant(&kept).await.unwrap().is_some());
    }

    /// However many users a tenant has, no step of its end deletes more than it may; other tenants keep theirs.
    async fn a_deleted_tenant_is_cleared_in_steps(store: Store) {
        let (gone, kept) = (make_tenant(&*store, "gone").await, make_tenant(&*store, "kept").await);
        for tenant in [&gone, &kept] {
            for number in 0..25_u8 {
                let owner = user(tenant, &format!("user{number}"));
                let id = [number, tenant.as_str().as_bytes()[0]];
                let new = registration(&owner, &id, u128::from(number) + 1);
                store.register_credential(new).await.unwrap();
            }
        }
        assert!(store.delete_tenant(&gone).await.unwrap());
        let mut left = store.count_users_with_credentials(&gone).await.unwrap();
        while !store.clear_deleted_tenant(&gone, 10).await.unwrap() {
            let now = store.count_users_with_credentials(&gone).await.unwrap();
            assert!(left - now <= 10, "{left} users, then {now}");
            left = now;
        }
        assert_eq!(store.count_users_with_credentials(&gone).await.unwrap(), 0);
        assert_eq!(store.count_users_with_credentials(&kept).await.unwrap(), 25);
    }

    /// Those who clear a tenant at once don't hinder each other.
    async fn a_deleted_tenant_is_cleared_by_many_at_once(store: Store) {
        let gone = populate(&store, "gone").await;
        assert!(store.delete_tenant(&gone).await.unwrap());
        race((0..6).map(|_| {
            let (store, gone) = (Arc::clone(&store), gone.clone());
            async move { while !store.clear_deleted_tenant(&gone, 2).await.unwrap() {} }
        }))
        .await;
        nothing_is_left_of(&store, &gone).await;
        make_tenant(&*store, "gone").await;
    }

    /// With a tenant goes everything of it and nothing of another, and a new one of its name has nothing of it.
    async fn deleting_a_tenant_deletes_everything_of_it(store: Store) {
        let gone = populate(&store, "gone").await;
        let kept = populate(&store, "kept").await;
        delete_wholly(&*store, &gone).await;
        nothing_is_left_of(&store, &gone).await;
        make_tenant(&*store, "gone").await;
        nothing_is_left_of(&store, &gone).await;
        let read = store.tenant_snapshot(&kept).await.unwrap().unwrap();
        assert_eq!((read.api_keys.len(), read.ring.len(), read.auth_configs.len()), (1, 2, 1));
        let bob = UserLookup::UserId(user_id("bob"));
        let bob = store.user_credentials(&kept, &bob).await.unwrap().unwrap();
        assert_eq!(bob.credentials.len(), 1);
        assert!(store.events(&kept, 1, 9).await.unwrap().total > 0);
    }
}
