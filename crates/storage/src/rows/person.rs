use diesel::{Insertable, Queryable, Selectable};
use passkeyd_domain::{
    Address, CodePurpose, Identifier, KeptCode, Person, Profile, TenantId, User, UserKey,
};

use super::{Read, Reader, hex, millis};
use crate::schema::{addresses, identifiers, one_time_codes, users};

/// What is read of a person beside the user.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(crate) struct PersonRow {
    version: i64,
    updated_at: i64,
    display_name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    formatted_name: Option<String>,
    external_id: Option<String>,
}

impl PersonRow {
    /// The person, whose names and addresses follow.
    pub(crate) fn person(self, user: User) -> Read<Person> {
        let key = user.user_id.clone();
        let read = Reader {
            table: "users",
            key: &key,
        };
        Ok(Person {
            version: read.of("version", u64::try_from(self.version))?,
            updated_at: read.time("updated_at", self.updated_at)?,
            profile: Profile {
                display_name: self.display_name,
                given_name: self.given_name,
                family_name: self.family_name,
                formatted_name: self.formatted_name,
                external_id: self.external_id,
            },
            user,
            identifiers: Vec::new(),
            addresses: Vec::new(),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = identifiers, treat_none_as_default_value = false)]
pub(crate) struct IdentifierRow {
    tenant: String,
    folded: String,
    value: String,
    kind: String,
    pub(crate) user_key: Vec<u8>,
    is_primary: bool,
    source: String,
    verified_at: Option<i64>,
}

impl IdentifierRow {
    pub(crate) fn of(user: &User, identifier: &Identifier, is_primary: bool) -> Self {
        Self {
            tenant: user.tenant.to_string(),
            folded: identifier.folded(),
            value: identifier.value.clone(),
            kind: identifier.kind.as_str().to_owned(),
            user_key: user.key.0.as_bytes().to_vec(),
            is_primary,
            source: identifier.source.clone(),
            verified_at: identifier.verified_at.map(millis),
        }
    }

    pub(crate) fn identifier(self) -> Read<Identifier> {
        let read = Reader {
            table: "identifiers",
            key: &self.folded,
        };
        Ok(Identifier {
            kind: read.of("kind", self.kind.parse())?,
            value: self.value,
            source: self.source,
            verified_at: read.optional_time("verified_at", self.verified_at)?,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = addresses, treat_none_as_default_value = false)]
pub(crate) struct AddressRow {
    tenant: String,
    pub(crate) user_key: Vec<u8>,
    kind: String,
    folded: String,
    value: String,
    label: Option<String>,
    is_primary: bool,
    verified_at: Option<i64>,
    consent: bool,
}

impl AddressRow {
    pub(crate) fn of(user: &User, address: &Address) -> Self {
        Self {
            tenant: user.tenant.to_string(),
            user_key: user.key.0.as_bytes().to_vec(),
            kind: address.kind.as_str().to_owned(),
            folded: address.folded(),
            value: address.value.clone(),
            label: address.label.clone(),
            is_primary: address.is_primary,
            verified_at: address.verified_at.map(millis),
            consent: address.consent,
        }
    }

    pub(crate) fn address(self) -> Read<Address> {
        let read = Reader {
            table: "addresses",
            key: &self.folded,
        };
        Ok(Address {
            kind: read.of("kind", self.kind.parse())?,
            value: self.value,
            label: self.label,
            is_primary: self.is_primary,
            verified_at: read.optional_time("verified_at", self.verified_at)?,
            consent: self.consent,
        })
    }
}

/// What is read of a code beside that by which it was found.
#[derive(Queryable, Selectable)]
#[diesel(table_name = one_time_codes)]
pub(crate) struct CodeRow {
    subject: Vec<u8>,
    user_key: Option<Vec<u8>>,
    hash: String,
    target: String,
    guesses: i64,
    expires_at: i64,
}

impl CodeRow {
    pub(crate) fn code(self, tenant: &TenantId, purpose: CodePurpose) -> Read<KeptCode> {
        let key = hex(&self.subject);
        let read = Reader {
            table: "one_time_codes",
            key: &key,
        };
        let user = self.user_key.as_deref();
        Ok(KeptCode {
            tenant: tenant.clone(),
            subject: read.uuid("subject", &self.subject)?,
            user: user
                .map(|user| read.uuid("user_key", user).map(UserKey))
                .transpose()?,
            purpose,
            hash: self.hash,
            target: self.target,
            guesses: read.of("guesses", u32::try_from(self.guesses))?,
            expires_at: read.time("expires_at", self.expires_at)?,
        })
    }
}
