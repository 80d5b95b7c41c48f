//! Accounts, their sessions, and attempts at their secrets.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use std::sync::Arc;

use passkeyd_domain::{
    PasswordHash, RefreshHash, TenantId,
    ports::{AttemptLimit, Forgiven, Refresh, RefreshOutcome, SignUpOutcome, Store, UserLookup},
};

use crate::{
    running::clauses,
    samples::{
        at, event, make_tenant, new_account, new_session, registration, user, user_id, uuid,
    },
};

fn refresh(token: u8, replacement: Option<u8>, now: i64) -> Refresh {
    Refresh {
        presented: RefreshHash::new([token; 32]),
        replacement: replacement.map(|token| RefreshHash::new([token; 32])),
        now: at(now),
        expires_at: at(now + 1000),
    }
}

fn limit(key: &str, limit: u32, window_ends: i64) -> AttemptLimit {
    AttemptLimit {
        key: key.to_owned(),
        limit,
        window_ends: at(window_ends),
    }
}

async fn signed_up(store: &dyn Store, tenant: &TenantId, email: &str, number: u128, token: u8) {
    let account = new_account(tenant, email, number, token);
    let outcome = store.sign_up(account).await.unwrap();
    assert_eq!(outcome, SignUpOutcome::SignedUp);
}

