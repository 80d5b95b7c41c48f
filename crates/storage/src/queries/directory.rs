//! Lists of people and of groups by condition: a condition becomes the text of a `WHERE` with a value for each question
//! mark, and the database does the rest. Every question is put so that its answer is true or false and never `NULL`, for a
//! `NOT` to mean what it says.

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Binary},
};
use passkeyd_domain::{
    Group, Membership, Person, TenantId, UserHandle, UserKey,
    directory::{
        Condition, EmailTest, GroupTest, MemberTest, MembershipTest, PersonTest, TextTest, TimeTest,
    },
    ports::{Found, Window},
    text::folded,
};

use super::{Conn, dialect, groups, people, users::end_of_prefix};
use crate::{
    rows::{MembershipRow, Read, millis},
    schema,
    statement::{Value, composed},
};

pub(crate) fn find_people(
    conn: &mut Conn,
    tenant: &TenantId,
    condition: &Condition<PersonTest>,
    window: Window,
) -> Read<Found<Person>> {
    let mut clause = Clause::of("u", tenant, Lead::of(condition, &Lead::to_person));
    clause.condition(condition, &Clause::person);
    let (total, keys) = clause.run(conn, "users u", "u.key", "u.created_at", window)?;
    let mut found: BTreeMap<_, _> = people::by_keys(conn, &keys)?
        .into_iter()
        .map(|person| (person.user.key.0.as_bytes().to_vec(), person))
        .collect();
    let items = keys.iter().filter_map(|key| found.remove(key)).collect();
    Ok(Found { total, items })
}

pub(crate) fn find_groups(
    conn: &mut Conn,
    tenant: &TenantId,
    condition: &Condition<GroupTest>,
    window: Window,
) -> Read<Found<Group>> {
    let mut clause = Clause::of("g", tenant, Lead::of(condition, &Lead::to_group));
    clause.condition(condition, &Clause::group);
    let (total, keys) = clause.run(conn, "groups g", "g.id", "g.created_at", window)?;
    let mut found: BTreeMap<_, _> = groups::by_ids(conn, &keys)?
        .into_iter()
        .map(|group| (group.id.0.as_bytes().to_vec(), group))
        .collect();
    let items = keys.iter().filter_map(|key| found.remove(key)).collect();
    Ok(Found { total, items })
}

pub(crate) fn memberships(
    conn: &mut Conn,
    tenant: &TenantId,
    users: &[UserKey],
) -> Read<Vec<Membership>> {
    let keys: Vec<&[u8]> = users
        .iter()
        .map(|key| key.0.as_bytes().as_slice())
        .collect();
    schema::group_members::table
        .inner_join(schema::groups::table)
        .filter(schema::groups::tenant.eq(tenant.as_str()))
        .filter(schema::group_members::user_key.eq_any(keys))
        .order((
            schema::group_members::user_key,
            schema::group_members::group_id,
        ))
        .select((
            schema::group_members::user_key,
            schema::group_members::group_id,
            schema::groups::display_name,
        ))
        .load::<MembershipRow>(conn)?
        .into_iter()
        .map(MembershipRow::membership)
        .collect()
}

/// So many values stand in one list.
const AT_ONCE: usize = 500;

pub(crate) fn users_by_handle(
    conn: &mut Conn,
    tenant: &TenantId,
    handles: &[UserHandle],
) -> Read<Vec<(UserHandle, UserKey)>> {
    let mut found = Vec::new();
    for handles in handles.chunks(AT_ONCE) {
        let handles: Vec<&[u8]> = handles.iter().map(UserHandle::as_bytes).collect();
        let rows: Vec<(Vec<u8>, Vec<u8>)> = schema::users::table
            .filter(schema::users::tenant.eq(tenant.as_str()))
            .filter(schema::users::handle.eq_any(handles))
            .select((schema::users::handle, schema::users::key))
            .load(conn)?;
        for (handle, key) in rows {
            found.push(crate::rows::handle_and_key(handle, &key)?);
        }
    }
    Ok(found)
}

/// What leads to the few rows of which a condition can hold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lead {
    /// Nothing: rows are gone through in the order of the list.
    Nothing,
    /// An index of the rows' own.
    OwnIndex,
    /// Rows of another table that refer to them.
    OtherTable,
}

impl Lead {
    fn of<T>(condition: &Condition<T>, test: &impl Fn(&T) -> Self) -> Self {
        let all = |parts: &[Condition<T>]| -> Vec<Self> {
            parts.iter().map(|part| Self::of(part, test)).collect()
        };
        match condition {
            Condition::Constant(_) | Condition::Not(_) => Self::Nothing,
            Condition::All(parts) => all(parts).into_iter().max().unwrap_or(Self::Nothing),
            Condition::Any(parts) => all(parts).into_iter().min().unwrap_or(Self::Nothing),
            Condition::Test(question) => test(question),
        }
    }

