//! Filters in the words of the store.

use data_encoding::BASE64URL_NOPAD;
use passkeyd_domain::{
    GroupId, UserHandle,
    directory::{
        Condition, EmailTest, GroupTest, MemberTest, MembershipTest, PersonTest, TextTest, TimeTest,
    },
    text::folded,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    Filter, GROUP, Refused, USER, View,
    evaluate::holds,
    resolve::{Test, ValueTest, resolve},
    schema::{Attribute, Schema},
    version_of_tag,
};

/// Which people a filter means.
///
/// # Errors
/// [`super::ScimType::InvalidFilter`], also for what no database is asked, such as a part of an id.
pub(super) fn of_people(filter: &Filter, view: &View) -> Result<Condition<PersonTest>, Refused> {
    resolve(filter, &USER)?.try_map(&|test| person(test, view))
}

/// Which groups a filter means.
///
/// # Errors
/// As [`of_people`].
pub(super) fn of_groups(filter: &Filter, view: &View) -> Result<Condition<GroupTest>, Refused> {
    resolve(filter, &GROUP)?.try_map(&|test| group(test, view))
}

fn person(test: &Test, view: &View) -> Result<Condition<PersonTest>, Refused> {
    match test {
        Test::Value {
            attribute,
            parent: None,
            test,
        } => match (attribute.name, test) {
            ("id", test) => by_id(attribute, test, |id| handle(id).map(PersonTest::Handle)),
            ("active", ValueTest::Flag(active)) => Ok(Condition::Test(PersonTest::Active(*active))),
            ("active", _) => Ok(Condition::Constant(true)),
            ("externalId", test) => text(attribute, test, PersonTest::ExternalId),
            ("userName", test) => text(attribute, test, PersonTest::UserName),
            ("displayName", test) => text(attribute, test, PersonTest::DisplayName),
            _ => Err(unsupported(attribute)),
        },
        Test::Value {
            attribute,
            parent: Some(_),
            test,
        } => match (attribute.name, test) {
            ("formatted", test) => text(attribute, test, PersonTest::FormattedName),
            ("givenName", test) => text(attribute, test, PersonTest::GivenName),
            ("familyName", test) => text(attribute, test, PersonTest::FamilyName),
            ("location", test) => by_location(attribute, test, &USER, view, |id| {
                handle(id).map(PersonTest::Handle)
            }),
            (_, test) => meta(attribute, test, &USER, &OF_PERSON),
        },
        Test::Some {
            attribute,
            condition,
        } => match attribute.name {
            "emails" => Ok(Condition::Test(PersonTest::Email(
                condition.try_map(&email)?,
            ))),
            "groups" => Ok(Condition::Test(PersonTest::Group(
                condition.try_map(&membership)?,
            ))),
            _ => Ok(of_schemas(test, &USER)),
        },
    }
}

fn email(test: &Test) -> Result<Condition<EmailTest>, Refused> {
    let Test::Value {
        attribute, test, ..
    } = test
    else {
        return Ok(Condition::Constant(false));
    };
    match (attribute.name, test) {
        ("value", test) => text(attribute, test, EmailTest::Value),
        // Types are stored folded.
        ("type", test) => text(attribute, test, |test| EmailTest::Label(test.map(folded))),
        ("primary", ValueTest::Flag(primary)) => Ok(Condition::Test(EmailTest::Primary(*primary))),
        ("primary", _) => Ok(Condition::Constant(true)),
        _ => Err(unsupported(attribute)),
    }
}

fn membership(test: &Test) -> Result<Condition<MembershipTest>, Refused> {
    let Test::Value {
        attribute, test, ..
    } = test
    else {
        return Ok(Condition::Constant(false));
    };
    match attribute.name {
        "value" => by_id(attribute, test, |id| group_id(id).map(MembershipTest::Id)),
        _ => text(attribute, test, MembershipTest::DisplayName),
    }
}

fn group(test: &Test, view: &View) -> Result<Condition<GroupTest>, Refused> {
    match test {
        Test::Value {
            attribute,
            parent: None,
            test,
        } => match (attribute.name, test) {
            ("id", test) => by_id(attribute, test, |id| group_id(id).map(GroupTest::Id)),
            ("externalId", test) => text(attribute, test, GroupTest::ExternalId),
            ("displayName", test) => text(attribute, test, GroupTest::DisplayName),
            _ => Err(unsupported(attribute)),
        },
        Test::Value {
            attribute,
            parent: Some(_),
            test,
        } => match attribute.name {
            "location" => by_location(attribute, test, &GROUP, view, |id| {
                group_id(id).map(GroupTest::Id)
            }),
            _ => meta(attribute, test, &GROUP, &OF_GROUP),
        },
        Test::Some {
            attribute,
            condition,
        } => match attribute.name {
            "members" => Ok(Condition::Test(GroupTest::Member(
                condition.try_map(&member)?,
            ))),
            _ => Ok(of_schemas(test, &GROUP)),
        },
    }
}

