//! Providers of tenants, and their subjects.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a clause that fails panics"
)]

use std::sync::Arc;

use passkeyd_domain::{
    ClientAuthentication, Identifier, IdentifierKind, OidcProvider, ProviderId, RingKey,
    SecretBytes, TenantId,
    ports::{LinkOutcome, NewLink, SignUpOutcome, Store, StoreError},
};

use crate::{
    running::{clauses, count, race},
    samples::{at, event, make_tenant, new_account, ring_key, tenant_id, user},
};

/// A provider's name of 24 times that letter.
fn id(letter: char) -> ProviderId {
    letter.to_string().repeat(24).parse().unwrap()
}

fn provider(tenant: &TenantId, letter: char, millis: i64) -> OidcProvider {
    OidcProvider {
        tenant: tenant.clone(),
        id: id(letter),
        name: "Ünïcode \u{1F511}".to_owned(),
        issuer: "https://id.example".to_owned(),
        client_id: "we".to_owned(),
        client_authentication: ClientAuthentication::Basic,
        created_at: at(millis),
    }
}

fn secret(provider: &OidcProvider, number: u128) -> RingKey {
    RingKey {
        purpose: provider.id.secret_purpose(),
        material: SecretBytes::new(number.to_be_bytes().to_vec()),
        ..ring_key(&provider.tenant, number, at(0))
    }
}

fn identifier(kind: IdentifierKind, value: &str) -> Identifier {
    Identifier {
        kind,
        value: value.to_owned(),
        source: "oidc".to_owned(),
        verified_at: (kind == IdentifierKind::Email).then(|| at(7)),
    }
}

fn link(tenant: &TenantId, subject: &str, address: Option<&str>) -> NewLink {
    let provider = id('A');
    NewLink {
        address: address.map(|address| identifier(IdentifierKind::Email, address)),
        name_apart: identifier(IdentifierKind::Other, &format!("{provider}:{subject}")),
        user: user(tenant, &format!("born of {subject}")),
        display_name: Some("Ada \u{1F511}".to_owned()),
        event: Some(event(tenant, "made")),
        subject: subject.to_owned(),
        provider,
    }
}

/// Makes an account of that address, proven or not.
async fn account(store: &dyn Store, tenant: &TenantId, address: &str, proven: bool) -> NewLink {
    let mut new = new_account(tenant, address, 1, 1);
    new.identifier.verified_at = proven.then(|| at(1));
    let user = new.user.clone();
    assert_eq!(store.sign_up(new).await.unwrap(), SignUpOutcome::SignedUp);
    NewLink {
        user,
        ..link(tenant, "of an account", Some(address))
    }
}