clauses! { $ accounts_clauses accounts;
    /// What is stored of an account is what is read, by its name in any case and by the app's name.
    async fn an_account_is_read_as_it_was_made(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let mut made = new_account(&acme, "Jörg@Example.com", 1, 1);
        made.event = Some(event(&acme, "signed up"));
        store.sign_up(made.clone()).await.unwrap();
        let read = store.account_by_name(&acme, "JÖRG@example.COM").await.unwrap().unwrap();
        assert_eq!(read.user, made.user);
        assert_eq!(read.name.as_deref(), Some("Jörg \u{1F511}"));
        assert_eq!(read.identifier.as_deref(), Some("Jörg@Example.com"));
        assert_eq!(read.password_hash, Some(made.password_hash));
        let by_user_id = store.account(&acme, &made.user.user_id).await.unwrap();
        assert_eq!(by_user_id, Some(read.clone()));
        let by_exact_name = store.account_by_name(&acme, made.user.user_id.as_str()).await;
        assert_eq!(by_exact_name.unwrap(), Some(read.clone()));
        let live = store.session(&acme, uuid(1), at(0)).await.unwrap().unwrap();
        assert_eq!((live.session, live.account), (made.session.session, read));
        assert_eq!(store.events(&acme, 1, 10).await.unwrap().total, 1);
        assert_eq!(store.account_by_name(&acme, "nobody@example.com").await.unwrap(), None);
    }

    /// A name in any case finds the account and the form in which it is stored, and so does the handle; nothing of
    /// another tenant is found.
    async fn an_account_is_found_by_a_name_and_by_its_handle(store: Store) {
        let (acme, other) = (make_tenant(&*store, "acme").await, make_tenant(&*store, "other").await);
        signed_up(&*store, &acme, "Jörg@Example.com", 1, 1).await;
        let found = store.named_account(&acme, "JÖRG@example.COM").await.unwrap().unwrap();
        assert_eq!(found.name, "Jörg@Example.com");
        let user = found.account.user.clone();
        let by_user_id = store.named_account(&acme, user.user_id.as_str()).await.unwrap().unwrap();
        assert_eq!((by_user_id.name.as_str(), &by_user_id.account), (user.user_id.as_str(), &found.account));
        assert_eq!(store.account_by_handle(&acme, &user.handle).await.unwrap(), Some(found.account));
        assert_eq!(store.account_by_handle(&other, &user.handle).await.unwrap(), None);
        assert_eq!(store.named_account(&other, "Jörg@Example.com").await.unwrap(), None);
    }

    /// A name that resolves to a user is taken, as an identifier in any case and as an app's name exactly; nothing changes.
    async fn a_name_is_taken_once(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        signed_up(&*store, &acme, "a@example.com", 1, 1).await;
        let app_user = user(&acme, "B@example.com");
        store.register_credential(registration(&app_user, b"cred", 7)).await.unwrap();

        for (email, expected) in [
            ("A@EXAMPLE.COM", SignUpOutcome::NameTaken),
            ("B@example.com", SignUpOutcome::NameTaken),
            ("b@example.com", SignUpOutcome::SignedUp),
        ] {
            let mut account = new_account(&acme, email, 2, 2);
            account.user.key = user(&acme, "another").key;
            account.user.user_id = user_id("another");
            account.user.handle = user(&acme, "another").handle;
            account.session.session.user = account.user.key;
            account.event = Some(event(&acme, "signed up"));
            assert_eq!(store.sign_up(account).await.unwrap(), expected, "{email}");
        }
        assert_eq!(store.events(&acme, 1, 10).await.unwrap().total, 1);
    }

    /// Of any number that sign up under one name at once exactly one is taken in, wholly.
    async fn of_those_who_race_for_a_name_one_gets_it(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let racing: Vec<_> = (1..=8_u8)
            .map(|number| {
                let (store, acme) = (Arc::clone(&store), acme.clone());
                tokio::spawn(async move {
                    let mut account = new_account(&acme, "a@example.com", number.into(), number);
                    let own = user(&acme, &format!("user {number}"));
                    account.session.session.user = own.key;
                    account.user = own;
                    store.sign_up(account).await.unwrap()
                })
            })
            .collect();
        let mut signed_up = 0;
        for task in racing {
            signed_up += usize::from(task.await.unwrap() == SignUpOutcome::SignedUp);
        }
        assert_eq!(signed_up, 1);
        let mut sessions = 0;
        for number in 1..=8 {
            let live = store.session(&acme, uuid(number), at(0)).await.unwrap();
            sessions += usize::from(live.is_some());
        }
        assert_eq!(sessions, 1);
    }

    /// Accounts, sessions and tokens of one tenant are nothing in another.
    async fn accounts_of_tenants_do_not_meet(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        signed_up(&*store, &acme, "a@example.com", 1, 1).await;
        assert_eq!(store.account_by_name(&other, "a@example.com").await.unwrap(), None);
        assert!(store.session(&other, uuid(1), at(0)).await.unwrap().is_none());
        let outcome = store.refresh_session(&other, refresh(1, None, 5)).await.unwrap();
        assert_eq!(outcome, RefreshOutcome::Unknown);
        let owner = store.account_by_name(&acme, "a@example.com").await.unwrap().unwrap();
        assert!(!store.end_session(&other, owner.user.key, uuid(1), at(0)).await.unwrap());
        assert!(store.session(&acme, uuid(1), at(0)).await.unwrap().is_some());
        signed_up(&*store, &other, "a@example.com", 2, 1).await;
    }

    /// A password is replaced only if it is what it was thought to be.
    async fn a_password_is_replaced_where_it_is_the_expected_one(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        signed_up(&*store, &acme, "a@example.com", 1, 1).await;
        let owner = store.account_by_name(&acme, "a@example.com").await.unwrap().unwrap().user.key;
        let (old, new) = (PasswordHash::new("$argon2id$"), PasswordHash::new("new"));
        for (expected, replaced) in [(None, false), (Some(&new), false), (Some(&old), true), (Some(&old), false)] {
            let outcome = store
                .replace_password(&acme, owner, expected.cloned(), new.clone())
                .await;
            assert_eq!(outcome.unwrap(), replaced);
        }
        let read = store.account_by_name(&acme, "a@example.com").await.unwrap().unwrap();
        assert_eq!(read.password_hash, Some(new));
    }

    /// A session is alive before its end and not at it, for look-ups, lists, refreshes and log-outs alike.
    async fn a_session_ends_at_its_instant(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        signed_up(&*store, &acme, "a@example.com", 1, 1).await;
        let owner = store.account_by_name(&acme, "a@example.com").await.unwrap().unwrap().user.key;
        assert!(store.session(&acme, uuid(1), at(999)).await.unwrap().is_some());
        assert_eq!(store.sessions_of(&acme, owner, at(999)).await.unwrap().len(), 1);
        assert!(store.session(&acme, uuid(1), at(1000)).await.unwrap().is_none());
        assert!(store.sessions_of(&acme, owner, at(1000)).await.unwrap().is_empty());
        assert!(!store.end_session(&acme, owner, uuid(1), at(1000)).await.unwrap());
        let outcome = store.refresh_session(&acme, refresh(1, None, 1000)).await.unwrap();
        assert_eq!(outcome, RefreshOutcome::Unknown);
        let outcome = store.refresh_session(&acme, refresh(1, Some(2), 1000)).await.unwrap();
        assert_eq!(outcome, RefreshOutcome::Unknown);
    }

    /// A refresh lets the session live longer, and without a replacement any number at once may use the token.
    async fn a_refresh_slides_the_end(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        signed_up(&*store, &acme, "a@example.com", 1, 1).await;
        let racing: Vec<_> = (0..4)
            .map(|_| {
                let (store, acme) = (Arc::clone(&store), acme.clone());
                tokio::spawn(async move { store.refresh_session(&acme, refresh(1, None, 900)).await.unwrap() })
            })
            .collect();
        for task in racing {
            let outcome = task.await.unwrap();
            assert!(matches!(outcome, RefreshOutcome::Refreshed(_)), "{outcome:?}");
            let RefreshOutcome::Refreshed(live) = outcome else { continue };
            assert_eq!((live.session.last_used_at, live.session.expires_at), (at(900), at(1900)));
            assert_eq!(live.account.identifier.as_deref(), Some("a@example.com"));
        }
        assert!(store.session(&acme, uuid(1), at(1899)).await.unwrap().is_some());
        let outcome = store.refresh_session(&acme, refresh(9, None, 900)).await.unwrap();
        assert_eq!(outcome, RefreshOutcome::Unknown);
    }

    /// A token that was replaced ends its session when it is used again, and its successor with it.
    async fn a_replaced_token_ends_its_session(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        signed_up(&*store, &acme, "a@example.com", 1, 1).await;
        for (token, next) in [(1, 2), (2, 3)] {
            let outcome = store.refresh_session(&acme, refresh(token, Some(next), 5)).await.unwrap();
            assert!(matches!(outcome, RefreshOutcome::Refreshed(_)));
        }
        let owner = user_id("user of a@example.com");
        let outcome = store.refresh_session(&acme, refresh(1, Some(4), 6)).await.unwrap();
        assert_eq!(outcome, RefreshOutcome::Reused(owner));
        for token in 1..=4 {
            let outcome = store.refresh_session(&acme, refresh(token, None, 7)).await.unwrap();
            assert_eq!(outcome, RefreshOutcome::Unknown, "token {token}");
        }
        assert!(store.session(&acme, uuid(1), at(7)).await.unwrap().is_none());
    }

    /// Of those who replace one token at once one does; the others reuse it.
    async fn of_those_who_replace_a_token_one_does(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        signed_up(&*store, &acme, "a@example.com", 1, 1).await;
        let racing: Vec<_> = (2..6)
            .map(|next| {
                let (store, acme) = (Arc::clone(&store), acme.clone());
                tokio::spawn(async move { store.refresh_session(&acme, refresh(1, Some(next), 5)).await.unwrap() })
            })
            .collect();
        let mut refreshed = 0;
        for task in racing {
            refreshed += usize::from(matches!(task.await.unwrap(), RefreshOutcome::Refreshed(_)));
        }
        assert_eq!(refreshed, 1);
        assert!(store.session(&acme, uuid(1), at(7)).await.unwrap().is_none());
    }

    /// A session is ended by its owner, by its id or by its token, and no other is.
    async fn a_session_is_ended_by_its_owner_only(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        signed_up(&*store, &acme, "a@example.com", 1, 1).await;
        signed_up(&*store, &acme, "b@example.com", 2, 2).await;
        let a = store.account_by_name(&acme, "a@example.com").await.unwrap().unwrap().user;
        let b = store.account_by_name(&acme, "b@example.com").await.unwrap().unwrap().user;
        assert!(store.open_session(new_session(&a, 3, 3), None).await.unwrap());
        let listed = store.sessions_of(&acme, a.key, at(0)).await.unwrap();
        assert_eq!(listed.iter().map(|held| held.id).collect::<Vec<_>>(), [uuid(3), uuid(1)]);

        let token = |byte| RefreshHash::new([byte; 32]);
        assert!(!store.end_session_by_token(&acme, b.key, token(1), at(0)).await.unwrap());
        assert!(!store.end_session(&acme, b.key, uuid(1), at(0)).await.unwrap());
        assert!(store.end_session_by_token(&acme, a.key, token(1), at(0)).await.unwrap());
        assert!(!store.end_session_by_token(&acme, a.key, token(1), at(0)).await.unwrap());
        assert!(store.end_session(&acme, a.key, uuid(3), at(0)).await.unwrap());
        assert!(store.sessions_of(&acme, a.key, at(0)).await.unwrap().is_empty());
        assert!(store.session(&acme, uuid(2), at(0)).await.unwrap().is_some());
    }

    /// A user that is deleted leaves no name, no session and no token.
    async fn a_deleted_user_leaves_no_account(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        signed_up(&*store, &acme, "a@example.com", 1, 1).await;
        let owner = store.account_by_name(&acme, "a@example.com").await.unwrap().unwrap().user;
        assert!(store.delete_user(&acme, &owner.user_id, None).await.unwrap());
        assert_eq!(store.account_by_name(&acme, "a@example.com").await.unwrap(), None);
        assert!(store.session(&acme, uuid(1), at(0)).await.unwrap().is_none());
        let outcome = store.refresh_session(&acme, refresh(1, None, 5)).await.unwrap();
        assert_eq!(outcome, RefreshOutcome::Unknown);
        assert!(!store.open_session(new_session(&owner, 2, 2), None).await.unwrap());
        signed_up(&*store, &acme, "a@example.com", 1, 1).await;
    }

    /// An account without credentials is a user to the ports of users.
    async fn an_account_is_a_user(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        signed_up(&*store, &acme, "a@example.com", 1, 1).await;
        let owner = store.account_by_name(&acme, "a@example.com").await.unwrap().unwrap().user;
        assert_eq!(store.user(&acme, &owner.user_id).await.unwrap(), Some(owner.clone()));
        let lookup = UserLookup::UserId(owner.user_id.clone());
        let found = store.user_credentials(&acme, &lookup).await.unwrap().unwrap();
        assert_eq!((found.handle, found.credentials), (owner.handle.clone(), Vec::new()));
        let mut registered = registration(&owner, b"cred", 7);
        registered.user.key = user(&acme, "ignored").key;
        store.register_credential(registered).await.unwrap();
        let held = store.credentials_of(&acme, &owner.user_id).await.unwrap();
        assert_eq!(held.len(), 1);
        assert!(store.account(&acme, &owner.user_id).await.unwrap().unwrap().password_hash.is_some());
    }

    /// Sessions that ended are swept, so many at once.
    async fn ended_sessions_are_swept(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        signed_up(&*store, &acme, "a@example.com", 1, 1).await;
        signed_up(&*store, &acme, "b@example.com", 2, 2).await;
        assert_eq!(store.sweep_sessions(at(1000), 10).await.unwrap(), 0);
        assert_eq!(store.sweep_sessions(at(1001), 1).await.unwrap(), 1);
        assert_eq!(store.sweep_sessions(at(1001), 10).await.unwrap(), 1);
    }

    /// Attempts count until the limit, in a window that the first one begins; then none counts, under any key.
    async fn attempts_are_counted_in_a_window(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let limits = |ends| vec![limit("account", 2, ends), limit("address", 3, ends)];
        assert_eq!(store.count_attempt(&acme, limits(100), at(0)).await.unwrap(), None);
        assert_eq!(store.count_attempt(&acme, limits(150), at(50)).await.unwrap(), None);
        // The account has reached its limit, and the address is not charged for what is refused.
        for now in [50, 99] {
            let refused = store.count_attempt(&acme, limits(now + 100), at(now)).await.unwrap();
            assert_eq!(refused, Some(at(100)));
        }
        let address = vec![limit("address", 3, 199)];
        assert_eq!(store.count_attempt(&acme, address.clone(), at(99)).await.unwrap(), None);
        assert_eq!(store.count_attempt(&acme, address, at(99)).await.unwrap(), Some(at(100)));
        assert_eq!(store.count_attempt(&other, limits(199), at(99)).await.unwrap(), None);
        // At its end the window is over, and another begins.
        assert_eq!(store.count_attempt(&acme, limits(200), at(100)).await.unwrap(), None);
        assert_eq!(store.count_attempt(&acme, limits(200), at(101)).await.unwrap(), None);
        let refused = store.count_attempt(&acme, limits(202), at(102)).await.unwrap();
        assert_eq!(refused, Some(at(200)));
    }

    /// Of any number of attempts at once no more than the limit are let through.
    async fn no_more_attempts_than_the_limit_get_through(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        let racing: Vec<_> = (0..12)
            .map(|_| {
                let (store, acme) = (Arc::clone(&store), acme.clone());
                let limits = vec![limit("account", 5, 100), limit("address", 50, 100)];
                tokio::spawn(async move { store.count_attempt(&acme, limits, at(0)).await.unwrap() })
            })
            .collect();
        let mut through = 0;
        for task in racing {
            through += usize::from(task.await.unwrap().is_none());
        }
        assert_eq!(through, 5);
    }

    /// An attempt that turned out well is taken back, alone or with all before it, also by the session that it led to.
    async fn attempts_are_forgiven(store: Store) {
        let acme = make_tenant(&*store, "acme").await;
        signed_up(&*store, &acme, "a@example.com", 1, 1).await;
        let owner = store.account_by_name(&acme, "a@example.com").await.unwrap().unwrap().user;
        let count = async || {
            let limits = vec![limit("account", 2, 100), limit("address", 2, 100)];
            store.count_attempt(&acme, limits, at(0)).await.unwrap().is_none()
        };
        assert!(count().await && count().await && !count().await);
        let forgiven = vec![Forgiven::All("account".to_owned()), Forgiven::One("address".to_owned())];
        let mut session = new_session(&owner, 2, 2);
        session.forgiven = forgiven.clone();
        assert!(store.open_session(session, None).await.unwrap());
        assert!(count().await && !count().await);
        store.forgive_attempts(&acme, forgiven.clone()).await.unwrap();
        store.forgive_attempts(&acme, forgiven).await.unwrap();
        assert!(count().await && count().await && !count().await);
        assert_eq!(store.sweep_attempts(at(99), 10).await.unwrap(), 0);
        assert_eq!(store.sweep_attempts(at(100), 1).await.unwrap(), 1);
    }

    /// What was acknowledged is there after reopening.
    async fn accounts_survive_reopening(backend: Backend) {
        let store = backend.store();
        let acme = make_tenant(&*store, "acme").await;
        signed_up(&*store, &acme, "a@example.com", 1, 1).await;
        drop(store);
        backend.reopen().await;
        let store = backend.store();
        let outcome = store.refresh_session(&acme, refresh(1, None, 5)).await.unwrap();
        assert!(matches!(outcome, RefreshOutcome::Refreshed(_)));
    }
}
