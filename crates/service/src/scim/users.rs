//! Users as resources: they are the tenant's users.

use std::collections::BTreeMap;

use passkeyd_domain::{
    Address, AddressKind, Email, EventKind, Identifier, IdentifierKind, Membership, Person,
    Timestamp, UserKey,
    directory::Condition,
    ports::{DeleteOutcome, PersonLookup, PersonOutcome, StoreError},
    text::folded,
};
use serde_json::{Map, Value, json};

use super::{
    Filter, IfMatch, List, Patch, Query, Refused, Resource, ScimError, ScimType, USER, View, body,
    conditions,
    names::Names,
    resource::{ATTEMPTS, bounded, bounded_text, finished},
};
use crate::{
    Service,
    accounts::{Realm, public_id},
    api_keys::ApiKeyCaller,
};

/// A user has so many addresses at most.
const MAX_EMAILS: usize = 50;

impl Service {
    /// The users that a filter means, a part of them.
    ///
    /// # Errors
    /// [`ScimType::InvalidFilter`].
    pub async fn list_scim_users(
        &self,
        realm: &Realm,
        query: &Query,
        view: &View,
    ) -> Result<List, ScimError> {
        let condition = match &query.filter {
            Some(filter) => conditions::of_people(&Filter::parse(filter)?, view)?,
            None => Condition::Constant(true),
        };
        let found = self
            .store
            .find_people(realm.id(), condition, query.window())
            .await?;
        let keys = found.items.iter().map(|person| person.user.key).collect();
        let mut groups = self.scim_groups_of(realm, keys, view).await?;
        let resources = found.items.iter().map(|person| {
            let groups = groups.remove(&person.user.key).unwrap_or_default();
            shown(person, &groups, view).body
        });
        Ok(List {
            total: found.total,
            start_index: query.start_index,
            resources: resources.collect(),
        })
    }

    /// A user.
    ///
    /// # Errors
    /// [`ScimError::NotFound`].
    pub async fn scim_user(
        &self,
        realm: &Realm,
        id: &str,
        view: &View,
    ) -> Result<Resource, ScimError> {
        let person = self.scim_person(realm, id).await?;
        self.show_scim_user(realm, &person, view).await
    }

    /// Makes a user.
    ///
    /// # Errors
    /// [`ScimType::Uniqueness`]: the name leads to a user already. What is wrong with the body, by its name.
    pub async fn create_scim_user(
        &self,
        realm: &Realm,
        sent: &Value,
        view: &View,
    ) -> Result<Resource, ScimError> {
        let draft = Draft::read(&body::canonical(sent, &USER)?, None)?;
        let now = self.now();
        let mut person = Person::new(self.new_user(realm, now)?);
        draft.write(&mut person, now);
        match self.store.create_person(person.clone(), None).await? {
            PersonOutcome::Written => self.show_scim_user(realm, &person, view).await,
            _ => Err(name_taken().into()),
        }
    }

    /// Replaces what the client can write of a user; what it does not name has no value afterwards.
    ///
    /// # Errors
    /// [`ScimError::NotFound`], [`ScimError::PreconditionFailed`], [`ScimType::Uniqueness`], and what is wrong with the body,
    /// by its name.
    pub async fn replace_scim_user(
        &self,
        realm: &Realm,
        id: &str,
        sent: &Value,
        if_match: &IfMatch,
        view: &View,
    ) -> Result<Resource, ScimError> {
        let sent = body::canonical(sent, &USER);
        let changed = |_: &Person| Draft::read(sent.as_ref().map_err(Clone::clone)?, None);
        self.change_scim_user(realm, id, if_match, view, &changed)
            .await
    }

    /// Applies a PATCH to a user, all of it or nothing.
    ///
    /// # Errors
    /// As [`replace_scim_user`](Self::replace_scim_user), and those of [`Patch::apply`].
    pub async fn patch_scim_user(
        &self,
        realm: &Realm,
        id: &str,
        sent: &Value,
        if_match: &IfMatch,
        view: &View,
    ) -> Result<Resource, ScimError> {
        let patch = Patch::parse(sent);
        let changed = |person: &Person| {
            let before = writable(person);
            let patch = patch.as_ref().map_err(Clone::clone)?;
            let patched = patch.apply(&before, &USER)?;
            Draft::read(&patched.resource, Some((&before, &patched.touched)))
        };
        self.change_scim_user(realm, id, if_match, view, &changed)
            .await
    }

