//! Trust identifiers and whom they stand for.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use std::sync::Arc;

use passkeyd_domain::{
    TenantId, TrustBinding, TrustIdentifier, TrustKind, User,
    ports::{RegistrationOutcome, Store},
};

use crate::{
    running::{clauses, race},
    samples::{at, credential_id, make_tenant, registration, user},
};

fn identifier(kind: TrustKind, id: &str, key: u8) -> TrustIdentifier {
    TrustIdentifier {
        kind,
        id: id.to_owned(),
        thumbprint: [key; 32],
    }
}

/// A user with a passkey of that byte.
async fn owner(store: &dyn Store, tenant: &TenantId, name: &str, passkey: u8) -> User {
    let owner = user(tenant, name);
    let new = registration(&owner, &[passkey], passkey.into());
    let registered = store.register_credential(new).await.unwrap();
    assert!(matches!(registered, RegistrationOutcome::Registered));
    owner
}

fn bound(owner: &User, device: Option<&str>, millis: i64) -> TrustBinding {
    TrustBinding {
        user: owner.key,
        device: device.map(str::to_owned),
        bound_at: at(millis),
    }
}

clauses! { $ trust_clauses trust;
    /// An identifier is its kind, id and key together, in its tenant; it stands for who was bound to it last.
    async fn an_identifier_stands_for_one_user(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let (a, b) = (owner(&*store, &acme, "a", 1).await, owner(&*store, &acme, "b", 2).await);
        let wallet = identifier(TrustKind::Wallet, "ÅB", 1);
        let merchant = identifier(TrustKind::Merchant, "ÅB", 1);
        let both = vec![merchant.clone(), wallet.clone(), wallet.clone()];
        assert!(store.bind_trust(&acme, a.key, Some("phone".to_owned()), both, at(1)).await.unwrap());
        for identifier in [&wallet, &merchant] {
            let found = store.trust_binding(&acme, identifier).await.unwrap();
            assert_eq!(found, Some(bound(&a, Some("phone"), 1)));
        }
        for unknown in [
            identifier(TrustKind::Wallet, "ÅB", 2),
            identifier(TrustKind::Wallet, "åb", 1),
        ] {
            assert_eq!(store.trust_binding(&acme, &unknown).await.unwrap(), None);
        }
        assert_eq!(store.trust_binding(&other, &wallet).await.unwrap(), None);

        assert!(store.bind_trust(&acme, b.key, None, vec![wallet.clone()], at(2)).await.unwrap());
        assert_eq!(store.trust_binding(&acme, &wallet).await.unwrap(), Some(bound(&b, None, 2)));
        assert_eq!(store.trust_binding(&acme, &merchant).await.unwrap(), Some(bound(&a, Some("phone"), 1)));
        assert!(!store.bind_trust(&other, a.key, None, vec![wallet.clone()], at(3)).await.unwrap());
        let nobody = user(&acme, "nobody");
        assert!(!store.bind_trust(&acme, nobody.key, None, vec![wallet.clone()], at(3)).await.unwrap());
        assert_eq!(store.trust_binding(&acme, &wallet).await.unwrap(), Some(bound(&b, None, 2)));
    }

    /// Bindings end with their user and with its last passkey, and do not come back with the next.
    async fn bindings_end_with_user_and_last_passkey(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let (a, b) = (owner(&*store, &acme, "a", 1).await, owner(&*store, &acme, "b", 2).await);
        let second = registration(&a, &[3], 3);
        store.register_credential(second).await.unwrap();
        let (of_a, of_b) = (identifier(TrustKind::Wallet, "a", 1), identifier(TrustKind::Wallet, "b", 1));
        store.bind_trust(&acme, a.key, None, vec![of_a.clone()], at(1)).await.unwrap();
        store.bind_trust(&acme, b.key, None, vec![of_b.clone()], at(1)).await.unwrap();

        assert!(store.delete_credential(&acme, &credential_id(&[1]), None).await.unwrap());
        assert_eq!(store.trust_binding(&acme, &of_a).await.unwrap(), Some(bound(&a, None, 1)));
        assert!(store.delete_credential(&acme, &credential_id(&[3]), None).await.unwrap());
        assert_eq!(store.trust_binding(&acme, &of_a).await.unwrap(), None);
        store.register_credential(registration(&a, &[4], 4)).await.unwrap();
        assert_eq!(store.trust_binding(&acme, &of_a).await.unwrap(), None);

        assert_eq!(store.trust_binding(&acme, &of_b).await.unwrap(), Some(bound(&b, None, 1)));
        store.delete_user(&acme, &b.user_id, None).await.unwrap();
        assert_eq!(store.trust_binding(&acme, &of_b).await.unwrap(), None);
    }

    /// Those who bind the same identifiers at once, in whatever order, all succeed, and one of them is who they stand for.
    async fn many_bind_at_once(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let owner = owner(&*store, &acme, "a", 1).await;
        race((0..8).map(|number| {
            let (store, acme, user) = (Arc::clone(&store), acme.clone(), owner.key);
            async move {
                let mut items: Vec<_> = (0..4).map(|key| identifier(TrustKind::Wallet, "x", key)).collect();
                items.rotate_left(number % 4);
                assert!(store.bind_trust(&acme, user, None, items, at(1)).await.unwrap());
            }
        }))
        .await;
        for key in 0..4 {
            let found = store.trust_binding(&acme, &identifier(TrustKind::Wallet, "x", key)).await.unwrap();
            assert_eq!(found, Some(bound(&owner, None, 1)));
        }
    }
}
