use async_trait::async_trait;
use passkeyd_domain::{
    AddressKind, Event, Person, TenantId, User, UserKey,
    ports::{People, PersonLookup, PersonOutcome, StoreError},
};

use super::{
    MemoryStore, TenantRows,
    accounts::{IdentifierRow, ProfileRow},
};

impl TenantRows {
    pub(super) fn person_of(&self, user: &User) -> Person {
        let key = user.key;
        let row = self.profiles.get(&key);
        let (primary, others): (Vec<_>, Vec<_>) = self
            .identifiers
            .values()
            .filter(|row| row.user == key)
            .partition(|row| row.is_primary);
        let mut person = Person {
            version: 1 + row.map_or(0, |row| row.changes),
            updated_at: row
                .and_then(|row| row.changed_at)
                .unwrap_or(user.created_at),
            profile: row.map(|row| row.profile.clone()).unwrap_or_default(),
            identifiers: primary
                .into_iter()
                .chain(others)
                .map(|row| row.identifier.clone())
                .collect(),
            addresses: self
                .addresses
                .iter()
                .filter(|(owner, _)| *owner == key)
                .map(|(_, address)| address.clone())
                .collect(),
            user: user.clone(),
        };
        person.sort();
        person
    }

    fn taken_of(&self, person: &Person) -> Option<PersonOutcome> {
        let own = person.user.key;
        let mut names = person.identifiers.iter();
        if names.any(|name| {
            self.resolved(&name.value)
                .is_some_and(|user| user.key != own)
        }) {
            return Some(PersonOutcome::NameTaken);
        }
        None
    }

    /// Puts in what belongs to a person beside its user.
    fn write_person(&mut self, person: Person) {
        let key = person.user.key;
        self.forget_names(key);
        for (place, identifier) in person.identifiers.into_iter().enumerate() {
            let row = IdentifierRow {
                user: key,
                is_primary: place == 0,
                identifier,
            };
            self.identifiers.insert(row.identifier.folded(), row);
        }
        let addresses = person.addresses.into_iter();
        self.addresses
            .extend(addresses.map(|address| (key, address)));
        self.profiles.entry(key).or_default().profile = person.profile;
    }

    fn forget_names(&mut self, key: UserKey) {
        self.identifiers.retain(|_, row| row.user != key);
        self.addresses.retain(|(owner, _)| *owner != key);
    }
}

#[async_trait]
impl People for MemoryStore {
    async fn create_person(
        &self,
        person: Person,
        event: Option<Event>,
    ) -> Result<PersonOutcome, StoreError> {
        let tenant = person.user.tenant.clone();
        self.write(&tenant, |rows| {
            if let Some(taken) = rows.taken_of(&person) {
                return taken;
            }
            let user = person.user.clone();
            let row = ProfileRow {
                changed_at: Some(person.updated_at),
                ..ProfileRow::default()
            };
            rows.profiles.insert(user.key, row);
            rows.users.insert(user.user_id.clone(), user);
            rows.write_person(person);
            rows.events.extend(event);
            PersonOutcome::Written
        })
    }

    async fn person(
        &self,
        tenant: &TenantId,
        lookup: &PersonLookup,
    ) -> Result<Option<Person>, StoreError> {
        let found = self.read(tenant, |rows| {
            let user = match lookup {
                PersonLookup::Name(name) => rows.resolved(name),
                PersonLookup::UserId(user_id) => rows.users.get(user_id),
                PersonLookup::Handle(handle) => {
                    rows.users.values().find(|user| user.handle == *handle)
                }
                PersonLookup::Key(key) => rows.owner(*key),
            };
            user.map(|user| rows.person_of(user))
        });
        Ok(found.flatten())
    }

    async fn people_with_address(
        &self,
        tenant: &TenantId,
        kind: AddressKind,
        value: &str,
        limit: u32,
    ) -> Result<Vec<Person>, StoreError> {
        let found = self.read(tenant, |rows| {
            let mut keys: Vec<_> = rows
                .addresses
                .iter()
                .filter(|(_, address)| address.is(kind, value))
                .map(|(owner, _)| *owner)
                .collect();
            keys.sort();
            keys.into_iter()
                .filter_map(|key| rows.owner(key))
                .map(|user| rows.person_of(user))
                .take(usize::try_from(limit).unwrap_or(usize::MAX))
                .collect()
        });
        Ok(found.unwrap_or_default())
    }

    async fn replace_person(
        &self,
        person: Person,
        event: Option<Event>,
    ) -> Result<PersonOutcome, StoreError> {
        let tenant = person.user.tenant.clone();
        let outcome = self.write(&tenant, |rows| {
            let Some(user) = rows.owner(person.user.key) else {
                return PersonOutcome::Gone;
            };
            if rows.person_of(user).version != person.version {
                return PersonOutcome::Changed;
            }
            if let Some(taken) = rows.taken_of(&person) {
                return taken;
            }
            let user_id = user.user_id.clone();
            if let Some(user) = rows.users.get_mut(&user_id) {
                user.active = person.user.active;
            }
            let row = rows.profiles.entry(person.user.key).or_default();
            row.changes += 1;
            row.changed_at = Some(person.updated_at);
            rows.write_person(person);
            rows.events.extend(event);
            PersonOutcome::Written
        });
        Ok(outcome.unwrap_or(PersonOutcome::Gone))
    }
}