    /// Deletes a user with everything of it.
    ///
    /// # Errors
    /// [`ScimError::NotFound`], [`ScimError::PreconditionFailed`].
    pub async fn delete_scim_user(
        &self,
        caller: &ApiKeyCaller,
        id: &str,
        if_match: &IfMatch,
    ) -> Result<(), ScimError> {
        let realm = caller.realm();
        for _ in 0..ATTEMPTS {
            let person = self.scim_person(realm, id).await?;
            if !if_match.admits(person.version) {
                return Err(ScimError::PreconditionFailed);
            }
            let user_id = &person.user.user_id;
            let message = format!("User {user_id} was deleted.");
            let who = ("System", user_id.as_str());
            let event = caller.event(self, EventKind::ApiUserDeleted, who, message);
            let version = if_match.is_strict().then_some(person.version);
            let deleted = self
                .store
                .delete_person(realm.id(), user_id, version, self.now(), event)
                .await?;
            match deleted {
                DeleteOutcome::Deleted => return Ok(()),
                DeleteOutcome::Unknown => return Err(ScimError::NotFound("user")),
                DeleteOutcome::Changed => {}
            }
        }
        Err(StoreError::Busy.into())
    }

    async fn change_scim_user(
        &self,
        realm: &Realm,
        id: &str,
        if_match: &IfMatch,
        view: &View,
        changed: &(dyn Fn(&Person) -> Result<Draft, Refused> + Sync),
    ) -> Result<Resource, ScimError> {
        for _ in 0..ATTEMPTS {
            let before = self.scim_person(realm, id).await?;
            if !if_match.admits(before.version) {
                return Err(ScimError::PreconditionFailed);
            }
            let now = self.now();
            let mut person = before.clone();
            changed(&before)?.write(&mut person, now);
            if person == before {
                return self.show_scim_user(realm, &person, view).await;
            }
            person.updated_at = now;
            match self.store.replace_person(person.clone(), None).await? {
                PersonOutcome::Written => {
                    person.version += 1;
                    return self.show_scim_user(realm, &person, view).await;
                }
                PersonOutcome::Gone => return Err(ScimError::NotFound("user")),
                PersonOutcome::Changed => {}
                PersonOutcome::NameTaken => return Err(name_taken().into()),
            }
        }
        Err(StoreError::Busy.into())
    }

    async fn scim_person(&self, realm: &Realm, id: &str) -> Result<Person, ScimError> {
        let handle = conditions::handle(id).ok_or(ScimError::NotFound("user"))?;
        let found = self
            .store
            .person(realm.id(), &PersonLookup::Handle(handle))
            .await?;
        found.ok_or(ScimError::NotFound("user"))
    }

    async fn show_scim_user(
        &self,
        realm: &Realm,
        person: &Person,
        view: &View,
    ) -> Result<Resource, ScimError> {
        let mut groups = self
            .scim_groups_of(realm, vec![person.user.key], view)
            .await?;
        let groups = groups.remove(&person.user.key).unwrap_or_default();
        Ok(shown(person, &groups, view))
    }

    async fn scim_groups_of(
        &self,
        realm: &Realm,
        users: Vec<UserKey>,
        view: &View,
    ) -> Result<BTreeMap<UserKey, Vec<Membership>>, ScimError> {
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        if !users.is_empty() && view.projection.shows(&USER, "groups") {
            for membership in self.store.memberships(realm.id(), users).await? {
                groups.entry(membership.user).or_default().push(membership);
            }
        }
        Ok(groups)
    }
}

fn name_taken() -> Refused {
    Refused {
        scim_type: ScimType::Uniqueness,
        detail: "the userName is taken".to_owned(),
    }
}

fn shown(person: &Person, groups: &[Membership], view: &View) -> Resource {
    let mut body = writable(person);
    if !groups.is_empty() {
        let groups = groups.iter().map(|membership| {
            let id = conditions::shown_group_id(membership.group);
            json!({"value": id, "display": membership.display_name})
        });
        body.insert("groups".to_owned(), groups.collect());
    }
    let times = (person.user.created_at, person.updated_at);
    let id = public_id(&person.user.handle);
    finished(body, &USER, &id, person.version, times, view)
}

/// What a client can write of a user, as it is.
fn writable(person: &Person) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("userName".to_owned(), person.username().into());
    body.insert("active".to_owned(), person.user.active.into());
    if let Some(external_id) = &person.profile.external_id {
        body.insert("externalId".to_owned(), external_id.as_str().into());
    }
    Names::of(&person.profile).show(&mut body);
    let emails = person.addresses.iter().filter(|address| is_shown(address));
    let emails: Vec<Value> = emails
        .map(|address| {
            let mut email = json!({"value": address.value, "primary": address.is_primary});
            if let Some(label) = &address.label {
                email["type"] = label.as_str().into();
            }
            email
        })
        .collect();
    if !emails.is_empty() {
        body.insert("emails".to_owned(), emails.into());
    }
    body
}

/// Addresses that are pending are no business of a directory: what it writes counts as proven.
fn is_shown(address: &Address) -> bool {
    address.kind == AddressKind::Email && address.verified_at.is_some()
}

/// What a client wrote of a user, as far as it can.
struct Draft {
    user_name: String,
    active: bool,
    names: Names,
    external_id: Option<String>,
    emails: Vec<DraftEmail>,
}

