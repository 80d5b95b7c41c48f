//! Steps with people, their codes, devices, transactions and groups.

use passkeyd_domain::{
    AddressKind, CodePurpose, Person, TenantId, UserKey,
    directory::Condition,
    ports::{PersonLookup, SignInRecord, Store, Window},
};
use passkeyd_storage_contract::samples::{
    at, device, event, group, identifier, kept_code, sign_in, transaction, user, uuid,
};
use proptest::{collection::vec, prelude::*, sample::select};

use super::{Names, told};

/// Something to do; the numbers name one of a few users, addresses, codes, ….
#[derive(Clone, Debug)]
pub(super) enum Step {
    Create(u8, Vec<u8>),
    Name(u8, Vec<u8>, bool),
    Prove(u8, bool, u8, i64),
    AwaitProof(u8, bool, u8),
    Forget(u8, bool, u8),
    Activate(u8, bool),
    KeepCode(u8, bool, bool, u32, i64),
    Guess(u8, bool, i64),
    UseCode(u8, bool, u8),
    VoidCode(u8, bool),
    SweepCodes(i64),
    Confirm(u8, u8, u32, i64, u8),
    DeleteTransactions(i64),
    CreateGroup(u8, Vec<u8>),
    ChangeGroup(u8, Vec<u8>, Vec<u8>, bool),
    DeleteGroup(u8, Option<u64>),
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    use Step as S;
    let few = || 0..4u8;
    let some = || vec(0..4u8, 0..3);
    let time = || select(vec![0i64, 10, 30, 31, 999, 1000, 5000]);
    let yes = any::<bool>;
    prop_oneof![
        4 => (few(), some()).prop_map(|(u, n)| S::Create(u, n)),
        3 => (few(), some(), yes()).prop_map(|(u, n, stale)| S::Name(u, n, stale)),
        4 => (few(), yes(), few(), time()).prop_map(|(u, k, a, at)| S::Prove(u, k, a, at)),
        2 => (few(), yes(), few()).prop_map(|(u, k, a)| S::AwaitProof(u, k, a)),
        2 => (few(), yes(), few()).prop_map(|(u, k, a)| S::Forget(u, k, a)),
        1 => (few(), yes()).prop_map(|(u, on)| S::Activate(u, on)),
        3 => (few(), yes(), yes(), 0..3u32, time()).prop_map(|(u, p, own, g, at)| S::KeepCode(u, p, own, g, at)),
        3 => (few(), yes(), time()).prop_map(|(u, p, at)| S::Guess(u, p, at)),
        2 => (few(), yes(), few()).prop_map(|(u, p, h)| S::UseCode(u, p, h)),
        1 => (few(), yes()).prop_map(|(u, p)| S::VoidCode(u, p)),
        1 => time().prop_map(S::SweepCodes),
        4 => (few(), 20..40u8, 0..3u32, time(), few()).prop_map(|(c, s, n, at, d)| S::Confirm(c, s, n, at, d)),
        1 => time().prop_map(S::DeleteTransactions),
        2 => (few(), some()).prop_map(|(g, m)| S::CreateGroup(g, m)),
        3 => (few(), some(), some(), yes()).prop_map(|(g, a, r, stale)| S::ChangeGroup(g, a, r, stale)),
        1 => (few(), proptest::option::of(1..4u64)).prop_map(|(g, v)| S::DeleteGroup(g, v)),
    ]
}

fn key_of(t: &TenantId, number: u8) -> UserKey {
    user(t, &format!("user {number}")).key
}

fn keys(t: &TenantId, numbers: &[u8]) -> Vec<UserKey> {
    let mut keys: Vec<_> = numbers.iter().map(|number| key_of(t, *number)).collect();
    keys.sort();
    keys.dedup();
    keys
}

fn purpose(sign_in: bool) -> CodePurpose {
    if sign_in {
        CodePurpose::SignIn
    } else {
        CodePurpose::EmailVerification
    }
}

fn address(email: bool, number: u8) -> (AddressKind, String) {
    if email {
        (AddressKind::Email, format!("Mail{number}@Example.com"))
    } else {
        (AddressKind::Phone, format!("+4670000000{number}"))
    }
}

/// Reads a person, changes it, and writes it back, as long as there is one.
async fn change(
    store: &dyn Store,
    t: &TenantId,
    number: u8,
    change: impl FnOnce(&mut Person),
) -> String {
    let lookup = PersonLookup::Key(key_of(t, number));
    let Some(mut person) = store.person(t, &lookup).await.unwrap() else {
        return String::new();
    };
    change(&mut person);
    told(
        store
            .replace_person(person, Some(event(t, "changed")))
            .await,
    )
}

