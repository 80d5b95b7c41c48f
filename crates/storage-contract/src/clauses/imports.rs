//! What another server held.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use passkeyd_domain::ports::{ImportOutcome, ImportedTenant, ListedAuthenticator};

use crate::{
    running::clauses,
    samples::{
        alias, api_key, at, auth_config, credential, make_tenant, tenant, tenant_id, user, user_id,
        uuid,
    },
};

fn imported(name: &str) -> ImportedTenant {
    let id = tenant_id(name);
    let (bob, eve) = (user(&id, "bob"), user(&id, "eve"));
    ImportedTenant {
        tenant: tenant(name),
        api_keys: vec![api_key(&id, "aaaa"), api_key(&id, "bbbb")],
        credentials: vec![
            credential(&bob, b"one"),
            credential(&bob, b"two"),
            credential(&eve, b"three"),
        ],
        aliases: vec![
            (bob.key, alias(&id, "bobby")),
            (eve.key, alias(&id, "evie")),
        ],
        users: vec![bob, eve],
        auth_configs: vec![auth_config("pay"), auth_config("sign-in")],
        authenticators: vec![ListedAuthenticator {
            aaguid: uuid(1),
            allowed: true,
            created_at: at(0),
        }],
    }
}

clauses! { $ imports_clauses imports;
    /// All that is imported is there.
    async fn tenants_are_imported_whole(store: Store) {
        let outcome = store.import_tenants(vec![imported("one"), imported("two")]).await.unwrap();
        assert_eq!(outcome, ImportOutcome::Imported);
        for name in ["one", "two"] {
            let (id, expected) = (tenant_id(name), imported(name));
            let read = store.tenant_snapshot(&id).await.unwrap().unwrap();
            assert_eq!(read.tenant, expected.tenant);
            assert_eq!(read.api_keys, expected.api_keys);
            assert_eq!(read.auth_configs, expected.auth_configs);
            let read = store.credentials_of(&id, &user_id("bob")).await.unwrap();
            assert_eq!(read.len(), 2);
            assert!(read.iter().all(|owned| expected.credentials.contains(&owned.credential)));
            let read = store.aliases(&id, &user_id("eve")).await.unwrap();
            assert_eq!(read, [alias(&id, "evie")]);
            assert_eq!(store.listed_authenticators(&id).await.unwrap(), expected.authenticators);
        }
    }

    /// Where one name is taken nothing is imported.
    async fn an_import_is_all_or_nothing(store: Store) {
        let taken = make_tenant(&*store, "two").await;
        let outcome = store.import_tenants(vec![imported("one"), imported("two")]).await.unwrap();
        assert_eq!(outcome, ImportOutcome::Taken(taken.clone()));
        assert_eq!(store.tenant(&tenant_id("one")).await.unwrap(), None);
        assert_eq!(store.api_keys(&taken).await.unwrap(), []);
    }

    /// More than goes in one statement is imported all the same.
    async fn a_large_tenant_is_imported(store: Store) {
        let id = tenant_id("large");
        let users: Vec<_> = (0..1201).map(|number| user(&id, &number.to_string())).collect();
        let credentials = users.iter().map(|owner| credential(owner, owner.user_id.as_str().as_bytes()));
        let aliases = users.iter().map(|owner| (owner.key, alias(&id, owner.user_id.as_str())));
        let large = ImportedTenant {
            tenant: tenant("large"),
            credentials: credentials.collect(),
            aliases: aliases.collect(),
            users: users.clone(),
            api_keys: Vec::new(),
            auth_configs: Vec::new(),
            authenticators: Vec::new(),
        };
        store.import_tenants(vec![large]).await.unwrap();
        assert_eq!(store.count_users_with_credentials(&id).await.unwrap(), 1201);
        assert_eq!(store.list_users(&id, None, 5000).await.unwrap().len(), 1201);
    }
}