struct DraftEmail {
    value: Email,
    label: Option<String>,
    is_primary: bool,
}

impl Draft {
    /// Reads a body whose names are canonical; of a PATCH, with what was before and which attributes it wrote to.
    fn read(
        body: &Map<String, Value>,
        patched: Option<(&Map<String, Value>, &[String])>,
    ) -> Result<Self, Refused> {
        let text = |name: &str| bounded_text(body, name);
        Ok(Self {
            user_name: text("userName")?.ok_or_else(|| Refused::value("'userName' is required"))?,
            active: body.get("active").and_then(Value::as_bool).unwrap_or(true),
            names: match patched {
                None => Names::read(body)?.written(),
                Some((before, touched)) => {
                    Names::read(body)?.patched(&Names::read(before)?, touched)
                }
            },
            external_id: text("externalId")?,
            emails: emails(body.get("emails"))?,
        })
    }

    fn write(self, person: &mut Person, now: Timestamp) {
        person.user.active = self.active;
        self.names.store(&mut person.profile);
        person.profile.external_id = self.external_id;
        write_user_name(person, self.user_name, now);
        write_emails(person, self.emails, now);
        person.sort();
    }
}

fn emails(list: Option<&Value>) -> Result<Vec<DraftEmail>, Refused> {
    let list = list
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let mut emails: Vec<DraftEmail> = Vec::new();
    for element in list {
        let Some(value) = element.get("value").and_then(Value::as_str) else {
            return Err(Refused::value("each of 'emails' needs a 'value'"));
        };
        let value: Email = value
            .parse()
            .map_err(|error| Refused::value(format!("'emails.value' {error}")))?;
        let label = element.get("type").and_then(Value::as_str);
        let label = label
            .map(|label| bounded("emails.type", label))
            .transpose()?;
        let email = DraftEmail {
            value,
            label: label.map(|label| folded(&label)),
            is_primary: element.get("primary") == Some(&Value::Bool(true)),
        };
        if email.is_primary && emails.iter().any(|known| known.is_primary) {
            return Err(Refused::value("at most one of 'emails' is primary"));
        }
        if !emails
            .iter()
            .any(|known| known.value.folded() == email.value.folded())
        {
            emails.push(email);
        }
    }
    if emails.len() > MAX_EMAILS {
        return Err(Refused::value(format!(
            "a user has {MAX_EMAILS} 'emails' at most"
        )));
    }
    Ok(emails)
}

/// The user name is the primary identifier; the one before is free again.
fn write_user_name(person: &mut Person, user_name: String, now: Timestamp) {
    if person.username() == user_name {
        return;
    }
    let name = folded(&user_name);
    let same = |identifier: &Identifier| identifier.folded() == name;
    if let Some(primary) = person.identifiers.first_mut()
        && same(primary)
    {
        primary.value = user_name;
        return;
    }
    if !person.identifiers.is_empty() {
        person.identifiers.remove(0);
    }
    let known = person.identifiers.iter().position(same);
    let primary = match known.map(|place| person.identifiers.remove(place)) {
        Some(known) => Identifier {
            value: user_name,
            ..known
        },
        None => Identifier {
            kind: if user_name.parse::<Email>().is_ok() {
                IdentifierKind::Email
            } else {
                IdentifierKind::Other
            },
            value: user_name,
            source: Identifier::SCIM.to_owned(),
            verified_at: Some(now),
        },
    };
    person.identifiers.insert(0, primary);
}

/// What a directory says of addresses counts as proven. An address that it takes away is no name any more, unless it is the
/// user name.
fn write_emails(person: &mut Person, emails: Vec<DraftEmail>, now: Timestamp) {
    let is_kept = |address: &Address| {
        emails
            .iter()
            .any(|email| address.is(AddressKind::Email, email.value.as_str()))
    };
    let gone: Vec<String> = person
        .addresses
        .iter()
        .filter(|address| is_shown(address) && !is_kept(address))
        .map(Address::folded)
        .collect();
    let primary = person.identifiers.first().map(Identifier::folded);
    person.identifiers.retain(|identifier| {
        let name = identifier.folded();
        Some(&name) == primary.as_ref()
            || identifier.kind != IdentifierKind::Email
            || !gone.contains(&name)
    });
    let mut known = Vec::new();
    person.addresses.retain(|address| {
        let stays = address.kind != AddressKind::Email
            || (address.verified_at.is_none() && !is_kept(address));
        if !stays {
            known.push(address.clone());
        }
        stays
    });
    for email in emails {
        let before = known
            .iter()
            .find(|address| address.is(AddressKind::Email, email.value.as_str()));
        person.addresses.push(Address {
            kind: AddressKind::Email,
            value: email.value.as_str().to_owned(),
            label: email.label,
            is_primary: email.is_primary,
            verified_at: before.and_then(|before| before.verified_at).or(Some(now)),
            consent: before.is_some_and(|before| before.consent),
        });
    }
}