/// Takes a step and tells what the store answered.
pub(super) async fn take(store: &dyn Store, names: &Names, t: &TenantId, step: &Step) -> String {
    // What is left of a tenant that is gone is not the same everywhere.
    let is_there = store.tenant(t).await.unwrap().is_some();
    match step {
        Step::SweepCodes(time) => {
            store.sweep_codes(at(*time), 1000).await.unwrap();
            String::new()
        }
        Step::DeleteTransactions(time) => {
            told(store.delete_transactions_before(at(*time), 1000).await)
        }
        _ if !is_there => String::new(),
        Step::Create(number, wanted) => {
            let person = user(t, &format!("user {number}"));
            if store.user(t, &person.user_id).await.unwrap().is_some() {
                return String::new();
            }
            let mut person = Person::new(person);
            person.identifiers = named_identifiers(wanted);
            told(store.create_person(person, None).await)
        }
        Step::Name(number, wanted, stale) => {
            change(store, t, *number, |person| {
                person.identifiers = named_identifiers(wanted);
                person.version += u64::from(*stale);
                person.sort();
            })
            .await
        }
        Step::Prove(number, email, which, time) => {
            let (kind, value) = address(*email, *which);
            change(store, t, *number, |person| {
                person.prove(kind, &value, *which % 2 == 0, at(*time));
            })
            .await
        }
        Step::AwaitProof(number, email, which) => {
            let (kind, value) = address(*email, *which);
            change(store, t, *number, |person| {
                person.await_proof(kind, &value.to_uppercase(), false);
            })
            .await
        }
        Step::Forget(number, email, which) => {
            let (kind, value) = address(*email, *which);
            change(store, t, *number, |person| {
                person.forget(kind, &value.to_lowercase());
            })
            .await
        }
        Step::Activate(number, active) => {
            change(store, t, *number, |person| person.user.active = *active).await
        }
        Step::KeepCode(number, sign_in, own, guesses, time) => {
            let mut kept = kept_code(t, (*number).into(), &format!("hash {}", number % 2));
            kept.purpose = purpose(*sign_in);
            kept.user = own.then(|| key_of(t, *number));
            kept.guesses = *guesses;
            kept.expires_at = at(*time);
            told(store.keep_code(kept).await)
        }
        Step::Guess(number, sign_in, time) => {
            let subject = uuid((*number).into());
            told(
                store
                    .guess_code(t, subject, purpose(*sign_in), at(*time))
                    .await,
            )
        }
        Step::UseCode(number, sign_in, hash) => {
            let subject = uuid((*number).into());
            let hash = format!("hash {hash}");
            told(store.use_code(t, subject, purpose(*sign_in), &hash).await)
        }
        Step::VoidCode(number, sign_in) => {
            let subject = uuid((*number).into());
            told(store.void_code(t, subject, purpose(*sign_in)).await)
        }
        Step::Confirm(credential, session, count, time, on) => {
            let mut used = device(t, &format!("device {on}"), *time);
            used.details.screen_width = (*count).into();
            let mut confirmed = transaction(t, names.fresh);
            confirmed.confirmed_at = at(*time);
            let record = SignInRecord {
                expected_sign_count: *count,
                sign_count: count + 1,
                now: at(*time),
                used_device: Some(used),
                transaction: Some(confirmed),
                ..sign_in(&[*credential], u128::from(*session))
            };
            told(store.record_sign_in(t, record).await)
        }
        Step::CreateGroup(number, members) => {
            let made = group(t, &format!("group {number}"));
            if store.group(t, made.id).await.unwrap().is_some() {
                return String::new();
            }
            told(store.create_group(made, keys(t, members)).await)
        }
        Step::ChangeGroup(number, added, removed, stale) => {
            let known = group(t, &format!("group {number}"));
            let mut changed = store.group(t, known.id).await.unwrap().unwrap_or(known);
            changed.version += u64::from(*stale);
            changed.display_name = format!("Group of {}", added.len());
            let added = keys(t, added);
            let mut removed = keys(t, removed);
            removed.retain(|key| !added.contains(key));
            told(store.replace_group(changed, added, removed).await)
        }
        Step::DeleteGroup(number, version) => {
            let id = group(t, &format!("group {number}")).id;
            told(store.delete_group(t, id, *version).await)
        }
    }
}

/// Identifiers that several users may want, each once.
fn named_identifiers(numbers: &[u8]) -> Vec<passkeyd_domain::Identifier> {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    let names = numbers
        .iter()
        .map(|number| identifier(&format!("Name {number}")));
    names.collect()
}

/// All that can be read.
pub(super) async fn everything(store: &dyn Store, t: &TenantId) -> Vec<String> {
    const ALL: Window = Window { skip: 0, take: 99 };
    let mut read = Vec::new();
    let people = store.find_people(t, Condition::Constant(true), ALL).await;
    read.push(told(people));
    let groups = store.find_groups(t, Condition::Constant(true), ALL).await;
    let ids: Vec<_> = groups
        .iter()
        .flat_map(|found| found.items.iter().map(|group| group.id))
        .collect();
    read.push(told(groups));
    read.push(told(store.members(t, ids).await));
    read.push(told(store.memberships(t, keys(t, &[0, 1, 2, 3])).await));
    for number in 0..4u8 {
        let key = key_of(t, number);
        read.push(told(store.person(t, &PersonLookup::Key(key)).await));
        let name = PersonLookup::Name(format!("nAME {number}"));
        read.push(told(store.person(t, &name).await));
        for email in [true, false] {
            let (kind, value) = address(email, number);
            let waiting = store.people_with_address(t, kind, &value, 9).await;
            read.push(told(waiting));
            let subject = uuid(number.into());
            let pending = store.pending_code(t, subject, purpose(email), at(0)).await;
            read.push(told(pending));
        }
        read.push(told(store.devices_of(t, key).await));
        let id = device(t, &format!("device {number}"), 0).id;
        read.push(told(store.device(t, &id).await));
        read.push(told(store.users_of_device(t, &id).await));
    }
    read
}
