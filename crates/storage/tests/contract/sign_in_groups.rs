//! PostgreSQL: sign-ins that are recorded together fail alone.

use std::sync::Arc;

use passkeyd_domain::ports::{
    Ceremonies as _, Credentials as _, Events as _, SignInOutcome, SignInRecord, StoreError,
};
use passkeyd_storage::{Options, open};
use passkeyd_storage_contract::samples::{
    consumption, event, make_tenant, registration, sign_in, user,
};

use crate::postgres::Schema;

#[tokio::test]
async fn what_the_database_refuses_takes_no_other_sign_in_with_it() {
    let Some(schema) = Schema::make().await else {
        return;
    };
    let options = Options::default().max_connections(Some(2));
    let store = Arc::new(open(&schema.url(), &options).await.unwrap());
    let id = make_tenant(&*store, "acme").await;
    for number in 0..24u8 {
        let owner = user(&id, &format!("user {number}"));
        let new = registration(&owner, &[number], 100 + u128::from(number));
        store.register_credential(new).await.unwrap();
    }
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