clauses! { $ federation_clauses federation;
    /// Providers are a tenant's own, come oldest first, and are replaced under their name with their secret.
    async fn providers_are_added_replaced_and_removed(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let (young, old) = (provider(&acme, 'A', 20), provider(&acme, 'B', 10));
        assert!(store.put_provider(young.clone(), secret(&young, 1)).await.unwrap());
        assert!(store.put_provider(old.clone(), secret(&old, 2)).await.unwrap());
        assert_eq!(store.providers(&acme).await.unwrap(), [old.clone(), young.clone()]);
        assert_eq!(store.provider(&acme, &young.id).await.unwrap(), Some(young.clone()));
        assert_eq!(store.providers(&other).await.unwrap(), []);
        assert_eq!(store.provider(&other, &young.id).await.unwrap(), None);

        let changed = OidcProvider {
            name: "new".to_owned(),
            client_id: "us".to_owned(),
            client_authentication: ClientAuthentication::Post,
            ..young.clone()
        };
        let later = OidcProvider { created_at: at(99), ..changed.clone() };
        assert!(store.put_provider(later, secret(&young, 3)).await.unwrap());
        assert_eq!(store.provider(&acme, &young.id).await.unwrap(), Some(changed));
        let purpose = young.id.secret_purpose();
        assert_eq!(store.ring(&acme, &purpose).await.unwrap(), [secret(&young, 3)]);

        assert!(!store.remove_provider(&other, &young.id).await.unwrap());
        assert!(store.remove_provider(&acme, &young.id).await.unwrap());
        assert!(!store.remove_provider(&acme, &young.id).await.unwrap());
        assert_eq!(store.providers(&acme).await.unwrap(), std::slice::from_ref(&old));
        assert_eq!(store.ring(&acme, &purpose).await.unwrap(), []);
        assert_eq!(store.ring(&acme, &old.id.secret_purpose()).await.unwrap(), [secret(&old, 2)]);
    }

    /// A provider's name does not pass to another issuer, and none is added to no tenant.
    async fn a_provider_keeps_its_issuer(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let first = provider(&acme, 'A', 0);
        assert!(store.put_provider(first.clone(), secret(&first, 1)).await.unwrap());
        let evil = OidcProvider { issuer: "https://evil.example".to_owned(), ..first.clone() };
        assert!(!store.put_provider(evil, secret(&first, 2)).await.unwrap());
        assert_eq!(store.providers(&acme).await.unwrap(), std::slice::from_ref(&first));
        let purpose = first.id.secret_purpose();
        assert_eq!(store.ring(&acme, &purpose).await.unwrap(), [secret(&first, 1)]);
        let nobodys = provider(&tenant_id("nobody"), 'A', 0);
        let refused = store.put_provider(nobodys.clone(), secret(&nobodys, 3)).await;
        assert!(matches!(refused, Err(StoreError::TenantGone)), "{refused:?}");
    }

    /// A subject whom nobody knows becomes a user of that address, and stays that user whatever address it has later.
    async fn a_subject_is_one_user(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let first = link(&acme, "s1", Some("Ada@Example.com"));
        let LinkOutcome::Made(made) = store.link_subject(first.clone()).await.unwrap() else {
            panic!("somebody is known");
        };
        assert_eq!(made.user, first.user);
        assert_eq!(made.name, first.display_name);
        assert_eq!(made.identifier.as_deref(), Some("Ada@Example.com"));
        assert_eq!(made.password_hash, None);
        let named = store.account_by_name(&acme, "ada@example.COM").await.unwrap();
        assert_eq!(named.as_ref(), Some(&*made));
        assert_eq!(store.events(&acme, 1, 9).await.unwrap().total, 1);

        let again = NewLink { user: user(&acme, "too late"), ..link(&acme, "s1", Some("new@example.com")) };
        assert_eq!(store.link_subject(again).await.unwrap(), LinkOutcome::Known(made.clone()));
        assert_eq!(store.events(&acme, 1, 9).await.unwrap().total, 1);
        let found = store.account_by_subject(&acme, &id('A'), "s1").await.unwrap();
        assert_eq!(found.as_ref(), Some(&*made));
        for (tenant, provider, subject) in [(&acme, 'A', "S1"), (&acme, 'B', "s1"), (&other, 'A', "s1")] {
            let found = store.account_by_subject(tenant, &id(provider), subject).await.unwrap();
            assert_eq!(found, None, "{tenant} {provider} {subject}");
        }
    }

    /// Who has proven an address is who a provider says has it.
    async fn a_proven_address_links(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let known = account(&*store, &acme, "ada@example.com", true).await;
        let wanted = link(&acme, "s1", Some("ADA@example.com"));
        let LinkOutcome::Linked(linked) = store.link_subject(wanted).await.unwrap() else {
            panic!("the address was not recognised");
        };
        assert_eq!(linked.user, known.user);
        let found = store.account_by_subject(&acme, &id('A'), "s1").await.unwrap();
        assert_eq!(found, Some(*linked));
        assert_eq!(store.events(&acme, 1, 9).await.unwrap().total, 0);
    }

    /// Who only claimed an address keeps it and is not linked; the other gets the name apart, and where that is taken, none.
    async fn an_unproven_address_does_not_link(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let squatter = account(&*store, &acme, "ada@example.com", false).await;
        let first = link(&acme, "s1", Some("ada@example.com"));
        let made = store.link_subject(first.clone()).await.unwrap().account();
        assert_eq!(made.user, first.user);
        assert_eq!(made.identifier, Some(format!("{}:s1", id('A'))));
        let of_name = store.account_by_name(&acme, "ada@example.com").await.unwrap().unwrap();
        assert_eq!(of_name.user, squatter.user);

        // Subjects differ by case, identifiers do not.
        let second = link(&acme, "S1", None);
        let made = store.link_subject(second.clone()).await.unwrap().account();
        assert_eq!((made.user, made.identifier), (second.user, None));
    }

    /// A name that an app gave its user is not taken as an identifier.
    async fn a_users_name_is_no_free_identifier(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let owner = user(&acme, "ada@example.com");
        store.replace_aliases(owner.clone(), Vec::new(), None).await.unwrap();
        let first = link(&acme, "s1", Some("ada@example.com"));
        let made = store.link_subject(first.clone()).await.unwrap().account();
        assert_eq!((made.user, made.identifier), (first.user, Some(format!("{}:s1", id('A')))));
        let of_name = store.account_by_name(&acme, "ada@example.com").await.unwrap().unwrap();
        assert_eq!(of_name.user.user_id, owner.user_id);
    }

    /// Links end with their user and with their provider, whose users stay.
    async fn links_end_with_user_and_provider(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let known = provider(&acme, 'A', 0);
        store.put_provider(known.clone(), secret(&known, 1)).await.unwrap();
        for subject in ["s1", "s2"] {
            store.link_subject(link(&acme, subject, None)).await.unwrap();
        }
        let linked = async |subject| {
            store.account_by_subject(&acme, &id('A'), subject).await.unwrap()
        };
        let first = linked("s1").await.unwrap().user;
        store.delete_user(&acme, &first.user_id, None).await.unwrap();
        assert_eq!(linked("s1").await, None);
        let second = linked("s2").await.unwrap().user;
        store.remove_provider(&acme, &known.id).await.unwrap();
        assert_eq!(linked("s2").await, None);
        assert!(store.account(&acme, &second.user_id).await.unwrap().is_some());
    }

    /// Of many that bring one subject at once, one makes the user and all get it.
    async fn a_subject_is_made_once(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let outcomes = race((0..8).map(|number| {
            let (store, acme) = (Arc::clone(&store), acme.clone());
            async move {
                let wanted = NewLink {
                    user: user(&acme, &format!("user {number}")),
                    ..link(&acme, "s1", Some("ada@example.com"))
                };
                let outcome = store.link_subject(wanted).await.unwrap();
                (matches!(outcome, LinkOutcome::Made(_)), outcome.account().user.user_id)
            }
        }))
        .await;
        let made: Vec<_> = outcomes.iter().map(|(made, _)| *made).collect();
        assert_eq!(count(&made, &true), 1);
        assert!(outcomes.iter().all(|(_, user)| *user == outcomes[0].1));
    }
}
