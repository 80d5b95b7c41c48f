//! Whatever is asked of a database, in whatever order, it answers as the store in memory does.

mod people;

use std::sync::atomic::{AtomicU32, Ordering};

use passkeyd_domain::{
    AuthConfig, KeyId, Purpose, TenantId, Timestamp,
    ports::{
        CredentialFilter, EventFilter, LinkQuota, NewCredential, SignInRecord, Store, StoreError,
        Tenants as _, UserLookup,
    },
};
use passkeyd_storage::{Database, Options, open};
use passkeyd_storage_contract::{
    MemoryStore,
    samples::{
        alias, api_key, at, auth_config, consumption, credential_id, event, registration, ring_key,
        sent_link, sign_in, tenant, tenant_id, user, user_id, uuid,
    },
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{TestRng, TestRunner},
};

use crate::postgres::Schema;

/// Something to do; the numbers name one of a few tenants, users, ….
#[derive(Clone, Debug)]
enum Step {
    CreateTenant(u8),
    DeleteTenant(u8),
    Freeze(u8, i64),
    Unfreeze(u8),
    Settings(u8, bool),
    AddKey(u8, u8, bool),
    LockKey(u8, u8, Option<i64>),
    DeleteKey(u8, u8),
    InstallRingKey(u8, u8, i64, Option<i64>, Option<i64>),
    AddConfig(u8, u8),
    EditConfig(u8, u8, bool),
    DeleteConfig(u8, u8),
    Register(u8, u8, u8, u8, Option<Vec<u8>>),
    SignIn(u8, u8, u8, u32, i64, Option<u8>),
    DeleteCredential(u8, u8),
    Rename(u8, u8),
    DeleteUser(u8, u8),
    Aliases(u8, u8, Vec<u8>),
    Consume(u8, u8, i64),
    KeepState(u8, u8, i64),
    Sweep(i64),
    Link(u8, u8, i64, Option<u64>),
    ForgetLink(u8, u8),
    List(u8, Vec<u8>, bool),
    Delist(u8, Vec<u8>),
    Report(u8, i64),
    DeleteEvents(u8, i64),
    Deliver(i64, u32),
    People(u8, people::Step),
}

fn step() -> impl Strategy<Value = Step> {
    use Step as S;
    let t = || 0..3u8;
    let few = || 0..4u8;
    let time = || select(vec![0i64, 10, 30, 31, 999, 5000, 6000, 9000]);
    let maybe = || proptest::option::of(time());
    let some = || vec(0..4u8, 0..3);
    prop_oneof![
        4 => t().prop_map(S::CreateTenant),
        1 => t().prop_map(S::DeleteTenant),
        1 => (t(), time()).prop_map(|(t, at)| S::Freeze(t, at)),
        1 => t().prop_map(S::Unfreeze),
        1 => (t(), any::<bool>()).prop_map(|(t, x)| S::Settings(t, x)),
        2 => (t(), few(), any::<bool>()).prop_map(|(t, k, l)| S::AddKey(t, k, l)),
        1 => (t(), few(), maybe()).prop_map(|(t, k, at)| S::LockKey(t, k, at)),
        1 => (t(), few()).prop_map(|(t, k)| S::DeleteKey(t, k)),
        2 => (t(), few(), time(), maybe(), maybe()).prop_map(|(t, k, a, u, r)| S::InstallRingKey(t, k, a, u, r)),
        2 => (t(), few()).prop_map(|(t, c)| S::AddConfig(t, c)),
        2 => (t(), few(), any::<bool>()).prop_map(|(t, c, i)| S::EditConfig(t, c, i)),
        1 => (t(), few()).prop_map(|(t, c)| S::DeleteConfig(t, c)),
        6 => (t(), few(), few(), 0..12u8, proptest::option::of(some())).prop_map(|(t, u, c, s, a)| S::Register(t, u, c, s, a)),
        6 => (t(), few(), 0..12u8, 0..3u32, time(), proptest::option::of(few())).prop_map(|(t, c, s, n, at, p)| S::SignIn(t, c, s, n, at, p)),
        1 => (t(), few()).prop_map(|(t, c)| S::DeleteCredential(t, c)),
        1 => (t(), few()).prop_map(|(t, c)| S::Rename(t, c)),
        1 => (t(), few()).prop_map(|(t, u)| S::DeleteUser(t, u)),
        3 => (t(), few(), some()).prop_map(|(t, u, a)| S::Aliases(t, u, a)),
        1 => (t(), 0..12u8, time()).prop_map(|(t, s, at)| S::Consume(t, s, at)),
        2 => (t(), 0..12u8, time()).prop_map(|(t, s, at)| S::KeepState(t, s, at)),
        1 => time().prop_map(S::Sweep),
        2 => (t(), few(), time(), proptest::option::of(0..3u64)).prop_map(|(t, n, at, q)| S::Link(t, n, at, q)),
        1 => (t(), few()).prop_map(|(t, n)| S::ForgetLink(t, n)),
        1 => (t(), some(), any::<bool>()).prop_map(|(t, a, x)| S::List(t, a, x)),
        1 => (t(), some()).prop_map(|(t, a)| S::Delist(t, a)),
        1 => (t(), time()).prop_map(|(t, at)| S::Report(t, at)),
        1 => (t(), time()).prop_map(|(t, at)| S::DeleteEvents(t, at)),
        1 => (time(), 0..4u32).prop_map(|(at, n)| S::Deliver(at, n)),
        25 => (t(), people::step()).prop_map(|(t, step)| S::People(t, step)),
    ]
}

