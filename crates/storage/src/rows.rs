//! Rows, and how they become nouns of the domain.

mod account;
mod authenticator;
mod credential;
mod device;
mod event;
mod evidence;
mod federation;
mod group;
mod key;
mod person;
mod report;
mod tenant;
mod trust;
mod user;

use std::fmt::Display;

use passkeyd_domain::Timestamp;
use uuid::Uuid;

use crate::error::Failure;

pub(crate) use account::{AccountColumns, IdeaRow, ProfileRow, SessionRow, account};
pub(crate) use authenticator::ListedRow;
pub(crate) use credential::{CredentialRow, DescriptorRow};
pub(crate) use device::{BlacklistRow, DeviceRow, TransactionRow};
pub(crate) use event::{DeliveryRow, EventRow, NewDeliveryRow, NewEventRow};
pub(crate) use evidence::{AttestedRow, EvidenceRow};
pub(crate) use federation::ProviderRow;
pub(crate) use group::{GroupRow, MemberRow, MembershipRow, handle_and_key};
pub(crate) use key::{ApiKeyRow, RingKeyRow};
pub(crate) use person::{AddressRow, CodeRow, IdentifierRow, PersonRow};
pub(crate) use report::ReportRow;
pub(crate) use tenant::{AuthConfigRow, TenantRow, hints_text, millis_of, tenant_id};
pub(crate) use trust::TrustRow;
pub(crate) use user::{AliasRow, OwnerRow, UserRow};

pub(crate) type Read<T> = Result<T, Failure>;

/// An instant as it is stored.
pub(crate) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// Reads the columns of a row, and says which row it was where one makes no sense.
struct Reader<'a> {
    table: &'static str,
    key: &'a dyn Display,
}

impl Reader<'_> {
    fn of<T, E: Display>(&self, column: &str, value: Result<T, E>) -> Read<T> {
        value.map_err(|error| Failure::Inconsistent {
            table: self.table,
            what: format!("{column} of {}: {error}", self.key),
        })
    }

    fn time(&self, column: &str, millis: i64) -> Read<Timestamp> {
        self.of(column, Timestamp::from_millisecond(millis))
    }

    fn optional_time(&self, column: &str, millis: Option<i64>) -> Read<Option<Timestamp>> {
        millis.map(|millis| self.time(column, millis)).transpose()
    }

    fn uuid(&self, column: &str, bytes: &[u8]) -> Read<Uuid> {
        self.of(column, Uuid::from_slice(bytes))
    }
}

/// Bytes as a row's key is shown in errors.
fn hex(bytes: &[u8]) -> String {
    format!("{bytes:02x?}")
}
