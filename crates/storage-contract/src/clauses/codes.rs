//! One-time codes.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use std::sync::Arc;

use passkeyd_domain::{CodePurpose, UserKey};

use crate::{
    running::{clauses, count, race},
    samples::{alias, at, kept_code, make_tenant, user, uuid},
};

const SIGN_IN: CodePurpose = CodePurpose::SignIn;

clauses! { $ codes_clauses codes;
    /// What is kept of a code is what is read, with one guess less each time, until none is left.
    async fn guesses_run_out(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let kept = kept_code(&id, 1, "first");
        assert!(store.keep_code(kept.clone()).await.unwrap());
        for left in (0..kept.guesses).rev() {
            let pending = store.pending_code(&id, uuid(1), SIGN_IN, at(0)).await.unwrap();
            assert_eq!(pending.map(|code| code.guesses), Some(left + 1));
            let guessed = store.guess_code(&id, uuid(1), SIGN_IN, at(0)).await.unwrap();
            let mut expected = kept.clone();
            expected.guesses = left;
            assert_eq!(guessed, Some(expected));
        }
        assert_eq!(store.guess_code(&id, uuid(1), SIGN_IN, at(0)).await.unwrap(), None);
        assert_eq!(store.pending_code(&id, uuid(1), SIGN_IN, at(0)).await.unwrap(), None);
    }

    /// A code is good before its end and not at it.
    async fn a_code_ends(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        store.keep_code(kept_code(&id, 1, "first")).await.unwrap();
        for (now, good) in [(999, true), (1000, false)] {
            let guessed = store.guess_code(&id, uuid(1), SIGN_IN, at(now)).await.unwrap();
            assert_eq!(guessed.is_some(), good, "{now}");
            let pending = store.pending_code(&id, uuid(1), SIGN_IN, at(now)).await.unwrap();
            assert_eq!(pending.is_some(), good, "{now}");
        }
    }

    /// A new code takes the place of the one before, with all its guesses; other purposes, subjects and tenants keep theirs.
    async fn a_subject_has_one_code_for_a_purpose(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        store.keep_code(kept_code(&id, 1, "first")).await.unwrap();
        store.guess_code(&id, uuid(1), SIGN_IN, at(0)).await.unwrap();
        let mut purpose = kept_code(&id, 1, "of another purpose");
        purpose.purpose = CodePurpose::EmailVerification;
        for kept in [purpose, kept_code(&id, 2, "another's"), kept_code(&other, 1, "elsewhere")] {
            store.keep_code(kept).await.unwrap();
        }
        store.keep_code(kept_code(&id, 1, "second")).await.unwrap();
        let guessed = store.guess_code(&id, uuid(1), SIGN_IN, at(0)).await.unwrap().unwrap();
        assert_eq!((guessed.hash.as_str(), guessed.guesses), ("second", 4));
        let verification = CodePurpose::EmailVerification;
        for (tenant, subject, purpose, hash) in [
            (&id, 1, verification, "of another purpose"),
            (&id, 2, SIGN_IN, "another's"),
            (&other, 1, SIGN_IN, "elsewhere"),
        ] {
            let found = store.pending_code(tenant, uuid(subject), purpose, at(0)).await.unwrap();
            assert_eq!(found.map(|code| code.hash).as_deref(), Some(hash));
        }
        store.void_code(&id, uuid(1), SIGN_IN).await.unwrap();
        assert_eq!(store.guess_code(&id, uuid(1), SIGN_IN, at(0)).await.unwrap(), None);
        assert!(store.pending_code(&id, uuid(2), SIGN_IN, at(0)).await.unwrap().is_some());
    }

    /// Of any number who guess at once no more than the guesses that are left see what is kept.
    async fn guesses_at_once_are_all_counted(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        store.keep_code(kept_code(&id, 1, "first")).await.unwrap();
        let guessed = race((0..20).map(|_| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move { store.guess_code(&id, uuid(1), SIGN_IN, at(0)).await.unwrap().is_some() }
        }))
        .await;
        assert_eq!(count(&guessed, &true), 5);
    }

    /// A code is used once, by whoever is first, and not once there is another in its place.
    async fn a_code_is_used_once(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        store.keep_code(kept_code(&id, 1, "first")).await.unwrap();
        assert!(!store.use_code(&id, uuid(1), SIGN_IN, "another").await.unwrap());
        assert!(!store.use_code(&id, uuid(2), SIGN_IN, "first").await.unwrap());
        let used = race((0..8).map(|_| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move { store.use_code(&id, uuid(1), SIGN_IN, "first").await.unwrap() }
        }))
        .await;
        assert_eq!(count(&used, &true), 1);
        assert_eq!(store.guess_code(&id, uuid(1), SIGN_IN, at(0)).await.unwrap(), None);
    }

    /// The codes of a user go with it, and none is kept of a user that is gone or is another tenant's.
    async fn codes_go_with_their_user(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let bob = user(&id, "bob");
        let mut kept = kept_code(&id, 1, "bob's");
        kept.user = Some(bob.key);
        assert!(!store.keep_code(kept.clone()).await.unwrap());
        store.replace_aliases(bob.clone(), vec![alias(&id, "b")], None).await.unwrap();
        assert!(store.keep_code(kept.clone()).await.unwrap());
        let mut elsewhere = kept_code(&other, 1, "x");
        elsewhere.user = Some(bob.key);
        assert!(!store.keep_code(elsewhere).await.unwrap());
        let mut unknown = kept_code(&id, 2, "x");
        unknown.user = Some(UserKey(uuid(77)));
        assert!(!store.keep_code(unknown).await.unwrap());

        assert_eq!(store.pending_code(&id, uuid(1), SIGN_IN, at(0)).await.unwrap(), Some(kept));
        store.delete_user(&id, &bob.user_id, None).await.unwrap();
        assert_eq!(store.pending_code(&id, uuid(1), SIGN_IN, at(0)).await.unwrap(), None);
    }

    /// What ended is swept, so much at a time, and what did not stays.
    async fn codes_that_ended_are_swept(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        for number in 1..=3 {
            store.keep_code(kept_code(&id, number, "x")).await.unwrap();
        }
        let mut later = kept_code(&id, 4, "later");
        later.expires_at = at(1001);
        store.keep_code(later).await.unwrap();
        assert_eq!(store.sweep_codes(at(999), 9).await.unwrap(), 0);
        assert_eq!(store.sweep_codes(at(1000), 2).await.unwrap(), 2);
        assert_eq!(store.sweep_codes(at(1000), 2).await.unwrap(), 1);
        assert!(store.pending_code(&id, uuid(4), SIGN_IN, at(1000)).await.unwrap().is_some());
    }
}