/// Names of a run, so that runs on one database don't meet.
struct Names {
    run: u32,
    /// For what is made once: another number for each step, the same for both stores.
    fresh: u128,
}

impl Names {
    fn tenant(&self, number: u8) -> TenantId {
        tenant_id(&format!("t{}-{number}", self.run))
    }
}

fn told<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(StoreError::TenantGone) => "tenant gone".to_owned(),
        Err(error) => format!("an error that neither should give: {error:?}"),
    }
}

fn purpose(number: u8) -> Purpose {
    match number {
        0 => Purpose::sign_in(),
        1 => Purpose::step_up(),
        _ => Purpose::new(format!("pay{number}")).unwrap(),
    }
}

/// Takes a step and tells what the store answered.
async fn take(store: &dyn Store, names: &Names, step: &Step) -> String {
    let event = |t: &TenantId, time: i64| {
        let mut event = event(t, &format!("{step:?}"));
        event.performed_at = at(time);
        event.notify = if time % 20 == 10 {
            vec![uuid(1)]
        } else {
            Vec::new()
        };
        Some(event)
    };
    let user_of = |t: &TenantId, number: u8| user(t, &format!("user {number}"));
    let aliases = |t: &TenantId, numbers: &[u8]| {
        let mut numbers = numbers.to_vec();
        numbers.sort_unstable();
        numbers.dedup();
        let texts = numbers.iter().map(|number| alias(t, &number.to_string()));
        texts.collect::<Vec<_>>()
    };
    let uuids = |numbers: &[u8]| numbers.iter().map(|n| uuid(u128::from(*n))).collect();
    let optional = |time: &Option<i64>| time.map(at);
    match step {
        Step::CreateTenant(t) => {
            let t = names.tenant(*t);
            told(
                store
                    .create_tenant(tenant(t.as_str()), vec![api_key(&t, "0")], event(&t, 0))
                    .await,
            )
        }
        Step::DeleteTenant(t) => {
            let t = names.tenant(*t);
            let deleted = store.delete_tenant(&t).await;
            while !store.clear_deleted_tenant(&t, 3).await.unwrap() {}
            told(deleted)
        }
        Step::Freeze(t, time) => {
            let t = names.tenant(*t);
            told(
                store
                    .freeze_tenant(&t, at(*time), Some(at(*time)), event(&t, *time))
                    .await,
            )
        }
        Step::Unfreeze(t) => {
            let t = names.tenant(*t);
            told(store.unfreeze_tenant(&t, event(&t, 1)).await)
        }
        Step::Settings(t, known) => {
            let t = names.tenant(*t);
            let mut old = tenant(t.as_str()).settings;
            let mut new = old.clone();
            new.max_users = Some(3);
            if *known {
                std::mem::swap(&mut old, &mut new);
            }
            told(
                store
                    .replace_settings(&t, old, new, event(&t, 2).into_iter().collect())
                    .await,
            )
        }
        Step::AddKey(t, k, lookup) => {
            let t = names.tenant(*t);
            let mut key = api_key(&t, &k.to_string());
            key.lookup = lookup.then(|| format!("{}-{k}", names.run));
            told(store.add_api_key(key, event(&t, 3)).await)
        }
        Step::LockKey(t, k, time) => {
            let t = names.tenant(*t);
            let key = KeyId(k.to_string());
            told(
                store
                    .set_api_key_lock(&t, &key, optional(time), event(&t, 4))
                    .await,
            )
        }
        Step::DeleteKey(t, k) => {
            let t = names.tenant(*t);
            told(
                store
                    .delete_api_key(&t, &KeyId(k.to_string()), event(&t, 5))
                    .await,
            )
        }
        Step::InstallRingKey(t, k, time, unless, retire) => {
            let t = names.tenant(*t);
            // A key is made once.
            let number = u128::from(*k) << 64 | names.fresh;
            let key = ring_key(&t, number, at(*time));
            told(
                store
                    .install_ring_key(key, optional(unless), optional(retire))
                    .await,
            )
        }
        Step::AddConfig(t, c) => {
            let t = names.tenant(*t);
            let config = AuthConfig {
                purpose: purpose(*c),
                ..auth_config("x")
            };
            told(store.add_auth_config(&t, config, event(&t, 6)).await)
        }
        Step::EditConfig(t, c, insert) => {
            let t = names.tenant(*t);
            let config = AuthConfig {
                edited_on: Some(at(7)),
                ..AuthConfig::built_in(&purpose(*c))
            };
            told(
                store
                    .edit_auth_config(&t, config, *insert, event(&t, 7))
                    .await,
            )
        }
        Step::DeleteConfig(t, c) => {
            let t = names.tenant(*t);
            told(
                store
                    .delete_auth_config(&t, &purpose(*c), event(&t, 8))
                    .await,
            )
        }
        Step::Register(t, u, c, session, with) => {
            let t = names.tenant(*t);
            let new = NewCredential {
                aliases: with.as_ref().map(|numbers| aliases(&t, numbers)),
                event: event(&t, 10),
                ..registration(&user_of(&t, *u), &[*c], u128::from(*session))
            };
            told(store.register_credential(new).await)
        }
        // For a tenant that is gone a session may be consumed or not: only some backends can tell.
        Step::SignIn(t, c, session, count, time, config) => {
            let t = names.tenant(*t);
            if store.tenant(&t).await.unwrap().is_none() {
                return String::new();
            }
            let record = SignInRecord {
                expected_sign_count: *count,
                sign_count: count + 1,
                now: at(*time),
                used_config: config.map(purpose),
                event: event(&t, *time),
                ..sign_in(&[*c], u128::from(*session))
            };
            told(store.record_sign_in(&t, record).await)
        }
        Step::DeleteCredential(t, c) => {
            let t = names.tenant(*t);
            told(
                store
                    .delete_credential(&t, &credential_id(&[*c]), event(&t, 11))
                    .await,
            )
        }
        Step::Rename(t, c) => {
            let t = names.tenant(*t);
            told(
                store
                    .rename_credential(&t, &credential_id(&[*c]), Some("new".to_owned()))
                    .await,
            )
        }
        Step::DeleteUser(t, u) => {
            let t = names.tenant(*t);
            told(store.delete_user(&t, &user_of(&t, *u).user_id, None).await)
        }
        Step::Aliases(t, u, numbers) => {
            let t = names.tenant(*t);
            told(
                store
                    .replace_aliases(user_of(&t, *u), aliases(&t, numbers), event(&t, 12))
                    .await,
            )
        }
        _ => take_more(store, names, step, &uuids).await,
    }
}