    fn to_person(test: &PersonTest) -> Self {
        match test {
            PersonTest::Email(_) | PersonTest::Group(_) => Self::OtherTable,
            PersonTest::UserName(test) if is_narrow(test) => Self::OtherTable,
            PersonTest::DisplayName(test)
            | PersonTest::GivenName(test)
            | PersonTest::FamilyName(test)
            | PersonTest::ExternalId(test)
                if is_narrow(test) =>
            {
                Self::OwnIndex
            }
            PersonTest::Handle(_) => Self::OwnIndex,
            _ => Self::Nothing,
        }
    }

    fn to_group(test: &GroupTest) -> Self {
        match test {
            GroupTest::Member(_) => Self::OtherTable,
            GroupTest::DisplayName(test) | GroupTest::ExternalId(test) if is_narrow(test) => {
                Self::OwnIndex
            }
            GroupTest::Id(_) => Self::OwnIndex,
            _ => Self::Nothing,
        }
    }
}

fn is_narrow(test: &TextTest) -> bool {
    match test {
        TextTest::Is(_) => true,
        TextTest::StartsWith(prefix) => !prefix.is_empty(),
        _ => false,
    }
}

/// A condition in the database's words, as far as it is written.
struct Clause {
    tenant: String,
    lead: Lead,
    sql: String,
    values: Vec<Value<'static>>,
}

impl Clause {
    /// Rows of the tenant.
    fn of(alias: &str, tenant: &TenantId, lead: Lead) -> Self {
        let weakly = match lead {
            Lead::OtherTable => dialect::WEAKLY,
            Lead::Nothing | Lead::OwnIndex => "",
        };
        Self {
            tenant: tenant.to_string(),
            lead,
            sql: format!("{weakly}{alias}.tenant = ? AND "),
            values: vec![tenant.to_string().into()],
        }
    }

    fn run(
        self,
        conn: &mut Conn,
        table: &str,
        key: &str,
        time: &str,
        window: Window,
    ) -> Read<(u64, Vec<Vec<u8>>)> {
        let Self {
            sql,
            mut values,
            lead,
            ..
        } = self;
        let weakly = match lead {
            Lead::Nothing => "",
            Lead::OwnIndex | Lead::OtherTable => dialect::WEAKLY,
        };
        let count = format!("SELECT count(*) FROM {table} WHERE {sql}");
        let total: i64 = composed::<BigInt>(count, values.clone()).get_result(conn)?;
        let total = u64::try_from(total).unwrap_or(0);
        if window.take == 0 || window.skip >= total {
            return Ok((total, Vec::new()));
        }
        let page = format!(
            "SELECT {key} FROM {table} WHERE {sql} ORDER BY {weakly}{time}, {key} LIMIT ? OFFSET ?"
        );
        values.push(i64::from(window.take).into());
        values.push(i64::try_from(window.skip).unwrap_or(i64::MAX).into());
        let keys = composed::<Binary>(page, values).load(conn)?;
        Ok((total, keys))
    }

    fn say(&mut self, words: &str) {
        self.sql.push_str(words);
    }

    fn with(&mut self, words: &str, value: impl Into<Value<'static>>) {
        self.say(words);
        self.values.push(value.into());
    }

    fn condition<T>(&mut self, condition: &Condition<T>, test: &impl Fn(&mut Self, &T)) {
        match condition {
            Condition::Constant(holds) => self.say(if *holds { "1 = 1" } else { "1 = 0" }),
            Condition::Not(inner) => {
                self.say("NOT (");
                self.condition(inner, test);
                self.say(")");
            }
            Condition::All(parts) => self.joined(parts, " AND ", "1 = 1", test),
            Condition::Any(parts) => self.joined(parts, " OR ", "1 = 0", test),
            Condition::Test(question) => test(self, question),
        }
    }

    fn joined<T>(
        &mut self,
        parts: &[Condition<T>],
        word: &str,
        none: &str,
        test: &impl Fn(&mut Self, &T),
    ) {
        if parts.is_empty() {
            return self.say(none);
        }
        for (place, part) in parts.iter().enumerate() {
            self.say(if place == 0 { "(" } else { word });
            self.condition(part, test);
        }
        self.say(")");
    }

    fn person(&mut self, test: &PersonTest) {
        match test {
            PersonTest::Handle(handle) => self.with("u.handle = ?", handle.as_bytes().to_vec()),
            PersonTest::UserName(test) => self.user_name(test),
            PersonTest::DisplayName(test) => self.folded("u.display_name_folded", test),
            PersonTest::GivenName(test) => self.folded("u.given_name_folded", test),
            PersonTest::FamilyName(test) => self.folded("u.family_name_folded", test),
            PersonTest::FormattedName(test) => self.folded("u.formatted_name_folded", test),
            PersonTest::ExternalId(test) => self.text("u.external_id", test),
            PersonTest::Active(active) => self.with("u.active = ?", *active),
            PersonTest::Created(test) => self.time("u.created_at", *test),
            PersonTest::Updated(test) => self.time("u.updated_at", *test),
            PersonTest::Version(version) => self.version("u.version", *version),
            PersonTest::Email(condition) => {
                self.with(
                    "u.key IN (SELECT a.user_key FROM addresses a \
                     WHERE a.tenant = ? AND a.kind = 'email' AND a.verified_at IS NOT NULL AND ",
                    self.tenant.clone(),
                );
                self.condition(condition, &Self::email);
                self.say(")");
            }
            PersonTest::Group(condition) => {
                self.with(
                    "u.key IN (SELECT m.user_key FROM group_members m JOIN groups g ON g.id = m.group_id \
                     WHERE g.tenant = ? AND ",
                    self.tenant.clone(),
                );
                self.condition(condition, &Self::membership);
                self.say(")");
            }
        }
    }

