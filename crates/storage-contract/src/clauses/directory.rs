//! What a company's directory asks for: lists by condition, and groups.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use std::sync::Arc;

use passkeyd_domain::{
    Group, GroupId, Person, TenantId, UserHandle, UserKey,
    directory::{
        Condition, EmailTest, GroupTest, MemberTest, MembershipTest, PersonTest, TextTest, TimeTest,
    },
    ports::{DeleteOutcome, GroupOutcome, Store, Window},
};

use crate::{
    running::{clauses, count, race},
    samples::{at, group, make_tenant, new_account, person, registration, user, user_id},
};

const ALL: Window = Window { skip: 0, take: 99 };

fn text(text: &str) -> String {
    text.to_owned()
}

fn is(value: &str) -> TextTest {
    TextTest::Is(text(value))
}

/// Ada, Bob and Eve with everything, Dan with an identifier and a name, and an app's user of whom nothing is known.
async fn people(store: &dyn Store, tenant: &str) -> TenantId {
    let id = make_tenant(store, tenant).await;
    for (place, name) in (1..).zip(["ada", "bob", "eve"]) {
        let mut person = person(&id, name);
        person.user.created_at = at(place * 1000);
        person.profile.external_id = Some(format!("X-{name}"));
        store.create_person(person, None).await.unwrap();
    }
    let dan = new_account(&id, "Dan@Example.com", tenant.len().try_into().unwrap(), 1);
    store.sign_up(dan).await.unwrap();
    let app_user = user(&id, "App 100%_user");
    store
        .register_credential(registration(&app_user, tenant.as_bytes(), 1))
        .await
        .unwrap();
    id
}

async fn all(store: &dyn Store, tenant: &TenantId) -> Vec<Person> {
    let everybody = Condition::Constant(true);
    let found = store.find_people(tenant, everybody, ALL).await.unwrap();
    found.items
}

async fn names(store: &dyn Store, id: &TenantId, condition: Condition<PersonTest>) -> Vec<String> {
    let found = store.find_people(id, condition.clone(), ALL).await.unwrap();
    let names: Vec<_> = found
        .items
        .iter()
        .map(|person| person.username().to_lowercase().replace("@example.com", ""))
        .collect();
    let total = usize::try_from(found.total).unwrap();
    assert_eq!(total, names.len(), "{condition:?}");
    names
}

async fn key_of(store: &dyn Store, id: &TenantId, name: &str) -> UserKey {
    store.user(id, &user_id(name)).await.unwrap().unwrap().key
}

async fn read(store: &dyn Store, group: &Group) -> Option<Group> {
    store.group(&group.tenant, group.id).await.unwrap()
}

async fn members(store: &dyn Store, group: &Group) -> Vec<String> {
    let members = store.members(&group.tenant, vec![group.id]).await.unwrap();
    let mut names: Vec<_> = members.into_iter().map(|member| member.display).collect();
    names.sort();
    names
}