async fn take_more(
    store: &dyn Store,
    names: &Names,
    step: &Step,
    uuids: &impl Fn(&[u8]) -> Vec<uuid::Uuid>,
) -> String {
    match step {
        Step::People(t, step) => people::take(store, names, &names.tenant(*t), step).await,
        Step::Consume(t, session, expires) => {
            let t = names.tenant(*t);
            if store.tenant(&t).await.unwrap().is_none() {
                return String::new();
            }
            let mut used = consumption(u128::from(*session));
            used.expires_at = at(*expires);
            told(store.consume(&t, used).await)
        }
        Step::KeepState(t, session, expires) => {
            let t = names.tenant(*t);
            if store.tenant(&t).await.unwrap().is_none() {
                return String::new();
            }
            let id = uuid(u128::from(*session));
            told(
                store
                    .keep_state(&t, id, format!("{expires}"), at(*expires))
                    .await,
            )
        }
        Step::Sweep(time) => {
            store.sweep_ceremonies(at(*time), 1000).await.unwrap();
            String::new()
        }
        Step::Link(t, number, time, quota) => {
            let t = names.tenant(*t);
            let number = u128::from(*number) << 64 | names.fresh;
            let quota = quota.map(|limit| LinkQuota {
                since: at(10),
                limit,
            });
            told(
                store
                    .reserve_link(sent_link(&t, number, at(*time)), quota)
                    .await,
            )
        }
        Step::ForgetLink(t, number) => told(
            store
                .forget_link(&names.tenant(*t), uuid(u128::from(*number)))
                .await,
        ),
        Step::List(t, numbers, allowed) if !numbers.is_empty() => told(
            store
                .list_authenticators(&names.tenant(*t), uuids(numbers), *allowed, at(40), None)
                .await,
        ),
        Step::Delist(t, numbers) => {
            let t = names.tenant(*t);
            if store.tenant(&t).await.unwrap().is_none() {
                return String::new();
            }
            told(store.delist_authenticators(&t, uuids(numbers), None).await)
        }
        Step::Report(t, time) => {
            let day = jiff::civil::date(2026, 1, 1);
            told(store.write_report(&names.tenant(*t), day, at(*time)).await)
        }
        Step::DeleteEvents(t, time) => told(
            store
                .delete_events_before(&names.tenant(*t), at(*time), 2)
                .await,
        ),
        Step::Deliver(time, limit) => {
            let taken = store
                .take_deliveries(at(*time), at(time + 100), *limit)
                .await
                .unwrap();
            let taken: Vec<_> = taken
                .into_iter()
                .map(|due| (due.webhook, due.attempts, due.event))
                .collect();
            format!("{taken:?}")
        }
        _ => String::new(),
    }
}