    /// Primary identifiers, and the app's names of those who have none.
    fn user_name(&mut self, test: &TextTest) {
        self.with(
            "u.key IN (SELECT i.user_key FROM identifiers i WHERE i.tenant = ? AND ",
            self.tenant.clone(),
        );
        self.with("i.is_primary = ? AND ", true);
        self.folded("i.folded", test);
        self.with(
            " UNION ALL SELECT n.key FROM users n WHERE n.tenant = ? AND ",
            self.tenant.clone(),
        );
        self.text("n.user_id", test);
        self.say(" AND NOT EXISTS (SELECT 1 FROM identifiers i WHERE i.user_key = n.key))");
    }

    fn email(&mut self, test: &EmailTest) {
        match test {
            EmailTest::Value(test) => self.folded("a.folded", test),
            EmailTest::Label(test) => self.text("a.label", test),
            EmailTest::Primary(primary) => self.with("a.is_primary = ?", *primary),
        }
    }

    fn membership(&mut self, test: &MembershipTest) {
        match test {
            MembershipTest::Id(id) => self.with("g.id = ?", id.0.as_bytes().to_vec()),
            MembershipTest::DisplayName(test) => self.folded("g.display_name_folded", test),
        }
    }

    fn group(&mut self, test: &GroupTest) {
        match test {
            GroupTest::Id(id) => self.with("g.id = ?", id.0.as_bytes().to_vec()),
            GroupTest::DisplayName(test) => self.folded("g.display_name_folded", test),
            GroupTest::ExternalId(test) => self.text("g.external_id", test),
            GroupTest::Created(test) => self.time("g.created_at", *test),
            GroupTest::Updated(test) => self.time("g.updated_at", *test),
            GroupTest::Version(version) => self.version("g.version", *version),
            GroupTest::Member(condition) => {
                self.with(
                    "g.id IN (SELECT m.group_id FROM group_members m JOIN users u ON u.key = m.user_key \
                     WHERE u.tenant = ? AND ",
                    self.tenant.clone(),
                );
                self.condition(condition, &Self::member);
                self.say(")");
            }
        }
    }

    fn member(&mut self, test: &MemberTest) {
        match test {
            MemberTest::Handle(handle) => self.with("u.handle = ?", handle.as_bytes().to_vec()),
            MemberTest::Display(test) => {
                self.say("(");
                self.folded("u.display_name_folded", test);
                self.say(" OR u.display_name_folded IS NULL AND ");
                self.user_name(test);
                self.say(")");
            }
        }
    }

    fn folded(&mut self, column: &str, test: &TextTest) {
        self.text(column, &test.map(folded));
    }

    fn text(&mut self, column: &str, asked: &TextTest) {
        self.say(&format!("({column} IS NOT NULL"));
        let position = dialect::POSITION;
        match asked {
            TextTest::Present => self.say(&format!(" AND {column} <> ''")),
            TextTest::Is(text) => self.with(&format!(" AND {column} = ?"), text.clone()),
            TextTest::Contains(text) | TextTest::StartsWith(text) | TextTest::EndsWith(text)
                if text.is_empty() => {}
            TextTest::Contains(text) => {
                self.with(&format!(" AND {position}({column}, ?) > 0"), text.clone());
            }
            TextTest::StartsWith(text) => {
                self.with(&format!(" AND {column} >= ?"), text.clone());
                if let Some(end) = end_of_prefix(text) {
                    self.with(&format!(" AND {column} < ?"), end);
                }
            }
            TextTest::EndsWith(text) => {
                let length = text.chars().count();
                self.with(
                    &format!(" AND substr({column}, length({column}) - {length} + 1) = ?"),
                    text.clone(),
                );
            }
            TextTest::After(text) => self.with(&format!(" AND {column} > ?"), text.clone()),
            TextTest::From(text) => self.with(&format!(" AND {column} >= ?"), text.clone()),
            TextTest::Before(text) => self.with(&format!(" AND {column} < ?"), text.clone()),
            TextTest::UpTo(text) => self.with(&format!(" AND {column} <= ?"), text.clone()),
        }
        self.say(")");
    }

    fn time(&mut self, column: &str, test: TimeTest) {
        match test {
            TimeTest::From(at) => self.with(&format!("{column} >= ?"), millis(at)),
            TimeTest::Before(at) => self.with(&format!("{column} < ?"), millis(at)),
        }
    }

    fn version(&mut self, column: &str, version: u64) {
        let version = i64::try_from(version).unwrap_or(i64::MAX);
        self.with(&format!("{column} = ?"), version);
    }
}