clauses! { $ directory_clauses directory;
    /// Each question finds those for whom the answer is yes, and its opposite all others, also those without a value.
    async fn people_are_found_by_condition(store: Store) {
        let id = people(&*store, "acme").await;
        people(&*store, "other").await;
        let handle = UserHandle::new(*b"bob").unwrap();
        let email = |test| PersonTest::Email(Condition::Test(test));
        let everybody = names(&*store, &id, Condition::Constant(true)).await;
        assert_eq!(everybody.len(), 5);
        for (test, expected) in [
            (PersonTest::Handle(handle), vec!["bob"]),
            (PersonTest::UserName(is("BOB@example.com")), vec!["bob"]),
            (PersonTest::UserName(TextTest::StartsWith(text("D"))), vec!["dan"]),
            (PersonTest::UserName(TextTest::Contains(text("@EXAMPLE"))), vec!["dan", "ada", "bob", "eve"]),
            (PersonTest::UserName(TextTest::EndsWith(text(".com"))), vec!["dan", "ada", "bob", "eve"]),
            // Without an identifier the app's name stands for the user, exactly.
            (PersonTest::UserName(is("App 100%_user")), vec!["app 100%_user"]),
            (PersonTest::UserName(is("app 100%_user")), vec![]),
            (PersonTest::UserName(TextTest::StartsWith(text("App 100%"))), vec!["app 100%_user"]),
            (PersonTest::UserName(TextTest::Contains(text("%_"))), vec!["app 100%_user"]),
            (PersonTest::UserName(TextTest::Contains(text("__"))), vec![]),
            // An identifier that is not the primary one, and the app's name of somebody who has one, are no user names.
            (PersonTest::UserName(is("bob")), vec![]),
            (PersonTest::ExternalId(is("X-eve")), vec!["eve"]),
            (PersonTest::ExternalId(is("x-eve")), vec![]),
            (PersonTest::ExternalId(TextTest::Present), vec!["ada", "bob", "eve"]),
            (PersonTest::Active(true), vec!["dan", "app 100%_user", "ada", "bob", "eve"]),
            (PersonTest::Active(false), vec![]),
            (PersonTest::Created(TimeTest::From(at(2000))), vec!["bob", "eve"]),
            (PersonTest::Created(TimeTest::Before(at(2000))), vec!["dan", "app 100%_user", "ada"]),
            (email(EmailTest::Value(TextTest::EndsWith(text("")))), vec!["ada", "bob", "eve"]),
            (email(EmailTest::Value(TextTest::Contains(text("no such")))), vec![]),
        ] {
            let mut found = names(&*store, &id, Condition::Test(test.clone())).await;
            let mut expected: Vec<_> = expected.into_iter().map(str::to_owned).collect();
            let opposite = names(&*store, &id, Condition::Test(test.clone()).negated()).await;
            let mut others: Vec<_> = everybody.iter().filter(|name| !expected.contains(name)).cloned().collect();
            others.sort();
            let mut sorted = opposite.clone();
            sorted.sort();
            assert_eq!(sorted, others, "not {test:?}");
            found.sort();
            expected.sort();
            assert_eq!(found, expected, "{test:?}");
        }
    }

    /// Conditions are joined as logic has it, in one address, and over several.
    async fn conditions_are_joined(store: Store) {
        let id = people(&*store, "acme").await;
        let user_name = |name: &str| Condition::Test(PersonTest::UserName(TextTest::StartsWith(text(name))));
        let all_of = Condition::All(vec![user_name(""), Condition::Any(vec![user_name("a"), user_name("b")]), user_name("b").negated()]);
        assert_eq!(names(&*store, &id, all_of).await, ["ada"]);
        assert_eq!(names(&*store, &id, Condition::All(Vec::new())).await.len(), 5);
        assert_eq!(names(&*store, &id, Condition::Any(Vec::new())).await.len(), 0);
        let ada = all(&*store, &id).await.into_iter().find(|person| person.username().starts_with("Ada")).unwrap();
        let mut other = ada.clone();
        let at_home = passkeyd_domain::Address { value: text("home@x.se"), label: Some(text("home")), is_primary: false, ..ada.addresses[0].clone() };
        other.addresses.push(at_home);
        store.replace_person(other, None).await.unwrap();
        let same = |value: &str, label: &str| Condition::Test(PersonTest::Email(Condition::All(vec![
            Condition::Test(EmailTest::Value(is(value))), Condition::Test(EmailTest::Label(is(label)))])));
        assert_eq!(names(&*store, &id, same("HOME@x.se", "home")).await, ["ada"]);
        assert_eq!(names(&*store, &id, same("home@x.se", "work")).await, [""; 0]);
    }

    /// What is in no alphabet, and what patterns are made of, is found as it is.
    async fn text_is_found_as_it_is(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        let displayed = ["a%b", "a_b", "a\\b", "a'b", "a\u{10ffff}", "a\u{10ffff}z", "Åsa", "ångström", "日本", "日本語", "a?b", "a\"b"];
        for (place, name) in displayed.iter().enumerate() {
            let mut one = person(&id, &format!("p{place}"));
            one.profile.display_name = Some(text(name));
            store.create_person(one, None).await.unwrap();
        }
        let folded = passkeyd_domain::text::folded;
        for part in ["a%", "_", "\\", "'", "\u{10ffff}", "å", "Å", "本", "日本語", "?", "\"", "b", "%%", ""] {
            for question in [TextTest::Is, TextTest::Contains, TextTest::StartsWith, TextTest::EndsWith, TextTest::After, TextTest::From, TextTest::Before, TextTest::UpTo] {
                let test = question(text(part));
                let found = store.find_people(&id, Condition::Test(PersonTest::DisplayName(test.clone())), ALL).await.unwrap();
                let mut found: Vec<_> = found.items.into_iter().filter_map(|person| person.profile.display_name).collect();
                found.sort();
                let mut expected: Vec<_> = displayed.iter().copied().filter(|name| test.map(folded).holds(&folded(name))).map(text).collect();
                expected.sort();
                assert_eq!(found, expected, "{test:?}");
            }
        }
    }

    /// Windows fit together, in the order in which people were made; the total is that of all.
    async fn windows_fit_together(store: Store) {
        let id = make_tenant(&*store, "acme").await;
        for number in 0..7 {
            let mut one = person(&id, &format!("p{number}"));
            one.user.created_at = at([5, 1, 3, 3, 3, 2, 4][number]);
            store.create_person(one, None).await.unwrap();
        }
        let whole: Vec<_> = all(&*store, &id).await.into_iter().map(|person| (person.user.created_at, person.user.key)).collect();
        assert!(whole.is_sorted());
        let mut seen = Vec::new();
        for skip in (0..8).step_by(3) {
            let found = store.find_people(&id, Condition::Constant(true), Window { skip, take: 3 }).await.unwrap();
            assert_eq!(found.total, 7);
            seen.extend(found.items.into_iter().map(|person| (person.user.created_at, person.user.key)));
        }
        assert_eq!(seen, whole);
        for window in [Window { skip: 0, take: 0 }, Window { skip: 7, take: 3 }, Window { skip: u64::MAX, take: 3 }] {
            let found = store.find_people(&id, Condition::Constant(true), window).await.unwrap();
            assert_eq!((found.total, found.items.len()), (7, 0));
        }
    }

    /// A group is read as it was made, with the names of its members; nothing of it is seen from another tenant.
    async fn a_group_is_read_as_it_was_made(store: Store) {
        let id = people(&*store, "acme").await;
        let other = make_tenant(&*store, "other").await;
        let guides = group(&id, "Guides");
        let (ada, dan, app) = (key_of(&*store, &id, "ada").await, store.account_by_name(&id, "dan@example.com").await.unwrap().unwrap().user.key, key_of(&*store, &id, "App 100%_user").await);
        let created = store.create_group(guides.clone(), vec![ada, dan, app, ada]).await.unwrap();
        assert_eq!(created, GroupOutcome::Written);
        assert_eq!(read(&*store, &guides).await, Some(guides.clone()));
        let dan_name = store.account_by_name(&id, "dan@example.com").await.unwrap().unwrap().name.unwrap();
        let ada_name = person(&id, "ada").profile.display_name.unwrap();
        let mut expected = vec![ada_name, dan_name, text("App 100%_user")];
        expected.sort();
        assert_eq!(members(&*store, &guides).await, expected);
        let of_ada = store.memberships(&id, vec![ada, dan]).await.unwrap();
        assert_eq!(of_ada.len(), 2);
        assert!(of_ada.iter().all(|membership| membership.group == guides.id && membership.display_name == "Guides"));

        assert_eq!(store.group(&other, guides.id).await.unwrap(), None);
        assert_eq!(store.members(&other, vec![guides.id]).await.unwrap(), []);
        assert_eq!(store.memberships(&other, vec![ada]).await.unwrap(), []);
        assert_eq!(store.find_groups(&other, Condition::Constant(true), ALL).await.unwrap().total, 0);
        assert_eq!(store.delete_group(&other, guides.id, None).await.unwrap(), DeleteOutcome::Unknown);
        let stranger = Group { tenant: other.clone(), ..guides.clone() };
        assert_eq!(store.replace_group(stranger, vec![], vec![]).await.unwrap(), GroupOutcome::Gone);
        let of_another = group(&other, "strangers");
        assert_eq!(store.create_group(of_another.clone(), vec![ada]).await.unwrap(), GroupOutcome::UnknownMember);
        assert_eq!(read(&*store, &of_another).await, None);
        let handles = vec![UserHandle::new(*b"ada").unwrap(), UserHandle::new(*b"nobody").unwrap()];
        assert_eq!(store.users_by_handle(&id, handles.clone()).await.unwrap(), [(handles[0].clone(), ada)]);
        assert_eq!(store.users_by_handle(&other, handles).await.unwrap(), []);
    }

    /// Groups are found by condition, and people by their groups.
    async fn groups_are_found_by_condition(store: Store) {
        let id = people(&*store, "acme").await;
        let ada = key_of(&*store, &id, "ada").await;
        let (guides, staff) = (group(&id, "Guides"), Group { created_at: at(9), external_id: None, ..group(&id, "Staff") });
        store.create_group(staff.clone(), vec![]).await.unwrap();
        store.create_group(guides.clone(), vec![ada]).await.unwrap();
        let member = |test| GroupTest::Member(Condition::Test(test));
        for (condition, expected) in [
            (Condition::Constant(true), vec![&guides, &staff]),
            (Condition::Test(GroupTest::Id(staff.id)), vec![&staff]),
            (Condition::Test(GroupTest::DisplayName(is("gUIDES"))), vec![&guides]),
            (Condition::Test(GroupTest::ExternalId(TextTest::Present)), vec![&guides]),
            (Condition::Test(GroupTest::ExternalId(is("x-guides"))).negated(), vec![&guides, &staff]),
            (Condition::Test(GroupTest::Created(TimeTest::From(at(9)))), vec![&staff]),
            (Condition::Test(GroupTest::Updated(TimeTest::Before(at(3)))), vec![&guides, &staff]),
            (Condition::Test(GroupTest::Version(2)), vec![]),
            (Condition::Test(member(MemberTest::Handle(UserHandle::new(*b"ada").unwrap()))), vec![&guides]),
            (Condition::Test(member(MemberTest::Handle(UserHandle::new(*b"bob").unwrap()))).negated(), vec![&guides, &staff]),
            (Condition::Test(member(MemberTest::Display(TextTest::Present))), vec![&guides]),
        ] {
            let found = store.find_groups(&id, condition.clone(), ALL).await.unwrap();
            assert_eq!(found.items.iter().collect::<Vec<_>>(), expected, "{condition:?}");
        }
        let page = store.find_groups(&id, Condition::Constant(true), Window { skip: 1, take: 1 }).await.unwrap();
        assert_eq!((page.total, page.items), (2, vec![staff]));
        let of = |test| Condition::Test(PersonTest::Group(Condition::Test(test)));
        assert_eq!(names(&*store, &id, of(MembershipTest::Id(guides.id))).await, ["ada"]);
        assert_eq!(names(&*store, &id, of(MembershipTest::DisplayName(is("GUIDES")))).await, ["ada"]);
        assert_eq!(names(&*store, &id, of(MembershipTest::Id(GroupId(uuid::Uuid::nil())))).await, [""; 0]);
        assert_eq!(names(&*store, &id, of(MembershipTest::Id(guides.id)).negated()).await.len(), 4);
    }

    /// A group is replaced if it is still what was read; members come and go with it.
    async fn a_group_is_replaced_as_it_was_read(store: Store) {
        let id = people(&*store, "acme").await;
        let (ada, bob, eve) = (key_of(&*store, &id, "ada").await, key_of(&*store, &id, "bob").await, key_of(&*store, &id, "eve").await);
        let guides = group(&id, "Guides");
        store.create_group(guides.clone(), vec![ada, bob]).await.unwrap();
        let mut changed = Group { display_name: text("Leaders"), external_id: None, updated_at: at(50), ..guides.clone() };
        let outcome = store.replace_group(changed.clone(), vec![eve, bob], vec![ada]).await.unwrap();
        assert_eq!(outcome, GroupOutcome::Written);
        changed.version = 2;
        assert_eq!(read(&*store, &guides).await, Some(changed.clone()));
        assert_eq!(members(&*store, &guides).await.len(), 2);
        assert_eq!(store.memberships(&id, vec![ada]).await.unwrap(), []);
        let late = store.replace_group(guides.clone(), vec![ada], vec![]).await.unwrap();
        assert_eq!(late, GroupOutcome::Changed);
        let stranger = UserKey(uuid::Uuid::from_u128(77));
        let unknown = store.replace_group(changed.clone(), vec![ada, stranger], vec![]).await.unwrap();
        assert_eq!(unknown, GroupOutcome::UnknownMember);
        assert_eq!(store.memberships(&id, vec![ada]).await.unwrap(), []);
        assert_eq!(read(&*store, &guides).await, Some(changed));
        assert_eq!(store.delete_group(&id, guides.id, Some(1)).await.unwrap(), DeleteOutcome::Changed);
        assert_eq!(store.delete_group(&id, guides.id, Some(2)).await.unwrap(), DeleteOutcome::Deleted);
        assert_eq!(store.delete_group(&id, guides.id, None).await.unwrap(), DeleteOutcome::Unknown);
        assert_eq!(store.memberships(&id, vec![bob, eve]).await.unwrap(), []);
        let gone = store.replace_group(guides, vec![], vec![]).await.unwrap();
        assert_eq!(gone, GroupOutcome::Gone);
    }

    /// Of those who change one group at once, one wins.
    async fn one_change_of_a_group_wins(store: Store) {
        let id = people(&*store, "acme").await;
        let guides = group(&id, "Guides");
        store.create_group(guides.clone(), vec![]).await.unwrap();
        let racers = (0..6).map(|number| {
            let (store, guides) = (Arc::clone(&store), guides.clone());
            async move {
                let changed = Group { display_name: format!("by {number}"), ..guides };
                store.replace_group(changed, vec![], vec![]).await.unwrap()
            }
        });
        let outcomes = race(racers).await;
        assert_eq!(count(&outcomes, &GroupOutcome::Written), 1, "{outcomes:?}");
        assert_eq!(count(&outcomes, &GroupOutcome::Changed), 5, "{outcomes:?}");
        assert_eq!(read(&*store, &guides).await.unwrap().version, 2);
    }

    /// A user that is deleted leaves its groups, which notice; with a version it is deleted only as it was read.
    async fn a_deleted_user_leaves_its_groups(store: Store) {
        let id = people(&*store, "acme").await;
        let (ada, bob) = (key_of(&*store, &id, "ada").await, key_of(&*store, &id, "bob").await);
        let guides = group(&id, "Guides");
        store.create_group(guides.clone(), vec![ada, bob]).await.unwrap();
        let delete = |name: &'static str, version| {
            let (store, id) = (Arc::clone(&store), id.clone());
            async move { store.delete_person(&id, &user_id(name), version, at(70), None).await.unwrap() }
        };
        assert_eq!(delete("ada", Some(2)).await, DeleteOutcome::Changed);
        assert_eq!(read(&*store, &guides).await.unwrap().version, 1);
        assert_eq!(delete("ada", Some(1)).await, DeleteOutcome::Deleted);
        let left = read(&*store, &guides).await.unwrap();
        assert_eq!((left.version, left.updated_at), (2, at(70)));
        assert_eq!(members(&*store, &guides).await.len(), 1);
        assert_eq!(delete("ada", None).await, DeleteOutcome::Unknown);
        assert!(store.delete_user(&id, &user_id("bob"), None).await.unwrap());
        assert_eq!(read(&*store, &guides).await.unwrap().version, 3);
        assert_eq!(members(&*store, &guides).await.len(), 0);
        assert_eq!(names(&*store, &id, Condition::Test(PersonTest::UserName(is("bob@example.com")))).await, [""; 0]);
        assert_eq!(delete("eve", None).await, DeleteOutcome::Deleted);
        assert_eq!(read(&*store, &guides).await.unwrap().version, 3);
    }
}