/// All that can be read.
async fn everything(store: &dyn Store, names: &Names) -> Vec<String> {
    let mut read = Vec::new();
    for number in 0..3 {
        let t = names.tenant(number);
        read.push(told(store.tenant_snapshot(&t).await));
        read.push(told(store.list_users(&t, None, 99).await));
        read.push(told(store.count_users_with_credentials(&t).await));
        let found = store
            .find_credentials(&t, CredentialFilter::default(), None, 99)
            .await;
        read.push(told(found));
        let events = store
            .find_events(&t, EventFilter::default(), None, 999)
            .await
            .unwrap();
        let events: Vec<_> = events.into_iter().map(|(_, event)| event).collect();
        assert_eq!(store.events(&t, 1, 999).await.unwrap().events, events);
        read.push(format!("{events:?}"));
        read.extend(people::everything(store, &t).await);
        read.push(told(store.listed_authenticators(&t).await));
        read.push(told(store.reports(&t, None, None).await));
        read.push(told(store.count_links(&t, Timestamp::UNIX_EPOCH).await));
        for number in 0..4u8 {
            let name = user_id(&format!("user {number}"));
            read.push(told(store.user(&t, &name).await));
            read.push(told(store.aliases(&t, &name).await));
            read.push(told(store.credentials_of(&t, &name).await));
            for lookup in [
                UserLookup::UserId(name),
                UserLookup::Alias(alias(&t, &number.to_string()).hash),
            ] {
                read.push(told(store.user_credentials(&t, &lookup).await));
            }
        }
        for session in 0..12 {
            read.push(told(store.is_consumed(&t, uuid(session)).await));
            read.push(told(store.state(&t, uuid(session)).await));
            read.push(told(
                store
                    .sign_in_facts(&t, uuid(session), &credential_id(&[0]))
                    .await,
            ));
        }
    }
    read
}

fn answers_as_memory_does(url: &str, cases: u32) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store: Database = runtime.block_on(open(url, &Options::default())).unwrap();
    let runs = AtomicU32::new(0);
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    };
    // The same steps each time, so that whoever sees it fail sees it again.
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    runner
        .run(&vec(step(), 1..60), |steps| {
            let run = runs.fetch_add(1, Ordering::Relaxed);
            let mut names = Names {
                run,
                fresh: u128::from(run) << 32,
            };
            let memory = MemoryStore::default();
            runtime.block_on(async {
                for step in &steps {
                    names.fresh += 1;
                    let expected = take(&memory, &names, step).await;
                    let answered = take(&store, &names, step).await;
                    prop_assert_eq!(answered, expected, "{:?}", step);
                }
                let (expected, answered) = (
                    everything(&memory, &names).await,
                    everything(&store, &names).await,
                );
                for (answered, expected) in answered.into_iter().zip(expected) {
                    prop_assert_eq!(answered, expected);
                }
                // What is left over would be due in the next run.
                for number in 0..3 {
                    let id = names.tenant(number);
                    store.delete_tenant(&id).await.unwrap();
                    while !store.clear_deleted_tenant(&id, 1000).await.unwrap() {}
                }
                Ok(())
            })
        })
        .unwrap();
}

#[test]
fn sqlite_answers_as_memory_does() {
    let folder = tempfile::tempdir().unwrap();
    answers_as_memory_does(&format!("sqlite://{}/x.db", folder.path().display()), 48);
}

#[test]
fn postgres_answers_as_memory_does() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let Some(schema) = runtime.block_on(Schema::make()) {
        answers_as_memory_does(&schema.url(), 24);
    }
}
