//! PostgreSQL: sign-ins that are recorded together fail alone.

use std::{sync::Arc, task::Poll};

use passkeyd_domain::{
    TenantId,
    ports::{
        Ceremonies as _, Credentials as _, Events as _, SignInOutcome, SignInRecord, StoreError,
    },
};
use passkeyd_storage::{Database, Options, open};
use passkeyd_storage_contract::samples::{
    consumption, event, make_tenant, registration, sign_in, user,
};

use crate::postgres::{Schema, hold};

/// A tenant with so many users, each with a credential of its number.
async fn with_credentials(store: &Database, number: u8) -> TenantId {
    let id = make_tenant(store, "acme").await;
    for number in 0..number {
        let owner = user(&id, &format!("user {number}"));
        let new = registration(&owner, &[number], 100 + u128::from(number));
        store.register_credential(new).await.unwrap();
    }
    id
}

#[tokio::test]
async fn what_the_database_refuses_takes_no_other_sign_in_with_it() {
    let Some(schema) = Schema::make().await else {
        return;
    };
    let options = Options::default().max_connections(Some(2));
    let store = Arc::new(open(&schema.url(), &options).await.unwrap());
    let id = with_credentials(&store, 24).await;
    let tasks: Vec<_> = (0..24u8)
        .map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            let mut record = SignInRecord {
                event: Some(event(&id, "in")),
                ..sign_in(&[number], number.into())
            };
            if number == 7 {
                // No text of PostgreSQL.
                record.device = "\0".to_owned();
            }
            tokio::spawn(async move { store.record_sign_in(&id, record).await })
        })
        .collect();
    for (number, task) in (0..).zip(tasks) {
        let outcome = task.await.unwrap();
        if number == 7 {
            assert!(
                matches!(outcome, Err(StoreError::Refused(_))),
                "{outcome:?}"
            );
        } else {
            assert_eq!(outcome.unwrap(), SignInOutcome::Recorded, "{number}");
        }
        let consumed = store.is_consumed(&id, consumption(number).id).await;
        assert_eq!(consumed.unwrap(), number != 7);
    }
    assert_eq!(store.events(&id, 1, 99).await.unwrap().total, 23);
}

#[tokio::test]
async fn who_waits_for_a_lock_holds_up_nobody_else() {
    let Some(schema) = Schema::make().await else {
        return;
    };
    let options = Options::default().max_connections(Some(3));
    let store = Arc::new(open(&schema.url(), &options).await.unwrap());
    let id = with_credentials(&store, 8).await;
    let lock = "BEGIN; SELECT 1 FROM credentials WHERE credential_id = '\\x07' FOR UPDATE";
    let locked = hold(&schema.url(), lock).await;
    let mut tasks: Vec<_> = (0..8u8)
        .map(|number| {
            let (store, id) = (Arc::clone(&store), id.clone());
            let record = sign_in(&[number], number.into());
            tokio::spawn(async move { store.record_sign_in(&id, record).await })
        })
        .collect();
    let waits = tasks.pop().unwrap();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), SignInOutcome::Recorded);
    }
    assert!(!waits.is_finished());
    locked.batch_execute("COMMIT").await.unwrap();
    assert_eq!(waits.await.unwrap().unwrap(), SignInOutcome::Recorded);
}

#[tokio::test]
async fn what_waits_is_recorded_also_when_the_store_is_dropped() {
    let Some(schema) = Schema::make().await else {
        return;
    };
    let store = open(&schema.url(), &Options::default()).await.unwrap();
    let id = with_credentials(&store, 8).await;
    let mut waiting: Vec<_> = (0..8u8)
        .map(|number| store.record_sign_in(&id, sign_in(&[number], number.into())))
        .collect();
    std::future::poll_fn(|context| {
        for sign_in in &mut waiting {
            // Given to the recorder, and not waited for.
            drop(sign_in.as_mut().poll(context));
        }
        Poll::Ready(())
    })
    .await;
    drop(waiting);
    drop(store);
    let store = open(&schema.url(), &Options::default()).await.unwrap();
    for number in 0..8 {
        while !store
            .is_consumed(&id, consumption(number).id)
            .await
            .unwrap()
        {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_lost_connection_is_told_and_made_again() {
    let Some(schema) = Schema::make().await else {
        return;
    };
    let options = Options::default().max_connections(Some(2));
    let store = open(&schema.url(), &options).await.unwrap();
    let id = make_tenant(&store, "acme").await;
    let new = registration(&user(&id, "bob"), b"one", 1000);
    store.register_credential(new).await.unwrap();
    let attempt = async |session| {
        let one = sign_in(b"one", session);
        let stored = store.credential(&id, &one.credential_id).await.unwrap();
        let record = SignInRecord {
            expected_sign_count: stored.unwrap().credential.sign_count,
            ..one
        };
        store.record_sign_in(&id, record).await
    };
    assert_eq!(attempt(1).await.unwrap(), SignInOutcome::Recorded);
    schema.end_connections().await;
    let told = attempt(2).await;
    assert!(
        matches!(
            told,
            Ok(SignInOutcome::Recorded) | Err(StoreError::Unavailable(_))
        ),
        "{told:?}"
    );
    assert_eq!(attempt(3).await.unwrap(), SignInOutcome::Recorded);
}
