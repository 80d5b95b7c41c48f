//! What a company's directory asks of a large tenant: `cargo run --release -p passkeyd-storage --example directory_load --
//! URL [USERS]`. Fills a tenant and lists it by the filters that directories use. Use a database that may be thrown away.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for people"
)]

use std::{sync::Arc, time::Instant};

use passkeyd_domain::{
    Address, AddressKind, GroupId, Identifier, IdentifierKind, Person, Profile, TenantId, UserKey,
    directory::{Condition, EmailTest, MembershipTest, PersonTest, TextTest},
    ports::{
        Directory as _, GroupOutcome, People as _, PersonOutcome, Tenants as _, Users as _, Window,
    },
};
use passkeyd_storage::{Database, Options, open};
use passkeyd_storage_contract::samples::{at, group, tenant, tenant_id, user, user_id};

/// So many are made at once.
const WRITERS: u32 = 64;
/// So often each list is read.
const RUNS: usize = 20;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| {
        let path = std::env::temp_dir().join(format!("directory_load_{}.db", std::process::id()));
        format!("sqlite://{}", path.display())
    });
    let users: u32 = arguments
        .next()
        .map_or(100_000, |text| text.parse().unwrap());
    let store = Arc::new(open(&url, &Options::default()).await.unwrap());
    let id = tenant_id("directory");
    delete(&store, &id).await;
    store
        .create_tenant(tenant(id.as_str()), Vec::new(), None)
        .await
        .unwrap();
    let began = Instant::now();
    fill(&store, &id, users).await;
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{users} users after {seconds:.1} s, {:.0}/s",
        f64::from(users) / seconds
    );
    let team = group_of_every_hundredth(&store, &id, users).await;

    println!("filter                                       found   p50 ms   max ms");
    let half = users / 2;
    let last = Window {
        skip: u64::from(users).saturating_sub(100),
        take: 100,
    };
    for (name, condition, window) in [
        ("none", Condition::Constant(true), FIRST),
        ("none, the last page", Condition::Constant(true), last),
        (
            "userName eq",
            PersonTest::UserName(TextTest::Is(format!("user{half}@example.com"))).into_condition(),
            FIRST,
        ),
        (
            "userName sw (few)",
            PersonTest::UserName(TextTest::StartsWith(format!("user{}", half / 10)))
                .into_condition(),
            FIRST,
        ),
        (
            "userName co",
            PersonTest::UserName(TextTest::Contains("777".to_owned())).into_condition(),
            FIRST,
        ),
        (
            "externalId eq",
            PersonTest::ExternalId(TextTest::Is(format!("ext-{half}"))).into_condition(),
            FIRST,
        ),
        (
            "emails.value eq",
            email(EmailTest::Value(TextTest::Is(format!(
                "home{half}@example.org"
            )))),
            FIRST,
        ),
        (
            "displayName sw (few)",
            PersonTest::DisplayName(TextTest::StartsWith("Ada Family12".to_owned()))
                .into_condition(),
            FIRST,
        ),
        (
            "displayName co",
            PersonTest::DisplayName(TextTest::Contains("family12".to_owned())).into_condition(),
            FIRST,
        ),
        (
            "active eq true",
            PersonTest::Active(true).into_condition(),
            FIRST,
        ),
        (
            "active eq false",
            PersonTest::Active(false).into_condition(),
            FIRST,
        ),
        (
            "groups.value eq",
            PersonTest::Group(Condition::Test(MembershipTest::Id(team))).into_condition(),
            FIRST,
        ),
    ] {
        let mut times = Vec::new();
        let mut total = 0;
        for _ in 0..RUNS {
            let began = Instant::now();
            let found = store
                .find_people(&id, condition.clone(), window)
                .await
                .unwrap();
            times.push(began.elapsed().as_secs_f64() * 1e3);
            total = found.total;
        }
        times.sort_by(f64::total_cmp);
        println!(
            "{name:42} {total:7} {:8.2} {:8.2}",
            times[RUNS / 2],
            times[RUNS - 1]
        );
    }
    let began = Instant::now();
    delete(&store, &id).await;
    println!("the tenant deleted after {:?}", began.elapsed());
}

const FIRST: Window = Window { skip: 0, take: 100 };

trait IntoCondition: Sized {
    fn into_condition(self) -> Condition<Self> {
        Condition::Test(self)
    }
}

impl IntoCondition for PersonTest {}

fn email(test: EmailTest) -> Condition<PersonTest> {
    PersonTest::Email(Condition::Test(test)).into_condition()
}

async fn fill(store: &Arc<Database>, id: &TenantId, users: u32) {
    let writers = (0..WRITERS).map(|writer| {
        let (store, id) = (Arc::clone(store), id.clone());
        tokio::spawn(async move {
            let mut number = writer;
            while number < users {
                let outcome = store.create_person(person(&id, number), None).await;
                assert_eq!(outcome.unwrap(), PersonOutcome::Written);
                number += WRITERS;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

/// A person with two addresses; one of fifty is not active.
fn person(id: &TenantId, number: u32) -> Person {
    let given = ["Ada", "Bob", "Eve", "Jörg", "Maja"][number as usize % 5];
    let family = format!("Family{}", number % 5000);
    let address = |value: String, is_primary: bool| Address {
        kind: AddressKind::Email,
        value,
        label: Some(if is_primary { "work" } else { "home" }.to_owned()),
        is_primary,
        verified_at: Some(at(0)),
        consent: false,
    };
    let mut user = user(id, &format!("id-{number}"));
    user.active = !number.is_multiple_of(50);
    user.created_at = at(i64::from(number));
    let name = format!("user{number}@example.com");
    Person {
        identifiers: vec![Identifier {
            kind: IdentifierKind::Email,
            value: name.clone(),
            source: Identifier::SCIM.to_owned(),
            verified_at: Some(at(0)),
        }],
        addresses: vec![
            address(name, true),
            address(format!("home{number}@example.org"), false),
        ],
        profile: Profile {
            display_name: Some(format!("{given} {family}")),
            given_name: Some(given.to_owned()),
            family_name: Some(family),
            formatted_name: None,
            external_id: Some(format!("ext-{number}")),
        },
        ..Person::new(user)
    }
}

async fn group_of_every_hundredth(store: &Database, id: &TenantId, users: u32) -> GroupId {
    let mut members: Vec<UserKey> = Vec::new();
    for number in (0..users).step_by(100) {
        let name = user_id(&format!("id-{number}"));
        members.push(store.user(id, &name).await.unwrap().unwrap().key);
    }
    let team = group(id, "Team");
    let made = store.create_group(team.clone(), members).await.unwrap();
    assert_eq!(made, GroupOutcome::Written);
    team.id
}

async fn delete(store: &Database, id: &TenantId) {
    store.delete_tenant(id).await.unwrap();
    while !store.clear_deleted_tenant(id, 250).await.unwrap() {}
}
