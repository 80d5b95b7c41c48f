//! Ideas of accounts.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use passkeyd_domain::{
    IdeaContent, TenantId, User,
    ports::{SignUpOutcome, Store},
};

use crate::{
    running::clauses,
    samples::{at, idea, make_tenant, new_account, user},
};

async fn owner(store: &dyn Store, tenant: &TenantId, email: &str, number: u8) -> User {
    let account = new_account(tenant, email, number.into(), number);
    let user = account.user.clone();
    assert_eq!(
        store.sign_up(account).await.unwrap(),
        SignUpOutcome::SignedUp
    );
    user
}

clauses! { $ ideas_clauses ideas;
    /// Ideas come by score, of equals the newest first, of those the greatest id, in pages without a gap.
    async fn ideas_are_listed_best_and_newest_first(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let a = owner(&*store, &acme, "a@example.com", 1).await;
        let ideas = [
            idea(&a, "best", [10, 10, 10], at(0)),
            idea(&a, "newer", [3, 8, 8], at(2)),
            idea(&a, "zz", [8, 3, 8], at(1)),
            idea(&a, "zy", [8, 8, 3], at(1)),
            idea(&a, "z0", [9, 9, 1], at(1)),
            idea(&a, "older", [1, 9, 9], at(0)),
            idea(&a, "worst", [1, 1, 1], at(9)),
        ];
        for position in [3, 0, 6, 2, 5, 1, 4] {
            assert!(store.add_idea(ideas[position].clone()).await.unwrap());
        }
        assert_eq!(store.ideas(&acme, a.key, 0, 10).await.unwrap(), ideas);
        assert_eq!(store.ideas(&acme, a.key, 0, 3).await.unwrap(), ideas[..3]);
        assert_eq!(store.ideas(&acme, a.key, 3, 3).await.unwrap(), ideas[3..6]);
        assert_eq!(store.ideas(&acme, a.key, 6, 3).await.unwrap(), ideas[6..]);
        for offset in [7, u64::MAX] {
            assert!(store.ideas(&acme, a.key, offset, 3).await.unwrap().is_empty());
        }
    }

    /// An id is given once in a tenant; who comes second changes nothing.
    async fn an_ideas_id_is_taken_once(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let a = owner(&*store, &acme, "a@example.com", 1).await;
        let b = owner(&*store, &acme, "b@example.com", 2).await;
        let elsewhere = owner(&*store, &other, "a@example.com", 3).await;
        let first = idea(&a, "x", [1, 1, 1], at(0));
        assert!(store.add_idea(first.clone()).await.unwrap());
        assert!(!store.add_idea(idea(&a, "x", [2, 2, 2], at(1))).await.unwrap());
        assert!(!store.add_idea(idea(&b, "x", [2, 2, 2], at(1))).await.unwrap());
        assert!(store.add_idea(idea(&elsewhere, "x", [2, 2, 2], at(1))).await.unwrap());
        assert!(!store.add_idea(idea(&user(&acme, "nobody"), "y", [1, 1, 1], at(0))).await.unwrap());
        assert_eq!(store.ideas(&acme, a.key, 0, 10).await.unwrap(), [first]);
        assert!(store.ideas(&acme, b.key, 0, 10).await.unwrap().is_empty());
        assert!(store.ideas(&other, a.key, 0, 10).await.unwrap().is_empty());
    }

    /// An idea is replaced by its owner, and keeps its id and its time.
    async fn an_idea_is_replaced_by_its_owner_only(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let a = owner(&*store, &acme, "a@example.com", 1).await;
        let b = owner(&*store, &acme, "b@example.com", 2).await;
        let first = idea(&a, "x", [1, 1, 1], at(0));
        store.add_idea(first.clone()).await.unwrap();
        let content = IdeaContent::new("new").unwrap();
        let scores = idea(&a, "x", [10, 9, 8], at(5)).scores;
        let by_b = store.replace_idea(&acme, b.key, &first.id, content.clone(), scores).await;
        assert_eq!(by_b.unwrap(), None);
        assert_eq!(store.ideas(&acme, a.key, 0, 10).await.unwrap(), std::slice::from_ref(&first));
        let by_a = store.replace_idea(&acme, a.key, &first.id, content.clone(), scores).await;
        let mut expected = first;
        (expected.content, expected.scores) = (content, scores);
        assert_eq!(by_a.unwrap(), Some(expected.clone()));
        assert_eq!(store.ideas(&acme, a.key, 0, 10).await.unwrap(), [expected]);
    }

    /// An idea is deleted by its owner, once, and with its owner.
    async fn an_idea_is_deleted_by_its_owner_only(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let a = owner(&*store, &acme, "a@example.com", 1).await;
        let b = owner(&*store, &acme, "b@example.com", 2).await;
        let (x, y) = (idea(&a, "x", [1, 1, 1], at(0)), idea(&a, "y", [1, 1, 1], at(0)));
        store.add_idea(x.clone()).await.unwrap();
        store.add_idea(y).await.unwrap();
        assert!(!store.delete_idea(&acme, b.key, &x.id).await.unwrap());
        assert!(store.delete_idea(&acme, a.key, &x.id).await.unwrap());
        assert!(!store.delete_idea(&acme, a.key, &x.id).await.unwrap());
        assert_eq!(store.ideas(&acme, a.key, 0, 10).await.unwrap().len(), 1);
        store.delete_user(&acme, &a.user_id, None).await.unwrap();
        assert!(store.ideas(&acme, a.key, 0, 10).await.unwrap().is_empty());
    }
}