fn member(test: &Test) -> Result<Condition<MemberTest>, Refused> {
    let Test::Value {
        attribute, test, ..
    } = test
    else {
        return Ok(Condition::Constant(false));
    };
    match attribute.name {
        "value" => by_id(attribute, test, |id| handle(id).map(MemberTest::Handle)),
        _ => text(attribute, test, MemberTest::Display),
    }
}

fn text<T>(
    attribute: &Attribute,
    test: &ValueTest,
    question: impl Fn(TextTest) -> T,
) -> Result<Condition<T>, Refused> {
    match test {
        ValueTest::Text(test) => Ok(Condition::Test(question(test.clone()))),
        ValueTest::Present => Ok(Condition::Test(question(TextTest::Present))),
        _ => Err(unsupported(attribute)),
    }
}

/// Ids are stored in another form, so that only whole ones can be asked for.
fn by_id<T>(
    attribute: &Attribute,
    test: &ValueTest,
    question: impl Fn(&str) -> Option<T>,
) -> Result<Condition<T>, Refused> {
    match test {
        ValueTest::Present => Ok(Condition::Constant(true)),
        ValueTest::Text(TextTest::Is(id)) => {
            Ok(question(id).map_or(Condition::Constant(false), Condition::Test))
        }
        _ => Err(unsupported(attribute)),
    }
}

/// Resources are where their ids say, so that a whole location is a whole id.
fn by_location<T>(
    attribute: &Attribute,
    test: &ValueTest,
    schema: &Schema,
    view: &View,
    question: impl Fn(&str) -> Option<T>,
) -> Result<Condition<T>, Refused> {
    let above = format!("{}{}/", view.base, schema.endpoint);
    by_id(attribute, test, |url| {
        url.strip_prefix(&above).and_then(&question)
    })
}

/// What `meta` asks of a resource.
struct Meta<T> {
    created: fn(TimeTest) -> T,
    updated: fn(TimeTest) -> T,
    version: fn(u64) -> T,
}

const OF_PERSON: Meta<PersonTest> = Meta {
    created: PersonTest::Created,
    updated: PersonTest::Updated,
    version: PersonTest::Version,
};
const OF_GROUP: Meta<GroupTest> = Meta {
    created: GroupTest::Created,
    updated: GroupTest::Updated,
    version: GroupTest::Version,
};

/// A part of `meta`; some are known without looking at the resource.
fn meta<T>(
    attribute: &Attribute,
    test: &ValueTest,
    schema: &Schema,
    of: &Meta<T>,
) -> Result<Condition<T>, Refused> {
    match (attribute.name, test) {
        ("created", ValueTest::Time(time)) => Ok(Condition::Test((of.created)(*time))),
        ("lastModified", ValueTest::Time(time)) => Ok(Condition::Test((of.updated)(*time))),
        ("version", ValueTest::Text(TextTest::Is(tag))) => Ok(version_of_tag(tag)
            .map_or(Condition::Constant(false), |version| {
                Condition::Test((of.version)(version))
            })),
        (_, ValueTest::Present) => Ok(Condition::Constant(true)),
        ("resourceType", ValueTest::Text(test)) => Ok(Condition::Constant(test.holds(schema.name))),
        _ => Err(unsupported(attribute)),
    }
}

fn of_schemas<T>(test: &Test, schema: &Schema) -> Condition<T> {
    let resource = json!({"schemas": [schema.urn]});
    Condition::Constant(
        resource
            .as_object()
            .is_some_and(|resource| holds(&Condition::Test(test.clone()), resource)),
    )
}

fn unsupported(attribute: &Attribute) -> Refused {
    Refused::filter(format!(
        "lists can't be filtered by '{}' with this operator",
        attribute.name
    ))
}

/// The handle of the user of this id.
pub(super) fn handle(id: &str) -> Option<UserHandle> {
    UserHandle::new(BASE64URL_NOPAD.decode(id.as_bytes()).ok()?).ok()
}

/// The id of a group, as it is shown.
pub(super) fn shown_group_id(id: GroupId) -> String {
    id.0.hyphenated().to_string()
}

/// The group of this id.
pub(super) fn group_id(id: &str) -> Option<GroupId> {
    let parsed = GroupId(Uuid::try_parse(id).ok()?);
    // There is one spelling.
    (shown_group_id(parsed) == id).then_some(parsed)
}
